"""Serving a language model at first order: prompts bound by compute, answers by memory bandwidth (MODEL §1.6).

A replica is `tp` accelerators that hold one copy of the weights and decode `batch` requests together. Every
constant of the estimate stands below with its source; `planner.workload.serving_rate` makes figures of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.errors import NotPriced
from planner.tables import Row
from planner.workload.flops import Shape

Array = NDArray[np.float64]
Value = Array | float

# Fitted together on collected serving measurements (TensorRT-LLM overviews, aiconfigurator sample, 2024–2026).
BANDWIDTH_EFFICIENCY = 0.53  # of the sheet's memory bandwidth, decoding
PREFILL_EFFICIENCY = 0.39  # of the dense peak (fp8: the 16-bit one), reading prompts; also the ceiling of decoding
LAYER_SECONDS = 45e-6  # per layer and decode step: launches, small kernels
LAYER_SECONDS_PER_DOUBLING = 26e-6  # the same, for each doubling of tensor parallelism
# Width of the 80 % interval, p90 over p10, on model × accelerator groups left out of the fit.
INTERVAL_RATIO = 2.75
# Part of the log variance that belongs to the model, its software and load, hence is shared by all accelerators:
# a share of 0.65 of the variance (0.163) of 210 operating points measured on two accelerators or more.
STACK_VARIANCE_SHARE = 0.65
# Azure LLM inference trace 2023, conversation: mean and 90th percentile of prompt and answer [token].
CHAT_PROMPT_TOKENS, CHAT_PROMPT_P90 = 1155.0, 2735.0
CHAT_ANSWER_TOKENS, CHAT_ANSWER_P90 = 211.0, 424.0
PROMPT_P90_RATIO = CHAT_PROMPT_P90 / CHAT_PROMPT_TOKENS
ANSWER_P90_RATIO = CHAT_ANSWER_P90 / CHAT_ANSWER_TOKENS
# Sustained load over the maximum of the same system: MLPerf inference, server over offline (261 pairs) and
# interactive over offline (81 pairs). Interactive limits there: 15–40 ms per token, 450–500 ms to the first
# (the largest models 80 ms and 1.5–4.5 s); server limits: 80–200 ms per token, 2–6 s to the first.
SUSTAINED_LOOSE = 0.93
SUSTAINED_TIGHT = 0.61
TIGHT_TPOT_SECONDS = 0.050
TIGHT_TTFT_SECONDS = 0.500
# Bytes of a cached element. With fp8 the cache is 8-bit too, as in the measured fp8 runs: predicted over measured
# output offline is then 0.82, with 16 bits 0.57. Of 134 pairs of fp8 and bf16 runs the median gain is 1.23, predicted
# 1.23 with the 16-bit peak and 1.67 with the fp8 peak: hence the 16-bit one, as in the rest of the planner.
KV_BYTES_16_BIT, KV_BYTES_FP8 = 2.0, 1.0
LAYOUTS = (1, 2, 4, 8)  # tensor parallelism within one server
WIDEST_LAYOUT = 16  # only for models that no server of eight holds
SMALLER_IS_SIMPLER = 0.05  # among layouts within 5 % of the best, the fewest accelerators
# Most requests decoded together: 96 % of the measured rows stand below; beyond, the estimate is up to 80 % high.
LARGEST_BATCH = 2048


@dataclass(frozen=True)
class Fitted:
    """The four fitted constants: fractions of the sheet and seconds per layer and step."""

    bandwidth_efficiency: Value = BANDWIDTH_EFFICIENCY
    prefill_efficiency: Value = PREFILL_EFFICIENCY
    layer_seconds: Value = LAYER_SECONDS
    layer_seconds_per_doubling: Value = LAYER_SECONDS_PER_DOUBLING


@dataclass(frozen=True)
class LanguageModel:
    """What serving reads and computes.

    dense_bytes: weights that every token uses. expert_bytes: weights of which a token uses `expert_share` (k of E).
    matmul: active parameters that multiply. width: heads × head_dim. kv_bytes: cache per token [byte].
    """

    dense_bytes: Value
    expert_bytes: Value
    expert_share: Value
    matmul: Value
    layers: Value
    width: Value
    kv_bytes: Value
    window: float | None = None

    @property
    def weights_bytes(self) -> Value:
        """All weights [byte]."""
        return self.dense_bytes + self.expert_bytes


@dataclass(frozen=True)
class Machine:
    """A replica's hardware: accelerators, and of each the dense peak [FLOP/s], bandwidth [byte/s], room [byte]."""

    tp: Value
    peak: Value
    bandwidth: Value
    memory: Value = math.inf
    fitted: Fitted = Fitted()


