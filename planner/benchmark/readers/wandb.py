"""Weights & Biases: ``wandb-summary.json``, and a history that was exported as CSV."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, positive, rate_of_series, refuse_unless_positive, run_of, silent, steps_run
from planner.benchmark.readers.mlflow_files import unit_of
from planner.benchmark.record import SAMPLES, STEPS, BenchmarkRun, Scope, StepTime, Throughput
from planner.benchmark.steady import Clock, Series

SUMMARY, HISTORY = "wandb_summary", "wandb_history_csv"
STEP_KEYS = ("trainer/global_step", "train/global_step", "global_step", "step", "iter")


def is_summary(content: Content) -> bool:
    """An object with _runtime and _step."""
    document = content.document
    return isinstance(document, dict) and "_runtime" in document and ("_step" in document or "_timestamp" in document)


def read_summary(content: Content) -> list[BenchmarkRun]:
    """Training steps over the whole run time: a lower bound. _step counts log calls and is never used."""
    found = content.document
    seconds = number(found.get("_runtime"))
    steps = next((v for key in STEP_KEYS if (v := positive(number(found.get(key))))), None)
    trained = [positive(number(found.get(f"{way}train_samples_per_second"))) for way in ("", "train/")]
    if rate := trained[0] or trained[1]:  # the Trainer's own summary is closer than the run time of everything
        took = number(found.get("train_runtime")) or number(found.get("train/train_runtime"))
        run = run_of(
            content, SUMMARY, "ok_coarse", throughput=Throughput(rate, SAMPLES, "global"), reported=rate,
            gross_s=positive(took), tool="Weights & Biases",
        )  # fmt: skip
        return [run.warn("benchmark.pauses_inside")]
    if steps is None:
        return [silent(content, SUMMARY, "benchmark.log_calls_only", tool="Weights & Biases")]
    refuse_unless_positive(content, _runtime=seconds, steps=steps)
    assert seconds is not None
    run = run_of(
        content, SUMMARY, "ok_coarse", throughput=Throughput(steps / seconds, STEPS, "global"), gross_s=seconds,
        step_time=StepTime(seconds / steps, seconds / steps, None, 1), tool="Weights & Biases",
    )  # fmt: skip
    return [run.warn("benchmark.lower_bound")]


def is_history(content: Content) -> bool:
    """A table with _runtime or _timestamp and a step."""
    columns = set(content.columns)
    return bool({"_runtime", "_timestamp"} & columns) and bool({"_step", *STEP_KEYS} & columns)


def read_history(content: Content) -> list[BenchmarkRun]:
    """A column of rates, else steps over run time between rows. The table is gone through once."""
    columns = content.columns
    rate = next((c for c in columns if unit_of(c) and not c.startswith("eval")), "")
    clock = "_runtime" if "_runtime" in columns else "_timestamp"
    step = next((c for c in STEP_KEYS if c in columns), "")
    values, between = Series(), Clock()
    for shown, done, time in content.pick(rate, step, clock):
        if shown and (value := number(shown)) is not None:
            values.add(value)
        if done and (at := number(done)) is not None and (seconds := number(time)) is not None:
            between.tick(at, seconds)
    if len(values):
        scope: Scope = "per_accelerator" if re.search("device|gpu", rate, re.IGNORECASE) else "unknown"
        unit = unit_of(rate) or ""
        return [rate_of_series(content, HISTORY, values.values, unit, scope, tool="Weights & Biases")]
    if not step:
        return [silent(content, HISTORY, "benchmark.log_calls_only", tool="Weights & Biases")]
    run = steps_run(content, HISTORY, between.values, STEPS, "global", tool="Weights & Biases")
    return [run or silent(content, HISTORY, "benchmark.no_points", tool="Weights & Biases")]


READERS = (
    Reader(SUMMARY, "Weights & Biases summary", is_summary, read_summary),
    Reader(HISTORY, "Weights & Biases history as CSV", is_history, read_history),
)
