"""A language model served on some accelerators: what is asked, how it is laid out, and the case that it makes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.errors import NotPriced
from planner.estimator.analogy import Array, Cases
from planner.estimator.serving import (
    Fitted,
    LanguageModel,
    Load,
    Machine,
    Times,
    batch_times,
    cache_limited_batch,
    prompt_seconds,
)
from planner.estimator.shape import Shape
from planner.reference import Accelerator
from planner.units import GIB, GIGA, TERA

USABLE_MEMORY = 0.92  # of the sheet, for weights and cache: what engines take by default, 0.90 to 0.95
SMALLEST_CACHE = 0.04  # of the memory: what is left to the cache where the weights nearly fill it
LARGEST_BATCH = 2048.0  # per replica: default limit of the engines measured; 512 per accelerator in wide replicas
LARGEST_BATCH_PER_ACCELERATOR = 512.0
DEFAULT_LINKS_GBS = 64.0  # both ways: PCIe 4 × 16, where the sheet names no link
BYTES = {"32": 4.0, "16": 2.0, "8": 1.0, "4": 0.57}  # 4 bits with their scales
FAR = 1e9  # a concurrency without limit


@dataclass(frozen=True)
class Layout:
    """How a deployment is cut: accelerators of a replica that decodes, and how many; the same for prompts.

    tp: accelerators that split each layer. apart: prompts and answers on accelerators of their own.
    """

    accelerators: float
    replicas: float
    tp: float
    prompt_accelerators: float
    prompt_replicas: float
    apart: bool = False
    by_request: bool = False  # attention split by request instead of by head


@dataclass(frozen=True)
class Deployment:
    """A language model on n accelerators under a load.

    bits: 32, 16, 8 or 4, of the weights. cache_bytes: per cached element. concurrency: requests together in the whole
    deployment. engine, stack, scenario, workload, parallelism: as in the measured table, "" where not known.
    """

    model: str
    shape: Shape
    bits: str
    cache_bytes: float
    accelerator: Accelerator
    memory_gib: float
    n_accelerators: float
    layout: Layout
    prompt: float
    answer: float
    concurrency: float
    prompt_known: bool = True
    engine: str = ""
    stack: str = ""
    scenario: str = ""
    workload: str = ""
    parallelism: str = ""
    year: float = 2026.0


def weights_bytes(shape: Shape, bits: str) -> float:
    """All weights [byte]."""
    return shape.parameters * BYTES[bits]


def fewest_accelerators(weights: float, memory_gib: float) -> float:
    """Fewest accelerators whose memory holds the weights, not rounded to a layout."""
    return max(1.0, math.ceil(weights / (memory_gib * GIB * USABLE_MEMORY)))


def check(deployment: Deployment) -> Deployment:
    """The deployment itself. Raises NotPriced for what no server could run: no sheet, no fp8, weights too large."""
    sheet, bits = deployment.accelerator.row, deployment.bits
    if deployment.accelerator.peak_tflops("bf16") is None or deployment.accelerator.bandwidth_gbs is None:
        raise NotPriced("workload.no_sheet", accelerator=deployment.accelerator.id, precision=f"{bits}-bit")
    need = weights_bytes(deployment.shape, bits)
    room = deployment.memory_gib * GIB * deployment.n_accelerators
    if need > room:
        raise NotPriced(
            "estimate.weights_do_not_fit", accelerator=sheet["id"], need=round(need / GIB, 1),
            room=round(room / GIB, 1), count=round(deployment.n_accelerators),
        )  # fmt: skip
    return deployment


def _column(values: list[float]) -> Array:
    return np.array(values, dtype=float)


@dataclass(frozen=True)
class Stacked:
    """Deployments side by side: arrays of shape (deployments,)."""

    model: LanguageModel
    machine: Machine
    readers: Machine
    load: Load
    batch: Array
    limited: Array
    times: Times
    rate: Array


def stack(deployments: Sequence[Deployment], fitted: Fitted) -> Stacked:
    """The physics of deployments: output tokens per second of each as a whole [token/s]."""
    shapes, layouts = [one.shape for one in deployments], [one.layout for one in deployments]
    per_weight = _column([BYTES[one.bits] for one in deployments])
    experts = _column([shape.expert_parameters for shape in shapes])
    total = _column([shape.parameters for shape in shapes])
    model = LanguageModel(
        (total - experts) * per_weight,
        experts * per_weight,
        _column([shape.expert_share for shape in shapes]),
        _column([shape.parameters_active for shape in shapes]),
        _column([shape.layers or 32.0 for shape in shapes]),
        _column([shape.hidden or 4096.0 for shape in shapes]),
        _column([shape.attention_width or 4096.0 for shape in shapes]),
        _column([(one.shape.kv_elements or 65536.0) * one.cache_bytes for one in deployments]),
        _column([shape.window or math.inf for shape in shapes]),
    )  # fmt: skip
    peak = _column([peak_of(one.accelerator, one.bits, fitted) for one in deployments])
    band = _column([(one.accelerator.bandwidth_gbs or 0.0) * GIGA for one in deployments])
    links = _column(
        [max(one.accelerator.row.number("interconnect_gbs") or DEFAULT_LINKS_GBS, 32.0) * GIGA for one in deployments]
    )
    room = _column([one.memory_gib * GIB * USABLE_MEMORY for one in deployments])
    size = _column([one.accelerators for one in layouts])
    machine = Machine(size, _column([one.tp for one in layouts]), peak, band, links, room)
    readers = Machine(
        _column([one.prompt_accelerators for one in layouts]),
        _column([min(one.tp, one.prompt_accelerators) for one in layouts]), peak, band, links, room,
    )  # fmt: skip
    load = Load(_column([one.prompt for one in deployments]), _column([one.answer for one in deployments]))
    context = load.prompt + load.answer / 2
    least = SMALLEST_CACHE / USABLE_MEMORY * size * room / (model.kv_bytes * context)
    most = np.maximum(np.maximum(cache_limited_batch(model, machine, context), least), 1.0)
    replicas = _column([one.replicas for one in layouts])
    asked = _column([min(one.concurrency, FAR) for one in deployments]) / replicas
    ceiling = np.maximum(LARGEST_BATCH, LARGEST_BATCH_PER_ACCELERATOR * size)
    batch = np.clip(np.minimum(np.minimum(asked, most), ceiling), 0.25, None)
    times = batch_times(model, machine, load, batch, fitted)
    apart = np.array([one.apart for one in layouts])
    times, seconds = _with_readers(times, apart, model, readers, load, batch * replicas, layouts, fitted)
    rate = replicas * batch * load.answer / seconds
    return Stacked(model, machine, readers, load, batch, (asked > most).astype(float), times, rate)


def peak_of(accelerator: Accelerator, bits: str, fitted: Fitted) -> float:
    """Compute peak that a precision is worth [FLOP/s]: the 16-bit peak, with the fitted gains of 8 and 4 bits."""
    peak = accelerator.peak_tflops("bf16")
    if peak is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=f"{bits}-bit")
    gain = 1.0
    if bits in ("8", "4") and accelerator.row.number("fp8_tflops") is not None:
        gain = fitted.eight_bit_gain
    if bits == "4" and accelerator.row.number("fp4_tflops") is not None:
        gain *= fitted.four_bit_gain
    return peak[0] * TERA * gain


def _with_readers(
    times: Times, apart: Array, model: LanguageModel, readers: Machine, load: Load, requests: Array,
    layouts: Sequence[Layout], fitted: Fitted,
) -> tuple[Times, Array]:  # fmt: skip
    """Times and seconds where some deployments read prompts on accelerators of their own: the slower half decides."""
    if not apart.any():
        return times, times.total
    groups = _column([one.prompt_replicas for one in layouts])
    elsewhere = requests * prompt_seconds(model, readers, load, fitted) / groups
    prompts = np.where(apart, 0.0, times.prompts)
    decode = times.memory + times.compute + times.overhead + times.links
    seconds = np.where(apart, (decode**4 + elsewhere**4) ** 0.25, decode + prompts)
    share = np.where(apart, (decode / seconds) ** 4, 1.0) * np.where(apart, seconds / decode, 1.0)
    parts = [part * share for part in (times.memory, times.compute, times.overhead, times.links)]
    memory, compute, overhead, links = parts
    return Times(memory, compute, overhead, links, np.asarray(seconds - sum(parts))), np.asarray(seconds)


def cases_of(deployments: Sequence[Deployment], stacked: Stacked) -> Cases:
    """The cases of deployments, for the analogy: what they are, and what takes their time."""
    times, load = stacked.times, stacked.load
    total = times.total
    rows = [
        {
            "model": one.model,
            "accelerator": one.accelerator.id,
            "generation": one.accelerator.row["architecture"],
            "bits": one.bits,
            "engine": one.engine,
            "stack": one.stack,
            "scenario": one.scenario,
            "parallelism": one.parallelism,
            "workload": one.workload,
            "mixture": str(one.shape.is_mixture),
        }
        for one in deployments
    ]
    features = {
        "batch": np.log(stacked.batch),
        "context": np.log(load.prompt + load.answer / 2),
        "prompt_share": np.log(load.prompt / load.answer),
        "replica": np.log2(stacked.machine.accelerators),
        "parameters": np.log([one.shape.parameters for one in deployments]),
        "active": np.log([one.shape.parameters_active for one in deployments]),
        "memory": times.memory / total,
        "overhead": times.overhead / total,
        "prompts": times.prompts / total,
        "links": times.links / total,
        "limited": stacked.limited,
        "prompt_unknown": _column([float(not one.prompt_known) for one in deployments]),
        "apart": _column([float(one.layout.apart) for one in deployments]),
        "by_request": _column([float(one.layout.by_request) for one in deployments]),
        "one": np.ones(len(deployments)),
    }
    return Cases({name: np.array([row[name] for row in rows]) for name in rows[0]}, features)
