"""One question to the estimator: what is known goes in, all that follows comes out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.errors import Infeasible, Message, NotPriced, PlannerError
from planner.estimator import training
from planner.estimator.answers import WIDEST, Z
from planner.estimator.cells import billions, positive, text
from planner.estimator.deployment import (
    BYTES,
    USABLE_MEMORY,
    Deployment,
    fewest_accelerators,
    stack,
    weights_bytes,
)
from planner.estimator.evidence import Evidence
from planner.estimator.items import UNITS, Items, items_of
from planner.estimator.load import (
    CHAT_ANSWER,
    CHAT_PEAK,
    CHAT_PROMPT,
    UTILISATION_KEPT,
    TokenPrice,
    replicas,
    token_price,
)
from planner.estimator.memory import (
    OPTIMISER_BYTES,
    TrainingLayout,
    cache_bytes_per_token,
    concurrent_requests,
    training_layout,
    training_states,
)
from planner.estimator.own_runs import card_of, chosen, other_model, own_run, served, trained, units_each
from planner.estimator.serving_rows import deployment_of
from planner.estimator.single import MEASURED, RUN_SIGMA, Estimated, OwnRun, estimated, with_usual_software
from planner.estimator.targets import within_limits
from planner.estimator.training import Training
from planner.estimator.training_rows import find_model, training_of, work_of
from planner.measured import MeasuredRun, units_per
from planner.units import GIB, GIGA, SECONDS_PER_HOUR
from planner.units import close_matches as close

Record = Mapping[str, str]
ROOM_FOR_CACHE = 1.2  # weights and a fifth of them for the cache, where no number of accelerators is given
CONTEXTS = (2_048.0, 8_192.0, 32_768.0, 131_072.0)
PER_MILLION = 1e6
LARGEST_FLAG = 1e15
CLASSES = {"llm": "llm", "vision": "vision", "detector": "vision", "encoder": "encoder", "speech": "speech",
           "diffusion": "diffusion_image", "video diffusion": "diffusion_video"}  # fmt: skip


@dataclass(frozen=True)
class Band:
    """p10, p50 and p90 of a quantity in a unit."""

    p10: float
    p50: float
    p90: float
    unit: str

    def times(self, factor: float, unit: str) -> Band:
        """The band of a multiple."""
        return Band(self.p10 * factor, self.p50 * factor, self.p90 * factor, unit)

    def into(self, factor: float, unit: str) -> Band:
        """The band of a factor over it: high becomes low."""
        return Band(factor / self.p90, factor / self.p50, factor / self.p10, unit)


@dataclass(frozen=True)
class Own:
    """What the user measured: a speed given by hand with its accelerator and count, or runs of files."""

    rate: float | None
    where: str = ""
    count: int = 0
    runs: tuple[MeasuredRun, ...] = ()


@dataclass(frozen=True)
class Asked:
    """An answered question: the headline, what follows from it, what was assumed, and the estimate behind it.

    follows: further quantities by name. facts: single numbers by name, with their unit. contexts: users together by
    context length [token].
    """

    kind: str
    model: str
    accelerator: str
    headline: Band
    estimate: Estimated
    accelerators: int
    follows: dict[str, Band]
    facts: dict[str, tuple[float, str]]
    assumed: tuple[Message, ...]
    layout: TrainingLayout | None = None
    contexts: dict[int, float] | None = None
    tokens: TokenPrice | None = None


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
    if kind == "serving":
        limits = (math.inf if ttft_ms is None else ttft_ms / 1e3, math.inf if tpot_ms is None else tpot_ms / 1e3)
        load = (requests_per_second, peak_to_mean, spare)
        return _serving(record, evidence, price, own, limits, load, exclude_family)
    try:
        return _training(kind, record, evidence, price, repeats, own, optimiser, exclude_family)
    except NotPriced:
        if measured_rate is None or measured_on or measured_count:
            raise
        return _from_rate(kind, record, evidence, price, repeats, measured_rate)


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
    estimate = _narrow(estimated(evidence.training, asked, own=run, exclude_family=exclude_family))
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


def _narrow(estimate: Estimated) -> Estimated:
    """The estimate itself. Raises NotPriced for an interval that says nothing."""
    if estimate.p90 / estimate.p10 > WIDEST:
        raise NotPriced("estimate.too_wide", low=estimate.p10, high=estimate.p90)
    return estimate


def _own_run(evidence: Evidence, card: str, own: Own) -> OwnRun | None:
    """The speed given by flag."""
    if own.rate is None:
        return None
    if not own.rate > 0 or not math.isfinite(own.rate):
        raise PlannerError("estimate.not_positive", name="--measured-rate", text=f"{own.rate:g}")
    accelerator = evidence.reference.accelerator(own.where or card)[0]
    return OwnRun(own.rate, accelerator, float(own.count) if own.count else None)


def _trained_run(evidence: Evidence, asked: Training, own: Own, *, whole: bool) -> tuple[OwnRun | None, float]:
    """The user's training run, and the share of a whole run outside its evaluations and checkpoints."""
    if not own.runs:
        return _own_run(evidence, asked.accelerator.id, own), 1.0
    run, alike = chosen(own.runs, asked.accelerator.id)
    sample = run.seq_len or asked.seq_len
    same = units_per(run.unit, asked.unit, sample=sample)
    if same is None:
        raise PlannerError("benchmark.unit_differs", name=asked.model, measured=run.unit, wanted=asked.unit)
    other = other_model(run, find_model(asked.model, evidence.reference), evidence.reference)
    of = trained(run, asked, sequences=asked.unit == "token", other=other)
    each = units_each(run, of, float(same))
    return own_run(run, alike, card_of(run, evidence.reference), each, of), run.busy_share if whole else 1.0


