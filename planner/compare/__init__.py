"""The one orchestrator: scenario × price book → a ledger, hours and totals for each option."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from planner.benefits import benefits_of, check_value
from planner.compare.both_ends import worth_of_all
from planner.compare.break_even import with_break_even
from planner.compare.markets import behind_gate, market_of, rates_used, reference_accelerator, reference_hours
from planner.compare.measured import with_measured
from planner.compare.names import check_names
from planner.compare.readiness import notes_on_value
from planner.comparison import Comparison, Outcome
from planner.errors import Message
from planner.figure import given
from planner.prices import PriceBook
from planner.reference import Reference
from planner.scenario import Scenario
from planner.scenario_io import Loaded
from planner.supply import credits
from planner.supply.market import STRESS_PRICE
from planner.supply.production import STRESS_DELAY
from planner.uncertainty import Draws
from planner.workload.work import STRESS_DEMAND


def compare(
    loaded: Loaded,
    *,
    book: PriceBook | None = None,
    draws: Draws | None = None,
    as_of: dt.date | None = None,
    sizes: Mapping[tuple[str, ...], int] | None = None,
) -> Comparison:
    """Prices every option of a scenario.

    book: default the bundled prices with the user's over them, as they were known on the date of prices.
    as_of: date of prices, default the scenario's, else that of the book's newest offer.
    sizes: what was decided to buy in another comparison of the scenario, which stands; empty: decided here.
    Raises PlannerError when the scenario cannot be computed at all (unknown names, no work in the horizon).
    """
    draws = draws or Draws()
    scenario = loaded.scenario
    as_of = as_of or (dt.date.fromisoformat(scenario.as_of) if scenario.as_of else None)
    book = book or PriceBook.load(as_of=as_of)
    as_of = as_of or book.date
    reference = Reference(book.folder)
    loaded = with_measured(loaded, reference)
    check_names(loaded, book, reference)
    check_value(scenario, loaded.document)
    central = draws if draws.n == 1 and draws.settled is None else Draws(1, draws.seed)
    plan = market_of(loaded, book, reference, central, as_of, None)
    plan_open = behind_gate(plan, 1.0, for_sizes=True)
    bare = plan if central is draws else market_of(loaded, book, reference, draws, as_of, None)
    bare = replace(bare, plan=plan_open)
    if sizes is not None:
        bare = replace(bare, sizes=dict(sizes), keeps_sizes=True)
    rate = given(
        "discount_rate",
        scenario.finance.discount_rate_fraction,
        "fraction/year",
        bare.source(("finance", "discount_rate_fraction")),
    )
    market, outcomes = worth_of_all(bare, rate)
    benefits = benefits_of(market, market.production) if market.production is not None else ()
    outcomes = {name: with_break_even(outcome, outcomes, market) for name, outcome in outcomes.items()}
    card = reference_accelerator(market)
    hours = reference_hours(market, card)
    warnings = [*loaded.warnings, *(one for benefit in benefits for one in benefit.warnings), *_flat_shapes(scenario)]
    warnings += notes_on_value(market)
    warnings += credits.unused(market, [one.ledger.lines for one in outcomes.values() if one.ledger is not None])
    speeds = rates_used(market, outcomes.values())
    found = Comparison(
        loaded, book, draws, as_of, market.works, card, hours, outcomes, rate, tuple(warnings), speeds,
        market.production, bare.sizes,
    )  # fmt: skip
    return with_stress(found, reference) if draws.settled is None else found


def with_stress(comparison: Comparison, reference: Reference) -> Comparison:
    """The comparison with the runway of the stressed case: more demand, dearer prices, production on time or later.

    Being late can save money as well as cost it: the shorter runway of the two counts.
    """
    if comparison.scenario.organisation.cash is None:
        return comparison
    stress = comparison.scenario.stress
    levels = {
        name: np.array([[given_ if given_ is not None else reference.assumption(default).estimate.central]])
        for name, default, given_ in (
            (STRESS_DEMAND, "stress_demand", stress.demand),
            (STRESS_PRICE, "stress_price", stress.price),
            (STRESS_DELAY, "stress_delay", stress.delay),
        )
    }
    on_time = levels | {STRESS_DELAY: np.zeros((1, 1))}
    ends = []
    for settled in (levels, on_time) if comparison.production is not None else (on_time,):
        draws = Draws(1, comparison.draws.seed, settled=settled)
        book, as_of = comparison.book, comparison.as_of
        ends.append(compare(comparison.loaded, book=book, draws=draws, as_of=as_of, sizes=comparison.sizes))

    def runway(outcome: Outcome) -> Outcome:
        pressed = [one.outcomes[outcome.id].cash for one in ends]
        months = [one.runway_base for one in pressed if one is not None and one.runway_base is not None]
        if outcome.cash is None:
            return outcome
        return replace(outcome, cash=replace(outcome.cash, runway_stressed=min(months, default=None)))

    return replace(comparison, outcomes={name: runway(one) for name, one in comparison.outcomes.items()})


def _flat_shapes(scenario: Scenario) -> list[Message]:
    flat = [w.id for w in scenario.workloads if w.shape is None]
    return [Message("warning.flat_shape", {"names": ", ".join(flat)})] if flat else []
