"""Bought hardware at the own site: purchase, power, staff, maintenance, resale (MODEL §2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.demand import Asked, Hours, Priced
from planner.errors import Infeasible, Message, NotPriced
from planner.figure import Figure, Source, derive, given, product
from planner.ledger import CostLine, Timing, cost_line
from planner.options import capacity
from planner.options.cloud import hours_of, own_goodput
from planner.options.market import Market, is_certain_zero, left_over
from planner.options.owned_terms import Terms, read_terms
from planner.options.rules import check_country, split_by_rule
from planner.scenario.options import OnpremOption
from planner.scenario.work import Segment
from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH, MONTHS_PER_YEAR

Array = NDArray[np.float64]
_PLAN = Source("assumption", "plan at central values", "2026", "sized before draws are known")


def price(option_id: str, option: OnpremOption, market: Market, asked: Asked) -> Priced:
    """Lines of an own installation for what is asked; what its capacity cannot take stays unmet.

    Raises NotPriced (no reference price, your input required) or Infeasible (memory, power).
    """
    terms = read_terms(option_id, option, market)
    served, left, warnings = split_by_rule(market, option_id, option, list(asked))
    served, too_big = _that_fit(option_id, option, terms, market, served)
    warnings += too_big
    left += [name for name in asked if name not in served and name not in left]
    country = market.scenario.organisation.country
    for name in served:
        check_country(market, market.works[name].workload, country, option_id)
    count = (
        option.count if isinstance(option.count, int) else size_to_peak(option_id, option, terms, market, asked, served)
    )
    if count < 1:
        return Priced((), dict(asked), warnings=tuple(warnings))
    _check_power(option_id, terms, market, count)
    if float(np.max(terms.lead.value)) / DAYS_PER_MONTH >= market.months:
        raise Infeasible("reason.lead_beyond", option=option_id, months=market.months)
    if market.scenario.organisation.country and option.staff_fte is None and count > 2:
        warnings.append(Message("warning.staff_default", {"option": option_id, "count": count}))
    if option.lead_time_days is None or "lead_time_days" not in option.model_fields_set:
        warnings.append(Message("warning.lead_time", {"option": option_id}))
    if not is_certain_zero(
        market.input("transfer.storage_gb", market.scenario.transfer.storage_gb, "GB", ("transfer", "storage_gb"))
    ):
        warnings.append(Message("warning.own_storage", {"option": option_id}))
    return _bill(option_id, option, terms, market, asked, served, left, count, warnings)


def _that_fit(
    option_id: str, option: OnpremOption, terms: Terms, market: Market, names: list[str]
) -> tuple[list[str], list[Message]]:
    """Workloads whose job fits into the systems bought (one job may span systems)."""
    kept, why = [], []
    limit = option.count * terms.per_system if isinstance(option.count, int) else None
    for name in names:
        try:
            need = job_size(market, name, terms.accelerator)
        except (Infeasible, NotPriced) as error:
            why.append(error.message())
            continue
        if limit is not None and need > limit:
            why.append(Message("reason.job_too_big", {"name": name, "need": need, "have": limit, "option": option_id}))
        else:
            kept.append(name)
    if names and not kept and why:
        raise Infeasible.of(why[0])
    return kept, why


def _check_power(option_id: str, terms: Terms, market: Market, count: int) -> None:
    limit = market.scenario.constraints.power_kw
    need = count * float(np.mean(terms.load_kw.value)) * float(np.mean(terms.pue.value))
    if limit is not None and need > limit:
        raise Infeasible("reason.power", option=option_id, need=round(need, 1), limit=limit)


def busy_hours(
    option_id: str, terms: Terms, market: Market, asked: Asked, served: list[str]
) -> dict[str, tuple[Figure, Figure]]:
    """Useful and busy hours of what is asked, were all of it served here."""
    out = {}
    for name in served:
        rate = market.rate(name, terms.accelerator)
        out[name] = hours_of(market, name, option_id, asked[name], rate, own_goodput(market, name))
    return out


def size_to_peak(
    option_id: str, option: OnpremOption, terms: Terms, market: Market, asked: Asked, served: list[str]
) -> int:
    """Whole systems for the plan's peak month and segment: chosen at central values, before draws are known."""
    plan = market.central
    planned: dict[str, Figure] = {}
    for name in served:
        ratio = float(np.sum(asked[name].value.mean(0)) / max(np.sum(market.works[name].amount.value.mean(0)), 1e-300))
        whole = plan.works[name].amount
        planned[name] = product(
            whole, given("share asked", min(ratio, 1.0), "fraction", _PLAN), name=whole.name, unit=whole.unit
        )
    busy = busy_hours(option_id, terms, plan, planned, served)
    if not busy:
        return 0
    shapes, deferrable = _load_terms(market, served)
    peak = capacity.peak_accelerators([b.value for _, b in busy.values()], shapes, deferrable)
    available = read_terms(option_id, option, plan).availability.mean
    largest = max(job_size(market, name, terms.accelerator) for name in served)
    return max(1, math.ceil(round(max(peak / available, float(largest)) / terms.per_system, 6)))


