"""The two small pieces of work: training steps, and answers to prompts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import torch
from torch.nn import functional

from planner.benchmark.run.device import PRECISIONS, wait
from planner.benchmark.run.model import Decoder, Size

SIZES = {
    "cuda": Size(12, 768, 1024, 32), "mps": Size(6, 512, 512, 8), "cpu": Size(4, 256, 128, 4),
}  # fmt: skip
ANSWERS = {"cuda": 64, "mps": 16, "cpu": 8}  # requests together
LEARNING_RATE = 3e-4


def training(size: Size, device: torch.device, precision: str) -> Iterator[int]:
    """Tokens of each training step on random data, when it is done."""
    model = Decoder(size).to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    while True:
        tokens = torch.randint(size.vocabulary, (size.batch, size.seq_len), device=device)
        with _arithmetic(device, precision):
            logits, _ = model(tokens[:, :-1])
            loss = functional.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten())
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        wait(device)
        yield size.batch * size.seq_len


@torch.inference_mode()
def generation(size: Size, device: torch.device, precision: str) -> Iterator[int]:
    """Tokens of each batch of answers, when it is done: prompts of half a sequence, answers of a quarter."""
    model = Decoder(size).to(device).eval()
    prompt, answer = size.seq_len // 2, max(size.seq_len // 4, 1)
    while True:
        tokens = torch.randint(size.vocabulary, (size.batch, prompt), device=device)
        with _arithmetic(device, precision):
            logits, cache = model(tokens)
            for _ in range(answer - 1):
                logits, cache = model(logits[:, -1:].argmax(-1), cache)
        wait(device)
        yield size.batch * answer


def parameters_of(size: Size) -> int:
    """Parameters of the model."""
    with torch.device("meta"):
        return sum(one.numel() for one in Decoder(size).parameters())


def that_fits(size: Size, device: torch.device, precision: str) -> Size:
    """The size with as many sequences a step as the memory holds."""
    while True:
        try:
            next(training(size, device, precision))
            return size
        except torch.OutOfMemoryError:
            if size.batch == 1:
                raise
            torch.cuda.empty_cache()
            size = replace(size, batch=size.batch // 2)


def _arithmetic(device: torch.device, precision: str) -> AbstractContextManager[object]:
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=PRECISIONS[precision])
