"""One question to the estimator: what is known goes in, all that follows comes out."""

from __future__ import annotations

import math
from dataclasses import replace

from planner.errors import Infeasible, Message, NotPriced, PlannerError
from planner.estimator import training
from planner.estimator.answers import Z
from planner.estimator.ask_serving import Load, answer_serving
from planner.estimator.asked import Asked, Band, Own, Record, given_run, narrow, shape_notes
from planner.estimator.cells import billions, positive, text
from planner.estimator.deployment import (
    USABLE_MEMORY,
)
from planner.estimator.evidence import Evidence
from planner.estimator.items import UNITS
from planner.estimator.load import (
    CHAT_PEAK,
)
from planner.estimator.memory import (
    OPTIMISER_BYTES,
    TrainingLayout,
    training_layout,
    training_states,
)
from planner.estimator.own_runs import card_of, chosen, other_model, own_run, trained, units_each
from planner.estimator.single import MEASURED, RUN_SIGMA, Estimated, OwnRun, estimated
from planner.estimator.training import Training
from planner.estimator.training_rows import find_model, training_of, work_of
from planner.measured import SAMPLE, TOKEN, MeasuredRun, unit_differs, units_per
from planner.units import GIB, GIGA, SECONDS_PER_HOUR
from planner.units import close_matches as close

LARGEST_FLAG = 1e15
CLASSES = {"llm": "llm", "vision": "vision", "detector": "vision", "encoder": "encoder", "speech": "speech",
           "diffusion": "diffusion_image", "video diffusion": "diffusion_video"}  # fmt: skip


def ask(
    kind: str,
    record: Record,
    evidence: Evidence,
    *,
    price: float | None = None,
    repeats: float = 1.0,
    measured_rate: float | None = None,
    measured_on: str = "",
    measured_count: int = 0,
    runs: tuple[MeasuredRun, ...] = (),
    ttft_ms: float | None = None,
    tpot_ms: float | None = None,
    requests_per_second: float | None = None,
    peak_to_mean: float = CHAT_PEAK,
    spare: int = 1,
    optimiser: str = "adamw",
    exclude_family: str = "",
) -> Asked:
    """The answer to one question; the record has the columns of the measured tables.

    price: of an accelerator-hour. repeats: runs of the whole work. measured_rate: a run of one's own [unit per second
    and accelerator]; runs: such runs as their files say. Raises PlannerError, NotPriced or Infeasible with what is
    wrong or missing.
    """
    flags = {"--price": price, "--measured-rate": measured_rate, "--ttft-ms": ttft_ms, "--tpot-ms": tpot_ms,
             "--trials": repeats, "--requests-per-second": requests_per_second}  # fmt: skip
    for flag, value in flags.items():
        if value is not None and not (0 < value <= LARGEST_FLAG or (value == 0 and flag == "--price")):
            raise PlannerError("estimate.not_finite", flag=flag)
    record = _checked(kind, record, evidence)
    if measured_rate is None and not runs and (measured_on or measured_count):
        raise PlannerError("estimate.flag_missing", flag="--measured-rate | --benchmark")
    if measured_rate is not None and runs:
        raise PlannerError("estimate.not_both", one="--measured-rate", other="--benchmark")
    own = Own(measured_rate, measured_on, measured_count, runs)
    limits = (math.inf if ttft_ms is None else ttft_ms / 1e3, math.inf if tpot_ms is None else tpot_ms / 1e3)
    load = (requests_per_second, peak_to_mean, spare)
    found = _answered(kind, record, evidence, price, own, repeats, optimiser, exclude_family, limits, load)
    return replace(found, assumed=(*found.assumed, *own.warnings_on(found.accelerator)))


def _answered(
    kind: str, record: Record, evidence: Evidence, price: float | None, own: Own, repeats: float, optimiser: str,
    exclude_family: str, limits: tuple[float, float], load: Load,
) -> Asked:  # fmt: skip
    """The answer by kind; where the model's size is not known a speed given by hand stands for itself."""
    if kind == "serving":
        return answer_serving(record, evidence, price, own, limits, load, exclude_family)
    try:
        return _training(kind, record, evidence, price, repeats, own, optimiser, exclude_family)
    except NotPriced:
        if own.rate is None or own.where or own.count:
            raise
        return _from_rate(kind, record, evidence, price, repeats, own.rate)


