"""The one orchestrator: scenario × price book → a ledger, hours and totals for each option."""

from __future__ import annotations

import datetime as dt

from planner.compare.break_even import with_break_even
from planner.compare.markets import market_of, rates_used, reference_accelerator, reference_hours
from planner.compare.names import check_names
from planner.compare.outcomes import outcome_of
from planner.comparison import Comparison
from planner.errors import Message
from planner.figure import given
from planner.prices import PriceBook
from planner.reference import Reference
from planner.scenario import Scenario
from planner.scenario_io import Loaded
from planner.supply import credits
from planner.uncertainty import Draws


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
    check_names(loaded, book, reference)
    plan = market_of(loaded, book, reference, Draws(1, draws.seed), as_of, None)
    market = plan if draws.n == 1 else market_of(loaded, book, reference, draws, as_of, plan)
    rate = given(
        "discount_rate",
        scenario.finance.discount_rate_fraction,
        "fraction/year",
        market.source(("finance", "discount_rate_fraction")),
    )
    outcomes = {name: outcome_of(name, option, market, rate) for name, option in scenario.options.items()}
    outcomes = {name: with_break_even(outcome, outcomes, market) for name, outcome in outcomes.items()}
    card = reference_accelerator(market)
    hours = reference_hours(market, card)
    warnings = list(loaded.warnings)
    if scenario.value is not None:
        warnings.append(Message("warning.value_later"))
    warnings += _flat_shapes(scenario)
    warnings += credits.unused(market, [one.ledger.lines for one in outcomes.values() if one.ledger is not None])
    speeds = rates_used(market, outcomes.values())
    return Comparison(loaded, book, draws, as_of, market.works, card, hours, outcomes, rate, tuple(warnings), speeds)


def _flat_shapes(scenario: Scenario) -> list[Message]:
    flat = [w.id for w in scenario.workloads if w.shape is None]
    return [Message("warning.flat_shape", {"names": ", ".join(flat)})] if flat else []
