"""Which offer a workload is placed on: usable prices of a provider, whole instances, the cheapest work."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from planner.demand import Rate
from planner.errors import Infeasible, Message, NotPriced, PriceError
from planner.figure import Figure
from planner.prices import UnitPrice
from planner.scenario.options import RentedOption
from planner.scenario.work import Workload
from planner.supply.market import Market
from planner.supply.rules import check_country

NETWORKED_FROM = 4  # accelerators of a machine from which clouds offer a network between machines
SMALLER_IS_SIMPLER = 0.05  # among offers within 5 % of the cheapest work, the fewest accelerators at once


@dataclass(frozen=True)
class Shelf:
    """Which rows of the price book an option buys from. payment: preferred where several are published."""

    category: str
    purchase_models: tuple[str, ...]
    statistic: str | None = None
    term_months: int | None = None
    payment: str | None = None


@dataclass(frozen=True)
class Shop:
    """Usable offers, how each is priced [currency / instance-hour], and what there is to know."""

    category: str
    offers: list[UnitPrice]
    price: Callable[[UnitPrice, str], Figure]
    notes: list[Message]
    data_provider: str


@dataclass(frozen=True)
class Placement:
    """One workload on one instance type: how many instances make its job, at which price."""

    offer: UnitPrice
    rate: Rate
    job_accelerators: int
    instances_per_job: int
    price: Figure
    observed_on: str

    @property
    def held_over_busy(self) -> float:
        """Accelerators of whole instances over accelerators of the job."""
        return self.instances_per_job * self.offer.accelerator_count / self.job_accelerators


def shop_of(option_id: str, option: RentedOption, market: Market, shelf: Shelf) -> Shop:
    """The shop of an option at its provider. Raises NotPriced when no price is usable."""
    offers, notes = usable_offers(option_id, option, market, shelf)

    def price(offer: UnitPrice, name: str) -> Figure:
        price = quoted(option_id, option, market, name) or market.unit_price(offer, name)
        return market.levelled(price, option.provider)

    return Shop(shelf.category, offers, price, notes, market.reference.data_provider(option.provider))


def place(
    option: RentedOption, market: Market, workload: Workload, shop: Shop, name: str
) -> tuple[Placement, list[Message]]:
    """The offer with the cheapest work for a workload's job, and warnings.

    name: of the price figure. Raises NotPriced (no rate), Infeasible (residency, memory).
    """
    found: list[tuple[float, UnitPrice, Rate, int, int]] = []
    problem: PriceError | Infeasible | None = None
    for offer in shop.offers:
        try:
            check_country(market, workload, market.reference.country(offer.provider, offer.region), offer.region)
            rate = market.rate(workload.id, offer.accelerator)
        except (Infeasible, NotPriced) as error:
            problem = problem or error
            continue
        try:
            job, instances = job_on(offer, rate, workload)
        except Infeasible as error:
            problem = problem or error
            continue
        cost = instances * offer.list_unit_price / job / float(np.median(rate.per_hour.value))
        found.append((cost, offer, rate, job, instances))
    if not found:
        assert problem is not None
        raise problem
    limit = min(entry[0] for entry in found) * (1 + SMALLER_IS_SIMPLER)
    _, offer, rate, job, instances = min(
        (entry for entry in found if entry[0] <= limit), key=lambda e: (e[1].accelerator_count * e[4], e[0])
    )
    observed = option.quote.date if option.quote else offer.observed_on
    chosen = Placement(offer, rate, job, instances, shop.price(offer, name), observed)
    return chosen, shop.notes + list(rate.warnings) + price_notes(offer, option, market)


def quoted(option_id: str, option: RentedOption, market: Market, name: str) -> Figure | None:
    """The option's own quotation per instance-hour; None without one. Raises NotPriced without currency."""
    if option.quote is None:
        return None
    if option.quote.currency is None:
        raise NotPriced("reason.quote_currency", option=option_id)
    path = ("options", option_id, "quote", "price")
    leaf = market.input(name, option.quote.price, f"{option.quote.currency}/instance-hour", path)
    return market.converted(leaf, option.quote.currency, f"{market.currency}/instance-hour", on=option.quote.date)


def job_on(offer: UnitPrice, rate: Rate, workload: Workload) -> tuple[int, int]:
    """Accelerators of one job and instances that hold it, in the blocks that are sold.

    A training job without a stated size fills its instances; a session or a stated size does not. A replica of a
    service and a job at a marketplace stay within one machine; other jobs may span whole machines on a network.
    Raises Infeasible when the accelerators of the job are not linked.
    """
    count = offer.accelerator_count
    stated = workload.job_accelerators or (1 if workload.kind in ("interactive",) else None)
    need = max(rate.accelerators_min, stated or 1)
    alone = workload.kind == "serving" or offer.provider_kind == "marketplace" or offer.linked < NETWORKED_FROM
    if need > max(offer.linked, 1.0) and alone:
        facts = {"name": workload.id, "need": need, "what": offer.instance_type, "linked": f"{offer.linked:g}"}
        raise Infeasible.of(Message("reason.not_linked", facts))
    instances = max(1, math.ceil(round(math.ceil(need / offer.sold_by) * offer.sold_by / count, 6)))
    return (need if stated else max(1, round(instances * count)), instances)


