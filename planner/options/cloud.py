"""On-demand cloud: whole instances at the standard price, storage and egress (MODEL §2)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked, Hours, Priced, Rate
from planner.errors import Infeasible, Message, NotPriced, PriceError
from planner.figure import Figure, Source, derive, given
from planner.ledger import CostLine, cost_line
from planner.options import transfer
from planner.options.market import Market
from planner.options.rules import check_country, split_by_rule
from planner.prices import UnitPrice
from planner.scenario.options import CloudOption, RentedOption
from planner.scenario.work import Workload
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]
SMALLER_IS_SIMPLER = 0.05  # among offers within 5 % of the cheapest work, the fewest accelerators at once


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


def price(option_id: str, option: CloudOption, market: Market, asked: Asked) -> Priced:
    """Lines of an on-demand option for what is asked. Raises NotPriced or Infeasible with the reason."""
    return rent(option_id, option, market, asked, "standard", lambda name, placement: (own_goodput(market, name), []))


def rent(
    option_id: str,
    option: RentedOption,
    market: Market,
    asked: Asked,
    category: str,
    goodput_of: Callable[[str, Placement], tuple[Figure, list[Message]]],
) -> Priced:
    """Lines of an option rented by whole instances, at a pricing category and with its own goodput.

    goodput_of: useful over busy hours of a workload on its placement, with what there is to know about it.
    Raises NotPriced or Infeasible with the reason.
    """
    served, left, warnings = split_by_rule(market, option_id, option, list(asked))
    lines: list[CostLine] = []
    hours: dict[str, Hours] = {}
    running: dict[str, float] = {}
    refused: dict[str, Infeasible] = {}
    for name in served:
        try:
            placement, notes = place(option_id, option, market, market.works[name].workload, category)
        except Infeasible as error:  # this workload goes to the ``else``; the others stay
            refused[name] = error
            continue
        goodput, more = goodput_of(name, placement)
        warnings += [*notes, *more]
        line, hours[name] = _usage_line(option_id, market, name, asked[name], placement, goodput, category)
        lines.append(line)
        running[name] = placement.job_accelerators
    served, left = _without_refused(served, left, refused, warnings)
    if served:
        lines += transfer.lines(option_id, option, lines[0].region_id or "", market, asked, served)
    unmet = {name: asked[name] for name in left}
    return Priced(tuple(lines), unmet, hours, tuple(served), tuple(warnings), None, running)


def _without_refused(
    served: list[str], left: list[str], refused: dict[str, Infeasible], warnings: list[Message]
) -> tuple[list[str], list[str]]:
    """Served and left workloads after refusals. Raises the first refusal when nothing remains."""
    kept = [name for name in served if name not in refused]
    if refused and not kept:
        raise next(iter(refused.values()))
    warnings += [error.message() for error in refused.values()]
    return kept, [*left, *refused]


def place(
    option_id: str, option: RentedOption, market: Market, workload: Workload, category: str
) -> tuple[Placement, list[Message]]:
    """The offer with the cheapest work for a workload's job among those that the option allows, and warnings.

    Raises NotPriced (no usable price), Infeasible (residency, memory).
    """
    offers, notes = _offers(option_id, option, market, category)
    found: list[tuple[float, UnitPrice, Rate, int, int]] = []
    problem: PriceError | Infeasible | None = None
    for offer in offers:
        try:
            check_country(market, workload, market.reference.country(offer.provider, offer.region), offer.region)
            rate = market.rate(workload.id, offer.accelerator)
        except (Infeasible, NotPriced) as error:
            problem = problem or error
            continue
        job, instances = _job(offer, rate, workload)
        cost = instances * offer.list_unit_price / job / float(np.median(rate.per_hour.value))
        found.append((cost, offer, rate, job, instances))
    if not found:
        assert problem is not None
        raise problem
    limit = min(entry[0] for entry in found) * (1 + SMALLER_IS_SIMPLER)
    _, offer, rate, job, instances = min(
        (entry for entry in found if entry[0] <= limit), key=lambda e: (e[1].accelerator_count * e[4], e[0])
    )
    figure = _price_figure(option_id, option, market, offer, f"{option_id}.{workload.id}.list_unit_price")
    chosen = Placement(offer, rate, job, instances, figure, option.quote.date if option.quote else offer.observed_on)
    return chosen, notes + list(rate.warnings) + _price_notes(offer, option, market)


def _price_figure(option_id: str, option: RentedOption, market: Market, offer: UnitPrice, name: str) -> Figure:
    if option.quote is None:
        return market.unit_price(offer, name)
    path = ("options", option_id, "quote", "price")
    leaf = market.input(name, option.quote.price, f"{option.quote.currency}/instance-hour", path)
    return market.converted(leaf, option.quote.currency, f"{market.currency}/instance-hour", on=option.quote.date)


def _job(offer: UnitPrice, rate: Rate, workload: Workload) -> tuple[int, int]:
    """Accelerators of one job and whole instances that hold it.

    A training job without a stated size fills its instances; a session or a stated size does not.
    """
    count = offer.accelerator_count
    stated = workload.job_accelerators or (1 if workload.kind in ("interactive",) else None)
    need = max(rate.accelerators_min, stated or 1)
    instances = max(1, math.ceil(need / count))
    return (need if stated else max(1, round(instances * count)), instances)


def _offers(
    option_id: str, option: RentedOption, market: Market, category: str
) -> tuple[list[UnitPrice], list[Message]]:
    """Usable offers of the option's provider, accelerator or instance, region."""
    book, notes = market.book, []
    book.check_known("provider", option.provider)
    if option.accelerator is None and option.instance is None:
        raise NotPriced("reason.accelerator_wanted", option=option_id)
    accelerators: list[str] | None = None
    if option.accelerator is not None:
        accelerator, ambiguous = market.reference.accelerator(option.accelerator)
        accelerators = market.reference.family(option.accelerator) if ambiguous else [accelerator.id]
    if option.instance is not None:
        book.check_known("instance_type", option.instance)
    regions = market.reference.regions(option.provider, option.region) if option.region else None
    wanted = {
        "provider": option.provider,
        "accelerator": accelerators,
        "instance_type": option.instance,
        "region": regions,
        "purchase_model": "spot" if category == "dynamic" else "on_demand",
    }
    found = book.query(**wanted)  # type: ignore[arg-type]
    if option.accelerator is not None and found and (accelerators or [])[1:]:
        resolved = found[0].accelerator
        found = [offer for offer in found if offer.accelerator == resolved]
        notes.append(Message("warning.ambiguous", {"given": option.accelerator, "resolved": resolved}))
    if option.region is None:  # a doubtful or old price is used only where it was asked for, or where it is alone
        found = [offer for offer in found if not offer.flag] or found
        found = [offer for offer in found if not offer.is_stale(market.as_of)] or found
    if not found:
        refused = book.query(**wanted, include_refused=True)  # type: ignore[arg-type]
        if refused:
            flags = ", ".join(sorted({offer.flag for offer in refused}))
            raise NotPriced("reason.only_flagged", provider=option.provider, flags=flags)
        elsewhere = sorted({o.region for o in book.query(**(wanted | {"region": None}))})[:5]  # type: ignore[arg-type]
        raise NotPriced(
            "reason.no_offer",
            close=elsewhere,
            provider=option.provider,
            what=option.instance or option.accelerator,
            region=option.region or "*",
        )
    return found, notes


