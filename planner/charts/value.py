"""What a project brings against what it costs: the terms side by side, and the cumulative net curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from planner import finance
from planner.appraisal import flows_of
from planner.charts.common import (
    Array,
    Table,
    label,
    lay_out,
    option_colour,
    option_dash,
    safe,
    spread,
    tight,
    transparent,
)
from planner.comparison import Outcome
from planner.decide import Decision
from planner.ledger import CostLine, Ledger
from planner.project_costs import PROJECT
from planner.text import money, number, percent, say

HALVES = 2  # points of the curve in a month
TERMS = ("savings", "revenue", "problems")
COSTS = ("compute", "project", "delay")
_COLOURS = {
    "savings": "#44BB99", "revenue": "#BBCC33", "problems": "#99DDFF",
    "compute": "#77AADD", "project": "#FFAABB", "delay": "#CC6677",
}  # fmt: skip
_LABEL_ROOM = 1.3  # of the longest bar: its sum stands beside it


# ── the terms ─────────────────────────────────────────────────────────────────────────────────────────────


def _best(decision: Decision) -> Outcome | None:
    """The best plan with its value; None where there is none."""
    best = decision.comparison.outcomes[decision.best] if decision.best is not None else None
    return best if best is not None and best.appraisal is not None and best.ledger is not None else None


def _group(line: CostLine) -> str:
    """Costs of the project, of results that come late, and of compute with all that belongs to it."""
    return "project" if line.placed_on == PROJECT else "delay" if line.cost_type == "delay" else "compute"


def present_terms(decision: Decision) -> tuple[dict[str, Array], dict[str, Array]]:
    """Present value of the best plan's benefits by term and of its costs by group [currency], shape (draws | 1,).

    Both empty without a full plan or without value.
    """
    best, rate = _best(decision), decision.comparison.scenario.finance.discount_rate_fraction
    if best is None or best.ledger is None:
        return {}, {}
    gains: dict[str, Array] = {}
    for one in best.benefits:
        present = (one.by_month.value * finance.discount_factors(rate, best.ledger.months, "mid")).sum(axis=1)
        gains[one.term] = gains[one.term] + present if one.term in gains else present
    costs = {}
    for group in COSTS:
        lines = tuple(line for line in best.ledger.lines if _group(line) == group)
        if lines:
            part = Ledger(best.id, best.ledger.currency, best.ledger.months, lines)
            costs[group] = part.present_by_month(rate).sum(axis=1)
    return {term: gains[term] for term in TERMS if term in gains}, costs


def _sum(parts: dict[str, Array]) -> float:
    return float(sum(part.mean() for part in parts.values()))


def terms_finding(decision: Decision, lang: str) -> str:
    """The finding of the picture of the terms."""
    gains, costs = present_terms(decision)
    currency = decision.comparison.scenario.reporting_currency
    if not costs:
        return say("chart.cumulative.none", lang)
    facts = {"benefits": tight(money(_sum(gains), currency, lang)), "costs": tight(money(_sum(costs), currency, lang))}
    if _sum(gains) <= 0:
        return say("chart.terms.nothing", lang, **facts)
    first = max(gains, key=lambda term: gains[term].mean())
    facts |= {"term": say(f"benefits.term.{first}", lang), "share": percent(gains[first].mean() / _sum(gains), lang)}
    return say("chart.terms.only" if len(gains) == 1 else "chart.terms.finding", lang, **facts)


def benefits_by_term(decision: Decision, lang: str) -> go.Figure:
    """Present benefits of the best plan by term, stacked, above its present costs by group."""
    gains, costs = present_terms(decision)
    currency = decision.comparison.scenario.reporting_currency
    rows = {"benefits": gains, "costs": costs}
    figure = go.Figure()
    for row, parts in rows.items():
        for name, part in parts.items():
            title, amount = _term_label(name, lang), float(part.mean())
            figure.add_bar(
                x=[amount], y=[row], orientation="h", name=title,
                marker={"color": _COLOURS[name], "line": {"width": 0}},
                customdata=[money(amount, currency, lang)],
                hovertemplate="%{customdata}<extra>" + title + "</extra>",
            )  # fmt: skip
    lengths = {row: sum(max(0.0, float(part.mean())) for part in parts.values()) for row, parts in rows.items()}
    for row, parts in rows.items():
        figure.add_annotation(
            x=lengths[row], y=row, text=f"<b>{money(_sum(parts), currency, lang)}</b>", showarrow=False,
            xanchor="left", xshift=6, font={"size": 13},
        )  # fmt: skip
    lay_out(figure, terms_finding(decision, lang), lang, 260)
    lowest = min([0.0, *(float(part.mean()) for parts in rows.values() for part in parts.values())])
    figure.update_layout(barmode="relative", bargap=0.3, legend={"traceorder": "normal", "y": -0.55})
    figure.update_xaxes(
        title=say("chart.terms.axis", lang, currency=currency), tickformat=",.0f", nticks=6,
        range=[1.1 * lowest, _LABEL_ROOM * max([*lengths.values(), 1.0])],
    )  # fmt: skip
    figure.update_yaxes(
        tickmode="array", tickvals=list(rows), showgrid=False, type="category", autorange="reversed",
        ticktext=[say(f"chart.terms.{row}", lang) + " " for row in rows],
    )  # fmt: skip
    return figure


def _term_label(name: str, lang: str) -> str:
    return say(f"benefits.term.{name}" if name in TERMS else f"chart.terms.{name}", lang)


def terms_table(decision: Decision, lang: str) -> Table:
    """The picture of the terms as a table: mean and p10–p90 of each part, of both sums and of what is left."""
    gains, costs = present_terms(decision)
    currency, rows = decision.comparison.scenario.reporting_currency, []

    def row(name: str, draws: Array) -> tuple[str, str, str]:
        low, high = np.quantile(draws, (0.1, 0.9))
        return name, money(float(draws.mean()), currency, lang), spread(float(low), float(high), currency, lang)

    zero = np.zeros(1)
    whole = {"benefits": sum(gains.values(), start=zero), "costs": sum(costs.values(), start=zero)}
    for side, parts in (("benefits", gains), ("costs", costs)):
        rows += [row(_term_label(name, lang), part) for name, part in parts.items()]
        rows.append(row(say(f"chart.terms.all_{side}", lang), whole[side]))
    rows.append(row(say("chart.terms.left", lang), whole["benefits"] - whole["costs"]))
    return Table((say("chart.terms.part", lang), say("benefits.head.present", lang), "p10–p90"), tuple(rows))


# ── the net curve ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class NetCurve:
    """The expected course of one plan's money.

    lowest: of the mean curve [currency], reached after lowest_month [month]. payback: months after which the mean
    curve is at zero or above for good; None: not within the horizon.
    """

    lowest: float
    lowest_month: float
    payback: float | None


def _curve(outcome: Outcome, decision: Decision) -> Array:
    """Cumulative discounted net flow at each half month, shape (draws | 1, 2 × months + 1)."""
    assert outcome.ledger is not None
    rate = decision.comparison.scenario.finance.discount_rate_fraction
    return np.asarray(flows_of(outcome.ledger, outcome.benefits).discounted(rate).cumsum(axis=1))


def _course(curve: Array) -> NetCurve:
    mean = curve.mean(axis=0)
    place = int(mean.argmin())
    payback = float(finance.payback_rows(np.diff(mean, prepend=0.0)[None, :])[0]) / HALVES
    return NetCurve(float(mean[place]), place / HALVES, None if np.isnan(payback) else payback)


def _shown(decision: Decision) -> list[Outcome]:
    """The best plan, then the baseline where it is another plan with a price."""
    best, base = _best(decision), decision.comparison.baseline
    if best is None:
        return []
    return [best] if base.id == best.id or base.ledger is None else [best, base]


def net_finding(decision: Decision, lang: str) -> str:
    """The finding of the net curve, on expected money of the best plan."""
    shown = _shown(decision)
    if not shown:
        return say("chart.cumulative.none", lang)
    course = _course(_curve(shown[0], decision))
    horizon = decision.comparison.scenario.horizon.months
    facts = {
        "option": shown[0].label,
        "lowest": tight(money(course.lowest, decision.comparison.scenario.reporting_currency, lang)),
        "month": number(course.lowest_month, lang, 2), "months": horizon,
    }  # fmt: skip
    if course.payback is None:
        return say("chart.net.never", lang, **facts)
    return say("chart.net.finding", lang, payback=number(course.payback, lang, 2), **facts)


def net_curve(decision: Decision, lang: str) -> go.Figure:
    """The J-curve: cumulative discounted benefits less costs by month, mean and p10–p90, of best and baseline."""
    currency = decision.comparison.scenario.reporting_currency
    figure, shown = go.Figure(), _shown(decision)
    for place, outcome in enumerate(shown):
        _draw_curve(figure, decision, outcome, place == 0, lang)
    figure.add_hline(y=0, line={"color": "#808080", "width": 1})
    if shown:
        _mark(figure, _course(_curve(shown[0], decision)), currency, lang)
    lay_out(figure, net_finding(decision, lang), lang, 440)
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(title=say("chart.net.month", lang), nticks=13, tickformat="d", rangemode="tozero")
    figure.update_yaxes(title=say("chart.net.axis", lang, currency=currency), tickformat=",.0f")
    return figure


def _draw_curve(figure: go.Figure, decision: Decision, outcome: Outcome, first: bool, lang: str) -> None:
    scenario = decision.comparison.scenario
    currency, colour = scenario.reporting_currency, option_colour(scenario, outcome.id)
    curve = _curve(outcome, decision)
    months = (np.arange(curve.shape[1]) / HALVES).tolist()
    if curve.shape[0] > 1:
        low, high = np.quantile(curve, (0.1, 0.9), axis=0)
        figure.add_scatter(
            x=[*months, *reversed(months)], y=[*high.tolist(), *reversed(low.tolist())], fill="toself",
            fillcolor=transparent(colour, 0.18 if first else 0.1), line={"width": 0}, mode="lines", hoverinfo="skip",
            showlegend=False, legendgroup=outcome.id, name=label(decision, outcome.id),
        )  # fmt: skip
    mean = curve.mean(axis=0)
    figure.add_scatter(
        x=months, y=mean.tolist(), mode="lines", name=label(decision, outcome.id), legendgroup=outcome.id,
        line={"color": colour, "width": 4 if first else 2, "dash": option_dash(scenario, outcome.id)},
        customdata=[money(float(v), currency, lang) for v in mean], hovertemplate="%{customdata}",
    )  # fmt: skip


def _mark(figure: go.Figure, course: NetCurve, currency: str, lang: str) -> None:
    """The lowest point of the best plan, and where it is paid back."""
    marks = [(course.lowest_month, course.lowest, say("chart.net.lowest", lang), "triangle-down", -22)]
    if course.payback is not None and course.payback > 0:
        marks.append((course.payback, 0.0, say("chart.net.payback", lang), "diamond", 22))
    for month, amount, title, symbol, shift in marks:
        what = money(amount, currency, lang) if symbol != "diamond" else number(month, lang, 2)
        figure.add_scatter(
            x=[month], y=[amount], mode="markers", name=title, showlegend=False,
            marker={"symbol": symbol, "size": 13, "color": "#FFFFFF", "line": {"width": 2, "color": "#000000"}},
            customdata=[what], hovertemplate="%{customdata}",
        )  # fmt: skip
        figure.add_annotation(
            x=month, y=amount, text=safe(title), showarrow=False, yshift=shift, borderpad=2,
            font={"size": 12, "color": "#000000"}, bgcolor="rgba(255,255,255,0.8)",
        )  # fmt: skip


def net_table(decision: Decision, lang: str) -> Table:
    """The net curve as a table: about a dozen months, mean and p10–p90 of each plan."""
    scenario = decision.comparison.scenario
    currency, months = scenario.reporting_currency, scenario.horizon.months
    step = max(1, round(months / 12))
    shown = sorted({0, 1, *range(step, months + 1, step), months})
    columns, cells = [say("chart.net.month", lang)], [[str(month)] for month in shown]
    for outcome in _shown(decision):
        columns += [outcome.label, f"{outcome.label}, p10–p90"]
        curve = _curve(outcome, decision)
        mean, (low, high) = curve.mean(axis=0), np.quantile(curve, (0.1, 0.9), axis=0)
        for row, month in zip(cells, shown, strict=True):
            at = HALVES * month
            row.append(money(float(mean[at]), currency, lang))
            row.append(spread(float(low[at]), float(high[at]), currency, lang))
    return Table(tuple(columns), tuple(tuple(row) for row in cells))
