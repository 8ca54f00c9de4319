"""Geometry of a model: from the catalogue, from what the user states, or a stated default shape."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from planner.tables import Row
from planner.units import GIGA

# Width of common decoders over their depth; their layers and width follow from 12 · layers · width².
# Median of the dense language models of the catalogue (84 of them, 24 to 128 layers).
ASPECT = 128.0
# Cached elements per token and layer where nothing is known: 8 heads of 128 for keys and values, as most models
# since 2023; smaller models keep all of their width.
GROUPED_KV = 2 * 8 * 128.0
# Operations of one forward pass per parameter, for one item: medians of the catalogue's 12 detectors at 640 × 640
# and of its 19 convolutional classifiers, these carried to 224 × 224.
DETECTOR_FLOPS_PER_PARAMETER = 2_960.0
CLASSIFIER_FLOPS_PER_PARAMETER = 330.0
IMAGE_SIDE = 224.0  # pixel, of a training image unless said otherwise
PATCH = 16.0  # pixel, side of a patch of a vision transformer
SPEECH_POSITIONS = 800.0  # per utterance: 16 s at 50 positions a second, the longest of LibriSpeech

ARCHITECTURES = (
    "transformer_dense", "transformer_moe", "encoder", "cnn", "vit", "diffusion", "rnn", "rl", "gan", "recsys",
    "speech", "gnn", "multimodal", "other_robotics", "other_science",
)  # fmt: skip
TOKEN_MODELS = ("transformer_dense", "transformer_moe", "encoder", "rnn", "multimodal")
_KIND_TO_ARCHITECTURE = {
    "detector": "cnn", "encoder": "encoder", "encoder-decoder": "encoder", "speech": "speech",
    "diffusion": "diffusion", "video diffusion": "diffusion",
}  # fmt: skip
_VISION_TRANSFORMERS = re.compile(r"vit|beit|deit|eva02|swin", re.IGNORECASE)


@dataclass(frozen=True)
class Shape:
    """Geometry of a model. Parameters as numbers, not billions.

    matmul_parameters: active ones that multiply. attention_width: heads × head_dim. kv_elements: cached numbers per
    token over all layers. expert_share: share of the experts that a token uses. assumed: the geometry is the default.
    """

    parameters: float
    parameters_active: float
    matmul_parameters: float
    architecture: str
    layers: float | None = None
    hidden: float | None = None
    attention_width: float | None = None
    vocab: float | None = None
    window: float | None = None
    forward_flops_per_sample: float | None = None
    kv_elements: float | None = None
    expert_parameters: float = 0.0
    expert_share: float = 1.0
    max_context: float | None = None
    assumed: bool = False

    @property
    def is_mixture(self) -> bool:
        """More parameters than a token uses."""
        return self.parameters_active < self.parameters


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


def architecture_of(row: Row) -> str:
    """Architecture of a catalogue row in the terms of the measured tables."""
    if row["kind"] == "vision":
        return "vit" if _VISION_TRANSFORMERS.search(row["id"]) else "cnn"
    return _KIND_TO_ARCHITECTURE.get(
        row["kind"], "transformer_moe" if row.number("experts") else "transformer_dense"
    )  # fmt: skip


def shape_from_catalogue(row: Row) -> Shape:
    """Geometry of a catalogue row."""
    get = row.number
    total = (get("params_total_b") or 0.0) * GIGA
    active = (get("params_active_b") or get("params_total_b") or 0.0) * GIGA
    heads, hidden, layers = get("heads"), get("hidden"), get("layers")
    width = heads * (get("head_dim") or (hidden or 0) / heads) if heads else hidden
    forward = get("forward_gflops_per_item")
    shape = Shape(
        total, active, matmul_parameters(active, total, row), architecture_of(row), layers, hidden, width,
        get("vocab"), get("sliding_window"), forward * GIGA if forward else None,
        get("kv_elements_per_token"), max_context=get("max_context"),
    )  # fmt: skip
    experts, chosen, wide = get("experts"), get("experts_per_token"), get("moe_ffn")
    parameters, share = expert_split(shape, experts, chosen, wide)
    if shape.kv_elements is None and heads and layers and width:
        shape = replace(shape, kv_elements=2 * layers * width * (get("kv_heads") or heads) / heads)
    return replace(shape, expert_parameters=parameters, expert_share=share)


def expert_split(
    shape: Shape, experts: float | None, chosen: float | None, wide: float | None
) -> tuple[float, float]:  # fmt: skip
    """Parameters of the experts and the share of these that a token uses.

    total = dense + X and active = dense + X·k/E give X = (total − active) / (1 − k/E). Without k, X is counted from
    the geometry, E × 3 × hidden × width of an expert × layers. Without E, all weights count as experts.
    """
    total, active = shape.parameters, shape.parameters_active
    if active >= total:
        return 0.0, 1.0
    if experts and chosen and chosen < experts:
        return min((total - active) / (1 - chosen / experts), total), chosen / experts
    if experts and wide and shape.hidden and shape.layers:
        expert = min(experts * 3 * shape.hidden * wide * shape.layers, total)
        share = (active - (total - expert)) / expert
        if share > 0:
            return expert, share
    return total, active / total


def shape_from_parameters(
    total: float,
    active: float | None = None,
    architecture: str | None = None,
    *,
    layers: float | None = None,
    hidden: float | None = None,
    forward_flops_per_sample: float | None = None,
) -> Shape:
    """The default shape of a parameter count: layers L and width 128·L with 12·L·(128·L)² active parameters.

    What the caller states (layers, hidden) replaces the default. Head width 128, 8 heads for keys and values.
    """
    active = active or total
    kind = architecture or ("transformer_moe" if active < total else "transformer_dense")
    shape = Shape(total, active, active, kind, forward_flops_per_sample=forward_flops_per_sample)
    if forward_flops_per_sample is None and total:
        depth = max((active / 12 / ASPECT**2) ** (1 / 3), 2.0)
        if hidden and not layers:
            depth = max(active / 12 / hidden**2, 2.0)
        if layers:
            depth = layers
        width = hidden or (active / 12 / depth) ** 0.5
        grouped = min(GROUPED_KV, 2 * width)
        shape = replace(shape, layers=depth, hidden=width, attention_width=width, kv_elements=depth * grouped,
                        assumed=not (layers and hidden))  # fmt: skip
    parameters, share = expert_split(shape, None, None, None)
    return replace(shape, expert_parameters=parameters, expert_share=share)


_SIDE = re.compile(r"(\d+)\s*x\s*\d+\s*image")


def catalogue_side(row: Row | None) -> float | None:
    """Side of the image that a catalogue row counts [pixel]."""
    found = _SIDE.match(row["item"]) if row is not None else None
    return float(found.group(1)) if found else None


def image_shape(name: str, shape: Shape, side: float | None, catalogue_side: float | None) -> Shape:
    """The shape with the FLOPs of one image, carried to its side [pixel]; a default per parameter where unknown.

    Without a side: that of the catalogue, at least 224.
    """
    wanted = side or max(IMAGE_SIDE, catalogue_side or 0.0)
    if shape.forward_flops_per_sample is not None:
        scale = (wanted / catalogue_side) ** 2 if catalogue_side else 1.0
        return replace(shape, forward_flops_per_sample=shape.forward_flops_per_sample * scale)
    if shape.architecture == "vit":
        positions = (wanted / PATCH) ** 2 + 1
        return replace(shape, forward_flops_per_sample=2 * shape.parameters * positions, assumed=True)
    detects = re.search(r"ssd|yolo|retina|detr|r-?cnn|det-", name, re.IGNORECASE)
    per = DETECTOR_FLOPS_PER_PARAMETER if detects else CLASSIFIER_FLOPS_PER_PARAMETER * (wanted / IMAGE_SIDE) ** 2
    return replace(shape, forward_flops_per_sample=per * shape.parameters, assumed=True)
