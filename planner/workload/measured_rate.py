"""The rate of a workload that the user measured: on the same accelerators as it is, on others moved, wider.

The run joins the measured cases of the estimator (``planner.estimator.single``); where the model's size is not known,
or the device has no sheet, the sheets alone move it (``planner.workload.transfer``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from planner import measured as units
from planner.demand import Rate, Work
from planner.errors import Message, NotPriced, PlannerError
from planner.estimator.answers import MOST_OF_CEILING, Z
from planner.estimator.evidence import evidence_of
from planner.estimator.own_runs import card_of, chosen, other_model, own_run, served, trained, units_each
from planner.estimator.scaling import rate_at
from planner.estimator.single import MEASURED, TRANSFERRED, estimated
from planner.estimator.training import ceiling
from planner.figure import Array, Figure, Source, derive, given
from planner.measured import MeasuredRun
from planner.reference import Accelerator, Reference
from planner.scenario.work import Workload
from planner.tables import Row
from planner.uncertainty import Draws
from planner.units import SECONDS_PER_HOUR
from planner.workload.serving_figures import Request, SourceOf
from planner.workload.serving_rate import deployment_asked, request_of
from planner.workload.spread import error_factors
from planner.workload.subject import Subject, training_asked
from planner.workload.transfer import ratio_between

TRAINS = ("training", "experiments")
PRECISIONS = {"fp32": 32, "float32": 32, "tf32": 19, "fp16": 16, "float16": 16, "bf16": 16, "bfloat16": 16, "amp": 16,
              "fp8": 8}  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A run moved to an accelerator: factor on its speed, doubt of the log and its shares, evidence, why.

    most: work units per second and accelerator that no draw may pass.
    """

    factor: float
    sigma: float
    shares: tuple[float, float, float]
    evidence: str
    source: Source
    domain: str
    most: float = math.inf


def measured_rate(
    work: Work, accelerator: Accelerator, runs: tuple[MeasuredRun, ...], subject: Subject | None, fewest: int, *,
    reference: Reference, draws: Draws, source: SourceOf,
) -> Rate:  # fmt: skip
    """Native units per accelerator-hour from the user's runs of a workload.

    Raises PlannerError for runs in another unit than the work, or faster than their accelerator; NotPriced where
    neither size nor sheet lets a run be moved.
    """
    workload = work.workload
    run, alike = chosen(runs, accelerator.id)
    other = other_model(run, subject.row if subject is not None else None, reference)
    _check_kind(work, run, subject, other)
    request = request_of(work, draws, source) if _is_served(work) else None
    per_unit = _per_unit(work, run, request)
    home = card_of(run, reference)
    count = max(fewest, workload.job_accelerators or round(run.n_accelerators) or 1)
    moved = _moved(work, run, alike, home, accelerator, count, subject, per_unit, request, reference)
    speed = given(f"{workload.id}.measured_rate", run.per_second, f"{run.unit}/s/accelerator", run.source)
    factors: list[Figure] = [speed, per_unit]
    if workload.kind in TRAINS and run.busy_share < 1:
        why = replace(run.source, origin=f"share of the run outside evaluations and checkpoints; {run.source.origin}")
        factors.append(given(f"{workload.id}.busy_share", run.busy_share, "fraction", why))
    if moved.factor != 1.0:
        label = f"{workload.id}.transfer.{home.id}.{accelerator.id}"
        factors.append(given(label, moved.factor, "ratio", moved.source))
    factors += error_factors(
        workload.id, accelerator.id, moved.sigma, moved.shares, moved.domain, draws, moved.source
    )  # fmt: skip

    def per_hour(rate: Array, each: Array, *others: Array) -> Array:
        out = rate * SECONDS_PER_HOUR / each
        for other in others:
            out = out * other
        return np.minimum(out, moved.most * SECONDS_PER_HOUR)

    figure = derive(
        per_hour, *factors, name=f"{workload.id}.rate.{accelerator.id}", unit=f"{work.unit}/accelerator-hour",
        formula="measured rate × 3600 / " + " × ".join(one.name for one in factors[1:]),
    )  # fmt: skip
    smallest = max(fewest, run.replica or 1) if _is_served(work) else fewest
    return Rate(figure, smallest, moved.evidence, _notes(work, run, accelerator, count, moved, request, other))


