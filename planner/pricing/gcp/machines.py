"""Machines from SKUs: cores × core price + GiB × memory price + accelerators × their price + local disks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from planner.pricing.catalogue import Catalogue, Machine
from planner.pricing.gcp.skus import Sku
from planner.pricing.nouns import Quote
from planner.units import HOURS_PER_MONTH

# Series of a machine's name → family in the SKUs of its cores and memory, and the card in those of its accelerators.
SERIES = {
    "a2-highgpu": ("A2", "A100"),
    "a2-megagpu": ("A2", "A100"),
    "a2-ultragpu": ("A2", "A100 80GB"),
    "a3-highgpu": ("A3", "H100 80GB"),
    "a3-megagpu": ("A3Plus", "H100 80GB Mega"),
    "a3-ultragpu": ("A3Ultra", "H200 141GB"),
    "g2-standard": ("G2", "L4"),
    "g4-standard": ("G4", "RTX 6000 96GB"),
}
# Local disks that belong to a machine [GiB], docs.cloud.google.com/compute/docs/accelerator-optimized-machines.
LOCAL_DISK_GIB = {
    "a2-ultragpu-1g": 375, "a2-ultragpu-2g": 750, "a2-ultragpu-4g": 1500, "a2-ultragpu-8g": 3000,
    "a3-highgpu-1g": 750, "a3-highgpu-2g": 1500, "a3-highgpu-4g": 3000, "a3-highgpu-8g": 6000,
    "a3-megagpu-8g": 6000,
}  # fmt: skip
# Smaller machines of these series are rented by spot and flex start only, whatever their parts are priced at.
SPOT_ONLY = ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g")
NOT_ALONE = ("on_demand", "cud_1yr", "cud_3yr")
MODELS = {
    "on_demand": ("on_demand", None, ""),
    "spot": ("spot", None, ""),
    "cud_1yr": ("reserved_1y", 12, "monthly"),
    "cud_3yr": ("reserved_3y", 36, "monthly"),
}
ALONE = MODELS | {"dws": ("flex_start", None, ""), "calendar": ("capacity_block", None, "all_upfront")}
_PART = re.compile(r"\b(?P<family>A2|A3Plus|A3Ultra|A3|A4|G2|G4)(?: Instance)? (?P<part>Core|Cpu|Ram)\b")
_CARD = re.compile(r"\b((?:A100|H100|H200|L4|T4|V100|P100|P4|K80|RTX 6000)[\w ]*?) GPU\b")
_TPU = re.compile(r"\btpu[ -]?(?P<version>v\d+[ep]?)\b", re.IGNORECASE)
CARDS = {  # card in a description → spelling of the accelerator and memory of one [GiB]
    "A100": ("A100 SXM", 40.0),
    "A100 80GB": ("A100 SXM", 80.0),
    "H100 80GB": ("H100 SXM", 80.0),
    "H100 80GB Mega": ("H100 SXM", 80.0),
    "H200 141GB": ("H200 SXM", 141.0),
    "L4": ("L4", 24.0),
    "RTX 6000 96GB": ("RTX PRO 6000", 96.0),
    "T4": ("T4", 16.0),
    "V100": ("V100 SXM", 16.0),
    "P100": ("P100", 16.0),
    "P4": ("P4", 8.0),
    "K80": ("K80", 12.0),
}


def card_of(description: str) -> str:
    """The card that a SKU is the price of; empty where it is of something else.

    >>> card_of("Nvidia H100 Mega 80GB GPU attached to DWS Defined Duration VMs running in Belgium")
    'H100 80GB Mega'
    >>> card_of("Commitment v1: Nvidia Tesla A100 80GB GPU running in Americas for 1 Year"), card_of("A2 Instance Ram")
    ('A100 80GB', '')
    """
    found = _CARD.search(description)
    if not found and "RTX 6000 96GB" in description:
        return "RTX 6000 96GB"
    words = found.group(1).split() if found else []
    if "Mega" in words or "Plus" in words:
        return "H100 80GB Mega"
    name = " ".join(words)
    return name if name in CARDS else ""


Parts = Mapping[tuple[str, str, str], Sku]


def _parts(skus: Iterable[Sku]) -> tuple[Parts, set[tuple[str, str, str]]]:
    """SKU of each part, way of buying and region; and those of which two prices stand."""
    found: dict[tuple[str, str, str], Sku] = {}
    twice: set[tuple[str, str, str]] = set()
    for sku in skus:
        name = _part_name(sku)
        for region in sku.regions if name else ():
            key = (name, sku.model, region)
            if key in found and found[key].unit_price != sku.unit_price:
                twice.add(key)
            found[key] = sku
    return {key: sku for key, sku in found.items() if key not in twice}, twice


def _part_name(sku: Sku) -> str:
    part = _PART.search(sku.description)
    if part:
        return f"{part['family']} {'ram' if part['part'] == 'Ram' else 'core'}"
    if re.search(r"ssd backed local storage|local ssd", sku.description, re.IGNORECASE):
        return "local disk"
    if "B200" in sku.description and "gpu slice" in sku.description:
        return "B200 slice"
    return card_of(sku.description)


def composed(skus: Iterable[Sku], catalogue: Catalogue) -> Iterator[Quote]:
    """Each known machine in each region and way of buying in which all its parts have one price."""
    parts, _ = _parts(skus)
    places: dict[str, set[str]] = defaultdict(set)
    for _, model, region in parts:
        places[model].add(region)
    machines = [m for m in catalogue.instances("gcp") if m.vcpus and m.memory_gib and _series(m) in SERIES]
    for machine in machines:
        for model, bought in MODELS.items():
            for region in sorted(places[model]):
                quote = _machine(machine, model, region, parts)
                if quote is not None and not (model in NOT_ALONE and machine.instance_type in SPOT_ONLY):
                    purchase, months, payment = bought
                    yield quote.but(purchase_model=purchase, term_months=months, payment=payment)


def _series(machine: Machine) -> str:
    return "-".join(machine.instance_type.split("-")[:2])


def _machine(machine: Machine, model: str, region: str, parts: Parts) -> Quote | None:
    family, card = SERIES[_series(machine)]
    disk_gib = LOCAL_DISK_GIB.get(machine.instance_type, 0)
    needed = [
        (parts.get((f"{family} core", model, region)), machine.vcpus or 0.0, "core"),
        (parts.get((f"{family} ram", model, region)), machine.memory_gib or 0.0, "GiB"),
        (parts.get((card, model, region)), machine.accelerator_count, card),
    ]
    if disk_gib:  # disks are not committed everywhere: then they cost what they cost on demand
        disk = parts.get(("local disk", model, region)) or parts.get(("local disk", "on_demand", region))
        needed.append((disk, disk_gib / HOURS_PER_MONTH, "GiB of local disk / 730 h"))
    total, words, numbers = 0.0, [], []
    for sku, quantity, word in needed:
        if sku is None:
            return None
        total += sku.unit_price * quantity
        words.append(f"{quantity:.6g} {word} × {sku.unit_price:.6g}")
        numbers.append(sku.id)
    return Quote(
        "gcp", machine.instance_type, region, "", total, "USD",
        f"Google Cloud Billing Catalog, SKUs {' '.join(numbers)}", note=" + ".join(words),
    )  # fmt: skip


def accelerators_alone(skus: Iterable[Sku]) -> Iterator[Quote]:
    """Accelerators as they are billed, without the host that a machine needs besides."""
    parts, _ = _parts(skus)
    for (name, model, region), sku in parts.items():
        if name not in CARDS or model not in ALONE:
            continue
        spelling, memory = CARDS[name]
        purchase, months, payment = ALONE[model]
        instance = "(accelerator only, Mega SKU)" if name.endswith("Mega") else "(accelerator only)"
        yield Quote(
            "gcp", instance, region, purchase, sku.unit_price, "USD", f"Google Cloud Billing Catalog, SKU {sku.id}",
            accelerator=spelling, accelerator_count=1.0, memory_gib=memory, term_months=months, payment=payment,
            note=sku.description, flag="host_excluded",
        )  # fmt: skip


def tpus(skus: Iterable[Sku]) -> Iterator[Quote]:
    """TPUs by the chip. Versions 2 and 3 are billed by the core, two to a chip: their SKUs are left out."""
    found: dict[tuple[str, str, str], set[float]] = defaultdict(set)
    source: dict[tuple[str, str, str], Sku] = {}
    for sku in skus:
        match = _TPU.search(sku.description.replace("Tpu-", "Tpu ").replace("TpuV", "Tpu v"))
        if match is None or sku.model not in MODELS or sku.unit not in ("h", "hour"):
            continue
        version = match["version"].lower()
        if version in ("v2", "v3"):
            continue
        for region in sku.regions:
            key = (version, sku.model, region)
            found[key].add(sku.unit_price)
            source[key] = sku
    for key, prices in found.items():
        version, model, region = key
        if len(prices) == 1:
            purchase, months, payment = MODELS[model]
            sku = source[key]
            yield Quote(
                "gcp", f"TPU {version}", region, purchase, prices.pop(), "USD",
                f"Google Cloud Billing Catalog, SKU {sku.id}", accelerator=f"TPU-{version}", accelerator_count=1.0,
                term_months=months, payment=payment, linked=256.0, note=sku.description,
            )  # fmt: skip
