"""Pictures of value and doubt, flexibility and risks: the wider view of a board."""

from __future__ import annotations

from typing import Literal

from planner import charts
from planner.charts.measured import several_units, speed_chart, speed_finding, speed_table
from planner.comparison import Outcome
from planner.decide import Decision
from planner.report.board.blocks import Block, Bullets, Picture, TableBlock
from planner.report.run_effects import run_effect_lines
from planner.run_effect import RunEffect
from planner.sensitivity import Sensitivity
from planner.text import money, percent, say

KEY_PERSON_FTE = 1.0  # staff under which one absence stops the installation


def value_pictures(decision: Decision, lang: str) -> list[Block]:
    """The three terms beside the costs."""
    if not decision.order:
        return []
    return [Picture(charts.benefits_by_term(decision, lang), charts.terms_finding(decision, lang))]


def net_pictures(decision: Decision, lang: str) -> list[Block]:
    """The curve of cumulative net value."""
    return [Picture(charts.net_curve(decision, lang), charts.net_finding(decision, lang))]


def doubt_pictures(found: Sensitivity, lang: str) -> list[Block]:
    """The tornado of the worth, else of the lead; the map of winners."""
    of: Literal["lead", "worth"] = "worth" if found.worth else "lead"
    out: list[Block] = []
    if charts.bars_of(found, of):
        out.append(Picture(charts.tornado_chart(found, lang, of), charts.tornado_finding(found, lang, of)))
    if found.win_map is not None and found.pair[1] is not None:
        out.append(Picture(charts.win_map_chart(found, lang), charts.win_map_finding(found, lang)))
    return out


def flexibility(decision: Decision, found: Sensitivity | None, lang: str) -> list[Block]:
    """What can still be changed later, and what it would cost: commitments, resale, switching."""
    if decision.best is None:
        return []
    comparison = decision.comparison
    best, currency = comparison.outcomes[decision.best], comparison.scenario.reporting_currency
    assert best.ledger is not None
    out = []
    committed = best.ledger.nominal(lambda line: line.pricing_category == "committed")
    if committed.any():
        out.append(say("flex.committed", lang, sum=money(float(committed.mean()), currency, lang)))
    resale = best.ledger.nominal(lambda line: line.cost_type == "residual")
    if resale.any():
        out.append(say("flex.resale", lang, sum=money(-float(resale.mean()), currency, lang)))
    upfront = float(best.ledger.nominal(lambda line: line.charge_category == "purchase").mean())
    share = upfront / max(float(best.ledger.nominal().mean()), 1e-9)
    key = "flex.rented" if upfront <= 0 else "flex.upfront"
    out.append(say(key, lang, sum=money(upfront, currency, lang), share=percent(min(share, 1.0), lang)))
    if found is not None:
        out += [
            say("doubt.switch", lang, option=comparison.outcomes[one.option].label, written=one.written, best=one.best)
            for one in found.switches
        ]
    return [Bullets(tuple(out))]


def risks(decision: Decision, lang: str) -> list[Block]:
    """Failure, key person, interruption, waiting, stale prices: each with what lessens it."""
    if decision.best is None:
        return []
    comparison = decision.comparison
    best = comparison.outcomes[decision.best]
    out = []
    gate = comparison.production
    if gate is not None:
        out.append(say("risk.production", lang, probability=percent(gate.probability.mean, lang)))
    out += [say(f"risk.{name}", lang, **facts) for name, facts in _of_option(best, decision, lang)]
    cash = best.cash
    if cash is not None and cash.probability_negative:
        out.append(say("risk.cash", lang, probability=percent(cash.probability_negative, lang)))
    return [Bullets(tuple(out))] if out else []


def _of_option(best: Outcome, decision: Decision, lang: str) -> list[tuple[str, dict[str, object]]]:
    """Risks that come with the way of getting compute."""
    comparison = decision.comparison
    others = comparison.outcomes
    kinds = {best.kind} | {others[p.served_by].kind for p in best.placement if p.served_by in others}
    out: list[tuple[str, dict[str, object]]] = []
    assert best.ledger is not None
    staff = [line for line in best.ledger.lines if line.cost_type == "staff"]
    if staff and max(float(line.quantity.value.mean(axis=0).max()) for line in staff) <= KEY_PERSON_FTE:
        out.append(("key_person", {}))
    if kinds & {"spot", "marketplace"}:
        out.append(("interruption", {}))
    if kinds & {"onprem", "colocation", "hybrid"}:
        out.append(("hardware", {}))
    if kinds & {"api_tokens"}:
        out.append(("vendor", {}))
    if kinds & {"academic"}:
        out.append(("award", {}))
    dates = sorted(line.price_observed_on for line in best.ledger.lines if line.price_observed_on)
    if dates:
        out.append(("prices", {"date": dates[0]}))
    return out


def measured(effect: RunEffect | None, lang: str) -> list[Block]:
    """What measured runs changed, before and after; each file with its hash."""
    if effect is None:
        return []
    sources = [run.source for runs in effect.runs.values() for run in runs]
    files = [f"{one.locator} · {one.as_of} · {one.origin}" for one in sources]
    out: list[Block] = [Bullets(tuple(run_effect_lines(effect, lang, speeds=False)))]
    if effect.speeds:
        if not several_units(effect.speeds):
            out.append(Picture(speed_chart(effect, lang), speed_finding(effect, lang)))
        out.append(TableBlock(speed_table(effect, lang), "", (0, 3)))
    return [*out, Bullets(tuple(files))]
