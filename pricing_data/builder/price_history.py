"""What accelerators cost over the years: the first, the last and every changed price of each series."""

from __future__ import annotations

import itertools
from collections import defaultdict
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import Row, provider_slug, read_rows, write_table

COLUMNS = [
    "observed_on",
    "provider",
    "accelerator",
    "accelerator_ambiguous",
    "region",
    "purchase_model",
    "statistic",
    "instance_type",
    "price_per_accelerator_hour",
    "currency",
    "source",
    "flag",
]
SERIES = ("provider", "accelerator", "region", "purchase_model", "statistic", "instance_type", "currency")


def build_price_history(source: Path, names: AcceleratorNames, accelerators: set[str]) -> list[str]:
    """Writes prices/price_history.csv; returns the report."""
    series: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    raws, unknown = read_rows(source / "prices/price_history.csv"), 0
    for raw in raws:
        found = names.resolve(raw["accelerator"], provider=raw["provider"], instance=raw["instance_type"])
        if found.accelerator not in accelerators:
            unknown += 1
            continue
        row = {
            **raw,
            "observed_on": raw["date"],
            "provider": provider_slug(raw["provider"]),
            "accelerator": found.accelerator,
            "accelerator_ambiguous": "yes" if found.ambiguous else "",
        }
        series[tuple(row[column] for column in SERIES)].append(row)
    kept = [row for rows in series.values() for row in _changes(sorted(rows, key=lambda row: row["observed_on"]))]
    write_table("prices/price_history.csv", COLUMNS, kept)
    return [f"price history: {len(kept)} changes of {len(raws)} rows, {len(series)} series, {unknown} unknown cards"]


def _changes(rows: list[Row]) -> list[Row]:
    """The first and last row and those whose price is not the one before."""
    kept = [rows[0]]
    for before, row in itertools.pairwise(rows):
        if row["price_per_accelerator_hour"] != before["price_per_accelerator_hour"]:
            kept.append(row)
    return kept if kept[-1] is rows[-1] else [*kept, rows[-1]]
