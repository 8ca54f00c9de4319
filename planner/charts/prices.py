"""How the price of an accelerator went: a line for each provider and way of buying."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import plotly.graph_objects as go

from planner.charts.common import OPTION_COLOURS, Table, lay_out, safe
from planner.finders.price_history import PricePoint
from planner.text import money, say

MOST_LINES = 8


def _lines(points: Sequence[PricePoint]) -> dict[tuple[str, str], list[tuple[str, float, str]]]:
    """Lowest price of each day, by provider and way of buying; those with the most days first."""
    days: dict[tuple[str, str], dict[str, tuple[float, str]]] = defaultdict(dict)
    for point in points:
        kept = days[(point.provider, point.purchase_model)]
        price = (point.price_per_accelerator_hour, point.currency)
        if point.observed_on not in kept or price < kept[point.observed_on]:
            kept[point.observed_on] = price
    longest = sorted(days, key=lambda key: (-len(days[key]), key))[:MOST_LINES]
    return {key: [(day, *days[key][day]) for day in sorted(days[key])] for key in longest}


def price_history_chart(points: Sequence[PricePoint], card: str, lang: str) -> go.Figure:
    """Steps from one observation to the next; points in one currency, the commonest."""
    figure = go.Figure()
    for i, ((provider, model), line) in enumerate(_lines(points).items()):
        figure.add_trace(
            go.Scatter(
                x=[day for day, _, _ in line], y=[price for _, price, _ in line], mode="lines+markers",
                name=safe(f"{provider} · {model}"), marker={"size": 5},
                line={"shape": "hv", "color": OPTION_COLOURS[i % len(OPTION_COLOURS)]},
            )
        )  # fmt: skip
    lay_out(figure, price_history_finding(points, card, lang), lang, 380)
    currency = points[0].currency if points else "USD"
    figure.update_yaxes(title=say("page.prices.axis", lang, currency=currency), rangemode="tozero")
    return figure


def price_history_finding(points: Sequence[PricePoint], card: str, lang: str) -> str:
    """The line with the most days in words: what it was, what it is."""
    lines = _lines(points)
    if not lines:
        return say("page.prices.no_points", lang)
    (provider, model), line = next(iter(lines.items()))
    (first_day, first, currency), (last_day, last, _) = line[0], line[-1]
    return say(
        "page.prices.finding", lang, card=card, provider=provider, model=model, first_day=first_day, last_day=last_day,
        first=money(first, currency, lang, None), last=money(last, currency, lang, None),
    )  # fmt: skip


def price_history_table(points: Sequence[PricePoint], lang: str) -> Table:
    """The points of the picture."""
    head = tuple(say(f"prices.head.{key}", lang) for key in ("provider", "bought", "date", "each"))
    rows = [
        (provider, model, day, money(price, currency, lang, None))
        for (provider, model), line in _lines(points).items()
        for day, price, currency in reversed(line)
    ]
    return Table(head, tuple(rows))
