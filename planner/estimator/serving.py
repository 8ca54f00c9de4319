"""Serving a language model from physics: prompts bound by compute, answers by memory bandwidth (MODEL §1.6).

A replica is a group of accelerators that holds one copy of the weights and decodes a batch of requests together.
All values may be arrays that broadcast; the constants are fitted by ``pricing_data/fit.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Value = Array | float

BYTES_ON_THE_WIRE = 2.0  # per activation exchanged between the accelerators of a replica


@dataclass(frozen=True)
class Fitted:
    """Constants of the two phases, fitted on measured rows: shares of the sheet, and seconds per layer and step.

    eight_bit_gain, four_bit_gain: factor on the 16-bit compute peak, and the further factor of 4 bits, on cards whose
    sheet has them. cache_weight: cost of a cached byte over a byte of weights.
    """

    bandwidth_efficiency: Value
    compute_efficiency: Value
    prompt_efficiency: Value
    layer_seconds: Value
    layer_seconds_per_doubling: Value
    link_efficiency: Value
    cache_weight: Value
    eight_bit_gain: float
    four_bit_gain: float

    @staticmethod
    def names() -> list[str]:
        """Names of the constants."""
        return [one.name for one in fields(Fitted)]


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
    hidden: Value
    width: Value
    kv_bytes: Value
    window: Value = math.inf

    @property
    def weights_bytes(self) -> Value:
        """All weights [byte]."""
        return self.dense_bytes + self.expert_bytes


@dataclass(frozen=True)
class Machine:
    """A replica's hardware: accelerators, of which `tp` split each layer; of each the peak of the precision [FLOP/s],
    bandwidth and links [byte/s], room for weights and cache [byte]."""

    accelerators: Value
    tp: Value
    peak: Value
    bandwidth: Value
    links: Value
    room: Value = math.inf


@dataclass(frozen=True)
class Load:
    """Mean request [token] and the share of its prompt that is cached."""

    prompt: Value
    answer: Value
    cached: Value = 0.0


@dataclass(frozen=True)
class Times:
    """Seconds of one batch from first prompt to last token, by what takes them; shape as the inputs."""

    memory: Array
    compute: Array
    overhead: Array
    links: Array
    prompts: Array

    @property
    def total(self) -> Array:
        """All of it [s]."""
        return self.memory + self.compute + self.overhead + self.links + self.prompts


def touched_bytes(dense: Value, expert: Value, share: Value, batch: Value) -> Value:
    """Weights that one decode step reads [byte]: dense + experts × (1 − (1 − k/E)^batch).

    *Valid for:* experts chosen evenly and independently; a skewed choice touches fewer.

    >>> float(touched_bytes(1.0, 8.0, 0.25, 2))
    4.5
    """
    return dense + expert * (1 - (1 - share) ** np.maximum(batch, 1.0))


def step_parts(
    model: LanguageModel, machine: Machine, load: Load, batch: Value, fitted: Fitted
) -> tuple[Array, Array, Array, Array]:
    """Seconds of one decode step, in which each request of the batch gains a token: memory, compute, launches, links.

    (weights touched + batch · context · cache) / (n · bandwidth · e₁), 2·N·batch / (n · peak · e₂),
    layers · (s + s₂ · log2 n), 4 · layers · batch · hidden · 2 · (tp − 1) / tp / (links · e₃); context = prompt +
    answer / 2.

    *Source:* roofline (Williams et al., 2009); the exchange of a tensor-parallel layer: Megatron-LM (Shoeybi et
    al., 2019), section 3, two all-reduces a layer.
    """
    context = np.minimum(load.prompt + load.answer / 2, model.window)
    read = touched_bytes(model.dense_bytes, model.expert_bytes, model.expert_share, batch)
    read = read + fitted.cache_weight * batch * context * model.kv_bytes
    memory = read / (machine.accelerators * machine.bandwidth * fitted.bandwidth_efficiency)
    compute = 2 * model.matmul * batch / (machine.accelerators * machine.peak * fitted.compute_efficiency)
    doublings = np.log2(np.maximum(machine.accelerators, 1.0))
    overhead = model.layers * (fitted.layer_seconds + fitted.layer_seconds_per_doubling * doublings)
    links = _exchanged(model, batch, machine) / (machine.links * fitted.link_efficiency)
    parts = np.broadcast_arrays(memory, compute, overhead, links)
    return parts[0], parts[1], parts[2], parts[3]


def _exchanged(model: LanguageModel, tokens: Value, machine: Machine) -> Value:
    """Bytes that an accelerator exchanges for some tokens: two all-reduces a layer, half of the links each way."""
    ring = 2 * (machine.tp - 1) / machine.tp
    return 2 * 2 * model.layers * tokens * model.hidden * BYTES_ON_THE_WIRE * ring


def prompt_flops(model: LanguageModel, load: Load) -> Array:
    """Operations that read one prompt [FLOP]: 2·N·new + 4·layers·width·new·reach, new = prompt · (1 − cached).

    A new token attends to prompt · (1 + cached) / 2 tokens on average (causal), at most to the window.

    *Source:* PaLM (Chowdhery et al., 2022), appendix B, forward only, causal.
    """
    new = load.prompt * (1 - load.cached)
    reach = np.minimum(load.prompt * (1 + load.cached) / 2, model.window)
    return np.asarray(2 * model.matmul * new + 4 * model.layers * model.width * new * reach)


def prompt_seconds(model: LanguageModel, machine: Machine, load: Load, fitted: Fitted) -> Array:
    """Seconds to read one prompt: its operations over the peak reached, and the exchange between accelerators."""
    efficiency = fitted.compute_efficiency * fitted.prompt_efficiency
    computed = prompt_flops(model, load) / (machine.accelerators * machine.peak * efficiency)
    moved = _exchanged(model, load.prompt * (1 - load.cached), machine) / (machine.links * fitted.link_efficiency)
    return np.asarray(computed + moved)


def batch_times(model: LanguageModel, machine: Machine, load: Load, batch: Value, fitted: Fitted) -> Times:
    """Seconds in which a replica answers one batch: its prompts one after another, then a step per answer token."""
    memory, compute, overhead, links = step_parts(model, machine, load, batch, fitted)
    prompts = batch * prompt_seconds(model, machine, load, fitted)
    steps = load.answer
    return Times(
        np.asarray(memory * steps), np.asarray(compute * steps), np.asarray(overhead * steps),
        np.asarray(links * steps), np.asarray(prompts),
    )  # fmt: skip


def requests_per_second(times: Times, batch: Value) -> Array:
    """Requests that a replica finishes [1/s]: batch / seconds of the batch."""
    return np.asarray(batch / times.total)


def latency_seconds(prompt: Value, step: Value, answer: Value, batch: Value) -> tuple[Array, Array]:
    """Time to first token and time per output token [s] of a full replica.

    A prompt waits for one step; each answer token for its share of the prompts read meanwhile, prompt·batch/answer.
    """
    return np.asarray(prompt + step), np.asarray(step + prompt * batch / answer)


def cache_limited_batch(model: LanguageModel, machine: Machine, context: Value) -> Array:
    """Requests whose cache fits beside the weights, not rounded: (n · room − weights) / (cache · context)."""
    return np.asarray((machine.accelerators * machine.room - model.weights_bytes) / (model.kv_bytes * context))
