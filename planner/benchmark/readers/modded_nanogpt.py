"""modded-nanogpt's lines: ``step:11/1480 train_time:142ms step_avg:nanms``. Its clock starts anew after the warm-up."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import run_of
from planner.benchmark.readers.restarts import Runs
from planner.benchmark.record import STEPS, BenchmarkRun, StepTime, Throughput
from planner.benchmark.steady import warm_up

_STEP = re.compile(r"\s{0,20}step:(\d{1,12})/\d{1,12}\b")
_CLOCK = re.compile(rf"\btrain_time:({NUMBER})(ms|s)\b")
_AVERAGE = re.compile(rf"\bstep_avg:({NUMBER})(ms|s)\b")


class Clock(NamedTuple):
    """A line: seconds since the clock began; average: of a step, as printed."""

    step: float
    seconds: float
    average: float | None


def clock(line: str) -> Clock | None:
    """The step and the clock of a line; None for any other line."""
    step = _STEP.match(line)
    if step is None or not (time := _CLOCK.search(line)) or (seconds := number(time.group(1))) is None:
        return None
    average = number(found.group(1)) if (found := _AVERAGE.search(line)) else None
    if average is not None and found is not None:
        average /= 1000 if found.group(2) == "ms" else 1
    return Clock(float(step.group(1)), seconds / (1000 if time.group(2) == "ms" else 1), average)


def run(content: Content, format: str, runs: Runs, average: float | None, known: dict[str, Any]) -> BenchmarkRun:
    """Slope of the clock from the end of the warm-up to the last step."""
    steps, times = (np.asarray(series.values) for series in runs.longest.series)
    again = np.flatnonzero(np.diff(times) < 0)
    begin = int(again[-1]) + 1 if len(again) else 0
    steps, times = steps[begin:], times[begin:]
    if len(steps) < 3:
        raise content.refuse("benchmark.not_positive", name="train_time", value="—")
    first = min(max(warm_up(len(steps)), 1) * 2, len(steps) - 2)
    seconds = float((times[-1] - times[first]) / (steps[-1] - steps[first]))
    if seconds <= 0:
        raise content.refuse("benchmark.not_positive", name="train_time", value=f"{seconds:g}")
    return run_of(
        content, format, "ok", throughput=Throughput(1 / seconds, STEPS, "global"), reported=average,
        step_time=StepTime(seconds, seconds, None, len(steps)), tool="modded-nanogpt", precision="bf16",
        discarded={"warmup": float(steps[first])}, facts={"n_obs": len(steps)}, **known,
    ).warn("benchmark.tokens_per_step")  # fmt: skip
