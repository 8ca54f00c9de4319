"""Renting by whole instances: busy, held and paid hours, the usage line, storage, egress, energy (MODEL §0, §2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked, Hours, Priced, Rate, added
from planner.errors import Infeasible, Message
from planner.figure import Figure, Source, derive, given
from planner.ledger import CostLine, cost_line
from planner.scenario.options import RentedOption, SuppliedOption
from planner.supply import energy, overheads, service, transfer
from planner.supply.market import Market, is_certain_zero, left_over
from planner.supply.placing import Placement, Shelf, Shop, place, shop_of
from planner.supply.rules import split_by_rule
from planner.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
GoodputOf = Callable[[str, Placement], tuple[Figure, list[Message]]]


def rent(
    option_id: str,
    option: RentedOption,
    market: Market,
    asked: Asked,
    shelf: Shelf | Callable[[], Shop],
    goodput_of: GoodputOf,
) -> Priced:
    """Lines of an option rented by whole instances, from a shelf of the price book and with its own goodput.

    goodput_of: useful over busy hours of a workload on its placement, with what there is to know about it.
    Raises NotPriced or Infeasible with the reason.
    """
    served, left, warnings = split_by_rule(market, option_id, option, list(asked))
    unmet = {name: asked[name] for name in left}
    if not served:
        return Priced((), unmet, warnings=tuple(warnings))
    shop = shop_of(option_id, option, market, shelf) if isinstance(shelf, Shelf) else shelf()
    lead, here, late = after_lead(option_id, option, market, {name: asked[name] for name in served})
    unmet |= late
    lines: list[CostLine] = []
    hours: dict[str, Hours] = {}
    running: dict[str, float] = {}
    placed: dict[str, Placement] = {}
    refused: dict[str, Infeasible] = {}
    for name in served:
        workload = market.works[name].workload
        try:
            placement, notes = place(option, market, workload, shop, f"{option_id}.{name}.list_unit_price")
        except Infeasible as error:  # this workload goes to the ``else``; the others stay
            refused[name] = error
            continue
        goodput, more = goodput_of(name, placement)
        warnings += [*notes, *more]
        line, hours[name] = usage_line(option_id, market, name, here[name], placement, goodput, shop.category)
        lines.append(line)
        running[name], placed[name] = placement.job_accelerators, placement
    if refused and not lines:
        raise next(iter(refused.values()))
    warnings += [error.message() for error in refused.values()]
    unmet |= {name: asked[name] for name in refused}
    kept = [name for name in served if name not in refused]
    lines += transfer.lines(option_id, option, (shop.data_provider, lines[0].region_id or ""), market, here, kept)
    lines += overheads.lines(option_id, option, market, lines)
    used = [energy.of_rented(market, hours[name], placed[name].offer) for name in kept]
    return Priced(
        tuple(lines), unmet, hours, tuple(kept), tuple(warnings), lead, running,
        energy_kwh=added(*(kwh for kwh, _ in used)), emissions_kg=added(*(kg for _, kg in used)),
    )  # fmt: skip


def after_lead(
    option_id: str, option: SuppliedOption, market: Market, asked: Asked
) -> tuple[Figure | None, dict[str, Figure], dict[str, Figure]]:
    """The wait for an option, what it is asked for after it, and what falls into it (left to others)."""
    lead = market.input(
        f"{option_id}.lead_time_days", option.lead_time_days, "day", ("options", option_id, "lead_time_days")
    )
    if is_certain_zero(lead):
        return None, dict(asked), {}
    here, late = {}, {}
    for name, work in asked.items():
        here[name] = derive(
            lambda w, days: w * market.months_mask(days / DAYS_PER_MONTH), work, lead,
            name=f"{option_id}.{name}.after_lead_time", unit=work.unit, formula="work × months after the lead time",
        )  # fmt: skip
        late[name] = left_over(work, here[name], option_id, name)
    return lead, here, late


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


def held_hours(market: Market, name: str, option_id: str, asked: Figure, busy: Figure, placement: Placement) -> Figure:
    """Hours of whole instances plus idle for jobs; whole instances that stay on for a service."""
    work = market.works[name]
    if work.workload.kind == "serving":
        replica, instance = placement.rate.accelerators_min, placement.offer.sold_by
        return service.held_for(market, name, option_id, asked, busy, replica, instance)
    why = f"{placement.instances_per_job} × {placement.offer.instance_type} for a job of {placement.job_accelerators}"
    whole = given(
        f"{option_id}.{name}.whole_instances",
        placement.held_over_busy,
        "ratio",
        Source("assumption", why, market.as_of.isoformat(), why),
    )
    return held_with_idle(market, name, option_id, busy, whole)


def held_with_idle(market: Market, name: str, option_id: str, busy: Figure, *whole: Figure) -> Figure:
    """Busy hours, those that stand idle or forgotten beside them, and the rest of whole instances."""
    work = market.works[name]
    idle = market.input(
        f"{name}.idle_fraction", work.workload.idle_fraction, "fraction", ("workloads", work.index, "idle_fraction")
    )
    return derive(
        lambda b, i, *w: (b * w[0] if w else b) / (1 - i), busy, idle, *whole, name=f"{option_id}.{name}.held_hours",
        unit="accelerator-hour/month", formula=f"busy{' × whole instances' if whole else ''} / (1 − idle)",
    )  # fmt: skip


def usage_line(
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
    held = held_hours(market, name, option_id, asked, busy, placement)
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
