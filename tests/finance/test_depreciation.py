"""Depreciation adds up to the base and never exceeds the cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import finance


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
