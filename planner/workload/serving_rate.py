"""The serving estimate as figures: each input a leaf with its source, each step of the roofline a derivation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.demand import Rate, Work
from planner.errors import Infeasible, Message, NotPriced
from planner.estimator import deployment as asked
from planner.estimator import serving as physics
from planner.estimator.deployment import BYTES, DEFAULT_LINKS_GBS, Deployment
from planner.estimator.evidence import Evidence, evidence_of
from planner.estimator.memory import cache_bytes_per_token
from planner.estimator.serving import Fitted, LanguageModel, Load, Machine
from planner.estimator.single import Estimated, estimated, with_usual_software
from planner.figure import Figure, Source, derive, given, total
from planner.reference import Accelerator, Reference
from planner.replicas import replica_hours, spare_replicas
from planner.scenario.work import Serving
from planner.uncertainty import Draws
from planner.units import GIB, GIGA, HOURS_PER_MONTH, SECONDS_PER_HOUR, TERA
from planner.workload import replica as rules
from planner.workload.replica import Layout, Limits, Server
from planner.workload.spread import correction, doubt
from planner.workload.subject import Subject

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
HeldBy = Callable[[Layout], float]

_AZURE = "Azure LLM inference trace 2023, conversation"
_MLPERF = "MLPerf inference, server or interactive over offline"
_FITTED = Source("assumption", "pricing_data/estimator.json:serving.constants", "2026-11",
                 "fitted on the rows of measured/serving_throughput.csv")  # fmt: skip
_FITTED_UNITS = {
    "bandwidth_efficiency": "fraction", "compute_efficiency": "fraction", "layer_seconds": "s/layer",
    "layer_seconds_per_doubling": "s/layer", "link_efficiency": "fraction", "cache_weight": "ratio",
}  # fmt: skip


def constant(name: str, label: str, value: ArrayLike, unit: str, origin: str) -> Figure:
    """A leaf that is a constant of ``planner.workload.replica``."""
    return given(label, value, unit, Source("assumption", f"workload/replica.py:{name}", "2026-11", origin))


@dataclass(frozen=True)
class _Request:
    """Lengths and cached share of a request, as leaves; limits; and what was assumed."""

    prompt: Figure
    answer: Figure
    cached: Figure
    load: Load
    limits: Limits
    notes: tuple[Message, ...]


def _request(work: Work, draws: Draws, source: SourceOf) -> _Request:
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
            leaves.append(constant(name, label, default, "token/request", f"{_AZURE}: mean"))
            central.append(default)
            continue
        origin = source(("workloads", work.index, "serving", key))
        leaves.append(given(label, np.maximum(draws.column(label, estimate), 1.0), "token/request", origin))
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
    return _Request(leaves[0], leaves[1], share, Load(central[0], central[1], cached), limits, notes)


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


@dataclass(frozen=True)
class _Sheet:
    """What the accelerator's sheet gives, as leaves."""

    peak: Figure
    bandwidth: Figure
    memory: Figure
    links: Figure
    usable: Figure

    def machine(self) -> Machine:
        """One accelerator at central values."""
        room = self.memory.mean * GIB * self.usable.mean
        return Machine(1.0, 1.0, self.peak.mean * TERA, self.bandwidth.mean * GIGA, self.links.mean * GIGA, room)


