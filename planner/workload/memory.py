"""Memory of a transformer in training and the fewest accelerators that hold it (MODEL §1.2)."""

from __future__ import annotations

import math

from planner.errors import Infeasible
from planner.reference import Accelerator
from planner.scenario.work import Workload
from planner.units import GIB
from planner.workload.flops import Shape


def state_bytes_per_parameter(workload: Workload) -> float:
    """Weights, gradients and optimiser [byte / parameter], sharded over the job's accelerators (ZeRO-3).

    Mixed-precision Adam keeps 2 + 2 + 4 + 4 + 4 bytes; adapters freeze the weights (2 in 16 bit, about 0.55 in
    4 bit with its scales); inference keeps the weights only.

    *Source:* ZeRO (Rajbhandari et al., 2020), section 3.1; QLoRA (Dettmers et al., 2023), section 2.
    """
    wide = workload.precision in ("fp32", "tf32")
    if workload.kind in ("batch_inference", "serving", "interactive"):
        return 4.0 if wide else 1.0 if workload.precision == "fp8" else 2.0
    if workload.task == "qlora":
        return 0.55
    if workload.task == "lora":
        return 4.0 if wide else 2.0
    return 16.0


def activation_bytes(shape: Shape, seq_len: int) -> float:
    """Activations of one sequence with full checkpointing [byte]: layer inputs, one layer open, logits.

    *Source:* Korthikanti et al., 2022, equation 2 (34·s·h per layer, attention fused) and section 5.
    """
    if not shape.layers or not shape.hidden:
        return 0.0
    logits = 4 * seq_len * (shape.vocab or 0)
    return 2 * shape.layers * shape.hidden * seq_len + 34 * shape.hidden * seq_len + logits


def accelerators_that_fit(
    workload: Workload, shape: Shape | None, accelerator: Accelerator, usable_fraction: float
) -> int:
    """Fewest accelerators that hold the job; 1 when memory or model is unknown.

    Raises Infeasible when one sequence's activations alone exceed the card.
    """
    if shape is None or accelerator.memory_gib is None or not shape.parameters:
        return 1
    room = accelerator.memory_gib * GIB * usable_fraction
    trains = workload.kind in ("training", "experiments")
    left = room - (activation_bytes(shape, workload.seq_len) if trains else 0.0)
    if left <= 0:
        raise Infeasible(
            "workload.activations_exceed",
            name=workload.id,
            accelerator=accelerator.id,
            need=round((room - left) / GIB, 1),
            memory=accelerator.memory_gib,
        )
    states = shape.parameters * state_bytes_per_parameter(workload)
    return max(1, math.ceil(states / left))
