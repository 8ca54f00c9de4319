"""Money by half month: purchases at the start of a month, running flows in its middle, resale at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.benefits import Benefit
from planner.ledger import Ledger

Array = NDArray[np.float64]
HALVES = 2  # points of time in a month
_OFFSET = {"start": 0, "mid": 1, "end": 2}


@dataclass(frozen=True)
class Flows:
    """Nominal money at each half month: point k is k/2 months after the start of the horizon.

    costs, benefits: [currency], shape (draws | 1, 2 × months + 1).
    """

    costs: Array
    benefits: Array

    @property
    def net(self) -> Array:
        """Benefits less costs, shape (draws | 1, 2 × months + 1)."""
        return self.benefits - self.costs

    @property
    def months(self) -> int:
        """Length of the horizon [month]."""
        return int(self.costs.shape[1] - 1) // HALVES

    def discounted(self, annual_rate: float) -> Array:
        """Net flows at present value, shape (draws | 1, 2 × months + 1)."""
        return self.net * half_month_factors(annual_rate, self.months)


def half_month_factors(annual_rate: float, months: int) -> Array:
    """Present value of one unit at each half month, shape (1, 2 × months + 1).

    >>> half_month_factors(0.21, 24)[0, [0, 24, 48]].round(6).tolist()
    [1.0, 0.826446, 0.683013]
    """
    start = finance.discount_factors(annual_rate, months + 1, "start")
    mid = finance.discount_factors(annual_rate, months, "mid")
    out = np.empty((1, HALVES * months + 1))
    out[0, ::HALVES], out[0, 1::HALVES] = start[0], mid[0]
    return out


def flows_of(ledger: Ledger, benefits: Sequence[Benefit]) -> Flows:
    """The flows of a plan: its ledger by timing, its benefits in the middle of each month."""
    months = ledger.months
    rows = max(
        [line.billed_cost.value.shape[0] for line in ledger.lines] + [one.by_month.value.shape[0] for one in benefits],
        default=1,
    )
    costs, gains = np.zeros((rows, HALVES * months + 1)), np.zeros((rows, HALVES * months + 1))
    for line in ledger.lines:
        first = _OFFSET[line.timing]
        costs[:, first : first + HALVES * months : HALVES] += line.billed_cost.value
    for one in benefits:
        gains[:, 1::HALVES] += one.by_month.value
    return Flows(costs, gains)
