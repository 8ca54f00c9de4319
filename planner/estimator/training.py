"""Training speed from physics: the dense peak over the FLOPs of a unit of work; and the case that it makes.

The analogy learns the log of measured over this, which is the log of the utilisation over ``PRIOR_UTILISATION``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import NotPriced
from planner.estimator.analogy import Array, Cases
from planner.estimator.flops import FROZEN_BASE, diffusion_flops_per_item, training_flops_per_token
from planner.estimator.shape import SPEECH_POSITIONS, TOKEN_MODELS, Shape, image_shape
from planner.reference import Accelerator
from planner.units import GIGA, TERA

PRIOR_UTILISATION = 0.30  # where nothing is measured: the median of published whole runs, all architectures
DEFAULT_SEQ_LEN = 4096.0  # token, of a language model since 2024; before, half of it
FINETUNE_SEQ_LEN = 512.0  # token, of an instruction sample whose length nobody states
ENCODER_SEQ_LEN = 384.0  # token, of a sequence in fine-tuning an encoder (SQuAD)
DIFFUSION_POSITIONS = 1024.0  # latent patches of a 512 × 512 image: 64 × 64 latents in patches of 2 × 2
UNKNOWN_FLOPS = 1e10  # stands in where only measured runs of the same model can answer
SUBMISSION = "mlperf"  # software of a benchmark's submissions: tuned by the maker, faster than what others run
EIGHT_BIT = ("fp8", "mxfp8", "int8", "fp8/bf16", "mxfp4", "fp4", "nvfp4")
WIDE = ("fp32", "tf32")
ONE_MACHINE = 8.0
# Speed grows with the square root of the peak and of the bandwidth, midway between the two ratios: utilisation falls
# with the square root of FLOP per byte, 150 of them on an A100; outside of the measured cards it stays.
USUAL_BALANCE, LEAST_BALANCE, MOST_BALANCE = 150.0, -0.5, 1.2
USUAL_HOURS = 500.0  # a whole run takes about three weeks: gives the count of a published run that does not state it


@dataclass(frozen=True)
class Training:
    """A training whose speed is asked for.

    unit: token, or sample (image, sequence, utterance). whole_run: with evaluation, checkpoints and restarts, against
    a benchmark of some steps. year: of the software. model, family: as in the measured tables.
    """

    model: str
    family: str
    shape: Shape
    task: str
    unit: str
    accelerator: Accelerator
    precision: str = "bf16"
    seq_len: float | None = None
    n_accelerators: float | None = None
    micro_batch: float | None = None
    framework: str = ""
    year: float = 2025.0
    whole_run: bool = True
    image_side: float | None = None
    catalogue_side: float | None = None
    work: float | None = None  # units of a whole run: says how many accelerators such a run takes
    sized: bool = True  # False: the size is unknown, only the same model can answer


def precision_class(precision: str) -> str:
    """fp32, tf32, 8 (and fewer bits) or 16."""
    text = precision.lower()
    if text in WIDE:
        return text
    return "8" if text in EIGHT_BIT else "16"


def peak_flops(accelerator: Accelerator, precision: str) -> float:
    """Dense peak [FLOP/s] that the precision is measured against; 8 bits against the 16-bit peak.

    What is called fp32 multiplies in tf32 where the card has it, as the frameworks' containers set it.

    Raises NotPriced without a sheet, and for 8 bits on a card that has none.
    """
    kind = precision_class(precision)
    if "fp4" in precision and accelerator.row.number("fp4_tflops") is None:
        raise NotPriced("estimate.no_fp8", accelerator=accelerator.id, precision=precision)
    if kind == "8" and precision != "int8" and accelerator.row.number("fp8_tflops") is None:
        raise NotPriced("estimate.no_fp8", accelerator=accelerator.id, precision=precision)
    peak = accelerator.peak_tflops("tf32" if kind in WIDE else "bf16")
    if peak is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=precision)
    return peak[0] * TERA


def sequence_length(training: Training) -> float:
    """Tokens of a sequence: stated, else the default of its kind of training."""
    if training.seq_len:
        return training.seq_len
    if training.shape.architecture == "encoder":
        return ENCODER_SEQ_LEN
    if training.unit != "token" and training.task not in ("pretrain", "continued_pretrain"):
        return FINETUNE_SEQ_LEN
    return min(DEFAULT_SEQ_LEN if training.year >= 2024 else DEFAULT_SEQ_LEN / 2, training.shape.max_context or 1e9)


def flops_per_unit(training: Training) -> float:
    """FLOPs of one token or sample. Raises NotPriced where the work is no multiple of the model's own."""
    shape, kind = training.shape, training.shape.architecture
    if not training.sized:
        return UNKNOWN_FLOPS
    if kind in ("cnn", "vit") or shape.forward_flops_per_sample is not None:
        if training.unit == "token":
            raise NotPriced("workload.samples_wanted", name=training.model)
        found = image_shape(training.model, shape, training.image_side, training.catalogue_side)
        return 3 * (found.forward_flops_per_sample or 0.0)
    if kind == "diffusion":
        return diffusion_flops_per_item(shape, DIFFUSION_POSITIONS, training=True)
    if kind == "speech" and training.unit != "token":
        return 6 * shape.parameters * SPEECH_POSITIONS
    if kind in TOKEN_MODELS or kind == "speech":
        seq_len = sequence_length(training)
        per_token = training_flops_per_token(shape, seq_len, training.task)
        return per_token if training.unit == "token" else per_token * seq_len
    raise NotPriced("estimate.no_physics", name=training.model, architecture=kind)


