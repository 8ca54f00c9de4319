"""Present values, loan payments, equivalent annual and levelized cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyxirr

from planner.errors import PlannerError
from planner.finance import checks
from planner.finance.checks import FloatArray

Flows = Sequence[float] | npt.NDArray[np.float64]
Dates = Sequence[str | date]


def npv(rate: float, cashflows: Flows, first_period: int = 0) -> float | None:
    """Net present value [money]; None where it is beyond the range of a float.

    rate: discount rate per period, above -1 [fraction].
    cashflows: one per period, received positive, paid negative [money], shape (n,).
    first_period: 0 = first flow now, not discounted; 1 = spreadsheet NPV [period].
    Errors: PlannerError for a rate of -1 or less, an empty list, a value that is not a finite number.
    Formula: sum_k cashflows_k / (1 + rate)^(first_period + k).
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 2.

    >>> npv(0.10, [-100, 110])
    0.0
    """
    amounts = checks.flows("cashflows", cashflows)
    start = checks.whole("first_period", first_period, 0)
    times = start + np.arange(float(len(amounts)))
    return _present(checks.rate_above_minus_one("rate", rate), amounts, times)


def xnpv(rate: float, cashflows: Flows, dates: Dates) -> float | None:
    """Net present value at the earliest date [money]; None where it is beyond the range of a float.

    rate: discount rate per year of 365 days, above -1 [fraction].
    cashflows, dates: same length, any order; dates as ISO text or datetime.date [money], shape (n,).
    Errors: PlannerError for lengths that differ, a text that is not a date, a rate of -1 or less.
    Formula: sum_k cashflows_k / (1 + rate)^(days_k / 365).
    *Source:* OASIS OpenDocument 1.3 part 4, function XNPV (there from the first date listed).

    >>> round(xnpv(0.10, [-100, 110], ["2021-01-01", "2022-01-01"]), 9) + 0.0
    0.0
    """
    amounts = checks.flows("cashflows", cashflows)
    years = checks.years_from_earliest(dates, len(amounts))
    return _present(checks.rate_above_minus_one("rate", rate), amounts, years)


def _present(rate: float, amounts: FloatArray, times: FloatArray) -> float | None:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        terms = np.where(amounts == 0, 0.0, amounts * np.exp(-times * math.log1p(rate)))
    return checks.finite_or_none(_exact_sum(terms))


def _exact_sum(terms: FloatArray) -> float:
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):  # an intermediate sum overflows, or +inf meets -inf
        return math.nan


def pmt(rate: float, nper: float, pv: float, fv: float = 0, when: int = 0) -> float | None:
    """Level payment per period that turns pv into fv [money]; negative for a received loan.

    rate: interest per period, above -1 [fraction]; nper: number of periods, above 0 [period].
    pv: amount received now [money]; fv: amount left at the end [money].
    when: 0 = paid at the end of each period, 1 = at the start.
    Errors: PlannerError for a value outside these ranges; None where beyond the range of a float.
    Formula: -(pv g + fv) rate / ((1 + rate when)(g - 1)), g = (1 + rate)^nper; rate 0: -(pv + fv) / nper.
    *Source:* OASIS OpenDocument 1.3 part 4, function PMT.

    >>> round(pmt(0.08 / 12, 60, 100_000), 2)
    -2027.64
    """
    interest = checks.rate_above_minus_one("rate", rate)
    periods = checks.positive("nper", nper)
    start, end = checks.number("pv", pv), checks.number("fv", fv)
    at_start = _when(when)
    if interest == 0:
        return checks.finite_or_none(-(start + end) / periods)
    growth_log = periods * math.log1p(interest)
    timing = interest / (1 + interest * at_start)
    if interest > 0:
        payment = -(start + end * math.exp(-growth_log)) * timing / -math.expm1(-growth_log)
    else:
        payment = -(start * math.exp(growth_log) + end) * timing / math.expm1(growth_log)
    return checks.finite_or_none(payment)


def cumipmt(rate: float, nper: int, pv: float, start: int, end: int, when: int = 0) -> float | None:
    """Interest paid from period start to period end [money]; negative for a received loan.

    rate: interest per period, above -1 [fraction]; nper: number of periods, whole [period].
    pv: loan received now [money]; start, end: first and last period, from 1, both included [period].
    when: 0 = payments at the end of each period, 1 = at the start (then period 1 bears no interest).
    Errors: PlannerError for a period outside 1..nper, end before start, a value that is not a number;
    None where (1 + rate)^nper is beyond the range of a float.
    Formula: sum_{k=start..end} interest_k, interest_k = -rate * balance_{k-1}.
    *Source:* OASIS OpenDocument 1.3 part 4, function CUMIPMT.

    >>> round(cumipmt(0.10, 1, 100, 1, 1), 9)
    -10.0
    """
    interest = checks.rate_above_minus_one("rate", rate)
    periods = checks.whole("nper", nper, 1)
    loan = checks.number("pv", pv)
    first = checks.whole("start", start, 1, periods)
    last = checks.whole("end", end, first, periods)
    at_start = _when(when) == 1
    if interest == 0 or loan == 0:
        return 0.0
    paid = pyxirr.cumipmt(interest, periods, loan, first, last, pmt_at_beginning=at_start)
    return None if paid is None else checks.finite_or_none(paid)


def _when(when: object) -> int:
    if isinstance(when, (bool, str)) or when not in (0, 1):
        raise PlannerError("finance.bad_when", value=when)
    return 1 if when == 1 else 0


def eac(capex: float, annual_cost: float, life: float, rate: float, salvage: float = 0) -> float | None:
    """Equivalent annual cost of owning for a life [money/year]; costs are positive.

    capex: paid at the start [money]; annual_cost: paid at each year's end [money/year].
    life: above 0 [year]; rate: per year, above -1 [fraction].
    salvage: received at the end of the life [money], negative for a removal cost, may exceed capex.
    Errors: PlannerError for a value outside these ranges; None where beyond the range of a float.
    Formula: (capex - salvage / (1 + rate)^life) rate / (1 - (1 + rate)^-life) + annual_cost.
    *Source:* R. Brealey, S. Myers, F. Allen, Principles of Corporate Finance, chapter 6.

    >>> round(eac(10_000, 20_000, 5, 0.10), 2)
    22637.97
    """
    bought, sold = checks.number("capex", capex), checks.number("salvage", salvage)
    running = checks.number("annual_cost", annual_cost)
    years = checks.positive("life", life)
    payment = pmt(checks.rate_above_minus_one("rate", rate), years, bought, -sold)
    return None if payment is None else checks.finite_or_none(running - payment)


def levelized_cost(costs: Flows, quantities: Flows, rate: float) -> float | None:
    """Present costs per unit of present quantity [money/unit]; None where nothing is produced.

    costs: per period, paid positive [money], shape (n,).
    quantities: per period, not negative [unit], shape (n,).
    rate: per period, above -1 [fraction]. Both are discounted alike: index 0 is not, index k by k periods.
    Errors: PlannerError for lengths that differ, a negative quantity, a value that is not a number.
    Formula: [sum_k costs_k / (1 + rate)^k] / [sum_k quantities_k / (1 + rate)^k].
    *Source:* W. Short et al., Manual for the Economic Evaluation of Energy Efficiency and Renewable
    Energy Technologies, NREL/TP-462-5173 (1995), levelized cost of energy.

    >>> levelized_cost([100, 0], [0, 110], 0.10)
    1.0
    """
    paid, made = checks.flows("costs", costs), checks.flows("quantities", quantities)
    if len(paid) != len(made):
        raise PlannerError("finance.lengths_differ", costs=len(paid), quantities=len(made))
    for place, quantity in enumerate(made):
        checks.not_negative(f"quantities[{place}]", quantity)
    above, below = npv(rate, paid.tolist()), npv(rate, made.tolist())
    if above is None or not below:
        return None
    with np.errstate(over="ignore"):
        return checks.finite_or_none(float(np.float64(above) / np.float64(below)))
