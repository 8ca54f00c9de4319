"""Finance: known answers, properties, edges, and agreement with two independent libraries."""

from __future__ import annotations

import csv
import datetime
import json
import math
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner import finance
from planner.errors import PlannerError
from planner.text import en, fr, render

# Known answers, copied from public test suites at the commit named, or worked by hand.
KNOWN = [
    # numpy/numpy-financial@f47e8af, numpy_financial/tests/test_financial.py
    ("npv", {"rate": 0.05, "cashflows": [-15000, 1500, 2500, 3500, 4500, 6000]}, 122.89, 0.005),
    ("irr", {"cashflows": [1, 2, 3]}, None, 0),
    (
        "mirr",
        {
            "cashflows": [-4500, -800, 800, 800, 600, 600, 800, 800, 700, 3000],
            "finance_rate": 0.08,
            "reinvest_rate": 0.055,
        },
        0.0666,
        1e-4,
    ),
    ("pmt", {"rate": 0.08 / 12, "nper": 60, "pv": 15000}, -304.1459143262052, 1e-8),
    # PHPOffice/PhpSpreadsheet@11645d5, tests/data/Calculation/Financial
    (
        "npv",
        {"rate": 0.05, "cashflows": [2000, 2400, 2900, 3500, 4100], "first_period": 1},
        12678.677633095,
        1e-6,
    ),
    ("xirr", {"cashflows": [100.0, -110.0], "dates": ["2019-06-12", "2020-06-11"]}, 0.1, 1e-6),
    ("pmt", {"rate": 0.05 / 12, "nper": 60, "pv": 50000}, -943.56168220055, 1e-6),
    (
        "db_schedule",
        {"cost": 10000, "salvage": 1000, "life": 5, "first_year_months": 6},
        [1845.0, 3009.195, 1898.802045, 1198.144090395, 756.02892103925, 238.52712458788],
        1e-6,
    ),
    # Anexen/pyxirr@5f31a85, tests/test_periodic.rs
    ("irr", {"cashflows": [-150000, 15000, 25000, 35000, 45000, 60000]}, 0.05243288885, 1e-8),
    ("irr", {"cashflows": [-100, 0, 0, 74]}, -0.09549583034, 1e-8),
    # worked by hand: 100 (x - 1/1.4)(x - 1/1.65); annuity factor; cumulative sums; the textbook loan
    ("irr_all", {"cashflows": [-100, 305, -231]}, [0.4, 0.65], 1e-9),
    ("irr", {"cashflows": [-100, 305, -231]}, None, 0),
    ("eac", {"capex": 10000, "annual_cost": 20000, "life": 5, "rate": 0.1}, 22637.974808, 1e-5),
    ("payback", {"cashflows": [-50000, 30000, 20000, 10000]}, 2.0, 1e-12),
    ("discounted_payback", {"rate": 0.1, "cashflows": [-200, 80, 80, 80, 80]}, 3.01925, 1e-9),
    ("pmt", {"rate": 0.08 / 12, "nper": 60, "pv": 100_000}, -2027.64, 0.005),
    ("pmt", {"rate": 0, "nper": 10, "pv": 1000, "fv": -500}, -50.0, 1e-12),
    ("cumipmt", {"rate": 0.1, "nper": 2, "pv": 210, "start": 1, "end": 2}, -32.0, 1e-9),  # 2 x 121 - 210
    ("cumipmt", {"rate": 0.1, "nper": 2, "pv": 210, "start": 2, "end": 2, "when": 1}, -10.0, 1e-9),
    ("cumipmt", {"rate": 0, "nper": 12, "pv": 1000, "start": 1, "end": 12}, 0.0, 0),
    ("sln", {"cost": 10000, "salvage": 1000, "life": 5}, 1800.0, 1e-12),
    ("syd", {"cost": 10000, "salvage": 1000, "life": 5, "period": 5}, 600.0, 1e-9),
    ("ddb", {"cost": 10000, "salvage": 1000, "life": 5, "period": 4}, 864.0, 1e-9),
    ("ddb_schedule", {"cost": 10000, "salvage": 1000, "life": 5}, [4000, 2400, 1440, 864, 296], 1e-9),
    ("ddb_schedule", {"cost": 10000, "salvage": 5000, "life": 5}, [4000, 1000, 0, 0, 0], 1e-9),
    ("ddb_schedule", {"cost": 10000, "salvage": 0, "life": 1}, [10000], 1e-9),
    ("levelized_cost", {"costs": [100, 100], "quantities": [50, 200], "rate": 0}, 0.8, 1e-12),
    ("levelized_cost", {"costs": [100, 100], "quantities": [0, 0], "rate": 0.1}, None, 0),
    ("eac", {"capex": 1000, "annual_cost": 10, "life": 4, "rate": 0, "salvage": 200}, 210.0, 1e-9),
]
GOLDEN_FILE = Path(__file__).parents[1].parent / "shared" / "data" / "finance" / "golden_cases.csv"