def prior_utilisation(accelerator: Accelerator, peak: float) -> float:
    """Share of a peak [FLOP/s] reached before anything measured: 0.30 · √(150 / FLOP per byte).

    >>> from planner.reference import Reference
    >>> round(prior_utilisation(Reference().accelerators["H100-SXM"], 989e12), 3)
    0.214
    """
    band = accelerator.bandwidth_gbs
    if not band:
        return PRIOR_UTILISATION
    balance = math.log(peak / (band * GIGA) / USUAL_BALANCE)
    return PRIOR_UTILISATION * math.exp(-min(max(balance, LEAST_BALANCE), MOST_BALANCE) / 2)


def physics(training: Training) -> float:
    """Units per second and accelerator before anything measured: peak × prior utilisation / FLOPs per unit."""
    peak = peak_flops(training.accelerator, training.precision)
    return peak * prior_utilisation(training.accelerator, peak) / flops_per_unit(training)


def ceiling(training: Training) -> float:
    """Units per second and accelerator at the peak of the sheet, twice it for 8 bits: no run is faster."""
    most = 2.0 if precision_class(training.precision) == "8" else 1.0
    peak = peak_flops(training.accelerator, training.precision)
    return most * peak / flops_per_unit(training) if training.sized else math.inf


def usual_count(training: Training) -> float:
    """Accelerators where none are stated: those of a whole run of three weeks, at most 4,096; of a benchmark, eight."""
    if not training.whole_run or training.work is None:
        return ONE_MACHINE
    hours = training.work / physics(training) / 3600
    return min(max(hours / USUAL_HOURS, ONE_MACHINE), 4096.0)


def _features(training: Training) -> dict[str, float]:
    sheet = training.accelerator.row
    launch = sheet["launch"][:4]
    count = training.n_accelerators or usual_count(training)
    size = math.log10(max(training.shape.parameters_active, 1e6))
    return {
        "size": min(size - 10, 0.0),
        "large": max(size - 10, 0.0),
        "seq": math.log(sequence_length(training) / 2048),
        "machines": math.log(max(count / ONE_MACHINE, 1.0)),
        "scale": max(math.log(count / 1024), 0.0),
        "alone": 1.0 if count == 1 else 0.0,
        "year": training.year - 2023,
        "launch": (float(launch) if launch else 2022) - 2021,
        "whole_run": float(training.whole_run),
        "mixture": float(training.shape.is_mixture),
        "sparsity": math.log(max(training.shape.parameters, 1.0) / max(training.shape.parameters_active, 1.0)),
        "eight_bit": float(precision_class(training.precision) == "8"),
        "wide": float(precision_class(training.precision) in WIDE),
        "frozen": float(training.task in FROZEN_BASE),
        "quantised": float(training.task == "qlora" or "nf4" in training.precision),
        "micro_batch": math.log2(training.micro_batch) if training.micro_batch else 0.0,
        "submission": float(training.framework == SUBMISSION),
        "unsized": float(not training.sized),
        "one": 1.0,
    }


def _labels(training: Training) -> dict[str, str]:
    sheet, kind = training.accelerator.row, training.shape.architecture
    group = "language" if kind in ("transformer_dense", "transformer_moe") else kind
    return {
        "family": training.family,
        "model": training.model,
        "accelerator": training.accelerator.id,
        "generation": sheet["architecture"],
        "vendor": sheet["vendor"],
        "precision": precision_class(training.precision),
        "architecture": group,
        "mixture": str(training.shape.is_mixture),
        "framework": training.framework,
        "task": "frozen" if training.task in FROZEN_BASE else "full",
        "kind": "run" if training.whole_run else "benchmark",
    }


def cases_of(trainings: Sequence[Training]) -> Cases:
    """The cases of trainings, for the analogy."""
    labels, features = [_labels(one) for one in trainings], [_features(one) for one in trainings]
    return Cases(
        {name: np.array([row[name] for row in labels]) for name in labels[0]},
        {name: np.array([row[name] for row in features]) for name in features[0]},
    )


def log_physics(trainings: Sequence[Training]) -> Array:
    """Log of the physics of each [log of units per second and accelerator]."""
    return np.array([math.log(physics(one)) for one in trainings])


def as_benchmark(training: Training) -> Training:
    """The same training measured for some steps only."""
    return replace(training, whole_run=False)
