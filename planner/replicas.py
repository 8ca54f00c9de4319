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
    spare: Array | int,
    replica_accelerators: float,
    shape: Sequence[Segment] | None,
    autoscaling: bool,
    instance_accelerators: float = 1.0,
) -> Array:
    """Accelerator-hours held for a service each month, shape (draws | 1, months).

    busy_hours: [accelerator-hour/month], shape (draws | 1, months). peak_to_mean: [ratio], over the mean of each
    segment. utilization_kept: share of a replica used at the peak [fraction], (draws | 1, 1). spare: [replica].
    replica_accelerators: accelerators of one replica. shape: load within the month; None: flat.
    instance_accelerators: accelerators that are rented at once; as many replicas share an instance as fit.

    need_s = ⌈busy/730 · load multiple_s · peak / (accelerators · kept)⌉, at least 1. Autoscaled: Σ_s hours_s · whole
    instances for (need_s + spare). Else those of the highest segment all month. A month without load holds nothing.

    >>> replica_hours(np.array([[7300.0]]), peak_to_mean=1.5, utilization_kept=0.75, spare=1, replica_accelerators=8,
    ...               shape=None, autoscaling=False).item() / (8 * 730)
    4.0
    """
    segments = [(s.hours_fraction, s.load_multiple) for s in shape or ()] or [(1.0, 1.0)]
    if not autoscaling:
        segments = [(1.0, max(load for _, load in segments))]
    per_replica = replica_accelerators * np.asarray(utilization_kept, dtype=float)
    mean = np.asarray(busy_hours, dtype=float) / HOURS_PER_MONTH
    on_one = max(1, int(instance_accelerators // replica_accelerators))
    instances_each = max(1, int(np.ceil(replica_accelerators / instance_accelerators)))
    held: Array = np.zeros((1, 1))
    for hours, load in segments:
        need = np.maximum(np.ceil(np.round(mean * load * peak_to_mean / per_replica, 9)), 1.0) + spare
        held = held + hours * np.ceil(need / on_one) * instances_each * instance_accelerators
    return np.where(mean > 0, held * HOURS_PER_MONTH, 0.0)
