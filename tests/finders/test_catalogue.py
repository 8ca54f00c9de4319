"""Names of accelerators, systems and regions, with prices that the book really holds."""

import datetime as dt

import pytest

from planner.errors import PlannerError, PriceError
from planner.finders import accelerators, regions, systems
from planner.finders.offers import cheapest_on_demand
from planner.finders.places import country_code

DAY = dt.date(2026, 8, 22)


def test_all_makers_side_by_side(book):
    found = accelerators(book=book)
    assert {"NVIDIA", "AMD", "Google", "AWS", "Intel"} <= {card.vendor for card in found}
    assert len(found) == len({card.id for card in found}) > 100
    peaks = [card.bf16_tflops or 0.0 for card in found]
    assert peaks == sorted(peaks, reverse=True)


@pytest.mark.parametrize(
    ("text", "some"),
    [("h100", "H100-SXM"), ("H100 SXM5", "H100-SXM"), ("tpu v5e", "TPU-v5e"), ("mi300", "MI300X"), ("gaudi", "Gaudi2")],
)
def test_by_name_or_alias(book, text, some):
    assert some in {card.id for card in accelerators(text, book=book)}


def test_by_maker(book):
    assert {card.vendor for card in accelerators(vendor="amd", book=book)} == {"AMD"}
    with pytest.raises(PriceError) as caught:
        accelerators(vendor="nvdia", book=book)
    assert caught.value.close[0] == "NVIDIA"


def test_cheapest_is_the_least_fresh_price(book):
    (card,) = (card for card in accelerators("H100-SXM", book=book, as_of=DAY) if card.id == "H100-SXM")
    offers = book.query(accelerator="H100-SXM", category="standard")
    fresh = [offer for offer in offers if not offer.is_stale(DAY) and offer.currency == "USD"]
    assert card.cheapest.converted == min(offer.price_per_accelerator_hour for offer in fresh)
    assert card.offers == len(offers)
    assert not card.cheapest.stale


def test_a_stale_price_only_where_there_is_no_other(book):
    tpu = cheapest_on_demand(book, "TPU-v6e", as_of=DAY)
    assert tpu.stale
    assert tpu.age_days > 365
    assert cheapest_on_demand(book, "Gaudi3", as_of=DAY) is None


def test_nothing_found_names_the_nearest(book):
    for call, text, near in ((accelerators, "H10O-SXM", "H100-SXM"), (systems, "8xH10O", "8xH100-SXM")):
        with pytest.raises(PriceError) as caught:
            call(text, book=book)
        assert near in caught.value.close
    with pytest.raises(PriceError) as caught:
        regions("montrael", book=book)
    assert "montreal" in caught.value.close
    with pytest.raises(PriceError):
        accelerators("--", book=book)


def test_system_with_street_and_list_price(book):
    (server,) = systems("8xH100-SXM", book=book)
    assert (server.accelerator, server.accelerator_count) == ("H100-SXM", 8)
    assert (server.street.price, server.street.currency, server.street.n_prices) == (285_000, "USD", 2)
    assert (server.list.price, server.list.observed_on) == (270_000, "2023-05-29")
    assert (server.power_kw, server.rack_units) == (10.2, 8)
    assert {system.id for system in systems("a100", book=book)} == {
        "8xA100-SXM-40GB",
        "4xA100-SXM-80GB",
        "8xA100-SXM-80GB",
    }


def test_regions_by_town_country_and_zone(book):
    town = {(region.provider, region.region_id) for region in regions("Montréal", book=book)}
    assert ("gcp", "northamerica-northeast1") in town
    zone = {(region.provider, region.region_id) for region in regions("CA-QC", book=book)}
    assert {place for place in town if place[0] in ("aws", "gcp", "oci")} <= zone
    country = regions("canada", book=book)
    assert zone <= {(region.provider, region.region_id) for region in country}
    assert [region.region_id for region in regions("Allemagne", provider="aws", book=book)] == ["eu-central-1"]


def test_accelerators_on_sale_in_a_region(book):
    (montreal,) = regions("northamerica-northeast1", provider="gcp", book=book)
    sold = {o.accelerator for o in book.query(provider="gcp", region="northamerica-northeast1", category="standard")}
    assert set(montreal.accelerators) == sold


def test_provider_without_a_map_is_listed_by_its_offers(book):
    assert "fr-par" in {region.region_id for region in regions(provider="scaleway", book=book)}
    with pytest.raises(PriceError) as caught:
        regions(provider="scalway", book=book)
    assert caught.value.close[0] == "scaleway"


@pytest.mark.parametrize(("text", "code"), [("fr", "FR"), ("UK", "GB"), ("États-Unis", "US"), ("canada", "CA")])
def test_country(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["XX", "Canadia", "EU", ""])
def test_no_country(text):
    with pytest.raises(PlannerError) as caught:
        country_code(text)
    assert text != "Canadia" or caught.value.close[0] == "CA (Canada)"
