"""A small decoder of the usual make: token and position embeddings, pre-norm blocks, causal attention, a tied head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

Cache = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Size:
    """Layers, hidden size, tokens of a sequence, sequences of a step, vocabulary."""

    layers: int
    hidden: int
    seq_len: int
    batch: int
    vocabulary: int = 8192
    head: int = 64

    @property
    def heads(self) -> int:
        """Attention heads."""
        return max(1, self.hidden // self.head)


class Block(nn.Module):
    """Attention and a fourfold feed-forward, each on a normalised input."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads = size.heads
        self.norms = nn.ModuleList([nn.LayerNorm(size.hidden) for _ in range(2)])
        self.qkv = nn.Linear(size.hidden, 3 * size.hidden)
        self.out = nn.Linear(size.hidden, size.hidden)
        self.up, self.down = nn.Linear(size.hidden, 4 * size.hidden), nn.Linear(4 * size.hidden, size.hidden)

    def forward(self, x: Tensor, past: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Shape (batch, tokens, hidden) in and out; keys and values of all tokens so far beside it."""
        batch, tokens, hidden = x.shape
        parts = self.qkv(self.norms[0](x)).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts[0], parts[1], parts[2]
        if past is not None:
            key, value = torch.cat([past[0], key], dim=2), torch.cat([past[1], value], dim=2)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=past is None and tokens > 1)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, tokens, hidden))
        return x + self.down(functional.gelu(self.up(self.norms[1](x)))), (key, value)


class Decoder(nn.Module):
    """Logits of the next token, shape (batch, tokens, vocabulary)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.tokens = nn.Embedding(size.vocabulary, size.hidden)
        self.places = nn.Embedding(size.seq_len, size.hidden)
        self.blocks = nn.ModuleList([Block(size) for _ in range(size.layers)])
        self.norm = nn.LayerNorm(size.hidden)

    def forward(self, tokens: Tensor, cache: Cache | None = None) -> tuple[Tensor, Cache]:
        """Tokens of shape (batch, tokens); cache: of the tokens before them."""
        start = cache[0][0].shape[2] if cache else 0
        x = self.tokens(tokens) + self.places(torch.arange(start, start + tokens.shape[1], device=tokens.device))
        kept: Cache = []
        for i, block in enumerate(self.blocks):
            x, pair = block(x, cache[i] if cache else None)
            kept.append(pair)
        return functional.linear(self.norm(x), self.tokens.weight), kept
