"""Academic allocation: hours that arrive, may be asked for by few, and do not carry production (MODEL §2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.awards import STATUSES_READ_ON, Assessment, assess
from planner.awards.hours import Amount, award_hours
from planner.demand import Asked, Hours, Priced, Rate
from planner.errors import Infeasible, Message, NotPriced
from planner.figure import Figure, Source, derive, given, product
from planner.ledger import CostLine, cost_line
from planner.scenario.options import AcademicOption
from planner.supply import fixed
from planner.supply.market import Market, left_over
from planner.supply.renting import held_with_idle, hours_of, own_goodput
from planner.supply.rules import split_by_rule, within_borders
from planner.tables import Row
from planner.units import DAYS_PER_MONTH, MONTHS_PER_YEAR

HOURS_PER_DAY = 24.0

Array = NDArray[np.float64]


def price(option_id: str, option: AcademicOption, market: Market, asked: Asked) -> Priced:
    """Lines of an allocation for what is asked; what its hours cannot take stays unmet.

    Raises Infeasible (not eligible, closed) or NotPriced (price by quotation) with what would let it in.
    """
    programme = market.reference.programme(option.programme)
    found, warnings = _check_eligible(option, programme, market)
    accelerator = _accelerator(option, programme, market)
    served, _, why = split_by_rule(market, option_id, option, list(asked))
    country = {"UK": "GB"}.get(programme["country"], programme["country"].split("-")[0])
    served, abroad = within_borders(market, served, country, programme["operator"])
    served, too_big = fixed.that_fit(option_id, accelerator, None, market, served)
    warnings += [*why, *abroad, *too_big]
    lead, notes = _lead_time(option_id, option, programme, found, market)
    warnings += notes
    granted = _granted(option_id, option, programme, found, accelerator, market)
    hours_cap = _hours_by_month(option_id, option, market, lead, granted)
    unit_price = _unit_price(option_id, option, programme, market)
    busy: dict[str, tuple[Figure, Figure, Figure]] = {}
    for name in served:
        rate = market.rate(name, accelerator)
        warnings += rate.warnings
        busy[name] = _hours(market, name, option_id, asked[name], rate)
    lines: list[CostLine] = []
    hours: dict[str, Hours] = {}
    unmet = {name: asked[name] for name in asked if name not in served}
    queue = _queue(option_id, option, market)
    hours_cap = _within_patience(option_id, option, hours_cap, queue)
    share = derive(
        _share, hours_cap, *(held for _, _, held in busy.values()), name=f"{option_id}.share", unit="fraction",
        formula="min(1, hours that arrive / hours held)",
    ) if busy else None  # fmt: skip
    for name, (useful, worked, held) in busy.items():
        assert share is not None
        quantity = product(held, share, name=f"{option_id}.{name}.granted_hours", unit="accelerator-hour/month")
        lines.append(
            cost_line(
                f"compute.{name}", placed_on=option_id, cost_type="compute", charge_category="usage",
                pricing_category="other", quantity=quantity, unit_price=unit_price, pricing_unit="accelerator-hour",
                currency=market.currency, workload=name, provider=programme["operator"],
                region_id=programme["country"], sku_id=option.programme, accelerator=accelerator,
                price_observed_on=programme["observed_on"],
            )
        )  # fmt: skip
        done = quantity.value
        hours[name] = Hours(accelerator, useful.value * share.value, worked.value * share.value, done, done)
        done_work = product(asked[name], share, name=f"{option_id}.{name}.served", unit=asked[name].unit)
        unmet[name] = left_over(asked[name], done_work, option_id, name)
    if programme["constraints"]:
        warnings.append(Message("warning.programme", {"programme": option.programme, "text": programme["constraints"]}))
    running = {name: float(fixed.job_size(market, name, accelerator)) for name in served}
    return Priced(tuple(lines), unmet, hours, tuple(served), tuple(warnings), lead, running, queue_hours=queue)


def _hours(market: Market, name: str, option_id: str, asked: Figure, rate: Rate) -> tuple[Figure, Figure, Figure]:
    """Useful, busy and held hours: what stands idle or forgotten counts against the allocation."""
    useful, busy = hours_of(market, name, option_id, asked, rate, own_goodput(market, name))
    return useful, busy, held_with_idle(market, name, option_id, busy)


def _share(cap: Array, *busy: Array) -> Array:
    needed = sum(busy, start=np.zeros((1, 1)))
    shape = np.broadcast_shapes(cap.shape, needed.shape)
    return np.minimum(1.0, np.divide(cap, needed, out=np.ones(shape), where=needed > 0))


def _check_eligible(option: AcademicOption, programme: Row, market: Market) -> tuple[Assessment, list[Message]]:
    """What the programme says to this organisation on the day it may ask. Raises Infeasible with what would help."""
    day = max(market.as_of, STATUSES_READ_ON)
    found = assess(programme, market.scenario.organisation, market.reference, day)
    why = found.reasons[0] if found.reasons else Message("reason.serves_nothing")
    facts: dict[str, object] = {
        "programme": option.programme, "who": programme["who_may_apply"], "status": programme["status_2026_11"],
        "why": why,
    }  # fmt: skip
    if found.verdict == "with_partner":
        raise Infeasible.of(Message("reason.partner_wanted", facts))
    if found.verdict == "not_yours":
        raise Infeasible.of(Message("reason.programme_refused", facts))
    if found.verdict == "closed" and option.lead_time_days is None:
        if found.is_over:
            raise Infeasible.of(Message("reason.programme_closed", facts))
        start = found.start.earliest
        return found, [Message("note.programme_next_call", {**facts, "start": start.isoformat() if start else "?"})]
    if found.verdict in ("closed", "verify"):
        return found, [Message("warning.programme_doubt", facts)]
    return found, []


def _accelerator(option: AcademicOption, programme: Row, market: Market) -> str:
    """The stated accelerator, the cluster's, or the one that the operator has most of."""
    if option.accelerator is not None:
        return market.reference.accelerator(option.accelerator)[0].id
    clusters = market.reference.folder.table("reference/academic_clusters.csv")
    if option.cluster is not None:
        rows = [row for row in clusters if row["cluster"].lower() == option.cluster.lower()]
    else:
        alliance = option.programme.startswith("ca_alliance")
        rows = [row for row in clusters if alliance and "(Alliance)" in row["operator"]]
    totals: dict[str, float] = {}
    for row in rows:
        if row["accelerator"]:
            totals[row["accelerator"]] = totals.get(row["accelerator"], 0.0) + (row.number("gpu_total") or 0.0)
    if not totals:
        raise NotPriced("reason.academic_accelerator_wanted", programme=option.programme)
    return max(totals, key=lambda name: totals[name])


