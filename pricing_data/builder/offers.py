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
    provider_slug,
    read_rows,
    write_table,
)
from planner.offer_rows import (
    BOARD,
    CATEGORIES,
    COLUMNS,
    POD,
    TERMS,
    flag_outliers,
    flag_spot,
    join_flags,
    peer_medians,
    series,
)

# Undated versions whose notes bound their age: used to order observations only, never shown.
UNDATED_BOUNDS = (
    ("newer than the 2025-06 AWS price cut", "2025-07"),
    ("v8 schema, lists B300/GB300", "2026-01"),
)
ONE_CARD_EACH = ("Salad",)  # sellers of single cards in people's own computers
LOWEST_WORDS = ("marketplace min price", "reflects min live offer")


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
    flag_spot(offers, carried)
    flag_outliers(offers, peer_medians(offers))
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
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[series(row)].append(row)
    kept, twins = [], 0
    for group in groups.values():
        group.sort(key=_preference, reverse=True)
        same = [row for row in group if _preference(row)[:2] == _preference(group[0])[:2]]
        twins += len({float(row["unit_price_per_hour"]) for row in same}) > 1
        kept.append(group[0])
    return kept, twins


def _preference(row: Row) -> tuple[str, bool, float, str]:
    doubtful = "undated" in row["flag"] or "suspect" in row["flag"]
    return (_order_date(row), not doubtful, float(row["unit_price_per_hour"]), row["source"])
