"""Value, cash and doubt as tables of text: the same for the terminal, the page and the report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.appraisal import Cash
from planner.benefits import textbook_view
from planner.charts import (
    Table,
    benefit_label,
    driver_label,
    duration,
    duration_range,
    input_label,
    value_words,
    with_unit,
)
from planner.comparison import Comparison, Outcome
from planner.decide import Decision
from planner.report.sensitivity_json import measurement_text
from planner.report.value_json import kpis_document
from planner.sensitivity import Change, Sensitivity, Swing
from planner.text import money, number, percent, say, unit_words
from planner.uncertainty import Quantiles, quantiles

Array = NDArray[np.float64]


def value_table(decision: Decision, lang: str) -> Table:
    """Worth of each full plan: present benefits, NPV, ROI, with ranges."""
    keys = ("option", "benefits", "npv", "range", "positive", "roi")
    head = tuple(say(f"value.head.{key}", lang) for key in keys)
    rows = [row for name in decision.order if (row := _value_row(decision.comparison.outcomes[name], decision, lang))]
    return Table(head, tuple(rows))


def _value_row(outcome: Outcome, decision: Decision, lang: str) -> tuple[str, ...] | None:
    found, currency = outcome.appraisal, decision.comparison.scenario.reporting_currency
    if found is None:
        return None
    npv = quantiles(found.npv.value)
    return (
        outcome.label,
        money(found.benefits_present.mean, currency, lang),
        money(npv.mean, currency, lang),
        " – ".join(money(one, currency, lang).removesuffix(currency).rstrip() for one in (npv.p10, npv.p50, npv.p90)),
        percent(float((found.npv.value > 0).mean()), lang),
        _range(quantiles(found.roi), lang, as_percent=True),
    )


def returns_table(decision: Decision, lang: str) -> Table:
    """Rates and times of each full plan: IRR with all its roots, MIRR, payback, gross margin, with ranges."""
    keys = ("option", "irr", "mirr", "payback", "discounted", "margin", "margin_training")
    head = tuple(say(f"value.head.{key}", lang) for key in keys)
    outcomes = [decision.comparison.outcomes[name] for name in decision.order]
    return Table(head, tuple(_returns_row(one, lang) for one in outcomes if one.appraisal is not None))


def _returns_row(outcome: Outcome, lang: str) -> tuple[str, ...]:
    found = outcome.appraisal
    assert found is not None
    return (
        outcome.label,
        _irr(outcome, lang),
        percent(found.mirr, lang) if found.mirr is not None else "—",
        _range(quantiles(found.payback), lang),
        _range(quantiles(found.discounted_payback), lang),
        _margin(outcome.margin.gross if outcome.margin else None, lang),
        _margin(outcome.margin.with_training if outcome.margin else None, lang),
    )


def _irr(outcome: Outcome, lang: str) -> str:
    """Rate of the mean flow, all roots where there are several, and the share of draws without one."""
    assert outcome.appraisal is not None
    roots = outcome.appraisal.irr_roots
    text = " · ".join(percent(root, lang) for root in roots) if roots else say("value.no_irr", lang)
    missing = outcome.appraisal.irr_share_none
    return f"{text} ({say('value.irr_none', lang, share=percent(missing, lang))})" if missing and roots else text


def _margin(margin: Array | None, lang: str) -> str:
    """A margin in the draws that sell anything."""
    if margin is None:
        return "—"
    q = quantiles(margin)
    return _range(Quantiles(q.mean, q.p10, q.p50, q.p90), lang, as_percent=True)


def _range(q: Quantiles, lang: str, *, as_percent: bool = False) -> str:
    """p50 and p10–p90 of what has a value, and the share of draws that never reach one."""
    if q.p50 is None:
        return say("value.never", lang)
    show = percent if as_percent else lambda x, lang: number(x, lang, 2)
    text = show(q.p50, lang) if q.p10 == q.p90 else f"{show(q.p50, lang)} ({show(q.p10, lang)} – {show(q.p90, lang)})"
    return f"{text}, {say('value.never_in', lang, share=percent(q.share_none, lang))}" if q.share_none else text


def benefits_table(decision: Decision, lang: str) -> Table:
    """Lines of value: term, line, driver, grade, a month at full adoption, present value behind the gate."""
    from planner import finance

    scenario = decision.comparison.scenario
    currency, rate = scenario.reporting_currency, scenario.finance.discount_rate_fraction
    head = tuple(say(f"benefits.head.{key}", lang) for key in ("term", "line", "driver", "grade", "month", "present"))
    rows = []
    for one in decision.benefits:
        factors = finance.discount_factors(rate, one.by_month.value.shape[1], "mid")
        full, present = quantiles(one.full.value), quantiles((one.by_month.value * factors).sum(axis=1))
        rows.append(
            (
                say(f"benefits.term.{one.term}", lang), benefit_label(one, lang), driver_label(one.driver, lang),
                one.evidence or say("benefits.no_grade", lang), _money_range(full, currency, lang),
                _money_range(present, currency, lang),
            )
        )  # fmt: skip
    return Table(head, tuple(rows))


def _money_range(q: Quantiles, currency: str, lang: str) -> str:
    text = money(q.mean, currency, lang)
    if q.p10 == q.p90 or q.p10 is None:
        return text
    return f"{text} ({money(q.p10, currency, lang).removesuffix(currency).rstrip()} – {money(q.p90, currency, lang)})"


def _lowest(cash: Cash, currency: str, lang: str) -> str:
    """Lowest expected cash, and p10–p90 of the lowest in each draw."""
    low = quantiles(cash.lowest)
    ends = Quantiles(float(cash.expected.min()), low.p10, low.p50, low.p90)
    return _money_range(ends, currency, lang)


def cash_table(decision: Decision, lang: str) -> Table:
    """Cash under each full plan: upfront, lowest point and its month, chance to run out, runway base and stressed."""
    from planner.report.comparison_json import upfront

    comparison = decision.comparison
    currency = comparison.scenario.reporting_currency
    keys = ("option", "upfront", "lowest", "month", "negative", "runway", "stressed")
    head = tuple(say(f"cash.head.{key}", lang) for key in keys)
    rows = []
    for name in decision.order:
        outcome = comparison.outcomes[name]
        cash = outcome.cash
        if cash is None:
            continue
        rows.append(
            (
                outcome.label, money(float(upfront(outcome).mean()), currency, lang),
                _lowest(cash, currency, lang), str(cash.expected_lowest_month),
                percent(cash.probability_negative, lang), _runway(cash.runway_base, cash.start_known, comparison, lang),
                _runway(cash.runway_stressed, cash.start_known, comparison, lang),
            )
        )  # fmt: skip
    return Table(head, tuple(rows))


def _runway(month: int | None, known: bool, comparison: Comparison, lang: str) -> str:
    if not known:
        return "—"
    if month is None:
        return say("cash.beyond", lang, months=comparison.scenario.horizon.months)
    return say("cash.month", lang, month=month)


def unit_costs_table(decision: Decision, lang: str) -> Table:
    """What the best plan pays for a unit of each work, a run, a million tokens: compute only, present values."""
    from planner.report.comparison_json import by_workload

    if decision.best is None:
        return Table((), ())
    comparison = decision.comparison
    currency = comparison.scenario.reporting_currency
    keys = ("work", "card", "unit", "run", "tokens", "output")
    head = tuple(say(f"units.head.{key}", lang) for key in keys)
    rows = []
    for one in by_workload(comparison.outcomes[decision.best], comparison):
        unit = unit_words(one["unit"].partition("/")[2], lang)
        cost = one["unit_cost"]
        per = [one["cost_per_run"], one["cost_per_million_tokens"], one["cost_per_million_output_tokens"]]
        rows.append(
            (
                one["workload"], one["accelerator"] or "—",
                f"{number(cost, lang)} {currency}/{unit}" if cost is not None else "—",
                *(money(x, currency, lang) for x in per),
            )
        )  # fmt: skip
    return Table(head, tuple(rows))


def textbook_line(decision: Decision, lang: str) -> str | None:
    """The literal sum of the founding documents, with its label; None without lines of value."""
    view = textbook_view(decision.benefits)
    if view is None:
        return None
    currency = decision.comparison.scenario.reporting_currency
    total, once = (money(float(one.mean()), currency, lang) for one in (view.total, view.counted_once))
    return say("textbook.line", lang, total=total, once=once, label=say("textbook.label", lang))


def kpis_table(decision: Decision, lang: str) -> Table:
    """Upstream indicators: projects delivered a month, months to prototype and production, its probability."""
    rows = []
    for name, q in kpis_document(decision).items():
        if q is None or q["p50"] is None:
            text = say("kpi.unknown", lang)
        elif name == "probability_of_production":
            text = percent(q["p50"], lang)
            if q["p10"] != q["p90"]:
                text += f" ({percent(q['p10'], lang)} – {percent(q['p90'], lang)})"
        elif name.startswith("months_"):
            text = _time(q, lang)
        else:
            text = _range(Quantiles(q["mean"], q["p10"], q["p50"], q["p90"], q.get("share_none") or 0.0), lang)
        rows.append((say(f"kpi.{name}", lang), text))
    return Table((say("kpi.head.name", lang), say("kpi.head.value", lang)), tuple(rows))


def _time(q: dict[str, float], lang: str) -> str:
    """A time in the unit that a person would say, with its range and the share of draws without it."""
    text = duration(q["p50"], lang, like=q["p90"])
    if q["p10"] != q["p90"]:
        text += f" ({duration_range(q['p10'], q['p90'], lang)})"
    missing = q.get("share_none")
    return f"{text}, {say('value.never_in', lang, share=percent(missing, lang))}" if missing else text


def tornado_table(bars: tuple[Swing, ...], comparison: Comparison, lang: str, most: int = 12) -> Table:
    """Bars as a table: input, its p10 and p90, what counts at each."""
    currency = comparison.scenario.reporting_currency
    head = tuple(say(f"tornado.head.{key}", lang) for key in ("input", "low_at", "high_at", "low", "high"))
    rows = []
    for bar in bars[:most]:
        low_at, high_at = value_words(bar.low_at, bar.input, lang), value_words(bar.high_at, bar.input, lang)
        label = input_label(bar.input.name, comparison, lang)
        rows.append((label, low_at, high_at, money(bar.low, currency, lang), money(bar.high, currency, lang)))
    return Table(head, tuple(rows))


def changes_table(changes: tuple[Change, ...], comparison: Comparison, lang: str, most: int = 12) -> Table:
    """What would have to be true for the verdict to turn: input, value today, value beyond, what then."""
    head = tuple(say(f"change.head.{key}", lang) for key in ("input", "from", "to", "then"))
    rows = []
    for one in changes[:most]:
        then = (
            comparison.outcomes[one.then].label if one.then in comparison.outcomes else say(f"change.{one.then}", lang)
        )
        unit = one.input.unit
        rows.append(
            (input_label(one.input.name, comparison, lang), with_unit(one.input.central, unit, lang),
             with_unit(one.value, unit, lang), then)
        )  # fmt: skip
    return Table(head, tuple(rows))


def sobol_table(found: Sensitivity, lang: str) -> Table:
    """Shares of the variance of the lead: alone, and with interactions."""
    head = tuple(say(f"sobol.head.{key}", lang) for key in ("input", "first", "total"))
    comparison = found.decision.comparison
    rows = [
        (input_label(name, comparison, lang), _share(one.first, lang), _share(one.total, lang))
        for name, one in sorted(found.sobol.items(), key=lambda pair: -pair[1].total)
    ]
    return Table(head, tuple(rows))


def _share(value: float, lang: str) -> str:
    """A share of variance; estimates a little outside 0 to 1 are noise."""
    return percent(min(max(value, 0.0), 1.0), lang)


def error_line(found: Sensitivity, lang: str) -> str:
    """Monte-Carlo error of the mean lead, and of the mean net present value where value is known."""
    comparison = found.decision.comparison
    currency, draws = comparison.scenario.reporting_currency, comparison.draws.n
    lead = money(found.monte_carlo_error, currency, lang)
    if not comparison.has_value:
        return say("doubt.error", lang, error=lead, draws=draws)
    return say("doubt.errors", lang, error=lead, worth=money(found.worth_error, currency, lang), draws=draws)


def measure_lines(found: Sensitivity, lang: str, most: int = 4) -> list[str]:
    """What to measure next, best first; one line that says so when nothing is worth it."""
    worth = [one for one in found.measure_next if one.net > 0][:most]
    if worth:
        return [measurement_text(one, found, lang) for one in worth]
    nearest = [measurement_text(one, found, lang) for one in found.measure_next[:1] if one.evsi > 0]
    return [say("measure.none", lang), *nearest]
