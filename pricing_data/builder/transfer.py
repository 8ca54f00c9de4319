"""Prices of moving and keeping data, with tiers as numbers."""

from __future__ import annotations

import re
from pathlib import Path

from builder.common import (
    BuildError,
    Row,
    dated,
    number_text,
    provider_slug,
    read_rows,
    write_table,
)
from planner.offer_rows import join_flags

COLUMNS = [
    "provider",
    "region",
    "item",
    "tier",
    "tier_from_gb",
    "tier_to_gb",
    "is_default",
    "price_per_unit",
    "unit",
    "currency",
    "observed_on",
    "source",
    "note",
    "flag",
]
GB_PER_TB = 1024
REGION_LIKE = re.compile(r"^[a-z]{2,}[a-z0-9]*(-[a-z0-9]+)*$")
AWS_SIBLING = "ca-central-1"


def build_transfer(source: Path) -> list[str]:
    """Writes prices/transfer_and_storage.csv."""
    rows = [
        _carried(row)
        for row in read_rows(source / "prices/transfer_and_storage.csv")
        if not re.search(r"internet to (Australia|China)", row["tier"])
    ]
    rows += _missing_top_tier(rows)
    _chain_tiers(rows)
    return [f"transfer and storage: {write_table('prices/transfer_and_storage.csv', COLUMNS, rows)} rows"]


def _carried(raw: Row) -> Row:
    """A source row in our columns; a region in words becomes `all`, with the words in the note."""
    day, undated = dated(raw["observed_on"])
    known = raw["region"] == "all" or bool(REGION_LIKE.match(raw["region"]))
    allowance = "free allowance" in raw["tier"]
    low, high = ("0", raw["price"]) if allowance else _tier(raw["tier"])
    flags = ("" if raw["flag"] == "stale" else raw["flag"], undated, "" if known else "region_generalised")
    row = {
        **raw,
        "provider": provider_slug(raw["provider"]),
        "region": raw["region"] if known else "all",
        "item": "egress_allowance" if allowance else raw["item"],
        "tier_from_gb": low,
        "tier_to_gb": high,
        "price_per_unit": "0" if allowance else raw["price"],
        "observed_on": day,
        "flag": join_flags(*flags),
        "currency": raw["currency"] or "USD",
        "unit": "per GB" if allowance else raw["unit"],
        "note": "; ".join(text for text in (raw["note"], "" if known else f"source says: {raw['region']}") if text),
    }
    row["is_default"] = "yes" if _is_default(row) else ""
    return row


def _tier(text: str) -> tuple[str, str]:
    """Bounds of a tier in GB where the text names them; `next` is resolved later by the running sum."""
    plain = text.replace(" ", "").lower()
    if found := re.search(r"(\d+)-(\d+)tb", plain):
        return _gb(found.group(1)), _gb(found.group(2))
    if found := re.search(r"first(\d+)tb|under(\d+)tb", plain):
        return "0", _gb(found.group(1) or found.group(2))
    if found := re.search(r"over(\d+)tb", plain):
        return _gb(found.group(1)), ""
    if found := re.search(r"next(\d+)tb", plain):
        return "next", _gb(found.group(1))
    return "0", ""


def _gb(terabytes: str) -> str:
    return str(int(terabytes) * GB_PER_TB)


def _chain_tiers(rows: list[Row]) -> None:
    """Gives `next N TB` tiers their bounds: each starts where the widest tier below it ends."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        service = re.sub(r"\W*\(?(first|next|over|under).*$", "", row["tier"])
        groups.setdefault((row["provider"], row["region"], row["item"], service), []).append(row)
    for members in groups.values():
        pending = sorted((r for r in members if r["tier_from_gb"] == "next"), key=lambda r: float(r["tier_to_gb"]))
        start = next((r["tier_to_gb"] for r in members if r["tier_from_gb"] == "0" and r["tier_to_gb"]), "")
        for row in pending:
            if not start:
                raise BuildError(f"tier without a start: {row['provider']} {row['region']} {row['tier']}")
            row["tier_from_gb"] = start
            start = number_text(float(start) + float(row["tier_to_gb"]), 12)
            row["tier_to_gb"] = start


def _missing_top_tier(rows: list[Row]) -> list[Row]:
    """The tier over 150 TB of AWS regions whose source stops below it, from one with the same lower tiers."""
    egress: dict[str, list[Row]] = {}
    for row in rows:
        if row["provider"] == "aws" and row["item"] == "egress":
            egress.setdefault(row["region"], []).append(row)
    model = {row["tier"]: row for row in egress[AWS_SIBLING]}
    added = []
    for members in egress.values():
        prices = {row["tier"]: row["price_per_unit"] for row in members}
        missing = [tier for tier in model if tier not in prices]
        if len(missing) == 1 and all(model[tier]["price_per_unit"] == price for tier, price in prices.items()):
            note = f"not in the source for this region: price of {AWS_SIBLING}, whose lower tiers are the same"
            added.append({**model[missing[0]], "region": members[0]["region"], "note": note, "flag": "derived"})
    return added


def _is_default(row: Row) -> bool:
    """Whether a plan uses the row by default: internet egress, standard objects, general disks."""
    tier = row["tier"].lower()
    if not row["price_per_unit"]:
        return False
    if row["item"] == "egress":
        return True
    if row["item"] == "object_storage":
        return tier.startswith(("standard first", "hot lrs")) or tier == "standard"
    return row["item"] == "block_storage" and (tier in ("gp3", "balanced") or tier.startswith("network volume"))
