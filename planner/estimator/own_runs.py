"""A measured run as the estimator takes it: its accelerator, its speed in the unit asked for, what was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner.estimator.deployment import Deployment
from planner.estimator.shape import shape_from_catalogue, shape_from_parameters
from planner.estimator.single import OwnRun
from planner.estimator.training import Training
from planner.estimator.training_rows import find_model, model_key
from planner.measured import TOKEN, MeasuredRun
from planner.reference import Accelerator, Reference
from planner.tables import Row

LIKE = 0.1  # loads that differ by less are the same
SAME = 0.01  # sequence lengths that differ by less are the same


def chosen(runs: Sequence[MeasuredRun], card: str) -> tuple[MeasuredRun, tuple[MeasuredRun, ...]]:
    """The run on an accelerator, else the first; and the others on the same accelerator in the same unit."""
    run = next((one for one in runs if one.accelerator == card), runs[0])
    alike = (one for one in runs if one is not run and one.accelerator == run.accelerator and one.unit == run.unit)
    return run, tuple(alike)


def card_of(run: MeasuredRun, reference: Reference) -> Accelerator:
    """The accelerator of a run; one of its own sheet where it measured it itself."""
    if run.sheet is None:
        return reference.accelerators[run.accelerator]
    peak, bandwidth = run.sheet
    cells = {"id": run.accelerator, "vendor": "", "class": "measured", "architecture": "", "launch": ""}
    peaks = {f"{name}_tflops": f"{peak!r}" for name in ("fp32", "tf32", "fp16", "bf16")}
    row = Row({**cells, **peaks, "memory_bandwidth_gbs": f"{bandwidth!r}"}, run.source.locator)
    return Accelerator(run.accelerator, row)


def own_run(
    run: MeasuredRun, alike: Sequence[MeasuredRun], home: Accelerator, units_each: float, of: object = None
) -> OwnRun:
    """A run and those like it. units_each: units of the run in a unit of the estimate."""
    others = tuple((one.per_second / units_each, one.n_accelerators, one.sigma) for one in alike if one.n_accelerators)
    return OwnRun(run.per_second / units_each, home, run.n_accelerators or None, run.sigma, others, of)


def other_model(run: MeasuredRun, wanted: Row | None, reference: Reference) -> Row | None:
    """The catalogue row of the model that was run, where it is another than wanted; None where nothing says so."""
    found = find_model(run.model, reference) if run.model and wanted is not None else None
    return found if found is not None and wanted is not None and found["id"] != wanted["id"] else None


def trained(run: MeasuredRun, asked: Training, *, sequences: bool, other: Row | None = None) -> Training | None:
    """What was trained, where it is another model or sequence length than asked; None where it is the same.

    sequences: whether the length of a sequence matters to the model. other: its catalogue row.
    """
    if other is not None and run.of is None:
        return replace(
            asked, model=model_key(other["name"]), family=other["family"], shape=shape_from_catalogue(other),
            seq_len=run.seq_len or asked.seq_len,
        )  # fmt: skip
    if run.of is not None:
        shape = shape_from_parameters(run.of.parameters, layers=run.of.layers, hidden=run.of.hidden)
        return replace(
            asked, model="", family="", shape=shape, task="pretrain", precision=run.precision or "bf16",
            seq_len=run.seq_len or asked.seq_len, unit=run.unit,
        )  # fmt: skip
    if sequences and run.seq_len and asked.seq_len and abs(run.seq_len / asked.seq_len - 1) > SAME:
        return replace(asked, seq_len=run.seq_len)
    return None


def served(run: MeasuredRun, asked: Deployment) -> Deployment | None:
    """The load that a model was served under, where it is another than asked; None where it is the same."""
    load = run.load
    if load is None:
        return None
    prompt, answer = load.prompt or asked.prompt, load.answer or asked.answer
    together = load.concurrency or asked.concurrency
    pairs = ((prompt, asked.prompt), (answer, asked.answer), (together, asked.concurrency))
    if all(abs(one / other - 1) <= LIKE for one, other in pairs):
        return None
    return replace(asked, prompt=prompt, answer=answer, concurrency=together)


def units_each(run: MeasuredRun, of: Training | None, same: float) -> float:
    """Units of the run in the unit of what was trained. same: in a unit of what is asked."""
    if of is None:
        return same
    if of.unit == run.unit:
        return 1.0
    return float(of.seq_len or same) if run.unit == TOKEN else same
