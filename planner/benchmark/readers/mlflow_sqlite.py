"""MLflow's database: the table of metrics, run by run. Opened for reading only."""

from __future__ import annotations

from collections import defaultdict

from planner.benchmark.content import Content
from planner.benchmark.database import has_tables, select
from planner.benchmark.reader import Reader, silent
from planner.benchmark.readers.mlflow_files import series_run, unit_of
from planner.benchmark.record import BenchmarkRun

FORMAT = "mlflow_sqlite"
MOST_POINTS = 2_000_000
QUESTION = (
    "select run_uuid, key, timestamp, value, step from metrics where not is_nan order by run_uuid, key, step, timestamp"
)


def recognises(content: Content) -> bool:
    """A database with metrics and runs."""
    return content.is_sqlite and has_tables(content, "metrics", "runs")


def read(content: Content) -> list[BenchmarkRun]:
    """The best metric of each run: a rate by its name, else the one with the most points."""
    rows = select(
        content,
        QUESTION,
        MOST_POINTS,
    )
    series: dict[str, dict[str, list[tuple[float, float, float]]]] = defaultdict(lambda: defaultdict(list))
    for run, key, time, value, step in rows:
        if all(isinstance(cell, int | float) for cell in (time, value, step)) and abs(value) != float("inf"):
            series[str(run)][str(key)].append((float(time), float(value), float(step)))
    runs = []
    for run, metrics in series.items():
        name = min(metrics, key=lambda key: (unit_of(key) is None, key.startswith("system/"), -len(metrics[key]), key))
        label = f"{run[:8]} {name}" if len(series) > 1 else name
        runs.append(series_run(content, FORMAT, name, metrics[name], label))
    return runs or [silent(content, FORMAT, "benchmark.no_points", tool="MLflow")]


READERS = (Reader(FORMAT, "MLflow database", recognises, read),)
