"""Measured runs that a scenario names: read, completed by what their owner says, checked against their companions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from planner.benchmark import BenchmarkRun, read_file
from planner.benchmark.record import BOTH_TOKENS, OUTPUT_TOKENS
from planner.benchmark.told import companion_warnings, measured_run
from planner.errors import PlannerError
from planner.measured import BOTH_TOKEN, OUTPUT_TOKEN, MeasuredRun
from planner.reference import Reference
from planner.scenario import Scenario
from planner.scenario.work import BenchmarkFile, BenchmarkFiles
from planner.scenario_io import Loaded
from planner.units import close_matches

COMPANIONS = ("telemetry", "accounting")
ANSWERS = (OUTPUT_TOKENS, BOTH_TOKENS)
SERVED, UNRATED = ("serving", "batch_inference"), ("interactive", "accelerator_hours")
_FILES: TypeAdapter[list[BenchmarkFile]] = TypeAdapter(BenchmarkFiles)
Told = tuple[BenchmarkRun, BenchmarkFile]


def with_measured(loaded: Loaded, reference: Reference) -> Loaded:
    """The scenario with the runs that its workloads name, each file read once.

    Raises Refused: a file that cannot be read, or does not say what must be known.
    """
    found = dict(loaded.measured)
    for workload in loaded.scenario.workloads:
        files = workload.throughput.benchmark if workload.throughput is not None else None
        if files is not None and workload.id not in found:
            served = workload.kind in SERVED
            told = [(run_of(one, _beside(loaded, one.file), served=served), one) for one in files]
            found[workload.id] = measured_runs(told, reference)
    return loaded if found == loaded.measured else with_runs(loaded, found)


def with_files(loaded: Loaded, files: Mapping[str, Any], reference: Reference) -> Loaded:
    """The scenario with files of measured runs by workload, each as a scenario writes them: a name, a mapping with what
    the file does not say, or a list of these.

    Raises PlannerError: a workload that there is not, a file that cannot be read or does not say what must be known.
    """
    found = dict(loaded.measured)
    for name, given in files.items():
        try:
            listed = _FILES.validate_python(given)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
            raise PlannerError("benchmark.file_form", name=place or name, given=first["input"]) from None
        workload = next(one for one in loaded.scenario.workloads if one.id == workload_of(loaded.scenario, (), name))
        told = [(run_of(one, _beside(loaded, one.file), served=workload.kind in SERVED), one) for one in listed]
        found[name] = measured_runs(told, reference)
    return with_runs(loaded, found)


def with_runs(loaded: Loaded, runs: Mapping[str, tuple[MeasuredRun, ...]]) -> Loaded:
    """The scenario with measured runs by workload; its hash is another."""
    text = loaded.sha256 + repr(sorted(runs.items()))
    return replace(loaded, measured=dict(runs), sha256=hashlib.sha256(text.encode()).hexdigest())


def workload_of(scenario: Scenario, runs: Sequence[MeasuredRun], name: str = "") -> str:
    """The workload that runs are of: the one named, else the only one whose work is of their kind.

    Raises PlannerError when there is none of that name, or several could be meant.
    """
    ids = [workload.id for workload in scenario.workloads]
    if name:
        if name not in ids:
            raise PlannerError("benchmark.workload_unknown", close=close_matches(name, ids) or ids, name=name)
        return name
    served = runs[0].unit in (OUTPUT_TOKEN, BOTH_TOKEN)
    meant = [one.id for one in scenario.workloads if (one.kind in SERVED) == served and one.kind not in UNRATED]
    if len(ids) == 1 or len(meant) == 1:
        return meant[0] if meant else ids[0]
    raise PlannerError("benchmark.which_workload", close=meant or ids)


def run_of(told: BenchmarkFile, path: str | Path | None = None, *, served: bool = False) -> BenchmarkRun:
    """The run that is meant of a file: without `pick` the first that answers requests where the work does, else the
    first. Raises Refused; PlannerError where `pick` finds none."""
    runs = picked(read_file(path or told.file, columns=told.columns, unit=told.unit), told.pick or "")
    answers = [run for run in runs if run.throughput is not None and run.throughput.unit in ANSWERS]
    return answers[0] if served and answers else runs[0]


def picked(runs: Sequence[BenchmarkRun], pick: str) -> list[BenchmarkRun]:
    """Runs whose label holds a text; all without one. Raises PlannerError with labels when there is none."""
    if not pick:
        return list(runs)
    found = [run for run in runs if pick.lower() in run.label.lower()]
    if not found:
        raise PlannerError("benchmark.no_pick", close=[run.label for run in runs[:5]], text=pick)
    return found


def measured_runs(told: Sequence[Told], reference: Reference) -> tuple[MeasuredRun, ...]:
    """Runs with a rate, with what the companion files beside them add. Raises Refused when none has a rate."""
    once = {(run.sha256, run.label): (run, one) for run, one in reversed(told)}
    told = [pair for pair in told if once[pair[0].sha256, pair[0].label][1] is pair[1]]
    companions = [run for run, _ in told if run.status in COMPANIONS]
    rates = [(run, one) for run, one in told if run.status not in COMPANIONS] or list(told)
    return tuple(measured_run(_accompanied(run, companions), one, reference) for run, one in rates)


def _accompanied(run: BenchmarkRun, companions: Sequence[BenchmarkRun]) -> BenchmarkRun:
    """The run with power, utilisation and billed hours of the files beside it, and what they say against it."""
    for one in companions:
        run = run.but(warnings=(*run.warnings, *companion_warnings(run, one)))
        known = {
            name: getattr(one, name)
            for name in ("power_w", "energy_kwh", "utilisation", "billed_hours", "accelerator", "n_accelerators")
            if getattr(run, name) is None and getattr(one, name) is not None
        }
        run = run.but(**known)
    return run


def _beside(loaded: Loaded, name: str) -> Path:
    """A file beside the scenario, else in the working folder."""
    beside = Path(loaded.document.file).parent / name
    return beside if beside.exists() else Path(name)
