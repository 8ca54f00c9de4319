"""MLflow's file store: one file for each metric, lines of ``timestamp_ms value step``."""

from __future__ import annotations

import re
from array import array

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, rate_of_series, silent, steps_run
from planner.benchmark.record import SAMPLES, STEPS, TOKENS, BenchmarkRun
from planner.benchmark.steady import Clock, Series

FORMAT = "mlflow_filestore"
_NAMED = re.compile(
    r"(tokens|samples|items|images|examples|steps)[_/ ]?(?:per|p|/)[_/ ]?s(?:ec(?:ond)?s?)?(?![a-z])", re.IGNORECASE
)
UNITS = {
    "tokens": TOKENS,
    "samples": SAMPLES,
    "items": SAMPLES,
    "images": "images/s",
    "examples": SAMPLES,
    "steps": STEPS,
}
MOST_WORDS = 6  # of a line: releases since 3.0 add model and dataset


def _point(line: str) -> tuple[float, float | None, float] | None:
    """Milliseconds, value and step of a line; the value is None where it is not finite."""
    words = line[:400].split()
    if not 3 <= len(words) <= MOST_WORDS or len(words[0]) != 13 or not words[0].isdecimal():
        return None
    step, value = whole(words[2]), number(words[1])
    if step is None or (value is None and words[1].lower().lstrip("+-") not in ("nan", "inf", "infinity")):
        return None
    return float(words[0]), value, step


def recognises(content: Content) -> bool:
    """Lines of a time in milliseconds, a value and a step, and hardly anything else."""
    if not content.is_log:
        return False
    lines = [line for line in content.head[:8000].split("\n")[:50] if line.strip()]
    good = sum(_point(line) is not None for line in lines)
    return bool(lines) and good >= max(0.8 * (len(lines) - 1), 1) and _point(lines[0]) is not None


def unit_of(name: str) -> str | None:
    """The unit that a metric's name states; None when it is no rate.

    >>> unit_of("train/tokens_per_sec"), unit_of("tokens_per_sec_per_gpu"), unit_of("loss")
    ('tokens/s', 'tokens/s', None)
    """
    found = _NAMED.search(name)
    return UNITS[found.group(1).lower()] if found else None


class Metric:
    """A metric point by point: its values where its name is a rate's, else the time between its points."""

    def __init__(self, name: str) -> None:
        self.name, self.unit = name, unit_of(name)
        self.values, self.clock = Series(), Clock()
        self.count = 0

    def add(self, ms: float, value: float | None, step: float) -> None:
        """One more point."""
        if value is None:
            return
        self.count += 1
        if self.unit is not None:
            self.values.add(value)
        self.clock.tick(step, ms / 1000)

    def run(self, content: Content, format: str, label: str = "") -> BenchmarkRun:
        """The metric as a run."""
        if self.unit is not None and self.count > 1:
            values: array[float] = self.values.values
            run = rate_of_series(content, format, values, self.unit, "unknown", tool="MLflow", label=label)
            return run.warn("benchmark.metric_unit", name=self.name, unit=self.unit)
        found = steps_run(content, format, self.clock.values, STEPS, "global", tool="MLflow", label=label)
        if found is None:
            return silent(content, format, "benchmark.no_points", tool="MLflow", label=label)
        return found.warn("benchmark.step_may_be_epoch")


def read(content: Content) -> list[BenchmarkRun]:
    """The metric of the file; its name is the file's."""
    metric = Metric(content.path.name)
    for line in content.lines():
        if (point := _point(line)) is not None:
            metric.add(*point)
    return [metric.run(content, FORMAT)]


READERS = (Reader(FORMAT, "MLflow metric file", recognises, read),)
