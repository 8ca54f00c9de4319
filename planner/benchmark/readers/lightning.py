"""Lightning's CSVLogger: sparse rows of training and validation."""

from __future__ import annotations

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, rate_of_series, run_of, silent
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput
from planner.benchmark.steady import steady_state

FORMAT = "lightning_csv"
DEVICE_RATE = "train/device/samples_per_sec"
OWN_TIMES = ("epoch_time", "train_epoch_time", "time_per_epoch")


def recognises(content: Content) -> bool:
    """A table with epoch and step and something logged for training or validation."""
    columns = set(content.columns)
    return {"epoch", "step"} <= columns and (
        any(name.startswith(("train/", "train_", "val_", "valid")) for name in columns) or DEVICE_RATE in columns
    )


def read(content: Content) -> list[BenchmarkRun]:
    """ThroughputMonitor's rate of one device; else a column of the user's, whose unit is asked for."""
    if DEVICE_RATE in content.columns:
        values = [v for row in content.rows() if (v := number(row.get(DEVICE_RATE))) is not None]
        if values:
            tokens = [v for row in content.rows() if (v := number(row.get("train/device/items_per_sec"))) is not None]
            run = rate_of_series(
                content, FORMAT, values, SAMPLES, "per_accelerator", tool="Lightning ThroughputMonitor"
            )
            items = steady_state(tokens, pauses=False)
            return [run.but(facts={**run.facts, "items_per_s_per_device": items.median if items else None})]
    own = next((name for name in OWN_TIMES if name in content.columns), None)
    times = [v for row in content.rows() if own and (v := number(row.get(own))) is not None]
    found = steady_state(times, pauses=False)
    if own is None or found is None:
        return [silent(content, FORMAT, "benchmark.lightning_no_time", tool="Lightning CSVLogger")]
    if len(found.values) > 3:  # the first one was dropped with the warm-up; keep what the user logged
        found = steady_state(times, drop=0, pauses=False) or found
    run = run_of(
        content,
        FORMAT,
        "ok_coarse",
        throughput=Throughput(found.median, f"unknown {own}", "global"),
        reported=times[0],
        step_time=StepTime(found.median, found.mean, found.cv, len(found.values)),
        tool="Lightning CSVLogger",
    )
    return [run.warn("benchmark.unit_unknown", column=own)]


READERS = (Reader(FORMAT, "Lightning metrics", recognises, read),)
