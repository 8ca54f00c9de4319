"""The verdict as a sentence, and the reasons under it."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.comparison import Outcome
from planner.decide.standing import Ranked, utilization
from planner.decide.verdict import Verdict, verdict_of
from planner.text import money, number, percent, say
from planner.uncertainty import quantiles

MORE_OFTEN = 0.5  # share of draws from which a gain is the likelier end
SHOWN_SHARE = 0.01  # of a workload: less is not told


def sentence(decision: Ranked, lang: str) -> str:
    """The verdict in a sentence that a founder can repeat: option, money, probability, what would change it."""
    verdict = verdict_of(decision.comparison, decision.best)
    if verdict.kind == "none_feasible":
        return say("verdict.none", lang)
    if verdict.kind in ("cost_only", "strategic", "stopped_at_gate"):
        where = _where(decision, lang)
        return where if verdict.kind == "cost_only" else _declared(decision, verdict, lang, where)
    return _by_return(decision, verdict, lang)


def _where(decision: Ranked, lang: str) -> str:
    """Which option to take, by what it costs."""
    comparison = decision.comparison
    assert decision.best is not None
    outcome = comparison.outcomes[decision.best]
    facts = _facts(decision, outcome, lang)
    if decision.tie:
        return say("verdict.tie", lang, **facts)
    if len(decision.order) == 1:
        return say("verdict.only", lang, **facts)
    second = comparison.outcomes[decision.order[1]]
    facts |= {"second": second.label, "gap": _gap(outcome, second, comparison.scenario.reporting_currency, lang)}
    return say("verdict.best" if comparison.draws.n > 1 else "verdict.plan", lang, **facts)


def _declared(decision: Ranked, verdict: Verdict, lang: str, where: str) -> str:
    """An exception with owner and end, or a project that stops at the gate."""
    value = decision.comparison.scenario.value
    assert value is not None
    if verdict.kind == "stopped_at_gate":
        return say(f"verdict.stopped.{value.saves_or_earns}", lang)
    assert value.strategic is not None
    facts = {"owner": value.strategic.owner, "until": value.strategic.until}
    reason = say(f"strategic.{value.strategic.reason}", lang)
    return say("verdict.strategic", lang, reason=reason, where=where, **facts)


def _by_return(decision: Ranked, verdict: Verdict, lang: str) -> str:
    comparison = decision.comparison
    assert decision.best is not None
    outcome = comparison.outcomes[decision.best]
    assert outcome.appraisal is not None
    facts = _facts(decision, outcome, lang)
    spread, currency = quantiles(outcome.appraisal.npv.value), comparison.scenario.reporting_currency
    facts |= {
        "npv": money(spread.mean, currency, lang),
        "npv_low": money(spread.p10, currency, lang),
        "npv_high": money(spread.p90, currency, lang),
        "positive": percent(verdict.probability_positive, lang),
        "change": _change(verdict, outcome, lang),
        "where": facts["options"] if decision.tie else facts["option"],
    }
    kind: str = verdict.kind
    if kind == "pays" and (verdict.probability_positive or 0.0) < MORE_OFTEN:
        kind = "pays_rarely"
    plan = ".plan" if comparison.draws.n == 1 and kind != "too_close" else ""
    return say(f"verdict.{kind}{plan}", lang, **facts)


def _change(verdict: Verdict, outcome: Outcome, lang: str) -> str:
    """What would turn the verdict: benefits cut by a share, or grown by a factor."""
    needed = verdict.benefits_needed
    if needed is None:
        worse = outcome.appraisal is not None and outcome.appraisal.benefits_present.mean < 0
        return say("verdict.change.loses" if worse else "verdict.change.no_gain", lang)
    if needed < 1:
        return say("verdict.change.cut", lang, share=percent(1 - needed, lang))
    return say("verdict.change.grow", lang, factor=number(needed, lang, 2))


def _facts(decision: Ranked, outcome: Outcome, lang: str) -> dict[str, Any]:
    comparison = decision.comparison
    assert outcome.present_cost is not None
    spread, currency = quantiles(outcome.present_cost.value), comparison.scenario.reporting_currency
    return {
        "option": outcome.label,
        "options": ", ".join(comparison.outcomes[name].label for name in decision.tie),
        "months": comparison.scenario.horizon.months,
        "mean": money(spread.mean, currency, lang),
        "low": money(spread.p10, currency, lang),
        "high": money(spread.p90, currency, lang),
        "probability": percent(decision.standings[outcome.id].probability_best, lang),
    }


def _gap(best: Outcome, second: Outcome, currency: str, lang: str) -> str:
    assert best.present_cost is not None and second.present_cost is not None
    return money(float(np.mean(second.present_cost.value) - np.mean(best.present_cost.value)), currency, lang)


def because(decision: Ranked, lang: str) -> list[str]:
    """The reasons under the sentence: where the money stands, break-evens, what was left out."""
    comparison, out = decision.comparison, []
    if decision.best is not None and verdict_of(comparison, decision.best).kind in (
        "pays",
        "does_not_pay",
        "too_close",
    ):
        out.append(_where_by_value(decision, lang))
        out += _by_gate(decision, lang)
    if decision.best is not None:
        out += _who(decision, lang)
    for outcome in comparison.outcomes.values():
        use = outcome.break_even_utilization
        if use is None or outcome.break_even_against is None or outcome.kind == "hybrid":
            continue
        against = comparison.outcomes[outcome.break_even_against].label
        q = quantiles(use)
        actual = utilization(outcome)
        facts: dict[str, Any] = {"option": outcome.label, "against": against}
        facts["use"] = percent(float(actual.mean()), lang) if actual is not None else "?"
        if q.p50 is None or q.share_none > 0.5:
            out.append(say("because.never", lang, **facts))
            continue
        rented = comparison.outcomes[outcome.break_even_against]
        assert outcome.present_cost is not None and rented.present_cost is not None
        dearer = outcome.present_cost.mean - rented.present_cost.mean
        beaten = actual is not None and float(actual.mean()) >= q.p50 and dearer > 0
        facts |= {"break_even": percent(q.p50, lang)}
        currency = comparison.scenario.reporting_currency
        key = "because.break_even_but" if beaten else "because.break_even"
        out.append(say(key, lang, **facts, **({"gap": money(dearer, currency, lang)} if beaten else {})))
    refused = [o for o in comparison.outcomes.values() if not o.ranked]
    if refused:
        out.append(say("because.refused", lang, names=", ".join(o.label for o in refused)))
    return out


def _who(decision: Ranked, lang: str) -> list[str]:
    """Who does which work, where the best plan leaves some of it to others."""
    comparison = decision.comparison
    assert decision.best is not None
    best = comparison.outcomes[decision.best]
    others = [p for p in best.placement if p.served_by != best.id and p.share >= SHOWN_SHARE]
    if not others or best.kind in ("hybrid", "sequence"):
        return []
    shares = [
        say(
            "because.served", lang, work=place.workload, share=percent(place.share, lang),
            option=comparison.outcomes[place.served_by].label if place.served_by in comparison.outcomes else "—",
        )
        for place in best.placement
        if place.share >= SHOWN_SHARE
    ]  # fmt: skip
    return [say("because.who", lang, shares="; ".join(shares))]


def _by_gate(decision: Ranked, lang: str) -> list[str]:
    """Expected value where the project reaches production, and where it does not."""
    comparison = decision.comparison
    assert decision.best is not None
    appraisal, gate = comparison.outcomes[decision.best].appraisal, comparison.production
    if appraisal is None or gate is None or gate.opens.value.shape[0] == 1:
        return []
    opens = gate.opens.value[:, 0] > 0
    npv = np.broadcast_to(appraisal.npv.value, (opens.size, 1))[:, 0]
    if opens.all() or not opens.any():
        return []
    currency = comparison.scenario.reporting_currency
    facts = {"share": percent(float(opens.mean()), lang), "reached": money(float(npv[opens].mean()), currency, lang)}
    return [say("because.gate", lang, missed=money(float(npv[~opens].mean()), currency, lang), **facts)]


def _where_by_value(decision: Ranked, lang: str) -> str:
    """Cost of the best plan and its lead over the second, where value decides."""
    comparison = decision.comparison
    assert decision.best is not None
    facts = _facts(decision, comparison.outcomes[decision.best], lang)
    if decision.tie:
        return say("because.value_tie", lang, **facts)
    if len(decision.order) == 1:
        return say("because.value_only", lang, **facts)
    first, second = (comparison.outcomes[name].appraisal for name in decision.order[:2])
    assert first is not None and second is not None
    gap = money(first.npv.mean - second.npv.mean, comparison.scenario.reporting_currency, lang)
    return say("because.value_best", lang, second=comparison.outcomes[decision.order[1]].label, gap=gap, **facts)
