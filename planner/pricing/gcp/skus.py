"""SKUs of the Cloud Billing Catalog: what each is a price of, and how it is bought."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.pricing.nouns import Answer, ShapeChanged, as_number, member, records, same_currency, word

OPERATION = "ListSkus"
# Of some 40,000 SKUs those that an accelerator, or a machine with one, is made of.
WANTED = re.compile(
    r"\bGPU\b|gpu slice|\bTPU|Tpu|\b(A2|A3|A3Plus|A3Ultra|A4|G2|G4)\b.*\b(Core|Cpu|Ram)\b|[Ll]ocal [Ss]torage|RTX 6000"
)
USAGE = {1: "OnDemand", 2: "Preemptible", 3: "Commit1Yr", 4: "Commit3Yr"}  # real servers send enums as numbers
# A region in a description, where the SKU does not list its regions (docs: "Americas" = three regions).
PLACES = {
    "Americas": ("us-central1", "us-east1", "us-west1"),
    "Iowa": ("us-central1",),
    "South Carolina": ("us-east1",),
    "Oregon": ("us-west1",),
    "Virginia": ("us-east4",),
    "Northern Virginia": ("us-east4",),
    "Columbus": ("us-east5",),
    "Dallas": ("us-south1",),
    "Los Angeles": ("us-west2",),
    "Salt Lake City": ("us-west3",),
    "Las Vegas": ("us-west4",),
    "Montreal": ("northamerica-northeast1",),
    "Toronto": ("northamerica-northeast2",),
    "Belgium": ("europe-west1",),
    "London": ("europe-west2",),
    "Frankfurt": ("europe-west3",),
    "Netherlands": ("europe-west4",),
    "Zurich": ("europe-west6",),
    "Paris": ("europe-west9",),
    "Finland": ("europe-north1",),
    "Tokyo": ("asia-northeast1",),
    "Seoul": ("asia-northeast3",),
    "Taiwan": ("asia-east1",),
    "Singapore": ("asia-southeast1",),
    "Mumbai": ("asia-south1",),
    "Sydney": ("australia-southeast1",),
}


@dataclass(frozen=True)
class Sku:
    """One SKU. model: on_demand, spot, cud_1yr, cud_3yr, dws, calendar, unused, other. unit: h, GiBy.h, GiBy.mo."""

    id: str
    description: str
    model: str
    group: str
    regions: tuple[str, ...]
    unit: str
    unit_price: float
    effective: str


def skus(answer: Answer) -> Iterator[Sku]:
    """SKUs of accelerators and their hosts with a price: licences and zero rates (not offered there) are left out.

    Raises ShapeChanged.
    """
    for record in records(member(answer.json(), "skus", OPERATION), OPERATION):
        description = member(record, "description", OPERATION, str)
        if description.startswith("Licensing Fee") or not WANTED.search(description):
            continue
        sku = _sku(record, description)
        if sku.unit_price > 0:
            yield sku


def _sku(record: Mapping[str, Any], description: str) -> Sku:
    category = record.get("category") or {}
    usage = category.get("usageType", "")
    usage = USAGE.get(usage, usage) if isinstance(usage, int) else str(usage)
    expression, effective = _expression(record)
    return Sku(
        member(record, "skuId", OPERATION, str),
        description,
        _model(description, usage),
        str(category.get("resourceGroup", "")),
        tuple(word(region, OPERATION) for region in record.get("serviceRegions") or ()) or _regions(description),
        str(expression.get("usageUnit", "")),
        _price(expression),
        effective,
    )


def _expression(record: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The newest pricing of a SKU."""
    infos = records(member(record, "pricingInfo", OPERATION), OPERATION)
    if not infos:
        return {"tieredRates": []}, ""
    newest = max(infos, key=lambda info: str(info.get("effectiveTime", "")))
    return member(newest, "pricingExpression", OPERATION, dict), str(newest.get("effectiveTime", ""))[:10]


def _price(expression: Mapping[str, Any]) -> float:
    """Units and billionths of the one rate from the first unit on; tiers above a free amount use the paid one."""
    prices = []
    for tier in records(expression.get("tieredRates") or [], OPERATION):
        rate = member(tier, "unitPrice", OPERATION, dict)
        same_currency(rate.get("currencyCode", "USD"), "USD", OPERATION)
        units = as_number(rate.get("units", 0), OPERATION) or 0.0
        nanos = as_number(rate.get("nanos", 0), OPERATION) or 0.0
        if units < 0 or nanos < 0 or nanos >= 1e9:
            raise ShapeChanged.of_answer(OPERATION, f"units {units:g}, nanos {nanos:g}")
        prices.append(units + nanos / 1e9)
    paid = [price for price in prices if price > 0]
    return paid[0] if paid else 0.0


def _model(description: str, usage: str) -> str:
    """How it is bought: by the words of the description first, since usage types are wrong on some spot SKUs."""
    text = description.lower()
    if "calendar mode" in text:
        return "calendar"
    if re.search(r"\bdws\b|defined duration", text):
        return "dws"
    if text.startswith("reserved "):
        return "unused"
    if text.startswith("commitment") or usage.startswith("Commit"):
        three = usage == "Commit3Yr" or re.search(r"3 years?\b", text)
        return "cud_3yr" if three else "cud_1yr"
    if re.search(r"\bspot\b|\bpreemptible\b", text) or usage == "Preemptible":
        return "spot"
    if "sole tenancy" in text or "premium" in text or "suspended" in text or "custom" in text:
        return "other"
    return "on_demand"


def _regions(description: str) -> tuple[str, ...]:
    found = re.search(r"\b(?:running )?in (?P<place>[A-Z][\w .]+?)(?: for \d Years?| in Calendar Mode)?$", description)
    return PLACES.get(found.group("place"), ()) if found else ()
