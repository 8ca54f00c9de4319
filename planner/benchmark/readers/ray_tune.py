"""Ray Tune: ``result.json`` (JSON lines) and ``progress.csv`` of a trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, rate_of_series, steps_run
from planner.benchmark.readers.mlflow_files import unit_of
from planner.benchmark.record import BenchmarkRun
from planner.benchmark.steady import steady_state

FORMAT = "ray_tune_result"
KEYS = {"training_iteration", "time_this_iter_s", "trial_id"}


def is_lines(content: Content) -> bool:
    """Reports as JSON lines."""
    return set(content.first_record) >= KEYS


def is_table(content: Content) -> bool:
    """Reports as a table."""
    return set(content.columns) >= KEYS


def _read(content: Content, reports: Iterable[Mapping[str, Any]]) -> list[BenchmarkRun]:
    """A rate of the user's by its name, the first report dropped; else seconds for each report."""
    rows = list(reports)
    seconds = [v for row in rows if (v := number(row.get("time_this_iter_s"))) is not None]
    name = next((key for key in (rows[0] if rows else {}) if unit_of(str(key))), None)
    config = rows[0].get("config") if rows else None
    batch = next(
        (v for k in ("bs", "batch_size", "batch") if isinstance(config, Mapping) and (v := number(config.get(k)))), None
    )
    found = steady_state(seconds, drop=min(1, max(len(seconds) - 1, 0)), pauses=False)
    if name is not None:
        values = [v for row in rows if (v := number(row.get(name))) is not None]
        run = rate_of_series(
            content, FORMAT, values, unit_of(name) or "", "unknown", tool="Ray Tune", global_batch=batch
        )
        return [
            run.but(step_time=found.step_time() if found else None).warn(
                "benchmark.metric_unit", name=name, unit=unit_of(name)
            )
        ]
    report = steps_run(
        content, FORMAT, seconds, "reports/s", "unknown", status="ok_coarse", tool="Ray Tune", global_batch=batch
    )
    if report is None:
        raise content.refuse("benchmark.not_positive", name="time_this_iter_s", value="—")
    return [report.warn("benchmark.step_may_be_epoch")]


READERS = (
    Reader(FORMAT, "Ray Tune result", is_lines, lambda content: _read(content, content.records())),
    Reader(FORMAT, "Ray Tune progress", is_table, lambda content: _read(content, content.rows())),
)
