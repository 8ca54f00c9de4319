"""The serving estimate as figures: each input a leaf with its source, each step of the roofline a derivation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.demand import Rate, Work
from planner.errors import Infeasible, Message, NotPriced
from planner.figure import Figure, Source, derive, given, total
from planner.reference import Accelerator, Reference
from planner.replicas import replica_hours, spare_replicas
from planner.scenario.work import Serving, Workload
from planner.tables import Row
from planner.uncertainty import Draws
from planner.units import GIB, GIGA, HOURS_PER_MONTH, SECONDS_PER_HOUR, TERA
from planner.workload import serving as first_order
from planner.workload.flops import Shape
from planner.workload.serving import Fitted, LanguageModel, Layout, Load, Machine

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
HeldBy = Callable[[Layout], float]
_Z90 = 1.2815515655446004  # standard normal quantile at 90 %
SIGMA = math.log(first_order.INTERVAL_RATIO) / (2 * _Z90)
STACK_SIGMA = SIGMA * math.sqrt(first_order.STACK_VARIANCE_SHARE)
OWN_SIGMA = SIGMA * math.sqrt(1 - first_order.STACK_VARIANCE_SHARE)

_MEASURED = "fitted on collected serving measurements (TensorRT-LLM overviews, aiconfigurator sample)"
_AZURE = "Azure LLM inference trace 2023, conversation"
_MLPERF = "MLPerf inference, server or interactive over offline"


def constant(name: str, label: str, value: ArrayLike, unit: str, origin: str) -> Figure:
    """A leaf that is a constant of ``planner.workload.serving``."""
    return given(label, value, unit, Source("assumption", f"workload/serving.py:{name}", "2026-11", origin))


@dataclass(frozen=True)
class _Request:
    """Lengths and cached share of a request, as leaves; and what was assumed."""

    prompt: Figure
    answer: Figure
    cached: Figure
    load: Load
    notes: tuple[Message, ...]


def _request(work: Work, draws: Draws, source: SourceOf) -> _Request:
    """The mean request of a workload. Lengths not given are those of a published trace, with a warning."""
    workload, stated = work.workload, work.workload.serving or Serving()
    leaves, central, missing = [], [], []
    for key, default, name in (
        ("prompt_tokens", first_order.CHAT_PROMPT_TOKENS, "CHAT_PROMPT_TOKENS"),
        ("answer_tokens", first_order.CHAT_ANSWER_TOKENS, "CHAT_ANSWER_TOKENS"),
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
    limits = stated.latency
    load = Load(
        central[0], central[1], cached,
        limits.ttft_ms / 1e3 if limits and limits.ttft_ms else math.inf,
        limits.tpot_ms / 1e3 if limits and limits.tpot_ms else math.inf,
    )  # fmt: skip
    facts = {"name": workload.id, "fields": ", ".join(missing), "prompt": central[0], "answer": central[1]}
    notes = (Message("warning.serving_lengths", facts),) if missing else ()
    share = given(f"{workload.id}.serving.cached_fraction", cached, "fraction", where)
    return _Request(leaves[0], leaves[1], share, load, notes)


@dataclass(frozen=True)
class _Sheet:
    """What the accelerator's sheet gives, as leaves."""

    peak: Figure
    bandwidth: Figure
    memory: Figure
    usable: Figure

    def machine(self) -> Machine:
        """One accelerator at central values."""
        room = self.memory.mean * GIB * self.usable.mean
        return Machine(1.0, self.peak.mean * TERA, self.bandwidth.mean * GIGA, room)


def _sheet(accelerator: Accelerator, precision: str, reference: Reference) -> _Sheet:
    """Leaves of the sheet. Raises NotPriced when peak, bandwidth or memory is not published."""
    peak, band, memory = accelerator.peak_tflops(precision), accelerator.bandwidth_gbs, accelerator.memory_gib
    if peak is None or band is None or memory is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=precision)
    origin, name = accelerator.row.source(), accelerator.id
    usable = reference.assumption("usable_memory_fraction")
    return _Sheet(
        given(f"{name}.{peak[1]}", peak[0], "TFLOP/s", origin),
        given(f"{name}.memory_bandwidth_gbs", band, "GB/s", origin),
        given(f"{name}.memory_gib", memory, "GiB", origin),
        given("usable_memory_fraction", float(usable.estimate.central), "fraction", usable.source),
    )


