"""Data that moves and data that stays at a rented option: egress, ingress, object storage, archive, disks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked
from planner.errors import NotPriced
from planner.figure import Figure, derive, given, product, total
from planner.ledger import CostLine, cost_line
from planner.scenario.options import RentedOption
from planner.supply.market import Market, is_certain_zero
from planner.tables import Row
from planner.uncertainty import Estimate
from planner.units import GIB

Array = NDArray[np.float64]
ARCHIVE_TIERS = ("archive", "glacier flexible")  # the providers' names of the tier for data that rests


@dataclass(frozen=True)
class Item:
    """A kind of charge for data: item and tier in the price book, own price in the option, kind of cost."""

    name: str
    table_item: str
    own: str
    cost_type: str
    tiers: tuple[str, ...] = ()


EGRESS = Item("egress", "egress", "egress_price_per_gb", "network")
INGRESS = Item("ingress", "ingress", "ingress_price_per_gb", "network")
OBJECTS = Item("object_storage", "object_storage", "storage_price_per_gb_month", "storage")
ARCHIVE = Item("archive", "object_storage", "archive_price_per_gb_month", "storage", ARCHIVE_TIERS)
DISK = Item("disk", "block_storage", "disk_price_per_gb_month", "storage")


def lines(
    option_id: str, option: RentedOption, place: tuple[str, str], market: Market, asked: Asked, served: list[str]
) -> list[CostLine]:
    """Lines for data, in proportion to the work served; the option's own price wins over the provider's.

    asked: work that is done here, not what the else option takes.

    place: provider whose prices of data apply (of a managed service: the one beneath it), and its region.

    Raises NotPriced when data moves or rests and neither is at hand.
    """
    out: list[CostLine] = []
    for item, volume in _volumes(option_id, market, asked, served):
        if not is_certain_zero(volume):
            out += list(_priced(option_id, option, place, market, item, volume))
    return out


def moved_out(
    option_id: str, option: RentedOption, place: tuple[str, str], market: Market, month: int
) -> list[CostLine]:
    """Lines for reading out everything that is kept, once, when an option is left: objects, archive, datasets."""
    terms = market.scenario.transfer
    kept = [
        _of_transfer(market, "storage_gb", terms.storage_gb), _of_transfer(market, "archive_gb", terms.archive_gb)
    ]  # fmt: skip
    kept += [size for name in market.works if (size := _working_set(market, name)) is not None]
    volume = total(*kept, name=f"{option_id}.kept_gb", unit="GB")
    if is_certain_zero(volume):
        return []
    once = market.unit_figure("month of the move", market.month(month), "", "read out once")
    all_of_it = product(volume, once, name=f"{option_id}.moved_out", unit="GB/month")
    moved = Item("exit_egress", EGRESS.table_item, EGRESS.own, EGRESS.cost_type)
    return list(_priced(option_id, option, place, market, moved, all_of_it))


# ── how much ──────────────────────────────────────────────────────────────────────────────────────────────


def _volumes(option_id: str, market: Market, asked: Asked, served: list[str]) -> Iterator[tuple[Item, Figure]]:
    """Volume of each item by month."""
    terms = market.scenario.transfer
    monthly, overall = _share(market, asked, served, by_month=True), _share(market, asked, served, by_month=False)
    months = market.unit_figure("months in use", market.months_mask(np.zeros((1, 1))), "", "each month of use")
    once = market.unit_figure("first month", _first_month_of_work(market, asked, served), "", "brought in once")
    for item, field, estimate, share, when in (
        (EGRESS, "egress_gb_per_month", terms.egress_gb_per_month, monthly, months),
        (INGRESS, "ingress_gb", terms.ingress_gb, overall, once),
        (OBJECTS, "storage_gb", terms.storage_gb, monthly, months),
        (ARCHIVE, "archive_gb", terms.archive_gb, monthly, months),
    ):
        volume = _of_transfer(market, field, estimate)
        if is_certain_zero(volume):
            continue
        yield item, product(volume, share, when, name=f"{option_id}.{item.name}", unit="GB/month")
    yield from _working_sets(option_id, market, asked, served)


def _first_month_of_work(market: Market, asked: Asked, served: list[str]) -> Array:
    """1 in the first month in which work is asked for, in any draw, shape (1, months)."""
    found = np.zeros(market.months, dtype=bool)
    for name in served:
        found |= np.broadcast_to((asked[name].value > 0).any(axis=0), market.months)
    return market.month(int(np.argmax(found)) + 1) * found.any()


def _of_transfer(market: Market, field: str, estimate: Estimate) -> Figure:
    return market.input(f"transfer.{field}", estimate, "GB", ("transfer", field))


def _working_sets(option_id: str, market: Market, asked: Asked, served: list[str]) -> Iterator[tuple[Item, Figure]]:
    """Datasets and checkpoints: on a disk in the months of work, running or stopped; as objects in other months."""
    on_disk: list[Figure] = []
    resting: list[Figure] = []
    for name in served:
        size = _working_set(market, name)
        if size is None:
            continue
        used = market.months_mask(np.zeros((1, 1)))
        working = (asked[name].value > 0).any(axis=0, keepdims=True) * used
        for months, found, text in ((working, on_disk, "with"), (used - working, resting, "without")):
            mask = market.unit_figure(f"{name} months {text} work", months, "", f"months {text} work")
            found.append(product(size, mask, name=f"{option_id}.{name}.gb_{text}_work", unit="GB/month"))
    if on_disk:
        yield DISK, total(*on_disk, name=f"{option_id}.disk", unit="GB/month")
        at_rest = Item("resting", OBJECTS.table_item, OBJECTS.own, OBJECTS.cost_type)
        yield at_rest, total(*resting, name=f"{option_id}.resting", unit="GB/month")


def _working_set(market: Market, name: str) -> Figure | None:
    """Dataset and checkpoints of a workload [GB]; None when neither is stated."""
    work = market.works[name]
    terms = {"dataset_gb": work.workload.data.dataset_gb, "checkpoint_gb": work.workload.data.checkpoint_gb}
    sizes = [
        market.input(f"{name}.{field}", size, "GB", ("workloads", work.index, "data", field))
        for field, size in terms.items()
        if size is not None
    ]
    return total(*sizes, name=f"{name}.working_set_gb", unit="GB") if sizes else None


def _share(market: Market, asked: Asked, served: list[str], *, by_month: bool) -> Figure:
    """Share of the scenario's work that is done here, by month or over all: the mean over workloads of asked / work.

    A month without work of a workload takes that workload's share over the months of use.
    """
    use = market.months_mask(np.zeros((1, 1)))
    with_work = [name for name, work in market.works.items() if np.any(work.amount.value * use)]
    names = [name for name in served if name in with_work]
    inputs = [figure for name in names for figure in (asked[name], market.works[name].amount)]
    n = max(len(with_work), 1)

    def part(a: Array, w: Array) -> Array:
        a, w = a * use, w * use
        whole, done = w.sum(1, keepdims=True), a.sum(1, keepdims=True)
        overall = np.asarray(done / np.where(whole > 0, whole, 1.0))
        if not by_month:
            return overall
        shape = np.broadcast_shapes(a.shape, w.shape)
        filled = np.array(np.broadcast_to(overall, shape))
        return np.asarray(np.divide(a, w, out=filled, where=np.broadcast_to(w > 0, shape)))

    def mean_share(*values: Array) -> Array:
        parts = [part(a, w) for a, w in zip(values[::2], values[1::2], strict=True)]
        return np.asarray(sum(parts, start=np.zeros((1, 1))) / n)

    formula = f"mean over workloads of asked / work{' in the month' if by_month else ''}"
    return derive(mean_share, *inputs, name="share of the work served", unit="fraction", formula=formula)


# ── at which price ────────────────────────────────────────────────────────────────────────────────────────


def _priced(
    option_id: str, option: RentedOption, place: tuple[str, str], market: Market, item: Item, volume: Figure
) -> Iterator[CostLine]:
    provider, region = place

    def one(name: str, quantity: Figure, price: Figure, unit: str, row: Row | None) -> CostLine:
        return cost_line(
            name, placed_on=option_id, cost_type=item.cost_type, charge_category="usage",
            pricing_category="standard", quantity=quantity, unit_price=price, pricing_unit=unit,
            currency=market.currency, provider=provider, region_id=region,
            sku_id=row["tier"] if row else None, price_observed_on=row["observed_on"] if row else None,
        )  # fmt: skip

    if (money := getattr(option, item.own)) is not None:
        yield one(item.name, volume, market.money(option_id, item.own, money, "/GB"), "GB", None)
        return
    tiers = _tiers(market, provider, region, item)
    if not tiers and item is INGRESS:
        free = market.assumed("ingress_price_per_gb", market.reference.assumption("ingress_price_per_gb"))
        yield one(item.name, volume, market.converted(free, "USD", f"{market.currency}/GB"), "GB", None)
        return
    if not tiers:
        raise NotPriced("reason.no_transfer_price", item=item.name, provider=provider, region=region, own=item.own)
    for i, row in enumerate(tiers):
        name = f"{item.name}.{i + 1}" if len(tiers) > 1 or item is EGRESS else item.name
        quantity, price, unit = _tier(option_id, name, row, volume, market, last=i == len(tiers) - 1)
        yield one(name, quantity, price, unit, row)


def _tiers(market: Market, provider: str, region: str, item: Item) -> list[Row]:
    """Rows of an item at a provider, those of the region first, by the volume from which they count."""
    rows = market.reference.folder.table("prices/transfer_and_storage.csv")
    same = [
        r for r in rows if r["provider"] == provider and r["item"] == item.table_item and "suspect" not in r["flag"]
    ]
    same = [r for r in same if (r["tier"].lower() in item.tiers if item.tiers else r["is_default"] == "yes")]
    here = [r for r in same if r["region"] == region] or [r for r in same if r["region"] in ("", "global", "all")]
    return sorted(here, key=lambda r: r.number("tier_from_gb") or 0.0)


def _tier(
    option_id: str, name: str, row: Row, volume: Figure, market: Market, *, last: bool
) -> tuple[Figure, Figure, str]:
    """Quantity and price of the part of a volume that falls into a tier; the last known tier has no end."""
    low = row.number("tier_from_gb") or 0.0
    high = np.inf if last else (row.number("tier_to_gb") or np.inf)
    unit = "GiB" if "GiB" in row["unit"] else "GB"
    scale = 1e9 / GIB if unit == "GiB" else 1.0
    quantity = derive(
        lambda v: np.clip(v * scale, low, high) - low, volume, name=f"{option_id}.{name}.quantity",
        unit=f"{unit}/month", formula=f"volume in {unit} between {low:g} and {high:g}",
    )  # fmt: skip
    leaf = given(
        f"{option_id}.{name}.list_unit_price", row.number("price_per_unit") or 0.0, f"{row['currency']}/{unit}",
        row.source("price_row"),
    )  # fmt: skip
    return quantity, market.converted(leaf, row["currency"], f"{market.currency}/{unit}"), unit
