"""MLflow's file store: one file for each metric, lines of ``timestamp_ms value step``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from planner.benchmark.content import Content
from planner.benchmark.reader import Reader, rate_of_series, silent, steps_run
from planner.benchmark.record import SAMPLES, STEPS, TOKENS, BenchmarkRun, Scope
from planner.benchmark.steady import intervals

FORMAT = "mlflow_filestore"
_LINE = re.compile(r"^\d{13} [-+0-9.eE]+(?:nan|inf)? \d+$|^\d{13} [-+]?(?:nan|NaN|inf|Infinity) \d+$")
_NAMED = re.compile(
    r"(tokens|samples|items|images|examples|steps)[_/ ]?(?:per|p|/)[_/ ]?s(?:ec(?:ond)?s?)?\b", re.IGNORECASE
)
UNITS = {
    "tokens": TOKENS,
    "samples": SAMPLES,
    "items": SAMPLES,
    "images": "images/s",
    "examples": SAMPLES,
    "steps": STEPS,
}


def recognises(content: Content) -> bool:
    """Lines of a time in milliseconds, a value and a step, and nothing else."""
    lines = [line for line in content.head.split("\n")[:50] if line.strip()]
    return bool(lines) and all(_LINE.match(line.strip()) for line in lines[: max(len(lines) - 1, 1)])


def unit_of(name: str) -> str | None:
    """The unit that a metric's name states; None when it is no rate.

    >>> unit_of("train/tokens_per_sec"), unit_of("loss")
    ('tokens/s', None)
    """
    found = _NAMED.search(name)
    return UNITS[found.group(1).lower()] if found else None


def series_run(
    content: Content, format: str, name: str, points: Sequence[tuple[float, float, float]], label: str = ""
) -> BenchmarkRun:
    """A metric as a run: its values when it is a rate, else the time between its points. points: ms, value, step."""
    unit = unit_of(name)
    if unit is not None and len(points) > 1:
        scope: Scope = "unknown"
        run = rate_of_series(content, format, [v for _, v, _ in points], unit, scope, tool="MLflow", label=label)
        return run.warn("benchmark.metric_unit", name=name, unit=unit)
    steps, times = [s for _, _, s in points], [t / 1000 for t, _, _ in points]
    found = steps_run(content, format, intervals(steps, times), STEPS, "global", tool="MLflow", label=label)
    if found is None:
        return silent(content, format, "benchmark.no_points", tool="MLflow", label=label)
    return found.warn("benchmark.step_may_be_epoch")


def read(content: Content) -> list[BenchmarkRun]:
    """The metric of the file; its name is the file's."""
    points = []
    for line in content.lines():
        if _LINE.match(line.strip()):
            time, value, step = line.split()
            points.append((float(time), float(value), float(step)))
    points = [point for point in points if abs(point[1]) != float("inf") and point[1] == point[1]]
    return [series_run(content, FORMAT, content.path.name, points)]


READERS = (Reader(FORMAT, "MLflow metric file", recognises, read),)
