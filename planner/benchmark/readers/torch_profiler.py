"""PyTorch's profiler: a Chrome trace. Profiling slows a step, so its time is an upper bound."""

from __future__ import annotations

import re

from planner.benchmark.content import Content
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import STEPS, BenchmarkRun, Throughput
from planner.benchmark.steady import steady_state

FORMAT = "torch_profiler_trace"
_STEP = re.compile(r'"name"\s*:\s*"ProfilerStep\s*#(\d+)"')
_DURATION = re.compile(r'"dur"\s*:\s*([0-9.eE+-]+)')
_CATEGORY = re.compile(r'"cat"\s*:\s*"([^"]*)"')
WINDOW = 600  # characters of an event in which its members stand


def recognises(content: Content) -> bool:
    """A trace by its members at the beginning."""
    return '"traceEvents"' in content.head and content.looks_like_json


def read(content: Content) -> list[BenchmarkRun]:
    """Durations of the steps in microseconds, once each, read from the stream: traces are hundreds of megabytes."""
    found: dict[int, float] = {}
    rest = ""
    for line in content.lines():
        rest = rest[-WINDOW:] + line + "\n"
        for match in _STEP.finditer(rest):
            event = rest[max(match.start() - WINDOW // 2, 0) : match.end() + WINDOW // 2]
            begin = event.rfind("{", 0, match.start() - max(match.start() - WINDOW // 2, 0) + 1)
            own = event[max(begin, 0) :]
            category = _CATEGORY.search(own)
            duration = _DURATION.search(own)
            if duration and not (category and category.group(1).startswith("gpu")):
                found.setdefault(int(match.group(1)), float(duration.group(1)) / 1e6)
    if not found:
        return [silent(content, FORMAT, "benchmark.no_profiler_steps", tool="torch.profiler")]
    seconds = [found[step] for step in sorted(found)]
    run = steps_run(content, FORMAT, seconds, STEPS, "per_accelerator", status="ok_coarse", tool="torch.profiler")
    if run is None:
        raise content.refuse("benchmark.not_positive", name="dur", value="—")
    if run.step_time is not None and len(seconds) <= 10:  # a profile is short and warmed up: all its steps count
        every = steady_state(seconds, drop=0, pauses=False)
        assert every is not None
        run = run.but(
            step_time=every.step_time(), throughput=Throughput(1 / every.median, STEPS, "per_accelerator"), discarded={}
        )
    return [run.warn("benchmark.profiled")]


READERS = (Reader(FORMAT, "PyTorch profiler trace", recognises, read),)
