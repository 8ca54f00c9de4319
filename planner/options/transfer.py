"""Storage, egress and ingress of a rented option, at the provider's tiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked
from planner.errors import NotPriced
from planner.figure import Figure, Source, derive, given, product
from planner.ledger import CostLine, cost_line
from planner.options.market import Market, is_certain_zero
from planner.scenario.options import RentedOption
from planner.tables import Row
from planner.units import GIB

Array = NDArray[np.float64]
_EACH_MONTH = Source("assumption", "definition", "2026", "each month of the horizon")


def lines(
    option_id: str, option: RentedOption, region: str, market: Market, asked: Asked, served: list[str]
) -> list[CostLine]:
    """Lines for data kept and data read out, in proportion to the work served.

    The option's own price wins over the provider's. Raises NotPriced when data moves and neither is at hand.
    """
    terms, out = market.scenario.transfer, []
    share = _share(market, asked, served)
    for field, item, cost_type, estimate, own in (
        ("egress_gb_per_month", "egress", "network", terms.egress_gb_per_month, "egress_price_per_gb"),
        ("storage_gb", "object_storage", "storage", terms.storage_gb, "storage_price_per_gb_month"),
    ):
        volume = market.input(f"transfer.{field}", estimate, "GB/month", ("transfer", field))
        if is_certain_zero(volume):
            continue
        quantity = product(volume, share, name=f"{option_id}.{item}", unit="GB/month")
        if (money := getattr(option, own)) is not None:
            price = market.money(option_id, own, money, "/GB")
            monthly = given("months", np.ones((1, market.months)), "", _EACH_MONTH)
            each = product(quantity, monthly, name=f"{option_id}.{item}", unit="GB/month")
            out.append(
                _line(option_id, item, cost_type, each, price, "GB", market, option.provider, region, None, None)
            )
            continue
        tiers = _tiers(market, option.provider, region, item)
        if not tiers:
            raise NotPriced("reason.no_transfer_price", item=item, provider=option.provider, region=region, own=own)
        for i, row in enumerate(tiers):
            out.append(_tier_line(option_id, item, cost_type, i, row, quantity, market, option.provider, region))
    return out


def _share(market: Market, asked: Asked, served: list[str]) -> Figure:
    """Share of the scenario's work that is served here: mean over workloads of asked / work over the horizon."""
    inputs = [figure for name in served for figure in (asked[name], market.works[name].amount)]
    n = len(market.works)

    def mean_share(*values: Array) -> Array:
        pairs = zip(values[::2], values[1::2], strict=True)
        sums = [(a.sum(1, keepdims=True), w.sum(1, keepdims=True)) for a, w in pairs]
        return np.asarray(sum(a / np.where(w > 0, w, 1.0) for a, w in sums) / n)

    formula = "mean over workloads of Σ asked / Σ work"
    return derive(mean_share, *inputs, name="share of the work served", unit="fraction", formula=formula)


def _tiers(market: Market, provider: str, region: str, item: str) -> list[Row]:
    rows = market.reference.folder.table("prices/transfer_and_storage.csv")
    same = [r for r in rows if r["provider"] == provider and r["item"] == item and "suspect" not in r["flag"]]
    here = [r for r in same if r["region"] == region] or [r for r in same if r["region"] in ("", "global", "all")]
    here = [r for r in here if r["is_default"] == "yes"]
    return sorted(here, key=lambda r: r.number("tier_from_gb") or 0.0)


def _tier_line(
    option_id: str,
    item: str,
    cost_type: str,
    i: int,
    row: Row,
    volume: Figure,
    market: Market,
    provider: str,
    region: str,
) -> CostLine:
    low = row.number("tier_from_gb") or 0.0 if item == "egress" else 0.0
    high = (row.number("tier_to_gb") or np.inf) if item == "egress" else np.inf
    name = f"{item}.{i + 1}" if item == "egress" else item
    unit = "GiB" if "GiB" in row["unit"] else "GB"
    scale = 1e9 / GIB if unit == "GiB" else 1.0
    months = np.ones((1, market.months))
    quantity = derive(
        lambda v: (np.clip(v * scale, low, high) - low) * months,
        volume,
        name=f"{option_id}.{name}.quantity",
        unit=f"{unit}/month",
        formula=f"volume in {unit} between {low:g} and {high:g}",
    )
    price = row.number("price_per_unit") or 0.0
    leaf = given(f"{option_id}.{name}.list_unit_price", price, f"{row['currency']}/{unit}", row.source("price_row"))
    converted = market.converted(leaf, row["currency"], f"{market.currency}/{unit}")
    return _line(
        option_id, name, cost_type, quantity, converted, unit, market, provider, region, row["tier"], row["observed_on"]
    )


def _line(
    option_id: str,
    name: str,
    cost_type: str,
    quantity: Figure,
    price: Figure,
    unit: str,
    market: Market,
    provider: str,
    region: str,
    sku: str | None,
    observed_on: str | None,
) -> CostLine:
    return cost_line(
        name,
        placed_on=option_id,
        cost_type=cost_type,
        charge_category="usage",
        pricing_category="standard",
        quantity=quantity,
        unit_price=price,
        pricing_unit=unit,
        currency=market.currency,
        provider=provider,
        region_id=region,
        sku_id=sku,
        price_observed_on=observed_on,
    )
