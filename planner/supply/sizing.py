"""How much capacity to hold before the load is known: the newsvendor fractile on the load curve (MODEL §2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.demand import Asked
from planner.ledger import Ledger
from planner.supply import capacity, fixed
from planner.supply.market import Market
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]


def fractile_base(load: Array, weight: Array, fixed: float, rented: float, running: float) -> float:
    """Accelerators to own so that the last one is busy f/(c−e) of the time: P(D > K*) = f / (c − e).

    load: demand in owned accelerators over draws, months and segments, flat. weight: probability × time ×
    discount of each value. fixed: f, cost per available hour. rented: c, price per owned-hour equivalent.
    running: e, cost per used hour. 0 when owning never pays.

    *Source:* Arrow, Harris and Marschak, 1951, Econometrica 19(3) (newsvendor).

    >>> load = np.linspace(0, 16, 160001)
    >>> round(fractile_base(load, np.ones_like(load), 1.0, 3.0, 0.1), 2)
    10.48
    """
    if rented <= running or fixed >= rented - running:
        return 0.0
    order = np.argsort(load)
    below = np.cumsum(weight[order]) / weight.sum()
    wanted = 1 - fixed / (rented - running)
    return float(load[order][min(int(np.searchsorted(below, wanted)), load.size - 1)])


def yearly_saving(
    owned: float,
    load: Array,
    weight: Array,
    fixed: float,
    rented: float,
    running: float,
    hours: float = 8760.0,
) -> float:
    """Saving of owning some accelerators over renting all: h·[(c−e)·E min(D, K) − f·K] [currency].

    >>> load = np.linspace(0, 16, 160001)
    >>> [round(yearly_saving(k, load, np.ones_like(load), 1, 3, 0.1)) for k in (8, 16)]
    [82344, 63072]
    """
    used = float((np.minimum(load, owned) * weight).sum() / weight.sum())
    return hours * ((rented - running) * used - fixed * owned)


def nodes_to_own(
    load: Array,
    weight: Array,
    *,
    per_node: float,
    fixed: float,
    rented: float,
    running: float,
    hours: float,
    lump: float,
) -> int:
    """Whole nodes with the greatest saving net of the lump; 0 when no number saves more than the lump.

    >>> load = np.linspace(0, 16, 16001)
    >>> terms = dict(per_node=8, fixed=1, rented=3, running=0.1, hours=8760)
    >>> [nodes_to_own(load, np.ones_like(load), lump=x, **terms) for x in (60e3, 90e3)]
    [1, 0]
    """
    start = fractile_base(load, weight, fixed, rented, running) / per_node
    candidates = sorted({max(0, int(start) + step) for step in (-1, 0, 1, 2)} - {0})
    savings = {n: yearly_saving(n * per_node, load, weight, fixed, rented, running, hours) - lump for n in candidates}
    best = max(savings, key=lambda n: (savings[n], -n))
    return best if savings[best] > 0 else 0


@dataclass(frozen=True)
class Curve:
    """Demand in accelerators over draws, months and parts of the month, and what renting it would cost.

    load, weight: flat arrays of one length; weight: time × discount. hours: discounted clock hours of the months
    in use. rented: price of renting an hour of this accelerator's work [currency / accelerator-hour].
    """

    load: Array
    weight: Array
    hours: float
    rented: float


def curve(
    market: Market, found: dict[str, fixed.Load], asked: Asked, rented_from: str, months: Array | None = None
) -> Curve:
    """The load curve of some work, and the average price of renting it from another option.

    months: share of each month in which the capacity would be held, shape (1, months); empty: the months of use.

    Raises NotPriced or Infeasible as the other option does.
    """
    names = list(found)
    mid = finance.discount_factors(market.discount_rate, market.months, "mid")
    use = mid * (market.months_mask(np.zeros((1, 1))) if months is None else months)
    taken = [load.occupied.value for load in found.values()]
    needed = float(np.mean((sum(taken, start=np.zeros((1, 1))) * mid).sum(axis=1)))
    other = market.scenario.options[rented_from]
    rented = market.price_option(rented_from, other, {name: asked[name] for name in names})
    bill = Ledger(rented_from, market.currency, market.months, rented.lines)
    per_hour = float(np.mean(bill.present_by_month(market.discount_rate).sum(axis=1))) / needed if needed else 0.0
    load, weight = _load_curve(market, names, taken, use)
    return Curve(load, weight, HOURS_PER_MONTH * float(use.sum()), per_hour)


def _load_curve(market: Market, names: Sequence[str], taken: list[Array], use: Array) -> tuple[Array, Array]:
    """Demand in accelerators over draws, months and segments, with its weights, both flat."""
    shapes, deferrable = fixed.shapes_of(market, names)
    rigid = [None if waits else shape for shape, waits in zip(shapes, deferrable, strict=True)]
    fractions, multiples = capacity.common_segments(rigid)
    shape = np.broadcast_shapes(*(b.shape for b in taken), use.shape)
    values, weights = [], []
    for j, width in enumerate(fractions):
        load = sum((b * multiples[i, j] for i, b in enumerate(taken)), start=np.zeros((1, 1))) / HOURS_PER_MONTH
        values.append(np.broadcast_to(load, shape).ravel())
        weights.append(np.broadcast_to(use * width, shape).ravel())
    return np.concatenate(values), np.concatenate(weights)
