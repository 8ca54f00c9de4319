"""Commitments and capacity blocks: published prices, terms, how many, who takes the rest, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from planner.errors import ScenarioError

GCP = "kind: reserved, provider: gcp, instance: a3-highgpu-8g, region: us-central1"
AWS = "kind: reserved, provider: aws, instance: p5.48xlarge, region: us-east-1"
ON_DEMAND, ONE_YEAR, THREE_YEARS = 88.49, 61.383672, 38.864381  # eight H100 an hour at GCP
YEAR = 730 * 12


@pytest.mark.parametrize(
    ("option", "months", "price", "hours"),
    [
        (f"{GCP}, count: 1", 12, ONE_YEAR, YEAR),
        (f"{GCP}, count: 2, term_months: 12", 12, ONE_YEAR, 2 * YEAR),
        (f"{GCP}, count: 1", 36, THREE_YEARS, 3 * YEAR),  # the longest term that fits is the cheapest
        (f"{GCP}, count: 1, term_months: 12", 36, ONE_YEAR, 3 * YEAR),
        (f"{GCP}, count: 1, term_months: 12, renew: false", 36, ONE_YEAR, YEAR),
        (f"{GCP}, count: 1, term_months: 12", 30, ONE_YEAR, 2 * YEAR),  # a third term would not end in time
        (f"{AWS}, count: 1", 36, 23.7773, 3 * YEAR),
    ],
)
def test_a_commitment_is_paid_whether_used_or_not(ask, option, months, price, hours):
    found = ask.one(option, months=months)
    line = found.ledger.lines[0]
    assert (line.pricing_category, line.unit_price.value.item()) == ("committed", price)
    assert line.quantity.value.sum() == pytest.approx(hours)
    assert ask.cost(found, "commitment") == pytest.approx(hours * price)
    rest = months - hours / 730 / (2 if "count: 2" in option else 1)
    assert ask.cost(found) - ask.cost(found, "commitment") == pytest.approx(rest * 100 * ON_DEMAND)
    assert {place.served_by for place in found.placement} == ({"a", "rent"} if rest > 0.5 else {"a"})


def test_a_capacity_block_is_paid_at_once_for_its_days(ask):
    # 7 days are 168 hours of 39.33, each month; 1,344 card-hours hold the 800
    found = ask.one(f"{AWS}, block_days: 7")
    line = found.ledger.lines[0]
    assert (line.id, line.timing, line.charge_category) == ("commitment_upfront", "start", "purchase")
    assert line.quantity.value[0] == pytest.approx([168] * 12)
    assert ask.cost(found) == pytest.approx(12 * 168 * 39.33)
    # 3,000 hours of work do not fit into one machine for a week: 1,344 / 3,000; three machines hold them
    short = ask.one(f"{AWS}, block_days: 7, count: 1, else: none", ask.train("30.0e6"))
    assert (short.status, short.reasons[0].arguments["percent"]) == ("partial", 44.8)
    assert ask.one(f"{AWS}, block_days: 7", ask.train("30.0e6")).ledger.lines[0].quantity.value[0, 0] == 3 * 168
    # only in the months with work
    rare = ask.one(f"{AWS}, block_days: 7", ask.train(when="{month: 2, every_months: 6}"))
    assert rare.ledger.lines[0].quantity.value[0] == pytest.approx([0, 168, 0, 0, 0, 0, 0, 168, 0, 0, 0, 0])


def test_a_block_is_never_longer_than_the_month(ask):
    found = ask.one(f"{AWS}, block_days: 60")
    assert found.ledger.lines[0].quantity.value[0] == pytest.approx([730] * 12)


@pytest.mark.parametrize(
    ("payment", "upfront"), [("monthly", 0.0), ("partial_upfront", 0.5), ("all_upfront", 1.0)]
)  # fmt: skip
def test_when_a_commitment_is_paid(ask, payment, upfront):
    found = ask.one(f"{GCP}, count: 1, term_months: 12, payment: {payment}", months=24)
    expected = np.full(24, (1 - upfront) * 730 * ONE_YEAR)
    expected[[0, 12]] += upfront * YEAR * ONE_YEAR
    assert found.ledger.by_month()[0] == pytest.approx(expected)


def test_paying_earlier_costs_more_today(ask):
    costs = [
        ask.one(f"{GCP}, count: 1, payment: {payment}").present_cost.value.item()
        for payment in ("monthly", "partial_upfront", "all_upfront")
    ]
    assert costs == sorted(costs)
    assert costs[2] == pytest.approx(YEAR * ONE_YEAR)  # all of it on the first day


@pytest.mark.parametrize(
    ("cards", "machines"),
    [
        # a machine pays from a use of 61.38 / 88.49 = 69 % of its hours: 5.55 of its eight cards
        (5.5, 0), (5.6, 1), (8, 1), (13.5, 1), (13.6, 2), (16, 2),
    ],
)  # fmt: skip
def test_as_many_as_are_used_enough_to_pay(ask, cards, machines):
    found = ask.one(GCP, ask.train(f"{cards * 730 * 1e4:.1f}"))
    if machines == 0:
        assert (found.status, ask.keys(found.reasons)) == ("infeasible", ["reason.commit_none"])
        assert found.reasons[0].arguments == {"option": "a", "other": "rent"}
        return
    assert found.ledger.lines[0].quantity.value[0, 0] == machines * 730
    rest = max(cards - 8 * machines, 0) / 8 * YEAR * ON_DEMAND
    assert ask.cost(found) == pytest.approx(machines * YEAR * ONE_YEAR + rest)


def test_without_another_option_the_peak_is_committed(ask):
    found = ask.one(f"{GCP}, else: none", ask.train(f"{20 * 730 * 1e4:.1f}"))
    assert found.ledger.lines[0].quantity.value[0, 0] == 3 * 730
    assert found.ranked


def test_a_service_takes_its_replicas_out_of_the_capacity(ask):
    # five replicas busy, five held of eight cards: useful = busy = 5 × 730, all eight are paid
    found = ask.one(f"{GCP}, count: 1", ask.serve())
    hours = found.hours["serve"]
    assert [float(np.mean(h)) for h in (hours.useful, hours.busy, hours.held, hours.paid)] == pytest.approx(
        [3650, 3650, 3650, 5840]
    )


@pytest.mark.parametrize(
    ("option", "months", "status", "key", "told"),
    [
        (f"{GCP}, count: 1, term_months: 36", 12, "infeasible", "reason.term_beyond", {"term": 36, "months": 12}),
        (f"{GCP}, count: 1", 5, "infeasible", "reason.term_beyond", {"term": 12, "months": 5}),
        (f"{AWS}, count: 1", 12, "infeasible", "reason.term_beyond", {"term": 36, "months": 12}),
        (f"{GCP}, count: 0", 12, "infeasible", "reason.job_too_big", {"have": 0.0}),
        (f"{GCP}, block_days: 7", 12, "not_priced", "reason.other_purchase", {"provider": "gcp"}),
        (f"{GCP}, count: 1, term_months: 24", 24, "not_priced", "reason.other_term", {"term": 24, "terms": "12, 36"}),
        ("kind: reserved, provider: lambda, accelerator: H100-SXM", 12, "not_priced", "reason.other_purchase",
         {"models": "on_demand"}),
        (f"{GCP}, count: 1, quote: {{price: 40, currency: USD, source: q, date: 2026-08-01}}", 12, "not_priced",
         "reason.term_wanted", {"option": "a"}),
        (f"{GCP}, count: 1, term_months: 12, quote: {{price: 40, source: q, date: 2026-08-01}}", 12, "not_priced",
         "reason.quote_currency", {"option": "a"}),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(ask, option, months, status, key, told):
    found = ask({"rent": ask.rent, "a": option, "b": ask.rent}, months=months)
    assert (found["a"].status, ask.keys(found["a"].reasons)) == (status, [key])
    assert told.items() <= dict(found["a"].reasons[0].arguments).items()
    assert found["rent"].ranked and found["b"].ranked


def test_a_term_and_a_block_are_two_things(ask):
    with pytest.raises(ScenarioError) as caught:
        ask.one(f"{AWS}, term_months: 12, block_days: 7")
    assert (caught.value.key, str(caught.value.where)) == ("scenario.term_or_block", "s.yaml:11")


def test_a_quotation_for_a_term_needs_no_published_commitment(ask):
    quote = "quote: {price: 40, currency: USD, source: q, date: 2026-08-01}"
    found = ask.one(f"{AWS}, count: 1, term_months: 12, {quote}")
    assert ask.cost(found) == pytest.approx(YEAR * 40)
    assert found.ledger.lines[0].price_observed_on == "2026-08-01"


def test_a_source_that_does_not_say_how_it_is_paid_is_told(ask):
    assert "warning.payment_unstated" in ask.keys(ask.one(f"{AWS}, count: 1", months=36).warnings)
    assert "warning.payment_unstated" not in ask.keys(ask.one(f"{GCP}, count: 1").warnings)
    upfront = ask.one(f"{GCP}, count: 1, payment: all_upfront").warnings
    other = next(message for message in upfront if message.key == "warning.payment_other")
    assert (other.arguments["published"], other.arguments["payment"]) == ("monthly", "all_upfront")
