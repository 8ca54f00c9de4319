"""Compare: the verdict, all options, what was left out, when results arrive, where the money goes, and why."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from planner.decide import Decision
from planner.report.price_tables import effect_lines
from planner.report.run_effects import run_effect_lines
from planner.report.speeds import speed_lines
from planner.text import money, number, percent, render, say
from planner.ui import state as keep
from planner.ui import widgets
from planner.ui.parts import explanation, left_out, options, pictures, ways
from planner.ui.state import State
from planner.uncertainty import quantiles


def show(state: State) -> None:
    """Draws the page."""
    lang, decision = state.lang, state.decision
    if state.error is not None:
        widgets.error_box(state.error, lang, kept=decision is not None)
    if decision is None:
        return
    st.title(widgets.plain(decision.comparison.scenario.name))
    widgets.verdict_box(decision.sentence(lang), decision.because(lang))
    _refreshed(decision, lang)
    _measured(decision, lang)
    _kpis(decision, lang, dt.date.today())
    _warnings(decision, lang)
    st.header(say("page.table", lang))
    options.show(decision, lang)
    if left_out.refused(decision.comparison):
        st.header(say("page.left_out", lang))
        left_out.show(decision, lang)
    st.header(say("page.timeline", lang))
    pictures.show_results(decision, lang)
    if decision.order:
        st.header(say("page.charts", lang))
        pictures.show_money(decision, lang)
    if decision.comparison.rates:
        with st.expander(say("table.speeds", lang)):
            widgets.bullets(speed_lines(decision.comparison, lang))
    st.header(say("page.how", lang))
    ways.show(decision, lang)
    if decision.order:
        explanation.show(decision, lang)


def _refreshed(decision: Decision, lang: str) -> None:
    """What the newest refresh of prices did to the verdict: open where it turned it."""
    effect = keep.effect_of(decision)
    if effect is not None:
        title = say("effect.title", lang, date=effect.refreshed_at.date())
        with st.expander(title, expanded=effect.verdict_changed, key="price-effect"):
            widgets.bullets(effect_lines(effect, lang))


def _measured(decision: Decision, lang: str) -> None:
    """What measured runs did to the verdict."""
    effect = keep.run_effect_of(decision)
    if effect is not None:
        with st.expander(say("run_effect.title", lang), expanded=effect.verdict_changed, key="run-effect"):
            widgets.bullets(run_effect_lines(effect, lang))


def _kpis(decision: Decision, lang: str, today: dt.date) -> None:
    comparison = decision.comparison
    currency = comparison.scenario.reporting_currency
    items: list[tuple[str, str, str, str | None]] = []
    if decision.best is not None:
        best, standing = comparison.outcomes[decision.best], decision.standings[decision.best]
        assert best.present_cost is not None
        cost = quantiles(best.present_cost.value)
        low, high = money(cost.p10, currency, lang), money(cost.p90, currency, lang)
        items.append(
            (
                say("page.kpi.cost", lang),
                money(cost.mean, currency, lang),
                say("page.kpi.range", lang, low=low.removesuffix(currency).rstrip(), high=high),
                say("page.kpi.cost_help", lang),
            )
        )
        draws = number(comparison.draws.n, lang)
        items.append(
            (
                say("page.kpi.probability", lang),
                percent(standing.probability_best, lang),
                say("page.kpi.draws", lang, draws=draws),
                None,
            )
        )
        items.append(_saving(decision, lang))
    date = comparison.book.date
    age = say("page.kpi.age", lang, days=number((today - date).days, lang))
    items.append((say("page.kpi.prices", lang), date.isoformat(), age, None))
    widgets.kpi_row(items)


def _saving(decision: Decision, lang: str) -> tuple[str, str, str, str | None]:
    assert decision.best is not None
    comparison, difference = decision.comparison, decision.standings[decision.best].cost_difference_to_baseline
    currency, base = comparison.scenario.reporting_currency, comparison.baseline
    title = say("page.kpi.saving", lang)
    if difference is None:
        return title, "—", say("page.kpi.no_baseline", lang, baseline=base.label), None
    if base.id == decision.best:
        return title, money(0.0, currency, lang), say("page.kpi.is_baseline", lang, baseline=base.label), None
    q = quantiles(difference)
    assert q.mean is not None and q.p10 is not None and q.p90 is not None
    sign = 1 if q.mean >= 0 else -1
    low, high = sorted((sign * q.p10, sign * q.p90))
    bounds = {"low": money(low, currency, lang).removesuffix(currency).rstrip(), "high": money(high, currency, lang)}
    small = say("page.kpi.against", lang, baseline=base.label, **bounds)
    title = title if sign > 0 else say("page.kpi.extra", lang)
    return title, money(abs(q.mean), currency, lang), small, None


def _warnings(decision: Decision, lang: str) -> None:
    """Each warning once, with the options that it is about."""
    about: dict[str, list[str]] = {}
    for message in (*decision.comparison.warnings, *decision.warnings):
        about.setdefault(render(message, lang), [])
    for outcome in decision.comparison.outcomes.values():
        for message in outcome.warnings:
            about.setdefault(render(message, lang), []).append(outcome.label)
    if about:
        with st.expander(say("page.warnings", lang, count=len(about))):
            widgets.bullets(
                [
                    say("page.warning_about", lang, names=", ".join(names), text=text) if names else text
                    for text, names in about.items()
                ]
            )
