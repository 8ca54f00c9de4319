"""Estimates and draws: seeds by name, quantiles, rank correlation, and the value of information of MODEL §5 g."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import PlannerError
from planner.uncertainty import (
    Draws,
    Fixed,
    Percentiles,
    Pert,
    Quantiles,
    Samples,
    quantiles,
    with_rank_correlation,
)

MANY = Draws(n=200_000, seed=7)
numbers = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("estimate", "central"),
    [
        (Fixed(3.0), 3.0),
        (Pert(1, 2, 10), 2.0),
        (Percentiles(4, 9), 6.0),  # √(4·9): lognormal
        (Percentiles(0, 10), 5.0),  # zero is not positive: normal
        (Percentiles(-10, 4), -3.0),
        (Samples((5.0, 1.0, 100.0)), 5.0),
    ],
)
def test_one_draw_is_the_central_value(estimate, central):
    column = Draws(n=1).column("x", estimate)
    assert column.shape == (1, 1)
    assert column.item() == pytest.approx(central, rel=1e-15)
    assert estimate.central == pytest.approx(central, rel=1e-15)


def test_pert_stays_between_its_bounds_with_the_mean_of_beta():
    draws = MANY.column("x", Pert(10, 20, 60))
    assert draws.shape == (200_000, 1)
    assert draws.min() >= 10
    assert draws.max() <= 60
    assert draws.mean() == pytest.approx((10 + 4 * 20 + 60) / 6, rel=2e-3)  # 25


@pytest.mark.parametrize(("p5", "p95"), [(2.0, 8.0), (-5.0, 5.0), (0.0, 10.0)])
def test_percentiles_hold_nine_draws_in_ten(p5, p95):
    draws = MANY.column("x", Percentiles(p5, p95))
    assert np.quantile(draws, (0.05, 0.95)) == pytest.approx((p5, p95), abs=0.05)
    assert np.median(draws) == pytest.approx(Percentiles(p5, p95).central, abs=0.05)


def test_lognormal_has_its_closed_form_mean():
    # p5 = e^-1, p95 = e^1: median 1, sigma = 1 / 1.6449; mean = e^(sigma²/2)
    draws = MANY.column("x", Percentiles(math.exp(-1), math.exp(1)))
    assert draws.mean() == pytest.approx(math.exp((1 / 1.6448536) ** 2 / 2), rel=5e-3)
    assert draws.min() > 0


def test_samples_are_drawn_with_replacement():
    draws = Draws(n=3000).column("x", Samples((1.0, 2.0, 4.0)))
    assert set(np.unique(draws)) == {1.0, 2.0, 4.0}
    assert np.mean(draws == 4.0) == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize("estimate", [Fixed(0.0), Pert(5, 5, 5), Percentiles(2, 2), Percentiles(0, 0)])
def test_no_spread_gives_one_value(estimate):
    assert np.unique(Draws(n=50).column("x", estimate)) == pytest.approx([estimate.central])


@pytest.mark.parametrize("bounds", [(3, 2, 4), (1, 5, 4), (4, 4, 1)])
def test_pert_out_of_order(bounds):
    with pytest.raises(PlannerError) as caught:
        Pert(*bounds)
    assert caught.value.key == "estimate.order"


def test_percentiles_out_of_order():
    with pytest.raises(PlannerError) as caught:
        Percentiles(2, 1)
    assert caught.value.key == "estimate.percentile_order"


@pytest.mark.parametrize("n", [0, -1, 1_000_001])
def test_number_of_draws_out_of_range(n):
    with pytest.raises(PlannerError) as caught:
        Draws(n=n)
    assert caught.value.key == "draws.range"


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_seed_out_of_range(seed):
    with pytest.raises(PlannerError) as caught:
        Draws(seed=seed)
    assert caught.value.key == "draws.seed"


def test_a_name_has_its_own_draws_whatever_else_is_drawn():
    estimate = Percentiles(1, 2)
    alone = Draws(n=100, seed=3).column("price", estimate)
    draws = Draws(n=100, seed=3)
    draws.column("another", estimate)
    assert np.array_equal(draws.column("price", estimate), alone)
    assert not np.array_equal(draws.column("price2", estimate), alone)
    assert not np.array_equal(Draws(n=100, seed=4).column("price", estimate), alone)


def test_different_names_are_independent():
    columns = np.hstack([MANY.noise(name, 1.0) for name in ("a", "b", "a.b", "b.a")])
    off = np.corrcoef(np.log(columns).T) - np.eye(4)
    assert np.abs(off).max() < 0.01  # standard error 0.0022


def test_noise_has_median_one_and_the_given_spread():
    noise = MANY.noise("x", 0.3)
    assert np.median(noise) == pytest.approx(1, abs=0.005)
    assert np.log(noise).std() == pytest.approx(0.3, rel=0.01)
    assert MANY.noise("x", 0.0).tolist() == [[1.0]]
    assert Draws(n=1).noise("x", 0.3).tolist() == [[1.0]]


# ------------------------------------------------------------------------------------------ correlation


def two_columns(rho: float, n: int = 200_000):
    draws = Draws(n=n, seed=11)
    columns = [100_000 * draws.noise("first", 0.25), 110_000 * draws.noise("second", 0.25)]
    return columns, with_rank_correlation(columns, [[1, rho], [rho, 1]], draws.generator("correlation"))


def ranks(column):
    return np.argsort(np.argsort(column.ravel()))


@pytest.mark.parametrize("rho", [-1, -0.5, 0, 0.8, 1])
def test_rank_correlation_is_reached_and_marginals_are_kept(rho):
    before, after = two_columns(rho)
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(np.sort(old, axis=0), np.sort(new, axis=0))
    # Spearman's rho of a bivariate normal: 6/π·asin(ρ/2)
    found = np.corrcoef(ranks(after[0]), ranks(after[1]))[0, 1]
    assert found == pytest.approx(6 / math.pi * math.asin(rho / 2), abs=0.005)


@pytest.mark.parametrize(("rho", "probability", "evpi"), [(0.0, 0.606, 10_585), (0.8, 0.727, 2_868), (1.0, 1.0, 0)])
def test_case_g_of_the_model(rho, probability, evpi):
    """Costs with medians 100k and 110k, lognormal(0.25).

    ln(second/first) ~ N(ln 1.1, 0.25·√(2(1−ρ))), so P = Φ(ln 1.1 / sd): Φ(0.2696) = 0.606, Φ(0.6028) = 0.727.
    """
    _, (first, second) = two_columns(rho)
    spread = 0.25 * math.sqrt(2 * (1 - rho))
    exact = 1.0 if spread == 0 else 0.5 * (1 + math.erf(math.log(1.1) / spread / math.sqrt(2)))
    assert exact == pytest.approx(probability, abs=0.0005)
    assert np.mean(first < second) == pytest.approx(probability, abs=0.005)
    # Value of perfect information = least expected regret: what the better mean loses against the best of each draw.
    best = np.minimum(first, second)
    regrets = [float(np.mean(cost - best)) for cost in (first, second)]
    value = min(first.mean(), second.mean()) - best.mean()
    assert min(regrets) == pytest.approx(value, abs=1e-6)
    assert value == pytest.approx(evpi, abs=max(0.015 * evpi, 1e-6))


def test_a_singular_matrix_of_three():
    draws = Draws(n=5000, seed=1)
    columns = [draws.noise(name, 1.0) for name in "abc"]
    ones = np.ones((3, 3))
    a, b, c = with_rank_correlation(columns, ones, draws.generator("x"))
    assert np.array_equal(ranks(a), ranks(b))
    assert np.array_equal(ranks(a), ranks(c))


# ------------------------------------------------------------------------------------------ quantiles


def test_quantiles_of_eleven_steps():
    found = quantiles(np.arange(11.0).reshape(-1, 1))
    assert found == Quantiles(5.0, 1.0, 5.0, 9.0, 0.0)


def test_draws_without_a_value_are_counted_apart():
    found = quantiles(np.array([[np.nan], [1.0], [1.0], [3.0]]))
    assert found.share_none == 0.25
    assert found.mean == pytest.approx(5 / 3)
    assert found.as_dict()["share_none"] == 0.25


def test_no_value_at_all():
    assert quantiles(np.full((4, 1), np.nan)) == Quantiles(None, None, None, None, 1.0)
    assert "share_none" not in quantiles(np.ones((4, 1))).as_dict()


@given(st.lists(numbers, min_size=1, max_size=40))
def test_quantiles_are_ordered_and_inside(values):
    found = quantiles(np.array(values).reshape(-1, 1))
    assert min(values) <= found.p10 <= found.p50 <= found.p90 <= max(values)
    slack = 1e-9 * (1 + max(map(abs, values)))
    assert min(values) - slack <= found.mean <= max(values) + slack


@given(st.floats(0.01, 1e6), st.floats(1, 100), st.floats(0.01, 100))
def test_percentile_draws_scale_with_the_unit(p5, ratio, factor):
    one = Draws(n=20).column("x", Percentiles(p5, p5 * ratio))
    scaled = Draws(n=20).column("x", Percentiles(p5 * factor, p5 * ratio * factor))
    assert scaled == pytest.approx(one * factor, rel=1e-9)


@given(st.floats(1, 100), st.floats(0, 100), st.floats(0, 100))
def test_pert_is_monotone_in_its_bounds(low, up, more):
    mode = low + up
    draws = Draws(n=20).column("x", Pert(low, mode, mode + more))
    assert draws.min() >= low
    assert draws.max() <= mode + more
