"""Rate of a workload on an accelerator, by the best evidence at hand (MODEL §1.3).

Given by the user > transferred from another accelerator > modelled: from FLOPs and a published MFU range, or for a
language model that answers by the two-phase roofline of ``planner.workload.serving``. This is the one door: a better
estimator replaces what stands behind ``rate`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.demand import Rate, Work
from planner.errors import Message, NotPriced
from planner.figure import Figure, Source, derive, given, product
from planner.reference import Accelerator, Reference
from planner.tables import Row
from planner.uncertainty import Draws, Estimate, Percentiles, Pert
from planner.units import SECONDS_PER_HOUR, TERA
from planner.workload.flops import Shape, flops_per_unit, shape_of
from planner.workload.memory import accelerators_that_fit
from planner.workload.serving import is_language_model
from planner.workload.serving_rate import prefill_efficiency, serving_rate, spread

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
MFU_MAX = 0.85  # above every published run in reference/published_mfu.csv


def rate(
    work: Work,
    accelerator_id: str,
    *,
    reference_accelerator: str | None,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
) -> Rate:
    """Native units per accelerator-hour of a workload on an accelerator.

    Raises NotPriced when nothing is known about the rate, Infeasible when the job does not fit in memory.
    """
    workload = work.workload
    accelerator = reference.accelerators[accelerator_id]
    row = reference.model(workload.model) if workload.model else None
    known = row is not None or workload.parameters is not None or workload.forward_gflops_per_sample is not None
    shape = shape_of(workload, row) if known else None
    usable = float(reference.assumption("usable_memory_fraction").estimate.central)
    fewest = accelerators_that_fit(workload, shape, accelerator, usable)
    path: tuple[str | int, ...] = ("workloads", work.index)
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
        return _from_given(work, accelerator, given_rates, fewest, reference, draws, source, path)
    lengths = workload.kind == "batch_inference" and workload.serving is not None and is_language_model(shape, row)
    if workload.kind == "serving" or lengths:
        return serving_rate(work, accelerator, shape, row, reference=reference, draws=draws, source=source)
    if shape is None:
        raise NotPriced("workload.no_model", name=workload.id)
    return _modelled(work, accelerator, shape, row, fewest, reference, draws, source)


def _from_given(
    work: Work,
    accelerator: Accelerator,
    rates: dict[str, Estimate],
    fewest: int,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
    path: tuple[str | int, ...],
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
    (home_flop, home_band), (to_flop, to_band) = (_speeds(card, precision) for card in (home, to))
    flop, band = to_flop / home_flop, to_band / home_band
    low, high = sorted((flop, band))
    label = f"{name}.transfer.{home.id}.{to.id}"
    base = to.row.source()
    origin = Source(
        base.kind,
        base.locator,
        base.as_of,
        f"FLOP/s ratio {flop:.3g}, bandwidth ratio {band:.3g}; {base.origin}",
    )
    return given(label, draws.column(label, Percentiles(low, high)), "ratio", origin)


def _speeds(card: Accelerator, precision: str) -> tuple[float, float]:
    """Peak [TFLOP/s] and memory bandwidth [GB/s]. Raises NotPriced when the sheet lacks one."""
    peak, band = card.peak_tflops(precision), card.bandwidth_gbs
    if peak is None or band is None:
        raise NotPriced("workload.no_sheet", accelerator=card.id, precision=precision)
    return peak[0], band


def _modelled(
    work: Work,
    accelerator: Accelerator,
    shape: Shape,
    row: Row | None,
    fewest: int,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
) -> Rate:
    """peak × MFU / FLOPs per unit, with the MFU of the user or of published runs."""
    workload = work.workload
    path: tuple[str | int, ...] = ("workloads", work.index)
    peak = accelerator.peak_tflops(workload.precision)
    if peak is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=workload.precision)
    per_unit, formula = flops_per_unit(workload, shape)
    model_source = row.source() if row is not None else source((*path, "parameters"))
    flops = given(
        f"{workload.id}.flops_per_{work.unit}",
        per_unit,
        f"FLOP/{work.unit}",
        Source(model_source.kind, model_source.locator, model_source.as_of, f"{formula}; {model_source.origin}"),
    )
    peak_figure = given(f"{accelerator.id}.{peak[1]}", peak[0], "TFLOP/s", accelerator.row.source())
    mfu, own, evidence, warnings = _efficiency(work, accelerator, shape, row, reference, draws, source)

    def per_hour(tflops: Array, m: Array, s: Array, f: Array) -> Array:
        return np.asarray(tflops * TERA * np.minimum(m * s, MFU_MAX) * SECONDS_PER_HOUR / f)

    figure = derive(
        per_hour,
        peak_figure,
        mfu,
        own,
        flops,
        name=f"{workload.id}.rate.{accelerator.id}",
        unit=f"{work.unit}/accelerator-hour",
        formula=f"peak × 10^12 × min(MFU × spread, {MFU_MAX}) × 3600 / FLOPs per {work.unit}",
    )
    if workload.precision == "fp8":
        warnings.append(Message("warning.fp8_peak", {"name": workload.id}))
    return Rate(figure, fewest, evidence, tuple(warnings))


def _efficiency(
    work: Work,
    accelerator: Accelerator,
    shape: Shape,
    row: Row | None,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
) -> tuple[Figure, Figure, str, list[Message]]:
    """MFU, the accelerator's own factor, the evidence, and what to know.

    The user's MFU; for a batch that a language model reads, the efficiency fitted on prompts; else published runs.
    """
    workload = work.workload
    label, warnings = f"{workload.id}.mfu", []
    if workload.throughput is not None and workload.throughput.mfu is not None:
        mfu_path = ("workloads", work.index, "throughput", "mfu")
        mfu = given(label, draws.column(label, workload.throughput.mfu), "fraction", source(mfu_path))
        sigma = 0.0
        evidence = "given"
    elif workload.kind == "batch_inference" and is_language_model(shape, row):
        stack, own = spread(work, accelerator.id, draws)
        mfu = product(prefill_efficiency(work, draws, source), stack, name=label, unit="fraction")
        return mfu, own, "modelled", [Message("warning.batch_read_only", {"name": workload.id})]
    else:
        published = reference.mfu_range(shape.architecture, workload.task not in (None, "pretrain"))
        band = Percentiles(published.number("p5") or 0.0, published.number("p95") or 0.0)
        mfu = given(label, draws.column(label, band), "fraction", published.source())
        sigma = published.number("sd_log_accelerator") or 0.0
        evidence = "modelled"
        if accelerator.row["class"] != "datacenter" or accelerator.row["vendor"] != "NVIDIA":
            warnings.append(Message("warning.mfu_extrapolated", {"name": workload.id, "accelerator": accelerator.id}))
    own = given(
        f"{workload.id}.{accelerator.id}.spread",
        draws.noise(f"accelerator.{accelerator.id}.spread", sigma),
        "ratio",
        Source("reference_row", mfu.source.locator if mfu.source else "", mfu.source.as_of if mfu.source else "",
               f"lognormal, median 1, standard deviation of the log {sigma:g} between accelerators"),
    )  # fmt: skip
    return mfu, own, evidence, warnings
