"""Ultralytics: ``results.csv`` of a training, with ``args.yaml`` beside it."""

from __future__ import annotations

from typing import Any

import yaml

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import EPOCHS, BenchmarkRun

FORMAT = "ultralytics_results_csv"


def recognises(content: Content) -> bool:
    """An epoch and the losses of a detector by ultralytics' names."""
    columns = set(content.columns)
    return "epoch" in columns and any(name.startswith("train/") and name.endswith("_loss") for name in columns) and any(
        name.startswith(("metrics/", "lr/pg")) for name in columns
    )  # fmt: skip


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds of an epoch, validation included, from the cumulative clock; releases before 8.2 wrote none."""
    known = _settings(content)
    if "time" not in content.columns:
        return [silent(content, FORMAT, "benchmark.ultralytics_no_time", tool="ultralytics", **known)]
    clock = [v for row in content.rows() if (v := number(row.get("time"))) is not None]
    seconds = [b - a for a, b in zip([0.0, *clock], clock, strict=False)]
    restarts = sum(1 for s in seconds if s < 0)
    run = steps_run(
        content, FORMAT, [s for s in seconds[1:] if s > 0] or seconds, EPOCHS, "global", status="ok_coarse",
        tool="ultralytics", discarded={"restarts": float(restarts)} if restarts else {}, **known,
    )  # fmt: skip
    if run is None:
        raise content.refuse("benchmark.not_positive", name="time", value="—")
    return [run.warn("benchmark.validation_inside")]


def _settings(content: Content) -> dict[str, Any]:
    beside = (content.path.with_suffix(".args.yaml"), content.path.parent / "args.yaml")
    path = next((path for path in beside if path.is_file() and path.stat().st_size < 1_000_000), None)
    if path is None:
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    if not isinstance(found, dict):
        return {}
    settings = {"batch": whole(found.get("batch")), "image_size": whole(found.get("imgsz"))}
    return {"model": str(found.get("model") or "") or None, "facts": {"settings": settings}}


READERS = (Reader(FORMAT, "ultralytics results", recognises, read),)
