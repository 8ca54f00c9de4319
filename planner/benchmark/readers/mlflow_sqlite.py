"""MLflow's database: the table of metrics, run by run. Opened for reading only."""

from __future__ import annotations

from itertools import groupby

from planner.benchmark.content import Content, number
from planner.benchmark.database import has_tables, select
from planner.benchmark.reader import MOST_RUNS, Reader, silent
from planner.benchmark.readers.mlflow_files import Metric
from planner.benchmark.record import BenchmarkRun

FORMAT = "mlflow_sqlite"
MOST_POINTS = 2_000_000
QUESTION = (
    "select run_uuid, key, timestamp, value, step from metrics where not is_nan order by run_uuid, key, step, timestamp"
)


def recognises(content: Content) -> bool:
    """A database with metrics and runs."""
    return content.is_sqlite and has_tables(content, "metrics", "runs")


def _order(metric: Metric) -> tuple[bool, bool, int, str]:
    return metric.unit is None, metric.name.startswith("system/"), -metric.count, metric.name


def read(content: Content) -> list[BenchmarkRun]:
    """The best metric of each run: a rate by its name, else the one with the most points."""
    chosen: list[tuple[str, Metric]] = []
    for run, rows in groupby(select(content, QUESTION, MOST_POINTS), key=lambda row: str(row[0])):
        best: Metric | None = None
        for name, points in groupby(rows, key=lambda row: str(row[1])):
            metric = Metric(name)
            for _, _, time, value, step in points:
                at, ms = number(step), number(time)
                if at is not None and ms is not None:
                    metric.add(ms, number(value), at)
            if metric.count and (best is None or _order(metric) < _order(best)):
                best = metric
        if best is not None and len(chosen) < MOST_RUNS:
            chosen.append((run, best))
    several = len(chosen) > 1
    runs = [
        metric.run(content, FORMAT, f"{run[:8]} {metric.name}" if several else metric.name) for run, metric in chosen
    ]
    return runs or [silent(content, FORMAT, "benchmark.no_points", tool="MLflow")]


READERS = (Reader(FORMAT, "MLflow database", recognises, read),)
