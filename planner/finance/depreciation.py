"""Depreciation of an asset: straight line, sum of years, declining balance.

Cost and salvage are zero or more; salvage above cost is refused: such an asset does not lose value.
"""

from __future__ import annotations

import math

from planner.errors import PlannerError
from planner.finance import checks

MONTHS_PER_YEAR = 12


def _cost_and_salvage(cost: object, salvage: object) -> tuple[float, float]:
    bought, left = checks.not_negative("cost", cost), checks.not_negative("salvage", salvage)
    if left > bought:
        raise PlannerError("finance.salvage_above_cost", cost=bought, salvage=left)
    return bought, left


def sln(cost: float, salvage: float, life: float) -> float:
    """Straight-line depreciation of one period [money].

    cost, salvage: value at the start and at the end of the life [money]; life: above 0 [period].
    Errors: PlannerError for a life of 0 or less, a negative value, salvage above cost.
    Formula: (cost - salvage) / life.
    *Source:* OASIS OpenDocument 1.3 part 4, function SLN.

    >>> sln(10_000, 1_000, 5)
    1800.0
    """
    bought, left = _cost_and_salvage(cost, salvage)
    return (bought - left) / checks.positive("life", life)


def syd(cost: float, salvage: float, life: int, period: int) -> float:
    """Sum-of-years'-digits depreciation of a period [money].

    cost, salvage: value before and after the life [money]; life, period: whole, 1..life [period].
    Errors: PlannerError for a period outside the life, a negative value, salvage above cost.
    Formula: (cost - salvage) (life - period + 1) / (life (life + 1) / 2).
    *Source:* OASIS OpenDocument 1.3 part 4, function SYD.

    >>> syd(10_000, 1_000, 5, 1)
    3000.0
    """
    bought, left = _cost_and_salvage(cost, salvage)
    periods = checks.whole("life", life, 1)
    place = checks.whole("period", period, 1, periods)
    return (bought - left) / periods * float(periods - place + 1) * 2 / (periods + 1)


def ddb(cost: float, salvage: float, life: int, period: int, factor: float = 2) -> float:
    """Declining-balance depreciation of a period, never below salvage [money].

    cost, salvage: value before and after the life [money]; life, period: whole, 1..life [period].
    factor: multiple of the straight-line rate, above 0; 2 = double declining.
    Errors: PlannerError for a period outside the life, a negative value, salvage above cost.
    Formula: max(min(B f, B - salvage), 0), B = cost (1 - f)^(period - 1), f = min(factor / life, 1).
    *Source:* OASIS OpenDocument 1.3 part 4, function DDB.

    >>> ddb(10_000, 1_000, 5, 1), ddb(10_000, 1_000, 5, 5)
    (4000.0, 296.0)
    """
    bought, left = _cost_and_salvage(cost, salvage)
    periods = checks.whole("life", life, 1)
    place = checks.whole("period", period, 1, periods)
    fraction = min(checks.positive("factor", factor) / periods, 1.0)
    book = bought * (1 - fraction) ** (place - 1)
    return max(min(book * fraction, book - left), 0.0)


def ddb_schedule(cost: float, salvage: float, life: int, factor: float = 2) -> list[float]:
    """Declining-balance depreciation of each period, life entries [money].

    cost, salvage: value before and after the life [money]; life: whole [period]; factor: as ddb.
    Errors: PlannerError for a life below 1 or above 12,000, a negative value, salvage above cost.
    Formula: ddb for period = 1..life.
    *Source:* OASIS OpenDocument 1.3 part 4, function DDB.

    >>> ddb_schedule(1_000, 0, 2)
    [1000.0, 0.0]
    """
    periods = checks.whole("life", life, 1, checks.LONGEST_SCHEDULE)
    return [ddb(cost, salvage, periods, period, factor) for period in range(1, periods + 1)]


def db_schedule(cost: float, salvage: float, life: int, first_year_months: int = 12) -> list[float]:
    """Fixed declining-balance depreciation of each year [money].

    cost, salvage: value at the start and at the end of the life [money]; life: whole [year].
    first_year_months: months of use in the first year, 1..12; below 12 there are life + 1 entries, the last
    one for the months that remain [month].
    Errors: PlannerError for a life below 1 or above 12,000, months outside 1..12, salvage above cost.
    Formula: D_1 = cost f m/12; D_k = (cost - sum D) f; D_{life+1} = (cost - sum D) f (12 - m)/12;
    f = 1 - (salvage / cost)^(1/life) rounded to 3 decimals (half away from zero).
    *Source:* OASIS OpenDocument 1.3 part 4, function DB.

    >>> [round(value, 3) for value in db_schedule(10_000, 1_000, 5, 6)][:3]
    [1845.0, 3009.195, 1898.802]
    """
    bought, left = _cost_and_salvage(cost, salvage)
    years = checks.whole("life", life, 1, checks.LONGEST_SCHEDULE)
    months = checks.whole("first_year_months", first_year_months, 1, MONTHS_PER_YEAR)
    kept = (left / bought) ** (1 / years) if bought > 0 else 1.0
    fraction = math.floor((1 - kept) * 1000 + 0.5) / 1000
    shares = [months / MONTHS_PER_YEAR] + [1.0] * (years - 1)
    if months < MONTHS_PER_YEAR:
        shares.append((MONTHS_PER_YEAR - months) / MONTHS_PER_YEAR)
    schedule: list[float] = []
    book = bought
    for share in shares:
        schedule.append(book * fraction * share)
        book -= schedule[-1]
    return schedule
