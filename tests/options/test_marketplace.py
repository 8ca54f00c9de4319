"""Other people's machines: published prices, reliability, what never runs there, names without a price."""

from __future__ import annotations

import math

import pytest

RUNPOD = "kind: marketplace, provider: runpod, accelerator: H100-SXM"
VAST = "kind: marketplace, provider: vast, accelerator: RTX-4090, region: US"
NO_LOSS = ", interruption_rate_per_hour: 0, checkpoint_minutes: 0, restart_minutes: 0"


@pytest.mark.parametrize(
    ("option", "card", "price"),
    [
        (RUNPOD, "H100-SXM", 2.69),  # the community's, not the 3.29 of RunPod's own machines
        (VAST, "RTX-4090", 0.6074),  # the median host
        (f"{VAST}, statistic: median", "RTX-4090", 0.6074),
        (f"{VAST}, statistic: lowest", "RTX-4090", 0.3096),  # the cheapest host, one of many
        (f"{VAST}, interruptible: true", "RTX-4090", 0.5333),  # by bid
    ],
)
def test_an_hour_of_a_card(ask, option, card, price):
    found = ask.one(option + NO_LOSS, ask.train(card=card, interruptible="true"))
    line = found.ledger.lines[0]
    assert (line.unit_price.value.item(), line.pricing_category) == (price, "dynamic")
    assert ask.cost(found) == pytest.approx(800 * 12 * price)


@pytest.mark.parametrize("reliability", [0.5, 0.9, 0.98, 0.999, 1.0])
def test_a_reliability_is_a_rate_of_interruptions(ask, reliability):
    # λ = (1 − A) / (A × 4 h), the central length of an outage; τ 1 h, checkpoints and restarts free: u = λ / (e^λ − 1)
    found = ask.one(
        f"{RUNPOD}, reliability_min: {reliability}, checkpoint_minutes: 0, restart_minutes: 0, "
        "checkpoint_interval_minutes: 60",
        ask.train(interruptible="true"),
    )
    rate = (1 - reliability) / (reliability * 4)
    useful = rate / math.expm1(rate) if rate else 1.0
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(800 / useful)


def test_hosts_of_unknown_reliability_are_told(ask):
    work = ask.train(interruptible="true")
    assert "warning.marketplace_unknown" in ask.keys(ask.one(RUNPOD, work).warnings)
    assert "warning.marketplace_unknown" not in ask.keys(ask.one(f"{RUNPOD}, reliability_min: 0.98", work).warnings)


def test_a_job_that_cannot_be_taken_up_again_goes_elsewhere(ask):
    found = ask({"rent": ask.rent, "a": f"{RUNPOD}, else: none"}, ask.train())["a"]
    assert (found.status, ask.keys(found.reasons)) == ("infeasible", ["reason.marketplace_interruptible"])


def test_a_session_pays_for_the_hours_that_its_host_is_away(ask):
    # nothing to go back to: 100 hours at reliability 0.8 are 125 hours
    found = ask.one(f"{RUNPOD}, reliability_min: 0.8", ask.session())
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(125)


@pytest.mark.parametrize("data", ["sensitive", "regulated"])
def test_secret_data_goes_elsewhere(ask, data):
    secret = ask.train(data=f"{{class: {data}}}")
    alone = ask({"rent": ask.rent, "a": f"{RUNPOD}, else: none"}, secret)
    assert (alone["a"].status, ask.keys(alone["a"].reasons)) == ("infeasible", ["reason.marketplace_data"])
    assert alone["a"].reasons[0].arguments == {"name": "train", "data": data}
    assert alone["rent"].ranked
    mixed = ask.one(RUNPOD, secret, ask.session())
    assert {(place.workload, place.served_by) for place in mixed.placement} == {("train", "rent"), ("session", "a")}
    assert ask.one(f"{RUNPOD}, else: none", ask.train(data="{class: open}", interruptible="true")).ranked


def test_by_bid_only_what_may_stop(ask):
    bid = f"{VAST}, interruptible: true, else: none"
    found = ask.one(bid, ask.serve(card="RTX-4090"))
    assert (found.status, ask.keys(found.reasons)) == ("infeasible", ["reason.spot_serving"])
    found = ask.one(bid, ask.train(card="RTX-4090"))
    assert (found.status, ask.keys(found.reasons)) == ("infeasible", ["reason.spot_interruptible"])
    assert ask.one(f"{bid}{NO_LOSS}", ask.train(card="RTX-4090", interruptible="true")).ranked
    assert ask.one(f"{VAST}{NO_LOSS}", ask.serve(card="RTX-4090")).ranked  # rented outright it may serve


@pytest.mark.parametrize(
    ("kind", "provider", "status", "instead"),
    [
        ("marketplace", "golem", "no_public_price", "Vast.ai; RunPod; Salad; Akash"),
        ("marketplace", "io_net", "no_public_price", "Vast.ai; RunPod; Salad; Akash"),
        ("notebook", "floydhub", "closed", "RunPod; Lambda; Paperspace/DigitalOcean; Modal; Lightning"),
        ("notebook", "kaggle", "free_quota", "—"),
        ("cloud", "watson", "renamed", "watsonx"),
        ("managed", "google_ai_platform", "renamed", "Vertex AI"),
        ("cloud", "quantum", "not_an_option", "—"),
    ],
)
def test_names_without_a_price_say_why_and_what_instead(ask, kind, provider, status, instead):
    option = f"kind: {kind}, provider: {provider}, accelerator: RTX-4090"
    found = ask({"rent": ask.rent, "a": option, "b": ask.rent}, ask.session())
    assert (found["a"].status, ask.keys(found["a"].reasons)) == ("not_priced", [f"reason.market.{status}"])
    assert found["a"].reasons[0].arguments["instead"] == instead
    assert found["rent"].ranked and found["b"].ranked


def test_data_at_a_host_wants_a_price(ask):
    stored = {"top": "transfer: {storage_gb: 100}"}
    found = ask.one(RUNPOD, ask.train(interruptible="true"), **stored)
    assert (found.status, ask.keys(found.reasons)) == ("not_priced", ["reason.no_transfer_price"])
    assert found.reasons[0].arguments["own"] == "storage_price_per_gb_month"
    priced = ask.one(f"{RUNPOD}{NO_LOSS}, storage_price_per_gb_month: 0.1", ask.train(interruptible="true"), **stored)
    assert ask.cost(priced, "object_storage") == pytest.approx(100 * 12 * 0.1)


def test_the_lowest_price_where_there_is_no_other_is_told(ask):
    work = ask.train(card="A100-SXM-80GB", interruptible="true")
    option = "kind: marketplace, provider: vast, accelerator: A100-SXM-80GB"
    assert "warning.lowest_only" in ask.keys(ask.one(option, work).warnings)
    assert "warning.lowest_only" not in ask.keys(ask.one(f"{option}, statistic: lowest", work).warnings)
