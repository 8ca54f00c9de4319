"""Serving in one question: output tokens or items a second of a deployment, accelerators for a load, cost."""

from __future__ import annotations

import math
from dataclasses import replace

from planner.errors import Message, PlannerError
from planner.estimator.asked import Asked, Band, Own, Record, given_run, narrow, shape_notes
from planner.estimator.cells import positive, text
from planner.estimator.deployment import (
    BYTES,
    USABLE_MEMORY,
    Deployment,
    fewest_accelerators,
    stack,
    weights_bytes,
)
from planner.estimator.evidence import Evidence
from planner.estimator.items import Items, items_of
from planner.estimator.load import (
    CHAT_ANSWER,
    CHAT_PROMPT,
    UTILISATION_KEPT,
    replicas,
    token_price,
)
from planner.estimator.memory import (
    cache_bytes_per_token,
    concurrent_requests,
)
from planner.estimator.own_runs import card_of, chosen, other_model, own_run, served
from planner.estimator.serving_rows import deployment_of
from planner.estimator.single import OwnRun, estimated, with_usual_software
from planner.estimator.targets import within_limits
from planner.estimator.training_rows import find_model
from planner.measured import unit_differs, units_per
from planner.units import GIB, SECONDS_PER_HOUR

ROOM_FOR_CACHE = 1.2  # weights and a fifth of them for the cache, where no number of accelerators is given
CONTEXTS = (2_048.0, 8_192.0, 32_768.0, 131_072.0)
PER_MILLION = 1e6
Load = tuple[float | None, float, int]  # mean requests a second, peak over mean, spare replicas


def answer_serving(
    record: Record, evidence: Evidence, price: float | None, own: Own, limits: tuple[float, float],
    load: Load, exclude: str,
) -> Asked:  # fmt: skip
    """Speed of a deployment and what follows from it. limits: of the first token and of each one [s]."""
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
    notes += shape_notes(asked.shape.assumed, asked.shape.layers, asked.shape.hidden)
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
    estimate = narrow(estimated(evidence.serving, asked, own=run, exclude_family=exclude))
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


def _served_run(
    evidence: Evidence, own: Own, asked: Deployment | Items, unit: str, prompt: float = math.nan,
    answer: float = math.nan,
) -> OwnRun | None:  # fmt: skip
    """The user's run of a deployment."""
    if not own.runs:
        return given_run(evidence, asked.accelerator.id, own)
    run, alike = chosen(own.runs, asked.accelerator.id)
    each = units_per(run.unit, unit, prompt=prompt, answer=answer)
    other = other_model(run, find_model(asked.model, evidence.reference), evidence.reference)
    if other is not None or run.of is not None:
        raise PlannerError("benchmark.other_model_served", name=asked.model, model=run.model)
    if each is None:
        raise unit_differs(asked.model or asked.accelerator.id, run.unit, unit)
    of = served(run, asked) if isinstance(asked, Deployment) else None
    return own_run(run, alike, card_of(run, evidence.reference), float(each), of)


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
    estimate = narrow(estimated(evidence.items, asked, own=run, exclude_family=exclude))
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
