"""Spot capacity: cheaper, taken away at random, useful work between interruptions (MODEL §2)."""

from __future__ import annotations

from planner.demand import Asked, Priced
from planner.errors import Message, PlannerError
from planner.figure import Figure
from planner.scenario.options import SpotOption
from planner.supply import interruptions
from planner.supply.market import Market
from planner.supply.placing import Placement, Shelf
from planner.supply.renting import own_goodput, rent

SHELF = Shelf("dynamic", ("spot",))
FLOOR, NO_SPARE = 0.105, 0.999  # of on demand: at or below a floor without a market, at or above no spare capacity


def price(option_id: str, option: SpotOption, market: Market, asked: Asked) -> Priced:
    """Lines of a spot option for what is asked. Raises NotPriced or Infeasible with the reason."""

    def goodput_of(name: str, placement: Placement) -> tuple[Figure, list[Message]]:
        offer = placement.offer
        rate = interruptions.own_rate(option_id, option, market)
        if rate is None:
            found = market.reference.interruptions(offer.provider, offer.instance_type, offer.region)
            rate = market.assumed(f"interruption_rate.{offer.provider}.{offer.instance_type}", found)
        useful = interruptions.useful_share(option_id, option, market, rate)
        goodput = interruptions.combined(option_id, name, own_goodput(market, name), useful)
        return goodput, _market_notes(market, placement)

    return rent(option_id, option, market, asked, SHELF, goodput_of)


def _market_notes(market: Market, placement: Placement) -> list[Message]:
    """A spot price at or below a tenth of on demand is a floor without a market; at on demand, no spare."""
    offer = placement.offer
    try:
        same = market.book.query(
            provider=offer.provider, instance_type=offer.instance_type, region=offer.region, category="standard"
        )
    except PlannerError:
        return []
    if not same:
        return []
    ratio = offer.list_unit_price / same[0].list_unit_price
    facts = {"what": offer.instance_type, "region": offer.region, "percent": round(100 * ratio, 1)}
    if ratio <= FLOOR:
        return [Message("warning.spot_floor", facts)]
    return [Message("warning.spot_no_spare", facts)] if ratio >= NO_SPARE else []
