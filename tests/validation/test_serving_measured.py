"""The serving estimate against collected measurements: tracked, never tuned on single rows.

Skipped where the collected measurements are not at hand. Run with ``-s`` to read the table.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from planner.errors import PlannerError
from planner.reference import Reference
from planner.scenario.work import Serving, Workload
from planner.units import GIB, GIGA, TERA
from planner.workload.flops import shape_of
from planner.workload.serving import (
    INTERVAL_RATIO,
    Load,
    Machine,
    decode_step_seconds,
    language_model,
    prefill_seconds,
    requests_per_second,
)

FILE = Path(__file__).parents[3] / "shared" / "data" / "inference" / "throughput.csv"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the collected measurements are not at hand")
BYTES = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "fp4": 0.5, "mxfp4": 0.5, "int4": 0.5}
USABLE = 0.85


@dataclass(frozen=True)
class Point:
    """A measured operating point: natural log of predicted over measured output tokens a second."""

    group: tuple[str, str]
    scenario: str
    condition: tuple[str, ...]
    error: float


def predicted(row: dict[str, str], reference: Reference) -> tuple[str, str, float] | None:
    """Model, accelerator and output tokens a second at the row's own layout; None when the weights do not fit.

    Lengths are nominal, so the p90 context is the context. Concurrency is the row's own, at most what memory holds.
    """
    card, _ = reference.accelerator(row["accelerator"])
    catalogue = reference.model(row["model"])
    precision = "bf16" if row["weight_precision"] in ("bf16", "fp16") else "fp8"
    workload = Workload(id="w", kind="serving", model=row["model"], serving=Serving(requests_per_second=1.0))
    model = language_model("w", shape_of(workload, catalogue), catalogue, precision)
    scale = BYTES[row["weight_precision"]] / BYTES[precision]
    model = replace(model, dense_bytes=model.dense_bytes * scale, expert_bytes=model.expert_bytes * scale)
    peak, tp = card.peak_tflops(precision), float(row["tp"])
    assert peak is not None and card.bandwidth_gbs is not None and card.memory_gib is not None
    machine = Machine(tp, peak[0] * TERA, card.bandwidth_gbs * GIGA, card.memory_gib * GIB * USABLE)
    load = Load(float(row["input_len"]), float(row["output_len"]))
    replicas = float(row["n_accelerators"]) / tp
    batch = (tp * machine.memory - model.weights_bytes) / (model.kv_bytes * (load.prompt + load.answer))
    if batch < 1:
        return None
    if row["concurrency_or_batch"]:
        batch = max(1.0, min(batch, float(row["concurrency_or_batch"]) / replicas))
    step, prefill = decode_step_seconds(model, machine, load, batch), prefill_seconds(model, machine, load)
    served = float(requests_per_second(prefill, step, load.answer, batch))
    return catalogue["id"], card.id, replicas * load.answer * served


@pytest.fixture(scope="module")
def points() -> list[Point]:
    reference, found = Reference(), []
    with FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            wanted = ("output_tokens_per_s", "input_len", "output_len", "tp")
            if row["model_class"] != "llm" or row["flag"] or not all(row[name] for name in wanted):
                continue
            if row["deployment"] == "disaggregated":
                continue
            try:
                answer = predicted(row, reference)
            except PlannerError:  # a model or an accelerator outside the tables
                continue
            if answer is not None:
                model, card, tokens = answer
                condition = (model, row["weight_precision"], row["input_len"], row["output_len"])
                condition += (row["concurrency_or_batch"], row["scenario"])
                error = math.log(tokens / float(row["output_tokens_per_s"]))
                found.append(Point((model, card), row["scenario"], condition, error))
    return found


def summary(points: list[Point], *, by_group: bool) -> dict[str, float]:
    """Median and p90 of the absolute error, shares within 2× and within the 80 % interval, median of the ratio."""
    counts = Counter(point.group for point in points)
    weights = np.array([1 / counts[point.group] if by_group else 1.0 for point in points])
    error = np.array([point.error for point in points])

    def quantile(values: np.ndarray, q: float) -> float:
        order = np.argsort(values)
        reached = np.cumsum(weights[order])
        return float(values[order][np.searchsorted(reached, q * reached[-1])])

    off = np.abs(np.expm1(error))
    return {
        "rows": len(points),
        "groups": len(counts),
        "median": quantile(off, 0.5),
        "p90": quantile(off, 0.9),
        "within 2x": float(np.average(np.abs(error) < math.log(2), weights=weights)),
        "in interval": float(np.average(np.abs(error) < math.log(INTERVAL_RATIO) / 2, weights=weights)),
        "ratio": math.exp(quantile(error, 0.5)),
    }


def test_error_table(points):
    parts = {
        "all": points,
        "own concurrency": [point for point in points if point.scenario == "closed_loop"],
        "offline": [point for point in points if point.scenario == "offline"],
    }
    for name, part in parts.items():
        for by_group in (False, True):
            numbers = "  ".join(f"{k} {v:.3g}" for k, v in summary(part, by_group=by_group).items())
            print(f"{name:16s} {'one vote a group' if by_group else 'rows':17s} {numbers}")
    for name in ("all", "own concurrency"):
        for by_group in (False, True):
            found = summary(parts[name], by_group=by_group)
            assert found["median"] < 0.45, (name, found)
            assert found["within 2x"] > 0.75, (name, found)


def test_share_of_the_error_that_accelerators_share(points):
    """The same operating point of a model on several accelerators: 1 − variance within / variance."""
    by_card: dict[tuple[str, ...], dict[str, list[float]]] = {}
    for point in points:
        by_card.setdefault(point.condition, {}).setdefault(point.group[1], []).append(point.error)
    means = [[float(np.mean(e)) for e in cards.values()] for cards in by_card.values() if len(cards) > 1]
    within = float(np.mean([np.var(errors, ddof=1) for errors in means]))
    whole = float(np.var(np.concatenate([np.array(errors) for errors in means])))
    print(
        f"{len(means)} operating points: variance within {within:.3f} of {whole:.3f}, shared {1 - within / whole:.2f}"
    )
    assert 0.5 < 1 - within / whole < 0.8
