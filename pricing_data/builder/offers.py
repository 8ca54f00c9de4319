"""Prices at which an instance can be rented, one file per provider."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.commitments import committed_offers
from builder.common import (
    DATA_DIR,
    BuildError,
    Row,
    join_flags,
    median,
    provider_slug,
    read_rows,
    write_table,
)

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
SERIES = [
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
]
CATEGORIES = {
    "on_demand": "standard",
    "spot": "dynamic",
    "marketplace": "dynamic",
    "flex_start": "dynamic",
    "capacity_block": "committed",
    "reserved_6m": "committed",
    "reserved_1y": "committed",
    "reserved_3y": "committed",
    "subscription": "other",
}
TERMS = {"reserved_1y": "12", "reserved_3y": "36"}
# Undated versions whose notes bound their age: used to order observations only, never shown.
UNDATED_BOUNDS = (
    ("newer than the 2025-06 AWS price cut", "2025-07"),
    ("v8 schema, lists B300/GB300", "2026-01"),
)
PEERS = ("provider_kind", "accelerator", "pricing_category", "currency")
ONE_CARD_EACH = ("Salad",)  # sellers of single cards in people's own computers
BOARD = 8  # accelerators on the boards that clouds rent by the accelerator
POD = 256  # chips of a slice that are linked among themselves (v5e and v6e pods; larger for v4 and v5p)
LOWEST_WORDS = ("marketplace min price", "reflects min live offer")
SAME = 0.0005
OUTLIER = 3.0


def build_offers(source: Path, names: AcceleratorNames, accelerators: set[str]) -> tuple[list[str], list[Row]]:
    """Writes prices/offers/<provider>.csv; returns the report and all offers."""
    refused: list[str] = []
    raws = read_rows(source / "prices/offers.csv")
    raws += (committed := committed_offers(source, raws, names))
    carried = [row for raw in raws if (row := _carried(raw, names, refused))]
    kinds = {r["canonical"]: r["kind"] for r in read_rows(source / "prices/provider_aliases.csv") if r["canonical"]}
    for row in carried:
        if row["accelerator"] not in accelerators:
            raise BuildError(f"offer of unknown accelerator {row['accelerator']!r}")
        row["provider_kind"] = kinds[row["provider_name"]]
    offers, twins = _newest_of_series(carried)
    _flag_spot(offers, carried)
    _flag_outliers(offers)
    by_provider: dict[str, list[Row]] = defaultdict(list)
    for row in offers:
        by_provider[row["provider"]].append(row)
    for old in (DATA_DIR / "prices/offers").glob("*.csv"):
        old.unlink()
    for provider, rows in by_provider.items():
        write_table(f"prices/offers/{provider}.csv", COLUMNS, rows)
    report = [f"refused: {text}" for text in refused]
    report.append(f"offers: {len(offers)} of {len(carried)} rows, {len(by_provider)} providers")
    report.append(f"offers: {len(committed)} prices by commitment from commitments.csv among them")
    report.append(f"offers: {twins} series had two prices on the same date, the higher one kept")
    counted = Counter(part for row in offers for part in row["flag"].split(";") if part)
    report += [f"  flag {flag}: {count}" for flag, count in sorted(counted.items())]
    return report, offers


def _carried(raw: Row, names: AcceleratorNames, refused: list[str]) -> Row | None:
    """A source row in our columns; None for a host without accelerator and for a price that is no price."""
    if not raw["accelerator"]:
        return None
    if float(raw["price_per_hour"]) <= 0:
        refused.append(f"{raw['provider']} {raw['instance_type']} {raw['purchase_model']}: {raw['price_per_hour']}")
        return None
    found = names.resolve(
        raw["accelerator"],
        provider=raw["provider"],
        instance=raw["instance_type"],
        memory=raw["accelerator_memory_gib"],
    )
    return {
        **raw,
        "provider": provider_slug(raw["provider"]),
        "provider_name": raw["provider"],
        "accelerator": found.accelerator,
        "accelerator_ambiguous": "yes" if found.ambiguous or "memory_40_or_80" in raw["flag"] else "",
        "pricing_category": CATEGORIES[raw["purchase_model"]],
        "term_months": raw.get("term_months") or TERMS.get(raw["purchase_model"], ""),
        "payment": raw.get("payment") or ("monthly" if "monthly committed-use price" in raw["note"] else ""),
        "statistic": _statistic(raw),
        "sold_by": _sold_by(raw),
        "linked": _linked(raw, found.accelerator),
        "unit_price_per_hour": raw["price_per_hour"],
        "flag": _own_flags(raw),
    }


def _sold_by(raw: Row) -> str:
    """Accelerators that are rented at once, where the row's price is of one of them; else empty."""
    found = re.search(r"sold in blocks of (\d+) GPUs", raw["note"])
    return found.group(1) if found else ""


