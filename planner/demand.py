"""The nouns that workload, options and compare hand to each other: work, rate, what is asked, what is priced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.errors import Message
from planner.figure import Figure
from planner.ledger import CostLine
from planner.scenario.work import Segment, Serving, Workload
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]
HIGH_UPTIME = 0.999  # from here on a failed replica must not be missed: N+1


@dataclass(frozen=True)
class Work:
    """Demand of one workload in native units, identical for all options.

    amount: [unit], shape (draws | 1, months).
    """

    workload: Workload
    index: int
    unit: str
    amount: Figure


@dataclass(frozen=True)
class Rate:
    """Speed of one workload on one accelerator.

    per_hour: [work unit / accelerator-hour], shape (draws | 1, 1).
    accelerators_min: fewest that hold the job. evidence: given | transferred | modelled | definition.
    """

    per_hour: Figure
    accelerators_min: int
    evidence: str
    warnings: tuple[Message, ...] = ()


RateOf = Callable[[str, str], Rate]
"""Rate of a workload id on an accelerator id. Raises Infeasible (does not fit) or NotPriced (no rate)."""

Asked = Mapping[str, Figure]
"""Work that an option is asked for: workload id → native units, shape (draws | 1, months)."""


@dataclass(frozen=True)
class Hours:
    """Accelerator-hours on an option's own hardware, each of shape (draws | 1, months)."""

    accelerator: str
    useful: Array
    busy: Array
    held: Array
    paid: Array


@dataclass(frozen=True)
class Priced:
    """What an option answers: its lines, and the work that it leaves to others."""

    lines: tuple[CostLine, ...]
    unmet: dict[str, Figure] = field(default_factory=dict)
    hours: dict[str, Hours] = field(default_factory=dict)
    served: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
    lead_time_days: Figure | None = None
    running_accelerators: dict[str, float] = field(default_factory=dict)
    capacity_hours: Array | None = None
    energy_kwh: Array | None = None
    emissions_kg: Array | None = None
    facts: dict[str, Figure] = field(default_factory=dict)
    queue_hours: Figure | None = None


def added(*values: Array | None) -> Array | None:
    """The sum of what is known; None when any part is not known."""
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known and len(known) == len(values) else None


# ── replicas of a service: what the choice of their layout and the bill both count ──────────────────────────


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
