"""The price book: filters, order, flags, age, and exchange rates worked out from the rows of the central bank."""

from __future__ import annotations

import csv
import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import PriceError
from planner.figure import leaves
from planner.prices import REFUSED_FLAGS, Fx, PriceBook, UnitPrice, as_date
from planner.tables import Row, default_folder

BOOK = PriceBook.load()


def offer(price=10.0, count=8.0, **more):
    fields = {
        "provider": "p", "provider_kind": "neocloud", "instance_type": "i", "region": "r", "accelerator": "H100-SXM",
        "accelerator_ambiguous": False, "accelerator_count": count, "purchase_model": "on_demand",
        "pricing_category": "standard", "term_months": None, "list_unit_price": price, "currency": "USD",
        "observed_on": "2026-01-01", "flag": "",
    }  # fmt: skip
    row = Row({"observed_on": "2026-01-01", "source": "made", "flag": ""}, "pricing_data/x.csv:2")
    return UnitPrice(**(fields | more), row=row)


def book_of(*offers):
    return PriceBook(offers, Fx([]))


# ------------------------------------------------------------------------------------------ published prices


@pytest.mark.parametrize(
    ("category", "price", "date"),
    [("standard", 88.49, "2026-07-30"), ("dynamic", 50.609541, "2026-07-30")],
)
def test_eight_h100_in_iowa(category, price, date):
    found = BOOK.query(provider="gcp", instance_type="a3-highgpu-8g", region="us-central1", category=category)
    assert len(found) == 1
    one = found[0]
    assert (one.list_unit_price, one.currency, one.observed_on) == (price, "USD", date)
    assert one.accelerator == "H100-SXM"
    assert one.price_per_accelerator_hour == pytest.approx(price / 8)
    figure = one.figure("x")
    assert figure.source.kind == "price_row"
    assert figure.unit == "USD/instance-hour"


def test_committed_prices_fall_with_the_term():
    found = BOOK.query(provider="gcp", instance_type="a3-highgpu-8g", region="us-central1", category="committed")
    by_term = {one.term_months: one.list_unit_price for one in found}
    assert by_term == {12: 61.383672, 36: 38.864381}


def test_locators_name_the_row_of_the_price():
    for one in BOOK.query(provider="lambda") + BOOK.query(provider="gcp", region="us-central1"):
        file, _, line = one.row.locator.rpartition(":")
        with (default_folder().parent / file).open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            cells = next(cells for cells in reader if reader.line_num == int(line))
        assert one.instance_type in cells
        assert one.list_unit_price in [float(cell) for cell in cells if cell.replace(".", "", 1).isdigit()]


# ------------------------------------------------------------------------------------------ query


def test_cheapest_per_accelerator_first():
    found = BOOK.query(accelerator="H100-SXM", category="standard")
    prices = [one.price_per_accelerator_hour for one in found]
    assert len(prices) > 50
    assert prices == sorted(prices)
    dear_but_big, cheap_but_small = offer(80, 8), offer(11, 1)
    assert book_of(cheap_but_small, dear_but_big).query() == [dear_but_big, cheap_but_small]


def test_equal_prices_keep_their_order():
    twins = [offer(instance_type=name) for name in "cab"]
    assert [one.instance_type for one in book_of(*twins).query()] == ["c", "a", "b"]


def test_filters_hold_together():
    found = BOOK.query(accelerator=["H100-SXM", "A100-SXM-80GB"], provider=["gcp", "azure"], category="standard")
    assert {one.accelerator for one in found} <= {"H100-SXM", "A100-SXM-80GB"}
    assert {one.provider for one in found} == {"gcp", "azure"}
    assert {one.pricing_category for one in found} == {"standard"}
    assert BOOK.query(accelerator="no such card") == []
    assert BOOK.query(accelerator=[]) == []
    assert BOOK.query(provider=["gcp", "no such provider"]) == BOOK.query(provider="gcp")


