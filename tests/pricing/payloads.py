"""Answers in the shape of each provider's API, built from plain lists of offers. Small, written for the tests."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from itertools import count as counter


@dataclass(frozen=True)
class Sold:
    """One price: of an instance in a region, bought in one way, for an hour."""

    instance: str
    region: str
    model: str
    price: float
    gpu: str = ""
    count: float = 1
    memory_gib: float = 80


def text(document: object) -> bytes:
    return json.dumps(document).encode()


# ── AWS ───────────────────────────────────────────────────────────────────────────────────────────────────


def aws_product(sold: Sold, sku: str, **attributes: str) -> str:
    """One record of GetProducts: JSON as text, as the service sends it."""
    facts = {
        "instanceType": sold.instance, "regionCode": sold.region, "operatingSystem": "Linux", "tenancy": "Shared",
        "capacitystatus": "Used", "preInstalledSw": "NA", "marketoption": "OnDemand", "vcpu": "8",
        "locationType": "AWS Region",
    } | attributes  # fmt: skip
    dimension = {"unit": "Hrs", "endRange": "Inf", "pricePerUnit": {"USD": f"{sold.price:.10f}"}}
    terms = {"OnDemand": {f"{sku}.T": {"priceDimensions": {f"{sku}.T.R": dimension}, "termAttributes": {}}}}
    return json.dumps({
        "product": {"productFamily": "Compute Instance", "sku": sku, "attributes": facts}, "terms": terms,
    })  # fmt: skip


def aws_reserved(length: str, option: str, hourly: float, upfront: float, kind: str = "standard") -> dict[str, object]:
    """One Reserved term: an hourly price, and what is paid at once."""
    dimensions = {"R1": {"unit": "Hrs", "pricePerUnit": {"USD": f"{hourly:.10f}"}}}
    if upfront:
        dimensions["R2"] = {"unit": "Quantity", "pricePerUnit": {"USD": f"{upfront:.2f}"}}
    facts = {"LeaseContractLength": length, "PurchaseOption": option, "OfferingClass": kind}
    return {"priceDimensions": dimensions, "termAttributes": facts}


def aws_instance(name: str, gpu: str, count: int, memory_mib: int, vcpus: int = 8, **gpu_facts: float) -> dict:
    """One record of DescribeInstanceTypes."""
    card = {"Name": gpu, "Manufacturer": "NVIDIA", "Count": count, "MemoryInfo": {"SizeInMiB": memory_mib}} | gpu_facts
    return {
        "InstanceType": name, "SupportedUsageClasses": ["on-demand", "spot", "capacity-block"],
        "VCpuInfo": {"DefaultVCpus": vcpus}, "MemoryInfo": {"SizeInMiB": 65536}, "GpuInfo": {"Gpus": [card]},
    }  # fmt: skip


def aws_savings_rate(sold: Sold, years: int, kind: str = "Compute", payment: str = "No Upfront") -> dict:
    """One record of DescribeSavingsPlansOfferingRates."""
    facts = {"region": sold.region, "instanceType": sold.instance, "tenancy": "shared"}
    return {
        "savingsPlanOffering": {
            "paymentOption": payment, "planType": kind, "durationSeconds": years * 31_536_000, "currency": "USD",
        },
        "rate": f"{sold.price:.6f}", "unit": "Hrs",
        "properties": [{"name": n, "value": v} for n, v in (facts | {"productDescription": "Linux/UNIX"}).items()],
    }  # fmt: skip


def aws_bulk(rows: list[Sold]) -> bytes:
    """The bulk price file of a region: five lines before the header, then every kind of row."""
    columns = [
        "SKU", "OfferTermCode", "TermType", "Unit", "PricePerUnit", "Currency", "LeaseContractLength", "PurchaseOption",
        "OfferingClass", "Location Type", "Instance Type", "vCPU", "Tenancy", "Operating System", "CapacityStatus",
        "Pre Installed S/W", "MarketOption", "Region Code",
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    for line in (["FormatVersion", "v1.0"], ["Disclaimer", "none"], ["Publication Date", "2026-11-01T00:00:00Z"],
                 ["Version", "1"], ["OfferCode", "AmazonEC2"]):  # fmt: skip
        writer.writerow(line)
    writer.writerow(columns)
    for i, sold in enumerate(rows):
        common = ["AWS Region", sold.instance, "8", "Shared", "Linux", "Used", "NA"]
        writer.writerow(
            [f"S{i}", "T", "OnDemand", "Hrs", f"{sold.price:.10f}", "USD", "", "", "", *common, "OnDemand", sold.region]
        )
        writer.writerow(
            [f"Z{i}", "T", "OnDemand", "Hrs", "0.0000000000", "USD", "", "", "", *common, "CapacityBlock", sold.region]
        )
        writer.writerow(
            [
                f"W{i}",
                "T",
                "OnDemand",
                "Hrs",
                f"{sold.price * 1.4:.10f}",
                "USD",
                "",
                "",
                "",
                "AWS Region",
                sold.instance,
                "8",
                "Shared",
                "Windows",
                "Used",
                "NA",
                "OnDemand",
                sold.region,
            ]
        )
        writer.writerow(
            [
                f"S{i}",
                "R",
                "Reserved",
                "Hrs",
                "0",
                "USD",
                "1yr",
                "All Upfront",
                "standard",
                *common,
                "OnDemand",
                sold.region,
            ]
        )
        writer.writerow(
            [
                f"S{i}",
                "R",
                "Reserved",
                "Quantity",
                f"{sold.price * 0.6 * 8760:.4f}",
                "USD",
                "1yr",
                "All Upfront",
                "standard",
                *common,
                "OnDemand",
                sold.region,
            ]
        )
    return out.getvalue().encode()


ADVISOR_RANGES = [
    {"index": 0, "label": "<5%"}, {"index": 1, "label": "5-10%"}, {"index": 2, "label": "10-15%"},
    {"index": 3, "label": "15-20%"}, {"index": 4, "label": ">20%"},
]  # fmt: skip


def aws_advisor(bands: dict[tuple[str, str], int]) -> bytes:
    """The Spot Advisor's file: band of each region and instance."""
    regions: dict[str, dict] = {}
    for (region, instance), band in bands.items():
        regions.setdefault(region, {"Linux": {}})["Linux"][instance] = {"s": 60, "r": band}
    return text({"ranges": ADVISOR_RANGES, "spot_advisor": regions})


