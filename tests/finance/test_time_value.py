"""Present value and loans: properties, edges, and agreement with two independent libraries."""

from __future__ import annotations

import datetime
import math

import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import finance


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_npv_at_zero_is_the_sum(flows):
    assert finance.npv(0, flows) == pytest.approx(math.fsum(flows), abs=1e-6)


@given(
    st.floats(-0.5, 2),
    st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=1, max_size=12),
    st.floats(-10, 10),
)
def test_npv_is_linear(rate, pairs, factor):
    one, two = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    both = [first + factor * second for first, second in pairs]
    size = 1 + sum((abs(a) + abs(factor * b)) * (1 + rate) ** -k for k, (a, b) in enumerate(pairs))
    combined = finance.npv(rate, one) + factor * finance.npv(rate, two)
    assert abs(finance.npv(rate, both) - combined) <= 1e-9 * size


@given(st.floats(-0.5, 2), st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=20))
def test_npv_agrees_with_numpy_financial(rate, flows):
    assert finance.npv(rate, flows) == pytest.approx(npf.npv(rate, flows), rel=1e-9, abs=1e-3)
    assert finance.npv(rate, flows, 1) == pytest.approx(finance.npv(rate, flows) / (1 + rate), rel=1e-9, abs=1e-6)


def test_npv_beyond_a_float_is_no_answer():
    assert finance.npv(-0.999999, [1.0] * 200) is None
    assert finance.npv(1e6, [1.0] + [1.0] * 200) == pytest.approx(1.000001)
    assert finance.npv(0, [1e308, 1e308]) is None
    assert finance.npv(-0.9999999, [0.0] * 500) == 0


def test_dated_flows():
    dates = [datetime.date(2022, 1, 1), "2021-01-01", datetime.datetime(2023, 1, 1, 12)]
    assert finance.xnpv(0.1, [110, -100, 121], dates) == pytest.approx(100.0)
    assert finance.xirr([110, -100, 0], dates) == pytest.approx(0.1)
    assert finance.xirr([-100, 305, -231], ["2021-01-01", "2022-01-01", "2023-01-01"]) is None
    assert finance.xirr([-100, 110], ["2021-01-01"] * 2) is None
    assert finance.xirr([-1, 1000], ["2021-01-01", "2021-01-02"]) is None  # beyond a float
    assert finance.xirr([100, 200], ["2021-01-01", "2022-01-01"]) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3000), st.floats(1, 1000)), min_size=1, max_size=15))
def test_xirr_agrees_with_pyxirr(pairs):
    start = datetime.date(2020, 1, 1)
    dates = [start, *(start + datetime.timedelta(days=days) for days, _ in pairs)]
    flows = [-math.fsum(flow for _, flow in pairs) * 0.9, *(flow for _, flow in pairs)]
    rate, oracle = finance.xirr(flows, dates), pyxirr.xirr(dates, flows)
    assert finance.xnpv(0.07, flows, dates) == pytest.approx(pyxirr.xnpv(0.07, dates, flows), abs=1e-6)
    if oracle is not None and rate is not None and rate < 100:
        assert rate == pytest.approx(oracle, rel=1e-5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=12), st.floats(0, 0.5), st.floats(0, 0.5))
def test_mirr_agrees_with_numpy_financial(flows, paid, earned):
    found = finance.mirr(flows, paid, earned)
    if min(flows) >= 0 or max(flows) <= 0:
        assert found is None
    elif min(flows) < -1e-3 and max(flows) > 1e-3:
        assert found == pytest.approx(npf.mirr(flows, paid, earned), rel=1e-8, abs=1e-10)


@settings(deadline=None)
@given(
    st.floats(1e-4, 0.5) | st.just(0.0),
    st.integers(1, 360),
    st.floats(1, 1e6),
    st.floats(-1e5, 1e5),
    st.sampled_from([0, 1]),
)
def test_pmt_agrees_with_numpy_financial(rate, nper, pv, fv, when):
    expected = float(npf.pmt(rate, nper, pv, fv, when))
    assert finance.pmt(rate, nper, pv, fv, when) == pytest.approx(expected, rel=1e-7, abs=1e-6)


def test_pmt_is_continuous_at_zero_and_bounded_at_the_ends():
    assert finance.pmt(1e-13, 60, 6000) == pytest.approx(-100, abs=1e-8)
    assert finance.pmt(-0.01, 10, 100) == pytest.approx(float(npf.pmt(-0.01, 10, 100)))
    assert finance.pmt(5, 10_000, 100) == pytest.approx(-500)
    assert finance.pmt(-0.5, 10_000, 100, -100) == pytest.approx(50)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-3, 0.3), st.integers(1, 60), st.data(), st.sampled_from([0, 1]))
def test_cumipmt_is_the_sum_of_the_interest(rate, nper, data, when):
    start = data.draw(st.integers(1, nper))
    end = data.draw(st.integers(start, nper))
    payment = -finance.pmt(rate, nper, 1000, 0, when)
    balance, total = 1000.0, 0.0
    for period in range(1, nper + 1):
        if when == 1:
            interest = 0.0 if period == 1 else balance * rate
            balance += interest - payment
        else:
            interest = balance * rate
            balance += interest - payment
        if start <= period <= end:
            total += interest
    assert finance.cumipmt(rate, nper, 1000, start, end, when) == pytest.approx(-total, abs=1e-6)
    assert balance == pytest.approx(0, abs=1e-5)


def test_equivalent_annual_cost_is_the_annuity_of_the_net_purchase():
    assert finance.eac(1000, 0, 1, 0.1, 100) == pytest.approx(1000)
    assert finance.eac(1000, 0, 1, 0.1, -100) == pytest.approx(1200)
    assert finance.eac(0, 7, 3, -0.5) == pytest.approx(7)
