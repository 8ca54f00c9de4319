"""LLaMA-Factory: ``trainer_log.jsonl``, a record for every few steps with the time so far, in whole seconds."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, positive, silent, steps_run
from planner.benchmark.record import STEPS, BenchmarkRun
from planner.benchmark.steady import Clock

FORMAT = "llama_factory_jsonl"
KEYS = {"current_steps", "total_steps", "elapsed_time"}
LEAST_S = 30.0  # between two points: the clock shows whole seconds
_ELAPSED = re.compile(r"(?:(\d{1,5}) days?, )?(\d{1,9}):(\d{1,2}):(\d{1,2})")


def recognises(content: Content) -> bool:
    """Records with current_steps, total_steps and elapsed_time."""
    return set(content.first_record) >= KEYS


def seconds_of(text: object) -> float | None:
    """Seconds of a time so far.

    >>> seconds_of("0:03:29"), seconds_of("4 days, 7:19:52"), seconds_of("soon")
    (209.0, 371992.0, None)
    """
    found = _ELAPSED.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds of a step between points of half a minute or more; tokens of a step where they are counted."""
    clock, left = Clock(), None
    tokens: list[tuple[float, float]] = []  # the first and the last
    for record in content.records():
        step, time = number(record.get("current_steps")), seconds_of(record.get("elapsed_time"))
        if step is None or time is None:
            continue
        if counted := positive(number(record.get("total_tokens"))):
            tokens = [*tokens[:1], (step, counted)]
        left = (step, time)
        if not clock.points or time < clock.end[1] or time - clock.end[1] >= LEAST_S:
            clock.tick(step, time)
    if left is not None and not len(clock):
        clock.tick(*left)
    run = steps_run(content, FORMAT, clock.values, STEPS, "global", tool="LLaMA-Factory")
    if run is None:
        return [silent(content, FORMAT, "benchmark.no_points", tool="LLaMA-Factory")]
    if len(tokens) == 2 and run.step_time is not None and tokens[1][0] > tokens[0][0]:
        per_step = (tokens[1][1] - tokens[0][1]) / (tokens[1][0] - tokens[0][0])
        run = run.but(tokens_per_s=positive(per_step / run.step_time.median))
    return [run]


READERS = (Reader(FORMAT, "LLaMA-Factory trainer log", recognises, read),)
