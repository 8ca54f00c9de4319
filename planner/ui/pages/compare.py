"""Compare: the verdict, the options in a table, where the money goes, and where each figure is from."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import streamlit as st

from planner import charts
from planner.charts import Row, Table
from planner.comparison import Outcome
from planner.decide import Decision
from planner.errors import Message
from planner.figure import Explanation, Figure, explain
from planner.ledger import CostLine
from planner.report.comparison_json import upfront
from planner.text import money, number, percent, render, say
from planner.ui import widgets
from planner.ui.state import State
from planner.uncertainty import quantiles

MAX_TREE = 400
CHART = {"displaylogo": False, "displayModeBar": False}


def show(state: State) -> None:
    """Draws the page."""
    lang, decision = state.lang, state.decision
    if state.error is not None:
        widgets.error_box(state.error, lang, kept=decision is not None)
    if decision is None:
        return
    st.title(widgets.plain(decision.comparison.scenario.name))
    widgets.verdict_box(decision.sentence(lang), decision.because(lang))
    _kpis(decision, lang, dt.date.today())
    _warnings(decision, lang)
    st.header(say("page.table", lang))
    _options(decision, lang)
    _left_out(decision, lang)
    if decision.order:
        st.header(say("page.charts", lang))
        _charts(decision, lang)
        _explain(decision, lang)


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
    seen: dict[str, Message] = {}
    found = [*decision.comparison.warnings, *decision.warnings]
    found += [message for outcome in decision.comparison.outcomes.values() for message in outcome.warnings]
    for message in found:
        seen.setdefault(render(message, lang), message)
    if seen:
        with st.expander(say("page.warnings", lang, count=len(seen))):
            widgets.messages(list(seen.values()), lang)


def _options(decision: Decision, lang: str) -> None:
    comparison = decision.comparison
    rest = [name for name in comparison.outcomes if name not in decision.order]
    names = [*decision.order, *rest]
    currency = comparison.scenario.reporting_currency
    columns = (
        "option", "kind", "status", "present", "range", "difference", "best", "nominal", "upfront", "price_date"
    )  # fmt: skip
    widgets.table(
        Table(
            tuple(say(f"page.col.{column}", lang, currency=currency) for column in columns),
            tuple(_row(decision, comparison.outcomes[name], lang) for name in names),
        ),
        colours={i: charts.option_colour(comparison.scenario, name) for i, name in enumerate(names)},
        best=0 if decision.best is not None and not decision.tie else None,
        left=(0, 1, 2),
    )
    st.caption(say("page.table_note", lang, draws=number(comparison.draws.n, lang)))


def _row(decision: Decision, outcome: Outcome, lang: str) -> tuple[str, ...]:
    comparison = decision.comparison
    currency = comparison.scenario.reporting_currency
    label = outcome.label
    if outcome.id == comparison.baseline.id:
        label = say("page.baseline_mark", lang, name=label)
    start = (label, say(f"page.kind.{outcome.kind}", lang), say(f"status.{outcome.status}", lang))
    if outcome.ledger is None or outcome.present_cost is None:
        return (*start, *["—"] * 7)
    cost, standing = quantiles(outcome.present_cost.value), decision.standings.get(outcome.id)
    difference = standing.cost_difference_to_baseline if standing else None

    def bare(text: str) -> str:
        """Without the currency, which the head of the column says."""
        return text.removesuffix(currency).rstrip()

    dates = [line.price_observed_on for line in outcome.ledger.lines if line.price_observed_on]
    return (
        *start,
        bare(money(cost.mean, currency, lang)),
        bare(charts.spread(cost.p10, cost.p90, currency, lang)),
        "—" if difference is None else bare(_signed(-float(difference.mean()), currency, lang)),
        percent(standing.probability_best, lang) if standing else "—",
        bare(money(float(outcome.ledger.nominal().mean()), currency, lang)),
        bare(money(float(upfront(outcome).mean()), currency, lang)),
        min(dates) if dates else "—",
    )


def _signed(amount: float, currency: str, lang: str) -> str:
    text = money(abs(amount), currency, lang)
    return text if amount == 0 else f"+{text}" if amount > 0 else f"−{text}"


def _left_out(decision: Decision, lang: str) -> None:
    refused = [outcome for outcome in decision.comparison.outcomes.values() if not outcome.ranked]
    if not refused:
        return
    st.subheader(say("page.left_out", lang))
    lines = []
    for outcome in refused:
        reason = " ".join(render(message, lang) for message in outcome.reasons)
        status = say(f"status.{outcome.status}", lang)
        lines.append(
            "- " + widgets.plain(say("page.left_out_row", lang, option=outcome.label, status=status, reason=reason))
        )
    st.markdown("\n".join(lines))


def _charts(decision: Decision, lang: str) -> None:
    finding = charts.cumulative_finding(decision, lang)
    st.plotly_chart(charts.cumulative_cost(decision, lang), key="cumulative", config=CHART, alt=finding)
    if any(line.cost_type == "residual" for line in _all_lines(decision)):
        st.caption(say("page.resale_note", lang))
    with st.expander(say("page.as_table", lang), key="cumulative-table"):
        widgets.table(charts.cumulative_cost_table(decision, lang))
    finding = charts.by_type_finding(decision, lang)
    st.plotly_chart(charts.cost_by_type(decision, lang), key="by_type", config=CHART, alt=finding)
    colours = {i: charts.option_colour(decision.comparison.scenario, n) for i, n in enumerate(decision.order)}
    with st.expander(say("page.as_table", lang), key="by-type-table"):
        widgets.table(charts.cost_by_type_table(decision, lang), colours=colours)


def _all_lines(decision: Decision) -> Iterator[CostLine]:
    for name in decision.order:
        ledger = decision.comparison.outcomes[name].ledger
        yield from ledger.lines if ledger is not None else ()


# ── explain ───────────────────────────────────────────────────────────────────────────────────────────────


def _explain(decision: Decision, lang: str) -> None:
    outcomes = decision.comparison.outcomes
    with st.expander(say("page.explain", lang)):
        left, right = st.columns(2)
        known = [outcome.id for outcome in outcomes.values() if outcome.ledger is not None]
        first = known.index(decision.order[0])
        option = left.selectbox(
            say("page.explain.option", lang), known, index=first, format_func=lambda name: outcomes[name].label
        )
        outcome = outcomes[option]
        assert outcome.ledger is not None and outcome.present_cost is not None
        figures: list[tuple[str, Figure]] = [(say("page.explain.total", lang), outcome.present_cost)]
        for line in outcome.ledger.lines:
            kind = charts.type_label(line.cost_type, lang)
            sku = f" · {line.sku_id}" if line.sku_id else ""
            figures.append((f"{kind} · {line.placed_on}.{line.id}{sku}", line.billed_cost))
        chosen = right.selectbox(
            say("page.explain.line", lang), range(len(figures)), format_func=lambda i: figures[i][0],
            index=min(1, len(figures) - 1), key=f"explain-{option}-{len(figures)}",
        )  # fmt: skip
        nodes = list(itertools.islice(_tree(explain(figures[chosen][1]), lang, 0, set()), MAX_TREE + 1))
        if len(nodes) > MAX_TREE:
            st.caption(say("page.explain.cut", lang, count=MAX_TREE))
        rows = tuple(row for _, row in nodes[:MAX_TREE])
        header = tuple(say(f"page.explain.{name}", lang) for name in ("figure", "value", "how", "date"))
        widgets.table(Table(header, rows), left=(0, 2, 3), depths=[depth for depth, _ in nodes[:MAX_TREE]])


def _tree(node: Explanation, lang: str, depth: int, seen: set[int]) -> Iterator[tuple[int, Row]]:
    """Depth and cells of each figure of the tree; a figure's inputs are shown once."""
    figure = node.figure
    value = f"{number(float(f'{figure.mean:.4g}'), lang)} {figure.unit}"
    months = figure.value.shape[1]
    if months > 1:
        value += f" ({say('page.explain.by_month', lang, months=months)})"
    how, date = figure.formula, ""
    if figure.source is not None:
        source = figure.source
        how = f"{say(f'page.source.{source.kind}', lang)} · {source.locator}"
        how += f" · {source.origin}" if source.origin and source.origin != source.locator else ""
        how += f" [{source.flag}]" if source.flag else ""
        date = source.as_of
    again = id(figure) in seen and bool(node.children)
    if again:
        how = say("page.explain.above", lang)
    elif node.cut:
        how += " " + say("page.explain.deeper", lang)
    yield depth, (figure.name, value, how, date)
    seen.add(id(figure))
    if not again:
        for child in node.children:
            yield from _tree(child, lang, depth + 1, seen)
