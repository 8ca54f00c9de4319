"""Warm-up, pauses and the interval of the mean."""

import numpy as np
import pytest

from planner.benchmark.steady import autocorrelation_time, intervals, mean_interval, steady_state, warm_up


def test_warm_up_is_a_tenth_one_at_least_twenty_at_most():
    assert [warm_up(n) for n in (0, 1, 2, 10, 199, 200, 10_000)] == [0, 0, 1, 1, 19, 20, 20]


def test_pauses_are_told_apart():
    found = steady_state([9.0, *[1.0] * 50, 30.0, *[1.0] * 50])
    assert found.dropped == 10 and list(found.pauses) == [30.0] and found.mean == 1.0


def test_nothing_positive_is_nothing():
    assert steady_state([]) is None and steady_state([-1.0, 0.0, float("nan"), float("inf")]) is None


def test_restarts_are_not_intervals():
    assert intervals([0, 1, 2, 0, 1], [0, 1, 2, 100, 101]).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_the_interval_covers_the_mean_nearly_nine_times_in_ten(memory):
    random = np.random.default_rng(1)
    held = 0
    for _ in range(200):  # an autoregressive series: neighbours resemble each other
        noise = random.normal(size=400)
        for k in range(1, 400):
            noise[k] += memory * noise[k - 1]
        low, high = mean_interval(10.0 + 0.1 * noise)
        held += low <= 10.0 <= high
    assert 0.82 < held / 200 < 0.97


def test_few_values_get_students_interval():
    low, high = mean_interval(np.array([1.0, 2.0, 3.0]))
    # mean 2, standard deviation 1, t(0.95, 2) = 2.920: 2 ± 2.920 / √3
    assert (low, high) == (pytest.approx(0.314, abs=1e-3), pytest.approx(3.686, abs=1e-3))
    assert mean_interval(np.array([1.0])) == (None, None)


def test_white_noise_forgets_at_once():
    assert autocorrelation_time(np.random.default_rng(0).normal(size=2000)) < 1.3