def _held(work: Work, model: LanguageModel, machine: Machine, load: Load, reference: Reference) -> HeldBy:
    """Accelerator-hours that a service holds over its months with a layout, all at central values."""
    workload, serving = work.workload, work.workload.serving
    assert serving is not None
    kept = serving.utilization_kept or reference.assumption("serving_utilization_kept").estimate
    month = np.arange(work.amount.value.shape[1]) - (workload.when.month - 1)
    growth = (1 + float(workload.growth_per_month.central)) ** np.maximum(month, 0)
    asked = float(serving.requests_per_second.central) * growth * work.amount.value.any(axis=0)

    def hours(layout: Layout) -> float:
        rate = layout.requests_per_second * first_order.sustained_fraction(model, machine, load, layout) / layout.tp
        busy = asked[None, :] / rate * HOURS_PER_MONTH
        found = replica_hours(
            busy, peak_to_mean=serving.peak_to_mean, utilization_kept=float(kept.central),
            spare=spare_replicas(serving), replica_accelerators=layout.tp, shape=workload.shape,
            autoscaling=serving.autoscaling,
        )  # fmt: skip
        return float(found.sum())

    return hours


def _layout(
    workload: Workload, accelerator: Accelerator, model: LanguageModel, machine: Machine, load: Load,
    held: HeldBy | None,
) -> Layout:  # fmt: skip
    """The best replica at central values. Raises Infeasible that says what fails and by how much."""
    sized = first_order.replicas_that_fit(model, machine, load)
    if not sized:
        cache = float(model.kv_bytes) * (
            load.prompt * first_order.PROMPT_P90_RATIO + load.answer * first_order.ANSWER_P90_RATIO
        )
        raise Infeasible(
            "workload.serving_does_not_fit", name=workload.id, accelerator=accelerator.id,
            weights=round(float(model.weights_bytes) / GIB, 1), cache=round(float(cache) / GIB, 1),
            memory=round(first_order.WIDEST_LAYOUT * float(machine.memory) / GIB, 1), most=first_order.WIDEST_LAYOUT,
        )  # fmt: skip
    found = first_order.best_layout(model, machine, load, held)
    if found is not None:
        return found
    times = [first_order.latencies(model, one, load, 1) for one in sized]
    wanted = (load.ttft_seconds, load.tpot_seconds)
    ratios = [max(time / limit for time, limit in zip(pair, wanted, strict=True)) for pair in times]
    nearest = ratios.index(min(ratios))
    which = int(times[nearest][1] / wanted[1] > times[nearest][0] / wanted[0])
    raise Infeasible(
        "workload.serving_latency", name=workload.id, accelerator=accelerator.id,
        target=("ttft_ms", "tpot_ms")[which], limit=round(1e3 * wanted[which], 3),
        best=round(1e3 * times[nearest][which], 1), count=round(float(sized[nearest].tp)),
    )  # fmt: skip


def serving_rate(
    work: Work,
    accelerator: Accelerator,
    shape: Shape | None,
    row: Row | None,
    *,
    reference: Reference,
    draws: Draws,
    source: SourceOf,
) -> Rate:
    """Requests (samples, tokens) per accelerator-hour of a language model, by the two-phase roofline.

    The layout is chosen at central values; lengths that vary by draw change both phases and the batch that the memory
    holds. Raises NotPriced (no decoder, no sheet), Infeasible (no layout fits or is quick enough).
    """
    workload = work.workload
    model = first_order.language_model(workload.id, shape, row, workload.precision)
    sheet = _sheet(accelerator, workload.precision, reference)
    request = _request(work, draws, source)
    efficiency = prefill_efficiency(work, draws, source)
    machine = replace(sheet.machine(), fitted=Fitted(prefill_efficiency=_central(work, efficiency)))
    held = _held(work, model, machine, request.load, reference) if workload.kind == "serving" else None
    layout = _layout(workload, accelerator, model, machine, request.load, held)
    if workload.kind == "batch_inference":
        sustained = 1.0
    else:
        sustained = first_order.sustained_fraction(model, machine, request.load, layout)
    parts = _Parts(work, accelerator.id, model, sheet, request, layout, efficiency, _model_source(work, row, source))
    notes = list(request.notes)
    if workload.precision == "fp8":
        notes.append(Message("warning.serving_fp8", {"name": workload.id}))
    if accelerator.row["class"] != "datacenter" or accelerator.row["vendor"] != "NVIDIA":
        notes.append(Message("warning.mfu_extrapolated", {"name": workload.id, "accelerator": accelerator.id}))
    return Rate(parts.per_hour(sustained, draws), layout.tp, "modelled", tuple(notes))


