"""Finance of many draws at once: arrays of shape (draws|1, months|1), NaN where there is no answer."""

from __future__ import annotations

import math

import numpy as np

from planner.errors import PlannerError
from planner.finance import checks
from planner.finance.checks import BoolArray, FloatArray
from planner.finance.roots import NEGLIGIBLE, log_growth_roots, sign_changes, single_change_roots

MONTHS_PER_YEAR = 12
TIMINGS = {"start": 0.0, "mid": 0.5, "end": 1.0}  # months after the start of a month
_ROUNDING = 1e-12  # part of the largest total of a row that sums of many flows may lose


def monthly_rate(annual_rate: float) -> float:
    """Rate per month that compounds to the annual rate [fraction].

    annual_rate: per year, above -1 [fraction].
    Errors: PlannerError for a rate of -1 or less.
    Formula: (1 + annual_rate)^(1/12) - 1.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 2.

    >>> round(monthly_rate(0.10), 6)
    0.007974
    """
    return math.expm1(math.log1p(checks.rate_above_minus_one("annual_rate", annual_rate)) / MONTHS_PER_YEAR)


def discount_factors(annual_rate: float, months: int, timing: str = "mid") -> FloatArray:
    """Present value of one unit of money in each month, shape (1, months).

    annual_rate: per year, above -1 [fraction]; months: 1 to 12,000 [month].
    timing: "start", "mid" or "end" of the month in which the money flows.
    Errors: PlannerError for a rate of -1 or less, months outside 1..12,000, another timing.
    Formula: (1 + annual_rate)^(-(t + s)/12), t = 0..months-1, s = 0, 0.5 or 1.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 2.

    >>> round(float(10_000 * discount_factors(0.10, 36, "mid").sum()), 2)
    313105.54
    """
    log_growth = math.log1p(checks.rate_above_minus_one("annual_rate", annual_rate))
    count = checks.whole("months", months, 1, checks.LONGEST_SCHEDULE)
    if str(timing) not in TIMINGS:
        raise PlannerError("finance.bad_timing", value=timing, close=tuple(TIMINGS))
    years = (np.arange(count) + TIMINGS[timing]) / MONTHS_PER_YEAR
    with np.errstate(over="ignore", under="ignore"):
        factors = np.exp(-years * log_growth)[None, :]
    return np.where(np.isfinite(factors), factors, np.nan)


