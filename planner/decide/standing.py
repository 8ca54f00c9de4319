"""The nouns of a ranking: how each option stands, and all of them in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.benefits import Benefit
from planner.comparison import Comparison, Outcome
from planner.errors import Message

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """How one ranked option stands among the others, under the ranking criterion; cvar_cost: of its present cost."""

    probability_best: float
    expected_regret: float
    p90_regret: float
    cvar_cost: float
    cost_difference_to_baseline: Array | None
    crossing_month: Array | None


@dataclass(frozen=True)
class Ranked:
    """A comparison with its options in order."""

    comparison: Comparison
    criterion: str
    order: tuple[str, ...]
    standings: dict[str, Standing]
    tie: tuple[str, ...]
    warnings: tuple[Message, ...]

    @property
    def best(self) -> str | None:
        """Id of the best full plan; None when no option is one."""
        return self.order[0] if self.order else None

    @property
    def by_value(self) -> bool:
        """Whether options are ranked by net present value."""
        return self.criterion == "npv"

    @property
    def benefits(self) -> tuple[Benefit, ...]:
        """The lines of value as the best plan brings them; none without value."""
        return self.comparison.outcomes[self.best].benefits if self.best is not None else ()


def utilization(outcome: Outcome) -> Array | None:
    """Busy hours over available hours of owned hardware, shape (draws | 1, 1)."""
    priced = outcome.priced
    if priced is None or priced.capacity_hours is None or not outcome.hours:
        return None
    busy = sum((spent.busy.sum(axis=1, keepdims=True) for spent in outcome.hours.values()), start=np.zeros((1, 1)))
    available = priced.capacity_hours.sum(axis=1, keepdims=True)
    shape = np.broadcast_shapes(busy.shape, available.shape)
    return np.asarray(np.divide(busy, available, out=np.zeros(shape), where=available > 0))
