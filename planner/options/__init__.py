"""Ways of getting compute: one file each, a function from what is asked to cost lines."""

from __future__ import annotations

from planner.demand import Asked, Priced
from planner.errors import NotPriced
from planner.options import academic, cloud, hybrid, onprem, spot
from planner.options.market import Market
from planner.scenario.options import AcademicOption, CloudOption, HybridOption, OnpremOption, Option, SpotOption


def price(option_id: str, option: Option, market: Market, asked: Asked) -> Priced:
    """What an option answers. Raises NotPriced or Infeasible with the reason."""
    match option:
        case SpotOption():
            return spot.price(option_id, option, market, asked)
        case CloudOption():
            return cloud.price(option_id, option, market, asked)
        case AcademicOption():
            return academic.price(option_id, option, market, asked)
        case OnpremOption():
            return onprem.price(option_id, option, market, asked)
        case HybridOption():
            return hybrid.price(option_id, option, market, asked)
        case _:
            raise NotPriced("reason.kind_later", kind=getattr(option, "kind", "?"))
