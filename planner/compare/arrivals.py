"""When the first result of each training workload arrives: lead time, waiting, running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.comparison import Arrival
from planner.demand import Priced, Work
from planner.figure import Figure
from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH

Array = NDArray[np.float64]
NEGLIGIBLE = 1e-9  # share of a month's work under which it counts as not done


def arrivals(
    works: Mapping[str, Work], parts: Sequence[tuple[str, Priced]], unmet: Mapping[str, Figure]
) -> dict[str, Arrival]:
    """When the first run of each training workload is done, by whoever does the work of its first served month.

    A run begins with its month or when the hardware or award is there, whichever is later, and after the queue:
    all count from the start of the horizon. A month's work whose hours nobody tells is done by that month's end.

    works: the demand. parts: the option and the chain of its ``else``, each with what it serves.
    unmet: work that nobody serves [work unit], shape (draws | 1, months).

    *Source:* MODEL §2, time to result.
    """
    out: dict[str, Arrival] = {}
    for key, work in works.items():
        w = work.workload
        if w.kind not in ("training", "experiments"):
            continue
        left = unmet[key].value if key in unmet else np.zeros((1, 1))
        served = work.amount.value - left > NEGLIGIBLE * work.amount.value
        month = np.argmax(served, axis=1, keepdims=True).astype(float)
        month[~served.any(axis=1)] = np.nan
        found: Arrival | None = None
        for _, priced in parts:
            if key not in priced.hours:
                continue
            first = _first_run(month, w.when.runs, priced, key)
            found = first if found is None else found.or_later(first, never=False)
        whole_month = Arrival(np.zeros_like(month), month, month + 1)
        nobody = np.isnan(found.end) if found is not None else np.ones((1, 1), dtype=bool)
        known = found or whole_month
        out[key] = Arrival(
            np.where(nobody, whole_month.ready, known.ready),
            np.where(nobody, whole_month.start, known.start),
            np.where(nobody, whole_month.end, known.end),
        )
    return out


def _first_run(month: Array, runs: float, priced: Priced, key: str) -> Arrival:
    """The run that a part does in a month (from 0, NaN: in none); its end is NaN where the part does nothing then."""
    busy = priced.hours[key].busy
    busy = np.broadcast_to(busy, (max(month.shape[0], busy.shape[0]), busy.shape[1]))
    place = np.broadcast_to(np.nan_to_num(month).astype(int), (busy.shape[0], 1))
    first = np.take_along_axis(busy, place, axis=1) / max(runs, 1.0)
    lead = priced.lead_time_days.value / DAYS_PER_MONTH if priced.lead_time_days is not None else np.zeros((1, 1))
    queue = priced.queue_hours.value / HOURS_PER_MONTH if priced.queue_hours is not None else 0.0
    start = np.maximum(month, lead) + queue
    hours = first / priced.running_accelerators.get(key, 1.0)
    return Arrival(lead, start, np.where(first > 0, start + hours / HOURS_PER_MONTH, np.nan))
