"""On-demand cloud: whole instances at the standard price, storage and egress (MODEL §2)."""

from __future__ import annotations

from planner.demand import Asked, Priced
from planner.scenario.options import RentedOption
from planner.supply.market import Market
from planner.supply.placing import Shelf
from planner.supply.renting import own_goodput, rent

SHELF = Shelf("standard", ("on_demand",))


def price(option_id: str, option: RentedOption, market: Market, asked: Asked) -> Priced:
    """Lines of an on-demand option for what is asked. Raises NotPriced or Infeasible with the reason."""
    return rent(option_id, option, market, asked, SHELF, lambda name, _: (own_goodput(market, name), []))
