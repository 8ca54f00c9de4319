"""Tables carried over with little change: exchange rates, models, energy, operations, academic programmes."""

from __future__ import annotations

import re
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import DATA_DIR, BuildError, Row, dated, read_rows, write_table
from planner.offer_rows import join_flags

ENERGY = [
    "kind",
    "region_code",
    "region",
    "segment",
    "value",
    "unit",
    "currency",
    "observed_on",
    "source",
    "note",
    "flag",
]
OPERATIONS = [
    "topic",
    "item",
    "region",
    "value_low",
    "value",
    "value_high",
    "unit",
    "observed_on",
    "source",
    "note",
    "flag",
]
MODEL_DROPPED = ("model", "source", "source_kind", "memory_fields", "release")
ALIAS_COLUMNS = ["spelling", "model", "source", "observed_on"]
NAMES_CHECKED_ON = "2026-11-21"


def build_reference(source: Path, names: AcceleratorNames) -> list[str]:
    """Writes the carried tables; returns their row counts."""
    rates = read_rows(source / "fx/ecb_reference_rates.csv")
    programmes, clusters = (read_rows(source / f"academic/{name}.csv") for name in ("programmes", "clusters"))
    counts = {
        "fx": write_table("fx/ecb.csv", ["date", "currency", "units_per_eur"], rates),
        "energy": write_table("reference/energy.csv", ENERGY, _redated(read_rows(source / "onprem/energy.csv"))),
        "operations": write_table(
            "reference/operations.csv", OPERATIONS, _redated(read_rows(source / "onprem/operations.csv"))
        ),
        "colocation": _whole_table(
            "reference/colocation.csv", "market", _with_period(source / "onprem/colocation.csv")
        ),
        "programmes": _whole_table("reference/academic_programmes.csv", "programme_id", programmes),
        "clusters": _whole_table("reference/academic_clusters.csv", "cluster", _named(clusters, names)),
        "rgu": _whole_table("reference/rgu.csv", "accelerator", _named(read_rows(source / "academic/rgu.csv"), names)),
        "models": build_models(source),
    }
    return [f"{name}: {count} rows" for name, count in counts.items()]


def _redated(rows: list[Row]) -> list[Row]:
    """Rows with `date` as `observed_on`, and flags for undated rows and rows quoted from memory."""
    result = []
    for row in rows:
        day, undated = dated(row["date"])
        memory = "from_memory" if row["source_kind"] == "memory" else ""
        result.append({**row, "observed_on": day, "flag": join_flags(row["flag"].replace(";", ","), undated, memory)})
    return result


def _with_period(path: Path) -> list[Row]:
    """Rows with the period as the source writes it: half-years are finer than a year and coarser than a month."""
    return [{**row, "period": row["date"]} for row in read_rows(path)]


def _whole_table(name: str, first: str, rows: list[Row]) -> int:
    """Writes all columns of the source, the key first and `date` renamed."""
    columns = [first] + [c for c in rows[0] if c not in (first, "date", "flag")] + ["observed_on", "flag"]
    return write_table(name, columns, _redated(rows))


def _named(rows: list[Row], names: AcceleratorNames) -> list[Row]:
    """Rows with the identifier of the accelerator that `gpu_model` names, empty where it names several."""
    result = []
    for row in rows:
        spelling = row["gpu_model"]
        found = names.resolve(spelling, memory=row.get("gpu_mem_gb", "")).accelerator if spelling else ""
        result.append({**row, "accelerator": found})
    return result


def model_id(name: str) -> str:
    """Identifier of a model: lower case, hyphens, without the organisation."""
    return re.sub(r"[^a-z0-9.]+", "-", name.split("/")[-1].lower()).strip("-")


def build_models(source: Path) -> int:
    """Writes reference/models.csv and reference/model_aliases.csv."""
    catalog = read_rows(source / "inference/model_catalog.csv")
    geometry = [column for column in catalog[0] if column not in MODEL_DROPPED]
    rows = [_model(row) for row in catalog]
    if len({row["id"] for row in rows}) != len(rows):
        raise BuildError("two models share an identifier")
    columns = ["id", "name", *geometry, "source", "source_kind", "memory_fields", "observed_on", "flag"]
    count = write_table("reference/models.csv", columns, rows)
    write_table("reference/model_aliases.csv", ALIAS_COLUMNS, _model_aliases(rows))
    return count


def _model(row: Row) -> Row:
    """A catalogue row with identifier and date; a licence found in the release column is put back."""
    day, undated = dated(row["release"])
    slipped = row["release"] and not day
    return {
        **row,
        "id": model_id(row["model"]),
        "name": row["model"],
        "observed_on": day,
        "licence": row["licence"] or (row["release"] if slipped else ""),
        "flag": join_flags(undated, "from_memory" if row["source_kind"] == "memory" else ""),
    }


def _model_aliases(rows: list[Row]) -> list[Row]:
    """Spellings of each model; a spelling that two models could claim is left out unless kept by hand."""
    claims: dict[str, set[str]] = {}
    for row in rows:
        for spelling in _model_spellings(row):
            claims.setdefault(spelling, set()).add(row["id"])
    known = {row["id"] for row in rows}
    found = {spelling: min(models) for spelling, models in claims.items() if len(models) == 1}
    found |= {identifier: identifier for identifier in known}
    for extra in read_rows(DATA_DIR / "inputs/model_spellings.csv"):
        if extra["model"] not in known:
            raise BuildError(f"model spelling {extra['spelling']!r} names no model: {extra['model']!r}")
        found.setdefault(extra["spelling"], extra["model"])
    origin = "spellings of the published name, and those that people type"
    return [{"spelling": s, "model": m, "source": origin, "observed_on": NAMES_CHECKED_ON} for s, m in found.items()]


def _model_spellings(row: Row) -> set[str]:
    """Forms of a model's published name."""
    name, identifier = row["name"], row["id"]
    plain = re.sub(r"-(instruct|it|base)$", "", identifier)
    forms = {name, identifier, f"{row['family']}/{name}", name.lower(), name.replace("-", " "), plain}
    forms |= {form.replace("_", "-") for form in forms} | {
        f"{name}-Instruct",
        f"{row['family']}/{name}-Instruct",
    }
    joined = re.sub(r"^([a-z]+)-(\d)", r"\1\2", identifier)
    return {form for form in forms | {joined, identifier.replace("-", " ")} if form}
