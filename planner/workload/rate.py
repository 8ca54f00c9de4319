"""Rate of a workload on an accelerator, by the best evidence at hand (MODEL §1.3).

Given by the user > transferred from another accelerator > published > modelled: the last two by
``planner.estimator``, which corrects physics by what like cases measured. This is the one door.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.demand import Rate, Work
from planner.errors import Message, NotPriced
from planner.estimator.evidence import evidence_of
from planner.estimator.single import estimated
from planner.estimator.training import peak_flops, prior_utilisation
from planner.figure import Figure, Source, derive, given
from planner.measured import MeasuredRun
from planner.reference import Accelerator, Reference
from planner.uncertainty import Draws, Estimate, Percentiles, Pert
from planner.units import SECONDS_PER_HOUR, TERA
from planner.workload.items_rate import items_rate, read_only_rate
from planner.workload.measured_rate import measured_rate
from planner.workload.serving_rate import serving_rate
from planner.workload.spread import correction, doubt
from planner.workload.subject import (
    Subject,
    check_sequence,
    fewest_accelerators,
    flops_per_unit,
    subject_of,
    training_asked,
)
from planner.workload.transfer import Z90, ratio_between

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
MFU_MAX = 0.85  # above every published run


def rate(
    work: Work,
    accelerator_id: str,
    *,
    reference_accelerator: str | None,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
    measured: tuple[MeasuredRun, ...] = (),
) -> Rate:
    """Native units per accelerator-hour of a workload on an accelerator.

    measured: the user's runs of this workload.
    Raises NotPriced when nothing is known about the rate, Infeasible when the job does not fit in memory.
    """
    workload = work.workload
    accelerator = reference.accelerators[accelerator_id]
    row = reference.model(workload.model) if workload.model else None
    known = row is not None or workload.parameters is not None or workload.forward_gflops_per_sample is not None
    subject = subject_of(workload, row) if known else None
    if subject is not None:
        check_sequence(subject)
    usable = float(reference.assumption("usable_memory_fraction").estimate.central)
    fewest = fewest_accelerators(subject, accelerator, usable)
    path: tuple[str | int, ...] = ("workloads", work.index)
    if measured:
        return measured_rate(
            work, accelerator, measured, subject, fewest, reference=reference, draws=draws, source=source
        )
    if workload.kind == "interactive":
        one = given(
            f"{workload.id}.rate",
            1.0,
            "session-hour/accelerator-hour",
            Source("assumption", "definition", "2026", "one session holds one accelerator"),
        )
        return Rate(one, fewest, "definition")
    given_rates: dict[str, Estimate] = {}
    if workload.throughput is not None and workload.throughput.rate is not None:
        given_rates = {reference.accelerator(k)[0].id: v for k, v in workload.throughput.rate.items()}
        path = (*path, "throughput", "rate")
    elif workload.kind == "accelerator_hours":
        if reference_accelerator is None:
            raise NotPriced("workload.reference_wanted", name=workload.id)
        given_rates = {reference_accelerator: Pert(1.0, 1.0, 1.0)}
        path = (*path, "accelerator_hours_per_month")
    if given_rates:
        return _from_given(work, accelerator, given_rates, fewest, draws, source, path, reference)
    if subject is None:
        raise NotPriced(
            f"workload.{'serving_rate_wanted' if workload.kind == 'serving' else 'no_model'}", name=workload.id
        )
    if workload.kind in ("serving", "batch_inference") and not _own_mfu_of_reading(work):
        if not subject.is_language_model:
            return items_rate(work, accelerator, subject, fewest, reference=reference, draws=draws, source=source)
        if workload.kind == "serving" or workload.serving is not None:
            return serving_rate(work, accelerator, subject, reference=reference, draws=draws, source=source)
        return read_only_rate(work, accelerator, subject, fewest, reference=reference, draws=draws, source=source)
    return _modelled(work, accelerator, subject, fewest, reference, draws, source)


def _own_mfu_of_reading(work: Work) -> bool:
    """A batch without answers whose user knows the utilisation: it is FLOPs like a training."""
    workload = work.workload
    own = workload.throughput is not None and workload.throughput.mfu is not None
    return own and workload.kind == "batch_inference" and workload.serving is None


def _from_given(
    work: Work,
    accelerator: Accelerator,
    rates: dict[str, Estimate],
    fewest: int,
    draws: Draws,
    source: SourceOf,
    path: tuple[str | int, ...],
    reference: Reference,
) -> Rate:
    """The user's own rate, or that rate transferred between the FLOP ratio and the bandwidth ratio."""
    workload, unit = work.workload, f"{work.unit}/accelerator-hour"
    home = accelerator.id if accelerator.id in rates else next(iter(rates))
    name = f"{workload.id}.rate.{home}"
    own = given(name, draws.column(name, rates[home]), unit, source(path))
    if home == accelerator.id:
        return Rate(own, fewest, "given")
    ratio = _transfer_ratio(reference.accelerators[home], accelerator, workload.precision, workload.id, draws)
    moved = derive(
        np.multiply,
        own,
        ratio,
        name=f"{workload.id}.rate.{accelerator.id}",
        unit=unit,
        formula=f"rate on {home} × ratio between FLOP/s and memory bandwidth",
    )
    note = Message("warning.transferred", {"name": workload.id, "home": home, "to": accelerator.id})
    return Rate(moved, fewest, "transferred", (note,))