def _served_run(
    evidence: Evidence, own: Own, asked: Deployment | Items, unit: str, prompt: float = math.nan,
    answer: float = math.nan,
) -> OwnRun | None:  # fmt: skip
    """The user's run of a deployment."""
    if not own.runs:
        return _own_run(evidence, asked.accelerator.id, own)
    run, alike = chosen(own.runs, asked.accelerator.id)
    each = units_per(run.unit, unit, prompt=prompt, answer=answer)
    other = other_model(run, find_model(asked.model, evidence.reference), evidence.reference)
    if other is not None or run.of is not None:
        raise PlannerError("benchmark.other_model_served", name=asked.model, model=run.model)
    if each is None:
        raise PlannerError("benchmark.unit_differs", name="—", measured=run.unit, wanted=unit)
    of = served(run, asked) if isinstance(asked, Deployment) else None
    return own_run(run, alike, card_of(run, evidence.reference), float(each), of)


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
    notes = _shape_notes(asked.shape.assumed, asked.shape.layers, asked.shape.hidden)
    if not asked.seq_len and asked.shape.layers and asked.unit == "token":
        notes.append(Message("estimate.assumed_seq", {"seq_len": round(training.sequence_length(asked))}))
    if not text(record, "precision"):
        notes.append(Message("estimate.assumed_precision", {"precision": asked.precision}))
    if layout is not None and not text(record, "n_accelerators"):
        notes.append(Message("estimate.assumed_count", {"count": layout.accelerators}))
    if training.precision_class(asked.precision) == "8":
        notes.append(Message("estimate.eight_bit"))
    return tuple(notes)


def _shape_notes(assumed: bool, layers: float | None, hidden: float | None) -> list[Message]:
    if not assumed or not layers or not hidden:
        return []
    return [Message("estimate.assumed_shape", {"layers": round(layers), "hidden": round(hidden)})]


# ── serving ───────────────────────────────────────────────────────────────────────────────────────────────

Load = tuple[float | None, float, int]  # mean requests a second, peak over mean, spare replicas


