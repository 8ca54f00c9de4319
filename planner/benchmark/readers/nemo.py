"""NeMo standard output: ``train_step_timing in s`` of the progress bar or of the line for each iteration."""

from __future__ import annotations

import re

from planner.benchmark.content import NUMBER, Content, number, whole
from planner.benchmark.reader import Reader, steps_run
from planner.benchmark.readers.restarts import Runs
from planner.benchmark.record import STEPS, BenchmarkRun

FORMAT = "nemo_stdout"
MARK = "train_step_timing in s"
# Training epoch 0, iteration 10/99 | … | global_batch_size: 128 | global_step: 10 | train_step_timing in s: 12.64 | …
# Epoch 0: 1%| 10/1000 [00:50<…, global_step=10.0, consumed_samples=1280.0, train_step_timing in s=4.85]
_TIME = re.compile(rf"{MARK}[:=]\s{{0,5}}({NUMBER})")
_STEP = re.compile(rf"\bglobal_step[:=]\s{{0,5}}({NUMBER})")
_SAMPLES = re.compile(rf"\bconsumed_samples[:=]\s{{0,5}}({NUMBER})")
_BATCH = re.compile(r"\bglobal_batch_size[:=]\s{0,5}(\d{1,12})")


def recognises(content: Content) -> bool:
    """A line with the time of a step and the number of the step."""
    return any(_TIME.search(line) is not None and _STEP.search(line) is not None for line in content.marked(MARK))


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds per step; the batch as printed, else by the samples between two lines."""
    runs, batch = Runs(1), None
    before: tuple[float, float] | None = None
    by_samples: float | None = None
    for line in content.log_lines():
        if MARK not in line:
            continue
        time, step = _TIME.search(line), _STEP.search(line)
        seconds, at = number(time.group(1)) if time else None, number(step.group(1)) if step else None
        if at is None or not seconds or seconds < 0:
            continue
        runs.add(at, seconds)
        batch = whole(found.group(1)) if (found := _BATCH.search(line)) else batch
        samples = number(found.group(1)) if (found := _SAMPLES.search(line)) else None
        if samples is not None:
            if before is not None and at > before[0] and samples > before[1]:
                by_samples = (samples - before[1]) / (at - before[0])
            before = (at, samples)
    run = steps_run(
        content, FORMAT, runs.longest.series[0].values, STEPS, "global", tool="NeMo", global_batch=batch or by_samples,
    )  # fmt: skip
    if run is None:
        raise content.refuse("benchmark.not_positive", name=MARK, value="—")
    return [run.warn("benchmark.several_runs", count=runs.left_out) if runs.left_out else run]


READERS = (Reader(FORMAT, "NeMo standard output", recognises, read),)
