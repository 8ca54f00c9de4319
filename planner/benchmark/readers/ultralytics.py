"""Ultralytics: ``results.csv`` of a training, with ``args.yaml`` beside it."""

from __future__ import annotations

import contextlib
from typing import Any

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import EPOCHS, BenchmarkRun
from planner.benchmark.steady import Series

FORMAT = "ultralytics_results_csv"
LARGEST_SETTINGS = 100_000  # bytes


def recognises(content: Content) -> bool:
    """An epoch and the losses of a detector by ultralytics' names."""
    columns = set(content.columns)
    return "epoch" in columns and any(name.startswith("train/") and name.endswith("loss") for name in columns) and any(
        name.startswith(("metrics/", "lr/pg")) for name in columns
    )  # fmt: skip


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds of an epoch, validation included, from the cumulative clock; releases before 8.2 wrote none."""
    known = _settings(content)
    if "time" not in content.columns:
        return [silent(content, FORMAT, "benchmark.ultralytics_no_time", tool="ultralytics", **known)]
    seconds, last, first, restarts = Series(), None, None, 0
    for (cell,) in content.pick("time"):
        if (time := number(cell)) is None:
            continue
        if last is None:
            first = time
        elif time > last:
            seconds.add(time - last)
        else:
            restarts += time < last
        last = time
    if not len(seconds) and first is not None and not restarts:
        seconds.add(first)  # one epoch only
    run = steps_run(
        content, FORMAT, seconds.values, EPOCHS, "global", status="ok_coarse", tool="ultralytics",
        discarded={"restarts": float(restarts)} if restarts else {}, **known,
    )  # fmt: skip
    if run is None:
        raise content.refuse("benchmark.not_positive", name="time", value="—")
    return [run.warn("benchmark.validation_inside")]


def _settings(content: Content) -> dict[str, Any]:
    """What args.yaml beside the table says: its plain lines ``key: value``; nothing where it cannot be read."""
    found: dict[str, str] = {}
    for path in (content.path.with_suffix(".args.yaml"), content.path.parent / "args.yaml"):
        with contextlib.suppress(OSError, ValueError):
            if path.is_file() and path.stat().st_size < LARGEST_SETTINGS:
                lines = path.read_text(encoding="utf-8").splitlines()
                found = {key: value.strip().strip("'\"") for key, _, value in (line.partition(":") for line in lines)}
                break
    settings = {"batch": whole(found.get("batch")), "image_size": whole(found.get("imgsz"))}
    known = {"facts": {"settings": settings}} if any(settings.values()) or found.get("model") else {}
    return {"model": found.get("model") or None, **known} if known else {}


READERS = (Reader(FORMAT, "ultralytics results", recognises, read),)
