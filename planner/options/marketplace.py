"""Marketplaces of other people's machines: a host's reliability is a rate of interruptions (MODEL §2)."""

from __future__ import annotations

import numpy as np

from planner.demand import Asked, Priced
from planner.errors import Message
from planner.figure import Figure, derive, product
from planner.scenario.options import MarketplaceOption
from planner.supply import interruptions
from planner.supply.market import Market
from planner.supply.placing import Placement, Shelf
from planner.supply.renting import own_goodput, rent

ALWAYS_ON = ("serving", "interactive")  # what has no checkpoint to go back to


def price(option_id: str, option: MarketplaceOption, market: Market, asked: Asked) -> Priced:
    """Lines of an option at a marketplace for what is asked. Raises NotPriced or Infeasible with the reason."""
    models = ("spot",) if option.interruptible else ("marketplace", "on_demand")
    shelf = Shelf("dynamic", models, option.statistic)

    def goodput_of(name: str, placement: Placement) -> tuple[Figure, list[Message]]:
        own, kind = own_goodput(market, name), market.works[name].workload.kind
        facts = {"provider": placement.offer.provider, "name": name}
        notes = []
        if option.reliability_min is None and option.interruption_rate_per_hour is None:
            notes.append(Message("warning.marketplace_unknown", facts))
        if kind == "serving":
            notes.append(Message("warning.marketplace_service", facts))
        if kind in ALWAYS_ON:
            up = _up_share(option_id, option, market)
            goodput = product(own, up, name=f"{option_id}.{name}.goodput", unit="fraction")
            return goodput, notes
        useful = interruptions.useful_share(option_id, option, market, _rate(option_id, option, market))
        return interruptions.combined(option_id, name, own, useful), notes

    return rent(option_id, option, market, asked, shelf, goodput_of)


def _outage(market: Market) -> Figure:
    return market.assumed("marketplace_outage_hours", market.reference.assumption("marketplace_outage_hours"))


def _reliability(option_id: str, option: MarketplaceOption, market: Market) -> Figure:
    return market.term(option_id, "reliability_min", option.reliability_min, "fraction", "marketplace_reliability")


def _rate(option_id: str, option: MarketplaceOption, market: Market) -> Figure:
    """Interruptions per hour: the user's, else from reliability A and the length m of an outage: (1 − A) / (A·m).

    *Source:* availability of an alternating renewal process, A = up / (up + down) (Ross, Stochastic Processes, 3.4.1).
    """
    own = interruptions.own_rate(option_id, option, market)
    if own is not None:
        return own
    return derive(
        lambda a, m: np.divide(1 - a, a * m), _reliability(option_id, option, market), _outage(market),
        name=f"{option_id}.interruption_rate_per_hour", unit="1/h",
        formula="(1 − reliability) / (reliability × length of an outage)",
    )  # fmt: skip


def _up_share(option_id: str, option: MarketplaceOption, market: Market) -> Figure:
    """Share of hours in which a rented host works: its reliability, else 1 / (1 + rate × length of an outage)."""
    own = interruptions.own_rate(option_id, option, market)
    if own is None:
        return _reliability(option_id, option, market)
    return derive(
        lambda r, m: 1 / (1 + r * m), own, _outage(market), name=f"{option_id}.reliability", unit="fraction",
        formula="1 / (1 + interruptions per hour × length of an outage)",
    )  # fmt: skip
