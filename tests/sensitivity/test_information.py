"""EVPI, EVPPI and EVSI against closed forms and the cases of the model; what holds for any input."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.compare import compare
from planner.decide import decide, losses
from planner.prices import PriceBook
from planner.scenario_io import load_scenario
from planner.sensitivity import evpi, evppi, evsi
from planner.uncertainty import Draws, with_rank_correlation

N = 200_000
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))


def normal_loss(mean, sd):
    """E[max(0, −x)] for x normal: what knowing x is worth when x > 0 is expected."""
    z = NormalDist()
    return sd * z.pdf(mean / sd) - mean * (1 - z.cdf(mean / sd))


def generator(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def choose(difference):
    """Worth of two choices whose costs differ so much, shape (draws, 2)."""
    return np.hstack([np.zeros_like(difference), -difference])


@pytest.fixture(scope="module")
def case_f():
    """ΔCost ~ N(20k, 50k); z has 36 % of its variance."""
    z, rest = generator(1).standard_normal((2, N, 1))
    z, rest = ((x - x.mean()) / x.std() for x in (z, rest))
    return z, rest, choose(20_000 + 50_000 * (0.6 * z + 0.8 * rest))


def test_closed_forms_of_case_f():
    """The three numbers of the model by hand: what is known has sd 50k, 30k, and 30k × √(s²/(s² + m²))."""
    assert normal_loss(20_000, 50_000) == pytest.approx(11_522, abs=1)
    assert normal_loss(20_000, 30_000) == pytest.approx(4_534, abs=1)
    assert normal_loss(20_000, 30_000 * (0.25**2 / (0.25**2 + 0.08**2)) ** 0.5) == pytest.approx(4_083, abs=1)


def test_perfect_information_of_case_f(case_f):
    _, _, values = case_f
    assert evpi(values) == pytest.approx(11_522, rel=0.02)


def test_perfect_information_of_one_input_of_case_f(case_f):
    z, rest, values = case_f
    assert evppi(values, [z]) == pytest.approx(4_534, rel=0.03)
    assert evppi(values, [rest]) == pytest.approx(normal_loss(20_000, 40_000), rel=0.03)
    assert evppi(values, [z, rest]) == pytest.approx(evpi(values), rel=0.01)  # together they are everything


def test_a_measurement_of_case_f(case_f):
    """The input has sd 0.25 on its scale; the measurement leaves 0.08."""
    z, _, values = case_f
    assert evsi(values, 0.25 * z, 0.08, generator(2)) == pytest.approx(4_083, rel=0.03)


def test_an_exact_measurement_is_worth_perfect_knowledge_and_a_blind_one_nothing(case_f):
    z, _, values = case_f
    assert evsi(values, z, 0.0, generator(3)) == pytest.approx(evppi(values, [z]))
    assert evsi(values, z, 1e6, generator(3)) == pytest.approx(0, abs=100)
    coarse, fine = (evsi(values, z, error, generator(3)) for error in (1.0, 0.2))
    assert coarse < fine < evppi(values, [z]) * 1.01


@pytest.mark.parametrize(("rho", "first", "worth"), [(0.0, 0.606, 10_585), (0.8, 0.727, 2_868), (1.0, 1.0, 0)])
def test_case_g_of_the_model(rho, first, worth):
    """Costs with medians 100k and 110k, lognormal(0.25): what moves together decides nothing."""
    normal = generator(4).standard_normal((2, N, 1))
    normal = (normal - normal.mean(axis=1, keepdims=True)) / normal.std(axis=1, keepdims=True)
    columns = [100_000 * np.exp(0.25 * normal[0]), 110_000 * np.exp(0.25 * normal[1])]
    costs = np.hstack(with_rank_correlation(columns, np.array([[1, rho], [rho, 1]]), generator(5)))
    assert evpi(-costs) == pytest.approx(worth, abs=max(0.02 * worth, 1))
    assert (costs[:, 0] < costs[:, 1]).mean() == pytest.approx(first, abs=0.005)


def test_an_input_that_says_nothing_is_worth_nothing(case_f):
    _, _, values = case_f
    useless = generator(6).standard_normal((N, 1))
    assert evppi(values, [useless]) == pytest.approx(0, abs=20)
    assert evppi(values, [np.ones((1, 1))]) == 0
    far = choose(1e6 + 1000 * useless)  # however it turns out, the first stays the better
    assert evppi(far, [useless]) == 0
    assert evpi(far) == 0


def test_two_groups_of_an_input():
    """An input of two values is worth what choosing in each group brings: ±10 evenly, 5 on average."""
    coin = np.tile([[0.0], [1.0]], (500, 1))
    values = choose(np.where(coin > 0, 10.0, -10.0))
    assert evpi(values) == pytest.approx(5)
    assert evppi(values, [coin]) == pytest.approx(5)


def test_a_skewed_input_and_a_bent_answer():
    """Cost |z| of a lognormal input against its mean: both tails choose the other option."""
    z = generator(7).standard_normal((50_000, 1))
    difference = np.abs(z) - np.abs(z).mean()
    wanted = evpi(choose(difference))
    assert evppi(choose(difference), [np.exp(2 * z)]) == pytest.approx(wanted, rel=0.05)


def test_one_choice_or_few_draws():
    assert evpi(np.array([[3.0], [5.0]])) == 0
    assert evppi(np.ones((1000, 1)), [np.arange(1000.0).reshape(-1, 1)]) == 0
    assert evppi(choose(np.arange(20.0).reshape(-1, 1) - 9), [np.arange(20.0).reshape(-1, 1)]) == 0


tables = st.integers(60, 80).flatmap(
    lambda n: st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=n, max_size=n)
)


@given(tables, st.integers(0, 1000))
def test_no_input_is_worth_more_than_everything(rows, seed):
    values = np.array(rows)
    column = generator(seed).standard_normal((len(values), 1))
    everything = evpi(values)
    slack = 1e-9 * (1 + np.abs(values).max())
    assert everything >= -slack
    for inputs in ([column], [values[:, :1]], [values[:, :1], values[:, 1:2]]):
        assert 0 <= evppi(values, inputs) <= everything + slack


@given(tables)
def test_least_expected_regret_is_perfect_information(rows):
    values = np.array(rows)
    regret = values.max(axis=1, keepdims=True) - values
    assert evpi(values) == pytest.approx(regret.mean(axis=0).min(), abs=1e-9 * (1 + np.abs(values).max()))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_least_expected_regret_is_perfect_information_in_every_example(path):
    found = decide(compare(load_scenario(path), book=PriceBook.load(), draws=Draws(40)))
    if found.criterion not in ("present_cost", "npv"):
        pytest.skip("ranked by another criterion")
    ranked = [found.comparison.outcomes[name] for name in found.order]
    worth = evpi(-losses(ranked, by_value=found.criterion == "npv"))
    regrets = [found.standings[name].expected_regret for name in found.order]
    assert min(regrets) == pytest.approx(worth, rel=1e-9, abs=1e-6)
    assert regrets[0] == min(regrets)  # the best on average has the least expected regret
