"""Accelerator-hours that an online service holds: whole replicas for the peak, spares, autoscaling (MODEL §1.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.figure import Figure, derive
from planner.options.market import Market
from planner.scenario.work import Segment, Serving
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]
WHOLE = 1 - 1e-9  # of the work: below, a part of the service runs elsewhere
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


def held_for(
    market: Market, name: str, option_id: str, asked: Figure, busy: Figure, replica: float, instance: float
) -> Figure:
    """Hours that a service holds on an option, by its own terms of redundancy, peak and scaling.

    What overflows from another option needs no spare of its own: the replicas there are its redundancy.
    """
    work = market.works[name]
    serving = work.workload.serving
    assert serving is not None
    if serving.utilization_kept is not None:
        path = ("workloads", work.index, "serving", "utilization_kept")
        kept = market.input(f"{name}.utilization_kept", serving.utilization_kept, "fraction", path)
    else:
        kept = market.assumed("serving_utilization_kept", market.reference.assumption("serving_utilization_kept"))
    spare, peak, scaling = spare_replicas(serving), serving.peak_to_mean, serving.autoscaling
    need = f"⌈busy/730 × load × peak {peak:g} / ({replica:g} × kept)⌉ + {spare} spare (an overflow: none)"
    each = f"Σ segments ({need})" if scaling else f"({need})"
    return derive(
        lambda b, k, a, w: replica_hours(
            b, peak_to_mean=peak, utilization_kept=k, spare=np.where(a < w * WHOLE, 0, spare),
            replica_accelerators=replica, shape=work.workload.shape, autoscaling=scaling,
            instance_accelerators=instance,
        ), busy, kept, asked, work.amount, name=f"{option_id}.{name}.held_hours", unit="accelerator-hour/month",
        formula=f"{each} replicas of {replica:g} accelerators on instances of {instance:g} × 730 h",
    )  # fmt: skip
