"""The noun that a benchmark file becomes once it is said of which workload: its speed per accelerator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.errors import Message, PlannerError
from planner.figure import Source

TOKEN, OUTPUT_TOKEN, BOTH_TOKEN, SAMPLE = "token", "output token", "input and output token", "sample"


@dataclass(frozen=True)
class MeasuredModel:
    """A model that was run in the place of the workload's own: what is known of its shape."""

    parameters: float
    layers: int | None = None
    hidden: int | None = None


@dataclass(frozen=True)
class MeasuredLoad:
    """Load that a served model was under: requests together (None: all that fit), tokens of a request."""

    concurrency: float | None = None
    prompt: float | None = None
    answer: float | None = None


@dataclass(frozen=True)
class MeasuredRun:
    """Speed of a measured run.

    per_second: [unit per second and accelerator] in the steady state. unit: token, output token, input and output
    token, sample. sigma: standard deviation of its log. model, tool: names in the file. busy_share: of the run's time,
    less evaluations and checkpoints. seq_len: tokens of a sample, None where not told. replica: accelerators that hold
    one copy of a served model. load: that a served model was under. of: the model that was run, where it is not the
    workload's own. sheet: dense peak [TFLOP/s] and memory bandwidth [GB/s] that the run measured itself, for a device
    that the reference tables do not have. power_w, utilisation, billed_hours: of companion files. source: the file.
    """

    per_second: float
    unit: str
    accelerator: str
    n_accelerators: float
    sigma: float
    source: Source
    format: str = ""
    model: str = ""
    tool: str = ""
    busy_share: float = 1.0
    seq_len: float | None = None
    precision: str | None = None
    replica: int | None = None
    load: MeasuredLoad | None = None
    of: MeasuredModel | None = None
    sheet: tuple[float, float] | None = None
    power_w: float | None = None
    utilisation: float | None = None
    billed_hours: float | None = None
    warnings: tuple[Message, ...] = ()


def unit_differs(name: str, measured: str, wanted: str) -> PlannerError:
    """The refusal of a run in units that those of the work do not follow from."""
    return PlannerError(
        "benchmark.unit_differs", name=name, measured=unit_message(measured), wanted=unit_message(wanted)
    )


def unit_message(unit: str) -> Message:
    """A unit in the reader's words."""
    return Message(f"benchmark.unit.{unit.replace(' ', '_')}")


def units_per(
    unit: str, wanted: str, *, sample: float | None = None, prompt: ArrayLike = np.nan, answer: ArrayLike = np.nan
) -> NDArray[np.float64] | None:
    """Units of a run in one unit of the work; None where the one does not follow from the other.

    wanted: token (trained, or read and answered), sample, request, output token. sample: tokens of a sample. prompt,
    answer: tokens of a request.

    >>> float(units_per("output token", "request", prompt=300, answer=200)), units_per("token", "request")
    (200.0, None)
    """
    p, a = np.asarray(prompt, dtype=float), np.asarray(answer, dtype=float)
    one = np.ones(())
    found: dict[tuple[str, str], NDArray[np.float64]] = {
        (TOKEN, "token"): one, (SAMPLE, "sample"): one, (SAMPLE, "request"): one, (OUTPUT_TOKEN, "output token"): one,
        (OUTPUT_TOKEN, "request"): a, (OUTPUT_TOKEN, "sample"): a, (OUTPUT_TOKEN, "token"): a / (p + a),
        (BOTH_TOKEN, "request"): p + a, (BOTH_TOKEN, "sample"): p + a, (BOTH_TOKEN, "token"): one,
        (BOTH_TOKEN, "output token"): (p + a) / a, (SAMPLE, "output token"): 1 / a,
    }  # fmt: skip
    if sample is not None:
        found |= {(TOKEN, "sample"): one * sample, (SAMPLE, "token"): one / sample}
    value = found.get((unit, wanted))
    return value if value is not None and np.all(np.isfinite(value)) else None
