"""Ray Tune: ``result.json`` (JSON lines) and ``progress.csv`` of a trial."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from planner.benchmark.content import Content, mapping_of, number
from planner.benchmark.reader import Reader, rate_of_series, run_of, steps_run
from planner.benchmark.readers.mlflow_files import unit_of
from planner.benchmark.record import ENV_STEPS, BenchmarkRun, Throughput
from planner.benchmark.steady import Clock, Series, steady_state

FORMAT = "ray_tune_result"
KEYS = {"training_iteration", "time_this_iter_s", "trial_id"}
BATCHES = ("bs", "batch_size", "batch")
# RLlib: steps of the environment so far, by release.
ENV = ("num_env_steps_sampled_lifetime", "num_env_steps_sampled", "timesteps_total")


def is_lines(content: Content) -> bool:
    """Reports as JSON lines."""
    return set(content.first_record) >= KEYS


def is_table(content: Content) -> bool:
    """Reports as a table."""
    return set(content.columns) >= KEYS


def read_lines(content: Content) -> list[BenchmarkRun]:
    """JSON lines of a trial."""
    records = content.records()
    first = next(records, {})
    config = mapping_of(first.get("config"))
    batch = next((v for key in BATCHES if (v := number(config.get(key))) is not None), None)
    rate, env = _names({key for key, value in first.items() if number(value) is not None})
    wanted = ("time_this_iter_s", rate, env, "time_total_s")
    return _read(content, (tuple(map(one.get, wanted)) for one in itertools.chain([first], records)), rate, env, batch)


def read_table(content: Content) -> list[BenchmarkRun]:
    """The table of a trial."""
    first = content.table.first()
    batch = next((v for key in BATCHES if (v := number(first.get(f"config/{key}"))) is not None), None)
    rate, env = _names({key for key, value in first.items() if number(value) is not None})
    return _read(content, content.pick("time_this_iter_s", rate, env, "time_total_s"), rate, env, batch)


def _names(keys: set[str]) -> tuple[str, str]:
    """The user's rate and RLlib's count of steps; empty where there is none."""
    env = next((key for key in ENV if key in keys and "time_total_s" in keys), "")
    return min((key for key in keys if unit_of(key) and not key.startswith("config")), default=""), env


def _read(
    content: Content, reports: Iterable[tuple[Any, ...]], rate: str, env: str, batch: float | None
) -> list[BenchmarkRun]:
    """A rate of the user's by its name, the first report dropped; else RLlib's steps; else seconds for each report."""
    seconds, rates, clock = Series(), Series(), Clock()
    for took, value, steps, total in reports:
        if (lasted := number(took)) is not None:
            seconds.add(lasted)
        if rate and (found := number(value)) is not None:
            rates.add(found)
        if env and (at := number(total)) is not None and (done := number(steps)) is not None:
            clock.tick(done, at)
    steady = steady_state(seconds.values, drop=min(1, max(len(seconds) - 1, 0)), pauses=False)
    step_time = steady.step_time() if steady else None
    if len(rates):
        unit = unit_of(rate) or ""
        run = rate_of_series(content, FORMAT, rates.values, unit, "unknown", tool="Ray Tune", global_batch=batch)
        return [run.but(step_time=step_time).warn("benchmark.metric_unit", name=rate, unit=unit)]
    if clock.first is not None and clock.end[0] > clock.first[0] and clock.end[1] > clock.first[1]:
        value = (clock.end[0] - clock.first[0]) / (clock.end[1] - clock.first[1])
        run = run_of(
            content, FORMAT, "ok", throughput=Throughput(value, ENV_STEPS, "global"), gross_s=clock.end[1],
            step_time=step_time, discarded={"warmup": 1.0}, tool="RLlib", facts={"n_obs": clock.points},
        )  # fmt: skip
        return [run]
    report = steps_run(
        content, FORMAT, seconds.values, "reports/s", "unknown", status="ok_coarse", tool="Ray Tune",
        global_batch=batch,
    )  # fmt: skip
    if report is None:
        raise content.refuse("benchmark.not_positive", name="time_this_iter_s", value="—")
    return [report.warn("benchmark.step_may_be_epoch")]


READERS = (
    Reader(FORMAT, "Ray Tune result", is_lines, read_lines),
    Reader(FORMAT, "Ray Tune progress", is_table, read_table),
)