@dataclass(frozen=True)
class Load:
    """Mean request [token], share of the prompt in cache, and limits [s] (infinite: none)."""

    prompt: Value
    answer: Value
    cached: Value = 0.0
    ttft_seconds: float = math.inf
    tpot_seconds: float = math.inf


@dataclass(frozen=True)
class Layout:
    """A replica: accelerators, most requests together by latency and by latency and memory, requests per second."""

    tp: int
    latency_batch: int
    batch: int
    requests_per_second: float


# ── the model ─────────────────────────────────────────────────────────────────────────────────────────────


def is_language_model(shape: Shape | None, row: Row | None) -> bool:
    """A decoder with parameters, layers and width known, from the catalogue or from the user."""
    if shape is None or not shape.parameters or not shape.layers or not shape.attention_width:
        return False
    return shape.forward_flops_per_sample is None and (row is None or row["kind"] == "llm")


def expert_split(shape: Shape, row: Row | None) -> tuple[float, float, float]:
    """Parameters that every token uses, parameters of the experts, and the share of these that a token uses.

    total = dense + X and active = dense + X·k/E give X = (total − active) / (1 − k/E). Without k, X is counted from
    the geometry, E × 3 × hidden × width of an expert × layers. Without E, all weights count as experts.
    """
    total, active = shape.parameters, shape.parameters_active
    if active >= total:
        return total, 0.0, 1.0
    experts, chosen, wide = (
        row.number(name) if row is not None else None for name in ("experts", "experts_per_token", "moe_ffn")
    )
    if experts and chosen and chosen < experts:
        expert = min((total - active) / (1 - chosen / experts), total)
        return total - expert, expert, chosen / experts
    if experts and wide and shape.hidden and shape.layers:
        expert = min(experts * 3 * shape.hidden * wide * shape.layers, total)
        share = (active - (total - expert)) / expert
        if share > 0:
            return total - expert, expert, share
    return 0.0, total, active / total


def kv_elements_per_token(shape: Shape, row: Row | None) -> float:
    """Cached numbers per token: the catalogue's, else 2 × kv_heads × head_dim × layers, else 2 × hidden × layers.

    The computed count is an upper bound where some layers keep no cache or share their heads.
    """
    elements = row.number("kv_elements_per_token") if row is not None else None
    if elements is not None:
        return elements
    width = shape.attention_width or 0.0
    if row is not None and (heads := row.number("heads")):
        width *= (row.number("kv_heads") or heads) / heads
    return 2 * width * (shape.layers or 0.0)


def language_model(name: str, shape: Shape | None, row: Row | None, precision: str) -> LanguageModel:
    """A model as serving sees it. Raises NotPriced for what is no decoder with known geometry."""
    if shape is None or not is_language_model(shape, row):
        raise NotPriced("workload.serving_rate_wanted", name=name)
    dense, expert, share = expert_split(shape, row)
    per_weight = {"fp8": 1.0, "fp32": 4.0, "tf32": 4.0}.get(precision, 2.0)
    per_element = KV_BYTES_FP8 if precision == "fp8" else KV_BYTES_16_BIT
    return LanguageModel(
        dense * per_weight, expert * per_weight, share, shape.matmul_parameters, shape.layers or 0.0,
        shape.attention_width or 0.0, kv_elements_per_token(shape, row) * per_element, shape.window,
    )  # fmt: skip


