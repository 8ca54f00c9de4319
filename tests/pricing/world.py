"""What all providers answer in the tests: a few real prices of each, with the traps that their APIs are known for.

H100 on AWS 55.04 USD an hour for eight, and so on: figures of 2026 as published, written by hand; the expectations of
the tests are worked out from them by hand, never by the code that is tested.
"""

from __future__ import annotations

from typing import Any

from payloads import (
    Sold,
    akash_model,
    aws_advisor,
    aws_bulk,
    aws_instance,
    aws_product,
    aws_savings_rate,
    azure_item,
    canada,
    ecb_csv,
    gcp_sku,
    genai_prices,
    gpuhunt_csv,
    ibm_pricing,
    lambda_types,
    oci_part,
    runpod_card,
    text,
    vast_offer,
    zipped,
)

P5 = Sold("p5.48xlarge", "us-east-1", "on_demand", 55.04)
G6 = Sold("g6.xlarge", "ca-central-1", "on_demand", 0.8909)
COMPUTE, OLD_TPUS = "6F81-5844-456A", "E000-3F24-B8AA"


def world() -> dict[str, Any]:
    """Tables of the loopback server."""
    return {
        "aws": aws(),
        "aws_spot_advisor": aws_advisor({("us-east-1", "p5.48xlarge"): 2, ("us-east-1", "m5.large"): 0}),
        "gcp": {COMPUTE: gcp(), OLD_TPUS: []},
        "azure": azure(),
        "vast": text({"offers": vast()}),
        "runpod": text({"data": {"gpuTypes": runpod()}}),
        "lambda": lambda_types([
            Sold("gpu_8x_h100_sxm5", "us-west-1", "on_demand", 23.92, "H100 (80 GB SXM5)", 8),
            Sold("gpu_1x_a10", "", "on_demand", 0.75, "A10 (24 GB PCIe)"),
        ]),
        "oci": [
            oci_part("B98415", "Compute  - GPU - H100", 10.0), oci_part("B95909", "Compute - GPU - A10", 2.0),
            oci_part("B93297", "Compute - Standard - A1 - OCPU", 0.01, "OCPU Per Hour"),
            oci_part("B00000", "Compute - GPU - MI300X", 0.0),
        ],
        "ibm": {"/api/v1/gx3-64x320x4l4/pricing/deployment": ibm_pricing("ca-tor", 4.4)},
        "akash": text({"models": [akash_model("h100", "80Gi", 1.4), akash_model("a100", "80Gi", None)]}),
        "gpuhunt": gpuhunt(),
        "vultr": vultr(),
        "ecb": {"/stats/eurofxref/eurofxref-hist.zip": zipped("eurofxref-hist.csv", ecb_csv({
            "2026-11-20": {"USD": 1.15, "CAD": 1.61, "RUB": None}, "2026-11-19": {"USD": 1.149, "CAD": 1.608},
        }))},
        "bank_of_canada": canada({"2026-11-20": (1.4, 1.61), "2026-11-21": (1.402, 1.613), "2026-11-22": None}),
        "token_prices": genai_prices({("openai", "gpt-4o"): (2.5, 10.0), ("unheard_of", "model-x"): (1.0, 1.0)}),
    }  # fmt: skip


