"""A short run of this machine's own: a small training and a small generation in PyTorch, written as our log."""

from __future__ import annotations

from planner.benchmark.run.log import measure

__all__ = ["measure"]
