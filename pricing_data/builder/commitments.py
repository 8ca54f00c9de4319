"""Prices by commitment that the offers table lacks: capacity blocks, flex-start, RunPod terms, accelerator SKUs."""

from __future__ import annotations

import re
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import BuildError, Row, read_rows
from planner.offer_rows import join_flags

HOST_EXCLUDED = "accelerator SKU only"
HISTORY = "epoch-research/"
INSTANCE_HOUR = "per instance-hour"
ACCELERATOR_HOUR = "per accelerator-hour"
TERMS = {"1y": "12", "3y": "36", "6mo": "6", "tier labelled 36mo by source": "36"}
MODELS = {
    "1 to 182 days, dated": "capacity_block",
    "1 to 90 days, dated": "capacity_block",
    "up to 7 days (Flex-start)": "flex_start",
    "6mo": "reserved_6m",
    "tier labelled 36mo by source": "reserved_3y",
    "1y": "reserved_1y",
    "3y": "reserved_3y",
}
# RunPod's names in the on-demand rows: the percentages of the source are off these secure-cloud prices.
RUNPOD = {
    "NVIDIA A100 80GB PCIe": "a100-pcie-80 (secure)",
    "NVIDIA A100-SXM4-80GB": "a100-sxm-80 (secure)",
    "NVIDIA B200": "b200 (secure)",
    "NVIDIA H100 80GB HBM3": "h100-sxm (secure)",
    "NVIDIA H100 NVL": "h100-nvl (secure)",
    "NVIDIA H100 PCIe": "h100-pcie (secure)",
    "NVIDIA H200": "h200 (secure)",
    "NVIDIA H200 NVL": "h200-nvl (secure)",
    "NVIDIA L4": "l4 (secure)",
    "NVIDIA L40": "l40 (secure)",
    "NVIDIA L40S": "l40s (secure)",
}


def committed_offers(source: Path, offers: list[Row], names: AcceleratorNames) -> list[Row]:
    """Rows in the columns of the source's offers, for the prices that are in commitments.csv alone."""
    machines = {(row["provider"], row["instance_type"]): row for row in offers}
    sold = {_sold(row, names) for row in offers if row["accelerator"]}
    prices = [row for row in read_rows(source / "prices/commitments.csv") if not row["unit"].startswith("percent")]
    prices = [row for row in prices if not row["source"].startswith(HISTORY)]
    by_instance = {_thing(row) for row in prices if INSTANCE_HOUR in row["unit"]}
    result = []
    for raw in prices:
        own = (raw["provider"], raw["instance_type_or_accelerator"], raw["region"], MODELS[raw["term"]])
        if any((row["provider"], row["instance_type"], row["region"], row["purchase_model"]) == own for row in offers):
            continue
        if INSTANCE_HOUR not in raw["unit"] and _thing(raw) in by_instance:
            continue
        row = _offer(raw, machines.get(own[:2]), names)
        if raw["term"] in ("1y", "3y") and _sold(row, names) in sold:
            continue
        result.append(row)
    return result


def _thing(raw: Row) -> tuple[str, ...]:
    return tuple(raw[column] for column in ("provider", "instance_type_or_accelerator", "region", "term"))


def _sold(row: Row, names: AcceleratorNames) -> tuple[str, ...]:
    """Provider, accelerator, region and purchase model: what an instance price of the same thing would share."""
    found = names.resolve(row["accelerator"], provider=row["provider"], instance=row["instance_type"])
    return (row["provider"], found.accelerator, row["region"], row["purchase_model"])


def _offer(raw: Row, machine: Row | None, names: AcceleratorNames) -> Row:
    """One price in the columns of the source's offers, with term and payment."""
    spelling = raw["instance_type_or_accelerator"]
    model = MODELS[raw["term"]]
    whole = INSTANCE_HOUR in raw["unit"]
    if not whole and ACCELERATOR_HOUR not in raw["unit"]:
        raise BuildError(f"commitment in an unknown unit: {raw['unit']!r}")
    accelerator = machine["accelerator"] if machine else spelling
    count = machine["accelerator_count"] if machine else names.resolve(spelling).count_per_unit
    bare = HOST_EXCLUDED in raw["unit"]
    return {
        "provider": raw["provider"],
        "instance_type": _instance(raw, bare),
        "region": "unspecified" if raw["region"] == "global" else raw["region"],
        "accelerator": accelerator,
        "accelerator_memory_gib": machine["accelerator_memory_gib"] if machine else names.resolve(spelling).memory_gib,
        "accelerator_count": count if whole else "1",
        "vcpus": machine["vcpus"] if machine and whole else "",
        "memory_gib": machine["memory_gib"] if machine and whole else "",
        "purchase_model": model,
        "term_months": TERMS.get(raw["term"], ""),
        "payment": _payment(raw, model),
        "price_per_hour": raw["price_per_hour_or_discount"],
        "currency": "USD",
        "observed_on": raw["observed_on"],
        "source": raw["source"],
        "note": "; ".join(text for text in (_source_name(raw, bare), raw["term"], raw["note"]) if text),
        "flag": join_flags("" if raw["flag"] == "stale" else raw["flag"], "host_excluded" if bare else ""),
    }


def _instance(raw: Row, bare: bool) -> str:
    """Name of what is rented; H100 Mega SKUs are told apart from H100 SKUs, which are the same accelerator."""
    name = raw["instance_type_or_accelerator"]
    if bare:
        variant = re.search(r"\b(Mega|Plus)\b", name)
        return f"(accelerator only, {variant.group(1)} SKU)" if variant else "(accelerator only)"
    if raw["provider"] == "RunPod":
        if name not in RUNPOD:
            raise BuildError(f"RunPod commitment of an unknown machine: {name!r}")
        return RUNPOD[name]
    return name


def _source_name(raw: Row, bare: bool) -> str:
    """The source's own name where the instance type does not keep it."""
    if bare or raw["provider"] == "RunPod":
        return f"{raw['instance_type_or_accelerator']} ({raw['region']})"
    return ""


def _payment(raw: Row, model: str) -> str:
    if model == "capacity_block":
        return "all_upfront"
    return "monthly" if raw["payment"].startswith("monthly") else ""
