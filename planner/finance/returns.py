"""Rates of return and payback of a series of cash flows."""

from __future__ import annotations

import math

import numpy as np
import pyxirr

from planner.finance import checks
from planner.finance.arrays import payback_rows
from planner.finance.checks import FloatArray
from planner.finance.roots import log_growth_roots
from planner.finance.time_value import Dates, Flows


def irr_all(cashflows: Flows) -> list[float]:
    """Every rate above -100 % at which the net present value is zero, ascending [fraction per period].

    cashflows: one per period [money], shape (n,). A multiple root counts once. No rate, or flows that are
    all zero: an empty list. Flows below 1e-14 of the largest are rounding residues and count as zero.
    Errors: PlannerError for an empty list or a value that is not a finite number.
    Formula: all r > -1 with sum_k cashflows_k / (1 + r)^k = 0.
    *Source:* method in ``planner.finance.roots``.

    >>> [round(rate, 9) for rate in irr_all([-100, 305, -231])]
    [0.4, 0.65]
    """
    amounts = checks.flows("cashflows", cashflows)
    return _rates(amounts, np.arange(float(len(amounts))))


def irr(cashflows: Flows) -> float | None:
    """Internal rate of return [fraction per period]; None where there is none, or several (see irr_all).

    cashflows: one per period [money], shape (n,).
    Errors: PlannerError for an empty list or a value that is not a finite number.
    Formula: the only r > -1 with sum_k cashflows_k / (1 + r)^k = 0.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 5.

    >>> round(irr([-100, 110]), 9)
    0.1
    """
    return _only(irr_all(cashflows))


def xirr(cashflows: Flows, dates: Dates) -> float | None:
    """Internal rate of return of dated flows [fraction per year of 365 days]; None where none or several.

    cashflows, dates: same length, any order; dates as ISO text or datetime.date [money], shape (n,).
    Errors: PlannerError for lengths that differ, a text that is not a date, a value that is not a number.
    Formula: the only r > -1 with sum_k cashflows_k / (1 + r)^(days_k / 365) = 0, days from the earliest date.
    *Source:* OASIS OpenDocument 1.3 part 4, function XIRR.

    >>> round(xirr([100, -110], ["2019-06-12", "2020-06-11"]), 9)
    0.1
    """
    amounts = checks.flows("cashflows", cashflows)
    return _only(_rates(amounts, checks.years_from_earliest(dates, len(amounts))))


def _rates(amounts: FloatArray, times: FloatArray) -> list[float]:
    with np.errstate(over="ignore", under="ignore"):
        rates = np.expm1(log_growth_roots(amounts, times))
    return [float(rate) + 0.0 for rate in rates if rate > -1 and math.isfinite(rate)]


def _only(rates: list[float]) -> float | None:
    return rates[0] if len(rates) == 1 else None


def mirr(cashflows: Flows, finance_rate: float, reinvest_rate: float) -> float | None:
    """Modified internal rate of return [fraction per period]; None unless flows of both signs exist.

    cashflows: one per period [money], shape (n,).
    finance_rate: paid on negative flows; reinvest_rate: earned on positive flows; above -1 [fraction].
    Errors: PlannerError for a rate of -1 or less, an empty list, a value that is not a finite number;
    None where (1 + reinvest_rate)^n is beyond the range of a float.
    Formula: (FV(positive, reinvest_rate) / -PV(negative, finance_rate))^(1/(n-1)) - 1.
    *Source:* OASIS OpenDocument 1.3 part 4, function MIRR.

    >>> round(mirr([-100, 0, 121], 0.05, 0.05), 9)
    0.1
    """
    amounts = checks.flows("cashflows", cashflows)
    paid = checks.rate_above_minus_one("finance_rate", finance_rate)
    earned = checks.rate_above_minus_one("reinvest_rate", reinvest_rate)
    if not (amounts.min() < 0 < amounts.max()):
        return None
    found = pyxirr.mirr(amounts.tolist(), paid, earned, silent=True)
    return None if found is None else checks.finite_or_none(found)


def payback(cashflows: Flows) -> float | None:
    """Periods until the cumulative flow is zero or more and stays so [period]; None if never.

    cashflows: one per period [money], shape (n,), the first at time 0. Linear inside a period. A total that
    turns negative again after a recovery is not paid back: the last crossing counts. Flows whose total is
    never negative: 0.0. A total within 1e-12 of the largest total is zero.
    Errors: PlannerError for an empty list or a value that is not a finite number.
    Formula: k - C_k / cashflows_{k+1}, k the last period with C_k = sum_{i<=k} cashflows_i < 0.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 5.

    >>> payback([-50_000, 30_000, 20_000, 10_000])
    2.0
    """
    found = float(payback_rows(checks.flows("cashflows", cashflows)[None, :])[0])
    return checks.finite_or_none(found)


def discounted_payback(rate: float, cashflows: Flows) -> float | None:
    """Periods until the cumulative discounted flow is zero or more and stays so [period]; None if never.

    rate: per period, above -1 [fraction]; cashflows: one per period [money], shape (n,), the first at time 0.
    Linear inside a period, last crossing, as in payback.
    Errors: PlannerError for a rate of -1 or less, an empty list, a value that is not a finite number.
    Formula: payback of cashflows_k / (1 + rate)^k.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 5.

    >>> round(discounted_payback(0.10, [-200, 80, 80, 80, 80]), 5)
    3.01925
    """
    amounts = checks.flows("cashflows", cashflows)
    growth = math.log1p(checks.rate_above_minus_one("rate", rate))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        present = np.where(amounts == 0, 0.0, amounts * np.exp(-growth * np.arange(float(len(amounts)))))
    return checks.finite_or_none(float(payback_rows(present[None, :])[0]))
