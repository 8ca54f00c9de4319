"""Charts, each with its table."""

from __future__ import annotations

from collections.abc import Iterator

import plotly.graph_objects as go
import streamlit as st

from planner import charts
from planner.decide import Decision
from planner.ledger import CostLine
from planner.text import say
from planner.ui import widgets

CHART = {"displaylogo": False, "displayModeBar": False}


def show_money(decision: Decision, lang: str) -> None:
    """Cumulative cost, and cost by type."""
    chart(charts.cumulative_cost(decision, lang), "cumulative", charts.cumulative_finding(decision, lang))
    if any(line.cost_type == "residual" for line in _all_lines(decision)):
        st.caption(say("page.resale_note", lang))
    as_table(charts.cumulative_cost_table(decision, lang), "cumulative-table", {}, lang)
    chart(charts.cost_by_type(decision, lang), "by_type", charts.by_type_finding(decision, lang))
    colours = {i: charts.option_colour(decision.comparison.scenario, n) for i, n in enumerate(decision.order)}
    as_table(charts.cost_by_type_table(decision, lang), "by-type-table", colours, lang)


def show_results(decision: Decision, lang: str) -> None:
    """When results arrive; a sentence where there is nothing to wait for."""
    waits = charts.waits(decision)
    if not waits:
        st.markdown(widgets.plain(charts.timeline_finding(decision, lang)) + ".")
        return
    chart(charts.results_timeline(decision, lang), "timeline", charts.timeline_finding(decision, lang))
    notes = [say("page.timeline_note", lang), charts.timeline_bridged(decision, lang)]
    notes.append(charts.timeline_absent(decision, lang))
    st.caption(widgets.plain(" ".join(filter(None, notes))))
    scenario, outcomes = decision.comparison.scenario, decision.comparison.outcomes
    rows = [name for name in waits for _ in outcomes[name].arrivals]
    colours = {i: charts.option_colour(scenario, name) for i, name in enumerate(rows)}
    as_table(charts.timeline_table(decision, lang), "timeline-table", colours, lang, left=(0, 1))


def chart(figure: go.Figure, key: str, finding: str) -> None:
    """A picture; its finding is what a screen reader says."""
    st.plotly_chart(figure, key=key, config=CHART, alt=finding)


def as_table(data: charts.Table, key: str, colours: dict[int, str], lang: str, left: tuple[int, ...] = (0,)) -> None:
    """The same as a table, folded under a picture."""
    with st.expander(say("page.as_table", lang), key=key):
        widgets.table(data, colours=colours, left=left)


def _all_lines(decision: Decision) -> Iterator[CostLine]:
    for name in decision.order:
        ledger = decision.comparison.outcomes[name].ledger
        yield from ledger.lines if ledger is not None else ()
