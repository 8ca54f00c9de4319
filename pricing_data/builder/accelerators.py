"""Accelerator sheets, their identifiers, and the spellings that stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from builder.common import (
    DATA_DIR,
    BuildError,
    Row,
    number_text,
    provider_slug,
    read_rows,
    write_table,
)
from planner.offer_rows import join_flags

SHEET_CHECKED_ON = "2026-11-21"
NAMES_CHECKED_ON = "2026-11-20"
VENDORS = ("NVIDIA", "AMD", "Google", "AWS", "Intel", "Huawei", "Cerebras", "Graphcore", "Apple")
SPLIT_BY_MEMORY = {"A100-SXM": (40, 80), "A100-PCIe": (40, 80), "V100-SXM": (16, 32), "V100-PCIe": (16, 32)}
BANDWIDTH_OF_40GB = "1555"
BANDWIDTH_NOTE = "40 GB part: 1555 GB/s (vendor data sheet)"
VARIANT_FAMILIES = {"A100", "H100", "H200", "V100"}
COLUMNS = [
    "id",
    "name",
    "vendor",
    "class",
    "architecture",
    "fp32_tflops",
    "tf32_tflops",
    "fp16_tflops",
    "bf16_tflops",
    "fp8_tflops",
    "fp4_tflops",
    "int8_tops",
    "mamf_bf16_tflops",
    "memory_gib",
    "memory_bandwidth_gbs",
    "interconnect_gbs",
    "tdp_w",
    "launch",
    "source",
    "source_kind",
    "observed_on",
    "flag",
    "note",
]
ALIAS_COLUMNS = [
    "spelling",
    "provider",
    "accelerator",
    "memory_gib",
    "count_per_unit",
    "ambiguous",
    "note",
    "source",
    "observed_on",
]
# What a provider's instance name says where neither SXM nor PCIe is spelled (from the alias table's notes).
INSTANCE_RULES = [
    ("Azure", r"^Standard_NC", "PCIe"),
    ("Azure", r"^Standard_ND", "SXM"),
    ("Hyperstack", r"^[ah]100 ", "PCIe"),
    ("Massed Compute", r"^[ah]100 ", "PCIe"),
    ("Lambda", r"^gpu_8x_a100$", "SXM"),
    ("Lambda", r"^gpu_[124]x_a100$", "PCIe"),
    ("RunPod", r"^\dx_[AH]100(-80GB)?_SECURE$", "PCIe"),
    ("Scaleway", r"^(H100-\d-80G|h100 .*)$", "PCIe"),
]


@dataclass(frozen=True)
class Resolved:
    """One accelerator found for a spelling."""

    accelerator: str
    memory_gib: str
    count_per_unit: str
    ambiguous: bool


def vendor_of(name: str) -> str:
    """Vendor named at the start of an accelerator name, or an empty text."""
    first = name.split(" ", 1)[0]
    return first if first in VENDORS else ""


def base_id(name: str) -> str:
    """Identifier of an accelerator name before any split by memory."""
    text = re.sub(r"\s*\(.*?\)", "", name)
    vendor = vendor_of(text)
    if vendor:
        text = text[len(vendor) + 1 :]
    text = {"Tesla K80": "K80", "Quadro RTX 6000": "Quadro-RTX-6000"}.get(text, text)
    return "-".join(text.split())


def accelerator_id(name: str, memory_gib: str) -> str:
    """Identifier of an accelerator name and memory; parts sold in two memories are told apart."""
    base = base_id(name)
    sizes = SPLIT_BY_MEMORY.get(base)
    if sizes is None:
        return base
    size = sizes[0] if memory_gib and float(memory_gib) <= sizes[0] else sizes[1]
    return f"{base}-{size}GB"


def sheet_rows(source: Path) -> list[Row]:
    """One row per accelerator with a specification sheet."""
    rows: list[Row] = []
    for raw in read_rows(source / "training/accelerators.csv"):
        base = base_id(raw["accelerator"])
        common = {
            **raw,
            "name": raw["accelerator"],
            "note": raw["notes"],
            "observed_on": SHEET_CHECKED_ON,
            "flag": "from_memory" if raw["source_kind"] == "memory" else "",
        }
        if base == "K80":
            rows.append(_half_board(common))
            continue
        for size in SPLIT_BY_MEMORY.get(base, (0,)):
            rows.append(_sized(common, base, size))
    return rows


def _half_board(row: Row) -> Row:
    """The K80 as it is rented: one of the two processors of the board."""
    halved = {key: number_text(float(row[key]) / 2) for key in ("fp32_tflops", "memory_bandwidth_gbs", "tdp_w")}
    note = "one of the two processors of a board, as rented: half of the board's sheet"
    return {**row, **halved, "id": "K80", "name": "NVIDIA K80", "memory_gib": "12", "note": note}


def _sized(row: Row, base: str, size: int) -> Row:
    """The sheet row of one memory size."""
    if not size:
        return {**row, "id": base}
    changed = {"id": f"{base}-{size}GB", "name": f"{row['name']} {size}GB", "memory_gib": str(size)}
    if base.startswith("A100") and size == 40:
        changed["memory_bandwidth_gbs"] = BANDWIDTH_OF_40GB
        changed["note"] = "; ".join(part for part in (row["note"], BANDWIDTH_NOTE) if part)
        if row["mamf_bf16_tflops"]:
            changed["flag"] = join_flags(row["flag"], "mamf_measured_on_80GB")
    return {**row, **changed}


def nameless_sheet_rows(source: Path, known: set[str]) -> list[Row]:
    """Rows without figures for accelerators that only occur in prices or other tables."""
    found: dict[str, Row] = {}
    for raw in read_rows(source / "prices/accelerator_aliases.csv"):
        name = raw["canonical"]
        if not name or name == "by instance_type" or accelerator_id(name, raw["memory_gib"]) in known:
            continue
        row = found.setdefault(
            accelerator_id(name, raw["memory_gib"]),
            {
                "name": name,
                "vendor": vendor_of(name),
                "source": "name found in price tables; no sheet at hand",
                "source_kind": "name_only",
                "observed_on": NAMES_CHECKED_ON,
                "flag": "no_sheet",
            },
        )
        if raw["count_per_unit"] == "1" and not row.get("memory_gib"):
            row["memory_gib"] = raw["memory_gib"]
    return [{**row, "id": identifier} for identifier, row in found.items()]


class AcceleratorNames:
    """Resolves a spelling: words in the instance type, then the provider's row, then the default row."""

    def __init__(self, source: Path) -> None:
        self.rows = {(r["spelling"], r["provider"]): r for r in read_rows(source / "prices/accelerator_aliases.csv")}

    def resolve(self, spelling: str, *, provider: str = "", instance: str = "", memory: str = "") -> Resolved:
        """The accelerator meant; raises BuildError when no row matches."""
        default = self.rows.get((spelling, ""))
        row = self.rows.get((spelling, provider)) or default
        if row is None:
            raise BuildError(f"accelerator spelling {spelling!r} of {provider!r} is in no alias row")
        name, ambiguous = row["canonical"], row["ambiguous"] == "yes"
        name_of_default = default["canonical"] if default else name
        family = self._family(name_of_default if name == "by instance_type" else name)
        variant = self._variant_in(instance) or self._variant_in(spelling)
        if not variant and name == "by instance_type":
            variant = self._variant_by_rule(provider, instance)
            ambiguous = not variant
        if family and variant:
            name, ambiguous = f"NVIDIA {family} {variant}", False
        elif name == "by instance_type":
            name = name_of_default
        size = memory or row["memory_gib"]
        found = accelerator_id(name, size) if name else ""
        return Resolved(found, size, row["count_per_unit"], ambiguous)

    @staticmethod
    def _family(name: str) -> str:
        words = name.split()
        return words[1] if len(words) == 3 and words[1] in VARIANT_FAMILIES else ""

    @staticmethod
    def _variant_in(text: str) -> str:
        found = re.search(r"pcie|sxm|nvl(?!ink|\d)", text.lower())
        return {"pcie": "PCIe", "sxm": "SXM", "nvl": "NVL"}[found.group(0)] if found else ""

    @staticmethod
    def _variant_by_rule(provider: str, instance: str) -> str:
        for name, pattern, variant in INSTANCE_RULES:
            if name == provider and re.search(pattern, instance):
                return variant
        return ""


