"""Energy and greenhouse gases of rented accelerators: power under load and idle, PUE, the region's grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.demand import Hours
from planner.prices import UnitPrice
from planner.supply.market import Market

Array = NDArray[np.float64]
W_PER_KW = 1000.0


def of_rented(market: Market, hours: Hours, offer: UnitPrice) -> tuple[Array | None, Array | None]:
    """Energy and emissions of the hours of one workload; see ``of_capacity``."""
    return of_capacity(market, offer, hours.held, hours.busy)


def of_capacity(market: Market, offer: UnitPrice, held: Array, busy: Array) -> tuple[Array | None, Array | None]:
    """Energy [kWh/month] and life-cycle emissions [kg CO2e/month] of hours held; None where a figure is missing.

    kWh = (held × idle + busy × (1 − idle)) × board power × server over board × load over rated × PUE.
    """
    watts = market.reference.accelerators[offer.accelerator].row.number("tdp_w")
    if watts is None:
        return None, None

    def drawn(name: str) -> Array:
        return market.assumed(name, market.reference.assumption(name)).value

    pue = drawn("pue_hyperscaler" if offer.provider_kind in ("hyperscaler", "managed") else "pue_colocation")
    idle = drawn("idle_power_fraction")
    kw = watts / W_PER_KW * drawn("server_power_over_board") * drawn("load_power_fraction")
    kwh = np.asarray((held * idle + busy * (1 - idle)) * kw * pue)
    row = market.reference.grid_of(offer.provider, offer.region)
    grams = row.number("value") if row is not None else None
    return kwh, None if grams is None else np.asarray(kwh * grams / W_PER_KW)
