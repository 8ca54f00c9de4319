"""timm's benchmark.py as CSV or JSON: a row for each model, already warmed up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from planner.benchmark.content import Content, mapping_of, number
from planner.benchmark.reader import MOST_RUNS, Reader, refuse_unless_positive, run_of, some
from planner.benchmark.record import SAMPLES, BenchmarkRun, Scope, StepTime, Throughput

FORMAT = "timm_benchmark_csv"
PARTS = ("train", "infer")
_CARD = re.compile(
    r"(?<![a-z\d])(rtx ?-?\d{4}(?:ti)?|(?:rtx-?)?pro6000(?:maxq)?|[345]0[5-9]0(?:ti)?|[ahlvb]\d{2,3}(?:-\d+gb)?"
    r"|t4|p100|gh200|mi\d{3}x?)(?![a-z\d])"
)
_CPU = re.compile(r"(?<![a-z\d])cpu(?![a-z\d])")
PRECISIONS = ("amp", "bf16", "fp16", "fp32")
USUAL, USUAL_SIZE = "resnet50", 224


def recognises(content: Content) -> bool:
    """A model and its samples per second, in training or inference."""
    return _part(content) is not None


def _part(content: Content) -> str | None:
    """Training or inference, by the columns or the members of the first record."""
    document = content.document if '"model"' in content.head and '_samples_per_sec"' in content.head else None
    first = document[0] if isinstance(document, list) and document else document
    names = set(content.columns) or set(mapping_of(first))
    return next((part for part in PARTS if {"model", f"{part}_samples_per_sec"} <= names), None)


def _rows(content: Content, fields: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    if not content.looks_like_json:
        yield from content.pick(*fields)
        return
    records = content.document if isinstance(content.document, list) else [content.document]
    for record in records:
        yield tuple(mapping_of(record).get(name, "") for name in fields)


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each model; resnet50 stands first where it is there. Card and precision are in the file's name only."""
    part = _part(content)
    name = content.path.name.lower()
    cpu = _CPU.search(name) is not None
    scope: Scope = "global" if cpu else "per_accelerator"
    card = "CPU" if cpu else _card(name)
    precision = next((one for one in PRECISIONS if one in name), None)
    runs: list[BenchmarkRun] = []
    column, wrong = f"{part}_samples_per_sec", None
    fields = ("model", column, f"{part}_batch_size", f"{part}_step_time", f"{part}_img_size")
    for model, *cells in itertools.islice(_rows(content, fields), MOST_RUNS):
        rate, batch, ms, size = (number(cell) for cell in cells)
        if rate is None or rate <= 0:
            wrong = rate if wrong is None else wrong
            continue
        run = run_of(
            content, FORMAT, "ok", throughput=Throughput(rate, SAMPLES, scope), reported=rate,
            step_time=StepTime(ms / 1000, ms / 1000, None, 1) if ms and ms > 0 else None,
            accelerator=card, n_accelerators=None if cpu else 1, global_batch=batch, precision=precision,
            model=str(model) or None, label=f"{model} {size:g}" if size else str(model),
            tool="timm", facts={"part": part, "image_size": size, "n_obs": 1},
        )  # fmt: skip
        run = run.warn("benchmark.from_name") if card or precision else run
        runs.append(run.warn("benchmark.inference_only") if part == "infer" else run)
    if not runs and wrong is not None:
        refuse_unless_positive(content, **{column: wrong})
    return sorted(some(content, runs), key=lambda run: (run.model != USUAL, run.facts["image_size"] != USUAL_SIZE))


def _card(name: str) -> str | None:
    """The card that a file is named after.

    >>> _card("benchmark-infer-amp-nchw-pt291-cu130-5090.csv"), _card("benchmark-train-amp-pt112-cu113-rtx3090.csv")
    ('rtx5090', 'rtx3090')
    """
    found = _CARD.search(name)
    if found is None:
        return None
    card = found.group(1)
    return f"rtx{card}" if card[0].isdecimal() or card.startswith("pro") else card


READERS = (Reader(FORMAT, "timm benchmark", recognises, read),)
