"""The nouns that workload, options and compare hand to each other: work, rate, what is asked, what is priced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.errors import Message
from planner.figure import Figure
from planner.ledger import CostLine
from planner.scenario.work import Workload

Array = NDArray[np.float64]


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
class Delivery:
    """Work of a workload that one of several options delivers by month, shape (draws | 1, months) [work unit]."""

    workload: str
    served_by: str
    work: Array


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
    delivered: tuple[Delivery, ...] = ()


def added(*values: Array | None) -> Array | None:
    """The sum of what is known; None when any part is not known."""
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known and len(known) == len(values) else None