def agrees(found: object, expected: object, tolerance: float) -> bool:
    if expected is None or found is None:
        return found is expected
    return bool(found == pytest.approx(expected, rel=0, abs=tolerance or 1e-15))


@pytest.mark.parametrize(("name", "arguments", "expected", "tolerance"), KNOWN)
def test_known_answers(name, arguments, expected, tolerance):
    assert agrees(getattr(finance, name)(**arguments), expected, tolerance)


def golden_rows():
    if not GOLDEN_FILE.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="golden_cases.csv not beside the project"))]
    with GOLDEN_FILE.open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=row["case_id"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("row", golden_rows())
def test_golden_cases(row):
    function, arguments = getattr(finance, row["function"]), json.loads(row["inputs_json"])
    if row["expected_kind"] == "error":
        with pytest.raises(PlannerError):
            function(**arguments)
    else:
        assert agrees(function(**arguments), json.loads(row["expected_json"]), float(row["tolerance_abs"]))


# ------------------------------------------------------------------------------------------ all roots


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


# ------------------------------------------------------------------------------------------ present value


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
    assert finance.npv(rate, flows, 1) == pytest.approx(
        finance.npv(rate, flows) / (1 + rate), rel=1e-9, abs=1e-6
    )


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


# ------------------------------------------------------------------------------------------ loans


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


# ------------------------------------------------------------------------------------------ payback


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


# ------------------------------------------------------------------------------------------ depreciation


@given(st.floats(1, 1e6), st.floats(0, 1), st.integers(1, 40), st.floats(0.5, 4))
def test_depreciation_adds_up(cost, share, life, factor):
    salvage = cost * share
    base = pytest.approx(cost - salvage, rel=1e-9, abs=1e-6)
    assert finance.sln(cost, salvage, life) * life == base
    assert sum(finance.syd(cost, salvage, life, period) for period in range(1, life + 1)) == base
    schedule = finance.ddb_schedule(cost, salvage, life, factor)
    assert len(schedule) == life
    assert min(schedule) >= 0
    assert sum(schedule) <= (cost - salvage) * (1 + 1e-9) + 1e-6


@given(st.floats(1, 1e6), st.floats(0, 1), st.integers(1, 40), st.integers(1, 12))
def test_declining_balance_never_exceeds_the_cost(cost, share, life, months):
    schedule = finance.db_schedule(cost, cost * share, life, months)
    assert len(schedule) == life + (months < 12)
    assert min(schedule) >= 0
    assert sum(schedule) <= cost * (1 + 1e-12)


def test_depreciation_edges():
    assert finance.db_schedule(0, 0, 3) == [0, 0, 0]
    assert finance.db_schedule(100, 0, 2) == [100, 0]
    assert finance.sln(5, 5, 3) == 0
    assert finance.sln(10, 0, 2.5) == 4
    assert finance.syd(10, 0, 10**200, 1) == pytest.approx(0)


# ------------------------------------------------------------------------------------------ arrays


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
        assert (
            math.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-9, abs=1e-12)
        )
    for row, found in zip(table, finance.payback_rows(array), strict=True):
        expected = finance.payback(row)
        assert math.isnan(found) if expected is None else found == expected
    assert finance.npv_rows(0.1, array, 1) == pytest.approx(
        [finance.npv(0.1, row, 1) for row in table], abs=1e-9
    )


def test_rows_without_a_number_have_no_answer():
    array = np.array([[np.nan, 1.0, 2.0], [np.inf, -1, 1], [-1, 1, 1], [0, 0, 0], [-1e308, -1e308, 1e308]])
    assert np.isnan(finance.irr_rows(array)).tolist() == [True, True, False, True, False]
    assert np.isnan(finance.npv_rows(0.1, array)).tolist() == [True, True, False, False, True]
    assert np.isnan(finance.payback_rows(array)).tolist() == [True, True, False, False, True]
    assert finance.irr_rows(np.array([[5.0]])).shape == (1,)


def test_many_rows_are_fast_and_right():
    generator = np.random.default_rng(3)
    array = np.concatenate(
        (-generator.lognormal(12, 0.3, (10_000, 1)), generator.lognormal(9, 1, (10_000, 36))), 1
    )
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


# ------------------------------------------------------------------------------------------ wrong input

