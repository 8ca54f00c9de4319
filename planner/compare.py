"""The one orchestrator: scenario × price book → a ledger, hours and totals for each option."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from planner import finance, options, workload
from planner.arrivals import arrivals
from planner.comparison import Comparison, Outcome, Place, Status
from planner.demand import Asked, Priced, Rate
from planner.errors import Infeasible, Message, NotPriced, PlannerError, PriceError, ScenarioError
from planner.figure import Figure, Source, derive, given
from planner.ledger import CostLine, Ledger, cost_line
from planner.options.market import Market, is_certain_zero
from planner.prices import PriceBook
from planner.reference import Reference
from planner.scenario import Scenario
from planner.scenario.options import OnpremOption, Option, OtherOption, RentedOption
from planner.scenario_io import Loaded
from planner.uncertainty import Draws

Array = NDArray[np.float64]
CONFIDENCE = 0.9  # a chance constraint holds when at least this share of draws respects it


def compare(
    loaded: Loaded,
    *,
    book: PriceBook | None = None,
    draws: Draws | None = None,
    as_of: dt.date | None = None,
) -> Comparison:
    """Prices every option of a scenario.

    as_of: date of prices, default the scenario's, else that of the book's newest offer.
    Raises PlannerError when the scenario cannot be computed at all (unknown names, no work in the horizon).
    """
    book = book or PriceBook.load()
    draws = draws or Draws()
    scenario = loaded.scenario
    as_of = as_of or (dt.date.fromisoformat(scenario.as_of) if scenario.as_of else book.date)
    reference = Reference(book.folder)
    _check_names(loaded, book, reference)
    plan = _market(loaded, book, reference, Draws(1, draws.seed), as_of, None)
    market = plan if draws.n == 1 else _market(loaded, book, reference, draws, as_of, plan)
    rate = given(
        "discount_rate",
        scenario.finance.discount_rate_fraction,
        "fraction/year",
        market.source(("finance", "discount_rate_fraction")),
    )
    outcomes = {name: _outcome(name, option, market, rate) for name, option in scenario.options.items()}
    outcomes = {name: _with_break_even(outcome, outcomes, market) for name, outcome in outcomes.items()}
    card = _reference_accelerator(market)
    hours = _reference_hours(market, card)
    warnings = list(loaded.warnings)
    if scenario.value is not None:
        warnings.append(Message("warning.value_later"))
    warnings += _flat_shapes(scenario)
    return Comparison(loaded, book, draws, as_of, market.works, card, hours, outcomes, rate, tuple(warnings))


def _flat_shapes(scenario: Scenario) -> list[Message]:
    flat = [w.id for w in scenario.workloads if w.shape is None]
    return [Message("warning.flat_shape", {"names": ", ".join(flat)})] if flat else []


def _check_names(loaded: Loaded, book: PriceBook, reference: Reference) -> None:
    """Unknown ids are errors with their line, before anything is computed."""
    scenario, document = loaded.scenario, loaded.document

    def check(look: Callable[[], object], path: tuple[str | int, ...]) -> None:
        try:
            look()
        except PlannerError as error:
            raise error.at(document.where(path)) from None

    if scenario.reference_accelerator:
        name = scenario.reference_accelerator
        check(lambda: reference.accelerator(name), ("reference_accelerator",))
    for i, w in enumerate(scenario.workloads):
        if w.model:
            check(partial(reference.model, w.model), ("workloads", i, "model"))
        for card in (w.throughput.rate or {}) if w.throughput else {}:
            check(partial(reference.accelerator, card), ("workloads", i, "throughput", "rate", card))
    lookups: dict[str, Callable[[str], object]] = {
        "accelerator": reference.accelerator,
        "provider": lambda name: book.check_known("provider", name),
        "programme": reference.programme,
        "system": reference.system_known,
    }
    for name, option in scenario.options.items():
        if isinstance(option, OtherOption):
            continue
        for key, look in lookups.items():
            value = getattr(option, key, None)
            if value is not None:
                check(partial(look, value), ("options", name, key))
        if isinstance(option, RentedOption) and option.region is not None:
            check(partial(reference.regions, option.provider, option.region), ("options", name, "region"))


def _market(
    loaded: Loaded, book: PriceBook, reference: Reference, draws: Draws, as_of: dt.date, plan: Market | None
) -> Market:
    scenario = loaded.scenario

    def source(path: tuple[str | int, ...]) -> Source:
        return loaded.source(path, as_of.isoformat())

    works = {}
    for i, w in enumerate(scenario.workloads):
        try:
            works[w.id] = workload.work(w, i, months=scenario.horizon.months, draws=draws, source=source)
        except ScenarioError as error:
            raise error.at(loaded.document.where(("workloads", i))) from None
    rates: dict[tuple[str, str], Rate | PlannerError] = {}
    card = scenario.reference_accelerator
    named = reference.accelerator(card)[0].id if card else _card_of(scenario.options[scenario.baseline_id], reference)

    def rate(workload_id: str, accelerator: str) -> Rate:
        key = (workload_id, accelerator)
        if key not in rates:
            try:
                rates[key] = workload.rate(
                    works[workload_id], accelerator, reference_accelerator=named, reference=reference, draws=draws,
                    source=source,
                )  # fmt: skip
            except (NotPriced, Infeasible) as error:
                rates[key] = error
        found = rates[key]
        if isinstance(found, PlannerError):
            raise found
        return found

    def price_option(name: str, option: Option, asked: Asked) -> Priced:
        return options.price(name, option, market, asked)

    market = Market(scenario, book, reference, draws, as_of, works, rate, source, price_option, plan)
    return market


def _card_of(option: Option, reference: Reference) -> str | None:
    """Accelerator that an option names, through its system if need be."""
    if isinstance(option, OnpremOption):
        return reference.system_known(option.system)["accelerator"]
    name = getattr(option, "accelerator", None)
    return reference.accelerator(name)[0].id if name else None


def _reference_accelerator(market: Market) -> str | None:
    scenario = market.scenario
    if scenario.reference_accelerator:
        return market.reference.accelerator(scenario.reference_accelerator)[0].id
    return _card_of(scenario.options[scenario.baseline_id], market.reference)


def _reference_hours(market: Market, card: str | None) -> dict[str, Figure]:
    """Work of each workload in hours of the reference accelerator; empty when a rate is missing."""
    if card is None:
        return {}
    out = {}
    for name, work in market.works.items():
        try:
            rate = market.rate(name, card)
        except (NotPriced, Infeasible):
            return {}
        out[name] = derive(
            np.divide, work.amount, rate.per_hour, name=f"{name}.reference_accelerator_hours",
            unit="accelerator-hour/month", formula=f"work / rate on {card}",
        )  # fmt: skip
    return out


# ── one option ────────────────────────────────────────────────────────────────────────────────────────────


def _outcome(name: str, option: Option, market: Market, rate: Figure) -> Outcome:
    kind = option.kind
    label = option.label or name
    try:
        parts, unmet, own = _serve_all(name, option, market)
    except Infeasible as error:
        return Outcome(name, kind, label, "infeasible", (error.message(),))
    except PriceError as error:
        return Outcome(name, kind, label, "not_priced", (error.message(),))
    lines = tuple(line for _, priced in parts for line in priced.lines)
    warnings = _unique(parts)
    reasons: tuple[Message, ...] = ()
    status: Status = "priced"
    penalties, still = _penalties(name, option, market, unmet)
    lines += penalties
    if still:
        status, reasons = (
            "partial",
            tuple(
                Message("reason.partial", {"name": w, "percent": round(100 * share, 1)}) for w, share in still.items()
            ),
        )
    ledger = Ledger(name, market.currency, market.months, lines)
    if not lines:
        return Outcome(name, kind, label, "infeasible", (Message("reason.serves_nothing"),), warnings)
    result = Outcome(
        name, kind, label, status, reasons, warnings, ledger, ledger.present_cost(rate),
        _placement(market, parts, unmet), own.hours, own, 1.0, arrivals(market.works, parts, unmet),
    )  # fmt: skip
    return _constrained(result, market, result.times_to_result)


def _unique(parts: list[tuple[str, Priced]]) -> tuple[Message, ...]:
    seen: dict[tuple[str, str], Message] = {}
    for _, priced in parts:
        for message in priced.warnings:
            seen.setdefault((message.key, repr(message.arguments)), message)
    return tuple(seen.values())


def _serve_all(name: str, option: Option, market: Market) -> tuple[list[tuple[str, Priced]], dict[str, Figure], Priced]:
    """The option and the chain of its ``else``, until everything is served or the chain ends."""
    asked = {key: work.amount for key, work in market.works.items()}
    own = market.price_option(name, option, asked)
    parts = [(name, own)]
    unmet = {key: figure for key, figure in own.unmet.items() if not is_certain_zero(figure)}
    visited = {name}
    current: Option = option
    while unmet:
        following = current.otherwise or market.scenario.baseline_id
        if following == "none" or following in visited:
            break
        visited.add(following)
        current = market.scenario.options[following]
        priced = market.price_option(following, current, unmet)
        parts.append((following, priced))
        unmet = {key: figure for key, figure in priced.unmet.items() if not is_certain_zero(figure)}
    if unmet and not any(priced.lines for _, priced in parts):
        first = own.warnings[0] if own.warnings else Message("reason.serves_nothing")
        raise Infeasible.of(first)
    return parts, unmet, own


def _penalties(
    name: str, option: Option, market: Market, unmet: dict[str, Figure]
) -> tuple[tuple[CostLine, ...], dict[str, float]]:
    """Lines for work left undone at the stated penalty, or the shares that remain without one."""
    lines, still = [], {}
    for key, figure in unmet.items():
        work = market.works[key]
        share = float(np.mean(figure.value.sum(1) / np.maximum(work.amount.value.sum(1), 1e-300)))
        if option.unmet_penalty_per_unit is None:
            still[key] = 1 - share
            continue
        money = market.money(name, "unmet_penalty_per_unit", option.unmet_penalty_per_unit, f"/{work.unit}")
        lines.append(
            cost_line(
                f"penalty.{key}", placed_on=name, cost_type="penalty", charge_category="adjustment",
                pricing_category="other", quantity=figure, unit_price=money, pricing_unit=work.unit,
                currency=market.currency, workload=key,
            )
        )  # fmt: skip
    return tuple(lines), still


def _placement(market: Market, parts: list[tuple[str, Priced]], unmet: dict[str, Figure]) -> tuple[Place, ...]:
    """Share of each workload's work by who delivers it; hybrids are split by the bearer of the line."""
    out = []
    for key, work in market.works.items():
        whole = work.amount.value.sum(axis=1, keepdims=True)
        left: Array = work.amount.value
        for name, priced in parts:
            remains = priced.unmet[key].value if key in priced.unmet else np.zeros((1, 1))
            share = float(np.mean((left - remains).sum(axis=1, keepdims=True) / np.where(whole > 0, whole, 1.0)))
            if share > 1e-9:
                out.append(Place(key, name, min(share, 1.0)))
            left = remains
        if key in unmet:
            out.append(Place(key, "none", max(0.0, 1 - sum(p.share for p in out if p.workload == key))))
    return tuple(out)


