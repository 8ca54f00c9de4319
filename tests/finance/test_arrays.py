"""Finance over rows of draws agrees with the scalars; discount factors; crossing month."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import finance

money = st.integers(-1000, 1000).map(float)


def test_case_h_of_the_model():
    for timing, expected in (("mid", 313_105.54), ("end", 311_864.58), ("start", 314_351.44)):
        factors = finance.discount_factors(0.10, 36, timing)
        assert factors.shape == (1, 36)
        assert float(10_000 * factors.sum()) == pytest.approx(expected, abs=0.005)
    assert (1 + finance.monthly_rate(0.10)) ** 12 == pytest.approx(1.10)
    assert finance.monthly_rate(0) == 0
    assert np.isnan(finance.discount_factors(-1 + 1e-16, 12_000)).any()  # beyond a float


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(money, min_size=5, max_size=5), min_size=1, max_size=8))
def test_rows_agree_with_the_scalars(table):
    array = np.array(table)
    for row, found in zip(table, finance.irr_rows(array), strict=True):
        expected = finance.irr(row)
        assert math.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    for row, found in zip(table, finance.payback_rows(array), strict=True):
        expected = finance.payback(row)
        assert math.isnan(found) if expected is None else found == expected
    assert finance.npv_rows(0.1, array, 1) == pytest.approx([finance.npv(0.1, row, 1) for row in table], abs=1e-9)


def test_rows_without_a_number_have_no_answer():
    array = np.array([[np.nan, 1.0, 2.0], [np.inf, -1, 1], [-1, 1, 1], [0, 0, 0], [-1e308, -1e308, 1e308]])
    assert np.isnan(finance.irr_rows(array)).tolist() == [True, True, False, True, False]
    assert np.isnan(finance.npv_rows(0.1, array)).tolist() == [True, True, False, False, True]
    assert np.isnan(finance.payback_rows(array)).tolist() == [True, True, False, False, True]
    assert finance.irr_rows(np.array([[5.0]])).shape == (1,)


def test_many_rows_are_fast_and_right():
    generator = np.random.default_rng(3)
    array = np.concatenate((-generator.lognormal(12, 0.3, (10_000, 1)), generator.lognormal(9, 1, (10_000, 36))), 1)
    started = time.perf_counter()
    rates = finance.irr_rows(array)
    assert time.perf_counter() - started < 10
    for row in range(0, 10_000, 500):
        assert rates[row] == pytest.approx(pyxirr.irr(array[row].tolist()), abs=1e-8)


def test_crossing_month():
    own = np.array([[10.0, 11, 12], [1, 5, 3], [1, 1, 1], [9, 9, 9], [np.nan, 1, 1]])
    base = np.array([[4.0, 8, 12]])
    found = finance.crossing_month(own, base)
    assert found[:4].tolist() == [3.0, 1.0, 1.0, 3.0]
    assert math.isnan(found[4])
    assert math.isnan(finance.crossing_month(base + 1, base)[0])
    assert finance.crossing_month(np.array([[1.0, 9, 3]]), np.array([[2.0, 3, 3]])).tolist() == [3.0]
    assert finance.crossing_month(np.array([[0.1 + 0.2]]), np.array([[0.3]])).tolist() == [1.0]
    assert finance.crossing_month(np.array([[3.0]]), base).tolist() == [1.0]
