"""Rates of what is no answering language model: images, clips, audio, sequences; and texts that are only read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.demand import Rate, Work
from planner.errors import Message, NotPriced
from planner.estimator.evidence import evidence_of
from planner.estimator.items import SEQUENCE_TOKENS, UNITS, Items, diffusion_flops, utilisation
from planner.estimator.shape import SPEECH_POSITIONS
from planner.estimator.single import Estimated, estimated, with_usual_software
from planner.figure import Figure, Source, derive, given
from planner.reference import Accelerator, Reference
from planner.uncertainty import Draws
from planner.units import SECONDS_PER_HOUR, TERA
from planner.workload.serving_rate import deployment_asked
from planner.workload.spread import correction, doubt
from planner.workload.subject import Subject, flops_per_unit

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
KINDS = {"vision": "vision", "detector": "vision", "encoder": "encoder", "speech": "speech",
         "diffusion": "diffusion_image", "video diffusion": "diffusion_video"}  # fmt: skip
BATCH = 32.0  # items computed together


def items_rate(
    work: Work, accelerator: Accelerator, subject: Subject, fewest: int, *, reference: Reference, draws: Draws,
    source: SourceOf,
) -> Rate:  # fmt: skip
    """Items per accelerator-hour. Raises NotPriced for models whose items nobody measured or counted."""
    workload = work.workload
    kind = KINDS.get(subject.row["kind"]) if subject.row is not None else "vision"
    if kind is None or workload.tokens_per_run is not None:
        key = "workload.samples_wanted" if kind is not None else "workload.serving_rate_wanted"
        raise NotPriced(key, name=workload.id)
    flops, formula, known = _flops(subject, kind)
    peak = accelerator.peak_tflops("bf16")
    if peak is None or accelerator.bandwidth_gbs is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=workload.precision)
    domain = evidence_of(reference).items
    bits = "8" if workload.precision == "fp8" else "32" if workload.precision in ("fp32", "tf32") else "16"
    asked = with_usual_software(
        Items(subject.name, kind, UNITS[kind].split()[0], flops, known, True, bits, accelerator, 1.0, BATCH), domain
    )
    found = estimated(domain, asked)
    learned = correction(f"{workload.id}.{accelerator.id}.correction", found, "items")
    prior = given(f"{accelerator.id}.items_utilisation", utilisation(asked), "fraction",
                  Source("assumption", "estimator/items.py:utilisation", "2026-11",
                         "before anything measured; corrected by what like cases measured"))  # fmt: skip
    figure = _per_hour(work, accelerator, subject, flops, formula, (prior, learned), found, "items", draws, source)
    notes = [Message("estimate.assumed_engine", {"engine": asked.engine})]
    if not known:
        notes.append(Message("estimate.assumed_flops", {"flops": flops / 1e9}))
    return Rate(figure, fewest, found.evidence, tuple(notes))


def _flops(subject: Subject, kind: str) -> tuple[float, str, bool]:
    """Operations of an item, how they are counted, and whether they are published."""
    shape = subject.shape
    if shape.forward_flops_per_sample is not None:
        return shape.forward_flops_per_sample, "forward FLOPs per item", True
    if kind == "encoder":
        return 2 * shape.parameters * SEQUENCE_TOKENS, f"2·N·{SEQUENCE_TOKENS:g} tokens", True
    if kind == "speech":
        return 2 * shape.parameters * SPEECH_POSITIONS, f"2·N·{SPEECH_POSITIONS:g} positions", False
    if kind.startswith("diffusion"):
        return diffusion_flops("", shape, clip="video" in kind), "2·N·latent patches × steps × 2 for guidance", False
    raise NotPriced("workload.serving_rate_wanted", name=subject.workload.id)


def read_only_rate(
    work: Work, accelerator: Accelerator, subject: Subject, fewest: int, *, reference: Reference, draws: Draws,
    source: SourceOf,
) -> Rate:  # fmt: skip
    """Tokens or samples per accelerator-hour that a language model reads without answering: prompts only."""
    workload, evidence = work.workload, evidence_of(reference)
    if accelerator.peak_tflops("bf16") is None or accelerator.bandwidth_gbs is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=workload.precision)
    flops, formula = flops_per_unit(subject)
    found = estimated(
        evidence.serving, deployment_asked(subject, accelerator, fewest, subject.seq_len, 1.0, 1e9, evidence)
    )
    constants = evidence.constants
    efficiency = given(f"{workload.id}.serving.prompt_efficiency",
                       float(constants.compute_efficiency) * float(constants.prompt_efficiency), "fraction",
                       Source("assumption", "pricing_data/estimator.json:serving.constants", "2026-11",
                              "share of the dense peak reached reading prompts"))  # fmt: skip
    figure = _per_hour(work, accelerator, subject, flops, formula, (efficiency,), found, "serving", draws, source)
    return Rate(figure, fewest, "modelled", (Message("warning.batch_read_only", {"name": workload.id}),))


def _per_hour(
    work: Work, accelerator: Accelerator, subject: Subject, flops: float, formula: str, used: Sequence[Figure],
    found: Estimated, domain: str, draws: Draws, source: SourceOf,
) -> Figure:  # fmt: skip
    workload = work.workload
    peak = accelerator.peak_tflops("bf16")
    assert peak is not None
    base = subject.row.source() if subject.row is not None else source(("workloads", work.index, "parameters"))
    per_unit = given(f"{workload.id}.flops_per_{work.unit}", flops, f"FLOP/{work.unit}",
                     Source(base.kind, base.locator, base.as_of, f"{formula}; {base.origin}"))  # fmt: skip
    tflops = given(f"{accelerator.id}.{peak[1]}", peak[0], "TFLOP/s", accelerator.row.source())

    def rate(top: Array, each: Array, *factors: Array) -> Array:
        out = top * TERA * SECONDS_PER_HOUR / each
        for factor in factors:
            out = out * factor
        return np.asarray(out)

    return derive(
        rate, tflops, per_unit, *used, *doubt(workload.id, accelerator.id, found, domain, draws),
        name=f"{workload.id}.rate.{accelerator.id}", unit=f"{work.unit}/accelerator-hour",
        formula=f"peak × 10^12 × utilisation × errors × 3600 / FLOPs per {work.unit}",
    )  # fmt: skip
