"""The cash view: start, burn, revenue, loan; when it is lowest and how long it lasts."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest

from planner.appraisal import cash_of
from planner.appraisal.cash import expected_runway
from planner.appraisal.flows import Flows
from planner.compare import compare
from planner.decide import decide
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

SCENARIO = """name: cash
reporting_currency: USD
horizon: {{start: 2027-01, months: {months}}}
organisation: {{{organisation}}}
as_of: 2026-08-31
finance: {{discount_rate_fraction: 0.1{loan}}}
workloads:
  - {{id: lab, kind: accelerator_hours, accelerator_hours_per_month: {hours}}}
reference_accelerator: H100-SXM
options:
  rent: {{kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,
    quote: {{price: 8, currency: USD, source: by hand, date: 2026-08-01}}}}
{top}
"""
LOAN = ", loan: {amount: 100000, rate_fraction: 0.08, months: 60}"


def scenario(organisation="", loan="", top="", months=12, hours="1000"):
    text = SCENARIO.format(organisation=organisation, loan=loan, top=top, months=months, hours=hours)
    return parse_scenario(text, "s.yaml")


def path(organisation="", loan="", net=None, months=12):
    """Cash over half months under a net flow, as the appraisal sees it."""
    flow = np.zeros((1, 2 * months + 1)) if net is None else np.atleast_2d(np.asarray(net, dtype=float))
    found = scenario(organisation, loan, months=months).scenario
    return cash_of(found, Flows(-flow, np.zeros_like(flow)), lambda name, money, _: np.array([[money.amount.central]]))


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


@pytest.fixture(scope="module")
def ask(book):
    def call(*words, draws=1, **more):
        return compare(scenario(*words, **more), book=book, draws=Draws(draws))

    return call


def test_start_and_burn():
    """100 − 10 a month + 4 a month: 6 less each month, half of it by mid-month."""
    found = path("cash: 100, monthly_burn: 10, revenue_monthly: 4")
    assert found.expected == pytest.approx(100 - 3 * np.arange(25))
    assert found.lowest.item() == pytest.approx(28)
    assert found.lowest_month.item() == 12
    assert (found.probability_negative, found.runway_base) == (0.0, None)


def test_first_month_of_negative_cash():
    # 50 − 10 a month: 0 after month 5, under zero in month 6
    found = path("cash: 50, monthly_burn: 10")
    assert found.runway_base == 6
    assert found.probability_negative == 1.0
    assert path("cash: 49, monthly_burn: 10").runway_base == 5


def test_a_purchase_today_counts_in_month_one():
    net = np.zeros(25)
    net[0] = -100
    net[1::2] = 50
    found = path("cash: 80", net=net)
    assert (found.lowest.item(), found.lowest_month.item(), found.runway_base) == (-20, 1, 1)
    assert found.expected[:4] == pytest.approx([-20, 30, 30, 80])


def test_without_a_known_start_only_the_need_is_told():
    net = np.zeros(25)
    net[5] = -70
    found = path(net=net)
    assert not found.start_known
    assert (found.probability_negative, found.runway_base) == (None, None)
    assert (found.lowest.item(), found.lowest_month.item()) == (-70, 3)


def test_cash_by_draw():
    net = np.zeros((4, 25))
    net[:, 3] = [-10, -20, -30, -40]
    flows = Flows(-net, np.zeros_like(net))
    found = cash_of(scenario("cash: 25").scenario, flows, lambda name, money, _: np.array([[money.amount.central]]))
    assert found.lowest[:, 0].tolist() == [15, 5, -5, -15]
    assert found.probability_negative == 0.5
    assert found.runway_base is None  # 0 on average: not negative


def test_runway_of_the_mean():
    assert expected_runway(np.array([[1.0, 1.0, 1.0]])) is None
    assert expected_runway(np.array([[-1.0, 1.0, 1.0]])) == 1
    assert expected_runway(np.array([[5.0, 1.0, -1.0], [5.0, 1.0, -3.0]])) == 1
    assert expected_runway(np.array([[5.0, 1.0, 0.0, -1.0, 3.0]])) == 2


# ── loan ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_case_h_of_the_model():
    """100,000 at 8 % over 60 months is paid back by 2,027.64 a month."""
    found = path("cash: 0", LOAN, months=60)
    steps = np.diff(found.expected)
    assert found.expected[0] == pytest.approx(100_000)
    assert (steps[::2] == 0).all()  # nothing in mid-month
    assert -steps[1::2] == pytest.approx([2_027.64] * 60, abs=0.005)
    assert -steps[1] == pytest.approx(-npf.pmt(0.08 / 12, 60, 100_000))


def test_a_loan_may_come_later_and_outlast_the_horizon():
    found = path("cash: 0", ", loan: {amount: 1200, rate_fraction: 0, months: 60, first_month: 3}")
    assert found.expected[:9] == pytest.approx([0, 0, 0, 0, 1200, 1200, 1180, 1180, 1160])
    assert found.expected[-1] == pytest.approx(1200 - 10 * 20)
    beyond = path("cash: 7", ", loan: {amount: 1200, rate_fraction: 0, months: 60, first_month: 99}")
    assert (beyond.expected == 7).all()


def test_a_loan_paid_back_within_the_horizon():
    found = path("cash: 0", ", loan: {amount: 1200, rate_fraction: 0, months: 6}")
    assert found.expected[12:] == pytest.approx(np.zeros(13), abs=1e-9)


VALUE = "value: {probability_of_production: 1, months_to_production: 0, ramp_months: 0, revenue: {upsell: 1500}}"


@pytest.mark.parametrize("draws", [1, 40])
def test_financing_moves_cash_and_nothing_else(ask, draws):
    plain, lent = (
        decide(
            ask("cash: 1000, monthly_burn: 50", loan, VALUE, draws=draws, hours="{low: 500, mode: 1000, high: 1200}")
        )
        for loan in ("", LOAN)
    )
    one, other = (found.comparison.outcomes["rent"] for found in (plain, lent))
    assert (one.present_cost.value == other.present_cost.value).all()
    assert (one.appraisal.npv.value == other.appraisal.npv.value).all()
    assert one.appraisal.irr_of_mean == other.appraisal.irr_of_mean
    assert plain.order == lent.order and plain.verdict == lent.verdict
    assert other.cash.expected[0] - one.cash.expected[0] == pytest.approx(100_000)
    assert other.cash.expected[-1] - one.cash.expected[-1] == pytest.approx(100_000 - 12 * 2_027.639, abs=0.1)
    assert (other.cash.lowest >= one.cash.lowest).all()


# ── a whole scenario ──────────────────────────────────────────────────────────────────────────────────────


def test_runway_base_and_stressed(ask):
    """1,000 a month from 6,400; stressed: twice the work at one and a half times the price, 3,000 a month."""
    found = ask("cash: 6400", top="stress: {demand: 2, price: 1.5, delay: 0}").outcomes["rent"].cash
    assert found.runway_base == 7
    assert found.runway_stressed == 3
    calm = ask("cash: 6400", top="stress: {demand: 1, price: 1, delay: 0}").outcomes["rent"].cash
    assert calm.runway_stressed == calm.runway_base


def test_a_delay_brings_benefits_later(ask):
    """Costs 1,000, brings 1,500 a month from the fourth month on; a delay of six months eats 6,000 more."""
    value = VALUE.replace("months_to_production: 0", "months_to_production: 3")
    found = ask("cash: 5000", top=f"{value}\nstress: {{demand: 1, price: 1, delay: 6}}").outcomes["rent"].cash
    assert found.runway_base is None
    assert found.runway_stressed == 6


def test_the_stressed_case_by_default(ask):
    """Twice the demand at half more (assumptions of the price book): 3,000 a month."""
    assert ask("cash: 10000").outcomes["rent"].cash.runway_stressed == 4


def test_stress_leaves_the_comparison_alone(ask):
    hard = ask("cash: 10000", top="stress: {demand: 10, price: 10, delay: 5}").outcomes["rent"]
    assert hard.present_cost.mean == ask("cash: 10000").outcomes["rent"].present_cost.mean


def test_cash_in_another_currency(ask, book):
    comparison = ask("cash: {amount: 10000, currency: EUR}")
    rate = book.fx.rate("EUR", "USD", comparison.as_of).mean
    assert comparison.outcomes["rent"].cash.expected[0] == pytest.approx(10_000 * rate)