def prefill_efficiency(work: Work, draws: Draws, source: SourceOf) -> Figure:
    """Share of the dense peak that reading prompts reaches: the user's MFU, else the fitted constant."""
    workload = work.workload
    if workload.throughput is not None and workload.throughput.mfu is not None:
        label = f"{workload.id}.mfu"
        where = source(("workloads", work.index, "throughput", "mfu"))
        return given(label, draws.column(label, workload.throughput.mfu), "fraction", where)
    name = "PREFILL_EFFICIENCY"
    return constant(name, f"{workload.id}.serving.prefill_efficiency", first_order.PREFILL_EFFICIENCY, "fraction",
                    _MEASURED)  # fmt: skip


def _central(work: Work, efficiency: Figure) -> float:
    own = work.workload.throughput
    return float(own.mfu.central) if own is not None and own.mfu is not None else efficiency.mean


def spread(work: Work, accelerator_id: str, draws: Draws) -> tuple[Figure, Figure]:
    """The two lognormal factors of the published interval: of model, software and load; of the accelerator."""
    out = []
    for label, sigma, text in (
        (f"{work.workload.id}.serving.stack", STACK_SIGMA, "shared by all accelerators"),
        (f"{work.workload.id}.{accelerator_id}.serving", OWN_SIGMA, "of this accelerator"),
    ):
        origin = f"lognormal, median 1, standard deviation of the log {sigma:.3f}, {text}; {_MEASURED}"
        out.append(constant("INTERVAL_RATIO", label, draws.noise(label, sigma), "ratio", origin))
    return out[0], out[1]


def _model_source(work: Work, row: Row | None, source: SourceOf) -> Source:
    return row.source() if row is not None else source(("workloads", work.index, "parameters"))


