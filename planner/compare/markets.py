"""The world that a comparison prices in: work, rates, reference hours."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from planner import options, workload
from planner.comparison import Outcome
from planner.demand import Rate
from planner.errors import Infeasible, NotPriced, PlannerError, ScenarioError
from planner.figure import Figure, Source, derive, given
from planner.prices import PriceBook
from planner.reference import Reference
from planner.scenario.options import Option, OwnedOption
from planner.scenario_io import Loaded
from planner.supply.market import Market
from planner.supply.production import gated, production_of, running
from planner.uncertainty import Draws


def market_of(
    loaded: Loaded, book: PriceBook, reference: Reference, draws: Draws, as_of: dt.date, plan: Market | None
) -> Market:
    """The market of a scenario over some draws, its work as if no gate stood before it; plan: the same at central
    values."""
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
                    source=source, measured=loaded.measured.get(workload_id, ()),
                )  # fmt: skip
            except (NotPriced, Infeasible) as error:
                rates[key] = error
        found = rates[key]
        if isinstance(found, PlannerError):
            raise found
        return found

    production = production_of(scenario, reference, draws, source)
    return Market(
        scenario, book, reference, draws, as_of, works, rate, source, options.price, loaded.document.where, production,
        None, plan,
    )  # fmt: skip


def behind_gate(market: Market, opens: float | None = None, *, for_sizes: bool = False) -> Market:
    """The same market with the work of production behind its gate.

    opens: 1 or 0 settles the gate for a plan, in which chances are weights; None: as drawn. for_sizes: what is bought
    is bought for a gate that may open, however unlikely the plan takes it to be.
    """
    production = market.production
    if production is None:
        return market
    gate = None
    if opens is not None and (production.is_weight or (for_sizes and production.may_open)):
        why = "the plan is computed for both ends of the gate and weighed by the probability of production"
        gate = given("value.production", opens, "", Source("assumption", "plan", market.as_of.isoformat(), why))
    works = gated(market.works, production, gate)
    return replace(market, works=works, running=running(market.works, production, gate, market.months))


def _card_of(option: Option, reference: Reference) -> str | None:
    """Accelerator that an option names, through its system if need be."""
    if isinstance(option, OwnedOption):
        return reference.system_known(option.system)["accelerator"]
    name = getattr(option, "accelerator", None)
    return reference.accelerator(name)[0].id if name else None


def reference_accelerator(market: Market) -> str | None:
    """The accelerator of reference hours: the scenario's, else the baseline's."""
    scenario = market.scenario
    if scenario.reference_accelerator:
        return market.reference.accelerator(scenario.reference_accelerator)[0].id
    return _card_of(scenario.options[scenario.baseline_id], market.reference)


def reference_hours(market: Market, card: str | None) -> dict[str, Figure]:
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


def rates_used(market: Market, outcomes: Iterable[Outcome]) -> dict[tuple[str, str], Rate]:
    """Rate of each workload on each accelerator that an option runs it on, by workload and accelerator."""
    out = {}
    for outcome in outcomes:
        for name, spent in outcome.hours.items():
            with contextlib.suppress(NotPriced, Infeasible, KeyError):
                out[name, spent.accelerator] = market.rate(name, spent.accelerator)
    return dict(sorted(out.items()))
