"""The bill of bought hardware: purchase, power, maintenance, staff, resale; energy, emissions, break-even facts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.figure import Figure, derive, product
from planner.ledger import CostLine, Timing, cost_line
from planner.options.owned_terms import Terms
from planner.scenario.options import OwnedOption
from planner.supply import overheads
from planner.supply.market import Market
from planner.units import DAYS_PER_MONTH, MONTHS_PER_YEAR

Array = NDArray[np.float64]
MARGINAL = ("hardware", "maintenance", "rent", "resale")  # lines that grow with each system
LUMPS = ("staff", "setup", "network", "space", "remote_hands", "cross_connect")  # lines that are paid whatever the size


def line(
    id: str, option_id: str, terms: Terms, market: Market, cost_type: str, quantity: Figure, unit_price: Figure,
    unit: str, *, charge: str = "usage", timing: Timing = "mid",
) -> CostLine:  # fmt: skip
    """A line of an owned system; purchase and resale belong to all months of use."""
    return cost_line(
        id, placed_on=option_id, cost_type=cost_type, charge_category=charge, pricing_category="other",
        quantity=quantity, unit_price=unit_price, pricing_unit=unit, currency=market.currency, timing=timing,
        provider="own", region_id=terms.country, sku_id=terms.row["id"], accelerator=terms.accelerator,
        price_observed_on=terms.observed_on, spread_months=None if charge == "usage" else market.months_in_use,
    )  # fmt: skip


def energy(option_id: str, terms: Terms, clock: Figure, used: Figure) -> Figure:
    """Energy by month [kWh/month]: load power for busy hours, idle power for the rest, times PUE."""
    return derive(
        lambda owned, b, kw, idle, pue: (
            owned * (idle * kw * pue / terms.per_system) + b * ((1 - idle) * kw * pue / terms.per_system)
        ), clock, used,
        terms.load_kw, terms.idle_fraction, terms.pue, name=f"{option_id}.energy", unit="kWh/month",
        formula="(owned hours × idle + busy hours × (1 − idle)) / accelerators per system × load kW × PUE",
    )  # fmt: skip


def held(figure: Figure, terms: Terms, market: Market, name: str, unit: str) -> Figure:
    """A quantity in the months after the lead time."""
    return derive(
        lambda v, days: v * market.months_mask(days / DAYS_PER_MONTH), figure, terms.lead, name=name, unit=unit,
        formula=f"{figure.name} × months after the lead time",
    )  # fmt: skip


def lines(
    option_id: str, option: OwnedOption, terms: Terms, market: Market, systems: Figure, power: Figure
) -> list[CostLine]:
    """Lines that every owned installation has, and those that the option states."""

    def when(mask: Array, name: str, text: str) -> Figure:
        return derive(lambda v: v * mask, systems, name=f"{option_id}.{name}", unit="system", formula=text)

    bought = when(market.month(market.first_month), "systems_bought", f"systems in month {market.first_month}")
    sold = when(market.month(market.last_month), "systems_sold", f"systems in month {market.last_month}")
    if market.running is not None:
        sold = product(sold, market.running, name=f"{option_id}.systems_sold", unit="system")
    resale = derive(
        lambda p, kept: -p * kept, terms.price, terms.retention, name=f"{option_id}.resale", unit=terms.price.unit,
        formula="−price × residual fraction",
    )  # fmt: skip
    upkeep = derive(
        lambda p, share: p * share / MONTHS_PER_YEAR, terms.price, terms.maintenance, name=f"{option_id}.maintenance",
        unit=f"{market.currency}/system-month", formula="price × maintenance per year / 12",
    )  # fmt: skip
    kept = held(systems, terms, market, f"{option_id}.systems_kept", "system-month")
    months = derive(
        lambda days: market.months_mask(days / DAYS_PER_MONTH), terms.lead, name=f"{option_id}.months_staffed",
        unit="month", formula="1 in the months after the lead time",
    )  # fmt: skip

    def own(id: str, kind: str, quantity: Figure, price: Figure, unit: str, charge: str, timing: Timing) -> CostLine:
        return line(id, option_id, terms, market, kind, quantity, price, unit, charge=charge, timing=timing)

    out = [
        own("hardware", "hardware", bought, terms.price, "system", "purchase", "start"),
        own("maintenance", "maintenance", kept, upkeep, "system-month", "usage", "mid"),
        overheads.staff(option_id, option, market, terms.staff_fte, months, (terms.country, terms.region)),
        own("resale", "residual", sold, resale, "system", "adjustment", "end"),
    ]
    if market.running is not None:
        stopped, early = _sold_early(option_id, option, terms, market, systems)
        out.append(own("resale_if_stopped", "residual", stopped, early, "system", "adjustment", "end"))
    if terms.electricity is not None:
        out.insert(1, own("power", "power", power, terms.electricity, "kWh", "usage", "mid"))
    if option.network_cost is not None:
        cost = market.money(option_id, "network_cost", option.network_cost, "", running=False)
        once = market.unit_figure(f"{option_id}.network_once", market.month(market.first_month), "", "bought once")
        out.append(own("network", "hardware", once, cost, "installation", "purchase", "start"))
    if option.setup_cost is not None:
        out.append(overheads.setup(option_id, option, market, market.first_month))
    if option.space_cost_per_month is not None:
        cost = market.money(option_id, "space_cost_per_month", option.space_cost_per_month, "/month")
        monthly = market.unit_figure(
            f"{option_id}.each_month", market.months_mask(np.zeros((1, 1))), "month", "paid each month"
        )
        out.append(own("space", "space", monthly, cost, "month", "usage", "mid"))
    return out


def _sold_early(
    option_id: str, option: OwnedOption, terms: Terms, market: Market, systems: Figure
) -> tuple[Figure, Figure]:
    """Systems sold in the month in which a project stops at its gate, and their price.

    Without a stated fraction the price falls by the same share each month from the purchase to the residual.
    """
    assert market.running is not None
    first, last, n = market.first_month, market.last_month, market.months_in_use
    t = np.arange(1, market.months + 1)[None, :]
    within = ((t >= first) & (t < last)).astype(float)
    stopped = derive(
        lambda v, r: v * within * np.maximum(r - np.append(r[:, 1:], r[:, -1:], axis=1), 0.0), systems, market.running,
        name=f"{option_id}.systems_sold_early", unit="system", formula="systems in the last month before a stop",
    )  # fmt: skip
    unit = terms.price.unit
    if option.resale_if_stopped_fraction is not None:
        path = ("options", option_id, "resale_if_stopped_fraction")
        name = f"{option_id}.resale_if_stopped_fraction"
        share = market.input(name, option.resale_if_stopped_fraction, "fraction", path)
        return stopped, derive(
            lambda p, kept: -p * kept, terms.price, share, name=f"{option_id}.resale_if_stopped", unit=unit,
            formula="−price × fraction if stopped",
        )  # fmt: skip
    age = np.clip((t - first + 1) / n, 0.0, 1.0)
    return stopped, derive(
        lambda p, kept: -p * kept**age, terms.price, terms.retention, name=f"{option_id}.resale_if_stopped", unit=unit,
        formula="−price × residual fraction ^ (months of use / months planned)",
    )  # fmt: skip


def emissions(market: Market, terms: Terms, power: Figure) -> Array | None:
    """Life-cycle emissions of the site's grid [kg CO2e/month]; None when the grid is not at hand."""
    row = market.reference.grid_carbon(terms.country, terms.region)
    return None if row is None else np.asarray(power.value * (row.number("value") or 0.0) / 1000.0)


def facts(option_id: str, terms: Terms, market: Market, lines: list[CostLine], clock: Figure) -> dict[str, Figure]:
    """What a break-even needs: fixed cost per available hour, running cost per used hour, lump sums."""
    rate, months = market.discount_rate, market.months
    mid = finance.discount_factors(rate, months, "mid")
    marginal = [line for line in lines if line.id in MARGINAL]
    lumps = [line for line in lines if line.id in LUMPS]

    def present(*costs: Array, timings: tuple[str, ...]) -> Array:
        parts = [
            (c * finance.discount_factors(rate, months, t)).sum(axis=1, keepdims=True)
            for c, t in zip(costs, timings, strict=True)
        ]
        return np.asarray(sum(parts, start=np.zeros((1, 1))))

    electricity = terms.electricity or market.zero(f"{option_id}.electricity", f"{market.currency}/kWh")
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
        electricity,
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
        electricity,
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
