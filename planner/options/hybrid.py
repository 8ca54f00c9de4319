"""A base that is owned or committed, a burst that is rented: how much base by the fractile (MODEL §2.1)."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np

from planner.demand import Asked, Priced
from planner.errors import Infeasible, Message, NotPriced
from planner.options import owned
from planner.options.owned_terms import Terms, read_terms
from planner.scenario.options import HybridOption, Option, OwnedOption
from planner.supply import fixed, sizing
from planner.supply.combined import expected_cost, one_after_another
from planner.supply.market import Market


def price(option_id: str, option: HybridOption, market: Market, asked: Asked) -> Priced:
    """Lines of the base at its best size, and of the burst for the rest.

    Raises Infeasible when the base cannot be sized or a part has no price.
    """
    base = market.scenario.options[option.base]
    wanted = {name: work for name, work in asked.items() if option.serves is None or name in option.serves}
    left = {name: work for name, work in asked.items() if name not in wanted}
    notes: list[Message] = []
    if isinstance(base, OwnedOption):
        plans: dict[int, tuple[Priced, Priced]] = {}

        def choose() -> int:
            return _cheapest_count(option, base, market, wanted, notes, plans)

        count = market.sized(option_id, wanted, choose)
        if count == 0:
            raise Infeasible("reason.own_none", base=option.base, burst=option.burst, system=base.system)
        plan = plans.get(count) or _base_and_burst(option, base.model_copy(update={"count": count}), market, wanted)
        notes.append(Message("note.hybrid_size", {"option": option_id, "count": count, "system": base.system}))
    else:
        plan = _base_and_burst(option, base.model_copy(update={"otherwise": option.burst}), market, wanted)
    return one_after_another((option.base, option.burst), plan, wanted, left, notes)


def _cheapest_count(
    option: HybridOption, base: OwnedOption, market: Market, wanted: Asked, notes: list[Message],
    plans: dict[int, tuple[Priced, Priced]],
) -> int:  # fmt: skip
    """Whole systems with the least bill near the closed form's number; the plans looked at are kept."""
    proposed = _closed_form_count(option, base, market, wanted, notes)
    for n in sorted({0, max(proposed - 1, 0), proposed, proposed + 1}):
        with suppress(Infeasible):  # too small for its jobs, or more power than the site has
            plans[n] = _base_and_burst(option, base.model_copy(update={"count": n}), market, wanted)
    if not plans:
        raise Infeasible("reason.base_serves_nothing", base=option.base)
    return min(plans, key=lambda n: expected_cost(market, plans[n]))


def _base_and_burst(option: HybridOption, base: Option, market: Market, wanted: Asked) -> tuple[Priced, Priced]:
    """What the base serves, and the burst for what it leaves."""
    nothing = isinstance(base, OwnedOption) and base.count == 0
    first = Priced((), dict(wanted)) if nothing else market.price_option(option.base, base, wanted)
    rest = {name: work for name, work in first.unmet.items() if np.any(work.value)}
    burst = market.scenario.options[option.burst]
    return first, market.price_option(option.burst, burst, rest) if rest else Priced(())


def _closed_form_count(
    option: HybridOption, base: OwnedOption, market: Market, asked: Asked, notes: list[Message]
) -> int:
    """Whole systems to own by the fractile, at the average price of renting; the bills near it decide."""
    terms = read_terms(option.base, base, market)
    probe_count = _systems_for_a_job(terms, market, asked)
    probe = owned.price(option.base, base.model_copy(update={"count": probe_count, "serves": None}), market, asked)
    names = [name for name in asked if name in probe.served]
    if not names:
        raise Infeasible("reason.base_serves_nothing", base=option.base)
    found = fixed.loads(option.base, terms.accelerator, market, asked, names)
    curve = sizing.curve(market, found, asked, option.burst)
    up = float(np.mean(terms.availability.value))
    cost, running, lump = (float(np.mean(probe.facts[key].value)) for key in ("fixed", "running", "lump"))
    count = sizing.nodes_to_own(
        curve.load, curve.weight, per_node=terms.per_system * up, fixed=cost, rented=curve.rented, running=running,
        hours=curve.hours, lump=lump,
    )  # fmt: skip
    facts = {"f": round(cost, 4), "c": round(curve.rented, 4), "e": round(running, 4), "lump": round(lump)}
    notes.append(Message("note.hybrid_terms", {**facts, "currency": market.currency}))
    return count if count == 0 else max(count, probe_count)


def _systems_for_a_job(terms: Terms, market: Market, asked: Asked) -> int:
    """Fewest systems that hold the largest job that fits at all."""
    need = 1
    for name in asked:
        try:
            need = max(need, fixed.job_size(market, name, terms.accelerator))
        except (Infeasible, NotPriced):
            continue
    return math.ceil(need / terms.per_system)
