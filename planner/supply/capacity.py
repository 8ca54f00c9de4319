"""How much of a load a fixed capacity serves, with the load's shape within the month (MODEL §1.7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.scenario.work import Segment
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]


def common_segments(shapes: Sequence[Sequence[Segment] | None]) -> tuple[Array, Array]:
    """Hours fractions of common segments, shape (segments,), and load multiples, shape (workloads, segments).

    Peaks of different workloads coincide: the cautious assumption for a fixed capacity.
    """
    sorted_shapes = [
        sorted(((s.load_multiple, s.hours_fraction) for s in shape), reverse=True) if shape else [(1.0, 1.0)]
        for shape in shapes
    ]
    edges = sorted({round(float(e), 12) for shape in sorted_shapes for e in np.cumsum([h for _, h in shape])} | {1.0})
    starts = [0.0, *edges[:-1]]
    fractions = np.array(edges) - np.array(starts)
    multiples = np.empty((len(shapes), len(edges)))
    for i, shape in enumerate(sorted_shapes):
        ends = np.round(np.cumsum([h for _, h in shape]), 12)
        ends[-1] = 1.0
        for j, start in enumerate(starts):
            multiples[i, j] = shape[int(np.searchsorted(ends, start, side="right"))][0]
    return fractions, multiples


def served_fraction(
    which: int,
    busy_hours: Sequence[Array],
    capacity: Array,
    *,
    shapes: Sequence[Sequence[Segment] | None],
    deferrable: Sequence[bool],
) -> Array:
    """Share of one workload's busy hours that a capacity serves, shape (draws | 1, months).

    busy_hours: of each workload [accelerator-hour/month]. capacity: [accelerator], shape (draws | 1, months).
    Rigid load is served up to the capacity in each segment, in proportion; deferrable load fills what is left
    of the month.
    """
    fractions, multiples = common_segments(shapes)
    rigid = [i for i, d in enumerate(deferrable) if not d]
    free: Array = np.zeros_like(capacity)
    served: Array = np.zeros((1, 1))
    for j, width in enumerate(fractions):
        loads = [busy_hours[i] * (multiples[i, j] / HOURS_PER_MONTH) for i in rigid]
        load = sum(loads[1:], start=loads[0]) if loads else np.zeros((1, 1))
        if which in rigid:
            ratio = np.maximum(load, capacity)
            if ratio.min() > 0:
                np.divide(capacity, ratio, out=ratio)
            else:
                ratio = np.divide(capacity, ratio, out=np.ones_like(ratio), where=ratio > 0)
            ratio *= width * multiples[which, j]
            served = ratio if j == 0 else served + ratio
        else:
            free = free + width * np.maximum(capacity - load, 0.0)
    if which in rigid:
        return np.asarray(np.minimum(served, 1.0, out=served))
    waiting = sum((b for b, d in zip(busy_hours, deferrable, strict=True) if d), start=np.zeros((1, 1)))
    room = free * HOURS_PER_MONTH
    return np.minimum(
        1.0, np.divide(room, waiting, out=np.ones(np.broadcast_shapes(room.shape, waiting.shape)), where=waiting > 0)
    )


def peak_accelerators(
    busy_hours: Sequence[Array], shapes: Sequence[Sequence[Segment] | None], deferrable: Sequence[bool]
) -> float:
    """Greatest load in any month and segment; deferrable load counts at its monthly mean [accelerator]."""
    _, multiples = common_segments([None if d else s for s, d in zip(shapes, deferrable, strict=True)])
    highest = 0.0
    for j in range(multiples.shape[1]):
        load = sum((b * multiples[i, j] for i, b in enumerate(busy_hours)), start=np.zeros((1, 1))) / HOURS_PER_MONTH
        highest = max(highest, float(np.max(load)))
    return highest
