"""The ledger: every total is a sum over lines, whichever way it is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from planner.figure import Source, given, replay
from planner.ledger import Ledger, cost_line

HERE = Source("scenario", "s.yaml:1", "2026-01-01")


def line(id, quantity, price, *, timing="mid", cost_type="compute", charge="usage", workload="w"):
    return cost_line(
        id, placed_on="o", cost_type=cost_type, charge_category=charge, pricing_category="standard",
        quantity=given("q", quantity, "h", HERE), unit_price=given("p", price, "EUR/h", HERE), pricing_unit="h",
        currency="EUR", timing=timing, workload=workload,
    )  # fmt: skip


def rate(value):
    return given("discount_rate", value, "fraction/year", HERE)


@pytest.mark.parametrize(("timing", "expected"), [("mid", 313_105.54), ("end", 311_864.58), ("start", 314_351.44)])
def test_case_h_of_the_model(timing, expected):
    """10,000 a month for 36 months at 10 % a year."""
    ledger = Ledger("o", "EUR", 36, (line("a", np.ones((1, 36)), 10_000, timing=timing),))
    found = ledger.present_cost(rate(0.10))
    assert found.value.item() == pytest.approx(expected, abs=0.005)
    assert ledger.present_by_month(0.10).sum() == pytest.approx(expected, abs=0.005)
    assert np.array_equal(replay(found), found.value)
    # by hand: a geometric series of v = 1.1^(−1/12), first term 10,000·v^offset
    v, offset = 1.1 ** (-1 / 12), {"start": 0, "mid": 0.5, "end": 1}[timing]
    assert found.value.item() == pytest.approx(10_000 * v**offset * (1 - v**36) / (1 - v), rel=1e-12)


def test_a_purchase_today_is_not_discounted_and_a_resale_is_by_the_whole_horizon():
    first, last = np.eye(1, 24), np.eye(1, 24, 23)
    bought = line("buy", first, 1000, timing="start", cost_type="hardware", charge="purchase")
    sold = line("sell", last, -121, timing="end", cost_type="residual", charge="adjustment")
    ledger = Ledger("o", "EUR", 24, (bought, sold))
    assert ledger.present_cost(rate(0.10)).value.item() == pytest.approx(1000 - 100)  # 121 / 1.1²
    assert ledger.nominal().item() == 879
    assert ledger.present_by_month(0.10)[0, [0, 23]] == pytest.approx([1000, -100])


def test_cuts_of_a_ledger():
    months = np.array([[1.0, 2.0, 0.0]])
    ledger = Ledger(
        "o", "EUR", 3,
        (
            line("a", months, 10),
            line("b", months, [[1], [3]], workload="v"),
            line("c", months, 5, cost_type="storage", workload=None),
        ),
    )  # fmt: skip
    assert ledger.nominal().tolist() == [[48.0], [54.0]]  # 3·10 + 3·(1 or 3) + 3·5
    assert ledger.by_month(lambda each: each.workload == "v").tolist() == [[1, 2, 0], [3, 6, 0]]
    assert {name: cost.tolist() for name, cost in ledger.by("workload").items()} == {
        "None": [[15.0]], "v": [[3.0], [9.0]], "w": [[30.0]],
    }  # fmt: skip
    assert sorted(ledger.by("cost_type")) == ["compute", "storage"]


def test_an_empty_ledger_costs_nothing():
    ledger = Ledger("o", "EUR", 4, ())
    assert ledger.nominal().tolist() == [[0.0]]
    assert ledger.present_by_month(0.1).tolist() == [[0.0] * 4]
    assert ledger.by("cost_type") == {}


timings = st.sampled_from(["start", "mid", "end"])
money = st.floats(-1e4, 1e4)
rows = st.lists(
    st.tuples(st.lists(money, min_size=6, max_size=6), money, timings, st.sampled_from(["compute", "power"])),
    min_size=1,
    max_size=6,
)


def ledger_of(rows):
    lines = [line(str(i), np.array(q)[None, :], p, timing=t, cost_type=c) for i, (q, p, t, c) in enumerate(rows)]
    return Ledger("o", "EUR", 6, tuple(lines))


def size_of(ledger):
    return 1 + sum(float(np.abs(each.billed_cost.value).sum()) for each in ledger.lines)


@cases(rows)
def test_at_zero_percent_present_is_nominal_however_it_is_cut(rows):
    ledger = ledger_of(rows)
    near = pytest.approx(ledger.nominal().item(), abs=1e-12 * size_of(ledger))
    assert ledger.present_cost(rate(0.0)).value.item() == near
    assert sum(float(part.item()) for part in ledger.by("cost_type").values()) == near
    assert sum(float(part.item()) for part in ledger.by("id").values()) == near
    assert ledger.by_month().sum() == near


@cases(rows, st.floats(-0.5, 2))
def test_lines_in_any_order_give_the_same_present_cost(rows, annual):
    forward, backward = ledger_of(rows), ledger_of(rows[::-1])
    near = pytest.approx(forward.present_cost(rate(annual)).value.item(), abs=1e-11 * size_of(forward))
    assert backward.present_cost(rate(annual)).value.item() == near
    assert forward.present_by_month(annual).sum() == near


@cases(rows, st.floats(0, 10), st.floats(0, 1))
def test_cost_is_linear_in_price(rows, factor, annual):
    dearer = ledger_of([(q, p * factor, t, c) for q, p, t, c in rows])
    base = ledger_of(rows)
    slack = 1e-11 * (size_of(base) + size_of(dearer)) * (1 + factor)
    assert dearer.present_cost(rate(annual)).value.item() == pytest.approx(
        factor * base.present_cost(rate(annual)).value.item(), abs=slack
    )


@cases(st.lists(st.floats(0, 1e4), min_size=6, max_size=6), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_rate_never_raises_the_present_cost_of_payments(flow, one, other):
    ledger = Ledger("o", "EUR", 6, (line("a", np.array(flow)[None, :], 1),))
    low, high = sorted((one, other))
    assert ledger.present_by_month(high).sum() <= ledger.present_by_month(low).sum() * (1 + 1e-12)
