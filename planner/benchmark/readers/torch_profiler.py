"""PyTorch's profiler: a Chrome trace. Profiling slows a step, so its time is an upper bound."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import STEPS, BenchmarkRun, Throughput
from planner.benchmark.steady import steady_state

FORMAT = "torch_profiler_trace"
_STEP = re.compile(r'"name"\s{0,9}:\s{0,9}"ProfilerStep\s{0,9}#(\d{1,18})"')
_WORLD = re.compile(r'"distributedInfo"\s{0,9}:\s{0,9}\{[^{}\[]{0,400}?"world_size"\s{0,9}:\s{0,9}(\d{1,9})')
_CARD = re.compile(r'"name"\s{0,9}:\s{0,9}"([^"]{1,100})",\s{0,9}"totalGlobalMem"')
MOST_STEPS = 500_000
LONGEST_EVENT = 65_536  # characters
_decode = json.JSONDecoder().raw_decode


def recognises(content: Content) -> bool:
    """A trace by its members at the beginning."""
    return content.looks_like_json and '"traceEvents"' in content.head


def step_events(content: Content) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and event of each profiler step, read from the stream: traces are hundreds of megabytes."""
    rest, last = "", 0
    for part in content.parts():
        rest, last = rest[last:] + part, 0
        for match in _STEP.finditer(rest):
            event, end = _event_around(rest, match.start())
            if event is not None:
                yield int(match.group(1)), event
            elif len(rest) - match.start() < LONGEST_EVENT:  # it ends in the next part
                break
            last = end
        else:
            last = max(last, len(rest) - LONGEST_EVENT)


def _event_around(text: str, at: int) -> tuple[dict[str, Any] | None, int]:
    """The innermost object that holds a place, and its end."""
    begin = at
    for _ in range(8):
        begin = text.rfind("{", max(at - LONGEST_EVENT, 0), begin)
        if begin < 0:
            break
        try:
            found, end = _decode(text, begin)
        except (ValueError, RecursionError):
            continue
        if end > at:
            return found, end
    return None, at + 1


def read(content: Content) -> list[BenchmarkRun]:
    """Durations of the steps in microseconds, once each."""
    found: dict[int, float] = {}
    for step, event in step_events(content):
        duration = number(event.get("dur"))
        if duration is not None and not str(event.get("cat", "")).startswith("gpu"):
            found.setdefault(step, duration / 1e6)
        if len(found) >= MOST_STEPS:
            break
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
            step_time=every.step_time(),
            throughput=Throughput(1 / every.median, STEPS, "per_accelerator"),
            discarded={},
            sigma=every.sigma,
            facts={"n_obs": len(every.values), "cv": every.cv},
        )
    world, cards = _WORLD.search(content.head), set(_CARD.findall(content.head))
    run = run.but(
        n_accelerators=int(world.group(1)) if world else None, accelerator=cards.pop() if len(cards) == 1 else None
    )
    return [run.warn("benchmark.profiled")]


READERS = (Reader(FORMAT, "PyTorch profiler trace", recognises, read, by_head=True),)