@pytest.mark.parametrize("flag", [*REFUSED_FLAGS, "suspect:price", "note; undated", "stale;host_excluded"])
def test_doubtful_offers_are_never_a_default(flag):
    book = book_of(offer(1, flag=flag), offer(100))
    assert [one.list_unit_price for one in book.query()] == [100]
    assert [one.list_unit_price for one in book.query(include_refused=True)] == [1, 100]


@pytest.mark.parametrize("flag", ["", "stale", "spot_above_on_demand", "above_three_times_median; stale"])
def test_other_flags_stay_priced(flag):
    assert len(book_of(offer(flag=flag)).query()) == 1


def test_no_refused_offer_of_the_whole_book_is_returned():
    for one in BOOK.query():
        parts = [part.strip() for part in one.flag.split(";")]
        assert not any(part.startswith(REFUSED_FLAGS) for part in parts), one
    assert len(BOOK.query(include_refused=True)) == len(BOOK.offers) > len(BOOK.query())


def test_every_offer_is_positive_dated_or_flagged_and_in_a_currency():
    for one in BOOK.offers:
        assert one.list_unit_price > 0
        assert one.accelerator_count > 0
        assert one.currency in BOOK.fx.currencies()
        assert as_date(one.observed_on) or "undated" in one.flag


def test_age():
    one = offer(observed_on="2026-01-01")
    assert one.age_days(dt.date(2026, 1, 31)) == 30
    assert not one.is_stale(dt.date(2027, 1, 1))  # 365 days
    assert one.is_stale(dt.date(2027, 1, 2))
    spot = offer(observed_on="2026-01-01", pricing_category="dynamic")
    assert not spot.is_stale(dt.date(2026, 4, 1))  # 90 days
    assert spot.is_stale(dt.date(2026, 4, 2))
    assert offer(observed_on="").age_days(dt.date(2026, 1, 1)) is None
    assert offer(observed_on="").is_stale(dt.date(2026, 1, 1))


def test_old_and_undated_offers_can_be_dropped():
    old, new, undated = offer(1, observed_on="2025-01-01"), offer(2, observed_on="2026-01-01"), offer(3, observed_on="")
    book = book_of(old, new, undated)
    assert book.date == dt.date(2026, 1, 1)
    assert book.query(max_age_days=30) == [new]
    assert book.query(max_age_days=365) == [old, new]
    assert book.query(max_age_days=30, as_of=dt.date(2026, 3, 1)) == []


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-03-15", dt.date(2026, 3, 15)),
        ("2026-03", dt.date(2026, 3, 1)),
        ("2026", dt.date(2026, 1, 1)),
        ("2026-03-15T10:00:00Z", dt.date(2026, 3, 15)),
        ("", None),
        ("unknown", None),
        ("2026-13-01", None),
    ],
)
def test_dates_may_be_a_year_or_a_month(text, date):
    assert as_date(text) == date


def test_unknown_words_have_near_ones():
    BOOK.check_known("provider", "gcp")
    with pytest.raises(PriceError) as caught:
        BOOK.check_known("provider", "gpc")
    assert caught.value.key == "price.unknown_provider"
    assert "gcp" in caught.value.close
    with pytest.raises(PriceError) as caught:
        BOOK.check_known("instance_type", "a3-highgpu-8")
    assert "a3-highgpu-8g" in caught.value.close


# ------------------------------------------------------------------------------------------ exchange rates


def ecb(currency):
    with (default_folder() / "fx" / "ecb.csv").open(encoding="utf-8", newline="") as stream:
        return sorted(
            (r["date"], float(r["units_per_eur"])) for r in csv.DictReader(stream) if r["currency"] == currency
        )


