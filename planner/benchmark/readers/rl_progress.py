"""Progress tables of reinforcement learning: Stable-Baselines3, Baselines, Spinning Up."""

from __future__ import annotations

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import ENV_STEPS, BenchmarkRun, Throughput

FORMAT = "rl_progress_csv"
# Steps, elapsed seconds and the rate that is printed, by the names of each tool.
NAMES = (
    ("time/total_timesteps", "time/time_elapsed", "time/fps", "Stable-Baselines3"),
    ("misc/total_timesteps", "misc/time_elapsed", "fps", "Baselines"),
    ("total_timesteps", "time_elapsed", "fps", "Stable-Baselines"),
    ("TimestepsSoFar", "TimeElapsed", "fps", "Baselines"),
    ("TotalEnvInteracts", "Time", "", "Spinning Up"),
    ("total/steps", "total/duration", "total/steps_per_second", "Baselines"),
)


def _names(content: Content) -> tuple[str, str, str, str] | None:
    columns = set(content.columns)
    return next((names for names in NAMES if set(names[:2]) <= columns), None)


def recognises(content: Content) -> bool:
    """Steps so far and seconds so far."""
    return _names(content) is not None


class _Part:
    """One run of a table: its first and last point."""

    def __init__(self) -> None:
        self.first = self.last = (0.0, 0.0)
        self.count = 0
        self.fps: float | None = None


def read(content: Content) -> list[BenchmarkRun]:
    """Slope of steps over seconds from the first row on: what came before it had no learning in it."""
    names = _names(content)
    assert names is not None
    best = part = _Part()
    total = 0
    for done, elapsed, fps in content.pick(*names[:3]):
        steps, seconds = number(done), number(elapsed)
        if steps is None or seconds is None:
            continue
        if part.count and (steps < part.last[0] or seconds < part.last[1]):  # appended: another run
            part = _Part()
        part.first = part.first if part.count else (steps, seconds)
        part.last, part.count, total = (steps, seconds), part.count + 1, total + 1
        part.fps = number(fps) or part.fps
        best = part if part.count > best.count else best
    if best.count < 2:
        raise content.refuse("benchmark.no_rows")
    steps, seconds = best.last[0] - best.first[0], best.last[1] - best.first[1]
    refuse_unless_positive(content, steps=steps, seconds=seconds)
    run = run_of(
        content, FORMAT, "ok", throughput=Throughput(steps / seconds, ENV_STEPS, "global"), tool=names[3],
        reported=best.fps, gross_s=best.last[1], discarded={"warmup": 1.0}, facts={"n_obs": best.count},
    )  # fmt: skip
    return [run.warn("benchmark.several_runs", count=total - best.count) if total > best.count else run]


READERS = (Reader(FORMAT, "reinforcement-learning progress", recognises, read),)
