"""When one may ask, and when machines arrive: calls that open, close and come back."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import Message
from planner.prices import as_date
from planner.tables import Row


@dataclass(frozen=True)
class Call:
    """A call for applications. published: its days are announced, not those of another year moved on."""

    opens_on: dt.date
    closes_on: dt.date
    starts_on: dt.date | None
    published: bool


@dataclass(frozen=True)
class Start:
    """The earliest first day of computing for who asks now, and why."""

    earliest: dt.date | None
    basis: Message


def later(day: dt.date, months: int) -> dt.date:
    """The same day so many months on, the last day of the month where it is shorter.

    >>> later(dt.date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    total = day.year * 12 + day.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_call(rows: Sequence[Row], as_of: dt.date) -> Call | None:
    """The call that is open at a date, else the next one; None when the last one is over.

    rows: published calls; those that repeat are moved by whole periods past the date.
    """
    calls = [call for row in rows if (call := _call(row, as_of)) is not None]
    return min((call for call in calls if call.closes_on >= as_of), key=lambda call: call.opens_on, default=None)


def _call(row: Row, as_of: dt.date) -> Call | None:
    opens, closes, starts = (as_date(row[column]) for column in ("opens_on", "closes_on", "starts_on"))
    if opens is None or closes is None:
        return None
    period, moved = int(row.number("repeats_every_months") or 0), 0
    while period and later(closes, moved) < as_of:
        moved += period
    return Call(later(opens, moved), later(closes, moved), later(starts, moved) if starts else None, moved == 0)


def earliest_start(programme: Row, call: Call | None, as_of: dt.date) -> Start:
    """First day for who asks now: that of the call, else the date plus the published lead time."""
    days = programme.number("application_lead_time_days")
    if call is not None and call.starts_on is not None:
        key = "programmes.start.call" if call.published else "programmes.start.call_about"
        return Start(call.starts_on, Message(key, {"opens": call.opens_on, "closes": call.closes_on}))
    if days is not None:
        return Start(as_of + dt.timedelta(days=days), Message("programmes.start.lead", {"days": days}))
    if "account validation" in programme["status_2026_11"]:
        return Start(as_of, Message("programmes.start.accounts"))
    return Start(None, Message("programmes.start.unknown"))