def _price_notes(offer: UnitPrice, option: RentedOption, market: Market) -> list[Message]:
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


def hours_of(
    market: Market, name: str, option_id: str, asked: Figure, rate: Rate, goodput: Figure
) -> tuple[Figure, Figure]:
    """Useful and busy accelerator-hours of a workload, as figures."""
    useful = derive(
        np.divide, asked, rate.per_hour, name=f"{option_id}.{name}.useful_hours", unit="accelerator-hour/month",
        formula="work / rate",
    )  # fmt: skip
    busy = derive(
        np.divide, useful, goodput, name=f"{option_id}.{name}.busy_hours", unit="accelerator-hour/month",
        formula="useful hours / goodput",
    )  # fmt: skip
    return useful, busy


def own_goodput(market: Market, name: str) -> Figure:
    """1 − share of busy hours lost to failed and cancelled jobs."""
    work = market.works[name]
    failed = market.input(
        f"{name}.failed_fraction",
        work.workload.failed_fraction,
        "fraction",
        ("workloads", work.index, "failed_fraction"),
    )
    return derive(lambda f: 1 - f, failed, name=f"{name}.goodput", unit="fraction", formula="1 − failed fraction")


def held_hours(market: Market, name: str, option_id: str, busy: Figure, placement: Placement) -> Figure:
    """Hours of whole instances plus idle for jobs; whole instances that stay on for a service."""
    work = market.works[name]
    if work.workload.kind == "serving":
        assert work.workload.serving is not None
        peak, unit = work.workload.serving.peak_to_mean, placement.instances_per_job * placement.offer.accelerator_count
        return derive(
            lambda b: np.ceil(np.round(b * peak / HOURS_PER_MONTH / unit, 9)) * HOURS_PER_MONTH * unit, busy,
            name=f"{option_id}.{name}.held_hours", unit="accelerator-hour/month",
            formula=f"⌈busy × peak-to-mean {peak:g} / 730 / {unit:g}⌉ × {unit:g} accelerators × 730 h",
        )  # fmt: skip
    idle = market.input(
        f"{name}.idle_fraction",
        work.workload.idle_fraction,
        "fraction",
        ("workloads", work.index, "idle_fraction"),
    )
    why = f"{placement.instances_per_job} × {placement.offer.instance_type} for a job of {placement.job_accelerators}"
    whole = given(
        f"{option_id}.{name}.whole_instances",
        placement.held_over_busy,
        "ratio",
        Source("assumption", why, market.as_of.isoformat(), why),
    )
    return derive(
        lambda b, w, i: b * w / (1 - i), busy, whole, idle, name=f"{option_id}.{name}.held_hours",
        unit="accelerator-hour/month", formula="busy × whole instances / (1 − idle)",
    )  # fmt: skip


def _usage_line(
    option_id: str,
    market: Market,
    name: str,
    asked: Figure,
    placement: Placement,
    goodput: Figure,
    category: str,
) -> tuple[CostLine, Hours]:
    """Instance-hours × price for one workload, and its hours."""
    offer = placement.offer
    useful, busy = hours_of(market, name, option_id, asked, placement.rate, goodput)
    held = held_hours(market, name, option_id, busy, placement)
    count = offer.accelerator_count
    quantity = derive(
        lambda h: h / count, held, name=f"{option_id}.{name}.instance_hours", unit="instance-hour/month",
        formula=f"held hours / {count:g} accelerators",
    )  # fmt: skip
    line = cost_line(
        f"compute.{name}", placed_on=option_id, cost_type="compute", charge_category="usage",
        pricing_category=category, quantity=quantity, unit_price=placement.price, pricing_unit="instance-hour",
        currency=market.currency, workload=name, provider=offer.provider, region_id=offer.region,
        sku_id=offer.instance_type, accelerator=offer.accelerator, price_observed_on=placement.observed_on,
    )  # fmt: skip
    return line, Hours(offer.accelerator, useful.value, busy.value, held.value, held.value)
