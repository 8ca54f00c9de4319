"""timm's benchmark.py as CSV: a row for each model, already warmed up."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput

FORMAT = "timm_benchmark_csv"
PARTS = ("train", "infer")
_CARD = re.compile(r"(rtx ?-?\d{4}(?:ti)?|[ahlvb]\d{2,3}(?:-\d+gb)?|t4|p100|gh200|mi\d{3}x?)", re.IGNORECASE)
USUAL = "resnet50"


def recognises(content: Content) -> bool:
    """A model and its samples per second, in training or inference."""
    return "model" in content.columns and any(f"{part}_samples_per_sec" in content.columns for part in PARTS)


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each model; resnet50 stands first where it is there. Card and precision are in the file's name only."""
    part = next(part for part in PARTS if f"{part}_samples_per_sec" in content.columns)
    name = content.path.name.lower()
    card = next(iter(_CARD.findall(name)), None)
    precision = "amp" if "amp" in name else "fp32" if "fp32" in name else None
    runs = []
    for row in content.rows():
        rate = number(row.get(f"{part}_samples_per_sec"))
        if rate is None:
            continue
        refuse_unless_positive(content, **{f"{part}_samples_per_sec": rate})
        batch, ms = number(row.get(f"{part}_batch_size")), number(row.get(f"{part}_step_time"))
        run = run_of(
            content, FORMAT, "ok", throughput=Throughput(rate, SAMPLES, "per_accelerator"), reported=rate,
            step_time=StepTime(ms / 1000, ms / 1000, None, 1) if ms else None, n_accelerators=1, accelerator=card,
            global_batch=batch, precision=precision, model=row.get("model"), label=row.get("model", ""), tool="timm",
            facts={"part": part, "image_size": number(row.get(f"{part}_img_size")), "n_obs": 1},
        )  # fmt: skip
        run = run.warn("benchmark.from_name") if card or precision else run
        runs.append(run.warn("benchmark.inference_only") if part == "infer" else run)
    if not runs:
        raise content.refuse("benchmark.no_rows")
    return sorted(runs, key=lambda run: run.label != USUAL)


READERS = (Reader(FORMAT, "timm benchmark", recognises, read),)