def _check_kind(work: Work, run: MeasuredRun, subject: Subject | None, other: Row | None) -> None:
    """Raises PlannerError for a run that says nothing of this work, or less than the scenario does itself."""
    workload, another = work.workload, run.of is not None or other is not None
    if workload.kind in ("interactive", "accelerator_hours"):
        raise PlannerError("benchmark.no_speed", name=workload.id)
    if workload.kind not in TRAINS and another:
        raise PlannerError("benchmark.other_model_served", name=workload.id, model=run.model)
    by_item = subject is not None and subject.shape.forward_flops_per_sample is not None  # images, scans, clips
    if by_item and (run.unit != units.SAMPLE or run.of is not None):
        raise units.unit_differs(workload.id, run.unit, work.unit)
    if another and _own_figure(workload):
        raise PlannerError("benchmark.own_figure_stands", name=workload.id, model=run.model)


def _own_figure(workload: Workload) -> bool:
    """Whether the scenario gives the speed itself."""
    own = workload.throughput
    return own is not None and (own.mfu is not None or own.rate is not None)


def _is_served(work: Work) -> bool:
    workload = work.workload
    return workload.kind == "serving" or (workload.kind == "batch_inference" and workload.serving is not None)


def _per_unit(work: Work, run: MeasuredRun, request: Request | None) -> Figure:
    """Units of the run in a unit of the work. Raises PlannerError where one does not follow from the other."""
    name, unit = f"{work.workload.id}.measured_units", f"{run.unit}/{work.unit}"
    if {run.unit, work.unit} == {units.TOKEN, units.SAMPLE}:
        tokens = _tokens_of_sample(work, run)
        value = units.units_per(run.unit, work.unit, sample=tokens)
        assert value is not None
        return given(name, value, unit, replace(run.source, origin=f"{tokens:g} tokens in a sample"))
    if request is not None:
        prompt, answer = request.load.prompt, request.load.answer
        if run.unit != units.SAMPLE and units.units_per(run.unit, work.unit, prompt=prompt, answer=answer) is not None:

            def of_request(p: Array, a: Array) -> Array:
                found = units.units_per(run.unit, work.unit, prompt=p, answer=a)
                assert found is not None
                return found

            return derive(
                of_request, request.prompt, request.answer, name=name, unit=unit,
                formula=f"{run.unit} of a {work.unit}, from prompt and answer",
            )  # fmt: skip
    same = units.units_per(run.unit, work.unit)
    if same is None:
        raise units.unit_differs(work.workload.id, run.unit, work.unit)
    return given(name, same, unit, Source("assumption", "definition", "2026-11", f"{run.unit} and {work.unit}"))


def _tokens_of_sample(work: Work, run: MeasuredRun) -> float:
    """Tokens of a sample: told of the run, else the workload's own where it says so; never the default."""
    if run.seq_len is not None:
        return run.seq_len
    if "seq_len" in work.workload.model_fields_set:
        return float(work.workload.seq_len)
    raise PlannerError("benchmark.must_tell", flags="--measured-seq-len", names="seq_len")


def _moved(
    work: Work, run: MeasuredRun, alike: tuple[MeasuredRun, ...], home: Accelerator, to: Accelerator, count: int,
    subject: Subject | None, per_unit: Figure, request: Request | None, reference: Reference,
) -> Moved:  # fmt: skip
    if subject is not None and to.peak_tflops("bf16") is not None and to.bandwidth_gbs is not None:
        if work.workload.kind in TRAINS and (subject.shape.parameters or subject.shape.forward_flops_per_sample):
            return _among_trainings(work, run, alike, home, to, count, subject, per_unit, reference)
        if request is not None and subject.is_language_model and run.sheet is None:
            return _among_servings(work, run, alike, home, to, count, subject, per_unit, request, reference)
    return _by_sheets(work, run, alike, home, to, count)


def _among_trainings(
    work: Work, run: MeasuredRun, alike: tuple[MeasuredRun, ...], home: Accelerator, to: Accelerator, count: int,
    subject: Subject, per_unit: Figure, reference: Reference,
) -> Moved:  # fmt: skip
    asked = training_asked(subject, to, count)
    other = other_model(run, subject.row, reference)
    each, of = float(per_unit.mean), trained(run, asked, sequences=subject.is_language_model, other=other)
    own = own_run(run, alike, home, units_each(run, of, each), of)
    found = estimated(evidence_of(reference).training, asked, own=own)
    factor = found.p50 * each / run.per_second
    where = _why(found.evidence, run, home, to, count, f"; of {found.families} families of measured cases")
    most = math.inf if found.evidence == MEASURED else MOST_OF_CEILING * ceiling(asked)
    return Moved(_exactly(factor, found.evidence), found.sigma, _shares(found.evidence, found.shares), found.evidence,
                 where, "training", most)  # fmt: skip


