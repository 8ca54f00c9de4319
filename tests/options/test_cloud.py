"""On demand and spot: published prices to the cent, accelerators of every maker, what is refused."""

from __future__ import annotations

import pytest

from planner.errors import PriceError

AZURE = "kind: cloud, provider: azure, instance: Standard_ND96isr_H100_v5, region: {}"


@pytest.mark.parametrize(
    ("option", "price"),
    [
        ("kind: cloud, provider: aws, instance: p5.48xlarge, region: us-east-1", 55.04),
        ("kind: cloud, provider: gcp, instance: a3-highgpu-8g, region: us-central1", 88.49),
        ("kind: spot, provider: gcp, instance: a3-highgpu-8g, region: us-central1", 50.609541),
        (AZURE.format("eastus"), 98.32),
        (AZURE.format("canadacentral"), 117.984),
    ],
)
def test_eight_h100_an_hour(ask, option, price):
    # 800 accelerator-hours a month are 100 hours of eight; spot at no interruption and free checkpoints is the same
    if "spot" in option:
        option += ", interruption_rate_per_hour: 0, checkpoint_minutes: 0"
    found = ask.one(option, ask.train(interruptible="true"))
    assert found.ledger.lines[0].unit_price.value.item() == price
    assert ask.cost(found) == pytest.approx(100 * 12 * price)


@pytest.mark.parametrize(
    ("provider", "card", "more", "accelerators", "price"),
    [
        ("gcp", "TPU-v5e", ", region: us-central1", 1, 1.20),
        ("gcp", "TPU-v6e", ", region: us-east1", 1, 2.70),
        ("gcp", "TPU-v4", "", 1, 3.22),
        ("aws", "Trainium1", ", region: us-east-1, instance: trn1.32xlarge", 16, 21.50),
        ("aws", "Gaudi1", ", region: us-east-1", 8, 13.10904),
        ("aws", "Inferentia2", ", region: us-east-1, instance: inf2.xlarge", 1, 0.7582),
        ("azure", "MI300X", ", region: eastus2", 8, 48.0),
        ("digitalocean", "MI325X", "", 1, 3.80),
        ("digitalocean", "MI350X", "", 1, 6.16),
        ("hot_aisle", "MI300X", "", 1, 2.99),
    ],
)
def test_accelerators_of_other_makers(ask, provider, card, more, accelerators, price):
    found = ask.one(f"kind: cloud, provider: {provider}, accelerator: {card}{more}", ask.train(card=card))
    assert found.status == "priced"
    assert found.hours["train"].accelerator == card
    assert found.ledger.lines[0].unit_price.value.item() == price
    assert ask.cost(found) == pytest.approx(800 / accelerators * 12 * price)


@pytest.mark.parametrize(
    ("provider", "card", "key", "told"),
    [
        ("vultr", "MI355X", "reason.other_purchase", {"models": "spot"}),
        ("oci", "MI355X", "reason.only_flagged", {"flags": "undated"}),
        ("lambda", "MI300X", "reason.no_offer", {"what": "MI300X"}),
    ],
)
def test_a_card_without_a_usable_price_says_what_there_is(ask, provider, card, key, told):
    options = {"rent": ask.rent, "a": f"kind: cloud, provider: {provider}, accelerator: {card}", "b": ask.rent}
    found = ask(options, ask.train(card=card))
    assert (found["a"].status, found["a"].reasons[0].key) == ("not_priced", key)
    assert told.items() <= dict(found["a"].reasons[0].arguments).items()
    assert found["rent"].ranked and found["b"].ranked


def test_a_quotation_without_currency_is_not_priced(ask):
    quote = "quote: {price: 60, source: Q-7, date: 2026-08-01}"
    for option in (f"{ask.rent}, {quote}", f"kind: onprem, system: 8xH100-SXM, count: 1, {quote}"):
        found = ask.one(option)
        assert (found.status, ask.keys(found.reasons)) == ("not_priced", ["reason.quote_currency"])
    assert ask.one(f"{ask.rent}, {quote.replace('60,', '60, currency: USD,')}").ranked


def test_a_provider_that_nobody_knows_is_an_error_with_its_line(ask):
    with pytest.raises(PriceError) as caught:
        ask.one("kind: cloud, provider: gpc, accelerator: H100-SXM")
    assert (caught.value.key, str(caught.value.where), caught.value.close) == (
        "price.unknown_provider", "s.yaml:11", ("gcp",),
    )  # fmt: skip


def test_spot_for_a_service_is_left_to_the_else_option(ask):
    spot = "kind: spot, provider: gcp, instance: a3-highgpu-8g, region: us-central1, interruption_rate_per_hour: 0"
    alone = ask({"rent": ask.rent, "a": f"{spot}, else: none"}, ask.serve())
    assert (alone["a"].status, ask.keys(alone["a"].reasons)) == ("infeasible", ["reason.spot_serving"])
    assert alone["rent"].ranked
    both = ask.one(spot, ask.serve(), ask.train(interruptible="true"))
    assert {(place.workload, place.served_by) for place in both.placement} == {("serve", "rent"), ("train", "a")}


# ------------------------------------------------------------------------------------------ replicas on instances


@pytest.mark.parametrize(
    ("requests", "spare", "instance", "machines"),
    [
        (10, 0, "g6e.48xlarge", 1),  # five replicas share a machine of eight
        (10, 3, "g6e.48xlarge", 1),
        (10, 4, "g6e.48xlarge", 2),  # the ninth needs another
        (10, 0, "g6e.xlarge", 5),  # or five machines of one
        (10, 3, "g6e.12xlarge", 2),  # eight on machines of four
        (10, 4, "g6e.12xlarge", 3),
        (0.001, 0, "g6e.48xlarge", 1),
    ],
)
def test_replicas_share_whole_machines_that_stay_on(ask, requests, spare, instance, machines):
    option = f"kind: cloud, provider: aws, instance: {instance}, region: us-east-1"
    found = ask.one(option, ask.serve(requests, card="L40S", serving={"spare_replicas": spare}))
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(730 * machines)


def test_no_requests_hold_no_machine(ask):
    found = ask.one("kind: cloud, provider: gcp, instance: a3-highgpu-8g, region: us-central1", ask.serve(0))
    assert ask.cost(found) == 0