def _training(
    kind: str, record: Record, evidence: Evidence, price: float | None, repeats: float, own: Own,
    optimiser: str, exclude_family: str,
) -> Asked:  # fmt: skip
    """Hours of a whole run, or the speed of a benchmark."""
    whole = kind == "training"
    if not text(record, "task"):
        record = {**record, "task": "pretrain"}
    asked = training_of(record, evidence.reference, whole_run=whole)
    row_year = replace(asked, year=2026.0)
    asked, layout = _laid_out(row_year, optimiser)
    run, kept = _trained_run(evidence, asked, own, whole=whole)
    estimate = narrow(estimated(evidence.training, asked, own=run, exclude_family=exclude_family))
    assumed = _training_notes(record, asked, layout)
    count = round(asked.n_accelerators or 1)
    flops = training.flops_per_unit(asked)
    facts = {
        "flops_per_unit": (flops, f"FLOP/{asked.unit}"),
        "utilisation": (estimate.p50 * flops / training.peak_flops(asked.accelerator, asked.precision), "fraction"),
    }
    rate = Band(estimate.p10, estimate.p50, estimate.p90, f"{asked.unit}/s/accelerator")
    name = text(record, "model") or "—"
    if not whole:
        return Asked(kind, name, asked.accelerator.id, rate, estimate, count, {}, facts, assumed, layout)
    work = work_of(record) * repeats
    hours = rate.into(work / kept / SECONDS_PER_HOUR, "accelerator-hour")
    benchmark = estimated(evidence.training, training.as_benchmark(asked), exclude_family=exclude_family)
    facts["whole_run_factor"] = (estimate.p50 / benchmark.p50 if run is None else kept, "ratio")
    facts["work"] = (work, asked.unit)
    follows = {"rate": rate, "days": hours.times(1 / count / 24, "day")}
    if price is not None:
        follows["cost"] = hours.times(price, "money")
    return Asked(kind, name, asked.accelerator.id, hours, estimate, count, follows, facts, assumed, layout)


def _from_rate(
    kind: str, record: Record, evidence: Evidence, price: float | None, repeats: float, rate: float
) -> Asked:  # fmt: skip
    """What a measured rate alone says, where neither sheet nor size of the model is known."""
    card = evidence.reference.accelerator(text(record, "accelerator"))[0].id
    count = round(positive(record, "n_accelerators") or 1)
    low, high = rate * math.exp(-Z * RUN_SIGMA), rate * math.exp(Z * RUN_SIGMA)
    estimate = Estimated(low, rate, high, RUN_SIGMA, rate, MEASURED, MEASURED, 0, None, (), (0.0, 0.0, 1.0))
    speed = Band(low, rate, high, f"{text(record, 'unit') or 'unit'}/s/accelerator")
    name = text(record, "model") or "—"
    if kind != "training":
        return Asked(kind, name, card, speed, estimate, count, {}, {}, ())
    hours = speed.into(work_of(record) * repeats / SECONDS_PER_HOUR, "accelerator-hour")
    follows = {"rate": speed, "days": hours.times(1 / count / 24, "day")}
    if price is not None:
        follows["cost"] = hours.times(price, "money")
    return Asked(kind, name, card, hours, estimate, count, follows, {}, ())


