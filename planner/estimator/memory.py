"""Memory of a training and of a served model, and the smallest layout that holds it (MODEL §1.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.errors import Infeasible
from planner.estimator.shape import Shape
from planner.units import GIB

ZERO_STAGES = (0, 1, 2, 3)  # sharded over the data-parallel group: nothing, optimiser, and gradients, and weights
SPLITS = (1, 2, 4, 8)  # accelerators of one machine that split each layer
# Bytes per parameter that an optimiser keeps beside weights and gradients, 32-bit copy of the weights included.
OPTIMISER_BYTES = {"adamw": 12.0, "adamw_8bit": 6.0, "sgd": 8.0, "adafactor": 4.1, "lion": 8.0, "muon": 8.0}
QUANTISED_BYTES = 0.55  # 4-bit weights with their scales
ADAPTER_SHARE = 0.005  # of the parameters, trained by an adapter of rank 16 on the attention of a 7B model
MOST_ACCELERATORS = 65_536


@dataclass(frozen=True)
class States:
    """Bytes per parameter, by what can be sharded apart."""

    weights: float
    gradients: float
    optimiser: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.weights + self.gradients + self.optimiser


@dataclass(frozen=True)
class TrainingLayout:
    """A layout that fits: accelerators, ZeRO stage, accelerators that split a layer, sequences at a time, whether
    activations are recomputed; and bytes on each accelerator."""

    accelerators: int
    zero_stage: int
    tensor_parallel: int
    micro_batch: int
    checkpointing: bool
    bytes_each: float


def training_states(task: str | None, precision: str, optimiser: str = "adamw") -> States:
    """Weights, gradients and optimiser [byte / parameter].

    Mixed-precision Adam keeps 2 + 2 + 12 bytes, in 32 bits 4 + 4 + 8; adapters freeze the weights (2 in 16 bit, 0.55
    in 4 bit with its scales) and train so few that their states are left out.

    *Source:* ZeRO (Rajbhandari et al., 2020), section 3.1; QLoRA (Dettmers et al., 2023), section 2.
    """
    wide = precision in ("fp32", "tf32")
    if task == "qlora":
        return States(QUANTISED_BYTES, 0.0, 0.0)
    if task in ("lora", "adapter"):
        return States(4.0 if wide else 2.0, 0.0, 0.0)
    kept = OPTIMISER_BYTES[optimiser]
    return States(4.0, 4.0, kept - 4.0) if wide else States(2.0, 2.0, kept)


def inference_states(precision: str) -> States:
    """Weights only [byte / parameter]."""
    return States({"fp32": 4.0, "tf32": 4.0, "fp8": 1.0, "int8": 1.0}.get(precision, 2.0), 0.0, 0.0)


def activation_bytes(shape: Shape, seq_len: float, *, micro_batch: int = 1, checkpointing: bool = True) -> float:
    """Activations of the sequences of one step [byte]; 0 where the geometry is not known.

    With checkpointing: layer inputs, one layer open, logits; without: 34·s·h of each layer (attention fused), logits.

    *Source:* Korthikanti et al., 2022, equation 2 and section 5.
    """
    if not shape.layers or not shape.hidden or (shape.assumed and shape.architecture not in _LAYERED):
        return 0.0
    logits = 4 * seq_len * (shape.vocab or 0)
    layer = 34 * shape.hidden * seq_len
    kept = 2 * shape.layers * shape.hidden * seq_len + layer if checkpointing else shape.layers * layer
    return micro_batch * (kept + logits)


_LAYERED = ("transformer_dense", "transformer_moe", "encoder", "vit", "multimodal")


def bytes_per_accelerator(
    shape: Shape, states: States, activations: float, *, accelerators: int, zero_stage: int, tensor_parallel: int
) -> float:
    """Bytes on one accelerator: states sharded by the ZeRO stage over the data-parallel group, all split by tp.

    >>> from planner.estimator.shape import shape_from_parameters
    >>> states = States(2.0, 2.0, 12.0)
    >>> bytes_per_accelerator(shape_from_parameters(1e9), states, 0.0, accelerators=8, zero_stage=2, tensor_parallel=1)
    3750000000.0
    """
    group = max(accelerators // tensor_parallel, 1)
    shards = [group if zero_stage >= stage else 1 for stage in (3, 2, 1)]
    parts = (states.weights, states.gradients, states.optimiser)
    held = sum(part / shard for part, shard in zip(parts, shards, strict=True))
    return (shape.parameters * held + activations) / tensor_parallel


def training_layout(
    shape: Shape, states: States, room: float, seq_len: float, *, micro_batch: int = 1, name: str = "", card: str = ""
) -> TrainingLayout:
    """The layout with fewest accelerators; among those the plainest: least sharding, no recomputation.

    room: bytes usable on an accelerator. Raises Infeasible when one sequence does not fit on any layout.
    """
    least = activation_bytes(shape, seq_len, micro_batch=micro_batch)
    need = shape.parameters * states.total
    if least / SPLITS[-1] >= room:
        raise Infeasible(
            "workload.activations_exceed", name=name, accelerator=card, need=round(least / GIB, 1),
            memory=round(room / GIB, 1),
        )  # fmt: skip
    count = max(1, math.ceil(need / room)) if least < room else SPLITS[1]
    while count <= MOST_ACCELERATORS:
        for checkpointing in (False, True):
            activations = activation_bytes(shape, seq_len, micro_batch=micro_batch, checkpointing=checkpointing)
            for tensor_parallel in (split for split in SPLITS if count % split == 0):
                for stage in ZERO_STAGES:
                    each = bytes_per_accelerator(
                        shape, states, activations, accelerators=count, zero_stage=stage,
                        tensor_parallel=tensor_parallel,
                    )  # fmt: skip
                    if each <= room:
                        return TrainingLayout(count, stage, tensor_parallel, micro_batch, checkpointing, each)
        count += 1 if count < 64 else count // 16
    raise Infeasible(
        "workload.activations_exceed", name=name, accelerator=card, need=round(need / GIB, 1),
        memory=round(room / GIB, 1),
    )  # fmt: skip


def cache_bytes_per_token(shape: Shape, bytes_per_element: float) -> float:
    """KV cache of one token [byte].

    >>> from planner.estimator.shape import Shape
    >>> cache_bytes_per_token(Shape(8e9, 8e9, 8e9, "transformer_dense", kv_elements=65536), 2.0)
    131072.0
    """
    return (shape.kv_elements or 0.0) * bytes_per_element


def concurrent_requests(shape: Shape, weights: float, room: float, context: float, bytes_per_element: float) -> float:
    """Requests of a context [token] whose cache fits beside the weights in some memory [byte]; 0 when none."""
    per_request = cache_bytes_per_token(shape, bytes_per_element) * context
    return max(0.0, math.floor((room - weights) / per_request)) if per_request else 0.0
