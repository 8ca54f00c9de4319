"""Progress tables of reinforcement learning: Stable-Baselines3, Baselines, Spinning Up."""

from __future__ import annotations

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import ENV_STEPS, BenchmarkRun, Throughput

FORMAT = "rl_progress_csv"
# Steps and elapsed seconds by the names of each tool.
NAMES = (
    ("time/total_timesteps", "time/time_elapsed"), ("misc/total_timesteps", "misc/time_elapsed"),
    ("total_timesteps", "time_elapsed"), ("TotalEnvInteracts", "Time"), ("total/steps", "total/duration"),
)  # fmt: skip


def _names(content: Content) -> tuple[str, str] | None:
    return next((pair for pair in NAMES if set(pair) <= set(content.columns)), None)


def recognises(content: Content) -> bool:
    """Steps so far and seconds so far."""
    return _names(content) is not None


def read(content: Content) -> list[BenchmarkRun]:
    """Slope of steps over seconds from the first row on: what came before it had no learning in it."""
    names = _names(content)
    assert names is not None
    points = [
        (s, t)
        for row in content.rows()
        if (s := number(row.get(names[0]))) is not None and (t := number(row.get(names[1]))) is not None
    ]
    if len(points) < 2:
        raise content.refuse("benchmark.no_rows")
    steps, seconds = points[-1][0] - points[0][0], points[-1][1] - points[0][1]
    refuse_unless_positive(content, steps=steps, seconds=seconds)
    fps = [v for row in content.rows() if (v := number(row.get("time/fps"))) is not None]
    return [
        run_of(
            content,
            FORMAT,
            "ok",
            throughput=Throughput(steps / seconds, ENV_STEPS, "global"),
            tool="Stable-Baselines3",
            reported=fps[-1] if fps else None,
            gross_s=points[-1][1],
            discarded={"warmup": 1.0},
            facts={"n_obs": len(points)},
        )
    ]


READERS = (Reader(FORMAT, "reinforcement-learning progress", recognises, read),)
