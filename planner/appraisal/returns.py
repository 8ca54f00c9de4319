"""Return on a plan: NPV, ROI, IRR with all its roots, MIRR, payback."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.appraisal.flows import HALVES, Flows
from planner.benefits import Benefit
from planner.figure import Figure, derive, total
from planner.ledger import Ledger
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
PER_YEAR = HALVES * MONTHS_PER_YEAR
SHARE_OF_DRAWS = 500  # draws whose rates of return are looked for: the share is then known to about 2 points


@dataclass(frozen=True)
class Appraisal:
    """What a plan is worth.

    benefits_present, npv: [currency], shape (draws | 1, 1). roi: (PV benefits − PV costs) / PV costs, NaN without
    costs. irr_of_mean: rate of the mean flow [fraction/year], None where it has none or several; irr_roots: all of
    them. irr_share_none: share of draws without any. mirr: of the mean flow, at the discount rate both ways.
    payback, discounted_payback: [month], NaN where never.
    """

    benefits_present: Figure
    npv: Figure
    roi: Array
    irr_of_mean: float | None
    irr_roots: tuple[float, ...]
    irr_share_none: float
    mirr: float | None
    payback: Array
    discounted_payback: Array


def appraise(
    option: str, ledger: Ledger, present_cost: Figure, benefits: Sequence[Benefit], flows: Flows, rate: Figure,
    *, rates: bool = True,
) -> Appraisal:  # fmt: skip
    """The returns of one plan.

    rates: whether rates of return are looked for; a designed run asks for worth alone.

    ROI = (PV benefits − PV costs) / PV costs. Rates are yearly: (1 + rate per half month)^24 − 1.
    *Source:* MODEL §3; R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 5.
    """
    annual = float(rate.value.item())
    present = [_present(one, ledger.months, rate, ledger.currency) for one in benefits]
    gains = total(*present, name=f"{option}.benefits_present", unit=ledger.currency)
    npv = derive(
        np.subtract, gains, present_cost, name=f"{option}.npv", unit=ledger.currency,
        formula="present benefits − present cost",
    )  # fmt: skip
    cost = np.broadcast_to(present_cost.value, npv.value.shape)
    roi = np.divide(npv.value, cost, out=np.full(npv.value.shape, np.nan), where=cost > 0)
    mean = flows.net.mean(axis=0)
    known = rates and bool(np.isfinite(mean).all())  # an input at its utmost may cost more than a number can say
    roots = tuple(r for r in map(_yearly, finance.irr_all(mean.tolist())) if r is not None) if known else ()
    half = math.expm1(math.log1p(annual) / PER_YEAR)
    modified = finance.mirr(mean.tolist(), half, half) if known else None
    return Appraisal(
        gains, npv, roi, roots[0] if len(roots) == 1 else None, roots, _share_without(flows.net) if rates else 1.0,
        None if modified is None else _yearly(modified),
        finance.payback_rows(flows.net).reshape(-1, 1) / HALVES,
        finance.payback_rows(flows.discounted(annual)).reshape(-1, 1) / HALVES,
    )  # fmt: skip


def _present(benefit: Benefit, months: int, rate: Figure, currency: str) -> Figure:
    return derive(
        lambda flow, r: flow @ finance.discount_factors(float(r.item()), months, "mid").T,
        benefit.by_month, rate, name=f"value.{benefit.id}.present", unit=currency,
        formula="Σ_t benefit_t / (1 + rate)^(t/12), flows at the mid of the month",
    )  # fmt: skip


def _yearly(per_half_month: float) -> float | None:
    """A rate per half month as a rate per year; None at a total loss, and beyond the range of a float."""
    with np.errstate(over="ignore"):
        rate = math.expm1(min(PER_YEAR * math.log1p(per_half_month), 700.0))
    return rate if -1 + 1e-12 < rate < 1e12 else None


def _share_without(net: Array) -> float:
    """Share of draws in which no rate of return exists.

    A flow whose sign never changes has none; one change has exactly one; several are looked into one by one.
    """
    rows = net[:SHARE_OF_DRAWS]
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        return 1.0
    signs = np.sign(np.where(np.abs(rows) > 1e-12 * np.abs(rows).max(axis=1, keepdims=True), rows, 0.0))
    none = 0
    for row, flow in zip(signs, rows, strict=True):
        kept = row[row != 0]
        changes = int(np.count_nonzero(kept[1:] != kept[:-1]))
        if changes == 0 or (changes % 2 == 0 and not finance.irr_all(flow.tolist())):
            none += 1
    return none / len(rows)