def _constrained(outcome: Outcome, market: Market, times: dict[str, Array]) -> Outcome:
    """Chance constraints: budget and deadlines held with probability 0.9."""
    assert outcome.ledger is not None
    held = np.ones((market.draws.n, 1), dtype=bool)
    reasons: list[Message] = []
    budget = market.scenario.constraints.budget
    if budget is not None:
        limit = market.money("constraints", "budget", budget, "", path=("constraints", "budget"), running=False)
        within = outcome.ledger.nominal() <= limit.value
        if within.mean() < CONFIDENCE:
            shown = round(float(np.median(limit.value)))
            facts = {"percent": round(100 * float(within.mean())), "limit": shown, "currency": market.currency}
            reasons.append(Message("reason.budget", facts))
        held = held & within
    deadlines = [w for w in market.scenario.workloads if w.when.deadline_month is not None]
    for w in deadlines:
        if w.id not in times:
            continue
        assert w.when.deadline_month is not None
        in_time = times[w.id] <= w.when.deadline_month
        if in_time.mean() < CONFIDENCE:
            percent = round(100 * float(in_time.mean()))
            reasons.append(
                Message("reason.deadline", {"name": w.id, "month": w.when.deadline_month, "percent": percent})
            )
        held = held & in_time
    probability = float(np.mean(held))
    if reasons and outcome.status == "priced":
        return replace(outcome, status="infeasible", reasons=tuple(reasons), feasible_probability=probability)
    return replace(outcome, reasons=outcome.reasons + tuple(reasons), feasible_probability=probability)


