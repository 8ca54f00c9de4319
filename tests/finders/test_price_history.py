"""Prices over the years, against figures that stand in the published series."""

import pytest

from planner.errors import PriceError
from planner.finders.price_history import price_history
from planner.prices import PriceBook
from planner.tables import DataFolder


@pytest.fixture(scope="module")
def book():
    return PriceBook.load(DataFolder())


def on(points, day):
    return {round(p.price_per_accelerator_hour, 2) for p in points if p.observed_on.startswith(day)}


def test_google_h100_spot_fell_by_two_thirds_then_more_than_doubled(book):
    points = price_history("H100-SXM", book=book, provider="gcp", region="us-central1", purchase_model="spot")
    # a3-highgpu-8g over 8 in Iowa: 7.80 in June 2024, 2.55 in April 2025, 6.33 on 2026-07-30
    assert 7.80 in on(points, "2024-06") and 2.55 in on(points, "2025-04") and 6.33 in on(points, "2026-07-30")
    assert [p.observed_on for p in points] == sorted(p.observed_on for p in points)


def test_the_cut_of_june_2025_at_amazon(book):
    points = price_history("H100-SXM", book=book, provider="aws", region="us-east-1", purchase_model="on_demand")
    prices = [p.price_per_accelerator_hour for p in points if p.instance_type == "p5.48xlarge"]
    assert 98.32 / 8 in prices and pytest.approx(55.04 / 8) in prices
    assert min(p.observed_on for p in points if p.price_per_accelerator_hour < 7) < "2025-06-30"


def test_every_point_has_its_source(book):
    for point in price_history("K80", book=book):
        assert point.source and point.locator and point.price_per_accelerator_hour > 0 and point.observed_on


def test_words_that_no_price_has(book):
    with pytest.raises(PriceError) as refused:
        price_history("H100-SXM", book=book, provider="amazon")
    assert refused.value.key == "prices.no_history"
