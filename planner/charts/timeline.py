"""When results arrive: waiting for hardware or an award, waiting for the work, running."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from planner.charts.common import Table, label, lay_out, option_colour, safe, transparent
from planner.comparison import Arrival
from planner.decide import Decision
from planner.text import number, percent, say
from planner.uncertainty import quantiles
from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH

_HOURS_UP_TO = 72 / HOURS_PER_MONTH  # months; beyond, days
_DAYS_UP_TO = 2.0  # months; beyond, months
_PER_MONTH = {"hours": HOURS_PER_MONTH, "days": DAYS_PER_MONTH, "months": 1.0}
_SAME = 1.1  # arrivals within a tenth of each other are told as one
_GREY = "#808080"
_STAGES = (("lead", 0.3, "/"), ("waiting", 0.08, ""), ("running", 1.0, ""))


@dataclass(frozen=True)
class Wait:
    """A first result in numbers, months from the start of the horizon: means, and the range of its end."""

    ready: float
    start: float
    end: float
    low: float
    high: float
    share_never: float


def wait_of(arrival: Arrival) -> Wait | None:
    """Means over the draws in which the result arrives; None when it never does."""
    end = quantiles(arrival.end)
    if end.mean is None or end.p10 is None or end.p90 is None:
        return None
    known = ~np.isnan(arrival.end)

    def mean(values: np.ndarray) -> float:
        return float(np.broadcast_to(values, known.shape)[known].mean())

    return Wait(mean(arrival.ready), mean(arrival.start), end.mean, end.p10, end.p90, end.share_none)


def waits(decision: Decision) -> dict[str, Wait]:
    """The wait for the last first result of each option that has one, soonest first."""
    found = {}
    for outcome in decision.comparison.outcomes.values():
        wait = wait_of(outcome.slowest_arrival) if outcome.slowest_arrival is not None else None
        if wait is not None:
            found[outcome.id] = wait
    return dict(sorted(found.items(), key=lambda item: item[1].end))


def duration(months: float, lang: str, *, like: float | None = None) -> str:
    """A time in the unit that a person would say, of this time or of another that stands beside it.

    >>> duration(0.005, "en"), duration(0.5, "en"), duration(2.96, "fr")
    ('3.6 h', '15 days', '3 mois')
    """
    if months <= 0:
        return say("chart.timeline.at_once", lang)
    unit = _unit(months if like is None else like)
    return say(f"chart.timeline.{unit}", lang, count=number(months * _PER_MONTH[unit], lang, 2))


def _unit(months: float) -> str:
    return "hours" if months < _HOURS_UP_TO else "days" if months < _DAYS_UP_TO else "months"


def duration_range(low: float, high: float, lang: str) -> str:
    """Two times as a range, both in the unit of the longer one.

    >>> duration_range(0.002, 0.005, "en")
    '1.5–3.6 h'
    """
    if low == high:
        return duration(high, lang)
    unit = _unit(high)
    first, last = (number(months * _PER_MONTH[unit], lang, 2) for months in (low, high))
    return say(f"chart.timeline.{unit}", lang, count=f"{first}–{last}" if first != last else last)


def end_of(wait: Wait, lang: str) -> str:
    """The mean of a first result, in the unit of its range."""
    return duration(wait.end, lang, like=wait.high)


def deadlines(decision: Decision) -> dict[str, int]:
    """Month by whose end the result of a training workload is wanted."""
    return {
        work.id: work.when.deadline_month
        for work in decision.comparison.scenario.workloads
        if work.when.deadline_month is not None and work.kind in ("training", "experiments")
    }


def timeline_finding(decision: Decision, lang: str) -> str:
    """The finding of the timeline, on expected arrival of full plans, or of all when there is none."""
    outcomes, every = decision.comparison.outcomes, waits(decision)
    if not every:
        return say("chart.timeline.nothing", lang)
    full = {name: wait for name, wait in every.items() if outcomes[name].ranked}
    shown = full or every
    first, last = next(iter(shown)), list(shown)[-1]
    soon, late = shown[first], shown[last]
    facts = {"first": outcomes[first].label, "soon": end_of(soon, lang)}
    if len(shown) == 1:
        return say("chart.timeline.only", lang, **facts)
    if full and late.end <= _SAME * soon.end:
        return say("chart.timeline.same", lang, soon=end_of(late, lang))
    return say(
        "chart.timeline.finding",
        lang,
        **facts,
        last=outcomes[last].label,
        late=duration(late.end, lang, like=late.high),
    )


def timeline_bridged(decision: Decision, lang: str) -> str | None:
    """Which options have others do the first work while their own hardware or award is on its way; None: none."""
    sentences = []
    for name, wait in waits(decision).items():
        outcome = decision.comparison.outcomes[name]
        lead = outcome.priced.lead_time_days if outcome.priced is not None else None
        months = float(lead.value.mean()) / DAYS_PER_MONTH if lead is not None else 0.0
        if months > wait.end:
            facts = {"option": outcome.label, "months": duration(months, lang)}
            sentences.append(say("chart.timeline.bridged", lang, **facts))
    return " ".join(sentences) or None


def timeline_absent(decision: Decision, lang: str) -> str | None:
    """Which options are not in the timeline, and why; None when all are."""
    shown, sentences = waits(decision), []
    missing = [o for o in decision.comparison.outcomes.values() if o.id not in shown]
    for key, found in (
        ("chart.timeline.without_work", [o for o in missing if o.ledger is not None and not o.arrivals]),
        ("chart.timeline.never", [o for o in missing if o.arrivals]),
        ("chart.timeline.not_computed", [o for o in missing if o.ledger is None]),
    ):
        if found:
            sentences.append(say(key, lang, names=", ".join(o.label for o in found)))
    return " ".join(sentences) or None


def results_timeline(decision: Decision, lang: str) -> go.Figure:
    """For each option the way to its last first result, soonest at the top, with p10–p90 and deadlines."""
    scenario, shown = decision.comparison.scenario, waits(decision)
    names = list(reversed(shown))  # Plotly draws upwards
    wanted = deadlines(decision)
    unit = _unit(max([*(wait.high for wait in shown.values()), *map(float, wanted.values()), 0.0]))
    scale = _PER_MONTH[unit]
    figure = go.Figure()
    for stage, opacity, pattern in _STAGES:
        spans = [_span(shown[name], stage) for name in names]
        if not any(end > start for start, end in spans):
            continue
        title = say(f"chart.timeline.{stage}", lang)
        figure.add_bar(
            x=[scale * (end - start) for start, end in spans], base=[scale * start for start, _ in spans], y=names,
            orientation="h", name=title, showlegend=False,
            marker={"color": [transparent(option_colour(scenario, name), opacity) for name in names],
                    "line": {"width": 0},
                    "pattern": {"shape": pattern, "fgcolor": [option_colour(scenario, name) for name in names]}},
            customdata=[duration(end - start, lang) for start, end in spans],
            hovertemplate="%{customdata}<extra>" + title + "</extra>",
        )  # fmt: skip
        figure.add_bar(  # for the legend only: the stage without an option's colour
            x=[None], y=[names[-1]], orientation="h", name=title,
            marker={"color": transparent(_GREY, opacity), "line": {"width": 0 if opacity == 1 else 1, "color": _GREY},
                    "pattern": {"shape": pattern, "fgcolor": _GREY}},
        )  # fmt: skip
    _draw_ends(figure, decision, {name: shown[name] for name in names}, scale, lang)
    _draw_deadlines(figure, wanted, scale, lang)
    height = 170 + 40 * max(1, len(names))
    lay_out(figure, timeline_finding(decision, lang), lang, height)
    figure.update_layout(barmode="overlay", bargap=0.45, legend={"y": -75 / (height - 120), "traceorder": "normal"})
    figure.update_xaxes(title=say(f"chart.timeline.axis_{unit}", lang), rangemode="tozero", nticks=9)
    figure.update_yaxes(
        tickmode="array", tickvals=names, showgrid=False, type="category",
        ticktext=[_tick(decision, name, lang) for name in names],
    )  # fmt: skip
    return figure


def _draw_ends(figure: go.Figure, decision: Decision, shown: dict[str, Wait], scale: float, lang: str) -> None:
    """The first result of each option, with its range."""
    scenario, names, ends = decision.comparison.scenario, list(shown), list(shown.values())
    title = say("chart.timeline.end", lang)
    figure.add_scatter(
        x=[scale * wait.end for wait in ends], y=names, mode="markers", name=title, showlegend=False,
        marker={"symbol": "diamond", "size": 10, "color": [option_colour(scenario, name) for name in names],
                "line": {"width": 1, "color": _GREY}},
        error_x={"type": "data", "symmetric": False, "array": [scale * max(0.0, w.high - w.end) for w in ends],
                 "arrayminus": [scale * max(0.0, w.end - w.low) for w in ends], "color": _GREY, "thickness": 2},
        customdata=[f"{end_of(w, lang)} ({duration_range(w.low, w.high, lang)})" for w in ends],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(  # for the legend only
        x=[None], y=[names[-1]], mode="markers", name=title,
        marker={"symbol": "diamond", "size": 10, "color": _GREY},
    )  # fmt: skip


def _span(wait: Wait, stage: str) -> tuple[float, float]:
    return {"lead": (0.0, wait.ready), "waiting": (wait.ready, wait.start), "running": (wait.start, wait.end)}[stage]


def _tick(decision: Decision, name: str, lang: str) -> str:
    outcome, text = decision.comparison.outcomes[name], label(decision, name)
    if not outcome.ranked:
        text = say("chart.timeline.left_out", lang, option=text)
    return f"{text} <span style='color:{option_colour(decision.comparison.scenario, name)}'>■</span> "


def _draw_deadlines(figure: go.Figure, wanted: dict[str, int], scale: float, lang: str) -> None:
    """One line for each month in which something is due."""
    for month in sorted(set(wanted.values())):
        names = ", ".join(safe(name) for name, due in wanted.items() if due == month)
        figure.add_vline(
            x=scale * month, line={"dash": "dot", "width": 2, "color": "#CC3311"},
            annotation={"text": say("chart.timeline.deadline", lang, names=names), "yref": "paper", "y": 1,
                        "yanchor": "bottom", "xanchor": "right", "font": {"size": 12}},
        )  # fmt: skip


def timeline_table(decision: Decision, lang: str) -> Table:
    """The timeline as a table: each option and training workload, soonest option first."""
    outcomes, rows = decision.comparison.outcomes, []
    due = deadlines(decision)
    for name in waits(decision):
        for workload, arrival in outcomes[name].arrivals.items():
            wait = wait_of(arrival)
            head = (outcomes[name].label, workload)
            wanted = (say("chart.timeline.by_month", lang, month=due[workload]) if workload in due else "—",)
            if wait is None:
                rows.append((*head, "—", "—", say("chart.timeline.never_word", lang), "—", *(wanted if due else ())))
                continue
            span = duration_range(wait.low, wait.high, lang)
            if wait.share_never:
                span += " " + say("chart.timeline.never_in", lang, share=percent(wait.share_never, lang))
            cells = (
                duration(wait.ready, lang),
                duration(wait.start, lang),
                duration(wait.end, lang, like=wait.high),
                span,
            )
            rows.append((*head, *cells, *(wanted if due else ())))
    columns = ["workload", "ready", "start", "end", "range", *(["due"] if due else [])]
    header = (say("chart.option", lang), *(say(f"chart.timeline.col.{column}", lang) for column in columns))
    return Table(header, tuple(rows))
