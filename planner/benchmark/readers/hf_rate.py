"""What the summary of a Trainer states: until release 4.6 it wrote steps a second under the name of samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.benchmark.content import Content, number
from planner.benchmark.reader import positive, refuse_unless_positive
from planner.benchmark.record import SAMPLES, STEPS, Throughput

SHORTEST_RUN_S, SHORTEST_STEP_S = 0.1, 1e-4  # below, nothing was trained: the run was resumed after its end
ROUNDED = 0.0005  # the summary has three decimals
NEAR = 0.01


@dataclass(frozen=True)
class Stated:
    """The rate of a whole run, seconds of a step where they are known, whether an old release wrote it."""

    rate: Throughput
    step_s: float | None
    old: bool


def stated(content: Content, summary: Mapping[str, object], *done: float | None) -> Stated:
    """What the summary says of the whole run.

    summary: train_runtime, train_samples_per_second, and train_steps_per_second, train_samples, epoch where it has
    them. done: steps of the run, where the file counts them.
    Raises Refused: no positive time or rate, or a run that trained nothing.
    """
    gross, rate = number(summary.get("train_runtime")), number(summary.get("train_samples_per_second"))
    refuse_unless_positive(content, train_runtime=gross, train_samples_per_second=rate)
    assert gross is not None and rate is not None
    counted = [steps for steps in done if positive(steps)]
    steps_rate = positive(number(summary.get("train_steps_per_second")))
    old = "train_steps_per_second" not in summary
    samples, epochs = positive(number(summary.get("train_samples"))), positive(number(summary.get("epoch")))
    seen = samples * epochs if samples and epochs else None
    if old and (counted or seen):
        old = any(_near(rate, gross, steps) for steps in counted) or (
            not counted and seen is not None and not _near(rate, gross, seen)
        )
    if old:
        steps_rate = rate
    refuse_resumed(content, gross, counted[0] if counted else steps_rate * gross if steps_rate else None)
    found = Throughput(rate, SAMPLES, "global")
    if old:
        found = Throughput(seen / gross, SAMPLES, "global") if seen else Throughput(rate, STEPS, "global")
    return Stated(found, 1 / steps_rate if steps_rate else None, old)


def _near(rate: float, gross: float, count: float | None) -> bool:
    return count is not None and abs(rate * gross - count) <= NEAR * count + ROUNDED * gross


def refuse_resumed(content: Content, gross: float, steps: float | None) -> None:
    """Raises Refused for a run that was started again when it was over: it took no time and trained nothing."""
    if gross < SHORTEST_RUN_S or (steps and gross / steps < SHORTEST_STEP_S):
        raise content.refuse("benchmark.resumed_at_end", seconds=f"{gross:g}")