def _with_break_even(outcome: Outcome, outcomes: dict[str, Outcome], market: Market) -> Outcome:
    """Utilisation from which owning beats the cheapest full pay-as-you-go plan (MODEL §0).

    u* = f / (c·x − e): the price of what the owned hour displaces is taken from the rented plan's own ledger,
    so that whole instances, losses and speed are inside it.
    """
    priced = outcome.priced
    if priced is None or not priced.facts.get("fixed") or outcome.ledger is None:
        return outcome
    rented = [o for o in outcomes.values() if o.kind in ("cloud", "spot") and o.ranked and o.present_cost]
    if not rented:
        return outcome
    against = min(rented, key=lambda o: o.present_cost.mean if o.present_cost else np.inf)
    names = [n for n in priced.served if n in outcome.hours]
    mid = finance.discount_factors(market.discount_rate, market.months, "mid")
    accelerator = outcome.hours[names[0]].accelerator
    asked = {n: market.works[n].amount.value / market.rate(n, accelerator).per_hour.value for n in names}
    goodput = {
        n: 1 - market.draws.column(f"{n}.failed_fraction", market.works[n].workload.failed_fraction) for n in names
    }
    needed = sum(((asked[n] / goodput[n]) * mid).sum(1, keepdims=True) for n in names)
    assert against.ledger is not None
    bill = against.ledger.by_month(lambda line: line.workload in names)
    per_hour = (bill * mid).sum(1, keepdims=True) / needed
    fixed, running = priced.facts["fixed"].value, priced.facts["running"].value
    margin = per_hour - running
    ratio = np.where(margin > 0, fixed / np.where(margin > 0, margin, 1.0), np.inf)
    use = np.where(ratio > 1, np.nan, ratio)
    work = None
    if len(names) == 1 and priced.capacity_hours is not None:
        n = names[0]
        hours = priced.capacity_hours.mean(axis=1, keepdims=True)
        work = use * hours * goodput[n] * market.rate(n, accelerator).per_hour.value
    return replace(outcome, break_even_utilization=np.asarray(use), break_even_work=work, break_even_against=against.id)
