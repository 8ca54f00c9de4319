"""Value: what the project brings against what it costs, when it pays back, and how long the cash lasts."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from planner import charts
from planner.benefits import TEMPLATES, textbook_view
from planner.decide import Decision, labels
from planner.report import tables
from planner.text import money, say
from planner.ui import widgets
from planner.ui.parts import pictures, value_kpis
from planner.ui.state import State

BADGES: dict[str, tuple[Literal["orange", "violet", "gray", "red"], str]] = {
    "before_project_costs": ("orange", ":material/construction:"),
    "strategic": ("violet", ":material/flag:"),
    "no_benefits": ("gray", ":material/help:"),
    "stopped_at_gate": ("red", ":material/front_hand:"),
}
EXAMPLE = """value:
  savings:
    - {use_case: service_chatbot, volume_per_month: 5000}
    - department: billing
      today_monthly: {person_hours: 300, hourly_cost: 38}
      after_monthly: {person_hours: 200, hourly_cost: 38}
  probability_of_production: {low: 0.35, mode: 0.5, high: 0.7}
  saves_or_earns: "yes"
project_costs:
  team: [{role: data_scientist, fte: 1, to_month: 8}]
"""
PLACES = {"savings": "value.savings", "problems": "value.problems"}  # the others stand under value.revenue


def show(state: State) -> None:
    """Draws the page."""
    lang, decision = state.lang, state.decision
    if state.error is not None:
        widgets.error_box(state.error, lang, kept=decision is not None)
    if decision is None:
        return
    comparison = decision.comparison
    st.title(widgets.plain(comparison.scenario.name))
    widgets.verdict_box(decision.sentence(lang), [])
    _badges(decision, lang)
    if not comparison.has_value:
        _missing(lang)
    elif decision.best is not None:
        value_kpis.show(decision, lang)
        _terms(decision, lang)
        _returns(decision, lang)
    if decision.best is None:
        return
    _cash(decision, lang)
    if comparison.scenario.value is not None:
        st.header(say("page.value.kpis", lang))
        widgets.table(tables.kpis_table(decision, lang))
    _rules(decision, lang)
    _textbook(decision, lang)


def _badges(decision: Decision, lang: str) -> None:
    found = labels(decision.comparison)
    if found:
        with st.container(horizontal=True, key="labels"):
            for name in found:
                colour, icon = BADGES[name]
                st.badge(widgets.plain(say(f"label.{name}", lang)), color=colour, icon=icon)


def _missing(lang: str) -> None:
    """What to add to a file that says nothing about value."""
    with st.container(border=True, key="value-missing"):
        st.markdown(widgets.plain(say("page.value.missing", lang)))
        st.code(EXAMPLE, language="yaml")
        st.markdown(widgets.plain(say("page.value.templates", lang)))
        head = tuple(say(f"page.value.template_{column}", lang) for column in ("case", "words", "place", "asks"))
        rows = tuple(
            (
                one.use_case, say(f"page.use_case.{one.use_case}", lang),
                PLACES.get(one.term, f"value.revenue.{one.term}"), ", ".join(one.asks),
            )
            for one in TEMPLATES.values()
        )  # fmt: skip
        widgets.table(charts.Table(head, rows), left=(0, 1, 2, 3))


def _terms(decision: Decision, lang: str) -> None:
    st.header(say("page.value.terms", lang))
    pictures.chart(charts.benefits_by_term(decision, lang), "terms", charts.terms_finding(decision, lang))
    pictures.as_table(charts.terms_table(decision, lang), "terms-table", {}, lang)
    st.header(say("page.value.lines", lang))
    widgets.table(tables.benefits_table(decision, lang), left=(0, 1, 2, 3))
    st.caption(widgets.plain(say("page.value.lines_note", lang)))


def _returns(decision: Decision, lang: str) -> None:
    st.header(say("page.value.curve", lang))
    pictures.chart(charts.net_curve(decision, lang), "net", charts.net_finding(decision, lang))
    st.caption(widgets.plain(say("page.value.curve_note", lang)))
    pictures.as_table(charts.net_table(decision, lang), "net-table", {}, lang, left=())
    st.header(say("page.value.returns", lang))
    shown = {"worth": tables.value_table(decision, lang), "rates": tables.returns_table(decision, lang)}
    for tab, table in zip(
        st.tabs([say(f"page.value.tab_{name}", lang) for name in shown]), shown.values(), strict=True
    ):
        with tab:
            widgets.table(table, colours=_colours(decision), best=_best(decision))
    st.caption(widgets.plain(say("page.value.returns_note", lang)))


def _cash(decision: Decision, lang: str) -> None:
    st.header(say("page.value.cash", lang))
    widgets.table(tables.cash_table(decision, lang), colours=_colours(decision), best=_best(decision))
    st.caption(widgets.plain(say("page.value.cash_note", lang)))


def _colours(decision: Decision) -> dict[int, str]:
    return {i: charts.option_colour(decision.comparison.scenario, name) for i, name in enumerate(decision.order)}


def _best(decision: Decision) -> int | None:
    return None if decision.tie else 0


def _rules(decision: Decision, lang: str) -> None:
    """Rules of thumb that speak to this profile, with what the numbers say to them."""
    found = decision.rules(lang)
    if not found:
        return
    st.header(say("page.value.rules", lang))
    widgets.cards(
        [
            widgets.Card(
                title=("✓ " if rule.agrees else "✗ ") + say(f"page.value.{word}", lang),
                tags=(rule.id,), lines=(rule.text,), colour="#009E73" if rule.agrees else "#E69F00",
            )
            for rule in found
            for word in ("agrees" if rule.agrees else "disagrees",)
        ]
    )  # fmt: skip


def _textbook(decision: Decision, lang: str) -> None:
    """The literal formula, with what is wrong with it."""
    view = textbook_view(decision.comparison.benefits)
    if view is None:
        return
    currency = decision.comparison.scenario.reporting_currency
    with st.expander(say("page.value.textbook", lang), key="textbook"):
        st.warning(widgets.plain(say("textbook.label", lang)), icon=":material/warning:")
        parts = (
            (say("page.value.textbook_savings", lang), view.savings_with_revenue),
            (say("page.value.textbook_revenue", lang), view.revenue),
            (say("benefits.term.problems", lang), view.problems),
            (say("page.value.textbook_total", lang), view.total),
            (say("page.value.textbook_once", lang), view.counted_once),
        )
        rows = tuple((name, money(float(draws.mean()), currency, lang)) for name, draws in parts)
        widgets.table(charts.Table((say("page.value.textbook_head", lang), currency), rows))
