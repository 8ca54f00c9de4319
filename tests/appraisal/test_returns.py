"""NPV, ROI, IRR with all its roots, MIRR and payback against other programs, hand sums and properties."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.appraisal import Appraisal, Flows, appraise, flows_of
from planner.appraisal.flows import half_month_factors
from planner.benefits import Benefit
from planner.figure import Source
from planner.figure import given as leaf
from planner.ledger import Ledger, cost_line

HERE = Source("scenario", "s.yaml:1", "2026-01-01")


def line(by_month, timing="mid", name="all"):
    """A line of a bill: what is paid by month, shape (months,) or (draws, months)."""
    paid = np.atleast_2d(np.asarray(by_month, dtype=float))
    return cost_line(
        name, placed_on="a", cost_type="compute", charge_category="usage", pricing_category="standard",
        quantity=leaf("q", paid, "h", HERE), unit_price=leaf("p", 1.0, "EUR/h", HERE), pricing_unit="h",
        currency="EUR", timing=timing,
    )  # fmt: skip


def benefit(by_month):
    money = np.atleast_2d(np.asarray(by_month, dtype=float))
    figure = leaf("gain", money, "EUR/month", HERE)
    return Benefit("gain", "savings", "operating_cost", "gain", None, figure, figure)


def appraisal(lines, gains, rate=0.1) -> Appraisal:
    months = lines[0].billed_cost.value.shape[1]
    ledger = Ledger("a", "EUR", months, tuple(lines))
    figure = leaf("rate", rate, "fraction/year", HERE)
    benefits = [benefit(gains)]
    return appraise("a", ledger, ledger.present_cost(figure), benefits, flows_of(ledger, benefits), figure)


def halves(start=(), mid=(), end=(), months=12):
    """The flow by half month: what falls at the start, in the middle, at the end of each month."""
    out = np.zeros(2 * months + 1)
    for offset, flow in ((0, start), (1, mid), (2, end)):
        for t, money in enumerate(flow):
            out[2 * t + offset] += money
    return out


# ── present values ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("timing", "present"), [("start", 314_351.44), ("mid", 313_105.54), ("end", 311_864.58)])
def test_case_h_of_the_model(timing, present):
    """10,000 a month for 36 months at 10 %."""
    found = appraisal([line([10_000] * 36, timing)], [10_000] * 36)
    assert found.benefits_present.mean == pytest.approx(313_105.54, abs=0.005)  # benefits: mid-month
    assert found.npv.mean == pytest.approx(313_105.54 - present, abs=0.01)


@pytest.mark.parametrize("rate", [0.0, -0.05, 0.1, 0.35])
def test_npv_roi_irr_mirr_against_numpy_financial(rate):
    cost, gains = [5_000, *[100.0] * 23], np.linspace(0, 900, 24)
    found = appraisal([line(cost)], gains, rate)
    flow = halves(mid=gains - np.array(cost), months=24)
    half = (1 + rate) ** (1 / 24) - 1
    assert found.npv.mean == pytest.approx(npf.npv(half, flow))
    present_cost = npf.npv(half, halves(mid=cost, months=24))
    assert found.roi.item() == pytest.approx(npf.npv(half, flow) / present_cost)
    assert found.irr_of_mean == pytest.approx((1 + npf.irr(flow)) ** 24 - 1)
    assert found.irr_roots == (found.irr_of_mean,)
    assert found.irr_share_none == 0
    assert found.mirr == pytest.approx((1 + npf.mirr(flow, half, half)) ** 24 - 1)


def test_at_a_rate_of_zero_npv_is_a_sum():
    found = appraisal([line([1_000, *[50] * 11])], [200] * 12, 0.0)
    assert found.npv.mean == pytest.approx(12 * 200 - 1_000 - 11 * 50)
    assert found.roi.item() == pytest.approx(850 / 1_550)


def test_a_negative_rate_makes_later_money_larger():
    """At −19 % a year, a sum in a year is worth 1/0.81 today."""
    gains = np.zeros(24)
    gains[12] = 81  # 12.5 months from now
    found = appraisal([line([0] * 24)], gains, -0.19)
    assert found.npv.mean == pytest.approx(81 / 0.81 ** (12.5 / 12))
    assert np.isnan(found.roi.item())  # nothing was paid: no return on it


def test_factors_by_half_month():
    assert half_month_factors(0.21, 12)[0] == pytest.approx(1.21 ** -(np.arange(25) / 24))


# ── rates of return ───────────────────────────────────────────────────────────────────────────────────────


def test_several_roots_and_no_single_rate():
    """−100 now, +230 in a year, −132 in two: 10 % and 20 % (−100 + 230 v − 132 v² = 0 at v = 1/1.1 and 1/1.2)."""
    start, end = np.zeros(25), np.zeros(24)
    gains = np.zeros(25)
    start[[0, 24]] = 100, 132
    # a benefit falls in mid-month; money that comes back after a year at a month's end is a negative cost
    end[11] = -230
    found = appraisal([line(start, "start"), line([*end, 0], "end", "back")], gains)
    assert found.irr_roots == pytest.approx((0.10, 0.20))
    assert found.irr_of_mean is None
    assert found.irr_share_none == 0


def test_a_flow_that_never_turns_has_no_rate():
    found = appraisal([line([100] * 12)], [0] * 12)
    assert (found.irr_of_mean, found.irr_roots, found.irr_share_none) == (None, (), 1.0)
    assert found.mirr is None or found.mirr == pytest.approx(-1)
    assert np.isnan(found.payback.item()) and np.isnan(found.discounted_payback.item())


def test_the_share_of_draws_without_a_rate():
    """Of ten draws three bring nothing, one costs nothing: four without a rate; the others have one."""
    gains = np.full((10, 12), 30.0)
    gains[:3] = 0
    paid = np.zeros((10, 12))
    paid[:, 0] = 100
    paid[9] = 0
    found = appraisal([line(paid, "start")], gains)
    assert found.irr_share_none == pytest.approx(0.4)
    assert found.npv.value.shape == (10, 1)
    assert found.irr_of_mean is not None


def test_two_changes_of_sign_may_have_no_root():
    """−1, +1, −1: the net present value is below zero at every rate."""
    start = np.zeros(13)
    start[[0, 12]] = 100
    end = np.zeros(13)
    end[5] = -100
    found = appraisal([line(start, "start"), line(end, "end", "back")], np.zeros(13))
    assert (found.irr_roots, found.irr_share_none) == ((), 1.0)


# ── payback ───────────────────────────────────────────────────────────────────────────────────────────────


def test_payback_by_hand():
    """1,200 at the start, 100 in the middle of each month: the twelfth comes after 11.5 months."""
    found = appraisal([line([1_200, *[0] * 23], "start")], [100] * 24, 0.0)
    assert found.payback.item() == pytest.approx(11.5)
    assert found.discounted_payback.item() == pytest.approx(11.5)


def test_discounted_payback_is_later():
    rate = 0.3
    found = appraisal([line([1_200, *[0] * 23], "start")], [100] * 24, rate)
    total = np.cumsum([-1_200, *(100 / (1 + rate) ** ((np.arange(24) + 0.5) / 12))])
    k = int(np.flatnonzero(total >= 0)[0])  # the k-th benefit, in the middle of month k
    assert k - 1 <= found.discounted_payback.item() <= k - 0.5
    assert found.discounted_payback.item() > found.payback.item()


def test_money_that_must_be_paid_again_is_not_paid_back():
    """550 are back in month 6; 400 more are paid at the start of month 9: −150, −50 and 50 by mid-month 10."""
    bought = np.zeros(12)
    bought[[0, 8]] = 550, 400
    found = appraisal([line(bought, "start")], [100] * 12, 0.0)
    assert found.payback.item() == pytest.approx(9.25)  # linear in the half month before the benefit


# ── properties ────────────────────────────────────────────────────────────────────────────────────────────

sums = st.lists(st.floats(0, 1e6).map(lambda x: round(x, 2)), min_size=6, max_size=6)


@settings(max_examples=50)
@given(sums, sums, st.floats(0.1, 10), st.sampled_from([-0.05, 0.0, 0.08, 0.5]))
def test_npv_is_linear_in_benefits(costs, gains, factor, rate):
    one = appraisal([line(costs)], gains, rate)
    more = appraisal([line(costs)], factor * np.array(gains), rate)
    none = appraisal([line(costs)], np.zeros(6), rate)
    expected = none.npv.mean + factor * (one.npv.mean - none.npv.mean)
    assert more.npv.mean == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=50)
@given(sums, sums, st.sampled_from([-0.05, 0.0, 0.08, 0.5]))
def test_roi_and_npv_agree(costs, gains, rate):
    """ROI × PV costs = NPV; their signs are the same; PV benefits = NPV + PV costs."""
    found = appraisal([line(costs)], gains, rate)
    present = found.benefits_present.mean - found.npv.mean
    if present == 0 or np.isnan(found.roi.item()):
        assert present == pytest.approx(0, abs=1e-6)
        return
    assert found.roi.item() * present == pytest.approx(found.npv.mean, rel=1e-9, abs=1e-6)


@settings(max_examples=30)
@given(sums, sums)
def test_the_rate_of_return_makes_npv_zero(costs, gains):
    found = appraisal([line(costs, "start")], gains, 0.1)
    flow = halves(start=-np.array(costs), mid=gains, months=6)
    for root in (one for one in found.irr_roots if one > -0.99):  # nearer to −100 % a float no longer tells them apart
        factors = (1 + root) ** -(np.arange(len(flow)) / 24)
        assert abs((flow * factors).sum()) <= 1e-6 * (np.abs(flow) * factors).sum()


def test_flows_by_timing():
    ledger = Ledger("a", "EUR", 2, (line([1, 2], "start"), line([10, 20]), line([0, -100], "end")))
    found = flows_of(ledger, [benefit([1_000, 2_000])])
    assert found.costs.tolist() == [[1, 10, 2, 20, -100]]
    assert found.benefits.tolist() == [[0, 1_000, 0, 2_000, 0]]
    assert (found.net == found.benefits - found.costs).all()
    assert found.months == 2
    assert isinstance(found, Flows)
