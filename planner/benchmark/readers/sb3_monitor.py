"""Stable-Baselines3 and Gym monitors: a comment in JSON, then reward, length and time of each episode."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import ENV_STEPS, BenchmarkRun, Throughput

_ATARI = re.compile(r'^#\{.{0,400}"env_id": "[^"]{0,100}NoFrameskip-')
FORMAT = "sb3_monitor_csv"


def recognises(content: Content) -> bool:
    """Columns r, l and t."""
    return {"r", "l", "t"} <= set(content.columns)


def read(content: Content) -> list[BenchmarkRun]:
    """Steps over time, of one environment: a run has one file for each. Time starts anew where a run was appended."""
    steps, before, last, episodes = 0.0, 0.0, 0.0, 0
    for cells in content.pick("l", "t"):
        length, time = number(cells[0]), number(cells[1])
        if length is None or time is None or length < 0 or time < 0:
            continue
        if time < last:
            before += last
        steps, last, episodes = steps + length, time, episodes + 1
    last += before
    refuse_unless_positive(content, steps=steps, t=last)
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=Throughput(steps / last, ENV_STEPS, "per environment"), gross_s=last,
        tool="Stable-Baselines3", facts={"episodes": episodes, "steps": steps, "n_obs": episodes},
    )  # fmt: skip
    run = run.warn("benchmark.frames") if _ATARI.match(content.head) else run
    return [run.warn("benchmark.one_environment")]


READERS = (Reader(FORMAT, "Stable-Baselines3 monitor", recognises, read),)
