"""What a reader is, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.benchmark.content import Content
from planner.benchmark.record import BenchmarkRun, Scope, Status, Throughput
from planner.benchmark.steady import Steady, steady_state


@dataclass(frozen=True)
class Reader:
    """One format. recognises: by required keys or lines, never by the file's name. read: one run or several.

    by_head: its beginning alone tells it from all others, so that a large file need not be read to ask them.
    """

    id: str
    title: str
    recognises: Callable[[Content], bool]
    read: Callable[[Content], list[BenchmarkRun]]
    by_head: bool = False


MOST_RUNS = 5_000  # of a file: a table of more rows is no list of configurations
NEGATIVE_SHARE = 0.1  # of a series that may be nonsense before the whole is


def run_of(content: Content, format: str, status: Status, **facts: Any) -> BenchmarkRun:
    """A record of a file."""
    return BenchmarkRun(str(content.path), content.sha256, format, status, **facts)


def silent(content: Content, format: str, key: str, **facts: Any) -> BenchmarkRun:
    """A sound file without a rate, and what to do about it."""
    return run_of(content, format, "no_throughput", **facts).warn(key)


def refuse_unless_positive(content: Content, **values: float | None) -> None:
    """Raises Refused for a value that is absent, zero, negative or not finite."""
    for name, value in values.items():
        if value is None or not 0 < value < float("inf"):
            raise content.refuse("benchmark.not_positive", name=name, value="—" if value is None else f"{value:g}")


def rate_of_series(
    content: Content,
    format: str,
    values: Sequence[float],
    unit: str,
    scope: Scope,
    *,
    status: Status = "ok",
    **facts: Any,
) -> BenchmarkRun:
    """A run from a series of rates: the median of what is left after the warm-up."""
    refuse_negative(content, values)
    found = steady_state(values, pauses=False)
    if found is None:
        raise content.refuse("benchmark.not_positive", name=unit, value="—")
    run = run_of(content, format, status, throughput=Throughput(found.median, unit, scope), **facts)
    return run.but(reported=run.reported if run.reported is not None else float(values[-1]), **measured(found))


def measured(found: Steady) -> dict[str, Any]:
    """What a steady series says besides its median: spread, and what was cut off."""
    discarded: dict[str, float] = {"warmup": float(found.dropped)}
    if len(found.pauses):
        discarded |= {"pauses": float(len(found.pauses)), "pauses_s": float(found.pauses.sum())}
    return {"discarded": discarded, "sigma": found.sigma, "facts": spread(found)}


def spread(found: Steady) -> dict[str, float | None]:
    """Values that a steady state rests on, their spread, the share of time outside pauses where there are any."""
    facts: dict[str, float | None] = {"n_obs": len(found.values), "cv": found.cv}
    return facts | ({"busy_share": found.busy_share} if len(found.pauses) else {})


def steps_run(
    content: Content,
    format: str,
    seconds: Sequence[float] | NDArray[np.float64],
    unit: str,
    scope: Scope,
    *,
    status: Status = "ok",
    **facts: Any,
) -> BenchmarkRun | None:
    """A run from seconds per step; None when no interval is positive."""
    found = steady_state(seconds)
    if found is None:
        return None
    told = measured(found)
    told["facts"] = {**told["facts"], **facts.pop("facts", {})}
    told["discarded"] = {**told["discarded"], **facts.pop("discarded", {})}
    throughput = Throughput(1.0 / found.median, unit, scope)
    return run_of(content, format, status, throughput=throughput, step_time=found.step_time(), **told, **facts)


def refuse_negative(content: Content, values: Sequence[float]) -> None:
    """Raises Refused when more than a tenth of a series is negative; single slips are left out later."""
    wrong = [value for value in values if value < 0]
    if len(wrong) > NEGATIVE_SHARE * len(values):
        raise content.refuse("benchmark.not_positive", name="rate", value=f"{wrong[0]:g}")


def some(content: Content, runs: list[BenchmarkRun], key: str = "benchmark.no_rows") -> list[BenchmarkRun]:
    """The runs. Raises Refused when there are none; says so where the file holds more than are kept."""
    if not runs:
        raise content.refuse(key)
    if len(runs) >= MOST_RUNS:
        return [run.warn("benchmark.first_rows", count=MOST_RUNS) for run in runs[:MOST_RUNS]]
    return runs


def positive(value: float | None) -> float | None:
    """A value above zero; None for anything else."""
    return value if value is not None and value > 0 else None
