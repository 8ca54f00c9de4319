"""The whole doubt of a decision: pair, worth of information, measurements, map of winners, best switch."""

from __future__ import annotations

import json

import numpy as np
import pytest

from planner.decide import losses
from planner.report.sensitivity_json import sensitivity_document
from planner.sensitivity import evppi, sensitivity
from planner.sensitivity.regions import DEMAND_LEVELS, PRICE_LEVELS
from planner.text import LANGUAGES

WORK = "{low: 100, mode: 500, high: 1500}"
VALUE = (
    "value: {probability_of_production: 0.5, months_to_production: 0, ramp_months: 0,"
    " revenue: {upsell: {monthly: {low: 500, mode: 2000, high: 6000}}}}"
)


@pytest.fixture(scope="module")
def options(doubt):
    return {"rent": doubt.rent("{low: 8, mode: 16, high: 40}"), "own": doubt.own("{p5: 10000, p95: 18000}", 0.2)}


@pytest.fixture(scope="module")
def by_cost(doubt, options):
    return sensitivity(doubt(options, doubt.steady(WORK), draws=500))


@pytest.fixture(scope="module")
def by_value(doubt, options):
    return sensitivity(doubt(options, doubt.steady(WORK), top=VALUE, draws=500), with_map=False)


def test_the_pair_and_the_error_of_its_lead(by_cost):
    outcomes = by_cost.decision.comparison.outcomes
    assert by_cost.pair == by_cost.decision.order
    first, second = (outcomes[name].present_cost.value for name in by_cost.pair)
    assert by_cost.monte_carlo_error == pytest.approx((second - first).std(ddof=1) / 500**0.5)


def test_perfect_information_bounds_every_input(by_cost, by_value):
    for found, most in ((by_cost, by_cost.evpi), (by_value, by_value.evpi_with_none)):
        assert most > 0
        for one in found.evppi:
            assert 0 <= one.evppi <= most * (1 + 1e-9), one.name
        for one in found.measure_next:
            assert 0 <= one.evsi <= one.evppi * (1 + 1e-9), one.name
            assert one.evppi <= most * (1 + 1e-9), one.name


def test_expected_regret_of_the_best_is_what_perfect_information_is_worth(by_cost, by_value):
    for found in (by_cost, by_value):
        standings = found.decision.standings
        assert found.evpi == pytest.approx(min(one.expected_regret for one in standings.values()))
        assert found.evpi == pytest.approx(standings[found.decision.best].expected_regret)


def test_doing_nothing_is_a_choice_where_value_is_known(by_cost, by_value):
    assert by_cost.evpi_with_none is None
    ranked = [by_value.decision.comparison.outcomes[name] for name in by_value.decision.order]
    npv = -losses(ranked, by_value=True)
    wanted = np.maximum(npv.max(axis=1), 0).mean() - max(npv.mean(axis=0).max(), 0)
    assert by_value.evpi_with_none == pytest.approx(wanted)


def test_knowing_the_outcome_of_the_gate(by_value):
    """What it is worth to know whether production comes: by the two groups of draws, not by the number behind them."""
    comparison = by_value.decision.comparison
    ranked = [comparison.outcomes[name] for name in by_value.decision.order]
    choices = np.hstack([-losses(ranked, by_value=True), np.zeros((500, 1))])
    wanted = evppi(choices, [comparison.production.opens.value])
    listed = {one.name: one.evppi for one in by_value.evppi}
    assert listed["value.production_outcome"] == pytest.approx(wanted, rel=0.05)


def test_inputs_that_move_nothing_are_worth_nothing(by_cost):
    worth = {one.name: one.evppi for one in by_cost.evppi}
    assert worth["pue_own_site"] == pytest.approx(0, abs=1e-6)  # electricity costs nothing here
    assert worth["lab.accelerator_hours_per_month"] > worth["own.quote.price"] >= 0
    assert "pue_own_site" not in [one.name for one in by_cost.measure_next]


def test_measurements_are_recommended_only_when_they_pay(by_cost, by_value):
    for found in (by_cost, by_value):
        nets = [one.net for one in found.measure_next]
        assert nets == sorted(nets, reverse=True)
        for one in found.measure_next:
            assert one.net == pytest.approx(one.evsi - one.cost - one.delay_cost)
            assert one.cost > 0
        assert (found.recommended is not None) == bool(nets and nets[0] > 0)