def job_size(market: Market, name: str, accelerator: str) -> int:
    """Accelerators that one job of a workload needs. Raises Infeasible or NotPriced as the rate does."""
    return max(market.rate(name, accelerator).accelerators_min, market.works[name].workload.job_accelerators or 1)


def _load_terms(market: Market, names: list[str]) -> tuple[list[list[Segment] | None], list[bool]]:
    loads = [market.works[name].workload for name in names]
    return [w.shape for w in loads], [w.deferrable for w in loads]


def _bill(
    option_id: str,
    option: OnpremOption,
    terms: Terms,
    market: Market,
    asked: Asked,
    served: list[str],
    left: list[str],
    count: int,
    warnings: list[Message],
) -> Priced:
    systems = given(
        f"{option_id}.count",
        float(count),
        "system",
        market.source(("options", option_id, "count"))
        if isinstance(option.count, int) and option_id in market.scenario.options
        else Source("assumption", "sized before draws are known", market.as_of.isoformat(), "whole systems"),
    )
    clock = derive(
        lambda n, days: n * terms.per_system * HOURS_PER_MONTH * market.months_mask(days / DAYS_PER_MONTH),
        systems,
        terms.lead,
        name=f"{option_id}.owned_hours",
        unit="accelerator-hour/month",
        formula=f"systems × {terms.per_system} × 730 h × months after the lead time",
    )
    busy = busy_hours(option_id, terms, market, asked, served)
    shapes, deferrable = _load_terms(market, served)
    unmet, hours = {name: asked[name] for name in left}, {}
    worked: list[Figure] = []
    for i, name in enumerate(served):
        share = derive(
            lambda owned, up, *b, i=i: capacity.served_fraction(
                i, b, owned * up / HOURS_PER_MONTH, shapes=shapes, deferrable=deferrable
            ),
            clock,
            terms.availability,
            *(b for _, b in busy.values()),
            name=f"{option_id}.{name}.share",
            unit="fraction",
            formula="load served by the capacity × availability in each segment of the month",
        )
        useful, all_busy = busy[name]
        done = product(all_busy, share, name=f"{option_id}.{name}.busy_here", unit="accelerator-hour/month")
        worked.append(done)
        hours[name] = (useful.value * share.value, done.value)
        done_work = product(asked[name], share, name=f"{option_id}.{name}.served", unit=asked[name].unit)
        unmet[name] = left_over(asked[name], done_work, option_id, name)
    used = (
        derive(
            lambda *b: sum(b, start=np.zeros((1, market.months))),
            *worked,
            name=f"{option_id}.busy_hours",
            unit="accelerator-hour/month",
            formula="sum over workloads",
        )
        if worked
        else market.zero(f"{option_id}.busy_hours", "accelerator-hour/month")
    )
    lines, energy = _lines(option_id, option, terms, market, systems, clock, used)
    return Priced(
        tuple(lines),
        unmet,
        _paid(terms, hours, clock.value),
        tuple(served),
        tuple(warnings),
        terms.lead,
        {name: float(count * terms.per_system) for name in served},
        clock.value * terms.availability.value,
        energy.value,
        _emissions(market, energy),
        _facts(option_id, terms, market, lines, clock, count),
    )


