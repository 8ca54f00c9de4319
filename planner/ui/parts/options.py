"""All options in three tables: money, time and who does what, energy."""

from __future__ import annotations

import streamlit as st

from planner import charts
from planner.charts import Row, Table
from planner.comparison import Comparison, Outcome
from planner.decide import Decision
from planner.report.comparison_json import upfront
from planner.text import money, number, percent, say
from planner.ui import widgets
from planner.uncertainty import quantiles
from planner.units import DAYS_PER_MONTH

NONE = "—"
MONEY = ("present", "range", "difference", "best", "nominal", "upfront", "price_date", "warnings")
TIME = ("lead", "first_result", "range_plain", "placement")
ENERGY = ("energy", "range_plain", "emissions", "range_plain")


def show(decision: Decision, lang: str) -> None:
    """Every option, ranked ones first, then the others."""
    comparison = decision.comparison
    names = [*decision.order, *(name for name in comparison.outcomes if name not in decision.order)]
    outcomes = [comparison.outcomes[name] for name in names]
    tabs = st.tabs([say(f"page.tab.{tab}", lang) for tab in ("money", "time", "energy")])
    with tabs[0]:
        _table(decision, outcomes, MONEY, [_money(decision, outcome, lang) for outcome in outcomes], lang)
        st.caption(say("page.table_note", lang, draws=number(comparison.draws.n, lang)))
    with tabs[1]:
        _table(decision, outcomes, TIME, [_time(comparison, outcome, lang) for outcome in outcomes], lang)
        st.caption(say("page.time_note", lang))
    with tabs[2]:
        _table(decision, outcomes, ENERGY, [_energy(outcome, lang) for outcome in outcomes], lang)
        st.caption(say("page.energy_note", lang))


def _table(decision: Decision, outcomes: list[Outcome], columns: Row, rows: list[Row], lang: str) -> None:
    scenario = decision.comparison.scenario
    head = [say(f"page.col.{column}", lang, currency=scenario.reporting_currency) for column in ("option", *columns)]
    named = [(outcome.label, *row) for outcome, row in zip(outcomes, rows, strict=True)]
    widgets.table(
        Table(tuple(head), tuple(named)),
        colours={i: charts.option_colour(scenario, outcome.id) for i, outcome in enumerate(outcomes)},
        notes={i: _note(decision.comparison, outcome, lang) for i, outcome in enumerate(outcomes)},
        best=0 if decision.best is not None and not decision.tie else None,
        left=(0, *(i for i, column in enumerate(columns, 1) if column == "placement")),
    )


def _note(comparison: Comparison, outcome: Outcome, lang: str) -> str:
    words = [say(f"page.kind.{outcome.kind}", lang), say(f"status.{outcome.status}", lang)]
    if outcome.id == comparison.baseline.id:
        words.append(say("page.baseline_mark", lang))
    return " · ".join(words)


# ── money ─────────────────────────────────────────────────────────────────────────────────────────────────


def _money(decision: Decision, outcome: Outcome, lang: str) -> Row:
    currency, warnings = decision.comparison.scenario.reporting_currency, number(len(outcome.warnings), lang)
    if outcome.ledger is None or outcome.present_cost is None:
        return (*[NONE] * (len(MONEY) - 1), warnings)
    cost, standing = quantiles(outcome.present_cost.value), decision.standings.get(outcome.id)
    difference = standing.cost_difference_to_baseline if standing else None

    def bare(text: str) -> str:
        """Without the currency, which the head of the column says."""
        return text.removesuffix(currency).rstrip()

    dates = [line.price_observed_on for line in outcome.ledger.lines if line.price_observed_on]
    return (
        bare(money(cost.mean, currency, lang)),
        bare(charts.spread(cost.p10, cost.p90, currency, lang)),
        NONE if difference is None else bare(_signed(float(difference.mean()), currency, lang)),
        percent(standing.probability_best, lang) if standing else NONE,
        bare(money(float(outcome.ledger.nominal().mean()), currency, lang)),
        bare(money(float(upfront(outcome).mean()), currency, lang)),
        min(dates) if dates else NONE,
        warnings,
    )


def _signed(amount: float, currency: str, lang: str) -> str:
    text = money(abs(amount), currency, lang)
    return text if amount == 0 else f"+{text}" if amount > 0 else f"−{text}"


# ── time and placement ────────────────────────────────────────────────────────────────────────────────────


def _time(comparison: Comparison, outcome: Outcome, lang: str) -> Row:
    if outcome.ledger is None or outcome.priced is None:
        return (NONE,) * len(TIME)
    lead, arrival = outcome.priced.lead_time_days, outcome.slowest_arrival
    wait = charts.wait_of(arrival) if arrival is not None else None
    end = charts.end_of(wait, lang) if wait else NONE
    return (
        charts.duration(float(lead.value.mean()) / DAYS_PER_MONTH if lead is not None else 0.0, lang),
        say("chart.timeline.never_word", lang) if arrival is not None and wait is None else end,
        charts.duration_range(wait.low, wait.high, lang) if wait else NONE,
        placement(comparison, outcome, lang),
    )


def placement(comparison: Comparison, outcome: Outcome, lang: str) -> str:
    """Who does which work, in words, a line for each workload."""
    places = outcome.placement
    if all(place.served_by == outcome.id and place.share > 0.9995 for place in places):
        return say("page.place.itself", lang)
    words = []
    for workload in comparison.works:
        parts = [place for place in places if place.workload == workload]
        whole = len(parts) == 1 and parts[0].share > 0.9995
        who = [
            _server(comparison, place.served_by, lang) + ("" if whole else f" {_tight(percent(place.share, lang))}")
            for place in parts
        ]
        words.append(say("page.place.row", lang, workload=workload, who=", ".join(who)))
    return "\n".join(words)


def _tight(text: str) -> str:
    """A short text that is not broken over two lines."""
    return text.replace(" ", "\u00a0")


def _server(comparison: Comparison, served_by: str, lang: str) -> str:
    if served_by == "none":
        return say("page.place.nobody", lang)
    return comparison.outcomes[served_by].label


# ── energy ────────────────────────────────────────────────────────────────────────────────────────────────


def _energy(outcome: Outcome, lang: str) -> Row:
    cells: list[str] = []
    priced = outcome.priced if outcome.ledger is not None else None
    for by_month in (priced.energy_kwh, priced.emissions_kg) if priced is not None else (None, None):
        if by_month is None:
            cells += [NONE, NONE]
            continue
        q = quantiles(by_month.sum(axis=1, keepdims=True))
        cells += [number(_three(q.mean), lang), _range(q.p10, q.p90, lang)]
    return tuple(cells)


def _range(low: float | None, high: float | None, lang: str) -> str:
    first, last = number(_three(low), lang), number(_three(high), lang)
    return first if first == last else f"{first}–{last}"


def _three(value: float | None) -> float | None:
    """Three significant digits, for reading."""
    return None if value is None else float(f"{value:.3g}")
