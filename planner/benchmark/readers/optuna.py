"""Optuna studies: the database, and ``trials_dataframe`` as CSV. A study costs every finished trial, pruned too."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections import Counter

from planner.benchmark.content import Content
from planner.benchmark.database import has_tables, select
from planner.benchmark.reader import Reader, run_of, silent
from planner.benchmark.record import TRIAL, BenchmarkRun, Throughput

DATABASE, TABLE = "optuna_sqlite", "optuna_trials_csv"
FINISHED = ("COMPLETE", "PRUNED", "FAIL")
_DURATION = re.compile(r"^(?:(-?\d+) days? )?\+?(\d+):(\d\d):(\d\d(?:\.\d+)?)$")
MOST = 1_000_000


def is_database(content: Content) -> bool:
    """A database with studies and trials."""
    return content.is_sqlite and has_tables(content, "studies", "trials", "trial_params")


def is_table(content: Content) -> bool:
    """Columns number, state and duration of a study."""
    return {"number", "state", "datetime_start", "datetime_complete"} <= set(content.columns)


def seconds_of(text: str) -> float | None:
    """Seconds of a duration as pandas writes it.

    >>> seconds_of("0 days 00:00:10.177975"), seconds_of("1 days 01:00:00"), seconds_of("NaT")
    (10.177975, 90000.0, None)
    """
    found = _DURATION.match(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400.0 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def read_database(content: Content) -> list[BenchmarkRun]:
    """Trials by their start and end."""
    rows = select(content, "select state, datetime_start, datetime_complete from trials order by number", MOST)
    return [_study(content, DATABASE, [(str(state), _between(start, end)) for state, start, end in rows])]


def read_table(content: Content) -> list[BenchmarkRun]:
    """Trials by their duration, else by start and end."""
    trials = []
    for row in content.rows():
        seconds = seconds_of(row.get("duration", ""))
        if seconds is None:
            seconds = _between(row.get("datetime_start"), row.get("datetime_complete"))
        trials.append((row.get("state", ""), seconds))
    return [_study(content, TABLE, trials)]


def _between(start: object, end: object) -> float | None:
    try:
        return (dt.datetime.fromisoformat(str(end)) - dt.datetime.fromisoformat(str(start))).total_seconds()
    except (ValueError, TypeError):
        return None


def _study(content: Content, format: str, trials: list[tuple[str, float | None]]) -> BenchmarkRun:
    states = Counter(state for state, _ in trials)
    done = [s for state, s in trials if state == "COMPLETE" and s is not None and s > 0]
    spent = sum(s for state, s in trials if state in FINISHED and s is not None and s > 0)
    if not done:
        return silent(content, format, "benchmark.no_finished_trial", tool="Optuna")
    mean = statistics.fmean(done)
    cv = statistics.stdev(done) / mean if len(done) > 1 else None
    facts = {
        "trials": len(trials),
        "states": dict(states),
        "total_s": spent,
        "median_s": statistics.median(done),
        "n_obs": len(trials),
        "cv": cv,
    }
    run = run_of(
        content, format, "hpo", throughput=Throughput(mean, TRIAL, "global"), gross_s=spent, tool="Optuna", facts=facts,
    ).warn("benchmark.overlapping_trials")  # fmt: skip
    stale = states.get("RUNNING", 0)
    return run.warn("benchmark.stale_trials", count=stale) if stale else run


READERS = (
    Reader(DATABASE, "Optuna database", is_database, read_database),
    Reader(TABLE, "Optuna trials as CSV", is_table, read_table),
)
