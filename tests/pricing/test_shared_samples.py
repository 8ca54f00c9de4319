"""Payloads that others recorded, read as their index says. They stand beside the project, not in it."""

import csv
import json

import pytest

from planner.pricing import akash, azure, exchange, lambda_cloud, oci, runpod, vast
from planner.pricing.aws import commitments, machines, products, spot
from planner.pricing.gcp import skus
from planner.pricing.nouns import Answer


@pytest.fixture(scope="module")
def samples(shared_dir_of_module):
    folder = shared_dir_of_module / "data" / "api_samples"
    if not (folder / "index.csv").is_file():
        pytest.skip("no samples of APIs beside the project")
    expected = {
        row["file"]: json.loads(row["expected"])
        for row in csv.DictReader((folder / "index.csv").read_text("utf-8").splitlines())
    }

    def sample(name, operation="sample", **facts):
        return Answer(operation, (folder / name).read_bytes(), facts), expected[name]

    return sample


@pytest.fixture(scope="module")
def shared_dir_of_module(request):
    return request.getfixturevalue("shared_dir")


def priced(quotes):
    return {(q.instance_type, q.region): q.unit_price for q in quotes}


@pytest.mark.parametrize("name", ["aws/pricing_get_products_gpu_ondemand.json", "aws/pricing_get_products_traps.json"])
def test_aws_on_demand(samples, name):
    answer, expected = samples(name)
    found = priced(q for q in products.price_list(answer) if q.purchase_model == "on_demand")
    assert found == {(e["instance"], e["region"]): pytest.approx(e["usd_per_h"]) for e in expected}


def test_aws_reserved(samples):
    answer, expected = samples("aws/pricing_get_products_reserved_c5.json")
    found = sorted(q.unit_price for q in products.price_list(answer) if q.purchase_model == "reserved_1y")
    assert found == pytest.approx(sorted(e["usd_per_h"] for e in expected))


def test_aws_unused_capacity_and_storage_are_no_machines(samples):
    answer, _ = samples("aws/pricing_get_products_verbatim_unused_and_gp3.json")
    found = list(products.price_list(answer))
    assert {q.instance_type for q in found} == {"m5.large"}  # twice, at two prices: the rows take neither


def test_aws_instance_types(samples):
    answer, expected = samples("aws/ec2_describe_instance_types_gpu.json")
    found = {m.instance: m for m in machines.instance_types(answer)}
    assert set(found) == {e["instance"] for e in expected}
    for e in expected:
        machine = found[e["instance"]]
        assert machine.accelerator == (e["gpu"] or "") and machine.memory_mib == e["mem_mib_each"]
        share = e["gpu_partition"] if e["gpu_partition"] is not None and e["gpu_partition"] < 1 else None
        assert machine.count == (share or e["gpu_count"]) and machine.vcpus == e["vcpu"]


def test_aws_spot(samples):
    answer, expected = samples("aws/ec2_describe_spot_price_history_m1.json")
    assert {(q.zone, q.unit_price) for q in spot.by_zone([answer])} == {(e["zone"], e["usd_per_h"]) for e in expected}


def test_aws_advisor(samples):
    answer, expected = samples("aws/spot_advisor_data.json", date="2026-11-01")
    bands = {"<5%": ("0", "0.05"), "5-10%": ("0.05", "0.1"), "10-15%": ("0.1", "0.15"), "15-20%": ("0.15", "0.2")}
    bands[">20%"] = ("0.2", "1")
    found = {
        (r["region"], r["instance_type"]): (r["band_low_fraction"], r["band_high_fraction"])
        for r in spot.advisor(answer)
    }
    assert {k: v for k, v in found.items() if k in {(e["region"], e["instance"]) for e in expected}} == {
        (e["region"], e["instance"]): bands[e["interruption_range"]] for e in expected
    }


def test_aws_capacity_block(samples):
    answer, (expected,) = samples("aws/ec2_describe_capacity_block_offerings.json")
    (quote,) = commitments.capacity_blocks([answer])
    assert quote.unit_price == pytest.approx(expected["usd_per_h"]) and quote.zone == expected["zone"]


def test_aws_savings_plan(samples):
    answer, (expected,) = samples("aws/savingsplans_describe_offering_rates.json")
    (quote,) = commitments.savings_plans([answer])
    assert (quote.unit_price, quote.purchase_model) == (expected["usd_per_h"], "savings_plan_1y")


def test_gcp_skus(samples):
    answer, expected = samples("gcp/cloud_billing_list_skus_gpu.json")
    names = {"reserved_unused_or_calendar": {"unused", "calendar"}}
    found = {sku.id: sku for sku in skus.skus(answer)}
    assert not [e for e in expected if "drop" in e and e["sku"] in found]
    expected = [e for e in expected if "drop" not in e]
    for e in expected:
        sku = found[e["sku"]]
        assert sku.unit_price == pytest.approx(e["usd_per_gpu_h"])
        assert sku.model in names.get(e["model"], {e["model"]}), sku.description
    assert len(found) == len(expected)


