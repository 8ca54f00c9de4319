"""Work in native units by month: the same for all options (MODEL §0, §1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.demand import Work
from planner.errors import ScenarioError
from planner.figure import Figure, Source, derive, given
from planner.scenario.work import Workload
from planner.uncertainty import Draws, Estimate, Fixed
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR

Array = NDArray[np.float64]
SourceOf = Callable[[tuple[str | int, ...]], Source]
STRESS_DEMAND = "stress.demand"
CONTINUOUS = ("serving", "interactive", "accelerator_hours")


def schedule(workload: Workload, months: int) -> Array:
    """Number of runs (1 for continuous work) in each month, shape (1, months).

    >>> from planner.scenario.work import When
    >>> w = Workload(id="a", kind="training", task="lora", tokens_per_run=1, when=When(month=2, every_months=2))
    >>> schedule(w, 6)
    array([[0., 1., 0., 1., 0., 1.]])
    """
    when = workload.when
    out = np.zeros((1, months))
    step = when.every_months or (1 if workload.kind in CONTINUOUS else None)
    out[0, when.month - 1 :: step or months] = when.runs
    return out


def work(workload: Workload, index: int, *, months: int, draws: Draws, source: SourceOf) -> Work:
    """The work of a workload over the horizon.

    Raises ScenarioError when none of it falls inside the horizon.
    """
    path: tuple[str | int, ...] = ("workloads", index)

    def leaf(name: str, estimate: Estimate, unit: str) -> Figure:
        label = f"{workload.id}.{name}"
        return given(label, draws.column(label, estimate), unit, source((*path, *name.split("."))))

    times = schedule(workload, months)
    if not times.any():
        raise ScenarioError("scenario.work_after_horizon", name=workload.id, month=workload.when.month, months=months)
    inputs, unit = _once(workload, leaf)
    growth = leaf("growth_per_month", workload.growth_per_month, "fraction/month")
    calendar = given(f"{workload.id}.schedule", times, "run/month", source((*path, "when")))
    t = np.maximum(np.arange(months) - (workload.when.month - 1), 0)[None, :]

    def by_month(runs: Array, g: Array, *factors: Array) -> Array:
        out = runs * (1 + g) ** t
        for factor in factors:
            out = out * factor
        return np.asarray(out)

    stress = draws.factor(STRESS_DEMAND)
    if stress is not None:
        why = "set from outside: stress or doubt"
        inputs.append(given(STRESS_DEMAND, stress, "ratio", Source("assumption", "demand level", "2026", why)))
    amount = derive(
        by_month,
        calendar,
        growth,
        *inputs,
        name=f"{workload.id}.work",
        unit=f"{unit}/month",
        formula="schedule_t × (1 + growth)^(t−1) × " + " × ".join(f.name for f in inputs),
    )
    return Work(workload, index, unit, amount)


def _once(workload: Workload, leaf: Callable[[str, Estimate, str], Figure]) -> tuple[list[Figure], str]:
    """Factors of one occurrence and the native unit."""
    if workload.kind == "serving":
        assert workload.serving is not None
        seconds = given(
            "seconds_per_month",
            HOURS_PER_MONTH * SECONDS_PER_HOUR,
            "s/month",
            Source("assumption", "definition", "2026", "730 h a month"),
        )
        return [
            leaf("serving.requests_per_second", workload.serving.requests_per_second, "request/s"),
            seconds,
        ], ("request")
    if workload.kind == "interactive":
        return [leaf("session_hours_per_month", workload.session_hours_per_month, "session-hour/month")], "session-hour"
    if workload.kind == "accelerator_hours":
        name = "accelerator_hours_per_month"
        return [
            leaf(name, workload.accelerator_hours_per_month, "accelerator-hour/month")
        ], "reference-accelerator-hour"
    name, unit = ("tokens_per_run", "token") if workload.tokens_per_run is not None else ("samples_per_run", "sample")
    factors = [leaf(name, getattr(workload, name), f"{unit}/run")]
    if workload.kind == "experiments":
        factors += [
            leaf("trials", Fixed(workload.trials), "trial"),
            leaf("run_share", Fixed(workload.run_share), "fraction"),
            leaf("folds", Fixed(float(workload.folds)), "fold"),
        ]
    return factors, unit