# ── the two phases ────────────────────────────────────────────────────────────────────────────────────────


def touched_bytes(dense: Value, expert: Value, share: Value, batch: Value) -> Value:
    """Weights that one decode step reads [byte]: dense + experts × (1 − (1 − k/E)^batch).

    *Valid for:* experts chosen evenly and independently; a skewed choice touches fewer.

    >>> touched_bytes(1.0, 8.0, 0.25, 2)
    4.5
    """
    return dense + expert * (1 - (1 - share) ** batch)


def decode_step_seconds(model: LanguageModel, machine: Machine, load: Load, batch: Value) -> Array:
    """Time of one decode step [s], in which each request of the batch gains a token.

    max( (weights touched + batch · context · cache per token) / (tp · bandwidth · 0.53)
    + layers · (45 µs + 26 µs · log2 tp), 2·N·batch / (tp · peak · 0.39) ), context = prompt + answer / 2.

    *Source:* roofline (Williams et al., 2009) with fitted efficiencies. *Valid for:* tp within fast links.
    """
    fitted = machine.fitted
    read = touched_bytes(model.dense_bytes, model.expert_bytes, model.expert_share, batch)
    read = read + batch * (load.prompt + load.answer / 2) * model.kv_bytes
    overhead = model.layers * (fitted.layer_seconds + fitted.layer_seconds_per_doubling * np.log2(machine.tp))
    moved = read / (machine.tp * machine.bandwidth * fitted.bandwidth_efficiency)
    computed = 2 * model.matmul * batch / (machine.tp * machine.peak * fitted.prefill_efficiency)
    return np.asarray(np.maximum(moved + overhead, computed))


def prefill_flops(model: LanguageModel, load: Load) -> Array:
    """Operations that read one prompt [FLOP]: 2·N·new + 4·layers·width·new·reach, new = prompt · (1 − cached).

    A new token attends to prompt · (1 + cached) / 2 tokens on average (causal), at most to the window.

    *Source:* PaLM (Chowdhery et al., 2022), appendix B, forward only, causal.
    """
    new = load.prompt * (1 - load.cached)
    reach = np.minimum(load.prompt * (1 + load.cached) / 2, model.window or np.inf)
    return np.asarray(2 * model.matmul * new + 4 * model.layers * model.width * new * reach)


def prefill_seconds(model: LanguageModel, machine: Machine, load: Load) -> Array:
    """Time to read one prompt [s]: prefill FLOPs / (tp · peak · 0.39)."""
    return np.asarray(prefill_flops(model, load) / (machine.tp * machine.peak * machine.fitted.prefill_efficiency))


def requests_per_second(prefill: Value, step: Value, answer: Value, batch: Value) -> Array:
    """Requests that a replica finishes [1/s], prompts read between steps: 1 / (prefill + answer · step / batch).

    prefill, step: [s]. answer: [token].

    >>> requests_per_second(0.1, 0.02, 200.0, 40.0).item()
    5.0
    """
    return np.asarray(1 / (prefill + answer * step / batch))


def latency_seconds(prefill: Value, step: Value, answer: Value, batch: Value) -> tuple[Array, Array]:
    """Time to first token and time per output token [s] of a full replica.

    A prompt waits for one step; each answer token for its share of the prompts read meanwhile, prefill·batch/answer.
    """
    return np.asarray(prefill + step), np.asarray(step + prefill * batch / answer)


def kv_limited_batch(model: LanguageModel, machine: Machine, load: Load) -> Array:
    """Requests whose cache fits beside the weights, not rounded: (tp · room − weights) / (cache · p90 context).

    p90 context: mean lengths × the ratios of the Azure 2023 conversation trace.
    """
    context = load.prompt * PROMPT_P90_RATIO + load.answer * ANSWER_P90_RATIO
    return np.asarray((machine.tp * machine.memory - model.weights_bytes) / (model.kv_bytes * context))


# ── the layout ────────────────────────────────────────────────────────────────────────────────────────────


