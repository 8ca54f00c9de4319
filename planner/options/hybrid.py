"""A base that is owned, a burst that is rented: how much to own by the newsvendor fractile (MODEL §2.1)."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.demand import Asked, Priced
from planner.errors import Infeasible, Message, NotPriced
from planner.ledger import Ledger
from planner.options import capacity, onprem
from planner.options.market import Market
from planner.options.owned_terms import Terms, read_terms
from planner.scenario.options import HybridOption, OnpremOption, Option
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


def price(option_id: str, option: HybridOption, market: Market, asked: Asked) -> Priced:
    """Lines of the base at its best size, and of the burst for the rest.

    Raises Infeasible when the base cannot be sized or a part has no price.
    """
    base = market.scenario.options[option.base]
    wanted = {name: work for name, work in asked.items() if option.serves is None or name in option.serves}
    left = {name: work for name, work in asked.items() if name not in wanted}
    notes: list[Message] = []
    if isinstance(base, OnpremOption):
        proposed = _closed_form_count(option, base, market, wanted, notes)
        near = sorted({0, max(proposed - 1, 0), proposed, proposed + 1})
        plans = {}
        for n in near:
            with suppress(Infeasible):  # too small for its jobs, or more power than the site has
                plans[n] = _base_and_burst(option, base.model_copy(update={"count": n}), market, wanted)
        if not plans:
            raise Infeasible("reason.base_serves_nothing", base=option.base)
        count = min(plans, key=lambda n: _expected_cost(market, plans[n]))
        first, second = plans[count]
        notes.append(Message("note.hybrid_size", {"option": option_id, "count": count, "system": base.system}))
    else:
        first, second = _base_and_burst(option, base, market, wanted)
    unmet = left | second.unmet
    return replace(
        first,
        lines=(*first.lines, *second.lines),
        unmet=unmet,
        hours=first.hours if first.hours else second.hours,
        served=tuple(wanted),
        warnings=(*notes, *first.warnings, *second.warnings),
        running_accelerators=first.running_accelerators | second.running_accelerators,
    )


def _base_and_burst(option: HybridOption, base: Option, market: Market, wanted: Asked) -> tuple[Priced, Priced]:
    """What the base serves, and the burst for what it leaves."""
    nothing = isinstance(base, OnpremOption) and base.count == 0
    first = Priced((), dict(wanted)) if nothing else market.price_option(option.base, base, wanted)
    rest = {name: work for name, work in first.unmet.items() if np.any(work.value)}
    burst = market.scenario.options[option.burst]
    return first, market.price_option(option.burst, burst, rest) if rest else Priced(())


def _expected_cost(market: Market, plan: tuple[Priced, Priced]) -> tuple[float, float]:
    """Work left undone first, then expected present cost: how plans of different sizes compare."""
    undone = sum(float(work.value.sum()) for work in plan[1].unmet.values())
    bill = Ledger("", market.currency, market.months, (*plan[0].lines, *plan[1].lines))
    return undone, float(np.mean(bill.present_by_month(market.discount_rate).sum(axis=1)))


def _closed_form_count(
    option: HybridOption, base: OnpremOption, market: Market, asked: Asked, notes: list[Message]
) -> int:
    """Whole systems to own by the fractile, at the average price of renting; the bills near it decide."""
    terms = read_terms(option.base, base, market)
    probe_count = _systems_for_a_job(terms, market, asked)
    probe = onprem.price(option.base, base.model_copy(update={"count": probe_count, "serves": None}), market, asked)
    names = [name for name in asked if name in probe.served]
    if not names:
        raise Infeasible("reason.base_serves_nothing", base=option.base)
    busy = [b for _, b in onprem.busy_hours(option.base, terms, market, asked, names).values()]
    rented = market.price_option(option.burst, market.scenario.options[option.burst], {n: asked[n] for n in names})
    rate = market.discount_rate
    mid = finance.discount_factors(rate, market.months, "mid")
    needed = float(np.mean((sum((b.value for b in busy), start=np.zeros((1, 1))) * mid).sum(axis=1)))
    bill = Ledger(option.burst, market.currency, market.months, rented.lines)
    per_hour = float(np.mean(bill.present_by_month(rate).sum(axis=1))) / needed
    load, weight = _load_curve(market, names, [b.value for b in busy], mid)
    up = float(np.mean(terms.availability.value))
    fixed, running, lump = (float(np.mean(probe.facts[key].value)) for key in ("fixed", "running", "lump"))
    count = nodes_to_own(
        load, weight, per_node=terms.per_system * up, fixed=fixed, rented=per_hour, running=running,
        hours=HOURS_PER_MONTH * float(mid.sum()), lump=lump,
    )  # fmt: skip
    facts = {"f": round(fixed, 4), "c": round(per_hour, 4), "e": round(running, 4), "lump": round(lump)}
    notes.append(Message("note.hybrid_terms", {**facts, "currency": market.currency}))
    return count if count == 0 else max(count, probe_count)


def _systems_for_a_job(terms: Terms, market: Market, asked: Asked) -> int:
    """Fewest systems that hold the largest job that fits at all."""
    need = 1
    for name in asked:
        try:
            need = max(need, onprem.job_size(market, name, terms.accelerator))
        except (Infeasible, NotPriced):
            continue
    return math.ceil(need / terms.per_system)


def _load_curve(market: Market, names: list[str], busy: list[Array], mid: Array) -> tuple[Array, Array]:
    """Demand in owned accelerators over draws, months and segments, with its weights, both flat."""
    loads = [market.works[name].workload for name in names]
    shapes = [None if w.deferrable else w.shape for w in loads]
    fractions, multiples = capacity.common_segments(shapes)
    shape = np.broadcast_shapes(*(b.shape for b in busy), mid.shape)
    values, weights = [], []
    for j, width in enumerate(fractions):
        load = sum((b * multiples[i, j] for i, b in enumerate(busy)), start=np.zeros((1, 1))) / HOURS_PER_MONTH
        values.append(np.broadcast_to(load, shape).ravel())
        weights.append(np.broadcast_to(mid * width, shape).ravel())
    return np.concatenate(values), np.concatenate(weights)
