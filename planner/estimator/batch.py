"""Many estimates at once: a table with the columns of the measured tables in, a table of intervals out."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import Message, PlannerError, Where
from planner.estimator.answers import PUBLISHED, WIDEST, evidence_word, family_of, name_of, needs_published, spread
from planner.estimator.cells import Record, text
from planner.estimator.evidence import Domain, Evidence
from planner.estimator.items import items_of
from planner.estimator.serving_rows import deployment_of, is_language
from planner.estimator.time_to_train import time_to_train_of
from planner.estimator.training import physics
from planner.estimator.training_rows import TIME_TO_TRAIN, training_of, work_of
from planner.units import SECONDS_PER_HOUR

KINDS = ("training", "throughput", "serving")
ID_COLUMNS = {"training": "run_id", "throughput": "row_id", "serving": "row_id"}
NEEDED = {
    "training": ("model", "accelerator", "tokens_or_samples"),
    "throughput": ("model", "accelerator", "throughput_unit"),
    "serving": ("model", "accelerator"),
}
COLUMNS = ("id", "status", "p10", "p50", "p90", "unit", "evidence", "reason")
SELF = "self"
SURPLUS = "\0cells"  # no column has this name
MOST_DIGITS = 6
SEPARATORS = (";", "\t", "|")


@dataclass(frozen=True)
class Answer:
    """One row answered, or refused with the reason. p10, p50, p90 in `unit`."""

    id: str
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None
    unit: str = ""
    evidence: str = ""
    reason: Message | None = None

    @property
    def ok(self) -> bool:
        """Whether there is an answer."""
        return self.p50 is not None


@dataclass(frozen=True)
class _Task:
    """A row read: its domain, what is asked, and how a rate becomes the answer."""

    place: int
    id: str
    domain: Domain
    asked: Any
    unit: str
    hours_of: float | None  # units of work, when hours are asked for instead of a rate
    inverse: bool = False  # the domain already speaks of hours


def _read(kind: str, record: Record, place: int, row_id: str, evidence: Evidence) -> _Task:
    reference = evidence.reference
    if kind == "training" and text(record, "task") == TIME_TO_TRAIN:
        return _Task(place, row_id, evidence.time_to_train, time_to_train_of(record, reference),
                     "accelerator-hours", None, inverse=True)  # fmt: skip
    if kind == "training":
        work, asked = work_of(record), training_of(record, reference, whole_run=True)
        physics(asked)
        return _Task(place, row_id, evidence.training, asked, "accelerator-hours", work)
    if kind == "throughput":
        asked = training_of(record, reference, whole_run=False)
        physics(asked)
        return _Task(place, row_id, evidence.training, asked, text(record, "throughput_unit"), None)
    if is_language(record):
        return _Task(place, row_id, evidence.serving, deployment_of(record, reference), "output tokens/s", None)
    unit = text(record, "request_unit") or "item"
    return _Task(place, row_id, evidence.items, items_of(record, reference), f"{unit}/s", None)


def estimate_batch(
    kind: str, records: Sequence[Record], evidence: Evidence, *, exclude_family: str = ""
) -> list[Answer]:  # fmt: skip
    """An answer per record, in order; what cannot be answered carries its reason and stops nothing.

    exclude_family: a family whose measurements count for nothing; ``self``: the family of each row. A row that is
    itself in the measured tables is never answered by itself.
    """
    column = ID_COLUMNS[kind]
    answers: list[Answer] = []
    tasks: list[_Task] = []
    for place, record in enumerate(records):
        row_id = text(record, column) or text(record, "id") or str(place + 1)
        answers.append(Answer(row_id))
        try:
            if SURPLUS in record:
                columns = len(record) - 1
                raise PlannerError("estimate.cells", cells=int(record[SURPLUS]), columns=columns)
            tasks.append(_read(kind, record, place, row_id, evidence))
        except PlannerError as error:
            answers[place] = Answer(row_id, reason=error.message())
    for domain in {task.domain.name: task.domain for task in tasks}.values():
        for task, answer in _answers(domain, [one for one in tasks if one.domain is domain], exclude_family):
            answers[task.place] = answer
    return answers


def _answers(domain: Domain, tasks: Sequence[_Task], exclude: str) -> Iterable[tuple[_Task, Answer]]:
    asked = [task.asked for task in tasks]
    without = [family_of(domain, one) if exclude == SELF else exclude for one in asked]
    found = spread(domain, asked, ids=[task.id for task in tasks], without_family=without)
    for i, task in enumerate(tasks):
        rung = found.rung[i]
        values = [float(value[i]) for value in (found.p10, found.median, found.p90)]
        if rung != PUBLISHED and needs_published(domain, task.asked, rung):
            reason = Message("estimate.size_unknown", {"name": name_of(task.asked)})
            yield task, Answer(task.id, reason=reason)
            continue
        if values[2] / values[0] > WIDEST:
            yield task, Answer(task.id, reason=Message("estimate.too_wide", {"low": values[0], "high": values[2]}))
            continue
        if task.hours_of is not None:
            values = [task.hours_of / value / SECONDS_PER_HOUR for value in reversed(values)]
        if not all(math.isfinite(value) and value > 0 for value in values):
            yield task, Answer(task.id, reason=Message("estimate.out_of_range"))
            continue
        p10, p50, p90 = values
        yield task, Answer(task.id, p10, p50, p90, task.unit, evidence_word(rung))


def read_table(path: str, kind: str) -> list[dict[str, str]]:
    """Rows of a batch file. Raises PlannerError when it cannot be read or lacks a column."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise PlannerError("error.read", path=path, problem=error.strerror or "") from None
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PlannerError("estimate.not_text", where=Where(path)) from None
    reader = csv.reader(io.StringIO(content, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, path, kind)
        return [_record(header, cells) for cells in reader if cells]
    except csv.Error as error:
        raise PlannerError("estimate.not_csv", where=Where(path, reader.line_num), problem=str(error)) from None


def _check_header(header: list[str], path: str, kind: str) -> None:
    """Raise PlannerError for a header that is not of such a table."""
    missing = [name for name in NEEDED[kind] if name not in header]
    if missing:
        used = [mark for mark in SEPARATORS if mark in ",".join(header)]
        if used:
            raise PlannerError("estimate.separator", where=Where(path, 1), found=used[0])
        raise PlannerError("estimate.columns_missing", where=Where(path, 1), names=", ".join(missing), kind=kind)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise PlannerError("estimate.same_column", where=Where(path, 1), names=", ".join(twice))


def _record(header: list[str], cells: list[str]) -> dict[str, str]:
    """A row as its cells by column; too many cells are remembered, so that the row is refused."""
    record = dict(zip(header, cells, strict=False))
    if len(cells) > len(header):
        record[SURPLUS] = str(len(cells))
    return record


def write_table(answers: Sequence[Answer], say: Callable[[Message], str]) -> str:
    """The answers as CSV text; reasons in the reader's language."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in answers:
        numbers = ["" if value is None else f"{value:.{MOST_DIGITS}g}" for value in (one.p10, one.p50, one.p90)]
        reason = say(one.reason) if one.reason is not None else ""
        writer.writerow([one.id, "ok" if one.ok else "refused", *numbers, one.unit, one.evidence, reason])
    return buffer.getvalue()
