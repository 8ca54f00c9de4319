"""What managed machine-learning services add to the price of the same machine rented bare."""

from __future__ import annotations

from collections import defaultdict

from builder.common import Row, median, number_text, write_table

COLUMNS = [
    "service",
    "provider",
    "underlying_provider",
    "instance_family",
    "premium_fraction",
    "n_pairs",
    "observed_on",
    "source",
    "note",
    "flag",
]
CHECKED_ON = "2026-11-20"
GAP_SOURCE = "list of known gaps of the gathered offers, checked 2026-11-20"
GAP_NOTE = "premium not published in the collected data; give premium_fraction"
# Vertex AI is said to add a management fee per accelerator and Azure ML none: neither was verified.
UNPRICED = (("azure_ml", "azure"), ("vertex_ai", "gcp"), ("watsonx", "ibm"))
PAIR_SOURCE = "derived: SageMaker on-demand price over the EC2 on-demand price, same region, of prices/offers"


def build_managed_services(offers: list[Row]) -> list[str]:
    """Writes reference/managed_services.csv from pairs of offers, and names the services without a premium."""
    rows = _sagemaker(offers)
    rows += [
        {
            "service": service,
            "provider": provider,
            "underlying_provider": provider,
            "observed_on": CHECKED_ON,
            "source": GAP_SOURCE,
            "note": GAP_NOTE,
            "flag": "premium_unknown",
        }
        for service, provider in UNPRICED
    ]
    return [f"managed services: {write_table('reference/managed_services.csv', COLUMNS, rows)} rows"]


def _sagemaker(offers: list[Row]) -> list[Row]:
    """One row per family, or per size where a family has several: the median premium of its pairs."""
    wanted = [row for row in offers if row["purchase_model"] == "on_demand" and not _doubtful(row)]
    bare = {(row["instance_type"], row["region"]): row for row in wanted if row["provider"] == "aws"}
    pairs: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for row in wanted:
        machine = row["instance_type"].removeprefix("ml.")
        if row["provider"] == "sagemaker" and (machine, row["region"]) in bare:
            pairs[machine].append((row, bare[machine, row["region"]]))
    sizes: dict[str, int] = defaultdict(int)
    for machine in pairs:
        sizes[machine.split(".")[0]] += 1
    return [
        _premium(machine if sizes[machine.split(".")[0]] > 1 else machine.split(".")[0], found)
        for machine, found in pairs.items()
    ]


def _doubtful(row: Row) -> bool:
    return "suspect" in row["flag"] or "undated" in row["flag"]


def _premium(family: str, pairs: list[tuple[Row, Row]]) -> Row:
    """The median premium of pairs, with the regions and dates compared."""
    premiums = [
        float(managed["unit_price_per_hour"]) / float(machine["unit_price_per_hour"]) - 1 for managed, machine in pairs
    ]
    told = [
        f"{managed['region']}: {managed['unit_price_per_hour']} ({managed['observed_on']}) over "
        f"{machine['unit_price_per_hour']} ({machine['observed_on']})"
        for managed, machine in sorted(pairs, key=lambda pair: pair[0]["region"])
    ]
    return {
        "service": "sagemaker",
        "provider": "sagemaker",
        "underlying_provider": "aws",
        "instance_family": family,
        "premium_fraction": number_text(median(premiums), 4),
        "n_pairs": str(len(pairs)),
        "observed_on": min(row["observed_on"] for pair in pairs for row in pair),
        "source": PAIR_SOURCE,
        "note": "; ".join(told),
        "flag": "derived",
    }
