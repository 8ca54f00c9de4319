"""The cash view: what is left each month, when it is lowest, how long it lasts. Loans live here only (MODEL §2.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.appraisal.flows import HALVES, Flows
from planner.quantities import Money
from planner.scenario import Scenario
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
ToMoney = Callable[[str, Money, tuple[str, ...]], Array]
"""Name, sum and path of a field to draws in the reporting currency, shape (draws | 1, 1)."""


@dataclass(frozen=True)
class Cash:
    """Cash of the organisation under a plan; without a known start, what the project itself needs.

    expected: mean cash at each half month, shape (2 × months + 1,). lowest: [currency], shape (draws | 1, 1);
    lowest_month: month in which it is reached, 1 = first. probability_negative: None where cash at the start is not
    given. runway_base, runway_stressed: first month in which expected cash is negative; None: not in the horizon.
    """

    start_known: bool
    expected: Array
    lowest: Array
    lowest_month: Array
    probability_negative: float | None
    runway_base: int | None
    runway_stressed: int | None = None

    @property
    def expected_lowest_month(self) -> int:
        """Month in which expected cash is lowest, 1 = first."""
        return max(1, int(np.ceil(self.expected.argmin() / HALVES)))


def cash_of(scenario: Scenario, flows: Flows, to_money: ToMoney) -> Cash:
    """The cash view of one plan: start + (revenue − burn) × months + net flows + loan."""
    path = _path(scenario, flows, to_money)
    place = path.argmin(axis=1).reshape(-1, 1)
    known = scenario.organisation.cash is not None
    lowest = path.min(axis=1).reshape(-1, 1)
    return Cash(
        known, path.mean(axis=0), lowest, np.maximum(np.ceil(place / HALVES), 1.0),
        float((lowest < 0).mean()) if known else None, expected_runway(path) if known else None,
    )  # fmt: skip


def expected_runway(path: Array) -> int | None:
    """First month in which mean cash is negative; None when it never is.

    >>> expected_runway(np.array([[10.0, 5.0, 1.0, -2.0, -1.0]]))
    2
    """
    below = np.flatnonzero(path.mean(axis=0) < 0)
    return None if below.size == 0 else max(1, int(np.ceil(below[0] / HALVES)))


def _path(scenario: Scenario, flows: Flows, to_money: ToMoney) -> Array:
    """Cash at each half month, shape (draws | 1, 2 × months + 1)."""
    points = np.arange(flows.costs.shape[1])
    steady = np.zeros((1, 1))
    start = np.zeros((1, 1))
    organisation = scenario.organisation
    for name, sign in (("monthly_burn", -1.0), ("revenue_monthly", 1.0)):
        money = getattr(organisation, name)
        if money is not None:
            steady = steady + sign * to_money(f"organisation.{name}", money, ("organisation", name))
    if organisation.cash is not None:
        start = to_money("organisation.cash", organisation.cash, ("organisation", "cash"))
    path = start + steady * (points / HALVES)[None, :] + np.cumsum(flows.net, axis=1)
    return path + _loan(scenario, flows.months, to_money)


def _loan(scenario: Scenario, months: int, to_money: ToMoney) -> Array:
    """Money borrowed less what was paid back so far, shape (draws | 1, 2 × months + 1)."""
    loan = scenario.finance.loan
    if loan is None:
        return np.zeros((1, HALVES * months + 1))
    amount = to_money("finance.loan.amount", loan.amount, ("finance", "loan", "amount"))
    each = -(finance.pmt(loan.rate_fraction / MONTHS_PER_YEAR, loan.months, 1.0) or 0.0)
    flow = np.zeros((1, HALVES * months + 1))
    first = HALVES * (loan.first_month - 1)
    if first < flow.shape[1]:
        flow[0, first] = 1.0
        ends = first + HALVES * np.arange(1, loan.months + 1)
        flow[0, ends[ends < flow.shape[1]]] -= each
    return np.asarray(amount * np.cumsum(flow, axis=1))
