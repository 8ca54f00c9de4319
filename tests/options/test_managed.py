"""Managed services: their own published prices, else the premium over the instances beneath."""

from __future__ import annotations

import pytest

P4D = "kind: managed, provider: sagemaker, instance: ml.p4d.24xlarge, region: {}"
CARD = "A100-SXM-40GB"
VERTEX = "kind: managed, provider: vertex_ai, accelerator: H100-SXM, region: us-central1"


@pytest.mark.parametrize("region", ["us-east-1", "virginia"])
def test_the_published_price_of_the_service(ask, region):
    found = ask.one(P4D.format(region), ask.train(card=CARD))
    line = found.ledger.lines[0]
    assert (line.provider, line.region_id, line.unit_price.value.item()) == ("sagemaker", "us-east-1", 25.2513)
    assert line.unit_price.value.item() == round(1.15 * 21.957642, 4)  # EC2's own instance and the premium of 15 %
    assert ask.cost(found) == pytest.approx(100 * 12 * 25.2513)


def test_the_premium_where_the_service_has_no_price_of_its_own(ask):
    found = ask.one(P4D.format("us-gov-west-1"), ask.train(card=CARD))  # sold at EC2 there, not at SageMaker
    line = found.ledger.lines[0]
    assert (line.provider, line.sku_id) == ("aws", "p4d.24xlarge")
    assert line.unit_price.value.item() == pytest.approx(26.3511 * 1.15)
    assert "note.premium" in ask.keys(found.warnings)


def test_a_stated_premium_wins_over_the_published_price(ask):
    found = ask.one(f"{P4D.format('us-east-1')}, premium_fraction: 0.5", ask.train(card=CARD))
    assert found.ledger.lines[0].unit_price.value.item() == pytest.approx(1.5 * 21.957642)


def test_without_a_known_premium_it_is_asked_for(ask):
    found = ask({"rent": ask.rent, "a": VERTEX, "b": ask.rent})
    assert (found["a"].status, ask.keys(found["a"].reasons)) == ("not_priced", ["reason.premium_wanted"])
    assert found["rent"].ranked and found["b"].ranked
    told = ask.one(f"{VERTEX}, premium_fraction: 0.1")
    assert told.ledger.lines[0].unit_price.value.item() == pytest.approx(88.49 * 1.1)
    free = ask.one(f"{VERTEX}, premium_fraction: 0")
    assert free.ledger.lines[0].unit_price.value.item() == pytest.approx(88.49)


def test_a_premium_over_nothing_is_refused(ask):
    found = ask.one("kind: managed, provider: runpod, accelerator: H100-SXM, premium_fraction: 0.1")
    assert (found.status, ask.keys(found.reasons)) == ("not_priced", ["reason.premium_unused"])


def test_the_regions_are_those_of_the_provider_beneath(ask):
    stays = ask.train(card=CARD, data="{residency: US}")
    assert ask.one(f"{P4D.format('us-east-1')}, else: none", stays).ranked
    found = ask.one(f"{P4D.format('us-east-1')}, else: none", ask.train(card=CARD, data="{residency: CA}"))
    assert (found.status, found.reasons[0].arguments["country"]) == ("infeasible", "US")


def test_data_at_the_prices_of_the_provider_beneath(ask):
    found = ask.one(P4D.format("us-east-1"), ask.train(card=CARD), top="transfer: {storage_gb: 100}")
    assert ask.cost(found, "object_storage") == pytest.approx(100 * 12 * 0.023)
