"""The figures of a serving rate, from its leaves to the rate: each step of the two phases a derivation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.demand import Work
from planner.errors import Message
from planner.estimator import serving as physics
from planner.estimator.serving import Fitted, LanguageModel, Load, Machine
from planner.estimator.single import Estimated
from planner.figure import Figure, Source, derive, given, total
from planner.uncertainty import Draws
from planner.units import GIB, GIGA, SECONDS_PER_HOUR, TERA
from planner.workload import replica as rules
from planner.workload.replica import Layout, Limits
from planner.workload.spread import correction, doubt
from planner.workload.subject import Subject

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]

AZURE = "Azure LLM inference trace 2023, conversation"
MLPERF = "MLPerf inference, server or interactive over offline"
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
class Request:
    """Lengths and cached share of a request, as leaves; limits; and what was assumed."""

    prompt: Figure
    answer: Figure
    cached: Figure
    load: Load
    limits: Limits
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class Sheet:
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


@dataclass(frozen=True)
class Parts:
    """Inputs of the estimate; its methods are the figures from the bottom to the rate."""

    work: Work
    accelerator: str
    subject: Subject
    model: LanguageModel
    sheet: Sheet
    request: Request
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
                           "no arrivals to wait for: a batch" if sustained == 1.0 else MLPERF)  # fmt: skip
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
            constant("PROMPT_P90_RATIO", "serving.prompt_p90_ratio", rules.PROMPT_P90_RATIO, "ratio", AZURE),
            constant("ANSWER_P90_RATIO", "serving.answer_p90_ratio", rules.ANSWER_P90_RATIO, "ratio", AZURE),
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