def _serving(
    record: Record, evidence: Evidence, price: float | None, own: Own, limits: tuple[float, float],
    load: Load, exclude: str,
) -> Asked:  # fmt: skip
    if text(record, "model_class") not in ("", "llm", "vlm"):
        return _items(record, evidence, price, own, load, exclude)
    notes: list[Message] = []
    filled = dict(record)
    if not text(record, "input_len") or not text(record, "output_len"):
        filled["input_len"] = text(record, "input_len") or f"{CHAT_PROMPT:g}"
        filled["output_len"] = text(record, "output_len") or f"{CHAT_ANSWER:g}"
        notes.append(Message("estimate.assumed_lengths", {"prompt": CHAT_PROMPT, "answer": CHAT_ANSWER}))
    smallest = _smallest(filled, evidence)
    filled["tp"] = f"{min(smallest, positive(record, 'n_accelerators') or smallest):g}"
    if not text(record, "n_accelerators"):
        filled["n_accelerators"] = f"{smallest:g}"
        notes.append(Message("estimate.assumed_count", {"count": int(float(filled["n_accelerators"]))}))
    asked = deployment_of(filled, evidence.reference)
    asked = replace(asked, layout=replace(asked.layout, tp=asked.layout.accelerators))
    notes += _shape_notes(asked.shape.assumed, asked.shape.layers, asked.shape.hidden)
    if not text(record, "weight_precision"):
        notes.append(Message("estimate.assumed_precision", {"precision": "bf16"}))
    if asked.bits == "8" and asked.accelerator.row.number("fp8_tflops") is None:
        notes.append(Message("estimate.weights_only", {"accelerator": asked.accelerator.id}))
    asked = within_limits(asked, evidence.constants, *limits)
    if not asked.engine:
        notes.append(
            Message("estimate.assumed_engine", {"engine": with_usual_software(asked, evidence.serving).engine})
        )
    asked = with_usual_software(asked, evidence.serving)
    run = _served_run(evidence, own, asked, "output token", asked.prompt, asked.answer)
    estimate = _narrow(estimated(evidence.serving, asked, own=run, exclude_family=exclude))
    rate = Band(estimate.p10, estimate.p50, estimate.p90, "output token/s")
    requests = rate.times(1 / asked.answer, "request/s")
    follows = {"requests": requests}
    count = asked.n_accelerators
    wanted, peak, spare = load
    if wanted:
        size = asked.layout.accelerators
        each = [value / asked.layout.replicas for value in (requests.p90, requests.p50, requests.p10)]
        needed = [replicas(wanted, one, peak_to_mean=peak, spare=spare) for one in each]
        follows["replicas"] = Band(needed[0], needed[1], needed[2], f"replica of {size:g}")
        follows["accelerators"] = follows["replicas"].times(size, "accelerator")
        follows["inverse"] = requests.times(UTILISATION_KEPT / peak, "request/s")
    if price is not None:
        follows["cost_per_million"] = rate.into(price * count * PER_MILLION / SECONDS_PER_HOUR, "money/M output token")
        follows["cost_per_thousand_requests"] = requests.into(price * count * 1e3 / SECONDS_PER_HOUR, "money/k request")
    found = stack([asked], evidence.constants)
    facts = {
        "weights": (weights_bytes(asked.shape, asked.bits) / GIB, "GiB"),
        "cache_per_token": (cache_bytes_per_token(asked.shape, asked.cache_bytes), "byte/token"),
        "together": (math.floor(float(found.batch[0]) * asked.layout.replicas), "request"),
    }
    row = find_model(text(record, "model"), evidence.reference)
    tokens = token_price(evidence.reference, row["id"], asked.prompt, asked.answer) if row is not None else None
    return Asked("serving", text(record, "model") or "—", asked.accelerator.id, rate, estimate, round(count), follows,
                 facts, tuple(notes), contexts=_contexts(asked), tokens=tokens)  # fmt: skip


def _smallest(record: Record, evidence: Evidence) -> float:
    """Fewest accelerators, a power of two, that hold the weights."""
    one = deployment_of({**record, "n_accelerators": "1024"}, evidence.reference)
    need = fewest_accelerators(weights_bytes(one.shape, one.bits) * ROOM_FOR_CACHE, one.memory_gib)
    return float(2 ** math.ceil(math.log2(need)))


def _contexts(asked: Deployment) -> dict[int, float]:
    """Users together by context [token], as the memory allows."""
    room = asked.n_accelerators * asked.memory_gib * GIB * USABLE_MEMORY
    weights = asked.shape.parameters * BYTES[asked.bits]
    limit = asked.shape.max_context or CONTEXTS[-1]
    return {
        round(context): concurrent_requests(asked.shape, weights, room, context, asked.cache_bytes)
        for context in CONTEXTS
        if context <= limit
    }


def _items(record: Record, evidence: Evidence, price: float | None, own: Own, load: Load, exclude: str) -> Asked:
    asked: Items = items_of({**record, "n_accelerators": text(record, "n_accelerators") or "1"}, evidence.reference)
    notes = [] if asked.known or not asked.sized else [Message("estimate.assumed_flops", {"flops": asked.flops / 1e9})]
    if not asked.engine:
        notes.append(Message("estimate.assumed_engine", {"engine": with_usual_software(asked, evidence.items).engine}))
    asked = with_usual_software(asked, evidence.items)
    run = _served_run(evidence, own, asked, "sample")
    estimate = _narrow(estimated(evidence.items, asked, own=run, exclude_family=exclude))
    rate = Band(estimate.p10, estimate.p50, estimate.p90, f"{asked.unit}/s")
    follows = {}
    wanted, peak, _ = load
    if wanted:
        follows["accelerators"] = rate.into(wanted * peak / UTILISATION_KEPT * asked.n_accelerators, "accelerator")
    if price is not None:
        cost = price * asked.n_accelerators * PER_MILLION / SECONDS_PER_HOUR
        follows["cost_per_million"] = rate.into(cost, f"money/M {asked.unit}")
    facts = {"flops_per_unit": (asked.flops, f"FLOP/{asked.unit}")} if asked.sized else {}
    return Asked("serving", text(record, "model") or "—", asked.accelerator.id, rate, estimate,
                 round(asked.n_accelerators), follows, facts, tuple(notes))  # fmt: skip
