"""Checks of what is given to a finance function: a wrong value becomes a ``PlannerError``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from numbers import Real

import numpy as np
import numpy.typing as npt

from planner.errors import PlannerError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
DAYS_PER_YEAR = 365.0  # actual/365, the convention of spreadsheet XNPV and XIRR
LONGEST_SCHEDULE = 12_000  # periods; 1,000 years of months, so that a typing slip cannot exhaust the memory


def number(name: str, value: object) -> float:
    """The value as a finite float; a text, a truth value, NaN or an infinity is refused."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (Real, Decimal)):
        raise PlannerError("finance.not_a_number", name=name, value=value)
    try:
        found = float(value)
    except (OverflowError, ValueError):
        found = math.inf
    if not math.isfinite(found):
        raise PlannerError("finance.not_finite", name=name, value=value)
    return found


def rate_above_minus_one(name: str, value: object) -> float:
    """The value as a rate per period above -1 [fraction]."""
    found = number(name, value)
    if found <= -1:
        raise PlannerError("finance.rate_too_low", name=name, value=value)
    return found


def positive(name: str, value: object) -> float:
    """The value as a float above zero."""
    found = number(name, value)
    if found <= 0:
        raise PlannerError("finance.not_positive", name=name, value=value)
    return found


def not_negative(name: str, value: object) -> float:
    """The value as a float of zero or more."""
    found = number(name, value)
    if found < 0:
        raise PlannerError("finance.negative", name=name, value=value)
    return found


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """The value as a whole number from low to high, both included (no upper limit: None)."""
    found = number(name, value)
    if found != int(found):
        raise PlannerError("finance.not_whole", name=name, value=value)
    if found < low:
        raise PlannerError("finance.too_low", name=name, value=value, low=low)
    if high is not None and found > high:
        raise PlannerError("finance.too_high", name=name, value=value, high=high)
    return int(found)


def listed(name: str, values: object) -> list[object]:
    """The values as a list with at least one entry; a text, a mapping or a set is refused."""
    if isinstance(values, (str, bytes, Mapping, set, frozenset)) or not isinstance(values, Iterable):
        raise PlannerError("finance.not_a_list", name=name, value=values)
    try:
        found = list(values)
    except TypeError:  # an array without dimension says that it is iterable and is not
        raise PlannerError("finance.not_a_list", name=name, value=values) from None
    if not found:
        raise PlannerError("finance.empty", name=name)
    return found


def flows(name: str, values: object) -> FloatArray:
    """The values as an array of finite floats, shape (n,), n >= 1."""
    return np.array([number(f"{name}[{place}]", value) for place, value in enumerate(listed(name, values))])


def rows(name: str, values: object) -> FloatArray:
    """The values as an array of shape (draws, periods); NaN may stand inside."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise PlannerError("finance.not_rows", name=name) from None
    if found.ndim != 2 or 0 in found.shape:
        raise PlannerError("finance.not_rows", name=name)
    return found


def years_from_earliest(values: object, count: int) -> FloatArray:
    """Years of 365 days from the earliest date to each date, shape (count,)."""
    found = listed("dates", values)
    if len(found) != count:
        raise PlannerError("finance.dates_mismatch", dates=len(found), cashflows=count)
    days = [_day(f"dates[{place}]", value) for place, value in enumerate(found)]
    first = min(days)
    return np.array([(day - first) / DAYS_PER_YEAR for day in days])


def _day(name: str, value: object) -> int:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise PlannerError("finance.bad_date", name=name, value=value) from None
    if not isinstance(value, date) or value != value:  # pandas' missing date is unequal to itself
        raise PlannerError("finance.bad_date", name=name, value=value)
    return value.toordinal()


def finite_or_none(value: float) -> float | None:
    """The value, or None where it is beyond the range of a float."""
    return float(value) + 0.0 if math.isfinite(value) else None  # no minus zero
