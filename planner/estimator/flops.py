"""FLOPs per unit of work (MODEL §1.1): no recomputation counted."""

from __future__ import annotations

from planner.estimator.shape import Shape

FROZEN_BASE = ("lora", "qlora", "adapter")


def attention_flops_per_token(shape: Shape, seq_len: float, *, causal: bool = True) -> float:
    """Forward and backward FLOPs of attention scores per token: 6·layers·width·min(seq, window), twice if not causal.

    *Source:* PaLM (Chowdhery et al., 2022), appendix B, halved for the causal mask.
    """
    if not shape.layers or not shape.attention_width:
        return 0.0
    reach = min(seq_len, shape.window) if shape.window else seq_len
    return (6 if causal else 12) * shape.layers * shape.attention_width * reach


def training_flops_per_token(shape: Shape, seq_len: float, task: str | None = "pretrain") -> float:
    """FLOPs of one trained token: 6·N and attention; 4·N with a frozen base, whose weights get no gradient.

    The adapters' own 6·N_adapter is under 1 % of it and left out.

    *Source:* Kaplan et al., 2020, section 2.1; LoRA: Hu et al., 2021, section 4.1.
    """
    attention = attention_flops_per_token(shape, seq_len, causal=shape.architecture != "encoder")
    return (4 if task in FROZEN_BASE else 6) * shape.matmul_parameters + attention


def forward_flops_per_token(shape: Shape, seq_len: float) -> float:
    """FLOPs of one token read: a third of training it."""
    return training_flops_per_token(shape, seq_len) / 3


def distillation_flops_per_token(student: Shape, teacher: Shape, seq_len: float) -> float:
    """FLOPs of one token of distillation: the student trains, the teacher reads."""
    return training_flops_per_token(student, seq_len) + forward_flops_per_token(teacher, seq_len)


def recurrent_parameters(kind: str, inputs: float, hidden: float, layers: float = 1) -> float:
    """Parameters of a recurrent network from its gates; each token costs 2·N forward, 6·N trained.

    gates · hidden · (inputs + hidden + 2): four gates in an LSTM, three in a GRU, one in a plain network.

    >>> recurrent_parameters("lstm", 512, 512)
    2101248.0
    """
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[kind]
    first = gates * hidden * (inputs + hidden + 2)
    return float(first + (layers - 1) * gates * hidden * (2 * hidden + 2))


def diffusion_flops_per_item(
    shape: Shape, positions: float, *, steps: float = 1.0, guided: bool = False, training: bool = False
) -> float:
    """FLOPs of one image or clip: denoiser forward × steps (× 2 with guidance), × 3 when trained.

    positions: latent patches; a denoiser pass is 2·N·positions and attention over all of them.
    """
    attention = 4 * (shape.layers or 0) * (shape.attention_width or 0) * positions**2
    forward = 2 * shape.parameters * positions + attention
    return 3 * forward if training else forward * steps * (2 if guided else 1)


def adversarial_flops_per_sample(generator: float, discriminator: float) -> float:
    """FLOPs of one sample of a GAN, both nets trained: the discriminator sees a real and a generated sample.

    generator, discriminator: forward FLOPs of one sample. The generator's step passes through both nets.
    """
    return 3 * (generator + 2 * discriminator) + generator + 2 * discriminator
