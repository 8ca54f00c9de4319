"""Options priced where the production gate opens, where it does not, and later where their first results wait."""

from __future__ import annotations

from dataclasses import replace

from planner.compare.gate import weighed
from planner.compare.markets import behind_gate
from planner.compare.outcomes import outcome_of
from planner.compare.worth import shared, with_worth
from planner.comparison import Outcome
from planner.figure import Figure
from planner.supply.market import Market
from planner.supply.production import delayed, gated

Ends = tuple[Market, Market | None]
"""A market with the gate open, or as drawn; and with the gate shut, where a plan weighs both."""


def worth_of_all(bare: Market, rate: Figure) -> tuple[Market, dict[str, Outcome]]:
    """The market with its work behind the gate, and every option with what it costs and brings in it.

    An option whose first results wait is priced again with production that much later: benefits, work and spending
    move together.
    """
    market, ends = _weighed_market(bare), _ends(bare)
    around = shared(market)
    outcomes = {name: with_worth(_outcome(name, ends), market, rate, around) for name in bare.scenario.options}
    for name, one in outcomes.items():
        if one.delay is not None and bare.production is not None:
            late = replace(bare, production=delayed(bare.production, one.delay), keeps_sizes=True)
            then = _weighed_market(late)
            outcome = with_worth(_outcome(name, _ends(late)), then, rate, shared(then))
            outcomes[name] = replace(outcome, delay=one.delay)
    return market, outcomes


def _ends(market: Market) -> Ends:
    production = market.production
    opened = behind_gate(market, 1.0)
    both = production is not None and production.is_weight
    if not both or not any(work.is_production for work in market.scenario.workloads):
        return opened, None
    return opened, replace(behind_gate(market, 0.0), keeps_sizes=True)


def _outcome(name: str, ends: Ends) -> Outcome:
    """The bill of one option: as drawn; in a plan with a gate, the mean of its two ends."""
    opened, shut = ends
    option, production = opened.scenario.options[name], opened.production
    found = outcome_of(name, option, opened)
    if shut is None or production is None:
        return found
    return weighed(found, outcome_of(name, option, shut), production)


def _weighed_market(market: Market) -> Market:
    """The same market with its work behind the gate: as drawn, or weighed by the probability of production."""
    if market.production is None:
        return market
    return replace(market, works=gated(market.works, market.production))
