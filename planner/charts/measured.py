"""The speeds of a measured workload before and after its run: an interval each, accelerator by accelerator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from planner.charts.common import OPTION_COLOURS, Table, lay_out, safe
from planner.run_effect import RunEffect, SpeedChange
from planner.text import number, say, unit_words
from planner.uncertainty import Quantiles

BEFORE, AFTER = "#9a9a9a", OPTION_COLOURS[0]
SAME_WIDTH = 0.9  # an interval within a tenth of what it was is the same


def speed_chart(effect: RunEffect, lang: str) -> go.Figure:
    """Two bars for each accelerator: p10 to p90 with the median, without and with the run; logarithmic."""
    figure = go.Figure()
    labels = [_label(speed) for speed in effect.speeds]
    for key, colour, shift in (("before", BEFORE, 0.16), ("after", AFTER, -0.16)):
        found = [(i, q) for i, one in enumerate(effect.speeds) if (q := getattr(one, key)) is not None]
        figure.add_trace(
            go.Scatter(
                x=[q.p50 for _, q in found], y=[i + shift for i, _ in found], mode="markers",
                name=say(f"page.measured.{key}", lang), marker={"size": 9, "color": colour},
                error_x={
                    "type": "data", "symmetric": False, "color": colour, "thickness": 3,
                    "array": [q.p90 - q.p50 for _, q in found], "arrayminus": [q.p50 - q.p10 for _, q in found],
                },
            )
        )  # fmt: skip
    lay_out(figure, speed_finding(effect, lang), lang, 160 + 60 * len(labels))
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5])
    unit = unit_words(effect.speeds[0].unit, lang) if effect.speeds else ""
    ticks = _ticks([value for one in effect.speeds for q in (one.before, one.after) if q is not None
                    for value in (q.p10, q.p90) if value])  # fmt: skip
    figure.update_xaxes(type="log", title=unit, tickvals=ticks, ticktext=[number(tick, lang) for tick in ticks])
    return figure


def _ticks(values: Sequence[float]) -> list[float]:
    """Four or so round values over the range of a logarithmic axis."""
    if not values:
        return []
    low, high = math.log10(min(values)), math.log10(max(values))
    marks = [low + (high - low) * i / 3 for i in range(4)]
    return sorted({float(f"{10**mark:.1g}") if high - low > 1 else float(f"{10**mark:.2g}") for mark in marks})


def speed_finding(effect: RunEffect, lang: str) -> str:
    """The accelerator whose interval moved most, in words."""
    known = [one for one in effect.speeds if one.narrowing]
    if not known:
        return say("page.measured.no_change", lang)
    best = min(known, key=lambda one: one.narrowing or 1.0)
    if (best.narrowing or 1.0) > SAME_WIDTH:
        return say("page.measured.says_little", lang)
    factor = number(1 / (best.narrowing or 1.0), lang, 2)
    return say("page.measured.finding", lang, name=best.workload, accelerator=best.accelerator, factor=factor)


def speed_table(effect: RunEffect, lang: str) -> Table:
    """The intervals of the picture, and what each rests on."""
    heads = ("accelerator", "before", "after", "rests_on", "width")
    rows = []
    for one in effect.speeds:
        width = "—" if one.narrowing is None else f"× {number(one.narrowing, lang, 2)}"
        evidence = say(f"evidence.{one.after_evidence}", lang)
        rows.append((_label(one), interval(one.before, lang), interval(one.after, lang), evidence, width))
    return Table(tuple(say(f"page.measured.head.{head}", lang) for head in heads), tuple(rows))


def interval(q: Quantiles | None, lang: str) -> str:
    """Median and p10 to p90, to three digits; a dash where it is not known."""
    if q is None:
        return "—"
    middle, low, high = (number(float(f"{value or 0:.3g}"), lang) for value in (q.p50, q.p10, q.p90))
    return middle if low == high else f"{middle} ({low} – {high})"


def _label(speed: SpeedChange) -> str:
    return safe(f"{speed.workload} · {speed.accelerator}")


def several_units(speeds: Sequence[SpeedChange]) -> bool:
    """Whether the speeds are of several units, which no one axis can show."""
    return len({one.unit for one in speeds}) > 1
