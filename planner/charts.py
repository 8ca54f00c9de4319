"""From a decision to pictures and the tables that say the same: Plotly figures without Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from planner.decide import Decision
from planner.ledger import COST_TYPES
from planner.scenario import Scenario
from planner.text import money, percent, say

Array = NDArray[np.float64]

# Okabe and Ito's colours for all kinds of colour vision; a second turn of the list takes another dash.
OPTION_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#808080")
_DASHES = ("solid", "dash", "dot", "dashdot")
# Pale colours (after Paul Tol) for types of cost, so that they are not taken for options.
_COST_COLOURS = dict(
    zip(
        COST_TYPES,
        (
            "#77AADD", "#EEDD88", "#99DDFF", "#AAAA00", "#EE8866", "#BBCC33", "#FFAABB", "#44BB99",
            "#DDDDDD", "#B0A0D0", "#CC6677",
        ),
        strict=True,
    )
)  # fmt: skip
_GRID = "rgba(128,128,128,0.25)"
_BANDS_UP_TO = 4  # with more options, a third band hides more than it shows
_SEPARATORS = {"en": ".,", "fr": ",\u00a0"}
Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of a table as text, for display beside a chart."""

    columns: Row
    rows: tuple[Row, ...]


def option_colour(scenario: Scenario, option: str) -> str:
    """The colour of an option, the same in every picture: by its position in the file."""
    return OPTION_COLOURS[list(scenario.options).index(option) % len(OPTION_COLOURS)]


def _dash(scenario: Scenario, option: str) -> str:
    turn = list(scenario.options).index(option) // len(OPTION_COLOURS)
    return _DASHES[turn % len(_DASHES)]


def _label(decision: Decision, option: str) -> str:
    """The option's label, safe inside Plotly's small HTML."""
    text = decision.comparison.outcomes[option].label
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _layout(figure: go.Figure, title: str, lang: str, height: int) -> None:
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left", "yanchor": "top", "y": 0.98, "font": {"size": 16}},
        separators=_SEPARATORS[lang],
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        height=height,
        margin={"l": 10, "r": 20, "t": 50, "b": 10},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(gridcolor=_GRID, zerolinecolor=_GRID, automargin=True)
    figure.update_yaxes(gridcolor=_GRID, zerolinecolor=_GRID, automargin=True)


# ── cumulative cost ───────────────────────────────────────────────────────────────────────────────────────


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
                fillcolor=_transparent(colour), line={"width": 0}, mode="lines", hoverinfo="skip",
                showlegend=False, legendgroup=name, name=_label(decision, name),
            )  # fmt: skip
    for place, name in enumerate(decision.order):
        mean = curves[name].mean(axis=0)
        figure.add_scatter(
            x=months, y=mean.tolist(), mode="lines+markers" if len(months) == 1 else "lines",
            line={"color": option_colour(scenario, name), "width": 4 if place == 0 else 2,
                  "dash": _dash(scenario, name)},
            name=_label(decision, name), legendgroup=name,
            customdata=[money(float(v), currency, lang) for v in mean], hovertemplate="%{customdata}",
        )  # fmt: skip
    _layout(figure, cumulative_finding(decision, lang), lang, 460)
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(title=say("chart.month", lang), rangemode="normal", nticks=13, tickformat="d")
    figure.update_yaxes(
        title=say("chart.cumulative.axis", lang, currency=currency), tickformat=",.0f", rangemode="tozero"
    )
    return figure