def npv_rows(rate: float, cashflows: FloatArray, first_period: int = 0) -> FloatArray:
    """Net present value of each row [money], shape (draws,); NaN where a row is not finite.

    rate: per period, above -1 [fraction]; cashflows: one column per period [money], shape (draws, periods).
    first_period: 0 = first flow now; 1 = after one period [period].
    Errors: PlannerError for a rate of -1 or less or an array that is not of two dimensions.
    Formula: sum_k cashflows_k / (1 + rate)^(first_period + k).
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 2.

    >>> (npv_rows(0.10, np.array([[-100.0, 110.0], [-100.0, 121.0]])).round(9) + 0.0).tolist()
    [0.0, 10.0]
    """
    amounts = checks.rows("cashflows", cashflows)
    log_growth = math.log1p(checks.rate_above_minus_one("rate", rate))
    periods = checks.whole("first_period", first_period, 0) + np.arange(amounts.shape[1])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        terms = np.where(amounts == 0, 0.0, amounts * np.exp(-periods * log_growth))
        found = terms.sum(axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def irr_rows(cashflows: FloatArray) -> FloatArray:
    """Internal rate of return of each row [fraction per period], shape (draws,); NaN where none or several.

    cashflows: one column per period [money], shape (draws, periods).
    Errors: PlannerError for an array that is not of two dimensions.
    Formula: as planner.finance.irr. Rows with one change of sign are solved together, others one by one.
    *Source:* method in ``planner.finance.roots``.

    >>> irr_rows(np.array([[-100.0, 110.0], [-100.0, -110.0]])).round(9).tolist()
    [0.1, nan]
    """
    amounts = checks.rows("cashflows", cashflows)
    largest = np.abs(amounts).max(axis=1, keepdims=True)
    usable = np.isfinite(largest[:, 0]) & (largest[:, 0] > 0)
    scaled = np.zeros_like(amounts)
    np.divide(amounts, largest, out=scaled, where=usable[:, None])
    scaled[np.abs(scaled) <= NEGLIGIBLE] = 0.0
    changes = sign_changes(scaled)
    found = np.full(len(amounts), np.nan)
    found[changes == 1] = single_change_roots(scaled[changes == 1])
    times = np.arange(float(amounts.shape[1]))
    for row in np.flatnonzero(changes > 1):
        roots = log_growth_roots(scaled[row], times)
        if len(roots) == 1:
            found[row] = roots[0]
    with np.errstate(over="ignore", invalid="ignore"):
        rates = np.expm1(found)
    return np.where(np.isfinite(rates) & (rates > -1), rates, np.nan)


def payback_rows(cashflows: FloatArray) -> FloatArray:
    """Periods until each row's cumulative flow stays at zero or more [period], shape (draws,); NaN if never.

    cashflows: one column per period [money], shape (draws, periods), the first at time 0.
    Errors: PlannerError for an array that is not of two dimensions.
    Formula: k - C_k / cashflows_{k+1}, k the last period with C_k < 0; 0 where the total is never negative.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 5.

    >>> payback_rows(np.array([[-100.0, 50.0, 100.0], [-100.0, 50.0, 0.0]])).tolist()
    [1.5, nan]
    """
    amounts = checks.rows("cashflows", cashflows)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.cumsum(amounts, axis=1)
    usable: BoolArray = np.asarray(np.isfinite(total).all(axis=1))
    total = np.where(usable[:, None], total, 0.0)
    smallest = -_ROUNDING * np.abs(total).max(axis=1, keepdims=True)
    below: BoolArray = total < smallest
    count = amounts.shape[1]
    last = count - 1 - below[:, ::-1].argmax(axis=1)
    row, following = np.arange(len(amounts)), np.minimum(last + 1, count - 1)
    gap = -total[row, last]
    step = np.where(usable, amounts[row, following], 0.0)
    share = np.divide(gap, step, out=np.ones_like(gap), where=(gap > 0) & (step > gap))
    found = np.where(last == count - 1, np.nan, last + share)
    return np.where(usable, np.where(below.any(axis=1), found, 0.0), np.nan)


def crossing_month(cumulative: FloatArray, baseline_cumulative: FloatArray) -> FloatArray:
    """First month from which a cumulative cost stays at or under the baseline's, shape (draws,), or NaN.

    cumulative, baseline_cumulative: to each month's end [money], shape (draws|1, months|1). Months count
    from 1. A difference within 1e-12 of the largest total is none.
    Errors: PlannerError for arrays that are not of two dimensions or do not fit each other.
    Formula: min {m : cumulative_k <= baseline_k for all k >= m}.
    *Source:* definition of this project (break-even month).

    >>> crossing_month(np.array([[5.0, 6.0, 7.0]]), np.array([[2.0, 6.0, 9.0]])).tolist()
    [2.0]
    """
    own, base = checks.rows("cumulative", cumulative), checks.rows("baseline_cumulative", baseline_cumulative)
    try:
        own, base = np.broadcast_arrays(own, base)
    except ValueError:
        raise PlannerError("finance.shapes_differ", first=own.shape, second=base.shape) from None
    usable: BoolArray = np.asarray((np.isfinite(own) & np.isfinite(base)).all(axis=1))
    own, base = np.where(usable[:, None], own, 1.0), np.where(usable[:, None], base, 0.0)
    largest = np.maximum(np.abs(own), np.abs(base)).max(axis=1, keepdims=True)
    above: BoolArray = own - base > _ROUNDING * largest
    count = above.shape[1]
    after = np.where(above.any(axis=1), count - above[:, ::-1].argmax(axis=1), 0)
    return np.where(after == count, np.nan, after + 1.0)
