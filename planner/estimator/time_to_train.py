"""Accelerator-hours to a published quality target: answered from submissions of the same benchmark, never modelled."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.errors import NotPriced
from planner.estimator.analogy import Array, Cases
from planner.estimator.cells import Record, positive, text, year
from planner.estimator.training_rows import accelerator_of
from planner.reference import Accelerator, Reference
from planner.units import GIGA, TERA

REFERENCE_FLOPS = 1e18  # of a submission before its benchmark is known; the benchmark's own size is learned
_NAME = re.compile(r"MLPerf Training v(\d+\.\d+)\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class TimeToTrain:
    """A benchmark trained to its target on n accelerators. version: of the rules, 0 when not said."""

    benchmark: str
    version: float
    accelerator: Accelerator
    n_accelerators: float
    year: float


def time_to_train_of(record: Record, reference: Reference) -> TimeToTrain:
    """The submission of a row. Raises PlannerError (the cell) or NotPriced (what is missing)."""
    name = text(record, "model")
    found = _NAME.match(name)
    accelerator = accelerator_of(record, "accelerator_memory_gib", reference)
    if accelerator.peak_tflops("bf16") is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision="16-bit")
    plain = re.sub(r"[^a-z0-9]+", "", (found.group(2) if found else name).lower())
    return TimeToTrain(
        plain, float(found.group(1)) if found else 0.0, accelerator, positive(record, "n_accelerators") or 8.0,
        year(record, 2024.0),
    )  # fmt: skip


def _peak(one: TimeToTrain) -> float:
    peak = one.accelerator.peak_tflops("bf16")
    assert peak is not None
    return peak[0] * TERA


def log_physics(asked: Sequence[TimeToTrain]) -> Array:
    """Log of the hours that the reference work takes at a third of the peak; the benchmark is learned on top."""
    return np.array([math.log(REFERENCE_FLOPS * 3 / _peak(one) / 3600) for one in asked])


def cases_of(asked: Sequence[TimeToTrain]) -> Cases:
    """The cases, for the analogy."""
    labels = {
        "benchmark": np.array([one.benchmark for one in asked]),
        "version": np.array([f"{one.benchmark} {one.version}" for one in asked]),
        "accelerator": np.array([one.accelerator.id for one in asked]),
        "generation": np.array([one.accelerator.row["architecture"] for one in asked]),
        "vendor": np.array([one.accelerator.row["vendor"] for one in asked]),
    }
    features = {
        "one": np.ones(len(asked)),
        "count": np.array([math.log2(one.n_accelerators / 8) / 4 for one in asked]),
        "balance": np.array(
            [math.log(_peak(one) / ((one.accelerator.bandwidth_gbs or 1000.0) * GIGA) / 150) for one in asked]
        ),
        "year": np.array([one.year - 2022 for one in asked]),
    }
    return Cases(labels, features)
