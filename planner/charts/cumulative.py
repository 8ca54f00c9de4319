"""Cumulative discounted cost by month, and where options cross."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from planner.charts.common import Array, Table, label, lay_out, option_colour, option_dash, spread, transparent
from planner.decide import Decision
from planner.text import money, say

_BANDS_UP_TO = 4  # with more options, a third band hides more than it shows


def _cumulative(decision: Decision, option: str) -> Array:
    """Cumulative discounted cost, shape (draws | 1, months) [currency]."""
    comparison = decision.comparison
    ledger = comparison.outcomes[option].ledger
    assert ledger is not None
    rate = comparison.scenario.finance.discount_rate_fraction
    return np.asarray(ledger.present_by_month(rate).cumsum(axis=1))


def _banded(decision: Decision) -> set[str]:
    """Options that get a band: the two best, and the baseline while the picture stays readable."""
    chosen = set(decision.order[:2])
    if len(decision.order) <= _BANDS_UP_TO and decision.comparison.baseline.ranked:
        chosen.add(decision.comparison.baseline.id)
    return chosen


def cumulative_finding(decision: Decision, lang: str) -> str:
    """The finding of the cumulative cost chart, on expected cost."""
    if decision.best is None:
        return say("chart.cumulative.none", lang)
    option = decision.comparison.outcomes[decision.best].label
    if len(decision.order) == 1:
        return say("chart.cumulative.only", lang, option=option)
    own = _cumulative(decision, decision.best).mean(axis=0)
    others = np.min([_cumulative(decision, name).mean(axis=0) for name in decision.order[1:]], axis=0)
    behind = np.flatnonzero(own > others + 1e-9 * np.abs(others))
    if behind.size == 0:
        return say("chart.cumulative.always", lang, option=option)
    month = int(behind[-1]) + 2
    if month > own.size:
        return say("chart.cumulative.not_cheapest", lang, option=option)
    return say("chart.cumulative.from", lang, option=option, month=month)


def cumulative_cost(decision: Decision, lang: str) -> go.Figure:
    """Expected cumulative discounted cost by month of each ranked option, with bands for the best."""
    comparison = decision.comparison
    scenario, currency = comparison.scenario, comparison.scenario.reporting_currency
    figure, banded = go.Figure(), _banded(decision)
    curves = {name: _cumulative(decision, name) for name in decision.order}
    months = list(range(1, scenario.horizon.months + 1))
    for name in decision.order:
        if name in banded and curves[name].shape[0] > 1:
            low, high = np.quantile(curves[name], (0.1, 0.9), axis=0)
            colour = option_colour(scenario, name)
            figure.add_scatter(
                x=[*months, *reversed(months)], y=[*high.tolist(), *reversed(low.tolist())], fill="toself",
                fillcolor=transparent(colour, 0.18), line={"width": 0}, mode="lines", hoverinfo="skip",
                showlegend=False, legendgroup=name, name=label(decision, name),
            )  # fmt: skip
    for place, name in enumerate(decision.order):
        mean = curves[name].mean(axis=0)
        figure.add_scatter(
            x=months, y=mean.tolist(), mode="lines+markers" if len(months) == 1 else "lines",
            line={"color": option_colour(scenario, name), "width": 4 if place == 0 else 2,
                  "dash": option_dash(scenario, name)},
            name=label(decision, name), legendgroup=name,
            customdata=[money(float(v), currency, lang) for v in mean], hovertemplate="%{customdata}",
        )  # fmt: skip
    lay_out(figure, cumulative_finding(decision, lang), lang, 460)
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(title=say("chart.month", lang), rangemode="normal", nticks=13, tickformat="d")
    figure.update_yaxes(
        title=say("chart.cumulative.axis", lang, currency=currency), tickformat=",.0f", rangemode="tozero"
    )
    return figure


def cumulative_cost_table(decision: Decision, lang: str) -> Table:
    """The cumulative cost chart as a table: about a dozen months, mean and p10-p90 of each option."""
    currency, months = decision.comparison.scenario.reporting_currency, decision.comparison.scenario.horizon.months
    step = max(1, round(months / 12))
    shown = sorted({1, *range(step, months + 1, step), months})
    columns = [say("chart.month", lang)]
    cells: list[list[str]] = [[str(month)] for month in shown]
    for name in decision.order:
        head = decision.comparison.outcomes[name].label
        columns += [head, f"{head}, p10–p90"]
        curve = _cumulative(decision, name)
        mean, (low, high) = curve.mean(axis=0), np.quantile(curve, (0.1, 0.9), axis=0)
        for row, month in zip(cells, shown, strict=True):
            row.append(money(float(mean[month - 1]), currency, lang))
            row.append(spread(float(low[month - 1]), float(high[month - 1]), currency, lang))
    return Table(tuple(columns), tuple(tuple(row) for row in cells))
