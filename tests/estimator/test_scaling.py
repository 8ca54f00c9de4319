"""Speed at another count: one run leans on what others show, two fit their own loss."""

import math

import numpy as np
import pytest

from planner.estimator.scaling import DOUBT, LOSS, loss_of, rate_at


def test_one_run_at_its_own_count_stands_as_it_is():
    log_rate, sigma = rate_at([(1234.0, 8, 0.06)], 8)
    assert math.exp(log_rate) == pytest.approx(1234.0) and sigma == pytest.approx(0.06)


def test_one_run_elsewhere_loses_what_others_lose_and_is_wider():
    log_rate, sigma = rate_at([(100.0, 8, 0.05)], 512)
    steps = math.log(64)
    assert log_rate == pytest.approx(math.log(100) - LOSS * steps)
    assert sigma == pytest.approx(math.hypot(0.05, DOUBT * steps))
    assert rate_at([(100.0, 8, 0.05)], 1)[1] > 0.05


def test_two_runs_fit_the_loss_between_theirs_and_the_usual():
    # 100 at 8, 80 at 64: their own slope is ln(1.25) / ln(8) = 0.1073, its sd √2 · 0.02 / ln(8) = 0.0136; the usual is
    # 0.009 ± 0.07: weights 1/0.0136² = 5406 and 1/0.07² = 204 → (5406 · 0.1073 + 204 · 0.009) / 5610 = 0.1037
    loss, sd = loss_of([(100.0, 8, 0.02), (80.0, 64, 0.02)])
    own = math.sqrt(2) * 0.02 / math.log(8)
    weights = own**-2, DOUBT**-2
    assert loss == pytest.approx((weights[0] * math.log(1.25) / math.log(8) + weights[1] * LOSS) / sum(weights))
    assert loss == pytest.approx(0.1037, abs=5e-4) and sd == pytest.approx(sum(weights) ** -0.5)
    two, one = rate_at([(100.0, 8, 0.02), (80.0, 64, 0.02)], 512), rate_at([(80.0, 64, 0.02)], 512)
    assert two[1] < one[1] and two[0] < one[0]


def test_the_fit_is_the_least_squares_line_where_there_are_many_runs():
    counts = np.array([1, 2, 4, 8, 16, 32])
    rates = 50 * counts**-0.05
    loss, _ = loss_of([(rate, count, 0.001) for rate, count in zip(rates, counts, strict=True)])
    assert loss == pytest.approx(0.05, abs=1e-4)