@dataclass(frozen=True)
class _Parts:
    """Inputs of the estimate; its methods are the figures from the bottom to the rate."""

    work: Work
    accelerator: str
    model: LanguageModel
    sheet: _Sheet
    request: _Request
    layout: Layout
    efficiency: Figure
    model_source: Source

    def _name(self, what: str) -> str:
        return f"{self.work.workload.id}.{self.accelerator}.{what}"

    def _of_model(self, what: str, value: ArrayLike, unit: str, how: str = "") -> Figure:
        s = self.model_source
        origin = f"{how}; {s.origin}" if how else s.origin
        label = f"{self.work.workload.id}.{what}"
        return given(label, value, unit, Source(s.kind, s.locator, s.as_of, origin, s.flag))

    def per_hour(self, sustained: float, draws: Draws) -> Figure:
        """The rate from its two phases, the batch, the layout, arrivals and the two spreads."""
        request, name = self.request, self.work.workload.id
        tp = constant("LAYOUTS", self._name("tensor_parallel"), self.layout.tp, "accelerator/replica",
                      "layout that holds fewest accelerators for the load, within memory and latency")  # fmt: skip
        kv = self._of_model("kv_bytes_per_token", self.model.kv_bytes, "byte/token",
                            "cached elements per token × bytes of the cache")  # fmt: skip
        weights = self._weights()
        batch = self._batch(tp, kv, weights)
        matmul = self._of_model("parameters_active", self.model.matmul, "parameter", "active, that multiply")
        prefill = self._prefill(tp, matmul)
        step = self._step(tp, kv, self._touched(weights, batch), batch, matmul)
        arrival = constant("SUSTAINED_LOOSE, SUSTAINED_TIGHT", self._name("sustained_fraction"), sustained, "fraction",
                           "no arrivals to wait for: a batch" if sustained == 1.0 else _MLPERF)  # fmt: skip
        stack, own = spread(self.work, self.accelerator, draws)
        by_token = self.work.unit == "token"

        def rate(pre: Array, one: Array, p: Array, a: Array, b: Array, n: Array, *factors: Array) -> Array:
            out = first_order.requests_per_second(pre, one, a, b) * SECONDS_PER_HOUR / n
            for factor in factors:
                out = out * factor
            return out * (p + a) if by_token else out

        words = " × (prompt + answer)" if by_token else ""
        return derive(
            rate, prefill, step, request.prompt, request.answer, batch, tp, arrival, stack, own,
            name=f"{name}.rate.{self.accelerator}", unit=f"{self.work.unit}/accelerator-hour",
            formula=f"3600 / (prefill + answer × step / batch) / tp × sustained × spread{words}",
        )  # fmt: skip

    def _weights(self) -> tuple[Figure, ...]:
        """One leaf for a dense model; dense part, experts and share of experts for a mixture."""
        if not self.model.expert_bytes:
            return (self._of_model("weights_bytes", self.model.dense_bytes, "byte", "parameters × bytes per weight"),)
        return (
            self._of_model("dense_weights_bytes", self.model.dense_bytes, "byte", "weights that every token uses"),
            self._of_model("expert_weights_bytes", self.model.expert_bytes, "byte", "weights of all experts"),
            self._of_model("expert_share", self.model.expert_share, "fraction", "experts per token over experts"),
        )

    def _touched(self, weights: tuple[Figure, ...], batch: Figure) -> Figure:
        if len(weights) == 1:
            return weights[0]
        return derive(
            first_order.touched_bytes, *weights, batch, name=self._name("touched_bytes"), unit="byte",
            formula="dense + experts × (1 − (1 − share)^batch)",
        )  # fmt: skip

    def _batch(self, tp: Figure, kv: Figure, weights: tuple[Figure, ...]) -> Figure:
        """Requests decoded together: what memory holds, at most what the latency allows."""
        limited = self.layout.latency_batch < first_order.LARGEST_BATCH
        why = (
            "most requests together within the latency limits"
            if limited
            else "most that was measured; no latency limits it"
        )
        quick = constant("LARGEST_BATCH", self._name("latency_batch"), self.layout.latency_batch, "request", why)
        held = weights[0] if len(weights) == 1 else total(*weights[:2], name=self._name("weights_bytes"), unit="byte")
        ratios = [
            constant("PROMPT_P90_RATIO", "serving.prompt_p90_ratio", first_order.PROMPT_P90_RATIO, "ratio", _AZURE),
            constant("ANSWER_P90_RATIO", "serving.answer_p90_ratio", first_order.ANSWER_P90_RATIO, "ratio", _AZURE),
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

    def _prefill(self, tp: Figure, matmul: Figure) -> Figure:
        model, request = self.model, self.request
        attention = self._of_model("attention_per_token_pair", 4 * model.layers * model.width, "FLOP",
                                   "4 × layers × heads × head_dim")  # fmt: skip

        def prefill(n: Array, peak: Array, e: Array, m: Array, pair: Array, p: Array, a: Array, c: Array) -> Array:
            read = replace(model, matmul=m, layers=1.0, width=pair / 4)
            machine = Machine(n, peak * TERA, math.nan, fitted=Fitted(prefill_efficiency=e))
            return first_order.prefill_seconds(read, machine, Load(p, a, c))

        return derive(
            prefill, tp, self.sheet.peak, self.efficiency, matmul, attention, request.prompt, request.answer,
            request.cached, name=self._name("prefill_seconds"), unit="s/request",
            formula="(2·N·new + attention·new·reach) / (tp × peak × efficiency), new = prompt × (1 − cached)",
        )  # fmt: skip

    def _step(self, tp: Figure, kv: Figure, touched: Figure, batch: Figure, matmul: Figure) -> Figure:
        request = self.request
        layers = self._of_model("layers", self.model.layers, "layer")
        fitted = [
            constant(name.upper(), f"serving.{name}", getattr(first_order, name.upper()), unit, _MEASURED)
            for name, unit in (("bandwidth_efficiency", "fraction"), ("layer_seconds", "s/layer"),
                               ("layer_seconds_per_doubling", "s/layer"))
        ]  # fmt: skip

        def step(
            n: Array, peak: Array, band: Array, w: Array, k: Array, b: Array, p: Array, a: Array, m: Array,
            depth: Array, e: Array, eb: Array, s: Array, sd: Array,
        ) -> Array:  # fmt: skip
            read = LanguageModel(w, 0.0, 1.0, m, depth, 0.0, k)
            machine = Machine(n, peak * TERA, band * GIGA, fitted=Fitted(eb, e, s, sd))
            return first_order.decode_step_seconds(read, machine, Load(p, a), b)

        return derive(
            step, tp, self.sheet.peak, self.sheet.bandwidth, touched, kv, batch, request.prompt, request.answer, matmul,
            layers, self.efficiency, *fitted, name=self._name("decode_step_seconds"), unit="s/token",
            formula="max((weights + batch × context × cache) / (tp × bandwidth × efficiency)"
            " + layers × (s + s₂ × log2 tp), 2·N·batch / (tp × peak × efficiency)), context = prompt + answer/2",
        )  # fmt: skip
