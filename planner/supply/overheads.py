"""What comes with any supply: set-up, own staff, the provider's support plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.errors import NotPriced
from planner.figure import Figure, derive, given, product, total
from planner.ledger import CostLine, Timing, cost_line
from planner.scenario.options import RentedOption, SuppliedOption
from planner.supply.market import Market
from planner.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

Array = NDArray[np.float64]
USED = ("compute", "tokens", "subscription")  # types of lines that say that an option is in use
SHARED = ("setup", "staff", "kubernetes")  # lines of an option that one plan pays once
Place = tuple[str | None, str | None]
"""Country and province or state."""


def line(
    id: str,
    option_id: str,
    cost_type: str,
    quantity: Figure,
    unit_price: Figure,
    unit: str,
    market: Market,
    *,
    charge: str = "usage",
    timing: Timing = "mid",
    provider: str | None = None,
    price_observed_on: str | None = None,
) -> CostLine:
    """A line that belongs to no workload."""
    return cost_line(
        id, placed_on=option_id, cost_type=cost_type, charge_category=charge, pricing_category="other",
        quantity=quantity, unit_price=unit_price, pricing_unit=unit, currency=market.currency, timing=timing,
        provider=provider, price_observed_on=price_observed_on,
        spread_months=market.months_in_use if charge == "purchase" else None,
    )  # fmt: skip


def lines(option_id: str, option: SuppliedOption, market: Market, usage: Sequence[CostLine] = ()) -> list[CostLine]:
    """Lines for set-up, staff, cluster and support that the option states; none has a default when rented."""
    months = months_of_use(market, usage)
    if not months.any():
        return []
    out = []
    if isinstance(option, RentedOption) and option.kubernetes:
        out.append(_cluster(option_id, option, market, months))
    if option.setup_cost is not None:
        out.append(setup(option_id, option, market, int(np.argmax(months)) + 1))
    if option.staff_fte is not None:
        fte = market.input(f"{option_id}.staff_fte", option.staff_fte, "FTE", ("options", option_id, "staff_fte"))
        staffed = market.unit_figure(f"{option_id}.months_staffed", months, "month", "months with the installation")
        out.append(staff(option_id, option, market, fte, staffed))
    if isinstance(option, RentedOption) and option.support_fraction is not None and usage:
        out.append(_support(option_id, option, market, [*usage, *(one for one in out if one.id == "kubernetes")]))
    return out


def months_of_use(market: Market, usage: Sequence[CostLine]) -> Array:
    """1 from the first month in which anything is used to the last, in any draw, shape (1, months)."""
    used = np.zeros(market.months, dtype=bool)
    for one in usage:
        if one.cost_type in USED:
            used |= (np.broadcast_to(one.quantity.value, (one.quantity.value.shape[0], market.months)) > 0).any(axis=0)
    out = np.zeros((1, market.months))
    if used.any():
        out[0, np.flatnonzero(used)[0] : np.flatnonzero(used)[-1] + 1] = 1.0
    return out


def once(lines: Sequence[CostLine]) -> list[CostLine]:
    """Lines of a plan in which what an option has anyway is counted once, though the plan comes back to it.

    Set-up is paid at the first use; staff and clusters are there in each month that any part of the plan needs them.
    """
    first: dict[tuple[str, str], int] = {}
    out: list[CostLine] = []
    for one in lines:
        key = (one.placed_on, one.id)
        if one.id not in SHARED or key not in first:
            first.setdefault(key, len(out))
            out.append(one)
            continue
        kept = out[first[key]]
        both = derive(
            _first_only if one.id == "setup" else np.maximum, kept.quantity, one.quantity,
            name=kept.quantity.name, unit=kept.quantity.unit, formula="once for all parts of the plan",
        )  # fmt: skip
        billed = derive(
            np.multiply, both, kept.unit_price, name=kept.billed_cost.name, unit=kept.billed_cost.unit,
            formula="quantity × unit price",
        )  # fmt: skip
        out[first[key]] = replace(kept, quantity=both, billed_cost=billed)
    return out


def _first_only(a: Array, b: Array) -> Array:
    """The earlier of two payments."""
    either = np.maximum(a, b)
    return np.asarray(either * (np.cumsum(either, axis=1) <= either.max(axis=1, keepdims=True)))


def _cluster(option_id: str, option: RentedOption, market: Market, months: Array) -> CostLine:
    """One control plane in all months of use. Raises NotPriced where its fee is not at hand."""
    provider, seen = market.reference.data_provider(option.provider), None
    always = months * HOURS_PER_MONTH
    hours = market.unit_figure(f"{option_id}.cluster_hours", always, "h/month", "one cluster, in months of use")
    if option.cluster_price_per_hour is not None:
        price = market.money(option_id, "cluster_price_per_hour", option.cluster_price_per_hour, "/h")
    else:
        rows = market.reference.folder.table("prices/kubernetes.csv")
        row = next((r for r in rows if r["provider"] == provider and "suspect" not in r["flag"]), None)
        if row is None:
            raise NotPriced("reason.no_cluster_fee", provider=option.provider)
        name, seen = f"{option_id}.cluster_fee", row["observed_on"]
        fee = given(name, row.number("price_per_hour") or 0.0, f"{row['currency']}/h", row.source("price_row"))
        price = market.converted(fee, row["currency"], f"{market.currency}/h")
    return line(
        "kubernetes", option_id, "compute", hours, price, "cluster-hour", market, provider=provider,
        price_observed_on=seen,
    )  # fmt: skip


def setup(option_id: str, option: SuppliedOption, market: Market, month: int) -> CostLine:
    """Paid once, at the start of the first month of use."""
    assert option.setup_cost is not None
    cost = market.money(option_id, "setup_cost", option.setup_cost, "", running=False)
    once = market.unit_figure(f"{option_id}.once", market.month(month), "", "paid once")
    return line("setup", option_id, "setup", once, cost, "installation", market, charge="purchase", timing="start")


def staff(
    option_id: str, option: SuppliedOption, market: Market, fte: Figure, months: Figure, place: Place | None = None
) -> CostLine:
    """Positions × months × a twelfth of the yearly cost, the option's own or that of the place."""
    if option.staff_cost_per_year is not None:
        yearly = market.money(option_id, "staff_cost_per_year", option.staff_cost_per_year, "/FTE-year")
    else:
        yearly = local_price(market, "staff_cost_per_year", "FTE-year", place)
    wage = derive(
        lambda c: c / MONTHS_PER_YEAR, yearly, name=f"{option_id}.staff_month", unit=f"{market.currency}/FTE-month",
        formula="cost per year / 12",
    )  # fmt: skip
    quantity = product(fte, months, name=f"{option_id}.staff", unit="FTE-month")
    return line("staff", option_id, "staff", quantity, wage, "FTE-month", market)


def _support(option_id: str, option: RentedOption, market: Market, usage: Sequence[CostLine]) -> CostLine:
    path = ("options", option_id, "support_fraction")
    share = market.input(f"{option_id}.support_fraction", option.support_fraction, "fraction", path)
    charges = total(*(one.billed_cost for one in usage), name=f"{option_id}.usage_charges", unit=market.currency)
    return line(
        "support", option_id, "support", charges, share, f"{market.currency} of usage", market, provider=option.provider
    )


def local_price(market: Market, name: str, per: str, place: Place | None = None) -> Figure:
    """A default that depends on the place (electricity, wages), in the reporting currency; the organisation's place."""
    org = market.scenario.organisation
    place = place or (org.country, org.region)
    found = market.reference.local_assumption(name, *place)
    currency = found.unit.split("/")[0]
    label = f"{name}.{place[0]}"
    leaf = given(label, market.draws.column(label, found.estimate), f"{currency}/{per}", found.source)
    return market.converted(leaf, currency, f"{market.currency}/{per}")