def alias_rows(source: Path, sheets: list[Row]) -> list[Row]:
    """Spellings of the source, every identifier and name, and spellings that people type."""
    rows: dict[tuple[str, str], Row] = {}
    for raw in read_rows(source / "prices/accelerator_aliases.csv"):
        known = raw["canonical"] not in ("", "by instance_type")
        provider = provider_slug(raw["provider"]) if raw["provider"] else ""
        rows[(raw["spelling"], provider)] = {
            "spelling": raw["spelling"],
            "provider": provider,
            "memory_gib": raw["memory_gib"],
            "accelerator": accelerator_id(raw["canonical"], raw["memory_gib"]) if known else "",
            "count_per_unit": raw["count_per_unit"] if known or raw["canonical"] else "",
            "ambiguous": raw["ambiguous"],
            "note": raw["note"],
            "source": "spellings of the source tables",
            "observed_on": NAMES_CHECKED_ON,
        }
    typed = [{**row, "provider": ""} for row in read_rows(DATA_DIR / "inputs/typed_spellings.csv")]
    memory = {sheet["id"]: sheet.get("memory_gib", "") for sheet in sheets}
    own = {text: sheet["id"] for sheet in sheets for text in _own_spellings(sheet)}
    typed += [{"spelling": text, "accelerator": identifier, "ambiguous": "no"} for text, identifier in own.items()]
    for row in typed:
        if row["accelerator"] not in memory:
            raise BuildError(f"typed spelling {row['spelling']!r} names no accelerator: {row['accelerator']!r}")
        rows.setdefault(
            (row["spelling"], ""),
            {
                **row,
                "memory_gib": memory[row["accelerator"]],
                "count_per_unit": "1",
                "source": "spellings that people type",
                "observed_on": NAMES_CHECKED_ON,
            },
        )
    return list(rows.values())


def _own_spellings(sheet: Row) -> list[str]:
    """The identifier and the name of an accelerator, as written and in lower case."""
    texts = [sheet["id"], sheet["name"], sheet["id"].replace("-", " ")]
    return texts + [text.lower() for text in texts]


def build_accelerators(source: Path) -> dict[str, Row]:
    """Writes the two accelerator tables; returns the sheets by identifier."""
    sheets = sheet_rows(source)
    sheets += nameless_sheet_rows(source, {row["id"] for row in sheets})
    write_table("reference/accelerators.csv", COLUMNS, sheets)
    write_table("reference/accelerator_aliases.csv", ALIAS_COLUMNS, alias_rows(source, sheets))
    return {row["id"]: row for row in sheets}
