"""Latency targets: the largest batch that answers in time."""

from __future__ import annotations

import math
from dataclasses import replace

from planner.errors import Infeasible
from planner.estimator.deployment import FAR, Deployment, stack
from planner.estimator.serving import Fitted, latency_seconds, prompt_seconds, step_parts

LARGEST = 65_536.0


def latencies(asked: Deployment, fitted: Fitted) -> tuple[float, float]:
    """Time to first token and per output token [s] of a deployment at its load, from physics alone."""
    found = stack([asked], fitted)
    step = sum(step_parts(found.model, found.machine, found.load, found.batch, fitted))
    prompt = prompt_seconds(found.model, found.readers, found.load, fitted)
    first, each = latency_seconds(prompt, step, found.load.answer, found.batch)
    return float(first[0]), float(each[0])


def within_limits(asked: Deployment, fitted: Fitted, first: float, each: float) -> Deployment:
    """The deployment with the most requests together that keep both limits [s].

    Raises Infeasible when a single request is too slow.
    """
    if math.isinf(first) and math.isinf(each):
        return asked

    def holds(together: float) -> bool:
        times = latencies(replace(asked, concurrency=together), fitted)
        return times[0] <= first and times[1] <= each

    replicas = asked.layout.replicas
    if not holds(replicas):
        times = latencies(replace(asked, concurrency=replicas), fitted)
        which = times[1] / each > times[0] / first
        raise Infeasible(
            "workload.serving_latency", name=asked.model, accelerator=asked.accelerator.id,
            target="tpot_ms" if which else "ttft_ms", limit=round(1e3 * (each if which else first), 3),
            best=round(1e3 * times[which], 1), count=round(asked.layout.accelerators),
        )  # fmt: skip
    most = min(asked.concurrency, LARGEST * replicas)
    if holds(most):
        return replace(asked, concurrency=most) if most < FAR else asked
    low, high = replicas, most
    while high - low > max(1.0, low / 100):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return replace(asked, concurrency=math.floor(low))
