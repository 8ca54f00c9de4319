"""The replica that a service runs on: how many accelerators hold one copy, how many requests together, in what time.

Physics: ``planner.estimator.serving``. Here: which layout, at what batch, how much of it arrivals let it sustain.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from planner.estimator.load import CHAT_ANSWER, CHAT_PROMPT
from planner.estimator.serving import (
    Fitted,
    LanguageModel,
    Load,
    Machine,
    batch_times,
    cache_limited_batch,
    latency_seconds,
    prompt_seconds,
    requests_per_second,
    step_parts,
)

# Azure LLM inference trace 2023, conversation: mean and 90th percentile of prompt and answer [token].
CHAT_PROMPT_TOKENS, CHAT_PROMPT_P90 = CHAT_PROMPT, 2735.0
CHAT_ANSWER_TOKENS, CHAT_ANSWER_P90 = CHAT_ANSWER, 424.0
PROMPT_P90_RATIO = CHAT_PROMPT_P90 / CHAT_PROMPT_TOKENS
ANSWER_P90_RATIO = CHAT_ANSWER_P90 / CHAT_ANSWER_TOKENS
# Sustained load over the maximum of the same system: MLPerf inference, server over offline (261 pairs) and
# interactive over offline (81 pairs). Interactive limits there: 15–40 ms per token, 450–500 ms to the first
# (the largest models 80 ms and 1.5–4.5 s); server limits: 80–200 ms per token, 2–6 s to the first.
SUSTAINED_LOOSE = 0.93
SUSTAINED_TIGHT = 0.61
TIGHT_TPOT_SECONDS = 0.050
TIGHT_TTFT_SECONDS = 0.500
LAYOUTS = (1, 2, 4, 8)  # accelerators of a replica within one server
WIDEST_LAYOUT = 16  # only for models that no server of eight holds
SMALLER_IS_SIMPLER = 0.05  # among layouts within 5 % of the best, the fewest accelerators
# Most requests decoded together: 96 % of the measured rows stand below.
LARGEST_BATCH = 2048


@dataclass(frozen=True)
class Limits:
    """Latency targets [s], infinite where there is none."""

    ttft_seconds: float = math.inf
    tpot_seconds: float = math.inf

    @property
    def are_tight(self) -> bool:
        """Limits like those of MLPerf's interactive scenario: ≤ 50 ms per token or ≤ 500 ms to the first."""
        return self.tpot_seconds <= TIGHT_TPOT_SECONDS or self.ttft_seconds <= TIGHT_TTFT_SECONDS


@dataclass(frozen=True)
class Layout:
    """A replica: accelerators, most requests together by latency and by latency and memory, requests per second."""

    tp: int
    latency_batch: int
    batch: int
    requests_per_second: float


@dataclass(frozen=True)
class Server:
    """A language model under a load on machines of one kind, with latency targets."""

    model: LanguageModel
    machine: Machine
    load: Load
    fitted: Fitted
    limits: Limits = Limits()

    def on(self, accelerators: float) -> Server:
        """The same on so many accelerators."""
        return replace(self, machine=replace(self.machine, accelerators=accelerators, tp=accelerators))

    def held(self) -> float:
        """Requests whose cache fits at the 90th percentile of their lengths, not rounded."""
        context = self.load.prompt * PROMPT_P90_RATIO + self.load.answer * ANSWER_P90_RATIO
        return float(cache_limited_batch(self.model, self.machine, context))

    def rate(self, batch: int) -> float:
        """Requests finished at a batch [1/s]."""
        times = batch_times(self.model, self.machine, self.load, float(batch), self.fitted)
        return float(requests_per_second(times, float(batch)))

    def latencies(self, batch: int) -> tuple[float, float]:
        """Time to first token and per output token [s] at a batch."""
        step = sum(step_parts(self.model, self.machine, self.load, float(batch), self.fitted))
        prompt = prompt_seconds(self.model, self.machine, self.load, self.fitted)
        first, each = latency_seconds(prompt, step, self.load.answer, float(batch))
        return float(first), float(each)

    def latency_batch(self) -> int:
        """Most requests together within the limits, 0 when one alone is too slow; both latencies grow with it."""

        def holds(batch: int) -> bool:
            first, each = self.latencies(batch)
            return first <= self.limits.ttft_seconds and each <= self.limits.tpot_seconds

        if holds(LARGEST_BATCH):
            return LARGEST_BATCH
        low, high = 0, LARGEST_BATCH
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return low

    def layout(self) -> Layout | None:
        """The replica with the largest batch that memory and latency allow; None when not even one request.

        Requests per second grow with the batch: the largest allowed is the best.
        """
        quick = self.latency_batch()
        batch = min(quick, math.floor(round(min(self.held(), LARGEST_BATCH), 9)))
        if batch < 1:
            return None
        return Layout(round(float(self.machine.accelerators)), quick, batch, self.rate(batch))

    def sized(self) -> list[Server]:
        """Replicas of 1, 2, 4, 8 accelerators that hold the weights and one request's cache; 16 when none does."""
        fits = [one for one in map(self.on, (*LAYOUTS, WIDEST_LAYOUT)) if one.held() >= 1 - 1e-9]
        return [one for one in fits if float(one.machine.accelerators) <= LAYOUTS[-1]] or fits

    def best_layout(self, held: Callable[[Layout], float] | None = None) -> Layout | None:
        """The layout with least of what it costs, the smallest within 5 %; None when none serves.

        held: accelerator-hours that a service holds with a layout: whole replicas and spares, where wide ones are
        waste at a small load. Without it, as for batches: accelerators for a request per second.
        """
        kept = [layout for layout in (one.layout() for one in self.sized()) if layout is not None]
        if not kept:
            return None
        costs = [held(one) if held else one.tp / one.requests_per_second for one in kept]
        limit = min(costs) / (1 - SMALLER_IS_SIMPLER)
        return next(one for one, cost in zip(kept, costs, strict=True) if cost <= limit)

    def sustained_fraction(self, layout: Layout) -> float:
        """Requests sustained under irregular arrivals over those that the layout finishes when always full.

        0.93; with a tight limit also at most 0.61 of what the same accelerators finish without any limit. The
        published ratio compares with that maximum: the smaller batch that the limit forces is in it already.
        """
        if not self.limits.are_tight:
            return SUSTAINED_LOOSE
        free = replace(self, limits=Limits()).on(float(layout.tp)).layout()
        most = free.requests_per_second if free is not None else layout.requests_per_second
        return min(SUSTAINED_LOOSE, SUSTAINED_TIGHT * most / layout.requests_per_second)
