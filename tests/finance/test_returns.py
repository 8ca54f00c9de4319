"""Rates of return and payback: all roots, none, many, and agreement with other libraries."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
import pyxirr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner import finance


def flows_with_rates(*rates: Fraction | str, scale: int = 100) -> list[float]:
    """Cash flows whose rates are exactly the given ones: the product of (1 - (1 + r) x) over the rates."""
    polynomial = [Fraction(-scale)]
    for rate in rates:
        growth = 1 + Fraction(rate)
        longer = [*polynomial, Fraction(0)]
        for place, value in enumerate(polynomial):
            longer[place + 1] -= growth * value
        polynomial = longer
    return [float(value) for value in polynomial]


@pytest.mark.parametrize(
    ("rates", "tolerance"),
    [
        (["0.1"], 1e-12),
        (["0.1", "0.1"], 1e-7),
        (["0.1", "0.1", "0.1"], 1e-5),
        (["0.1", "0.1", "0.5"], 1e-7),
        (["-0.5", "0", "0.25", "3"], 1e-9),
        (["-0.99", "0.02", "40"], 1e-9),
        (["0.05", "0.06", "0.07"], 1e-8),
    ],
)
def test_every_rate_of_a_product_is_found(rates, tolerance):
    flows = flows_with_rates(*rates)
    expected = sorted({float(Fraction(rate)) for rate in rates})
    assert finance.irr_all(flows) == pytest.approx(expected, abs=tolerance)
    assert finance.irr_all([0, 0, *flows, 0]) == pytest.approx(expected, abs=tolerance)
    only = finance.irr(flows)
    assert (only is None) if len(expected) > 1 else only == pytest.approx(expected[0], abs=tolerance)


def test_no_rate_is_an_empty_list():
    for flows in ([0.0], [0, 0, 0], [5], [-5, 0], [1, 2, 3], [-100, 200, -101], [0, -1, -2]):
        assert finance.irr_all(flows) == []
        assert finance.irr(flows) is None


def test_touching_is_told_from_missing():
    assert finance.irr_all([-100, 220, -121]) == pytest.approx([0.1], abs=1e-9)
    assert finance.irr_all([-100, 220, -121.00001]) == []
    assert len(finance.irr_all([-100, 220, -120.99999])) == 2


def test_rounding_residue_is_not_a_change_of_sign():
    assert finance.irr([-100, 60, 60, -1e-14]) == pytest.approx(0.13066238629, abs=1e-9)


def test_240_months():
    flows = [-100_000.0] + [900.0] * 239
    rate = finance.irr(flows)
    assert finance.npv(rate, flows) == pytest.approx(0, abs=1e-6)
    closing = [-100_000.0] + [2000.0] * 200 + [-50_000.0] * 8 + [0.0] * 31  # clean-up costs at the end
    roots = finance.irr_all(closing)
    assert len(roots) == 2
    for root in roots:
        assert finance.npv(root, closing) == pytest.approx(0, abs=1e-4)
    far = [-1.0] + [0.0] * 238 + [2.0]
    assert finance.irr(far) == pytest.approx(2 ** (1 / 239) - 1, abs=1e-14)


def test_a_long_series_of_alternating_signs_keeps_the_parity_of_descartes():
    flows = np.random.default_rng(7).normal(size=240)
    started = time.perf_counter()
    roots = finance.irr_all(flows)
    assert time.perf_counter() - started < 10
    changes = int(np.count_nonzero(np.diff(np.sign(flows))))
    assert len(roots) <= changes
    assert (changes - len(roots)) % 2 == 0
    grid = np.linspace(-0.3, 0.4, 20_001)
    values = (flows[None, :] * np.exp(-np.log1p(grid)[:, None] * np.arange(240))).sum(axis=1)
    assert np.count_nonzero(np.diff(np.sign(values))) <= sum(-0.3 < root < 0.4 for root in roots)


money = st.integers(-1000, 1000).map(float)


@settings(max_examples=200, deadline=None)
@given(st.lists(money, min_size=2, max_size=9))
def test_as_many_roots_as_numpy_finds_for_short_series(flows):
    assume(any(flows))
    first = next(place for place, flow in enumerate(flows) if flow)
    ours = finance.irr_all(flows)
    for root in ours:
        size = sum(abs(flow) * (1 + root) ** -place for place, flow in enumerate(flows))
        assert abs(finance.npv(root, flows)) <= 1e-9 * size or root < -0.99
    assert ours == sorted(set(ours))
    roots = np.roots(flows[first:])
    clean = roots[np.abs(roots) > 1e-9]
    real = clean[(np.abs(clean.imag) < 1e-12) & (clean.real > 0)].real - 1
    gaps = np.abs(clean[:, None] - clean[None, :]) + np.eye(len(clean))
    assume(not clean.size or gaps.min() > 1e-4)  # numpy blurs near-multiple roots
    assert ours == pytest.approx(sorted(real), rel=1e-6, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.floats(1, 1e6), st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_one_change_of_sign_has_one_rate_and_npv_zero_there(paid, received):
    flows = [-paid, *received]
    rate = finance.irr(flows)
    size = sum(abs(flow) * (1 + rate) ** -place for place, flow in enumerate(flows))
    assert abs(finance.npv(rate, flows)) <= 1e-9 * size or rate < -0.9  # 1 + rate keeps few digits there
    oracle = pyxirr.irr(flows)
    if oracle is not None and -0.9 < rate < 10:
        assert rate == pytest.approx(oracle, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ([100], 0.0),
        ([0, 0], 0.0),
        ([10, -10, 5], 0.0),
        ([-100, 50], None),
        ([-100], None),
        ([-100, 0, 0, 200], 2.5),
        ([-100, 150, -100, 100], 2.5),  # back below zero after a recovery: the last crossing
        ([-100, 150, -100], None),
        ([50, -100, 100], 1.5),
        ([-0.3, 0.1, 0.2], 2.0),
        ([-0.3] + [0.1] * 3, 3.0),
        ([-1e308, -1e308, 1e308], None),
    ],
)
def test_payback(flows, expected):
    found = finance.payback(flows)
    assert found is None if expected is None else found == pytest.approx(expected)


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=20), st.floats(0, 1))
def test_payback_lies_in_the_horizon_and_discounting_at_zero_changes_nothing(flows, rate):
    simple = finance.payback(flows)
    assert finance.discounted_payback(0, flows) == simple
    assert simple is None or 0 <= simple <= len(flows) - 1
    rising = [-100.0, *(abs(flow) for flow in flows)]
    plain, discounted = finance.payback(rising), finance.discounted_payback(rate, rising)
    assert discounted is None or discounted >= plain - 1e-9
