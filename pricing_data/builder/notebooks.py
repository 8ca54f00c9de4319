"""Notebook subscriptions paid in compute units: fees of the plans and units per hour of the accelerators."""

from __future__ import annotations

import re
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import BuildError, Row, provider_slug, read_rows, write_table

PLAN_COLUMNS = [
    "provider",
    "plan",
    "fee_per_month",
    "currency",
    "units_included",
    "extra_unit_price",
    "extra_unit_pack",
    "max_session_hours",
    "observed_on",
    "source",
    "note",
    "flag",
]
UNIT_COLUMNS = ["provider", "accelerator", "units_per_hour", "observed_on", "source", "note", "flag"]
SOLD_IN_UNITS = "Google Colab"
PLANS = {"Colab Pro": "pro", "Colab Pro+": "pro_plus"}
PAYG_NOTE = "pay-as-you-go: no fee and no units included, units are bought in packs"


def build_notebooks(source: Path, names: AcceleratorNames) -> list[str]:
    """Writes prices/notebook_plans.csv and prices/notebook_units.csv from the notes of the offers."""
    rows = [row for row in read_rows(source / "prices/offers.csv") if row["provider"] == SOLD_IN_UNITS]
    units = [_units(row, names) for row in rows if row["accelerator"]]
    pack = _unit_price(next(row for row in rows if row["accelerator"]))
    plans = [_plan(row, pack) for row in rows if not row["accelerator"]]
    plans.append({**plans[0], "plan": "payg", "fee_per_month": "0", "units_included": "0", "note": PAYG_NOTE})
    counts = (
        write_table("prices/notebook_plans.csv", PLAN_COLUMNS, plans),
        write_table("prices/notebook_units.csv", UNIT_COLUMNS, units),
    )
    return [f"notebooks: {counts[0]} plans, {counts[1]} accelerators"]


def _unit_price(row: Row) -> Row:
    """Price of one unit and the number of units sold together."""
    found = re.search(r"x ([\d.]+) USD per (\d+) units", row["note"])
    if not found:
        raise BuildError(f"no price of a unit in the note {row['note']!r}")
    price = float(found.group(1)) / int(found.group(2))
    return {"extra_unit_price": f"{price:.4f}", "extra_unit_pack": found.group(2)}


def _plan(row: Row, pack: Row) -> Row:
    """A plan with a monthly fee; the length of a session is in no source at hand."""
    name = re.match(r"(.*) \((\d+) units per month\)$", row["instance_type"])
    fee = re.search(r"flat ([\d.]+) (\w+) per month", row["note"])
    if not name or not fee or name.group(1) not in PLANS:
        raise BuildError(f"cannot read the plan {row['instance_type']!r}: {row['note']!r}")
    return {
        **pack,
        "provider": provider_slug(row["provider"]),
        "plan": PLANS[name.group(1)],
        "fee_per_month": fee.group(1),
        "currency": fee.group(2),
        "units_included": name.group(2),
        "observed_on": row["observed_on"],
        "source": row["source"],
        "note": "longest session not in the source; kind of accelerator not guaranteed",
    }


def _units(row: Row, names: AcceleratorNames) -> Row:
    """Units that an hour of an accelerator takes."""
    found = re.match(r"([\d.]+) units per hour", row["note"])
    if not found:
        raise BuildError(f"no units per hour in the note {row['note']!r}")
    resolved = names.resolve(
        row["accelerator"],
        provider=row["provider"],
        instance=row["instance_type"],
        memory=row["accelerator_memory_gib"],
    )
    return {
        "provider": provider_slug(row["provider"]),
        "accelerator": resolved.accelerator,
        "units_per_hour": found.group(1),
        "observed_on": row["observed_on"],
        "source": row["source"],
        "note": "measured by a user; changes without notice: give the rate that you see",
        "flag": "accelerator_ambiguous" if resolved.ambiguous else "",
    }