def aws() -> dict[str, Any]:
    """Price List, EC2 and Savings Plans; and the bulk file that is public."""
    traps = [
        aws_product(P5.__class__("p5.48xlarge", "us-east-1", "block", 0.0), "BLOCK", marketoption="CapacityBlock"),
        aws_product(P5, "UNUSED", capacitystatus="UnusedCapacityReservation"),
        aws_product(Sold("p5.48xlarge", "us-east-1", "windows", 63.872), "WIN", operatingSystem="Windows"),
        aws_product(Sold("p5.48xlarge", "us-east-1", "dedicated", 58.0), "DED", tenancy="Dedicated"),
    ]
    return {
        "products": {
            "p5.48xlarge": [aws_product(P5, "P5"), *traps],
            "g6.xlarge": [aws_product(G6, "G6")],
            "g6f.large": [aws_product(Sold("g6f.large", "us-east-1", "on_demand", 0.2018), "G6F")],
        },
        "types": [
            aws_instance("p5.48xlarge", "H100", 8, 81920, 192), aws_instance("g6.xlarge", "L4", 1, 22888, 4),
            aws_instance("g6f.large", "L4", 0, 2861, 2, GpuPartitionSize=0.125),
        ],
        "spot": [
            {"InstanceType": "p5.48xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": price,
             "Timestamp": "2020-01-01T00:00:00.000Z", "AvailabilityZone": zone}
            for zone, price in (("us-east-1a", "20.0"), ("us-east-1b", "22.0"), ("us-east-1c", "30.0"))
        ],
        "blocks": [{
            "CapacityBlockOfferingId": "cb-1", "InstanceType": "p5.48xlarge", "AvailabilityZone": "us-east-1b",
            "InstanceCount": 2, "StartDate": "2026-12-01T11:30:00.000Z", "EndDate": "2026-12-02T11:30:00.000Z",
            "CapacityBlockDurationHours": 24, "UpfrontFee": "1510.08", "CurrencyCode": "USD", "Tenancy": "default",
        }],
        "savings": [aws_savings_rate(Sold("p5.48xlarge", "us-east-1", "plan", 34.2), 1),
                    aws_savings_rate(Sold("p5.48xlarge", "us-east-1", "plan", 24.8), 3),
                    aws_savings_rate(Sold("p5.48xlarge", "us-east-1", "plan", 30.0), 1, payment="All Upfront")],
        "/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.csv": aws_bulk([P5]),
        "/offers/v1.0/aws/AmazonEC2/current/ca-central-1/index.csv": aws_bulk([G6]),
        "/offers/v1.0/aws/AmazonEC2/current/eu-west-3/index.csv": aws_bulk([]),
    }  # fmt: skip


def gcp() -> list[dict[str, Any]]:
    """Parts of an a2-highgpu-1g in Iowa on demand and by spot, an L4 with its host, and what must be left out."""
    return [
        gcp_sku("A2 Instance Core running in Americas", 0.031611),
        gcp_sku("A2 Instance Ram running in Americas", 0.004237, unit="GiBy.h"),
        gcp_sku("Nvidia Tesla A100 GPU running in Americas", 2.933908),
        gcp_sku("Spot Preemptible A2 Instance Core running in Americas", 0.0103, usage="Preemptible"),
        gcp_sku("Spot Preemptible A2 Instance Ram running in Americas", 0.0014, usage="Preemptible", unit="GiBy.h"),
        gcp_sku(
            "Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas", 0.98, usage="Preemptible"
        ),
        gcp_sku("Nvidia Tesla V100 GPU running in Montreal", 0.0, regions=("northamerica-northeast1",)),
        gcp_sku("Licensing Fee for RHEL (GPU cost)", 0.05),
        gcp_sku("Reserved A2 Instance Core in Iowa", 0.031611),
        gcp_sku("Nvidia H100 80GB GPU attached to DWS Calendar Mode VMs running in Iowa", 4.0),
        gcp_sku("Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Iowa", 3.5),
        gcp_sku("TpuV5e running in Iowa", 1.2),
        gcp_sku("N2 Instance Core running in Iowa", 0.03),
    ]