# ── Google ────────────────────────────────────────────────────────────────────────────────────────────────

_NUMBERS = counter(1)


def gcp_sku(
    description: str, usd: float, *, usage: str = "OnDemand", regions=("us-central1",), unit: str = "h"
) -> dict:
    """One SKU of the Cloud Billing Catalog; the price in units and billionths."""
    units, nanos = int(usd), round((usd - int(usd)) * 1e9)
    rate = {"startUsageAmount": 0, "unitPrice": {"currencyCode": "USD", "units": str(units), "nanos": nanos}}
    return {
        "name": "services/6F81-5844-456A/skus/x", "skuId": f"{next(_NUMBERS):04X}-TEST-0000",
        "description": description, "serviceRegions": list(regions),
        "category": {"serviceDisplayName": "Compute Engine", "resourceFamily": "Compute", "resourceGroup": "GPU",
                     "usageType": usage},
        "pricingInfo": [{
            "effectiveTime": "2026-11-01T00:00:00Z",
            "pricingExpression": {"usageUnit": unit, "baseUnitConversionFactor": 3600, "tieredRates": [rate]},
        }],
    }  # fmt: skip


# ── Azure ─────────────────────────────────────────────────────────────────────────────────────────────────


def azure_item(sold: Sold, **changes: object) -> dict:
    """One item of the Retail Prices API; sold.price is the price that the item states."""
    item = {
        "currencyCode": "USD", "retailPrice": sold.price, "unitPrice": sold.price, "armRegionName": sold.region,
        "location": "somewhere", "meterId": "m", "meterName": "ND", "skuName": "ND",
        "productName": "Virtual Machines ND Series", "serviceName": "Virtual Machines", "unitOfMeasure": "1 Hour",
        "type": "Consumption", "isPrimaryMeterRegion": True, "armSkuName": sold.instance,
    }  # fmt: skip
    return item | changes


def azure_page(items: list[dict], next_link: str | None = None) -> bytes:
    return text({"BillingCurrency": "USD", "Items": items, "NextPageLink": next_link, "Count": len(items)})


# ── the others ────────────────────────────────────────────────────────────────────────────────────────────


def vast_offer(sold: Sold, **changes: object) -> dict:
    """One host's offer; sold.price is for all its cards and holds the disk."""
    offer = {
        "id": next(_NUMBERS), "gpu_name": sold.gpu, "num_gpus": int(sold.count), "gpu_ram": int(sold.memory_gib * 1024),
        "dph_total": sold.price, "dph_base": sold.price * 0.98, "min_bid": sold.price * 0.6, "cpu_cores": 64,
        "cpu_cores_effective": 16.0, "cpu_ram": 262144, "reliability2": 0.99, "verification": "verified",
        "rentable": True, "rented": False, "geolocation": f"Town, {sold.region}",
    }  # fmt: skip
    return offer | changes


