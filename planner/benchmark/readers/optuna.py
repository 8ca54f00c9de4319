"""Optuna studies: the database, and ``trials_dataframe`` as CSV. A study costs every finished trial, pruned too."""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np

from planner.benchmark.content import Content, number
from planner.benchmark.database import has_tables, select
from planner.benchmark.reader import Reader, run_of, silent
from planner.benchmark.record import TRIAL, BenchmarkRun, Throughput

DATABASE, TABLE = "optuna_sqlite", "optuna_trials_csv"
FINISHED = ("COMPLETE", "PRUNED", "FAIL")
_DURATION = re.compile(r"(?:(\d{1,6}) days?,? )?\+?(\d{1,6}):(\d\d):(\d\d(?:\.\d{1,12})?)")
# Optuna's numbers of the states, as some databases and tables hold them.
STATES = {"0": "RUNNING", "1": "COMPLETE", "2": "PRUNED", "3": "FAIL", "4": "WAITING"}
MOST, MOST_STATES = 1_000_000, 20


def is_database(content: Content) -> bool:
    """A database with studies and trials."""
    return content.is_sqlite and has_tables(content, "studies", "trials", "trial_params")


def is_table(content: Content) -> bool:
    """Columns number, state and duration of a study."""
    columns = set(content.columns)
    return {"number", "state"} <= columns and (
        "duration" in columns or {"datetime_start", "datetime_complete"} <= columns
    )


def seconds_of(text: str) -> float | None:
    """Seconds of a duration as pandas writes it.

    >>> seconds_of("0 days 00:00:10.177975"), seconds_of("1 days 01:00:00"), seconds_of("NaT")
    (10.177975, 90000.0, None)
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400.0 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def state_of(text: object) -> str:
    """A state by its name, however it is written.

    >>> state_of("TrialState.COMPLETE"), state_of(1), state_of("2.0"), state_of("FAIL")
    ('COMPLETE', 'COMPLETE', 'PRUNED', 'FAIL')
    """
    word = str(text)[:40].strip().rpartition(".")[2] if str(text).startswith("TrialState") else str(text)[:40].strip()
    return STATES.get(word.removesuffix(".0"), word.upper())


def read_database(content: Content) -> list[BenchmarkRun]:
    """Trials by their start and end."""
    rows = select(content, "select state, datetime_start, datetime_complete from trials order by number", MOST)
    return [_study(content, DATABASE, ((state_of(state), _between(start, end)) for state, start, end in rows))]


def read_table(content: Content) -> list[BenchmarkRun]:
    """Trials by their duration, else by start and end."""
    rows = content.pick("state", "duration", "datetime_start", "datetime_complete")
    return [_study(content, TABLE, ((state_of(state), _lasted(took, start, end)) for state, took, start, end in rows))]


def _lasted(took: str, start: str, end: str) -> float | None:
    seconds = seconds_of(took)
    if seconds is None:
        seconds = number(took)
    return seconds if seconds is not None else _between(start, end)


def _between(start: object, end: object) -> float | None:
    try:
        return (dt.datetime.fromisoformat(str(end)) - dt.datetime.fromisoformat(str(start))).total_seconds()
    except (ValueError, TypeError):
        return None


def _study(content: Content, format: str, trials: Iterable[tuple[str, float | None]]) -> BenchmarkRun:
    states: Counter[str] = Counter()
    done = array("d")
    spent, count = 0.0, 0
    for state, seconds in trials:
        count += 1
        if state in states or len(states) < MOST_STATES:
            states[state] += 1
        if state in FINISHED and seconds is not None and seconds > 0:
            spent += seconds
            if state == "COMPLETE":
                done.append(seconds)
    if not done:
        return silent(content, format, "benchmark.no_finished_trial", tool="Optuna")
    lasted = np.asarray(done)
    mean = float(lasted.mean())
    facts = {
        "trials": count, "states": dict(states), "total_s": spent, "median_s": float(np.median(lasted)),
        "n_obs": count, "cv": float(lasted.std(ddof=1)) / mean if len(lasted) > 1 else None,
    }  # fmt: skip
    run = run_of(
        content, format, "hpo", throughput=Throughput(mean, TRIAL, "global"), gross_s=spent, tool="Optuna", facts=facts,
    ).warn("benchmark.overlapping_trials")  # fmt: skip
    stale = states.get("RUNNING", 0)
    return run.warn("benchmark.stale_trials", count=stale) if stale else run


READERS = (
    Reader(DATABASE, "Optuna database", is_database, read_database),
    Reader(TABLE, "Optuna trials as CSV", is_table, read_table),
)
