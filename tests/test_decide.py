"""The answer: order, probability of being best, regret, ties, and a sentence whatever happens."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.comparison import Comparison, Outcome
from planner.decide import decide
from planner.errors import Message
from planner.figure import Source
from planner.figure import given as leaf
from planner.ledger import Ledger, cost_line
from planner.prices import Fx, PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws, with_rank_correlation

HERE = Source("scenario", "s.yaml:1", "2026-01-01")
MONTHS = 12


def outcome(name, cost, status="priced", by_month=None):
    """An option whose present cost is given, paid in month 1 at 0 %, or by month."""
    cost = np.asarray(cost, dtype=float).reshape(-1, 1)
    months = np.eye(1, MONTHS) if by_month is None else np.asarray(by_month, dtype=float)[None, :]
    line = cost_line(
        "all", placed_on=name, cost_type="compute", charge_category="usage", pricing_category="standard",
        quantity=leaf("q", months, "h", HERE), unit_price=leaf("p", cost, "EUR/h", HERE), pricing_unit="h",
        currency="EUR", timing="start",
    )  # fmt: skip
    ledger = Ledger(name, "EUR", MONTHS, (line,))
    rate = leaf("rate", 0.0, "fraction/year", HERE)
    reasons = () if status == "priced" else (Message("reason.serves_nothing"),)
    full = status == "priced"
    return Outcome(
        name, "cloud", name.title(), status, reasons, (), ledger if full else None,
        ledger.present_cost(rate) if full else None, feasible_probability=1.0,
    )  # fmt: skip


def comparison(*outcomes, criterion=None, draws=1000):
    names = "".join(f"  {each.id}: {{kind: cloud, provider: p, accelerator: a}}\n" for each in outcomes)
    ranking = f"ranking: {{criterion: {criterion}}}\n" if criterion else ""
    text = (
        f"name: t\nreporting_currency: EUR\nhorizon: {{start: 2027-01, months: {MONTHS}}}\n"
        "finance: {discount_rate_fraction: 0}\n"
        "workloads: [{id: w, kind: interactive, session_hours_per_month: 1}]\n"
        f"{ranking}options:\n{names}"
    )
    rate = leaf("rate", 0.0, "fraction/year", HERE)
    return Comparison(
        parse_scenario(text), PriceBook((), Fx([])), Draws(draws), dt.date(2026, 1, 1), {}, None, {},
        {each.id: each for each in outcomes}, rate, (),
    )  # fmt: skip


def noise(name, sigma=0.25, n=200_000):
    return Draws(n, 5).noise(name, sigma)


def test_order_by_expected_cost():
    found = decide(comparison(outcome("dear", 300), outcome("cheap", 100), outcome("middle", 200)))
    assert found.order == ("cheap", "middle", "dear")
    assert found.best == "cheap"
    assert found.criterion == "present_cost"
    assert found.standings["cheap"].probability_best == 1
    assert found.standings["dear"].expected_regret == 200
    assert found.standings["dear"].cost_difference_to_baseline.item() == 0
    assert found.standings["cheap"].cost_difference_to_baseline.item() == 200  # baseline − option: a saving
    assert found.tie == ()


@pytest.mark.parametrize(("rho", "probability", "evpi"), [(0.0, 0.606, 10_585), (0.8, 0.727, 2_868), (1.0, 1.0, 0)])
def test_case_g_of_the_model(rho, probability, evpi):
    """Medians 100k and 110k, lognormal(0.25): P(first cheapest), and the least expected regret = EVPI."""
    columns = [100_000 * noise("a"), 110_000 * noise("b")]
    generator = np.random.Generator(np.random.PCG64(2))
    first, second = with_rank_correlation(columns, [[1, rho], [rho, 1]], generator)
    found = decide(comparison(outcome("first", first), outcome("second", second), draws=200_000))
    assert found.best == "first"
    assert found.standings["first"].probability_best == pytest.approx(probability, abs=0.005)
    regrets = [standing.expected_regret for standing in found.standings.values()]
    assert min(regrets) == pytest.approx(evpi, abs=max(0.015 * evpi, 1.0))
    # the difference of expected regrets is the difference of expected costs: both rank alike
    assert found.standings["second"].expected_regret - found.standings["first"].expected_regret == pytest.approx(
        second.mean() - first.mean()
    )


def test_equal_options_share_the_first_place_and_tie():
    cost = 100 * noise("a", n=500)
    found = decide(comparison(outcome("one", cost), outcome("two", cost), outcome("three", cost * 2)))
    assert [found.standings[name].probability_best for name in ("one", "two", "three")] == [0.5, 0.5, 0.0]
    assert found.tie == ("one", "two")
    assert found.order == ("one", "two", "three")


def test_a_lead_within_two_standard_errors_is_a_tie():
    n = 400
    z = Draws(n, 1).generator("z").standard_normal((n, 1))
    z = (z - z.mean()) / z.std(ddof=1)  # mean 0, standard deviation 1: standard error 1/20
    base = np.full((n, 1), 100.0)
    within = decide(comparison(outcome("a", base), outcome("b", base + z + 0.099)))
    beyond = decide(comparison(outcome("a", base), outcome("b", base + z + 0.101)))
    assert within.tie == ("a", "b")
    assert beyond.tie == ()


def test_only_the_error_of_the_difference_counts():
    """Costs that move together are told apart though each is very uncertain."""
    shared = 100 * noise("x", 1.0, 300)
    assert decide(comparison(outcome("a", shared), outcome("b", shared * 1.001 + 0.1))).tie == ()


def test_a_plan_of_one_draw_ties_only_when_equal():
    assert decide(comparison(outcome("a", 100), outcome("b", 100), draws=1)).tie == ("a", "b")
    assert decide(comparison(outcome("a", 100), outcome("b", 100.01), draws=1)).tie == ()


def test_criteria_may_disagree():
    # steady: always 105. risky: 50 in 85 of 100 draws, 400 in 15: mean 102.5, p90 400
    risky = np.where(np.arange(100) < 85, 50.0, 400.0)
    options = (outcome("steady", 105), outcome("risky", risky))
    assert decide(comparison(*options)).best == "risky"
    assert decide(comparison(*options, criterion="p90_cost")).best == "steady"
    # regret of steady: 55 in 85 draws; of risky: 295 in 15: p90 of 55 against 295
    assert decide(comparison(*options, criterion="p90_regret")).best == "steady"
    standing = decide(comparison(*options)).standings["risky"]
    assert standing.cvar_cost == 400  # the dearest tenth
    assert standing.p90_regret == 295
    assert standing.expected_regret == pytest.approx(0.15 * 295)
    assert standing.probability_best == pytest.approx(0.85)


def test_npv_needs_benefits_and_says_so():
    found = decide(comparison(outcome("a", 1), outcome("b", 2), criterion="npv"))
    assert found.criterion == "present_cost"
    assert [message.key for message in found.warnings] == ["warning.npv_without_value"]


def test_certain_and_uncertain_options_are_compared():
    found = decide(comparison(outcome("certain", 100), outcome("uncertain", [50, 120, 90, 200])))
    assert found.standings["uncertain"].probability_best == 0.5
    assert found.standings["certain"].expected_regret == pytest.approx((50 + 0 + 10 + 0) / 4)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("status", ["infeasible", "not_priced", "partial"])
def test_no_plan_is_an_answer(lang, status):
    found = decide(comparison(outcome("a", 1, status), outcome("b", 2, status)))
    assert found.best is None
    assert found.order == ()
    assert found.standings == {}
    assert found.sentence(lang).strip()
    assert all(text.strip() for text in found.because(lang))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    "options",
    [
        (outcome("alpha", 100),),
        (outcome("alpha", 100), outcome("beta", 200)),
        (outcome("alpha", 100), outcome("beta", 100)),
        (outcome("alpha", [90, 110, 95]), outcome("beta", [300, 400, 500])),
        (outcome("beta", 1, "not_priced"), outcome("alpha", 100)),
        (outcome("alpha", 0), outcome("beta", 0)),
    ],
)
def test_a_sentence_names_the_option_and_leaves_no_hole(lang, options):
    text = decide(comparison(*options)).sentence(lang)
    assert "Alpha" in text
    assert "{" not in text
    assert "nan" not in text.lower().split()


def test_only_full_plans_are_ranked():
    found = decide(
        comparison(outcome("base", 100, "not_priced"), outcome("partial", 1, "partial"), outcome("full", 500))
    )
    assert found.order == ("full",)
    assert found.standings["full"].cost_difference_to_baseline is None  # nothing to compare with


def test_crossing_month():
    # 120 at once against 20 a month: 120 ≤ 20·t from month 6; a purchase never repaid has none
    flat = np.full(MONTHS, 1.0)
    options = (outcome("rent", 20, by_month=flat), outcome("own", 120), outcome("dear", 1000))
    found = decide(comparison(*options)).standings
    assert found["own"].crossing_month.item() == 6
    assert math.isnan(found["dear"].crossing_month.item())
    assert found["rent"].crossing_month is None


columns = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.floats(-1e6, 1e6), min_size=n, max_size=n), min_size=1, max_size=5)
)


@given(columns)
def test_probabilities_sum_to_one_and_regret_is_what_the_best_saves(table):
    costs = np.array(table)
    options = [outcome(f"o{i}", row) for i, row in enumerate(costs)]
    found = decide(comparison(*options))
    assert sum(s.probability_best for s in found.standings.values()) == pytest.approx(1)
    best = costs.min(axis=0)
    slack = 1e-9 * (1 + np.abs(costs).max())
    for i, row in enumerate(costs):
        standing = found.standings[f"o{i}"]
        assert standing.expected_regret == pytest.approx((row - best).mean(), abs=slack)
        assert standing.expected_regret >= 0
        assert standing.cvar_cost >= row.mean() - slack
    evpi = costs.mean(axis=1).min() - best.mean()
    assert min(s.expected_regret for s in found.standings.values()) == pytest.approx(evpi, abs=slack)
    assert found.best in found.order
    assert set(found.order) == set(found.standings)


@given(columns)
def test_order_of_the_file_does_not_change_the_ranking(table):
    options = [outcome(f"o{i}", row) for i, row in enumerate(table)]
    forward, backward = decide(comparison(*options)), decide(comparison(*options[::-1]))
    for name, standing in forward.standings.items():
        assert standing.probability_best == backward.standings[name].probability_best
        assert standing.expected_regret == backward.standings[name].expected_regret
    means = [np.mean(row) for row in table]
    if len(set(means)) == len(means):
        assert forward.order == backward.order
