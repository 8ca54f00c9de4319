"""Marketplaces of other people's machines: a host's reliability is a rate of interruptions (MODEL §2)."""

from __future__ import annotations

import numpy as np

from planner.demand import Asked, Priced
from planner.errors import Message
from planner.figure import Figure, derive
from planner.options import interruptions
from planner.options.market import Market
from planner.options.placing import Placement, Shelf
from planner.options.renting import own_goodput, rent
from planner.scenario.options import MarketplaceOption


def price(option_id: str, option: MarketplaceOption, market: Market, asked: Asked) -> Priced:
    """Lines of an option at a marketplace for what is asked. Raises NotPriced or Infeasible with the reason."""
    models = ("spot",) if option.interruptible else ("marketplace", "on_demand")
    shelf = Shelf("dynamic", models, option.statistic)

    def goodput_of(name: str, placement: Placement) -> tuple[Figure, list[Message]]:
        rate, notes = _rate(option_id, option, market, placement)
        useful = interruptions.useful_share(option_id, option, market, rate)
        return interruptions.combined(option_id, name, own_goodput(market, name), useful), notes

    return rent(option_id, option, market, asked, shelf, goodput_of)


def _rate(
    option_id: str, option: MarketplaceOption, market: Market, placement: Placement
) -> tuple[Figure, list[Message]]:
    """Interruptions per hour: the user's, else from reliability A and the length m of an outage: (1 − A) / (A·m).

    *Source:* availability of an alternating renewal process, A = up / (up + down) (Ross, Stochastic Processes, 3.4.1).
    """
    own = interruptions.own_rate(option_id, option, market)
    if own is not None:
        return own, []
    unknown = option.reliability_min is None
    reliability = market.term(
        option_id, "reliability_min", option.reliability_min, "fraction", "marketplace_reliability"
    )
    outage = market.assumed("marketplace_outage_hours", market.reference.assumption("marketplace_outage_hours"))
    rate = derive(
        lambda a, m: np.divide(1 - a, a * m), reliability, outage, name=f"{option_id}.interruption_rate_per_hour",
        unit="1/h", formula="(1 − reliability) / (reliability × length of an outage)",
    )  # fmt: skip
    facts = {"provider": placement.offer.provider}
    return rate, [Message("warning.marketplace_unknown", facts)] if unknown else []