def _transparent(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def cumulative_cost_table(decision: Decision, lang: str) -> Table:
    """The cumulative cost chart as a table: about a dozen months, mean and p10-p90 of each option."""
    currency, months = decision.comparison.scenario.reporting_currency, decision.comparison.scenario.horizon.months
    step = max(1, round(months / 12))
    shown = sorted({1, *range(step, months + 1, step), months})
    columns = [say("chart.month", lang)]
    cells: list[list[str]] = [[str(month)] for month in shown]
    for name in decision.order:
        label = decision.comparison.outcomes[name].label
        columns += [label, f"{label}, p10–p90"]
        curve = _cumulative(decision, name)
        mean, (low, high) = curve.mean(axis=0), np.quantile(curve, (0.1, 0.9), axis=0)
        for row, month in zip(cells, shown, strict=True):
            row.append(money(float(mean[month - 1]), currency, lang))
            row.append(spread(float(low[month - 1]), float(high[month - 1]), currency, lang))
    return Table(tuple(columns), tuple(tuple(row) for row in cells))


def spread(low: float | None, high: float | None, currency: str, lang: str) -> str:
    """Two sums as a range, the currency once.

    >>> spread(1000.0, 2000.0, "CAD", "en")
    '1,000–2,000 CAD'
    """
    if low is None or high is None:
        return "—"
    if low == high:
        return money(low, currency, lang)
    between = " – " if low < 0 or high < 0 else "–"
    return f"{money(low, currency, lang).removesuffix(currency).rstrip()}{between}{money(high, currency, lang)}"


# ── cost by type ──────────────────────────────────────────────────────────────────────────────────────────


def _by_type(decision: Decision) -> dict[str, dict[str, float]]:
    """Expected nominal cost by option, then by type of cost in the usual order [currency]."""
    out = {}
    for name in decision.order:
        ledger = decision.comparison.outcomes[name].ledger
        assert ledger is not None
        found = {kind: float(cost.mean()) for kind, cost in ledger.by("cost_type").items()}
        out[name] = {kind: found[kind] for kind in COST_TYPES if kind in found}
    return out


def type_label(kind: str, lang: str) -> str:
    """The name of a type of cost."""
    return say(f"chart.cost.{kind}", lang)


def by_type_finding(decision: Decision, lang: str) -> str:
    """The finding of the chart of costs by type."""
    if decision.best is None:
        return say("chart.cumulative.none", lang)
    costs = {kind: cost for kind, cost in _by_type(decision)[decision.best].items() if cost > 0}
    option = decision.comparison.outcomes[decision.best].label
    if not costs:
        return say("chart.by_type.nothing", lang, option=option)
    kind = max(costs, key=lambda k: costs[k])
    share = percent(costs[kind] / sum(costs.values()), lang)
    return say("chart.by_type.finding", lang, option=option, type=type_label(kind, lang), share=share)


def cost_by_type(decision: Decision, lang: str) -> go.Figure:
    """Expected nominal cost by type of each ranked option, stacked; resale is negative."""
    scenario = decision.comparison.scenario
    currency, costs = scenario.reporting_currency, _by_type(decision)
    names = list(reversed(decision.order))  # Plotly draws upwards
    figure = go.Figure()
    for kind in COST_TYPES:
        values = [costs[name].get(kind, 0.0) for name in names]
        if not any(values):
            continue
        figure.add_bar(
            x=values, y=names, orientation="h", name=type_label(kind, lang),
            marker={"color": _COST_COLOURS[kind], "line": {"width": 0},
                    "pattern": {"shape": "/" if kind == "residual" else ""}},
            customdata=[money(v, currency, lang) for v in values],
            hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    _layout(figure, by_type_finding(decision, lang), lang, 190 + 44 * max(1, len(names)))
    figure.update_layout(barmode="relative", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_layout(legend={"y": -70 / (44 * max(1, len(names)) + 60)})
    figure.update_xaxes(title=say("chart.by_type.axis", lang, currency=currency), tickformat=",.0f", nticks=7)
    figure.update_yaxes(
        tickmode="array", tickvals=names, showgrid=False, type="category",
        ticktext=[
            f"{_label(decision, n)} <span style='color:{option_colour(scenario, n)}'>■</span> " for n in names
        ],
    )  # fmt: skip
    return figure


def cost_by_type_table(decision: Decision, lang: str) -> Table:
    """The chart of costs by type as a table."""
    currency, costs = decision.comparison.scenario.reporting_currency, _by_type(decision)
    kinds = [kind for kind in COST_TYPES if any(kind in found for found in costs.values())]
    rows = []
    for name in decision.order:
        cells = [money(costs[name][kind], currency, lang) if kind in costs[name] else "—" for kind in kinds]
        total = money(sum(costs[name].values()), currency, lang)
        rows.append((decision.comparison.outcomes[name].label, *cells, total))
    header = (say("chart.option", lang), *(type_label(kind, lang) for kind in kinds), say("chart.total", lang))
    return Table(header, tuple(rows))