def test_rates_of_a_day():
    day = dt.date(2026, 8, 31)  # 1 EUR = 1.6102 CAD = 1.1596 USD
    assert BOOK.fx.rate("EUR", "CAD", day).value.item() == 1.6102
    assert BOOK.fx.rate("USD", "CAD", day).value.item() == pytest.approx(1.6102 / 1.1596)
    assert BOOK.fx.rate("CAD", "EUR", day).value.item() == pytest.approx(1 / 1.6102)
    assert BOOK.fx.rate("CAD", "CAD", day).value.item() == 1.0


def test_weekends_take_the_last_rate_before_them():
    friday, sunday = dt.date(2026, 8, 28), dt.date(2026, 8, 30)
    assert friday.weekday() == 4
    found = BOOK.fx.rate("EUR", "CAD", sunday)
    assert found.value.item() == 1.613
    assert BOOK.fx.rate("EUR", "CAD", friday).value.item() == 1.613
    assert {leaf.source.as_of for leaf in leaves(found) if leaf.source.kind == "fx_row"} == {"2026-08-28"}


def test_long_after_the_last_rate_the_last_rate_holds():
    assert BOOK.fx.rate("EUR", "CAD", dt.date(2030, 1, 1)).value.item() == ecb("CAD")[-1][1]


def test_before_the_first_rate_there_is_none():
    first = ecb("CAD")[0][0]
    assert BOOK.fx.rate("EUR", "CAD", dt.date.fromisoformat(first)).value.item() == ecb("CAD")[0][1]
    with pytest.raises(PriceError) as caught:
        BOOK.fx.rate("EUR", "CAD", dt.date.fromisoformat(first) - dt.timedelta(days=1))
    assert caught.value.key == "price.no_fx_date"
    assert caught.value.arguments["first"] == first


def test_a_currency_without_a_rate():
    with pytest.raises(PriceError) as caught:
        BOOK.fx.rate("EUR", "CAN", dt.date(2026, 8, 31))
    assert caught.value.key == "price.no_fx"
    assert "CAD" in caught.value.close


currencies = st.sampled_from(BOOK.fx.currencies())
days = st.dates(dt.date(2018, 1, 1), dt.date(2026, 10, 30))


@given(currencies, currencies, currencies, days)
def test_going_round_comes_back(a, b, c, day):
    if any(name != "EUR" and ecb_first(name) > day for name in (a, b, c)):
        return
    trip = [BOOK.fx.rate(*pair, day).value.item() for pair in ((a, b), (b, c), (c, a))]
    assert math.prod(trip) == pytest.approx(1, rel=1e-12)


_FIRST: dict[str, dt.date] = {}


def ecb_first(name):
    if name not in _FIRST:
        _FIRST[name] = dt.date.fromisoformat(ecb(name)[0][0])
    return _FIRST[name]


def test_volatility_is_the_spread_of_month_ends():
    """Monthly log changes of the last rate of each month, times √12."""
    day = dt.date(2026, 8, 31)
    last = {}
    for date, rate in ecb("CAD"):
        if date <= day.isoformat():
            last[date[:7]] = math.log(rate)
    changes = np.diff([last[month] for month in sorted(last)])
    assert BOOK.fx.annual_volatility("EUR", "CAD", day) == pytest.approx(changes.std(ddof=1) * math.sqrt(12))
    assert BOOK.fx.annual_volatility("CAD", "EUR", day) == pytest.approx(changes.std(ddof=1) * math.sqrt(12))
    assert 0.02 < BOOK.fx.annual_volatility("USD", "CAD", day) < 0.12
    assert BOOK.fx.annual_volatility("CAD", "CAD", day) == 0
    assert Fx([]).annual_volatility("USD", "CAD", day) == 0


def test_the_book_knows_itself():
    assert BOOK.date.isoformat() == max(one.observed_on for one in BOOK.offers)
    assert BOOK.id == f"snapshot-{BOOK.date.isoformat()}"
    assert len(BOOK.sha256) == 64
    assert Path(default_folder() / "manifest.json").is_file()
