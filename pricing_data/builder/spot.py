"""Interruptions of spot machines: monthly bands and run lengths of published traces."""

from __future__ import annotations

import re
from pathlib import Path

from builder.common import BuildError, Row, dated, number_text, provider_slug, read_rows, write_table

BAND_COLUMNS = [
    "provider",
    "instance_type",
    "region",
    "band_low_fraction",
    "band_high_fraction",
    "observed_on",
    "source",
    "flag",
]
RUN_COLUMNS = [
    "provider",
    "instance",
    "zone",
    "nodes",
    "trace_kind",
    "mean_run_hours",
    "median_run_hours",
    "runs",
    "observed_on",
    "source",
    "flag",
]
ACCELERATED = re.compile(r"^(g|p|trn|inf|dl)\d")
BANDS = {
    "<5%": ("0", "0.05"),
    "5-10%": ("0.05", "0.1"),
    "10-15%": ("0.1", "0.15"),
    "15-20%": ("0.15", "0.2"),
    ">20%": ("0.2", "1"),
}


def build_spot(source: Path) -> list[str]:
    """Writes prices/spot_interruptions.csv and prices/spot_run_lengths.csv."""
    rows = read_rows(source / "prices/spot_behaviour.csv")
    bands = [_band(row) for row in rows if row["metric"] == "interruption_band"]
    bands = [row for row in bands if ACCELERATED.match(row["instance_type"])]
    runs = [_run(row) for row in rows if row["metric"].endswith("_median_run_nonzero")]
    runs = [row for row in runs if ACCELERATED.match(row["instance"])]
    counts = (
        write_table("prices/spot_interruptions.csv", BAND_COLUMNS, bands),
        write_table("prices/spot_run_lengths.csv", RUN_COLUMNS, runs),
    )
    return [f"spot: {counts[0]} bands, {counts[1]} traces"]


def _band(row: Row) -> Row:
    """Bounds of the share of capacity reclaimed in the trailing month."""
    if row["value"] not in BANDS:
        raise BuildError(f"unknown interruption band {row['value']!r}")
    low, high = BANDS[row["value"]]
    day, undated = dated(row["period"])
    return {
        "provider": provider_slug(row["provider"]),
        "instance_type": row["instance_or_accelerator"],
        "region": row["region_or_zone"],
        "band_low_fraction": low,
        "band_high_fraction": high,
        "observed_on": day,
        "source": row["source"],
        "flag": undated,
    }


def _run(row: Row) -> Row:
    """Mean and median length of a run in a trace; a run of a many-node trace lasts while any node is up."""
    note = re.search(r"(\d+) runs; mean ([\d.]+) h", row["note"])
    name = re.match(r"(\S+) \(.*\), (\d+)-node", row["instance_or_accelerator"])
    if not note or not name:
        raise BuildError(f"cannot read the run lengths of {row['instance_or_accelerator']!r}: {row['note']!r}")
    day, undated = dated(row["period"])
    nodes = name.group(2)
    return {
        "provider": provider_slug(row["provider"]),
        "instance": name.group(1),
        "zone": row["region_or_zone"],
        "nodes": nodes,
        "trace_kind": row["metric"].split("_")[0],
        "mean_run_hours": number_text(float(note.group(2))),
        "median_run_hours": number_text(float(row["value"])),
        "runs": note.group(1),
        "observed_on": day,
        "source": row["source"],
        "flag": undated or ("" if nodes == "1" else "any_node_counts_as_up"),
    }
