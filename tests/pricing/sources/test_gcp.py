"""Google Cloud: machines composed of SKUs, through Google's own client."""

import pytest
from contract import SourceContract
from payloads import gcp_sku, text

from planner.pricing import gcp
from planner.pricing.gcp import machines, skus
from planner.pricing.nouns import Answer


class TestGcp(SourceContract):
    source = gcp.SOURCE
    keys = ("GOOGLE_API_KEY",)
    least = 15

    def test_a_machine_is_the_sum_of_its_parts(self, asked, catalogue):
        reading = gcp.SOURCE.parse(asked()[0], catalogue)
        found = {(q.instance_type, q.region, q.purchase_model): q for q in reading.quotes}
        on_demand = found["a2-highgpu-1g", "us-central1", "on_demand"]
        # 12 cores × 0.031611 + 85 GiB × 0.004237 + one A100 at 2.933908
        assert on_demand.unit_price == pytest.approx(0.379332 + 0.360145 + 2.933908)
        assert found["a2-highgpu-1g", "us-central1", "spot"].unit_price == pytest.approx(
            12 * 0.0103 + 85 * 0.0014 + 0.98
        )
        assert "12 core × 0.031611" in on_demand.note and on_demand.source.count("TEST") == 3

    def test_other_ways_of_buying_stay_apart(self, asked, catalogue):
        reading = gcp.SOURCE.parse(asked()[0], catalogue)
        alone = {(q.accelerator, q.purchase_model): q for q in reading.quotes if "host_excluded" in q.flag}
        assert alone["H100 SXM", "capacity_block"].unit_price == 4.0
        assert alone["H100 SXM", "flex_start"].unit_price == 3.5
        assert ("H100 SXM", "on_demand") not in alone
        assert not [q for q in reading.quotes if q.accelerator == "V100 SXM"]  # a rate of zero: not sold there

    def test_the_key_is_a_header_of_google(self, asked, loopback):
        asked()
        assert all(h.get("x-goog-api-key") == "test-google-secret" for _, _, h, _ in loopback.asked("gcp"))

    def test_two_pages(self, asked, loopback, monkeypatch):
        monkeypatch.setattr(gcp.fetch, "PAGE", 5)
        answers, _ = asked()
        assert sum(len(a.json()["skus"]) for a in answers) == 12  # all but the core of an N2 machine


@pytest.mark.parametrize(
    ("description", "usage", "model"),
    [
        ("Nvidia Tesla A100 GPU running in Americas", "OnDemand", "on_demand"),
        ("Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas", "OnDemand", "spot"),
        ("Commitment v1: Nvidia Tesla A100 GPU running in Americas for 1 Year", "Commit1Yr", "cud_1yr"),
        ("Commitment v1: Nvidia Tesla A100 GPU running in Americas for 3 Years", "Commit3Yr", "cud_3yr"),
        ("H200 141GB GPU attached to DWS Defined Duration VMs running in Iowa", "OnDemand", "dws"),
        ("H200 141GB GPU attached to DWS Calendar Mode VMs running in Iowa", "OnDemand", "calendar"),
        ("Reserved A2 Instance Core in Iowa", "OnDemand", "unused"),
    ],
)
def test_how_a_sku_is_bought(description, usage, model):
    (sku,) = skus.skus(Answer("ListSkus", text({"skus": [gcp_sku(description, 1.0, usage=usage)]})))
    assert sku.model == model


def test_licences_and_zero_rates_are_left_out():
    page = [
        gcp_sku("Licensing Fee for RHEL (GPU cost)", 0.05),
        gcp_sku("Nvidia Tesla V100 GPU running in Montreal", 0.0),
    ]
    assert list(skus.skus(Answer("ListSkus", text({"skus": page})))) == []


def test_units_and_billionths():
    (sku,) = skus.skus(
        Answer("ListSkus", text({"skus": [gcp_sku("Nvidia Tesla A100 GPU running in Americas", 2.933908)]}))
    )
    assert sku.unit_price == pytest.approx(2.933908) and sku.regions == ("us-central1",)


def test_the_place_in_the_description_serves_only_without_a_list():
    record = gcp_sku("Nvidia Tesla A100 GPU running in Americas", 1.0, regions=())
    (sku,) = skus.skus(Answer("ListSkus", text({"skus": [record]})))
    assert sku.regions == ("us-central1", "us-east1", "us-west1")


def test_a_part_with_two_prices_makes_no_machine(catalogue):
    page = [
        gcp_sku("A2 Instance Core running in Americas", 0.031611),
        gcp_sku("A2 Instance Core running in Americas", 0.05),
        gcp_sku("A2 Instance Ram running in Americas", 0.004237),
        gcp_sku("Nvidia Tesla A100 GPU running in Americas", 2.9),
    ]
    read = list(skus.skus(Answer("ListSkus", text({"skus": page}))))
    assert list(machines.composed(read, catalogue)) == []