WRONG = [
    ("npv", (-1, [1]), "rate_too_low"),
    ("npv", (-2, [1]), "rate_too_low"),
    ("npv", ("0.1", [1]), "not_a_number"),
    ("npv", (True, [1]), "not_a_number"),
    ("npv", (None, [1]), "not_a_number"),
    ("npv", (math.nan, [1]), "not_finite"),
    ("npv", (0.1, [1, math.inf]), "not_finite"),
    ("npv", (0.1, [10**400]), "not_finite"),
    ("npv", (0.1, []), "empty"),
    ("npv", (0.1, "123"), "not_a_list"),
    ("npv", (0.1, 5), "not_a_list"),
    ("npv", (0.1, np.array(5.0)), "not_a_list"),
    ("npv", (0.1, {1: 2}), "not_a_list"),
    ("npv", (0.1, [[1, 2]]), "not_a_number"),
    ("npv", (0.1, ["1"]), "not_a_number"),
    ("npv", (0.1, [1], 0.5), "not_whole"),
    ("npv", (0.1, [1], -1), "too_low"),
    ("xnpv", (0.1, [1, 2], ["2020-01-01"]), "dates_mismatch"),
    ("xnpv", (0.1, [1], ["01/02/2020"]), "bad_date"),
    ("xnpv", (0.1, [1], [20200101]), "bad_date"),
    ("xnpv", (-1, [1], ["2020-01-01"]), "rate_too_low"),
    ("xirr", ([1], ["2020-02-30"]), "bad_date"),
    ("xirr", ([1], "2020-02-28"), "not_a_list"),
    ("xirr", ([], []), "empty"),
    ("irr", ([],), "empty"),
    ("irr", ([math.nan],), "not_finite"),
    ("irr_all", ("abc",), "not_a_list"),
    ("irr_all", ([1, None],), "not_a_number"),
    ("mirr", ([-1, 2], -1, 0), "rate_too_low"),
    ("mirr", ([-1, 2], 0, -3), "rate_too_low"),
    ("mirr", ([], 0, 0), "empty"),
    ("pmt", (-1, 10, 100), "rate_too_low"),
    ("pmt", (0.1, 0, 100), "not_positive"),
    ("pmt", (0.1, 10, math.nan), "not_finite"),
    ("pmt", (0.1, 10, 100, 0, 2), "bad_when"),
    ("pmt", (0.1, 10, 100, 0, "end"), "bad_when"),
    ("cumipmt", (0.1, 10, 100, 0, 1), "too_low"),
    ("cumipmt", (0.1, 10, 100, 3, 2), "too_low"),
    ("cumipmt", (0.1, 10, 100, 1, 11), "too_high"),
    ("cumipmt", (0.1, 10.5, 100, 1, 1), "not_whole"),
    ("cumipmt", (0.1, 10, 100, 1, 1, 7), "bad_when"),
    ("payback", ([],), "empty"),
    ("discounted_payback", (-1, [1]), "rate_too_low"),
    ("sln", (100, 0, 0), "not_positive"),
    ("sln", (100, 200, 5), "salvage_above_cost"),
    ("sln", (-100, 0, 5), "negative"),
    ("syd", (100, 0, 5, 6), "too_high"),
    ("syd", (100, 0, 5, 1.5), "not_whole"),
    ("syd", (100, -1, 5, 1), "negative"),
    ("ddb", (100, 0, 5, 0), "too_low"),
    ("ddb", (100, 0, 5, 1, 0), "not_positive"),
    ("ddb_schedule", (100, 0, 0), "too_low"),
    ("ddb_schedule", (100, 0, 10**9), "too_high"),
    ("db_schedule", (100, 0, 5, 13), "too_high"),
    ("db_schedule", (100, 200, 5), "salvage_above_cost"),
    ("eac", (100, 1, 0, 0.1), "not_positive"),
    ("eac", (100, 1, 5, -1), "rate_too_low"),
    ("levelized_cost", ([1, 2], [1], 0.1), "lengths_differ"),
    ("levelized_cost", ([1], [-1], 0.1), "negative"),
    ("levelized_cost", ([], [], 0.1), "empty"),
    ("monthly_rate", (-1,), "rate_too_low"),
    ("discount_factors", (0.1, 0), "too_low"),
    ("discount_factors", (0.1, 12, "middle"), "bad_timing"),
    ("discount_factors", (0.1, 12, []), "bad_timing"),
    ("npv_rows", (0.1, np.array([1.0])), "not_rows"),
    ("irr_rows", (np.zeros((0, 3)),), "not_rows"),
    ("payback_rows", ("abc",), "not_rows"),
    ("payback_rows", ([[1], [1, 2]],), "not_rows"),
    ("crossing_month", (np.zeros((2, 3)), np.zeros((2, 4))), "shapes_differ"),
]


@pytest.mark.parametrize(("name", "arguments", "key"), WRONG)
def test_wrong_input_is_told_in_both_languages(name, arguments, key):
    with pytest.raises(PlannerError) as caught:
        getattr(finance, name)(*arguments)
    assert caught.value.key == f"finance.{key}"
    for language, catalogue in (("en", en.MESSAGES), ("fr", fr.MESSAGES)):
        assert caught.value.key in catalogue
        caught.value.close = ()
        assert "{" not in render(caught.value, language).replace("{1: 2}", "")
