"""Providers and products that people ask for and that have no price here: what became of them."""

from __future__ import annotations

from builder.common import DATA_DIR, BuildError, Row, read_rows, write_table

COLUMNS = ["name", "provider", "status", "since", "replaced_by", "note", "observed_on", "source", "flag"]
STATUSES = ("acquired", "closed", "free_quota", "no_public_price", "not_an_option", "renamed")
SOURCES = {
    "memory": ("founding documents review, 2026-11; general knowledge", "from_memory"),
    "data": ("founding documents review, 2026-11; gathered price tables", ""),
    "programmes": ("founding documents review, 2026-11; gathered tables of academic programmes", ""),
}
OBSERVED_ON = "2026-11"


def build_market_notes() -> list[str]:
    """Writes reference/market_notes.csv from the hand-kept list in inputs."""
    rows = [_note(row) for row in read_rows(DATA_DIR / "inputs/market_notes.csv")]
    if len({row["provider"] for row in rows}) != len(rows):
        raise BuildError("two market notes share a provider")
    return [f"market notes: {write_table('reference/market_notes.csv', COLUMNS, rows)} rows"]


def _note(row: Row) -> Row:
    if row["status"] not in STATUSES or row["basis"] not in SOURCES:
        raise BuildError(f"market note of an unknown status or basis: {row}")
    source, flag = SOURCES[row["basis"]]
    return {**row, "observed_on": OBSERVED_ON, "source": source, "flag": flag}