def _among_servings(
    work: Work, run: MeasuredRun, alike: tuple[MeasuredRun, ...], home: Accelerator, to: Accelerator, count: int,
    subject: Subject, per_unit: Figure, request: Request, reference: Reference,
) -> Moved:  # fmt: skip
    evidence = evidence_of(reference)
    prompt, answer = float(request.load.prompt), float(request.load.answer)
    asked = deployment_asked(subject, to, count, prompt, answer, 1e9, evidence)
    in_output = units.units_per(run.unit, "output token", prompt=prompt, answer=answer)
    if in_output is None:
        return _by_sheets(work, run, alike, home, to, count)
    scale = float(in_output)
    own = own_run(run, alike, home, scale, served(run, asked))
    found = estimated(evidence.serving, asked, own=own)
    factor = found.p50 / asked.n_accelerators * scale / run.per_second
    where = _why(found.evidence, run, home, to, count, "")
    return Moved(_exactly(factor, found.evidence), found.sigma, _shares(found.evidence, found.shares), found.evidence,
                 where, "serving")  # fmt: skip


def _by_sheets(
    work: Work, run: MeasuredRun, alike: tuple[MeasuredRun, ...], home: Accelerator, to: Accelerator, count: int
) -> Moved:
    """Moved by count and by the ratios of the sheets alone."""
    if run.of is not None:
        raise NotPriced("benchmark.other_model_unknown", name=work.workload.id)
    at = run.n_accelerators or float(count)
    points = [(one.per_second, one.n_accelerators or at, one.sigma) for one in (run, *alike)]
    log_rate, sigma = rate_at(points, count)
    factor, text = math.exp(log_rate) / run.per_second, ""
    same = home.id == to.id
    if not same:
        ratio, doubt, text = ratio_between(home, to, work.workload.precision)
        factor, sigma = factor * ratio, math.hypot(sigma, doubt)
    evidence = MEASURED if same and count in {n for _, n, _ in points} else TRANSFERRED
    return Moved(_exactly(factor, evidence), sigma, (1.0, 0.0, 0.0), evidence,
                 _why(evidence, run, home, to, count, f"; {text}" if text else ""), "measured")  # fmt: skip


def _exactly(factor: float, evidence: str) -> float:
    """The factor; 1 where the run stands as it is, whatever the last digits of its logarithm say."""
    return 1.0 if evidence == MEASURED and abs(factor - 1) < 1e-4 else factor


def _shares(evidence: str, shares: tuple[float, float, float]) -> tuple[float, float, float]:
    """A run on the accelerator itself leaves no doubt about accelerators."""
    return (1.0, 0.0, 0.0) if evidence == MEASURED else shares


def _why(evidence: str, run: MeasuredRun, home: Accelerator, to: Accelerator, count: int, more: str) -> Source:
    moved = f"{run.n_accelerators:g} × {home.id} → {count} × {to.id}"
    return replace(run.source, origin=f"{evidence}: {moved}{more}; {run.source.origin}")


def _notes(
    work: Work, run: MeasuredRun, to: Accelerator, count: int, moved: Moved, request: Request | None, other: Row | None
) -> tuple[Message, ...]:
    name = work.workload.id
    told = [Message("warning.run_replaces_figure", {"name": name})] if _own_figure(work.workload) else []
    notes = [*told, *(request.notes if request is not None else ()), *run.warnings]
    if run.accelerator != to.id:
        wide = round(100 * (math.exp(Z * moved.sigma) - 1))
        notes.append(Message("warning.run_moved", {"name": name, "home": run.accelerator, "to": to.id, "wide": wide}))
    elif moved.evidence == TRANSFERRED and run.n_accelerators and count != run.n_accelerators:
        facts = {"name": name, "home": f"{run.n_accelerators:g}", "to": count}
        notes.append(Message("warning.run_scaled", facts))
    if run.of is not None or other is not None:
        notes.append(Message("warning.run_of_other_model", {"name": name, "model": run.model}))
    kinds = [PRECISIONS.get(one) for one in ((run.precision or "").lower(), work.workload.precision)]
    if None not in kinds and kinds[0] != kinds[1]:
        facts = {"name": name, "measured": run.precision, "wanted": work.workload.precision}
        notes.append(Message("warning.run_precision", facts))
    return tuple(notes)