def latencies(model: LanguageModel, machine: Machine, load: Load, batch: int) -> tuple[float, float]:
    """Time to first token and per output token [s] at a batch."""
    step, prefill = decode_step_seconds(model, machine, load, batch), prefill_seconds(model, machine, load)
    ttft, tpot = latency_seconds(prefill, step, load.answer, batch)
    return float(ttft), float(tpot)


def latency_batch(model: LanguageModel, machine: Machine, load: Load) -> int:
    """Most requests together within the latency limits, 0 when one alone is too slow; both latencies grow with it."""

    def holds(batch: int) -> bool:
        ttft, tpot = latencies(model, machine, load, batch)
        return ttft <= load.ttft_seconds and tpot <= load.tpot_seconds

    if holds(LARGEST_BATCH):
        return LARGEST_BATCH
    low, high = 0, LARGEST_BATCH
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def layout_at(model: LanguageModel, machine: Machine, load: Load) -> Layout | None:
    """The replica with the largest batch that memory and latency allow; None when not even one request.

    Requests per second grow with the batch: the largest allowed is the best.
    """
    quick = latency_batch(model, machine, load)
    batch = min(quick, math.floor(round(min(float(kv_limited_batch(model, machine, load)), LARGEST_BATCH), 9)))
    if batch < 1:
        return None
    step, prefill = decode_step_seconds(model, machine, load, batch), prefill_seconds(model, machine, load)
    served = float(requests_per_second(prefill, step, load.answer, batch))
    return Layout(round(float(machine.tp)), quick, batch, served)


def replicas_that_fit(model: LanguageModel, machine: Machine, load: Load) -> list[Machine]:
    """Replicas of 1, 2, 4, 8 accelerators that hold the weights and one request's cache; 16 when none does."""
    sized = [replace(machine, tp=float(tp)) for tp in (*LAYOUTS, WIDEST_LAYOUT)]
    fits = [one for one in sized if float(kv_limited_batch(model, one, load)) >= 1 - 1e-9]
    return [one for one in fits if float(one.tp) <= LAYOUTS[-1]] or fits


def best_layout(
    model: LanguageModel, machine: Machine, load: Load, held: Callable[[Layout], float] | None = None
) -> Layout | None:
    """The layout with least of what it costs, the smallest within 5 %; None when none serves.

    held: accelerator-hours that a service holds with a layout: whole replicas and spares, where wide ones are waste
    at a small load. Without it, as for batches: accelerators for a request per second.
    """
    found = [layout_at(model, one, load) for one in replicas_that_fit(model, machine, load)]
    kept = [layout for layout in found if layout is not None]
    if not kept:
        return None
    costs = [held(one) if held else one.tp / one.requests_per_second for one in kept]
    limit = min(costs) / (1 - SMALLER_IS_SIMPLER)
    return next(one for one, cost in zip(kept, costs, strict=True) if cost <= limit)


def is_tight(load: Load) -> bool:
    """A limit like those of MLPerf's interactive scenario: ≤ 50 ms per token or ≤ 500 ms to the first."""
    return load.tpot_seconds <= TIGHT_TPOT_SECONDS or load.ttft_seconds <= TIGHT_TTFT_SECONDS


def sustained_fraction(model: LanguageModel, machine: Machine, load: Load, layout: Layout) -> float:
    """Requests sustained under irregular arrivals over those that the layout finishes when always full.

    0.93; with a tight limit also at most 0.61 of what the same accelerators finish without any limit. The
    published ratio compares with that maximum: the smaller batch that the limit forces is in it already.
    """
    if not is_tight(load):
        return SUSTAINED_LOOSE
    unlimited = replace(load, ttft_seconds=math.inf, tpot_seconds=math.inf)
    free = layout_at(model, replace(machine, tp=float(layout.tp)), unlimited)
    most = free.requests_per_second if free is not None else layout.requests_per_second
    return min(SUSTAINED_LOOSE, SUSTAINED_TIGHT * most / layout.requests_per_second)
