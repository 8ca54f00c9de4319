"""Images, clips, audio, sequences and other items per second: peak over the operations of an item.

Where an item's operations are not known, only measured rows of the same model can answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.errors import NotPriced
from planner.estimator.analogy import Array, Cases
from planner.estimator.cells import Record, billions, machines, positive, text, year
from planner.estimator.flops import diffusion_flops_per_item
from planner.estimator.serving_rows import bits_of, engine_and_stack
from planner.estimator.shape import (
    SPEECH_POSITIONS,
    Shape,
    catalogue_side,
    image_shape,
    shape_from_catalogue,
    shape_from_parameters,
)
from planner.estimator.training import PRIOR_UTILISATION as TRAINING_UTILISATION
from planner.estimator.training import prior_utilisation
from planner.estimator.training_rows import accelerator_of, find_model, model_key
from planner.reference import Accelerator, Reference
from planner.tables import Row
from planner.units import GIGA, TERA

PRIOR_UTILISATION = 0.25  # of the 16-bit peak, before anything measured
SEQUENCE_TOKENS = 384.0  # of an encoder's sequence: the longest of MLPerf's questions and answers
LATENT_SIDE = 16.0  # pixel behind a latent patch: 8 of the autoencoder × 2 of the denoiser
LATENT_FRAMES = 4.0  # frames behind a latent frame
DEFAULT_SIDE, DEFAULT_STEPS, DEFAULT_FRAMES = 1024.0, 30.0, 81.0  # of an image or clip that does not state them
CLIP_SIDE = 640.0  # pixel: 480 × 832 clips
UNKNOWN_FLOPS = 1e10
# What each class answers with, as the measured table says it.
UNITS = {"vision": "image", "encoder": "sequence (max 384)", "speech": "audio sample", "diffusion_image": "image",
         "diffusion_video": "video"}  # fmt: skip
NO_BATCH = 32.0  # stands in for a batch that the source does not state


@dataclass(frozen=True)
class Items:
    """A model that answers with items, on n accelerators.

    flops: of one item. known: they are published or counted, not a default per parameter. sized: False where only the
    same model can answer. batch: None when not stated.
    """

    model: str
    kind: str
    unit: str
    flops: float
    known: bool
    sized: bool
    bits: str
    accelerator: Accelerator
    n_accelerators: float
    batch: float | None
    engine: str = ""
    stack: str = ""
    scenario: str = ""
    year: float = 2026.0


def diffusion_flops(plan: str, shape: Shape, clip: bool) -> float:
    """FLOPs of an image or clip from its side, frames and steps ("1024x1024 steps=50"), with guidance."""
    side = re.search(r"(\d+)x(\d+)", plan)
    frames, steps = re.search(r"frames=(\d+)", plan), re.search(r"steps=(\d+)", plan)
    pixels = float(side.group(1)) * float(side.group(2)) if side else (CLIP_SIDE if clip else DEFAULT_SIDE) ** 2
    count = float(frames.group(1)) if frames else DEFAULT_FRAMES if clip else 1.0
    positions = pixels / LATENT_SIDE**2 * (1 + (count - 1) / LATENT_FRAMES)
    passes = float(steps.group(1)) if steps else DEFAULT_STEPS
    return diffusion_flops_per_item(shape, positions, steps=passes, guided=True)


def _flops(record: Record, shape: Shape, row: Row | None, kind: str, unit: str) -> tuple[float, bool]:
    """Operations of one item, and whether they are known."""
    macs = positive(record, "forward_gmacs")
    if macs:
        return 2 * macs * GIGA, True
    if kind.startswith("diffusion"):
        return diffusion_flops(text(record, "resolution"), shape, clip="video" in kind), False
    if kind == "encoder":
        return 2 * shape.parameters * SEQUENCE_TOKENS, True
    if kind == "speech":
        return 2 * shape.parameters * SPEECH_POSITIONS, False
    if kind == "vision" and unit == "image":
        if row is not None and shape.forward_flops_per_sample:
            asked = re.match(r"(\d+)x?", text(record, "resolution"))
            found = image_shape(
                shape.architecture, shape, float(asked.group(1)) if asked else None, catalogue_side(row)
            )
            return found.forward_flops_per_sample or UNKNOWN_FLOPS, True
        found = image_shape(text(record, "model"), shape_from_parameters(shape.parameters, None, "cnn"), None, None)
        return found.forward_flops_per_sample or UNKNOWN_FLOPS, False
    return UNKNOWN_FLOPS, False


def items_of(record: Record, reference: Reference) -> Items:
    """The items of a row. Raises PlannerError (the cell that is wrong) or NotPriced (what is missing)."""
    accelerator = accelerator_of(record, "accelerator_mem_gb", reference)
    if accelerator.peak_tflops("bf16") is None and accelerator.peak_tflops("fp32") is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision="16-bit")
    kind = text(record, "model_class")
    unit = text(record, "request_unit") or UNITS.get(kind, "item")
    row = find_model(text(record, "model"), reference)
    total = billions(record, "params_total_b")
    shape = shape_from_catalogue(row) if row is not None else shape_from_parameters(total or 0.0)
    sized = shape.parameters > 0 and kind in ("vision", "encoder", "speech", "diffusion_image", "diffusion_video")
    sized = sized and unit not in ("volume",)
    flops, known = _flops(record, shape, row, kind, unit) if sized else (UNKNOWN_FLOPS, False)
    engine, stack = engine_and_stack(record)
    batch = positive(record, "effective_batch") or positive(record, "concurrency_or_batch")
    scenario = text(record, "scenario")
    if batch is None and scenario.startswith("single"):
        batch = 1.0
    return Items(
        model_key(text(record, "model")), kind, unit.split()[0], flops, known, sized, bits_of(record), accelerator,
        machines(record) or 1.0, batch, engine, stack, scenario, year(record, 2026.0),
    )  # fmt: skip


def peak_flops(items: Items) -> float:
    """16-bit dense peak, or the 32-bit one where the sheet has no other [FLOP/s]."""
    found = items.accelerator.peak_tflops("fp32" if items.bits == "32" else "bf16")
    found = found or items.accelerator.peak_tflops("fp32") or items.accelerator.peak_tflops("bf16")
    assert found is not None
    return found[0] * TERA


def utilisation(items: Items) -> float:
    """Share of the peak before anything measured: that of training on the accelerator, scaled to 0.25."""
    return prior_utilisation(items.accelerator, peak_flops(items)) * PRIOR_UTILISATION / TRAINING_UTILISATION


def ceiling(items: Items) -> float:
    """Items per second at the peak of the sheet, twice it for 8 bits, four times for 4; endless where not counted."""
    most = {"8": 2.0, "4": 4.0}.get(items.bits, 1.0)
    counted = items.known and items.kind == "vision"
    return most * peak_flops(items) * items.n_accelerators / items.flops if counted else math.inf


def log_physics(all_items: Sequence[Items]) -> Array:
    """Log of items per second of each deployment at the prior utilisation."""
    return np.array(
        [math.log(peak_flops(one) * utilisation(one) * one.n_accelerators / one.flops) for one in all_items]
    )


def cases_of(all_items: Sequence[Items]) -> Cases:
    """The cases of items, for the analogy."""
    labels = [
        {
            "model": one.model,
            "kind": one.kind,
            "accelerator": one.accelerator.id,
            "generation": one.accelerator.row["architecture"],
            "vendor": one.accelerator.row["vendor"],
            "bits": one.bits,
            "engine": one.engine,
            "stack": one.stack,
            "scenario": one.scenario,
        }
        for one in all_items
    ]
    features = [_features(one) for one in all_items]
    return Cases(
        {name: np.array([row[name] for row in labels]) for name in labels[0]},
        {name: np.array([row[name] for row in features]) for name in features[0]},
    )


def _features(one: Items) -> dict[str, float]:
    per_accelerator = (one.batch or NO_BATCH) / one.n_accelerators
    launch = one.accelerator.row["launch"][:4]
    return {
        "batch": math.log(max(per_accelerator, 0.1)),
        "batch_unknown": float(one.batch is None),
        "size": math.log(one.flops / 1e10) / 2,
        "count": math.log2(one.n_accelerators),
        "launch": (float(launch) if launch else 2022.0) - 2021,
        "year": one.year - 2023,
        "guessed": float(not one.known and one.sized),
        "unsized": float(not one.sized),
        "small": float(one.batch is not None and per_accelerator < 2),
        "one": 1.0,
    }