def _lead_time(
    option_id: str, option: AcademicOption, programme: Row, found: Assessment, market: Market
) -> tuple[Figure, list[Message]]:
    """Days from the start of the horizon to the first hour: the user's, else until the day the award begins."""
    if option.lead_time_days is not None:
        path = ("options", option_id, "lead_time_days")
        return market.input(f"{option_id}.lead_time_days", option.lead_time_days, "day", path), []
    first = found.start.earliest
    if first is None:
        none = market.assumed("award_lead_time_days", market.reference.assumption("award_lead_time_days"))
        return none, [Message("warning.award_wait_unknown", {"programme": option.programme})]
    begins = dt.date.fromisoformat(f"{market.scenario.horizon.start}-01")
    days = max((first - begins).days, 0)
    if days / DAYS_PER_MONTH >= market.last_month:
        raise Infeasible(
            "reason.award_beyond", programme=option.programme, start=first.isoformat(), months=market.months
        )
    source = programme.source()
    told = replace(source, origin=f"first hour on {first.isoformat()}, asked in time; {source.origin}")
    return given(f"{option_id}.lead_time_days", float(days), "day", told), []


def _granted(
    option_id: str, option: AcademicOption, programme: Row, found: Assessment, accelerator: str, market: Market
) -> Figure:
    """Hours a month: as stated, or the award of a year in the programme's unit turned into hours of the card."""
    if option.accelerator_hours_per_month is not None:
        path = ("options", option_id, "accelerator_hours_per_month")
        name = f"{option_id}.accelerator_hours_per_month"
        return market.input(name, option.accelerator_hours_per_month, "accelerator-hour/month", path)
    unit = programme["allocation_unit"]
    machines = [option.cluster] if option.cluster else list(found.rule.machines)
    worth = award_hours(market.reference, Amount(unit, None, None, None), machines, accelerator)
    if worth is None or worth.accelerator != accelerator:
        raise NotPriced("reason.award_unit", programme=option.programme, unit=unit, card=accelerator)
    award = market.input(
        f"{option_id}.award_per_year", option.award_per_year, f"{unit}/year", ("options", option_id, "award_per_year")
    )
    each = given(f"{unit} of {accelerator}", worth.per_unit, f"accelerator-hour/{unit}", programme.source())
    return derive(
        lambda a, h: a * h / MONTHS_PER_YEAR, award, each, name=f"{option_id}.accelerator_hours_per_month",
        unit="accelerator-hour/month", formula=f"{unit} a year × hours of {accelerator} each / 12",
    )  # fmt: skip