def _transfer_ratio(home: Accelerator, to: Accelerator, precision: str, name: str, draws: Draws) -> Figure:
    ratio, sigma, why = ratio_between(home, to, precision)
    label, base = f"{name}.transfer.{home.id}.{to.id}", to.row.source()
    origin = Source(base.kind, base.locator, base.as_of, f"{why}; {base.origin}")
    apart = math.exp(Z90 * sigma)
    return given(label, draws.column(label, Percentiles(ratio / apart, ratio * apart)), "ratio", origin)


def _modelled(
    work: Work,
    accelerator: Accelerator,
    subject: Subject,
    fewest: int,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
) -> Rate:
    """peak × utilisation / FLOPs per unit, with the utilisation of the user or of measured cases."""
    workload = work.workload
    path: tuple[str | int, ...] = ("workloads", work.index)
    peak = accelerator.peak_tflops(workload.precision)
    if peak is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=workload.precision)
    reached = peak_flops(accelerator, workload.precision) / TERA
    if workload.throughput is None or workload.throughput.mfu is None:
        peak = (reached, "tf32_tflops" if workload.precision == "fp32" and reached != peak[0] else peak[1])
    per_unit, formula = flops_per_unit(subject)
    row = subject.row
    model_source = row.source() if row is not None else source((*path, "parameters"))
    flops = given(
        f"{workload.id}.flops_per_{work.unit}",
        per_unit,
        f"FLOP/{work.unit}",
        Source(model_source.kind, model_source.locator, model_source.as_of, f"{formula}; {model_source.origin}"),
    )
    peak_figure = given(f"{accelerator.id}.{peak[1]}", peak[0], "TFLOP/s", accelerator.row.source())
    used, factors, evidence, notes = _utilisation(work, accelerator, subject, fewest, reference, draws, source)
    most = MFU_MAX * (2.0 if workload.precision == "fp8" else 1.0)

    def per_hour(tflops: Array, f: Array, m: Array, *doubts: Array) -> Array:
        for one in doubts:
            m = m * one
        return np.asarray(tflops * TERA * np.minimum(m, most) * SECONDS_PER_HOUR / f)

    figure = derive(
        per_hour,
        peak_figure,
        flops,
        used,
        *factors,
        name=f"{workload.id}.rate.{accelerator.id}",
        unit=f"{work.unit}/accelerator-hour",
        formula=f"peak × 10^12 × min(utilisation × errors, {most:g}) × 3600 / FLOPs per {work.unit}",
    )
    return Rate(figure, fewest, evidence, notes)


def _utilisation(
    work: Work, accelerator: Accelerator, subject: Subject, fewest: int, reference: Reference, draws: Draws,
    source: SourceOf,
) -> tuple[Figure, tuple[Figure, ...], str, tuple[Message, ...]]:  # fmt: skip
    """Utilisation, the factors of its error, the evidence, and what to know: the user's, else that of the evidence."""
    workload = work.workload
    label = f"{workload.id}.mfu"
    if workload.throughput is not None and workload.throughput.mfu is not None:
        own = given(label, draws.column(label, workload.throughput.mfu), "fraction",
                    source(("workloads", work.index, "throughput", "mfu")))  # fmt: skip
        notes = (Message("warning.fp8_peak", {"name": workload.id}),) if workload.precision == "fp8" else ()
        return own, (), "given", notes
    domain = evidence_of(reference).training
    asked = training_asked(subject, accelerator, max(fewest, workload.job_accelerators or 1))
    found = estimated(domain, asked)
    why = "0.30 · √(150 / FLOP per byte of the sheet), before anything measured; corrected by what like cases measured"
    where = Source("assumption", "estimator/training.py:prior_utilisation", "2026-11", why)
    prior = prior_utilisation(accelerator, peak_flops(accelerator, workload.precision))
    assumed = given(f"{accelerator.id}.prior_utilisation", prior, "fraction", where)
    learned = correction(f"{workload.id}.{accelerator.id}.correction", found, "training")
    used = derive(np.multiply, assumed, learned, name=f"{label}.{accelerator.id}", unit="fraction",
                  formula="utilisation before anything measured × what like cases measured over it")  # fmt: skip
    factors = doubt(workload.id, accelerator.id, found, "training", draws)
    told: list[Message] = []
    if accelerator.row["class"] != "datacenter" or accelerator.row["vendor"] != "NVIDIA":
        told.append(Message("warning.mfu_extrapolated", {"name": workload.id, "accelerator": accelerator.id}))
    if subject.shape.assumed and subject.shape.layers and subject.shape.hidden:
        facts = {"layers": round(subject.shape.layers), "hidden": round(subject.shape.hidden)}
        told.append(Message("estimate.assumed_shape", facts))
    return used, factors, found.evidence, tuple(told)
