"""The rate of a service: its request, its layout, what is asked of the evidence, and the figures that follow."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.demand import Rate, Work
from planner.errors import Infeasible, Message, NotPriced
from planner.estimator import deployment as asked
from planner.estimator.deployment import BYTES, DEFAULT_LINKS_GBS, Deployment
from planner.estimator.evidence import Evidence, evidence_of
from planner.estimator.memory import cache_bytes_per_token
from planner.estimator.serving import Fitted, LanguageModel, Load
from planner.estimator.single import estimated, with_usual_software
from planner.figure import Source, derive, given
from planner.reference import Accelerator, Reference
from planner.replicas import replica_hours, spare_replicas
from planner.scenario.work import Serving
from planner.uncertainty import Draws
from planner.units import GIB, HOURS_PER_MONTH, TERA
from planner.workload import replica as rules
from planner.workload.replica import Layout, Limits, Server
from planner.workload.serving_figures import AZURE, Parts, Request, Sheet, constant
from planner.workload.subject import Subject

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
HeldBy = Callable[[Layout], float]


def request_of(work: Work, draws: Draws, source: SourceOf) -> Request:
    """The mean request of a workload. Lengths not given are those of a published trace, with a warning."""
    workload, stated = work.workload, work.workload.serving or Serving()
    leaves, central, missing = [], [], []
    for key, default, name in (
        ("prompt_tokens", rules.CHAT_PROMPT_TOKENS, "CHAT_PROMPT_TOKENS"),
        ("answer_tokens", rules.CHAT_ANSWER_TOKENS, "CHAT_ANSWER_TOKENS"),
    ):
        label, estimate = f"{workload.id}.serving.{key}", getattr(stated, key)
        if estimate is None:
            missing.append(key)
            leaves.append(constant(name, label, default, "token/request", f"{AZURE}: mean"))
            central.append(default)
            continue
        origin = source(("workloads", work.index, "serving", key))
        leaf = given(label, draws.column(label, estimate), "token/request", origin)
        if leaf.value.min() < 1:  # a request has at least one token of each
            leaf = derive(
                lambda x: np.maximum(x, 1.0), leaf, name=label, unit=leaf.unit, formula=f"{label}, at least 1"
            )
        leaves.append(leaf)
        central.append(max(float(estimate.central), 1.0))
    cached = stated.cached_fraction or 0.0
    where = source(("workloads", work.index, "serving", "cached_fraction"))
    target = stated.latency
    limits = Limits(
        target.ttft_ms / 1e3 if target and target.ttft_ms else math.inf,
        target.tpot_ms / 1e3 if target and target.tpot_ms else math.inf,
    )
    facts = {"name": workload.id, "fields": ", ".join(missing), "prompt": central[0], "answer": central[1]}
    notes = (Message("warning.serving_lengths", facts),) if missing else ()
    share = given(f"{workload.id}.serving.cached_fraction", cached, "fraction", where)
    return Request(leaves[0], leaves[1], share, Load(central[0], central[1], cached), limits, notes)


def bits_of(precision: str) -> str:
    """Bits of the weights of a precision."""
    return {"fp8": "8", "fp32": "32", "tf32": "32"}.get(precision, "16")


def language_model(subject: Subject) -> LanguageModel:
    """A model as serving sees it, the cache in 8 bits with 8-bit weights as in the measured runs."""
    shape, bits = subject.shape, bits_of(subject.workload.precision)
    cache = 1.0 if bits == "8" else 2.0
    return LanguageModel(
        (shape.parameters - shape.expert_parameters) * BYTES[bits], shape.expert_parameters * BYTES[bits],
        shape.expert_share, shape.matmul_parameters, shape.layers or 0.0, shape.hidden or 0.0,
        shape.attention_width or 0.0, cache_bytes_per_token(shape, cache), shape.window or math.inf,
    )  # fmt: skip


def _sheet(accelerator: Accelerator, precision: str, reference: Reference, fitted: Fitted) -> Sheet:
    """Leaves of the sheet. Raises NotPriced when peak, bandwidth or memory is not published."""
    peak, band, memory = accelerator.peak_tflops("bf16"), accelerator.bandwidth_gbs, accelerator.memory_gib
    if peak is None or band is None or memory is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=precision)
    origin, name = accelerator.row.source(), accelerator.id
    worth = asked.peak_of(accelerator, bits_of(precision), fitted) / TERA
    sheet_peak = origin
    if worth != peak[0]:
        sheet_peak = replace(
            origin, origin=f"16-bit peak × the fitted gain of 8 bits, {worth / peak[0]:.3g}; {origin.origin}"
        )
    links = accelerator.row.number("interconnect_gbs") or DEFAULT_LINKS_GBS
    usable = reference.assumption("usable_memory_fraction")
    return Sheet(
        given(f"{name}.{peak[1]}", worth, "TFLOP/s", sheet_peak),
        given(f"{name}.memory_bandwidth_gbs", band, "GB/s", origin),
        given(f"{name}.memory_gib", memory, "GiB", origin),
        given(f"{name}.interconnect_gbs", max(links, 32.0), "GB/s", origin),
        given("usable_memory_fraction", float(usable.estimate.central), "fraction", usable.source),
    )


def _held(work: Work, server: Server, reference: Reference) -> HeldBy:
    """Accelerator-hours that a service holds over its months with a layout, all at central values."""
    workload, serving = work.workload, work.workload.serving
    assert serving is not None
    kept = serving.utilization_kept or reference.assumption("serving_utilization_kept").estimate
    month = np.arange(work.amount.value.shape[1]) - (workload.when.month - 1)
    growth = (1 + float(workload.growth_per_month.central)) ** np.maximum(month, 0)
    wanted = float(serving.requests_per_second.central) * growth * work.amount.value.any(axis=0)

    def hours(layout: Layout) -> float:
        rate = layout.requests_per_second * server.sustained_fraction(layout) / layout.tp
        busy = wanted[None, :] / rate * HOURS_PER_MONTH
        found = replica_hours(
            busy, peak_to_mean=serving.peak_to_mean, utilization_kept=float(kept.central),
            spare=spare_replicas(serving), replica_accelerators=layout.tp, shape=workload.shape,
            autoscaling=serving.autoscaling,
        )  # fmt: skip
        return float(found.sum())

    return hours


def _layout(name: str, accelerator: Accelerator, server: Server, held: HeldBy | None) -> Layout:
    """The best replica at central values. Raises Infeasible that says what fails and by how much."""
    sized, model, load = server.sized(), server.model, server.load
    if not sized:
        cache = float(model.kv_bytes) * (
            float(load.prompt) * rules.PROMPT_P90_RATIO + float(load.answer) * rules.ANSWER_P90_RATIO
        )
        raise Infeasible(
            "workload.serving_does_not_fit", name=name, accelerator=accelerator.id,
            weights=round(float(model.weights_bytes) / GIB, 1), cache=round(cache / GIB, 1),
            memory=round(rules.WIDEST_LAYOUT * float(server.machine.room) / GIB, 1), most=rules.WIDEST_LAYOUT,
        )  # fmt: skip
    found = server.best_layout(held)
    if found is not None:
        return found
    times = [one.latencies(1) for one in sized]
    wanted = (server.limits.ttft_seconds, server.limits.tpot_seconds)
    ratios = [max(time / limit for time, limit in zip(pair, wanted, strict=True)) for pair in times]
    nearest = ratios.index(min(ratios))
    which = int(times[nearest][1] / wanted[1] > times[nearest][0] / wanted[0])
    raise Infeasible(
        "workload.serving_latency", name=name, accelerator=accelerator.id,
        target=("ttft_ms", "tpot_ms")[which], limit=round(1e3 * wanted[which], 3),
        best=round(1e3 * times[nearest][which], 1), count=round(float(sized[nearest].machine.accelerators)),
    )  # fmt: skip


def deployment_asked(
    subject: Subject, accelerator: Accelerator, count: int, prompt: float, answer: float, together: float,
    evidence: Evidence,
) -> Deployment:  # fmt: skip
    """What the evidence on serving is asked: one replica of this model under a load that keeps it busy."""
    size, bits = float(count), bits_of(subject.workload.precision)
    cache, memory = 1.0 if bits == "8" else 2.0, accelerator.memory_gib or 0.0
    one = Deployment(
        subject.name, subject.shape, bits, cache, accelerator, memory, size,
        asked.Layout(size, 1.0, size, size, 1.0), prompt, answer, together,
    )  # fmt: skip
    return with_usual_software(one, evidence.serving)


def serving_rate(
    work: Work, accelerator: Accelerator, subject: Subject, *, reference: Reference, draws: Draws, source: SourceOf
) -> Rate:
    """Requests (samples, tokens) per accelerator-hour of a language model: two phases, corrected by like cases.

    The layout is chosen at central values; lengths that vary by draw change both phases and the batch that the memory
    holds. Raises NotPriced (no sheet), Infeasible (no layout fits or is quick enough).
    """
    workload, evidence = work.workload, evidence_of(reference)
    fitted = evidence.constants
    own = workload.throughput.mfu if workload.throughput is not None else None
    if own is not None:
        fitted = replace(fitted, compute_efficiency=float(own.central), prompt_efficiency=1.0)
    sheet = _sheet(accelerator, workload.precision, reference, fitted)
    request = request_of(work, draws, source)
    server = Server(language_model(subject), sheet.machine(), request.load, fitted, request.limits)
    held = _held(work, server, reference) if workload.kind == "serving" else None
    layout = _layout(workload.id, accelerator, server, held)
    sustained = 1.0 if workload.kind == "batch_inference" else server.on(float(layout.tp)).sustained_fraction(layout)
    free = replace(server, limits=Limits()).best_layout() or layout  # what is learned does not depend on the limits
    prompt, answer = float(request.load.prompt), float(request.load.answer)
    asked_for = deployment_asked(subject, accelerator, free.tp, prompt, answer, float(free.batch), evidence)
    found = estimated(evidence.serving, asked_for)
    parts = Parts(work, accelerator.id, subject, server.model, sheet, request, layout, fitted, found)
    notes = list(request.notes)
    if workload.precision == "fp8":
        notes.append(Message("warning.serving_fp8", {"name": workload.id}))
    if subject.shape.assumed and subject.shape.layers and subject.shape.hidden:
        facts = {"layers": round(subject.shape.layers), "hidden": round(subject.shape.hidden)}
        notes.append(Message("estimate.assumed_shape", facts))
    if accelerator.row["class"] != "datacenter" or accelerator.row["vendor"] != "NVIDIA":
        notes.append(Message("warning.mfu_extrapolated", {"name": workload.id, "accelerator": accelerator.id}))
    return Rate(parts.per_hour(sustained, draws, source), layout.tp, found.evidence, tuple(notes))
