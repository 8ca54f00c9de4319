"""Accelerator-hours that an online service holds: whole replicas for the peak, spares, autoscaling (MODEL §1.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.scenario.work import Segment, Serving
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]
HIGH_UPTIME = 0.999  # from here on a failed replica must not be missed: N+1


def spare_replicas(serving: Serving) -> int:
    """Replicas beyond need: as stated, else 1 when the promised uptime is 0.999 or more or not given, else 0.

    >>> spare_replicas(Serving(requests_per_second=1.0)), spare_replicas(Serving(uptime_fraction=0.99))
    (1, 0)
    """
    if serving.spare_replicas is not None:
        return serving.spare_replicas
    return int(serving.uptime_fraction is None or serving.uptime_fraction >= HIGH_UPTIME)


def replica_hours(
    busy_hours: Array,
    *,
    peak_to_mean: float,
    utilization_kept: Array | float,
    spare: int,
    replica_accelerators: int,
    shape: Sequence[Segment] | None,
    autoscaling: bool,
) -> Array:
    """Accelerator-hours held for a service each month, shape (draws | 1, months).

    busy_hours: [accelerator-hour/month], shape (draws | 1, months). peak_to_mean: [ratio], over the mean of each
    segment. utilization_kept: share of a replica used at the peak [fraction], (draws | 1, 1). spare: [replica].
    replica_accelerators: accelerators of one replica. shape: load within the month; None: flat.

    need_s = ⌈busy/730 · load multiple_s · peak / (accelerators · kept)⌉. Autoscaled: Σ_s hours_s · (max(1, need_s) +
    spare) · accelerators. Else 730 · (max_s need_s + spare) · accelerators. A month without load holds nothing.

    >>> replica_hours(np.array([[7300.0]]), peak_to_mean=1.5, utilization_kept=0.75, spare=1, replica_accelerators=8,
    ...               shape=None, autoscaling=False).item() / (8 * 730)
    4.0
    """
    segments = [(s.hours_fraction, s.load_multiple) for s in shape] if shape else [(1.0, 1.0)]
    per_replica = replica_accelerators * np.asarray(utilization_kept, dtype=float)
    mean = np.asarray(busy_hours, dtype=float) / HOURS_PER_MONTH
    need = [np.ceil(np.round(mean * load * peak_to_mean / per_replica, 9)) for _, load in segments]
    if autoscaling:
        parts = zip(segments, need, strict=True)
        replicas = sum((hours * (np.maximum(n, 1.0) + spare) for (hours, _), n in parts), start=np.zeros((1, 1)))
    else:
        replicas = np.maximum(np.maximum.reduce(need), 1.0) + spare
    held = replicas * replica_accelerators * HOURS_PER_MONTH
    return np.where(mean > 0, held, 0.0)
