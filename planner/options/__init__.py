"""Ways of getting compute: one file each, a function from what is asked to cost lines."""

from __future__ import annotations

from planner.demand import Asked, Priced
from planner.options import (
    academic,
    api_tokens,
    cloud,
    hybrid,
    managed,
    marketplace,
    notebook,
    owned,
    reserved,
    sequence,
    spot,
)
from planner.scenario.options import (
    AcademicOption,
    ApiTokensOption,
    CloudOption,
    HybridOption,
    ManagedOption,
    MarketplaceOption,
    NotebookOption,
    Option,
    OwnedOption,
    ReservedOption,
    SequenceOption,
    SpotOption,
)
from planner.supply.market import Market


def price(option_id: str, option: Option, market: Market, asked: Asked) -> Priced:
    """What an option answers. Raises NotPriced or Infeasible with the reason."""
    match option:
        case CloudOption():
            return cloud.price(option_id, option, market, asked)
        case SpotOption():
            return spot.price(option_id, option, market, asked)
        case ReservedOption():
            return reserved.price(option_id, option, market, asked)
        case MarketplaceOption():
            return marketplace.price(option_id, option, market, asked)
        case NotebookOption():
            return notebook.price(option_id, option, market, asked)
        case ManagedOption():
            return managed.price(option_id, option, market, asked)
        case ApiTokensOption():
            return api_tokens.price(option_id, option, market, asked)
        case AcademicOption():
            return academic.price(option_id, option, market, asked)
        case OwnedOption():
            return owned.price(option_id, option, market, asked)
        case HybridOption():
            return hybrid.price(option_id, option, market, asked)
        case SequenceOption():
            return sequence.price(option_id, option, market, asked)
        case _:
            raise TypeError(option.kind)