def test_a_large_stake_makes_counting_worth_while(doubt):
    """A hundred times the work and the price: the same days of counting, a hundred times the stake."""
    big = {"rent": doubt.rent("{low: 8, mode: 16, high: 40}"), "own": doubt.own("{p5: 1.0e6, p95: 1.8e6}", 0.2, 100)}
    found = sensitivity(doubt(big, doubt.steady("{low: 1.0e4, mode: 5.0e4, high: 1.5e5}"), draws=500), with_map=False)
    assert found.recommended is None or found.recommended.net > 0
    hours = next(one for one in found.measure_next if one.name == "lab.accelerator_hours_per_month")
    assert hours.kind == "demand"


def test_shares_of_variance_of_the_lead(by_cost):
    assert set(by_cost.sobol) <= {bar.input.name for bar in by_cost.tornado}
    for one in by_cost.sobol.values():
        assert -0.15 <= one.first <= one.total + 0.15
        assert one.total <= 1.15


# ── special decisions ─────────────────────────────────────────────────────────────────────────────────────


def test_the_same_plan_under_another_name_is_no_rival(doubt, options):
    own = doubt.own(10_000)
    found = sensitivity(doubt({"own": own, "twin": own, "rent": options["rent"]}, doubt.steady(700), draws=60))
    assert found.decision.tie == ("own", "twin")
    assert found.pair == ("own", "rent")


def test_a_tie_is_a_tie(doubt):
    """The same price twice: nothing to learn, no lead, no threshold between them."""
    found = sensitivity(doubt({"one": doubt.rent(16), "two": doubt.rent(16)}, doubt.steady(WORK), draws=60))
    assert found.decision.tie == ("one", "two")
    assert found.pair == ("one", None)
    assert found.evpi == 0
    assert [one.evppi for one in found.evppi] == [0] * len(found.evppi)
    assert found.measure_next == () and found.recommended is None
    assert not [change for change in found.would_change if change.then in ("one", "two")]


def test_one_full_plan_has_no_rival(doubt, options):
    found = sensitivity(doubt({"rent": options["rent"]}, doubt.steady(WORK), draws=60), with_map=False)
    assert found.pair == ("rent", None)
    assert found.evpi == 0
    bar = next(one for one in found.tornado if one.input.name == "lab.accelerator_hours_per_month")
    assert bar.low == pytest.approx(-12 * bar.low_at * 2)  # its own worth: 2 USD an hour at central price


def test_no_full_plan_no_doubt(doubt, options):
    decision = doubt(options, doubt.steady(500), top="constraints: {budget: 1}")
    assert sensitivity(decision) is None
    document = sensitivity_document(None)
    assert (document["pair"], document["evpi"], document["tornado"]) == (None, None, [])


def test_a_certain_scenario_has_nothing_to_learn(doubt):
    found = sensitivity(doubt({"rent": doubt.rent(16), "own": doubt.own(13_000)}, doubt.steady(500)), with_map=False)
    assert (found.evpi, found.monte_carlo_error) == (0, 0)
    assert found.measure_next == ()


# ── map and switch ────────────────────────────────────────────────────────────────────────────────────────


def test_the_map_of_winners(doubt):
    """Rent 12,000 × demand × price against 13,000: the frontier is demand × price = 13/12."""
    found = sensitivity(doubt({"rent": doubt.rent(16), "own": doubt.own(13_000)}, doubt.steady(500))).win_map
    assert (found.demand, found.price) == (DEMAND_LEVELS, PRICE_LEVELS)
    for price, row in zip(PRICE_LEVELS, found.winner, strict=True):
        for demand, winner in zip(DEMAND_LEVELS, row, strict=True):
            assert winner == ("rent" if 12 * price * demand < 13 else "own"), (price, demand)
    assert found.use_of == "own"
    assert found.use == pytest.approx([500 * demand / 5840 for demand in DEMAND_LEVELS])


def test_the_best_month_to_switch(doubt):
    """Rent costs 1,000 a month; a server of 6,000 keeps half its price whatever its age: buy at once."""
    options = {
        "rent": doubt.rent(16), "own": doubt.own(6_000, 0.5),
        "later": "kind: sequence, phases: [{option: rent, from_month: 1}, {option: own, from_month: 7}]",
    }  # fmt: skip
    (found,) = sensitivity(doubt(options, doubt.steady(500))).switches
    assert (found.option, found.written, found.best) == ("later", 7, 2)
    assert found.costs == pytest.approx({month: 1000 * (month - 1) + 3000 for month in range(2, 13)})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_is_plain_data(by_cost, by_value, lang):
    for found in (by_cost, by_value):
        text = json.dumps(sensitivity_document(found, lang), allow_nan=False)
        assert json.loads(text)["schema"] == "planner.sensitivity/1"