def _hours_by_month(option_id: str, option: AcademicOption, market: Market, lead: Figure, hours: Figure) -> Figure:
    chance = market.input(
        f"{option_id}.award_probability",
        option.award_probability,
        "fraction",
        ("options", option_id, "award_probability"),
    )
    luck = market.draws.luck(f"{option_id}.award")
    why = "a draw has the award when its number is under the probability; the plan weighs hours by it"
    source = Source("assumption", "definition", market.as_of.isoformat(), why)
    decided = [] if luck is None else [given(f"{option_id}.award", luck, "number from 0 to 1", source)]

    def arrives(h: Array, p: Array, days: Array, *number: Array) -> Array:
        award = np.where(np.isnan(number[0]), p, number[0] < p) if number else p
        return np.asarray(h * award * market.months_mask(days / DAYS_PER_MONTH))

    return derive(
        arrives, hours, chance, lead, *decided, name=f"{option_id}.hours_that_arrive", unit="accelerator-hour/month",
        formula="hours × award (0 or 1 in a draw, its probability in the plan) × months after the lead time",
    )  # fmt: skip


def _queue(option_id: str, option: AcademicOption, market: Market) -> Figure:
    """Mean wait of a job in the queue [h]: the user's, else the range between company and university clusters."""
    if option.queue_hours is not None:
        return market.input(f"{option_id}.queue_hours", option.queue_hours, "h", ("options", option_id, "queue_hours"))
    return market.assumed("queue_hours", market.reference.assumption("queue_hours"))


def _within_patience(option_id: str, option: AcademicOption, hours: Figure, queue: Figure) -> Figure:
    """Hours that arrive for jobs that do not wait too long; waits are exponential around their mean."""
    if option.fallback_after_days is None:
        return hours
    patience = option.fallback_after_days * HOURS_PER_DAY
    return derive(
        lambda h, w: h * -np.expm1(-patience / np.maximum(w, 1e-9)), hours, queue, name=f"{option_id}.hours_in_time",
        unit=hours.unit, formula=f"hours × (1 − e^(−{patience:g} h / mean wait)): longer waits go to the else option",
    )  # fmt: skip


def _unit_price(option_id: str, option: AcademicOption, programme: Row, market: Market) -> Figure:
    if option.price_per_accelerator_hour is not None:
        money = option.price_per_accelerator_hour
        return market.money(option_id, "price_per_accelerator_hour", money, "/accelerator-hour")
    listed = programme.number("price_per_unit")
    if listed is None or listed > 0:
        raise NotPriced("reason.price_by_quotation", programme=option.programme, basis=programme["price_basis"])
    leaf = given(f"{option_id}.list_unit_price", 0.0, f"{programme['currency']}/accelerator-hour", programme.source())
    return market.converted(leaf, programme["currency"], f"{market.currency}/accelerator-hour")
