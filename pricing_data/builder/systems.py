"""Purchase prices of complete servers and workstations."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import Row, dated, median, number_text, read_rows, write_table
from planner.offer_rows import join_flags

COLUMNS = [
    "id",
    "accelerator",
    "accelerator_count",
    "price_low",
    "price",
    "price_high",
    "currency",
    "price_basis",
    "power_w_max",
    "power_w_typical",
    "rack_units",
    "warranty_years",
    "n_prices",
    "observed_on",
    "source",
    "note",
    "flag",
]
STREET = ("quotation", "reseller_listing", "street", "guide_range")
FALLBACK = ("guide", "used")
WINDOW_MONTHS = 24
INCOMPLETE = re.compile(r"baseboard|module set|8-GPU set|cluster|DOUBTFUL", re.IGNORECASE)


def build_systems(source: Path, names: AcceleratorNames) -> list[str]:
    """Writes reference/systems.csv: per system the newest street basis, list prices apart."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for raw in read_rows(source / "onprem/hardware.csv"):
        if row := _complete(raw, names):
            groups[(row["id"], row["price_basis"])].append(row)
    bases: dict[str, dict[str, list[Row]]] = defaultdict(dict)
    for (system, basis), rows in groups.items():
        bases[system][basis] = rows
    written = []
    for system in bases:
        chosen = [basis for basis in (_chosen_basis(bases[system]), "list") if basis in bases[system]]
        written += [_priced(bases[system][basis]) for basis in chosen]
    return [f"systems: {write_table('reference/systems.csv', COLUMNS, written)} rows"]


def _complete(raw: Row, names: AcceleratorNames) -> Row | None:
    """The row of a complete system; None for parts, doubtful rows and systems of unnamed accelerators."""
    if raw["kind"] not in ("server", "workstation") or INCOMPLETE.search(raw["item"] + raw["note"]):
        return None
    if raw["flag"].startswith("suspect") or raw["accelerator"] in ("", "none", "mixed"):
        return None
    found = names.resolve(raw["accelerator"], instance=f"{raw['item']} {raw['accelerator']}")
    day, undated = dated(raw["date"])
    return {
        **raw,
        "id": f"{raw['accelerator_count']}x{found.accelerator}",
        "accelerator": found.accelerator,
        "observed_on": day,
        "flag": join_flags(raw["flag"], undated, "memory_assumed" if found.ambiguous else ""),
    }


def _chosen_basis(bases: dict[str, list[Row]]) -> str:
    """The street-type basis with the newest price; a guide or used price when there is none."""
    street = [basis for basis in STREET if basis in bases] or [basis for basis in FALLBACK if basis in bases]
    return max(street, key=lambda basis: (_newest(bases[basis]), basis), default="")


def _newest(rows: list[Row]) -> str:
    return max(row["observed_on"] for row in rows)


def _months(date: str) -> int:
    """Months since year 0; a date of a year alone counts from its first month."""
    parts = date.split("-")
    return int(parts[0]) * 12 + (int(parts[1]) - 1 if len(parts) > 1 else 0)


def _priced(rows: list[Row]) -> Row:
    """Range and median of the prices of one basis in the months before its newest one."""
    newest = max(rows, key=lambda row: (row["observed_on"], float(row["price"])))
    earliest = _months(newest["observed_on"]) - WINDOW_MONTHS
    recent = [r for r in rows if _months(r["observed_on"]) >= earliest and r["currency"] == newest["currency"]]
    recent.sort(key=lambda row: (row["observed_on"], float(row["price"])))
    prices = [float(row["price"]) for row in recent]
    filled = {
        column: next((row[column] for row in reversed(recent) if row[column]), "")
        for column in ("power_w_max", "power_w_typical", "rack_units", "warranty_years")
    }
    return {
        **newest,
        **filled,
        "price_low": number_text(min(prices), 9),
        "price": number_text(median(prices), 9),
        "price_high": number_text(max(prices), 9),
        "n_prices": str(len(prices)),
        "source": " | ".join(dict.fromkeys(row["source"] for row in recent)),
        "note": " | ".join(dict.fromkeys(f"{row['observed_on']}: {row['item']}, {row['price']}" for row in recent)),
        "flag": join_flags(*(row["flag"].replace(";", ",") for row in recent)),
    }
