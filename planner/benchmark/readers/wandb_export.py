"""Weights & Biases: a chart exported as CSV, its columns named ``<run> - train/loss``."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, rate_of_series, silent, steps_run
from planner.benchmark.readers.mlflow_files import unit_of
from planner.benchmark.readers.wandb import STEP_KEYS
from planner.benchmark.record import STEPS, BenchmarkRun, Scope
from planner.benchmark.steady import Clock, Series

FORMAT = "wandb_export_csv"
CLOCKS = ("Relative Time (Process)", "Relative Time (Wall)", "_runtime", "_timestamp")
AXES = {"Step", *CLOCKS, *STEP_KEYS}
MOST_COLUMNS = 200
SIDES = ("__MIN", "__MAX")


def _shown(columns: list[str]) -> list[tuple[str, str, str]]:
    """Column, run and metric of each curve."""
    found = ((name, *name.partition(" - ")) for name in columns if not name.endswith(SIDES))
    return [(name, run, metric) for name, run, mark, metric in found if mark][:MOST_COLUMNS]


def recognises(content: Content) -> bool:
    """A first column that is an axis, and curves named after their run."""
    columns = content.columns
    return bool(columns) and columns[0] in AXES and bool(_shown(columns))


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each curve of a rate; else for each curve of the global step over time; else there is none."""
    curves, axis = _shown(content.columns), content.columns[0]
    rates = [curve for curve in curves if unit_of(curve[2])]
    steps = [curve for curve in curves if curve[2] in STEP_KEYS] if axis in CLOCKS else []
    chosen = rates or steps
    series, clocks = tuple(Series() for _ in chosen), tuple(Clock() for _ in chosen)
    lone = [curve for curve in curves if axis in STEP_KEYS and curve[2] in ("_runtime", "_timestamp")]
    if not chosen and lone:  # the axis is the global step, the curve is the clock
        chosen, series, clocks = lone, tuple(Series() for _ in lone), tuple(Clock() for _ in lone)
    for cells in content.pick(axis, *(name for name, _, _ in chosen)):
        at = number(cells[0])
        for values, clock, cell in zip(series, clocks, cells[1:], strict=True):
            if not cell or (value := number(cell)) is None:
                continue
            values.add(value)
            if at is not None:
                clock.tick(*((at, value) if chosen is lone else (value, at)))
    runs = []
    for (name, run, metric), values, clock in zip(chosen, series, clocks, strict=True):
        label = f"{run} - {metric}" if len(chosen) > 1 else run
        found = None
        if unit := unit_of(metric):
            if len(values):
                scope: Scope = "per_accelerator" if re.search("device|gpu", name, re.IGNORECASE) else "unknown"
                found = rate_of_series(
                    content, FORMAT, values.values, unit, scope, tool="Weights & Biases", label=label
                ).warn("benchmark.metric_unit", name=metric, unit=unit)
        else:
            found = steps_run(content, FORMAT, clock.values, STEPS, "global", tool="Weights & Biases", label=label)
        runs += [found] if found else []
    return runs or [silent(content, FORMAT, "benchmark.log_calls_only", tool="Weights & Biases")]


READERS = (Reader(FORMAT, "Weights & Biases chart as CSV", recognises, read),)