def azure() -> list[dict[str, Any]]:
    """An eight-card H100 machine: on demand, spot, reservation (total of the term), savings plan, and the traps."""
    nd = Sold("Standard_ND96isr_H100_v5", "eastus", "on_demand", 98.32)

    def at(price: float, **changes: object) -> dict[str, Any]:
        return azure_item(Sold(nd.instance, nd.region, "", price), **changes)

    plans = [{"term": "1 Year", "retailPrice": 71.0, "unitPrice": 71.0}, {"term": "3 Years", "retailPrice": 50.0}]
    return [
        at(98.32, savingsPlan=plans),
        at(18.169536, meterName="ND96isr H100 v5 Spot", skuName="ND96isr H100 v5 Spot"),
        at(516_672.0, type="Reservation", reservationTerm="1 Year"),
        at(1_051_200.0, type="Reservation", reservationTerm="3 Years"),
        at(102.6, productName="Virtual Machines ND Series Windows"),
        at(49.16, meterName="ND96isr H100 v5 Low Priority"),
        at(80.0, type="DevTestConsumption"),
        at(99.9, isPrimaryMeterRegion=False),
        azure_item(Sold("Standard_NV6ads_A10_v5", "canadacentral", "", 0.545)),
    ]


def vast() -> list[dict[str, Any]]:
    """Four hosts of one H100 in Canada, one whose price cannot be meant, one unverified, one rented."""
    h100 = [Sold("", "CA", "", price, "H100 SXM", 1, 79.6) for price in (1.6, 1.8, 2.0, 2.6)]
    return [
        *(vast_offer(sold) for sold in h100),
        vast_offer(Sold("", "CA", "", 900.0, "H100 SXM", 1, 79.6)),
        vast_offer(Sold("", "CA", "", 0.9, "H100 SXM", 1, 79.6), verification="unverified"),
        vast_offer(Sold("", "CA", "", 1.0, "H100 SXM", 1, 79.6), rented=True),
        vast_offer(Sold("", "QC", "", 7.0, "H100 SXM", 4, 79.6)),
    ]


def runpod() -> list[dict[str, Any]]:
    """A card in both clouds, one without community, one that nobody has."""
    return [
        runpod_card("NVIDIA H100 80GB HBM3", 80, 2.99, 2.69, secureSpotPrice=1.75),
        runpod_card("NVIDIA L40S", 48, 0.86, None, communityPrice=0.79),
        runpod_card("NVIDIA A40", 48, None, None),
    ]


def gpuhunt() -> dict[str, bytes]:
    """Catalogues of those without a source of their own, and of those whose source asks for a key."""
    files: dict[str, bytes] = {}
    rows = {
        "nebius": [Sold("gpu-h100-sxm 8gpu-128vcpu-1600gb", "eu-north1", "on_demand", 23.6, "H100", 8)],
        "verda": [Sold("1H100.80S.30V", "FIN-01", "on_demand", 2.29, "H100"),
                  Sold("1H100.80S.30V", "FIN-01", "spot", 0.8, "H100")],
        "cloudrift": [Sold("rtx49-7-50-500-nr.1", "us-east-nc-nr-1", "on_demand", 0.39, "RTX4090", 1, 24)],
        "lambdalabs": [Sold("gpu_1x_h100_pcie", "us-west-1", "on_demand", 2.49, "H100")],
        "gcp": [Sold("g2-standard-4", "us-central1", "spot", 0.28, "L4", 1, 24)],
        "aws": [Sold("p5.48xlarge", "us-east-1", "spot", 21.0, "H100", 8),
                Sold("p5.48xlarge", "us-east-1", "on_demand", 55.04, "H100", 8)],
    }  # fmt: skip
    for name, offers in rows.items():
        files[f"/{name}/version"] = b"20261120-42\n"
        files[f"/{name}/20261120-42/catalog.zip"] = zipped(f"{name}.csv", gpuhunt_csv(offers))
    return files


def vultr() -> dict[str, bytes]:
    """One machine without a hypervisor, of eight H100."""
    plan = {
        "id": "vbm-112c-2048gb-8-h100-gpu", "locations": ["yto"], "hourly_cost": 24.0, "type": "NVMe", "ram": 2_097_152,
        "cpu_threads": 224, "disk": 960, "disk_count": 2, "deploy_ondemand": True,
    }  # fmt: skip
    return {"/plans": text({"plans": []}), "/plans-metal": text({"plans_metal": [plan]})}
