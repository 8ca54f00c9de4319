"""Keras' CSVLogger: a row for each epoch; time only where a callback adds it."""

from __future__ import annotations

import itertools
import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import EPOCHS, BenchmarkRun

FORMAT = "keras_csvlogger"
_TIME = re.compile(r"^(?:epoch_)?(?:time|duration|seconds|secs?)(?:_s|_sec|_seconds|_per_epoch)?$", re.IGNORECASE)


def recognises(content: Content) -> bool:
    """Losses of training and validation by name, and neither step nor a column of another tool."""
    columns = set(content.columns)
    return "loss" in columns and not {"step", "trial_id", "number"} & columns and (
        ("epoch" in columns and len(columns) > 1) or any(name.startswith("val_") for name in columns)
    ) and not any("/" in name for name in columns)  # fmt: skip


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds of an epoch from a column of time in seconds; without one there is no rate."""
    column = next((name for name in content.columns if _TIME.match(name)), None)
    if column is None:
        return [silent(content, FORMAT, "benchmark.keras_no_time", tool="Keras CSVLogger")]
    seconds = [v for row in content.rows() if (v := number(row.get(column))) is not None]
    rises = len(seconds) > 2 and all(b > a for a, b in itertools.pairwise(seconds))
    if rises and seconds[-1] > 1.5 * seconds[0] * len(seconds) ** 0.5:  # a clock, not a duration
        seconds = [seconds[0], *(b - a for a, b in itertools.pairwise(seconds))]
    run = steps_run(content, FORMAT, seconds, EPOCHS, "global", status="ok_coarse", tool="Keras CSVLogger")
    if run is None:
        raise content.refuse("benchmark.not_positive", name=column, value="—")
    return [run.warn("benchmark.unit_unknown", column=column)]


READERS = (Reader(FORMAT, "Keras CSVLogger", recognises, read),)
