"""Cost by type of each option, stacked."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import plotly.graph_objects as go

from planner.charts.common import Table, label, lay_out, option_colour
from planner.decide import Decision
from planner.ledger import COST_TYPES
from planner.text import catalogue, money, percent, say

# Pale colours (after Paul Tol) for types of cost, so that they are not taken for options.
_COST_COLOURS = {
    "compute": "#77AADD", "storage": "#EEDD88", "network": "#99DDFF", "hardware": "#AAAA00", "power": "#EE8866",
    "space": "#BBCC33", "staff": "#FFAABB", "maintenance": "#44BB99", "setup": "#DDDDDD", "residual": "#B0A0D0",
    "penalty": "#CC6677", "support": "#C9B58F", "subscription": "#8FB9A8", "migration": "#D8A7C4",
    "credit": "#A9C4E6", "tokens": "#66CCBB", "data": "#D9D2A6", "labelling": "#E6B8A2", "team": "#F2C6DE",
    "mlops": "#B5D6B2", "compliance": "#C0B8D0", "deployment": "#E0C08A", "delay": "#B36A5E",
}  # fmt: skip
_OTHER_COLOURS = ("#B8B8A0", "#C7A0A0", "#A0B8C7", "#C7C2A0")  # a type that has no colour of its own yet
_LEGEND_LINE = 19  # pixels
_IN_LEGEND_LINE = 4  # names side by side
_INCOME = ("residual", "credit")


def cost_colour(kind: str) -> str:
    """The colour of a type of cost; a type unknown here keeps one colour too.

    >>> cost_colour("compute"), cost_colour("a new type") == cost_colour("a new type")
    ('#77AADD', True)
    """
    return _COST_COLOURS.get(kind) or _OTHER_COLOURS[crc32(kind.encode()) % len(_OTHER_COLOURS)]


def _in_order(kinds: Iterable[str]) -> list[str]:
    """Types of cost in the ledger's order, unknown ones last."""
    found = set(kinds)
    return [*(kind for kind in COST_TYPES if kind in found), *sorted(found.difference(COST_TYPES))]


def _by_type(decision: Decision) -> dict[str, dict[str, float]]:
    """Expected nominal cost by option, then by type of cost in the usual order [currency]."""
    out = {}
    for name in decision.order:
        ledger = decision.comparison.outcomes[name].ledger
        assert ledger is not None
        found = {kind: float(cost.mean()) for kind, cost in ledger.by("cost_type").items()}
        out[name] = {kind: found[kind] for kind in _in_order(found)}
    return out


def type_label(kind: str, lang: str) -> str:
    """The name of a type of cost."""
    key = f"chart.cost.{kind}"
    return say(key, lang) if key in catalogue(lang) else kind


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
    kinds = _in_order({kind for found in costs.values() for kind in found})
    for kind in kinds:
        values = [costs[name].get(kind, 0.0) for name in names]
        if not any(values):
            continue
        figure.add_bar(
            x=values, y=names, orientation="h", name=type_label(kind, lang),
            marker={"color": cost_colour(kind), "line": {"width": 0},
                    "pattern": {"shape": "/" if kind in _INCOME else ""}},
            customdata=[money(v, currency, lang) for v in values],
            hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    more = _LEGEND_LINE * max(0, len(kinds) // _IN_LEGEND_LINE - 1)
    lay_out(figure, by_type_finding(decision, lang), lang, 190 + 44 * max(1, len(names)) + more)
    figure.update_layout(barmode="relative", bargap=0.35, legend={"traceorder": "normal"})
    figure.update_layout(legend={"y": -70 / (44 * max(1, len(names)) + 60)})
    figure.update_xaxes(title=say("chart.by_type.axis", lang, currency=currency), tickformat=",.0f", nticks=7)
    figure.update_yaxes(
        tickmode="array", tickvals=names, showgrid=False, type="category",
        ticktext=[
            f"{label(decision, n)} <span style='color:{option_colour(scenario, n)}'>■</span> " for n in names
        ],
    )  # fmt: skip
    return figure


def cost_by_type_table(decision: Decision, lang: str) -> Table:
    """The chart of costs by type as a table."""
    currency, costs = decision.comparison.scenario.reporting_currency, _by_type(decision)
    kinds = _in_order({kind for found in costs.values() for kind in found})
    rows = []
    for name in decision.order:
        cells = [money(costs[name][kind], currency, lang) if kind in costs[name] else "—" for kind in kinds]
        total = money(sum(costs[name].values()), currency, lang)
        rows.append((decision.comparison.outcomes[name].label, *cells, total))
    header = (say("chart.option", lang), *(type_label(kind, lang) for kind in kinds), say("chart.total", lang))
    return Table(header, tuple(rows))
