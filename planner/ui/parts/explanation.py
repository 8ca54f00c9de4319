"""Any figure as a tree down to its sources."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import streamlit as st

from planner import charts
from planner.charts import Row, Table
from planner.decide import Decision
from planner.figure import Explanation, Figure, explain
from planner.text import number, say
from planner.ui import widgets

MAX_TREE = 400


def show(decision: Decision, lang: str) -> None:
    """One figure of one option as a tree."""
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
        if outcome.appraisal is not None:
            figures.append((say("value.head.npv", lang), outcome.appraisal.npv))
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
