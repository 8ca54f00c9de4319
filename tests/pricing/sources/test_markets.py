"""Vast.ai, RunPod, Lambda, Oracle, IBM, Akash: each with its traps."""

import pytest
from contract import SourceContract
from payloads import Sold, akash_model, oci_part, runpod_card, text, vast_offer

from planner.errors import PriceError
from planner.pricing import akash, ibm, lambda_cloud, oci, runpod, vast
from planner.pricing.nouns import Answer, ShapeChanged


class TestVast(SourceContract):
    source = vast.SOURCE
    least = 4

    def test_hosts_become_the_lowest_and_the_median(self, asked, catalogue):
        rows = self.rows(vast.SOURCE.parse(asked()[0], catalogue), catalogue)["prices/offers/vast.csv"]
        found = {(r["region"], r["purchase_model"], r["statistic"]): float(r["unit_price_per_hour"]) for r in rows
                 if r["accelerator_count"] == "1"}  # fmt: skip
        # asks of 1.6, 1.8, 2.0 and 2.6; one of 900 is no ask, one is unverified, one is taken; bids are 0.6 of them
        assert found == {
            ("CA", "marketplace", "lowest"): 1.6, ("CA", "marketplace", "median"): 1.9,
            ("CA", "spot", "lowest"): pytest.approx(0.96), ("CA", "spot", "median"): pytest.approx(1.14),
        }  # fmt: skip

    def test_the_price_is_read_never_built_anew(self):
        offer = vast_offer(Sold("", "CA", "", 0.8017, "RTX 4090", 2, 24), dph_base=0.7, storage_cost=0.2)
        (quote, _) = vast.parse([Answer("bundles", text({"offers": [offer]}))], None).quotes
        assert quote.unit_price == 0.8017 and quote.accelerator_count == 2

    def test_the_older_name_of_the_price(self):
        offer = vast_offer(Sold("", "CA", "", 0.5, "RTX 4090", 1, 24), discounted_dph_total=0.48)
        del offer["dph_total"]
        assert vast.parse([Answer("bundles", text({"offers": [offer]}))], None).quotes[0].unit_price == 0.48

    def test_the_hosts_memory_is_the_share_that_comes_with_it(self):
        offer = vast_offer(
            Sold("", "CA", "", 0.5, "RTX 4090", 1, 24), cpu_ram=262144, cpu_cores=64, cpu_cores_effective=16
        )
        assert vast.parse([Answer("bundles", text({"offers": [offer]}))], None).quotes[0].host_memory_gib == 64.0


class TestRunpod(SourceContract):
    source = runpod.SOURCE
    keys = ("RUNPOD_API_KEY",)
    least = 4

    def test_a_price_in_a_cloud_without_the_card_is_no_offer(self, asked, catalogue):
        reading = runpod.SOURCE.parse(asked()[0], catalogue)
        assert {(q.accelerator, q.purchase_model): q.unit_price for q in reading.quotes} == {
            ("NVIDIA H100 80GB HBM3", "on_demand"): 2.99, ("NVIDIA H100 80GB HBM3", "marketplace"): 2.69,
            ("NVIDIA H100 80GB HBM3", "spot"): 1.75, ("NVIDIA L40S", "on_demand"): 0.86,
        }  # fmt: skip

    def test_null_of_the_lowest_price_means_none_free(self):
        card = runpod_card("NVIDIA H100 80GB HBM3", 80, 2.99, None, lowestPrice={"uninterruptablePrice": None})
        (quote,) = runpod.parse([Answer("gpuTypes", text({"data": {"gpuTypes": [card]}}))], None).quotes
        assert quote.flag == "no_capacity_now"

    def test_the_words_of_graphql_are_told(self):
        answer = Answer("gpuTypes", text({"errors": [{"message": "Unauthorized"}]}))
        with pytest.raises(PriceError) as refused:
            runpod.parse([answer], None)
        assert refused.value.arguments["problem"] == "Unauthorized"


class TestLambda(SourceContract):
    source = lambda_cloud.SOURCE
    keys = ("LAMBDA_API_KEY",)
    least = 3

    def test_cents_of_the_whole_machine(self, asked, catalogue):
        reading = lambda_cloud.SOURCE.parse(asked()[0], catalogue)
        assert [(q.instance_type, q.region, q.unit_price, q.accelerator_count, q.flag) for q in reading.quotes] == [
            ("gpu_8x_h100_sxm5", "", 23.92, 8.0, ""), ("gpu_8x_h100_sxm5", "us-west-1", 23.92, 8.0, ""),
            ("gpu_1x_a10", "", 0.75, 1.0, "no_capacity_now"),
        ]  # fmt: skip

    def test_dollars_where_cents_are_documented_are_refused(self):
        body = text({"data": {"x": {"instance_type": {"name": "x", "price_cents_per_hour": 2.49}}}})
        with pytest.raises(ShapeChanged):
            lambda_cloud.parse([Answer("instance-types", body)], None)


class TestOci(SourceContract):
    source = oci.SOURCE
    least = 2

    def test_a_shape_costs_its_cards(self, asked, catalogue):
        reading = oci.SOURCE.parse(asked()[0], catalogue)
        found = {q.instance_type: q.unit_price for q in reading.quotes}
        assert found["BM.GPU.H100.8"] == 80.0
        assert {name for name, price in found.items() if price == 0} == set()

    def test_tiers_of_one_part_are_refused_not_picked_from(self):
        part = oci_part("B1", "Compute - GPU - H100", 10.0)
        part["currencyCodeLocalizations"][0]["prices"].append({"model": "PAY_AS_YOU_GO", "value": 8.0})
        with pytest.raises(ShapeChanged):
            list(oci.parts(Answer("products", text({"items": [part]}))))

    def test_prices_in_another_currency_are_left_out(self):
        part = oci_part("B1", "Compute - GPU - H100", 13.0, currency="CAD")
        assert list(oci.parts(Answer("products", text({"items": [part]})))) == []


class TestIbm(SourceContract):
    source = ibm.SOURCE

    def test_the_name_of_a_profile_says_what_is_in_it(self, asked, catalogue):
        (quote,) = ibm.SOURCE.parse(asked()[0], catalogue).quotes
        assert (quote.accelerator, quote.accelerator_count, quote.vcpus, quote.host_memory_gib) == (
            "l4",
            4.0,
            64.0,
            320.0,
        )
        assert (quote.unit_price, quote.region) == (4.4, "ca-tor")

    def test_profiles_without_a_price_are_no_trouble(self, asked, loopback):
        loopback.served["ibm"] = {}
        assert asked() == ([], [])


class TestAkash(SourceContract):
    source = akash.SOURCE
    least = 2

    def test_a_card_without_bids_has_no_price(self, asked, catalogue):
        reading = akash.SOURCE.parse(asked()[0], catalogue)
        assert [(q.accelerator, q.statistic, q.unit_price) for q in reading.quotes] == [
            ("h100 sxm", "lowest", 1.4), ("h100 sxm", "median", pytest.approx(1.68)),
        ]  # fmt: skip

    def test_prices_in_its_own_coin_are_refused(self):
        model = akash_model("h100", "80Gi", 1.4)
        model["price"]["currency"] = "uakt"
        with pytest.raises(PriceError):
            akash.parse([Answer("gpu-prices", text({"models": [model]}))], None)
