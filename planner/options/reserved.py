"""Committed use and capacity blocks: paid for a term or for days, used or not (MODEL §2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.demand import Asked, Priced
from planner.errors import Infeasible, Message, NotPriced, PlannerError
from planner.figure import Figure, Source, derive, given, product
from planner.ledger import CostLine, Timing, cost_line
from planner.prices import UnitPrice
from planner.scenario.options import ReservedOption
from planner.supply import energy, fixed, overheads, placing, sizing, transfer
from planner.supply.combined import expected_cost
from planner.supply.market import Market, is_certain_zero
from planner.supply.placing import Placement, Shelf, Shop
from planner.supply.rules import split_by_rule, within_borders
from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH

Array = NDArray[np.float64]
# A savings plan commits to spending, not to a machine: it serves where no reservation is published.
TERMS = ("reserved_6m", "reserved_1y", "reserved_3y", "savings_plan_1y", "savings_plan_3y")
HOURS_PER_DAY = 24.0
UPFRONT = {"monthly": 0.0, "partial_upfront": 0.5, "all_upfront": 1.0}


def price(option_id: str, option: ReservedOption, market: Market, asked: Asked) -> Priced:
    """Lines of a commitment for what is asked; what it cannot take stays unmet.

    Raises NotPriced (no committed price) or Infeasible (term longer than the horizon) with what would let it in.
    """
    served, _, warnings = split_by_rule(market, option_id, option, list(asked))
    if not served:
        return Priced((), dict(asked), warnings=tuple(warnings))
    shop = _shop(option_id, option, market)
    placement, notes = _placed(option_id, option, market, shop, served)
    offer = placement.offer
    served, more = _that_may_come(option_id, option, market, offer, served)
    warnings += [*notes, *more]
    published = offer.row["payment"]
    if option.quote is None and option.block_days is None and published != option.payment:
        facts = {"what": offer.instance_type, "payment": option.payment, "published": published}
        warnings.append(Message("warning.payment_other" if published else "warning.payment_unstated", facts))
    months = _months_paid(option_id, option, market, asked, served, placement)
    found = fixed.loads(option_id, offer.accelerator, market, asked, served)
    decided: list[Message] = []

    def choose() -> int:
        number, notes = _count(option_id, option, market, asked, found, placement, months)
        decided.extend(notes)
        return number

    count = market.sized(option_id, asked, choose)
    instances = given(f"{option_id}.count", float(count), "instance", _count_source(option_id, option, market))
    path = ("options", option_id, "lead_time_days")
    lead = market.input(f"{option_id}.lead_time_days", option.lead_time_days, "day", path)
    hours = derive(
        lambda days: HOURS_PER_MONTH * months * market.months_mask(days / DAYS_PER_MONTH), lead,
        name=f"{option_id}.hours_committed", unit="h/month", formula="730 h × months of the term after the lead time",
    )  # fmt: skip
    paid = product(instances, hours, name=f"{option_id}.instance_hours", unit="instance-hour/month")
    clock = derive(
        lambda h: h * offer.accelerator_count, paid, name=f"{option_id}.committed_hours",
        unit="accelerator-hour/month", formula=f"instance-hours × {offer.accelerator_count:g} accelerators",
    )  # fmt: skip
    always = market.unit_figure(f"{option_id}.availability", np.ones((1, 1)), "fraction", "reserved capacity")
    filled = fixed.fill(option_id, offer.accelerator, market, asked, found, clock, always)
    lines = _lines(option_id, option, market, placement, paid)
    lines += transfer.lines(option_id, option, (offer.provider, offer.region), market, filled.done, served)
    lines += overheads.lines(option_id, option, market, lines)
    kwh, kg = energy.of_capacity(market, offer, clock.value, filled.used.value)
    return Priced(
        tuple(lines), {name: asked[name] for name in asked if name not in served} | filled.unmet, filled.hours,
        tuple(served), (*warnings, *decided), None if is_certain_zero(lead) else lead,
        dict.fromkeys(served, count * offer.accelerator_count), clock.value, kwh, kg,
    )  # fmt: skip


def _that_may_come(
    option_id: str, option: ReservedOption, market: Market, offer: UnitPrice, served: list[str]
) -> tuple[list[str], list[Message]]:
    """Workloads that may be in the region and fit into what is committed, and why the others do not."""
    country = market.reference.country(offer.provider, offer.region)
    served, abroad = within_borders(market, served, country, offer.region)
    limit = option.count * offer.accelerator_count if isinstance(option.count, int) else None
    served, too_big = fixed.that_fit(option_id, offer.accelerator, limit, market, served)
    return served, [*abroad, *too_big]


def _shop(option_id: str, option: ReservedOption, market: Market) -> Shop:
    """Committed offers that the horizon can hold. Raises Infeasible when all terms are longer."""
    if option.quote is not None and option.term_months is None and option.block_days is None:
        raise NotPriced("reason.term_wanted", option=option_id)
    if option.block_days is not None:
        return placing.shop_of(option_id, option, market, Shelf("committed", ("capacity_block",)))
    if (option.term_months or 0) > market.months_in_use:
        raise Infeasible("reason.term_beyond", option=option_id, term=option.term_months, months=market.months_in_use)
    if option.quote is not None:  # a quotation needs no published commitment, only the machine
        shelf = Shelf("standard", (*TERMS, "on_demand"))
        return placing.shop_of(option_id, option, market, shelf)
    shelf = Shelf("committed", TERMS, term_months=option.term_months, payment=option.payment)
    if option.term_months is None:
        return _any_term(option_id, option, market)
    return placing.shop_of(option_id, option, market, shelf)


def _any_term(option_id: str, option: ReservedOption, market: Market) -> Shop:
    """The longest term that is sold and fits: a longer one is cheaper per hour. Where only longer ones are sold,
    says the shortest of them."""
    problem: NotPriced | None = None
    fitting = [m for m in (36, 12, 6) if m <= market.months_in_use]
    longer = [m for m in (6, 12, 36) if m > market.months_in_use]
    for months in (*fitting, *longer):
        try:
            shelf = Shelf("committed", TERMS, term_months=months, payment=option.payment)
            found = placing.shop_of(option_id, option, market, shelf)
        except NotPriced as error:
            problem = problem or error
            continue
        if months in longer:
            raise Infeasible("reason.term_beyond", option=option_id, term=months, months=market.months_in_use)
        return found
    assert problem is not None
    raise problem


def _placed(
    option_id: str, option: ReservedOption, market: Market, shop: Shop, served: list[str]
) -> tuple[Placement, list[Message]]:
    """One kind of instance for the whole commitment: the one with the cheapest work for the first that fits."""
    problem: PlannerError | None = None
    for name in served:
        try:
            return placing.place(option, market, market.works[name].workload, shop, f"{option_id}.list_unit_price")
        except Infeasible as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _months_paid(
    option_id: str, option: ReservedOption, market: Market, asked: Asked, served: list[str], placement: Placement
) -> Array:
    """Share of each month that is paid for, shape (1, months): whole terms, or a block in each month of work."""
    if option.block_days is not None:
        needed = sum((asked[name].value for name in served), start=np.zeros((1, market.months)))
        busy = (needed > 0).any(axis=0, keepdims=True) * market.months_mask(np.zeros((1, 1)))
        return np.asarray(busy * min(option.block_days / DAYS_PER_MONTH, 1.0))
    term = option.term_months or int(placement.offer.term_months or 0)
    terms = market.months_in_use // term if option.renew else 1
    t = np.arange(market.months)[None, :] - (market.first_month - 1)
    return np.asarray(((t >= 0) & (t < terms * term)).astype(float))


def _count(
    option_id: str, option: ReservedOption, market: Market, asked: Asked, found: dict[str, fixed.Load],
    placement: Placement, months: Array,
) -> tuple[int, list[Message]]:  # fmt: skip
    """Instances to commit: as stated, else as many as are busy often enough against renting from the else option;
    all of the peak for a block, or where nothing else serves. Raises Infeasible when none pays."""
    if isinstance(option.count, int):
        return option.count, []
    offer = placement.offer
    other = option.otherwise or market.scenario.baseline_id
    count = offer.accelerator_count
    least = max(math.ceil(fixed.job_size(market, name, offer.accelerator) / count) for name in found)
    share_of_month = float(months.max()) or 1.0  # a block must do the month's work in its days
    chosen = math.ceil(round(fixed.peak(market, found) / count / share_of_month, 6))
    alone = other in ("none", option_id) or market.scenario.options[other] is option
    if option.block_days is None and not alone:
        curve = sizing.curve(market, found, asked, other, months)
        chosen = sizing.nodes_to_own(
            curve.load, curve.weight, per_node=count, fixed=_levelised(option, market, placement, months) / count,
            rented=curve.rented, running=0.0, hours=curve.hours, lump=0.0,
        )  # fmt: skip
        chosen = _cheapest_near(option_id, option, market, {n: asked[n] for n in found}, other, least, chosen)
        if chosen < 1:
            raise Infeasible("reason.commit_none", option=option_id, other=other)
    chosen = max(chosen, least)
    return chosen, [Message("note.reserved_count", {"option": option_id, "count": chosen, "what": offer.instance_type})]


def _cheapest_near(
    option_id: str, option: ReservedOption, market: Market, asked: Asked, other: str, least: int, start: int
) -> int:
    """Instances with the least bill, downhill from the fractile's number; 0 when renting all of it costs less.

    The fractile takes an hour for an hour; bills know that jobs and replicas are whole, here and there.
    """
    bills: dict[int, tuple[float, float]] = {}

    def bill(n: int) -> tuple[float, float]:
        if n not in bills:
            base = price(option_id, option.model_copy(update={"count": n}), market, asked) if n else None
            rest = {name: work for name, work in (base.unmet if base else asked).items() if np.any(work.value)}
            burst = market.price_option(other, market.scenario.options[other], rest) if rest else Priced(())
            bills[n] = expected_cost(market, [base, burst] if base else [burst])
        return bills[n]

    best = max(start, least)
    for step in (-1, 1):
        while best + step >= least and bill(best + step) < bill(best):
            best += step
    return best if bill(best) < bill(0) else 0


def _levelised(option: ReservedOption, market: Market, placement: Placement, months: Array) -> float:
    """Present cost of an instance over the present hours of its term: paying early costs more."""
    rate, share = market.discount_rate, _upfront_share(option)
    mid, start = (finance.discount_factors(rate, market.months, when) for when in ("mid", "start"))
    early = _at_start_of_term(months, _term(option, placement), market.first_month)
    paid = float(((1 - share) * months * mid + share * early * start).sum())
    return float(np.mean(placement.price.value)) * paid / float((months * mid).sum())


def _count_source(option_id: str, option: ReservedOption, market: Market) -> Source:
    if isinstance(option.count, int):
        return market.source(("options", option_id, "count"))
    return Source("assumption", "sized before draws are known", market.as_of.isoformat(), "whole instances")


def _upfront_share(option: ReservedOption) -> float:
    return 1.0 if option.block_days is not None else UPFRONT[option.payment]


def _term(option: ReservedOption, placement: Placement) -> int:
    """Length of one commitment [month]; a block is paid within its month."""
    return 1 if option.block_days is not None else option.term_months or int(placement.offer.term_months or 1)


def _lines(
    option_id: str, option: ReservedOption, market: Market, placement: Placement, paid: Figure
) -> list[CostLine]:
    """The commitment month by month, or its upfront part at the start of each term."""
    offer, share, term = placement.offer, _upfront_share(option), _term(option, placement)

    def one(id: str, quantity: Figure, charge: str, timing: Timing) -> CostLine:
        return cost_line(
            id, placed_on=option_id, cost_type="compute", charge_category=charge, pricing_category="committed",
            quantity=quantity, unit_price=placement.price, pricing_unit="instance-hour", currency=market.currency,
            timing=timing, provider=offer.provider, region_id=offer.region, sku_id=offer.instance_type,
            accelerator=offer.accelerator, price_observed_on=placement.observed_on,
            spread_months=term if charge == "purchase" else None, term_months=term if charge == "usage" else None,
        )  # fmt: skip

    out = []
    if share < 1:
        monthly = derive(
            lambda h: h * (1 - share), paid, name=f"{option_id}.paid_monthly", unit=paid.unit,
            formula=f"instance-hours × {1 - share:g}",
        )  # fmt: skip
        out.append(one("commitment", monthly, "usage", "mid"))
    if share > 0:
        gathered = derive(
            lambda h: _at_start_of_term(h * share, term, market.first_month), paid, name=f"{option_id}.paid_upfront",
            unit=paid.unit, formula=f"instance-hours of the term × {share:g}, in its first month",
        )  # fmt: skip
        out.append(one("commitment_upfront", gathered, "purchase", "start"))
    return out


def _at_start_of_term(hours: Array, term: int, first_month: int) -> Array:
    """Hours of each term gathered in its first month."""
    out = np.zeros_like(hours)
    for start in range(first_month - 1, hours.shape[1], term):
        out[:, start] = hours[:, start : start + term].sum(axis=1)
    return out
