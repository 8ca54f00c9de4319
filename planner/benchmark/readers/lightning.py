"""Lightning's CSVLogger: sparse rows of training and validation."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, rate_of_series, run_of, silent
from planner.benchmark.readers.mlflow_files import unit_of
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput
from planner.benchmark.steady import Series, steady_state

FORMAT = "lightning_csv"
DEVICE_RATE, DEVICE_ITEMS, ALL_RATE = (
    "train/device/samples_per_sec", "train/device/items_per_sec", "train/samples_per_sec",
)  # fmt: skip
MOST_DEVICES = 1_000_000
ROWS = 200  # that are looked at for empty cells
OWN_TIMES = ("epoch_time", "train_epoch_time", "time_per_epoch")


def recognises(content: Content) -> bool:
    """A table with epoch and step and something logged for training or validation, each on rows of its own."""
    columns = set(content.columns)
    if not {"epoch", "step"} <= columns or "trial_id" in columns:
        return False
    if DEVICE_RATE in columns or any(name.startswith(("train/", "train_", "lr-")) for name in columns):
        return True
    if any(name.startswith(("val_", "val/", "valid")) for name in columns):
        return _sparse(content)
    return any(name.endswith("_loss") for name in columns) and not any(_is_other(name) for name in columns)


def _is_other(name: str) -> bool:
    """Whether a column is of another tool's table: a loss by that name alone, a time, a rate."""
    return name == "loss" or "time" in name.lower() or name.startswith("_") or unit_of(name) is not None


def _sparse(content: Content) -> bool:
    """Whether training and validation stand on different rows: cells are empty."""
    names = [name for name in content.columns if name not in ("epoch", "step")]
    return any("" in cells for cells in itertools.islice(content.pick(*names), ROWS))


def read(content: Content) -> list[BenchmarkRun]:
    """ThroughputMonitor's rate of one device; else a column of the user's, whose unit is asked for."""
    own = next((name for name in OWN_TIMES if name in content.columns), "")
    wanted = (DEVICE_RATE, DEVICE_ITEMS, ALL_RATE, own)
    series = tuple(Series() for _ in wanted)
    for cells in content.pick(*wanted):
        for kept, cell in zip(series, cells, strict=True):
            if cell and (value := number(cell)) is not None:
                kept.add(value)
    rates, items, every, times = (one.values for one in series)
    if len(rates):
        run = rate_of_series(content, FORMAT, rates, SAMPLES, "per_accelerator", tool="Lightning ThroughputMonitor")
        found = steady_state(items, pauses=False)
        return [
            run.but(
                facts={**run.facts, "items_per_s_per_device": found.median if found else None},
                n_accelerators=_devices(rates, every),
            )
        ]
    found = steady_state(times, drop=0 if len(times) > 4 else None, pauses=False)
    if not own or found is None:
        return [silent(content, FORMAT, "benchmark.lightning_no_time", tool="Lightning CSVLogger")]
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=Throughput(found.median, f"unknown {own}", "global"),
        reported=times[0], step_time=StepTime(found.median, found.mean, found.cv, len(found.values)),
        tool="Lightning CSVLogger",
    )  # fmt: skip
    return [run.warn("benchmark.unit_unknown", column=own)]


def _devices(rates: Sequence[float], every: Sequence[float]) -> int | None:
    """Devices: the rate of all over that of one, where it is a whole number."""
    one, all_ = steady_state(rates, pauses=False), steady_state(every, pauses=False)
    if one is None or all_ is None:
        return None
    times = all_.median / one.median
    count = round(times) if times < MOST_DEVICES else 0
    return count if count and abs(times / count - 1) < 0.02 else None


READERS = (Reader(FORMAT, "Lightning metrics", recognises, read),)