def _paid(terms: Terms, hours: dict[str, tuple[Array, Array]], clock: Array) -> dict[str, Hours]:
    """Owned hours are paid used or not; they are shared out by busy hours, of the month else of the horizon."""
    total = sum((busy for _, busy in hours.values()), start=np.zeros((1, 1)))
    over_horizon = np.asarray(total).sum(axis=1, keepdims=True)
    out = {}
    for name, (useful, busy) in hours.items():
        broad = np.broadcast_to(over_horizon, np.broadcast_shapes(over_horizon.shape, busy.shape))
        own = np.broadcast_to(busy.sum(axis=1, keepdims=True), broad.shape)
        overall = np.divide(own, broad, out=np.full(broad.shape, 1 / len(hours)), where=broad > 0)
        share = np.divide(busy, total, out=overall.copy(), where=np.broadcast_to(total, overall.shape) > 0)
        out[name] = Hours(terms.accelerator, useful, busy, busy, np.maximum(clock * share, busy))
    return out


def _lines(
    option_id: str,
    option: OnpremOption,
    terms: Terms,
    market: Market,
    systems: Figure,
    clock: Figure,
    used: Figure,
) -> tuple[list[CostLine], Figure]:
    months = market.months
    at_start = np.eye(1, months)
    at_end = np.eye(1, months, months - 1)

    def line(
        id: str,
        cost_type: str,
        charge: str,
        quantity: Figure,
        unit_price: Figure,
        unit: str,
        timing: Timing = "mid",
    ) -> CostLine:
        return cost_line(
            id,
            placed_on=option_id,
            cost_type=cost_type,
            charge_category=charge,
            pricing_category="other",
            quantity=quantity,
            unit_price=unit_price,
            pricing_unit=unit,
            currency=market.currency,
            timing=timing,
            provider="own",
            region_id=market.scenario.organisation.country,
            sku_id=terms.row["id"],
            accelerator=terms.accelerator,
            price_observed_on=terms.observed_on,
        )

    def when(mask: Array, figure: Figure, name: str, unit: str, formula: str) -> Figure:
        return derive(lambda v: v * mask, figure, name=f"{option_id}.{name}", unit=unit, formula=formula)

    def held(figure: Figure, name: str, unit: str) -> Figure:
        return derive(
            lambda v, days: v * market.months_mask(days / DAYS_PER_MONTH),
            figure,
            terms.lead,
            name=f"{option_id}.{name}",
            unit=unit,
            formula=f"{figure.name} × months after the lead time",
        )

    bought = when(at_start, systems, "systems_bought", "system", "systems in month 1")
    sold = when(at_end, systems, "systems_sold", "system", "systems in the last month")
    resale = derive(
        lambda p, kept: -p * kept,
        terms.price,
        terms.retention,
        name=f"{option_id}.resale",
        unit=terms.price.unit,
        formula="−price × residual fraction",
    )
    upkeep = derive(
        lambda p, share: p * share / MONTHS_PER_YEAR,
        terms.price,
        terms.maintenance,
        name=f"{option_id}.maintenance",
        unit=f"{market.currency}/system-month",
        formula="price × maintenance per year / 12",
    )
    wage = derive(
        lambda c: c / MONTHS_PER_YEAR,
        terms.staff_cost,
        name=f"{option_id}.staff_month",
        unit=f"{market.currency}/FTE-month",
        formula="cost per year / 12",
    )
    energy = derive(
        lambda owned, b, kw, idle, pue: (owned * idle + b * (1 - idle)) / terms.per_system * kw * pue,
        clock,
        used,
        terms.load_kw,
        terms.idle_fraction,
        terms.pue,
        name=f"{option_id}.energy",
        unit="kWh/month",
        formula="(owned hours × idle + busy hours × (1 − idle)) / accelerators per system × load kW × PUE",
    )
    kept = held(systems, "systems_kept", "system-month")
    lines = [
        line("hardware", "hardware", "purchase", bought, terms.price, "system", "start"),
        line("power", "power", "usage", energy, terms.electricity, "kWh"),
        line("maintenance", "maintenance", "usage", kept, upkeep, "system-month"),
        line("staff", "staff", "usage", held(terms.staff_fte, "staff", "FTE-month"), wage, "FTE-month"),
        line("resale", "residual", "adjustment", sold, resale, "system", "end"),
    ]  # fmt: skip
    once = given(
        f"{option_id}.once",
        at_start,
        "",
        Source("assumption", "definition", market.as_of.isoformat(), "paid once"),
    )
    monthly = given(
        f"{option_id}.each_month",
        np.ones((1, months)),
        "month",
        Source("assumption", "definition", market.as_of.isoformat(), "paid each month"),
    )
    if option.setup_cost is not None:
        cost = market.money(option_id, "setup_cost", option.setup_cost, "", running=False)
        lines.append(line("setup", "setup", "purchase", once, cost, "installation", "start"))
    if option.space_cost_per_month is not None:
        cost = market.money(option_id, "space_cost_per_month", option.space_cost_per_month, "/month")
        lines.append(line("space", "space", "usage", monthly, cost, "month"))
    return lines, energy