def test_gcp_parts(samples):
    answer, expected = samples("gcp/cloud_billing_list_skus_full_shape.json")
    found = {sku.id: sku for sku in skus.skus(answer)}
    for e in expected:
        if e["sku"] in found:
            assert (
                found[e["sku"]].unit_price == pytest.approx(e["usd"]) and list(found[e["sku"]].regions) == e["regions"]
            )
    assert len(found) >= 3


class _NoMachines:
    def machine(self, provider, instance):
        return None


AZURE_MODELS = {"reserved_1yr": "reserved_1y", "reserved_3yr": "reserved_3y", "savings_plan_1yr": "savings_plan_1y",
                "savings_plan_3yr": "savings_plan_3y"}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["azure/retail_prices_nd96isr_h100_v5_eastus.json", "azure/retail_prices_reservation_and_devtest.json",
     "azure/retail_prices_savings_plan.json"],
)  # fmt: skip
def test_azure(samples, name):
    answer, expected = samples(name)
    found = {(q.instance_type, q.purchase_model): q.unit_price for q in azure.parse([answer], _NoMachines()).quotes}
    for e in expected:
        assert found[e["instance"], AZURE_MODELS.get(e["model"], e["model"])] == pytest.approx(e["usd_per_h"])


@pytest.mark.parametrize("name", ["vast/bundles_search_rtx3090_2022.json", "vast/bundles_search_2026_shapes.json"])
def test_vast(samples, name):
    answer, expected = samples(name)
    quotes = vast.parse([answer], None).quotes
    found = {q.instance_type: q for q in quotes if q.purchase_model == "marketplace"}
    assert set(found) == {e["instance"] for e in expected}
    for e in expected:
        quote = found[e["instance"]]
        assert (quote.unit_price, quote.accelerator, quote.accelerator_count) == (
            pytest.approx(e["usd_per_h"]), e["gpu"], e["gpu_count"],
        )  # fmt: skip


def test_runpod(samples):
    answer, expected = samples("runpod/graphql_gpu_types_prices.json")
    shown = {card["id"]: card["displayName"] for card in answer.json()["data"]["gpuTypes"]}
    found = {}
    for quote in runpod.parse([answer], None).quotes:
        where = "community" if "(community)" in quote.instance_type else "secure"
        if quote.purchase_model in ("on_demand", "marketplace", "spot"):
            key = where + ("_spot" if quote.purchase_model == "spot" else "")
            found.setdefault(shown[quote.accelerator], {})[key] = quote.unit_price
    for e in expected:
        said = {k: v for k, v in e.items() if k != "gpu" and v}  # null and 0 are no prices
        assert found.get(e["gpu"], {}) == said, e["gpu"]


def test_lambda(samples):
    answer, expected = samples("lambda/instance_types.json")
    quotes = lambda_cloud.parse([answer], None).quotes
    for e in expected:
        mine = [q for q in quotes if q.instance_type == e["instance"]]
        assert {q.unit_price for q in mine} == {e["usd_per_h"]}
        assert {q.region for q in mine if q.region} == set(e["available_regions"])


def test_oci(samples):
    answer, expected = samples("oci/products_usd.json")
    found = {part.number: (part.metric, part.unit_price) for part in oci.parts(answer)}
    for e in expected:
        assert found[e["part"]] == (e["metric"], e["usd"])


def test_akash(samples):
    answer, expected = samples("akash/gpu_prices.json")
    found = {
        q.accelerator.split(" ")[0]: q.unit_price for q in akash.parse([answer], None).quotes if q.statistic == "median"
    }
    assert found == {e["gpu"]: e["median_usd_h"] for e in expected if e["median_usd_h"] is not None}


def test_ecb(samples):
    answer, (expected,) = samples("fx/ecb_eurofxref_hist.csv")
    found = {(r["date"], r["currency"]): float(r["units_per_eur"]) for r in exchange.ecb_rates(answer)}
    assert found[expected["date"], "USD"] == expected["EURUSD"] and found[expected["date"], "CAD"] == expected["EURCAD"]


def test_bank_of_canada(samples):
    answer, expected = samples("fx/bankofcanada_valet_observations.json")
    found = {day: rate for day, name, rate in exchange.canada_rates(answer) if name == "FXUSDCAD"}
    for e in expected:  # a day without an observation has the one before
        day = max(d for d in found if d <= e["date"])
        assert found[day] == e["USDCAD"]