def _linked(raw: Row, accelerator: str) -> str:
    """Accelerators that work as one machine, where that is more than the row's own count; else empty."""
    if accelerator.startswith("TPU"):
        return str(POD)
    per_one = "per-GPU price" in raw["note"] or "per GPU-hour SKU" in raw["note"]
    if not per_one or raw["provider"] in ONE_CARD_EACH:
        return ""
    return str(max(BOARD, int(_sold_by(raw) or 1)))


def _statistic(raw: Row) -> str:
    """Which of many hosts' prices a row of a marketplace states; empty where it is the only one."""
    first = raw["note"].split(" ")[0]
    if raw["provider"] == "Vast.ai" and first in ("lowest", "median"):
        return first
    return "lowest" if any(words in raw["note"].lower() for words in LOWEST_WORDS) else ""


def _own_flags(raw: Row) -> str:
    """The source's flag without `stale` (age is judged at reading), and what the row itself shows."""
    return join_flags(
        "" if raw["flag"] == "stale" else raw["flag"],
        "" if raw["observed_on"] else "undated",
        "host_excluded" if raw["instance_type"] == "(accelerator only)" else "",
        "" if raw["accelerator_count"] else "count_unknown",
        "suspect:price_before_2025-06_cut" if "price cut: superseded" in raw["note"] else "",
    )


def _order_date(row: Row) -> str:
    """Date used to order observations; undated ones by the bound that their note states."""
    if row["observed_on"]:
        return row["observed_on"]
    return next((bound for text, bound in UNDATED_BOUNDS if text in row["note"]), "")


def _newest_of_series(rows: list[Row]) -> tuple[list[Row], int]:
    """The newest row of each series; on one date unflagged before flagged, then the higher price."""
    series: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        series[tuple(row[column] for column in SERIES)].append(row)
    kept, twins = [], 0
    for group in series.values():
        group.sort(key=_preference, reverse=True)
        same = [row for row in group if _preference(row)[:2] == _preference(group[0])[:2]]
        twins += len({float(row["unit_price_per_hour"]) for row in same}) > 1
        kept.append(group[0])
    return kept, twins


def _preference(row: Row) -> tuple[str, bool, float, str]:
    doubtful = "undated" in row["flag"] or "suspect" in row["flag"]
    return (_order_date(row), not doubtful, float(row["unit_price_per_hour"]), row["source"])


def _machine(row: Row) -> tuple[str, ...]:
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


def _flag_spot(offers: list[Row], all_rows: list[Row]) -> None:
    """Adds the spot flags: above, equal to, or a tenth of the on-demand price."""
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
        if beside and abs(price / beside - 1) <= SAME:
            flags.append("spot_equals_on_demand")
        if beside and abs(price / beside - 0.1) <= SAME:
            flags.append("spot_is_tenth_of_on_demand")
        elif beside and price / beside < 0.1:
            flags.append("spot_below_tenth_of_on_demand")
        if any(other and price / other > 1 + SAME for other in (beside, newest.get(_machine(row)))):
            flags.append("spot_above_on_demand")
        row["flag"] = join_flags(row["flag"], *flags)


def _flag_outliers(offers: list[Row]) -> None:
    """Flags a price per accelerator above three times the median of its kind of provider.

    Prices without the host machine are a group apart; prices where nothing is sold do not set the median.
    """
    groups: dict[tuple[str, ...], list[tuple[float, Row]]] = defaultdict(list)
    for row in offers:
        if row["accelerator_count"]:
            price = float(row["unit_price_per_hour"]) / float(row["accelerator_count"])
            without_host = "host_excluded" if "host_excluded" in row["flag"] else ""
            groups[(*(row[column] for column in PEERS), without_host)].append((price, row))
    for members in groups.values():
        sold = [price for price, row in members if "not_available_there" not in row["flag"]]
        limit = OUTLIER * median(sold or [price for price, _ in members])
        for price, row in members:
            if price > limit:
                row["flag"] = join_flags(row["flag"], "above_three_times_median")
