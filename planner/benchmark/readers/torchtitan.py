"""torchtitan standard output: ``step: 10 loss: 8.2 … tps: 5,762 tflops: 300.1``, tokens of one accelerator."""

from __future__ import annotations

import re

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import Reader, rate_of_series
from planner.benchmark.readers.restarts import Runs
from planner.benchmark.record import TOKENS, BenchmarkRun
from planner.benchmark.steady import Series, steady_state

FORMAT = "torchtitan_stdout"
_STEP = re.compile(r"\bstep:\s{1,9}(\d{1,12})\s{1,9}loss:")
_RATE = re.compile(r"\btps:\s{1,9}(\d[\d,]{0,20}(?:\.\d{0,9})?)(?=\s|$)")
_FLOPS = re.compile(rf"\btflops:\s{{1,9}}({NUMBER})")


def recognises(content: Content) -> bool:
    """A line with step, loss and tps."""
    return any(_STEP.search(line) is not None and _RATE.search(line) is not None for line in content.marked("tps: "))


def read(content: Content) -> list[BenchmarkRun]:
    """The median of tokens a second of one accelerator, in the longest run of the file."""
    runs, flops = Runs(1), Series()
    for line in content.log_lines():
        if "tps:" not in line or not (step := _STEP.search(line)) or not (found := _RATE.search(line)):
            continue
        rate = number(found.group(1).replace(",", ""))
        if rate is not None and rate > 0:
            runs.add(float(step.group(1)), rate)
            if (printed := _FLOPS.search(line)) and (value := number(printed.group(1))) is not None:
                flops.add(value)
    rates, speed = runs.longest.series[0], steady_state(flops.values, pauses=False)
    run = rate_of_series(content, FORMAT, rates.values, TOKENS, "per_accelerator", tool="torchtitan")
    run = run.but(
        tokens_per_s=None, facts={**run.facts, "tflops_per_accelerator": speed.median if speed else None},
    )  # fmt: skip
    return [run.warn("benchmark.several_runs", count=runs.left_out) if runs.left_out else run]


READERS = (Reader(FORMAT, "torchtitan standard output", recognises, read),)