def _sheet(accelerator: Accelerator, precision: str, reference: Reference, fitted: Fitted) -> _Sheet:
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
    return _Sheet(
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
    request = _request(work, draws, source)
    server = Server(language_model(subject), sheet.machine(), request.load, fitted, request.limits)
    held = _held(work, server, reference) if workload.kind == "serving" else None
    layout = _layout(workload.id, accelerator, server, held)
    sustained = 1.0 if workload.kind == "batch_inference" else server.on(float(layout.tp)).sustained_fraction(layout)
    free = replace(server, limits=Limits()).best_layout() or layout  # what is learned does not depend on the limits
    prompt, answer = float(request.load.prompt), float(request.load.answer)
    asked_for = deployment_asked(subject, accelerator, free.tp, prompt, answer, float(free.batch), evidence)
    found = estimated(evidence.serving, asked_for)
    parts = _Parts(work, accelerator.id, subject, server.model, sheet, request, layout, fitted, found)
    notes = list(request.notes)
    if workload.precision == "fp8":
        notes.append(Message("warning.serving_fp8", {"name": workload.id}))
    if subject.shape.assumed and subject.shape.layers and subject.shape.hidden:
        facts = {"layers": round(subject.shape.layers), "hidden": round(subject.shape.hidden)}
        notes.append(Message("estimate.assumed_shape", facts))
    if accelerator.row["class"] != "datacenter" or accelerator.row["vendor"] != "NVIDIA":
        notes.append(Message("warning.mfu_extrapolated", {"name": workload.id, "accelerator": accelerator.id}))
    return Rate(parts.per_hour(sustained, draws, source), layout.tp, found.evidence, tuple(notes))


@dataclass(frozen=True)
class _Parts:
    """Inputs of the estimate; its methods are the figures from the bottom to the rate."""

    work: Work
    accelerator: str
    subject: Subject
    model: LanguageModel
    sheet: _Sheet
    request: _Request
    layout: Layout
    fitted: Fitted
    found: Estimated

    def _name(self, what: str) -> str:
        return f"{self.work.workload.id}.{self.accelerator}.{what}"

    def _of_model(self, what: str, value: ArrayLike, unit: str, source: SourceOf, how: str = "") -> Figure:
        row = self.subject.row
        s = row.source() if row is not None else source(("workloads", self.work.index, "parameters"))
        origin = f"{how}; {s.origin}" if how else s.origin
        label = f"{self.work.workload.id}.{what}"
        return given(label, value, unit, Source(s.kind, s.locator, s.as_of, origin, s.flag))

    def per_hour(self, sustained: float, draws: Draws, source: SourceOf) -> Figure:
        """The rate from its two phases, the batch, the layout, arrivals, what was learned, and the doubt."""
        request, name = self.request, self.work.workload.id
        tp = constant("LAYOUTS", self._name("tensor_parallel"), self.layout.tp, "accelerator/replica",
                      "layout that holds fewest accelerators for the load, within memory and latency")  # fmt: skip
        kv = self._of_model("kv_bytes_per_token", self.model.kv_bytes, "byte/token", source,
                            "cached elements per token × bytes of the cache")  # fmt: skip
        weights = self._weights(source)
        batch = self._batch(tp, kv, weights)
        matmul = self._of_model("parameters_active", self.model.matmul, "parameter", source, "active, that multiply")
        compute, prompts = self._efficiencies(draws, source)
        links = self._fitted("link_efficiency")
        prefill = self._prefill(tp, matmul, compute, prompts, links, source)
        step = self._step(tp, kv, self._touched(weights, batch), batch, matmul, compute, links, source)
        arrival = constant("SUSTAINED_LOOSE, SUSTAINED_TIGHT", self._name("sustained_fraction"), sustained, "fraction",
                           "no arrivals to wait for: a batch" if sustained == 1.0 else _MLPERF)  # fmt: skip
        learned = correction(self._name("correction"), self.found, "serving")
        doubts = doubt(name, self.accelerator, self.found, "serving", draws)
        by_token = self.work.unit == "token"

        def rate(pre: Array, one: Array, p: Array, a: Array, b: Array, n: Array, *factors: Array) -> Array:
            out = SECONDS_PER_HOUR / (pre + a * one / b) / n
            for factor in factors:
                out = out * factor
            return out * (p + a) if by_token else out

        words = " × (prompt + answer)" if by_token else ""
        return derive(
            rate, prefill, step, request.prompt, request.answer, batch, tp, arrival, learned, *doubts,
            name=f"{name}.rate.{self.accelerator}", unit=f"{self.work.unit}/accelerator-hour",
            formula=f"3600 / (prefill + answer × step / batch) / tp × sustained × correction × errors{words}",
        )  # fmt: skip

    def _fitted(self, name: str) -> Figure:
        return given(f"serving.{name}", float(getattr(self.fitted, name)), _FITTED_UNITS[name], _FITTED)

    def _efficiencies(self, draws: Draws, source: SourceOf) -> tuple[Figure, Figure]:
        """Share of the peak that computing reaches, and reading prompts over it: the user's, else the fitted ones."""
        workload = self.work.workload
        if workload.throughput is not None and workload.throughput.mfu is not None:
            label, where = f"{workload.id}.mfu", source(("workloads", self.work.index, "throughput", "mfu"))
            own = given(label, draws.column(label, workload.throughput.mfu), "fraction", where)
            return own, given(f"{workload.id}.serving.prompt_efficiency", 1.0, "ratio", where)
        prompts = given("serving.prompt_efficiency", float(self.fitted.prompt_efficiency), "ratio", _FITTED)
        return self._fitted("compute_efficiency"), prompts

    def _weights(self, source: SourceOf) -> tuple[Figure, ...]:
        """One leaf for a dense model; dense part, experts and share of experts for a mixture."""
        if not self.model.expert_bytes:
            return (
                self._of_model(
                    "weights_bytes", self.model.dense_bytes, "byte", source, "parameters × bytes per weight"
                ),
            )
        return (
            self._of_model("dense_weights_bytes", self.model.dense_bytes, "byte", source, "weights of every token"),
            self._of_model("expert_weights_bytes", self.model.expert_bytes, "byte", source, "weights of all experts"),
            self._of_model(
                "expert_share", self.model.expert_share, "fraction", source, "experts per token over experts"
            ),
        )

    def _touched(self, weights: tuple[Figure, ...], batch: Figure) -> Figure:
        if len(weights) == 1:
            return weights[0]
        return derive(
            physics.touched_bytes, *weights, batch, name=self._name("touched_bytes"), unit="byte",
            formula="dense + experts × (1 − (1 − share)^batch)",
        )  # fmt: skip

    def _batch(self, tp: Figure, kv: Figure, weights: tuple[Figure, ...]) -> Figure:
        """Requests decoded together: what memory holds, at most what the latency allows."""
        limited = self.layout.latency_batch < rules.LARGEST_BATCH
        why = (
            "most requests together within the latency limits"
            if limited
            else "most that was measured; no latency limits it"
        )
        quick = constant("LARGEST_BATCH", self._name("latency_batch"), self.layout.latency_batch, "request", why)
        held = weights[0] if len(weights) == 1 else total(*weights[:2], name=self._name("weights_bytes"), unit="byte")
        ratios = [
            constant("PROMPT_P90_RATIO", "serving.prompt_p90_ratio", rules.PROMPT_P90_RATIO, "ratio", _AZURE),
            constant("ANSWER_P90_RATIO", "serving.answer_p90_ratio", rules.ANSWER_P90_RATIO, "ratio", _AZURE),
        ]

        def batch(
            n: Array, gib: Array, usable: Array, w: Array, k: Array, p: Array, a: Array, rp: Array, ra: Array, q: Array
        ) -> Array:
            room = (n * gib * GIB * usable - w) / (k * (p * rp + a * ra))
            return np.maximum(np.minimum(np.floor(np.round(room, 9)), q), 1.0)

        return derive(
            batch, tp, self.sheet.memory, self.sheet.usable, held, kv, self.request.prompt, self.request.answer,
            *ratios, quick, name=self._name("batch"), unit="request",
            formula="min(⌊(tp × memory × usable − weights) / (cache per token × p90 context)⌋, latency batch)",
        )  # fmt: skip

    def _prefill(
        self, tp: Figure, matmul: Figure, compute: Figure, prompts: Figure, links: Figure, source: SourceOf
    ) -> Figure:
        model, request, fitted = self.model, self.request, self.fitted
        attention = self._of_model("attention_per_token_pair", 4 * model.layers * model.width, "FLOP", source,
                                   "4 × layers × heads × head_dim")  # fmt: skip
        exchanged = self._exchanged(source)

        def prefill(
            n: Array, peak: Array, e: Array, ep: Array, wire: Array, el: Array, m: Array, pair: Array, moved: Array,
            p: Array, a: Array, c: Array,
        ) -> Array:  # fmt: skip
            read = replace(model, matmul=m, layers=1.0, width=pair / 4, hidden=moved)
            machine = Machine(n, n, peak * TERA, math.nan, wire * GIGA)
            rates = replace(fitted, compute_efficiency=e, prompt_efficiency=ep, link_efficiency=el)
            return physics.prompt_seconds(read, machine, Load(p, a, c), rates)

        return derive(
            prefill, tp, self.sheet.peak, compute, prompts, self.sheet.links, links, matmul, attention, exchanged,
            request.prompt, request.answer, request.cached, name=self._name("prefill_seconds"), unit="s/request",
            formula="(2·N·new + attention·new·reach) / (tp × peak × efficiency) + exchanged / links,"
            " new = prompt × (1 − cached)",
        )  # fmt: skip

    def _exchanged(self, source: SourceOf) -> Figure:
        return self._of_model("layers_times_hidden", self.model.layers * self.model.hidden, "element", source,
                              "layers × hidden: what accelerators of a replica exchange per token")  # fmt: skip

    def _step(
        self, tp: Figure, kv: Figure, touched: Figure, batch: Figure, matmul: Figure, compute: Figure, links: Figure,
        source: SourceOf,
    ) -> Figure:  # fmt: skip
        request, fitted = self.request, self.fitted
        layers = self._of_model("layers", self.model.layers, "layer", source)
        names = ("bandwidth_efficiency", "layer_seconds", "layer_seconds_per_doubling", "cache_weight")

        def step(
            n: Array, peak: Array, band: Array, wire: Array, w: Array, k: Array, b: Array, p: Array, a: Array, m: Array,
            depth: Array, moved: Array, e: Array, el: Array, eb: Array, s: Array, sd: Array, cw: Array,
        ) -> Array:  # fmt: skip
            read = LanguageModel(w, 0.0, 1.0, m, depth, moved / depth, 0.0, k, self.model.window)
            machine = Machine(n, n, peak * TERA, band * GIGA, wire * GIGA)
            rates = replace(fitted, compute_efficiency=e, link_efficiency=el, bandwidth_efficiency=eb, layer_seconds=s,
                            layer_seconds_per_doubling=sd, cache_weight=cw)  # fmt: skip
            return np.asarray(sum(physics.step_parts(read, machine, Load(p, a), b, rates)))

        return derive(
            step, tp, self.sheet.peak, self.sheet.bandwidth, self.sheet.links, touched, kv, batch, request.prompt,
            request.answer, matmul, layers, self._exchanged(source), compute, links, *map(self._fitted, names),
            name=self._name("decode_step_seconds"), unit="s/token",
            formula="(weights + batch × context × cache) / (tp × bandwidth × efficiency) + 2·N·batch / (tp × peak ×"
            " efficiency) + layers × (s + s₂ × log2 tp) + exchanged / links, context = prompt + answer/2",
        )  # fmt: skip
