"""Keras' CSVLogger: a row for each epoch; time only where a callback adds it."""

from __future__ import annotations

import re

import numpy as np

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import EPOCHS, BenchmarkRun
from planner.benchmark.steady import Series

FORMAT = "keras_csvlogger"
_TIME = re.compile(r"^(?:epoch_)?(?:time|duration|seconds|secs?)(?:_s|_sec|_seconds|_per_epoch)?$", re.IGNORECASE)


def recognises(content: Content) -> bool:
    """Losses of training and validation by name, and no column of another tool."""
    columns = {name.lower() for name in content.columns}
    return "loss" in columns and not {"trial_id", "number"} & columns and (
        ("epoch" in columns and len(columns) > 1) or any(name.startswith("val_") for name in columns)
    ) and not any("/" in name for name in columns)  # fmt: skip


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds of an epoch from a column of time in seconds; without one there is no rate."""
    column = next((name for name in content.columns if _TIME.match(name)), None)
    if column is None:
        return [silent(content, FORMAT, "benchmark.keras_no_time", tool="Keras CSVLogger")]
    series = Series()
    for (cell,) in content.pick(column):
        if (value := number(cell)) is not None:
            series.add(value)
    seconds = np.asarray(series.values)
    if len(seconds) > 2 and (np.diff(seconds) > 0).all() and seconds[-1] > 1.5 * seconds[0] * len(seconds) ** 0.5:
        seconds = np.concatenate([seconds[:1], np.diff(seconds)])  # a clock, not a duration
    run = steps_run(content, FORMAT, seconds, EPOCHS, "global", status="ok_coarse", tool="Keras CSVLogger")
    if run is None:
        raise content.refuse("benchmark.not_positive", name=column, value="—")
    return [run.warn("benchmark.unit_unknown", column=column)]


READERS = (Reader(FORMAT, "Keras CSVLogger", recognises, read),)