def _emissions(market: Market, energy: Figure) -> Array | None:
    org = market.scenario.organisation
    row = market.reference.grid_carbon(org.country, org.region)
    return None if row is None else np.asarray(energy.value * (row.number("value") or 0.0) / 1000.0)


def _facts(
    option_id: str, terms: Terms, market: Market, lines: list[CostLine], clock: Figure, count: int
) -> dict[str, Figure]:
    """What a break-even needs: fixed cost per available hour, running cost per used hour, lump sums."""
    rate, months = market.discount_rate, market.months
    mid = finance.discount_factors(rate, months, "mid")
    kinds = {"hardware": "start", "maintenance": "mid", "resale": "end"}
    marginal = [line for line in lines if line.id in kinds]
    lumps = [line for line in lines if line.id in ("staff", "setup", "space")]

    def present(*costs: Array, timings: tuple[str, ...]) -> Array:
        parts = [
            (c * finance.discount_factors(rate, months, t)).sum(axis=1, keepdims=True)
            for c, t in zip(costs, timings, strict=True)
        ]
        return np.asarray(sum(parts, start=np.zeros((1, 1))))

    timings = tuple(line.timing for line in marginal)
    lump_timings = tuple(line.timing for line in lumps)
    fixed = derive(
        lambda owned, up, kw, idle, pue, price, *costs: (
            (
                present(*costs, timings=timings)
                + (owned * idle / terms.per_system * kw * pue * price * mid).sum(1, keepdims=True)
            )
            / (owned * up * mid).sum(1, keepdims=True)
        ),
        clock,
        terms.availability,
        terms.load_kw,
        terms.idle_fraction,
        terms.pue,
        terms.electricity,
        *(line.billed_cost for line in marginal),
        name=f"{option_id}.fixed_cost_per_available_hour",
        unit=f"{market.currency}/accelerator-hour",
        formula="(PV purchase + PV maintenance + PV idle power − PV resale) / PV available accelerator-hours",
    )
    running = derive(
        lambda kw, idle, pue, price: (1 - idle) * kw / terms.per_system * pue * price,
        terms.load_kw,
        terms.idle_fraction,
        terms.pue,
        terms.electricity,
        name=f"{option_id}.running_cost_per_used_hour",
        unit=f"{market.currency}/accelerator-hour",
        formula="(1 − idle) × load kW per accelerator × PUE × electricity price",
    )
    lump = derive(
        lambda *costs: present(*costs, timings=lump_timings),
        *(line.billed_cost for line in lumps),
        name=f"{option_id}.lump_cost",
        unit=market.currency,
        formula="PV of staff, set-up and space: paid whatever the size",
    )
    return {"fixed": fixed, "running": running, "lump": lump}
