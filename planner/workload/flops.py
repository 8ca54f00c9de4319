"""FLOPs per unit of work (MODEL §1.1): no recomputation counted."""

from __future__ import annotations

from dataclasses import dataclass

from planner.errors import NotPriced
from planner.scenario.work import Workload
from planner.tables import Row
from planner.units import GIGA


@dataclass(frozen=True)
class Shape:
    """Geometry of a model. Parameters as numbers, not billions."""

    parameters: float
    parameters_active: float
    matmul_parameters: float
    architecture: str
    layers: float | None = None
    hidden: float | None = None
    attention_width: float | None = None  # heads × head_dim
    vocab: float | None = None
    window: float | None = None
    forward_flops_per_sample: float | None = None


_KIND_TO_ARCHITECTURE = {
    "vision": "cnn", "classifier": "cnn", "detector": "cnn", "cnn": "cnn", "vit": "vit", "encoder": "encoder",
    "diffusion": "diffusion", "video diffusion": "diffusion", "encoder-decoder": "encoder", "speech": "speech",
}  # fmt: skip


def matmul_parameters(active: float, total: float, row: Row) -> float:
    """Parameters that multiply activations: input embeddings drop out unless tied to the head.

    Tied or not is read off the geometry: the count (gated or plain feed-forward, one or two vocabulary
    matrices) nearest to the published total.
    """
    get = row.number
    vocab, hidden = get("vocab"), get("hidden")
    if not vocab or not hidden:
        return active
    layers, heads, ffn = get("layers"), get("heads"), get("ffn")
    if not layers or not heads or not ffn or get("experts"):
        return active - vocab * hidden
    head_dim = get("head_dim") or hidden / heads
    kv_heads = get("kv_heads") or heads
    attention = 2 * hidden * head_dim * (heads + kv_heads)
    counts = {
        tied: min(
            (abs(layers * (attention + gates * hidden * ffn) + n * vocab * hidden - total) for gates in (2, 3)),
        )
        for tied, n in ((True, 1), (False, 2))
    }
    return active if counts[True] < counts[False] else active - vocab * hidden


def shape_of(workload: Workload, row: Row | None) -> Shape:
    """Geometry from the catalogue row or from what the user gave. Raises NotPriced when nothing is known."""
    if row is None:
        samples = workload.forward_gflops_per_sample
        if workload.parameters is None and samples is None:
            raise NotPriced("workload.no_model", name=workload.id)
        n = workload.parameters or 0.0
        active = workload.parameters_active or n
        return Shape(
            n, active, active, "transformer_moe" if active < n else "transformer_dense", workload.layers,
            workload.hidden, workload.hidden, None, None, samples * GIGA if samples else None,
        )  # fmt: skip
    get = row.number
    total = (get("params_total_b") or 0.0) * GIGA
    active = (get("params_active_b") or get("params_total_b") or 0.0) * GIGA
    heads, hidden = get("heads"), get("hidden")
    width = heads * (get("head_dim") or (hidden or 0) / heads) if heads else hidden
    kind = row["kind"]
    architecture = _KIND_TO_ARCHITECTURE.get(kind, "transformer_moe" if get("experts") else "transformer_dense")
    forward = get("forward_gflops_per_item")
    return Shape(
        total, active, matmul_parameters(active, total, row), architecture, get("layers"), hidden, width,
        get("vocab"), get("sliding_window"), forward * GIGA if forward else None,
    )  # fmt: skip


def attention_flops_per_token(shape: Shape, seq_len: float) -> float:
    """Forward and backward FLOPs of causal attention scores per token: 6·layers·width·min(seq, window).

    *Source:* PaLM (Chowdhery et al., 2022), appendix B, halved for the causal mask.
    """
    if not shape.layers or not shape.attention_width:
        return 0.0
    reach = min(seq_len, shape.window) if shape.window else seq_len
    return 6 * shape.layers * shape.attention_width * reach


def flops_per_unit(workload: Workload, shape: Shape) -> tuple[float, str]:
    """FLOPs of one token or sample and the formula that gives them.

    Raises NotPriced for tasks whose work is not a multiple of the model's own (distillation with an unknown
    teacher, reinforcement learning bound by decoding): there the user gives a rate.
    """
    forward_only = workload.kind == "batch_inference"
    if shape.forward_flops_per_sample is not None:
        if workload.tokens_per_run is not None:
            raise NotPriced("workload.samples_wanted", name=workload.id)
        times = 1 if forward_only else 3
        return times * shape.forward_flops_per_sample, f"{times} × forward FLOPs per sample"
    if workload.task in ("distill", "rl") and not forward_only:
        raise NotPriced("workload.rate_wanted", name=workload.id, task=workload.task)
    attention = attention_flops_per_token(shape, workload.seq_len)
    n = shape.matmul_parameters
    if forward_only:
        per_token, formula = 2 * n + attention / 3, "2·N + 2·layers·width·seq"
    elif workload.task in ("lora", "qlora"):
        per_token, formula = 4 * n + attention, "4·N + 6·layers·width·seq"
    else:
        per_token, formula = 6 * n + attention, "6·N + 6·layers·width·seq"
    if workload.samples_per_run is not None:
        return per_token * workload.seq_len, f"({formula}) × seq_len"
    return per_token, formula
