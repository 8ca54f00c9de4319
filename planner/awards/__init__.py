"""Public and academic awards: who may ask, when it comes, what a unit is worth in accelerator-hours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planner.awards.calls import Call, Start, earliest_start, next_call
from planner.awards.verdicts import Rule, Verdict, verdict_on
from planner.errors import Message
from planner.reference import Reference
from planner.scenario import Organisation
from planner.tables import Row

# The statuses (column status_2026_11) were last compared with their sources on this day.
STATUSES_OF = "2026-11"
STATUSES_READ_ON = dt.date(2026, 11, 20)


@dataclass(frozen=True)
class Assessment:
    """A programme for an organisation that asks on a day."""

    verdict: Verdict
    reasons: tuple[Message, ...]
    rule: Rule
    call: Call | None
    start: Start

    @property
    def is_over(self) -> bool:
        """Closed, and no call is known to come."""
        return self.verdict == "closed" and self.call is None


def assess(programme: Row, organisation: Organisation, reference: Reference, day: dt.date) -> Assessment:
    """Whether an organisation may ask on a day, why, and the first day of computing."""
    own = _rows_of(programme, reference, "reference/programme_rules.csv")
    calls = _rows_of(programme, reference, "reference/programme_calls.csv")
    rule, call = Rule.of(programme, own[0] if own else None), next_call(calls, day)
    verdict, reasons = verdict_on(programme, rule, organisation, as_of=day, call=call, has_calls=bool(calls))
    over = verdict == "closed" and call is None
    start = Start(None, Message("programmes.start.never")) if over else earliest_start(programme, call, day)
    return Assessment(verdict, reasons, rule, call, start)


def _rows_of(programme: Row, reference: Reference, table: str) -> list[Row]:
    rows = reference.folder.table(table) if table in reference.folder.files else []
    return [row for row in rows if row["programme_id"] == programme["programme_id"]]
