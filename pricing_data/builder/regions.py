"""Where the providers' regions lie."""

from __future__ import annotations

from pathlib import Path

from builder.common import DATA_DIR, BuildError, Row, read_rows, write_table

COLUMNS = ["provider", "region_id", "place", "country", "grid_zone", "note", "source", "observed_on"]
MAPPED = ("aws", "gcp", "azure", "oci", "lambda", "vast")
NO_PLACE = ("unspecified", "all (uniform list price)", "global", "us")
SOURCE = "provider's public region list, from general knowledge"
OBSERVED_ON = "2026-11"


def build_regions(offers: list[Row]) -> list[str]:
    """Writes reference/regions.csv; a region of a mapped provider that has no row stops the build."""
    known = {row["region_code"] for row in read_rows(DATA_DIR / "reference/energy.csv")}
    rows = [_region(row, known) for row in read_rows(_input())]
    placed = {(row["provider"], row["region_id"]) for row in rows}
    wanted = {(row["provider"], row["region"]) for row in offers if row["provider"] in MAPPED}
    if missing := sorted(key for key in wanted - placed if key[1] not in NO_PLACE):
        raise BuildError(f"regions without a place in inputs/regions.csv: {missing}")
    return [f"regions: {write_table('reference/regions.csv', COLUMNS, rows)} rows"]


def _input() -> Path:
    return DATA_DIR / "inputs/regions.csv"


def _region(row: Row, known: set[str]) -> Row:
    """A hand-kept row; the grid zone falls back to the country, and is empty where energy.csv has neither."""
    zone = next((code for code in (row["grid_zone"], row["country"]) if code in known), "")
    return {**row, "grid_zone": zone, "source": SOURCE, "observed_on": OBSERVED_ON}
