"""Doubt: what moves the answer, what would turn it, what to measure before deciding."""

from __future__ import annotations

import streamlit as st

from planner import charts
from planner.errors import PlannerError
from planner.report import tables
from planner.sensitivity import Sensitivity
from planner.text import money, say
from planner.ui import state as keep
from planner.ui import widgets
from planner.ui.parts import pictures


def show(state: keep.State) -> None:
    """Draws the page."""
    lang, decision = state.lang, state.decision
    if state.error is not None:
        widgets.error_box(state.error, lang, kept=decision is not None)
    if decision is None:
        return
    st.title(widgets.plain(decision.comparison.scenario.name))
    widgets.verdict_box(decision.sentence(lang), [])
    try:
        with st.spinner(say("page.doubt.computing", lang)):
            found = keep.doubt_of(decision)
    except PlannerError as error:
        widgets.error_box(error, lang, kept=False)
        return
    if found is None:
        return
    _bars(found, lang)
    _change(found, lang)
    _measure(found, lang)
    _map(found, lang)
    _shares(found, lang)
    _noise(found, lang)


def _bars(found: Sensitivity, lang: str) -> None:
    """The tornado of the lead over the second, and that of what the best plan is worth."""
    outcomes, (first, second) = found.decision.comparison.outcomes, found.pair
    names = {"first": outcomes[first].label, "second": outcomes[second].label if second else ""}
    if found.tornado:
        key = "doubt.tornado" if second else "doubt.worth" if found.decision.comparison.has_value else "doubt.cost"
        _one_tornado(found, "lead", say(key, lang, **names), lang)
    if found.worth and second:
        _one_tornado(found, "worth", say("doubt.worth", lang, **names), lang)
    if found.tornado or found.worth:
        st.caption(widgets.plain(say("page.doubt.bars_note", lang)))


def _one_tornado(found: Sensitivity, of: charts.Of, title: str, lang: str) -> None:
    st.header(widgets.plain(title))
    pictures.chart(charts.tornado_chart(found, lang, of), f"tornado-{of}", charts.tornado_finding(found, lang, of))
    data = tables.tornado_table(charts.bars_of(found, of), found.decision.comparison, lang)
    pictures.as_table(data, f"tornado-{of}-table", {}, lang)


def _change(found: Sensitivity, lang: str) -> None:
    st.header(say("doubt.change", lang))
    data = tables.changes_table(found.would_change, found.decision.comparison, lang)
    if not data.rows:
        st.markdown(widgets.plain(say("doubt.no_change", lang)))
        return
    widgets.table(data, left=(0, 3))
    st.caption(widgets.plain(say("page.doubt.change_note", lang)))


def _measure(found: Sensitivity, lang: str) -> None:
    """What to measure next, and what knowing everything would be worth."""
    currency = found.decision.comparison.scenario.reporting_currency
    lines = [*tables.measure_lines(found, lang), say("doubt.evpi", lang, worth=money(found.evpi, currency, lang))]
    if found.evpi_with_none is not None:
        lines.append(say("doubt.evpi_none", lang, worth=money(found.evpi_with_none, currency, lang)))
    with st.container(border=True, key="measure"):
        st.header(say("doubt.measure", lang))
        widgets.bullets(lines)


def _map(found: Sensitivity, lang: str) -> None:
    if found.win_map is not None and len(found.decision.order) > 1:
        st.header(say("page.doubt.map", lang))
        pictures.chart(charts.win_map_chart(found, lang), "map", charts.win_map_finding(found, lang))
        st.caption(widgets.plain(say("page.doubt.map_note", lang)))
        data = charts.win_map_table(found, lang)
        pictures.as_table(data, "map-table", {}, lang, left=tuple(range(len(data.columns))))
    if found.switches:
        outcomes = found.decision.comparison.outcomes
        st.header(say("doubt.switches", lang))
        widgets.bullets(
            [
                say("doubt.switch", lang, option=outcomes[one.option].label, written=one.written, best=one.best)
                for one in found.switches
            ]
        )


def _shares(found: Sensitivity, lang: str) -> None:
    if found.sobol:
        st.header(say("doubt.sobol", lang))
        widgets.table(tables.sobol_table(found, lang))
        st.caption(widgets.plain(say("page.doubt.sobol_note", lang)))


def _noise(found: Sensitivity, lang: str) -> None:
    """How far the draws themselves can be trusted."""
    st.header(say("page.doubt.error", lang))
    st.markdown(widgets.plain(tables.error_line(found, lang)))