def _checked(kind: str, record: Record, evidence: Evidence) -> Record:
    """The record, its class and unit from the catalogue where serving leaves them open.

    Raises PlannerError for a model that is neither in the catalogue nor given by its size, and for contradictions.
    """
    name, served = text(record, "model"), kind == "serving"
    size = billions(record, "params_total_b") if served else positive(record, "params_total")
    row = find_model(name, evidence.reference) if name else None
    if row is None:
        if not size:
            raise PlannerError("reference.unknown_model", close=close(name, list(evidence.reference.models)), name=name)
    elif size and not 0.75 < size / max((row.number("params_total_b") or 0.0) * GIGA, 1.0) < 1.34:
        raise PlannerError("estimate.not_both", one="--model", other="--parameters")
    if not served:
        return record
    given, own = text(record, "model_class"), CLASSES.get(row["kind"], "") if row is not None else ""
    if own and given and given != own and not (own == "llm" and given == "vlm"):
        raise PlannerError("estimate.class_differs", name=name, own=own, given=given)
    found = given or own or "llm"
    unit = text(record, "request_unit") or ("request" if found in ("llm", "vlm") else UNITS.get(found, "item"))
    return {**record, "model_class": found, "request_unit": unit}


def _trained_run(evidence: Evidence, asked: Training, own: Own, *, whole: bool) -> tuple[OwnRun | None, float]:
    """The user's training run, and the share of a whole run outside its evaluations and checkpoints."""
    if not own.runs:
        return given_run(evidence, asked.accelerator.id, own), 1.0
    run, alike = chosen(own.runs, asked.accelerator.id)
    sample = run.seq_len or asked.seq_len
    if asked.shape.forward_flops_per_sample is not None and run.unit != SAMPLE:
        raise unit_differs(asked.model or "—", run.unit, asked.unit)
    same = units_per(run.unit, asked.unit, sample=sample)
    if same is None and {run.unit, asked.unit} == {TOKEN, SAMPLE}:
        raise PlannerError("benchmark.must_tell", flags="--measured-seq-len", names="seq_len")
    if same is None:
        raise unit_differs(asked.model or "—", run.unit, asked.unit)
    other = other_model(run, find_model(asked.model, evidence.reference), evidence.reference)
    of = trained(run, asked, sequences=asked.unit == "token", other=other)
    each = units_each(run, of, float(same))
    return own_run(run, alike, card_of(run, evidence.reference), each, of), run.busy_share if whole else 1.0


def _laid_out(asked: Training, optimiser: str) -> tuple[Training, TrainingLayout | None]:
    """The training on the accelerators asked for, else on the fewest that hold it; and its layout."""
    memory = asked.accelerator.memory_gib
    if memory is None or not asked.shape.parameters:
        return replace(asked, n_accelerators=asked.n_accelerators or 1.0), None
    if optimiser not in OPTIMISER_BYTES:
        valid = ", ".join(OPTIMISER_BYTES)
        raise PlannerError("scenario.not_in_list", name="--optimiser", given=optimiser, valid=valid)
    states = training_states(asked.task, asked.precision, optimiser)
    room = memory * GIB * USABLE_MEMORY
    names = {"name": asked.model, "card": asked.accelerator.id}
    seq_len = training.sequence_length(asked) if asked.shape.layers else 1.0
    layout = training_layout(asked.shape, states, room, seq_len, micro_batch=round(asked.micro_batch or 1), **names)
    if asked.n_accelerators and asked.n_accelerators < layout.accelerators:
        raise Infeasible("estimate.too_few", accelerator=asked.accelerator.id, given=round(asked.n_accelerators),
                         need=layout.accelerators)  # fmt: skip
    return replace(asked, n_accelerators=asked.n_accelerators or float(layout.accelerators)), layout


def _training_notes(record: Record, asked: Training, layout: TrainingLayout | None) -> tuple[Message, ...]:
    notes = shape_notes(asked.shape.assumed, asked.shape.layers, asked.shape.hidden)
    if not asked.seq_len and asked.shape.layers and asked.unit == "token":
        notes.append(Message("estimate.assumed_seq", {"seq_len": round(training.sequence_length(asked))}))
    if not text(record, "precision"):
        notes.append(Message("estimate.assumed_precision", {"precision": asked.precision}))
    if layout is not None and not text(record, "n_accelerators"):
        notes.append(Message("estimate.assumed_count", {"count": layout.accelerators}))
    if training.precision_class(asked.precision) == "8":
        notes.append(Message("estimate.eight_bit"))
    return tuple(notes)
