"""An offer as a row of a price table: its columns, the key of its series, and the flags that rows show together."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

OfferRow = dict[str, str]

COLUMNS = [
    "provider",
    "provider_name",
    "provider_kind",
    "instance_type",
    "region",
    "accelerator",
    "accelerator_ambiguous",
    "accelerator_memory_gib",
    "accelerator_count",
    "sold_by",
    "linked",
    "vcpus",
    "memory_gib",
    "purchase_model",
    "pricing_category",
    "term_months",
    "payment",
    "statistic",
    "unit_price_per_hour",
    "currency",
    "observed_on",
    "source",
    "note",
    "flag",
]
# What makes two rows observations of one thing, so that the newer one stands for both.
SERIES = (
    "provider",
    "instance_type",
    "region",
    "accelerator",
    "accelerator_count",
    "accelerator_memory_gib",
    "purchase_model",
    "term_months",
    "payment",
    "statistic",
)
CATEGORIES = {
    "on_demand": "standard",
    "spot": "dynamic",
    "marketplace": "dynamic",
    "flex_start": "dynamic",
    "capacity_block": "committed",
    "reserved_6m": "committed",
    "reserved_1y": "committed",
    "reserved_3y": "committed",
    "savings_plan_1y": "committed",
    "savings_plan_3y": "committed",
    "subscription": "other",
}
TERMS = {"reserved_1y": "12", "reserved_3y": "36", "savings_plan_1y": "12", "savings_plan_3y": "36"}
BOARD = 8  # accelerators on the boards that clouds rent by the accelerator
POD = 256  # chips of a slice that are linked among themselves (v5e and v6e pods; larger for v4 and v5p)
_PEERS = ("provider_kind", "accelerator", "pricing_category", "currency")
_SAME = 0.0005
_OUTLIER = 3.0


def series(row: Mapping[str, str]) -> tuple[str, ...]:
    """Key of the series that a row is an observation of."""
    return tuple(row.get(column, "") for column in SERIES)


def join_flags(*flags: str) -> str:
    """Distinct non-empty flags joined with ';' in the order given.

    >>> join_flags("stale;suspect:x", "", "stale")
    'stale;suspect:x'
    """
    seen: dict[str, None] = {}
    for flag in flags:
        for part in flag.split(";"):
            if part.strip():
                seen[part.strip()] = None
    return ";".join(seen)


def per_accelerator(row: Mapping[str, str]) -> float | None:
    """Price per accelerator-hour in the row's currency; None where the row has no count or no price."""
    count, price = row.get("accelerator_count", ""), row.get("unit_price_per_hour", "")
    return float(price) / float(count) if count and price and float(count) else None


def _machine(row: Mapping[str, str]) -> tuple[str, ...]:
    """What a spot price and an on-demand price must share to be compared."""
    instance = re.sub(r" \((on-demand|spot)\)$", "", row["instance_type"])
    return (
        row["provider"],
        instance,
        row["region"],
        row["accelerator"],
        row["accelerator_count"],
        row["currency"],
    )


def flag_spot(offers: Sequence[OfferRow], all_rows: Iterable[Mapping[str, str]]) -> None:
    """Adds the spot flags: above, equal to, or a tenth of the on-demand price.

    all_rows: every observation at hand, among them on-demand prices of the same day.
    """
    same_day = {
        (_machine(r), r["observed_on"]): float(r["unit_price_per_hour"])
        for r in all_rows
        if r["purchase_model"] == "on_demand"
    }
    newest = {_machine(r): float(r["unit_price_per_hour"]) for r in offers if r["purchase_model"] == "on_demand"}
    for row in offers:
        if row["purchase_model"] != "spot":
            continue
        price = float(row["unit_price_per_hour"])
        beside = same_day.get((_machine(row), row["observed_on"]))
        flags = []
        if beside and abs(price / beside - 1) <= _SAME:
            flags.append("spot_equals_on_demand")
        if beside and abs(price / beside - 0.1) <= _SAME:
            flags.append("spot_is_tenth_of_on_demand")
        elif beside and price / beside < 0.1:
            flags.append("spot_below_tenth_of_on_demand")
        if any(other and price / other > 1 + _SAME for other in (beside, newest.get(_machine(row)))):
            flags.append("spot_above_on_demand")
        row["flag"] = join_flags(row["flag"], *flags)


def _peer_group(row: Mapping[str, str]) -> tuple[str, ...]:
    without_host = "host_excluded" if "host_excluded" in row["flag"] else ""
    return (*(row[column] for column in _PEERS), without_host)


def peer_medians(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, ...], float]:
    """Median price per accelerator-hour of each group of peers: kind of provider, accelerator, category, currency.

    Prices without the host machine are a group apart; prices where nothing is sold do not set the median.
    """
    groups: dict[tuple[str, ...], list[tuple[float, bool]]] = defaultdict(list)
    for row in rows:
        price = per_accelerator(row)
        if price is not None:
            groups[_peer_group(row)].append((price, "not_available_there" not in row["flag"]))
    return {
        group: statistics.median([p for p, sold in members if sold] or [p for p, _ in members])
        for group, members in groups.items()
    }


def flag_outliers(offers: Sequence[OfferRow], medians: Mapping[tuple[str, ...], float]) -> None:
    """Flags a price per accelerator above three times the median of its peers."""
    for row in offers:
        price, middle = per_accelerator(row), medians.get(_peer_group(row))
        if price is not None and middle is not None and price > _OUTLIER * middle:
            row["flag"] = join_flags(row["flag"], "above_three_times_median")