def runpod_card(name: str, memory_gb: int, secure: float | None, community: float | None, **changes: object) -> dict:
    card = {
        "id": name, "displayName": name, "memoryInGb": memory_gb, "secureCloud": secure is not None,
        "communityCloud": community is not None, "securePrice": secure, "communityPrice": community,
        "secureSpotPrice": None, "communitySpotPrice": None, "oneMonthPrice": None, "threeMonthPrice": None,
        "sixMonthPrice": None, "lowestPrice": {"uninterruptablePrice": secure, "minimumBidPrice": None},
    }  # fmt: skip
    return card | changes


def lambda_types(rows: list[Sold]) -> bytes:
    data = {
        sold.instance: {
            "instance_type": {
                "name": sold.instance, "gpu_description": sold.gpu, "price_cents_per_hour": round(sold.price * 100),
                "specs": {"vcpus": 26, "memory_gib": 200, "gpus": int(sold.count)},
            },
            "regions_with_capacity_available": [{"name": sold.region}] if sold.region else [],
        }
        for sold in rows
    }  # fmt: skip
    return text({"data": data})


def oci_part(number: str, name: str, price: float, metric: str = "GPU Per Hour", currency: str = "USD") -> dict:
    local = {"currencyCode": currency, "prices": [{"model": "PAY_AS_YOU_GO", "value": price}]}
    return {"partNumber": number, "displayName": name, "metricName": metric, "currencyCodeLocalizations": [local]}


def akash_model(name: str, ram: str, price: float | None, bus: str = "sxm", free: int = 3) -> dict:
    money = None if price is None else {"currency": "USD", "min": price, "max": price * 2, "med": price * 1.2}
    return {
        "vendor": "nvidia",
        "model": name,
        "ram": ram,
        "interface": bus,
        "availability": {"total": 9, "available": free},
        "price": money,
    }


def ibm_pricing(region: str, price: float) -> bytes:
    amount = {"country": "USA", "currency": "USD", "prices": [{"quantity_tier": 1, "price": price}]}
    metric = {
        "part_ref": "D1",
        "charge_unit_name": "INSTANCE_HOURS",
        "charge_unit": "Instance-Hour",
        "amounts": [amount],
    }
    return text({"deployment_region": region, "metrics": [metric]})


def gpuhunt_csv(rows: list[Sold]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "instance_name",
            "location",
            "price",
            "cpu",
            "memory",
            "gpu_count",
            "gpu_name",
            "gpu_memory",
            "spot",
            "disk_size",
            "gpu_vendor",
            "flags",
            "cpu_arch",
            "provider_data",
        ]
    )
    for sold in rows:
        writer.writerow([sold.instance, sold.region, sold.price, 16, 128.0, int(sold.count), sold.gpu, sold.memory_gib,
                         sold.model == "spot", "", "nvidia", "", "x86", "{}"])  # fmt: skip
    return out.getvalue().encode()


def zipped(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return out.getvalue()


def ecb_csv(days: dict[str, dict[str, float | None]]) -> bytes:
    currencies = sorted({name for rates in days.values() for name in rates})
    lines = ["Date," + ",".join(currencies) + ","]
    for day, rates in days.items():
        cells = ("N/A" if rates.get(name) is None else f"{rates[name]}" for name in currencies)
        lines.append(f"{day}," + ",".join(cells) + ",")
    return "\n".join(lines).encode()


def canada(days: dict[str, tuple[float, float] | None]) -> bytes:
    observations = [
        {"d": day} | ({} if rates is None else {"FXUSDCAD": {"v": f"{rates[0]}"}, "FXEURCAD": {"v": f"{rates[1]}"}})
        for day, rates in days.items()
    ]
    return text({"observations": observations})


def genai_prices(models: dict[tuple[str, str], tuple[float, float]]) -> bytes:
    """The collection of genai-prices, in the layout that its own package reads."""
    providers: dict[str, dict] = {}
    for (provider, model), (given, made) in models.items():
        kept = providers.setdefault(
            provider,
            {
                "id": provider,
                "name": provider,
                "api_pattern": "https://example\\.org",
                "pricing_urls": ["https://example.org"],
                "models": [],
            },
        )
        kept["models"].append({
            "id": model, "name": model, "match": {"equals": model}, "context_window": 128000,
            "prices": {"input_mtok": given, "output_mtok": made},
        })  # fmt: skip
    return text(list(providers.values()))