def usable_offers(
    option_id: str, option: RentedOption, market: Market, shelf: Shelf
) -> tuple[list[UnitPrice], list[Message]]:
    """Offers of the option's provider, accelerator or instance, region, and what there is to know about them.

    Raises NotPriced with what is at hand instead.
    """
    book, notes = market.book, []
    if option.provider not in book.vocabulary("provider"):
        market.reference.refuse_without_price(option.provider)
    book.check_known("provider", option.provider)
    if option.accelerator is None and option.instance is None:
        raise NotPriced("reason.accelerator_wanted", option=option_id)
    accelerators: list[str] | None = None
    if option.accelerator is not None:
        accelerator, ambiguous = market.reference.accelerator(option.accelerator)
        accelerators = market.reference.family(option.accelerator) if ambiguous else [accelerator.id]
    if option.instance is not None:
        book.check_known("instance_type", option.instance)
    anywhere = partial(book.query, provider=option.provider, accelerator=accelerators, instance_type=option.instance)
    regions = market.reference.regions(option.provider, option.region) if option.region else None
    found = _on_shelf(anywhere(region=regions), shelf)
    if option.accelerator is not None and found and (accelerators or [])[1:]:
        named = market.reference.accelerator(option.accelerator)[0].id
        resolved = named if any(offer.accelerator == named for offer in found) else found[0].accelerator
        found = [offer for offer in found if offer.accelerator == resolved]
        notes.append(Message("warning.ambiguous", {"given": option.accelerator, "resolved": resolved}))
    if option.region is None:  # a doubtful or old price is used only where it was asked for, or where it is alone
        found = [offer for offer in found if not offer.flag] or found
        found = [offer for offer in found if not offer.is_stale(market.as_of)] or found
    if not found:
        raise _nothing_there(option, shelf, anywhere, regions)
    if shelf.statistic and (other := found[0].row["statistic"]) not in ("", shelf.statistic):
        key = "warning.lowest_only" if other == "lowest" else "warning.median_only"
        notes.append(Message(key, {"provider": option.provider}))
    return found, notes


def _on_shelf(offers: list[UnitPrice], shelf: Shelf) -> list[UnitPrice]:
    """Offers of the first purchase model that has any for the term; of the statistic, where there is a choice."""
    for model in shelf.purchase_models:
        found = [
            offer
            for offer in offers
            if offer.purchase_model == model and (shelf.term_months is None or offer.term_months == shelf.term_months)
        ]
        if found:
            found = [offer for offer in found if offer.row["payment"] == shelf.payment] or found
            wanted = ("", shelf.statistic) if shelf.statistic else {offer.row["statistic"] for offer in found}
            return [offer for offer in found if offer.row["statistic"] in wanted] or found
    return []


def _nothing_there(
    option: RentedOption, shelf: Shelf, anywhere: Callable[..., list[UnitPrice]], regions: list[str] | None
) -> NotPriced:
    """Why nothing is priced: flagged rows only, another term, another region, or another way of buying."""
    refused = _on_shelf(anywhere(region=regions, include_refused=True), shelf)
    what = option.instance or option.accelerator
    if refused:
        flags = ", ".join(sorted({offer.flag for offer in refused}))
        return NotPriced("reason.only_flagged", provider=option.provider, flags=flags)
    here = [offer for offer in anywhere(region=regions) if offer.purchase_model in shelf.purchase_models]
    if here:
        terms = ", ".join(f"{term:g}" for term in sorted({offer.term_months or 0 for offer in here}))
        return NotPriced("reason.other_term", provider=option.provider, what=what, term=shelf.term_months, terms=terms)
    every = anywhere()
    elsewhere = sorted({o.region for o in _on_shelf(every, shelf)})[:5]
    models = sorted({o.purchase_model for o in every} - set(shelf.purchase_models))
    if models and not elsewhere:
        return NotPriced("reason.other_purchase", provider=option.provider, what=what, models=", ".join(models))
    return NotPriced(
        "reason.no_offer", close=elsewhere, provider=option.provider, what=what, region=option.region or "*"
    )


def price_notes(offer: UnitPrice, option: RentedOption, market: Market) -> list[Message]:
    """What there is to know about an offer: its region, age and flags."""
    notes = []
    if option.region is None and offer.region not in ("", "unspecified"):
        notes.append(Message("warning.region_chosen", {"provider": offer.provider, "region": offer.region}))
    if option.quote is None and offer.is_stale(market.as_of):
        days = offer.age_days(market.as_of)
        notes.append(Message("warning.stale", {"what": offer.instance_type, "days": days, "date": offer.observed_on}))
    if option.quote is None and (offer.age_days(market.as_of) or 0) < 0:
        facts = {"what": offer.instance_type, "date": offer.observed_on, "as_of": market.as_of.isoformat()}
        notes.append(Message("warning.later_price", facts))
    for flag in filter(None, (part.strip() for part in offer.flag.split(";"))):
        notes.append(Message("warning.flag", {"what": offer.instance_type, "region": offer.region, "flag": flag}))
    if offer.accelerator_ambiguous:
        notes.append(Message("warning.ambiguous", {"given": offer.instance_type, "resolved": offer.accelerator}))
    return notes
