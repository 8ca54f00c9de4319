"""How much to own (MODEL §5 a and a′): the fractile, the saving, whole nodes, the lump."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.supply.sizing import fractile_base, nodes_to_own, yearly_saving

UP_TO_16 = (np.arange(160_000) + 0.5) / 10_000  # D ~ U(0, 16)
EVEN = np.ones_like(UP_TO_16)
PRICES = {"fixed": 1.0, "rented": 3.0, "running": 0.10}
NODES = {"per_node": 8, "hours": 8760, **PRICES}


def test_fractile_of_an_even_demand():
    # P(D > K) = f / (c − e) = 1 / 2.9, so K = 16·(1 − 1/2.9) = 10.48
    assert fractile_base(UP_TO_16, EVEN, **PRICES) == pytest.approx(16 * (1 - 1 / 2.9), abs=1e-3)


@pytest.mark.parametrize(("owned", "expected"), [(0, 0), (8, 82_344), (16, 63_072)])
def test_case_a_prime_savings(owned, expected):
    # E min(D, 8) = 8 − 8²/32 = 6, E min(D, 16) = 8: 8,760·(2.9·6 − 8) = 82,344 and 8,760·(2.9·8 − 16) = 63,072
    used = owned - owned**2 / 32
    assert 8760 * (2.9 * used - owned) == pytest.approx(expected)
    assert yearly_saving(owned, UP_TO_16, EVEN, **PRICES) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(("lump", "nodes"), [(0, 1), (60_000, 1), (82_000, 1), (82_400, 0), (90_000, 0)])
def test_case_a_prime_lumps(lump, nodes):
    assert nodes_to_own(UP_TO_16, EVEN, lump=lump, **NODES) == nodes


def test_case_a_of_the_model():
    """Three yearly loads U(0,40), U(0,60), U(0,90), annual periods, running flows mid-year, 10 %."""
    discount = [1.1 ** -(year + 0.5) for year in range(3)]
    # f: 30,000 less 35 % at year 3 and 2,000 a year, over the discounted hours
    fixed = (30_000 - 30_000 * 0.35 / 1.1**3 + 2_000 * sum(discount)) / (8_760 * sum(discount))
    assert fixed == pytest.approx(1.1961, abs=5e-5)
    assert fixed / (3 - 0.10) == pytest.approx(0.4124, abs=5e-5)
    grid = (np.arange(100_000) + 0.5) / 100_000
    load = np.concatenate([grid * top for top in (40, 60, 90)])
    weight = np.repeat(discount, grid.size)
    best = fractile_base(load, weight, fixed, 3.0, 0.10)
    assert best == pytest.approx(32.58, abs=0.005)

    def present(owned):
        saving = yearly_saving(owned, load, weight, fixed, 3.0, 0.10, hours=8_760 * sum(discount))
        all_rented = 8_760 * 3.0 * sum(d * top / 2 for d, top in zip(discount, (40, 60, 90), strict=True))
        return all_rented - saving

    assert present(0) == pytest.approx(2_116_384, rel=2e-6)
    assert present(best) == pytest.approx(1_482_184, rel=2e-6)
    assert present(40) == pytest.approx(1_515_079, rel=2e-6)


def test_owning_that_never_pays():
    for prices in ({"fixed": 3.0}, {"rented": 0.05}, {"running": 3.0}, {"fixed": 2.9}):
        terms = {**PRICES, **prices}
        assert fractile_base(UP_TO_16, EVEN, **terms) == 0
        assert nodes_to_own(UP_TO_16, EVEN, lump=0, **{**NODES, **prices}) == 0


def test_free_ownership_covers_the_peak():
    assert fractile_base(UP_TO_16, EVEN, 0.0, 3.0, 0.1) == pytest.approx(16, abs=1e-3)
    assert nodes_to_own(UP_TO_16, EVEN, lump=0, **{**NODES, "fixed": 0.0}) == 2


def test_no_demand_owns_nothing():
    assert nodes_to_own(np.zeros(10), np.ones(10), lump=0, **NODES) == 0


def test_a_steady_load_is_owned_whole():
    steady = np.full(100, 24.0)
    assert nodes_to_own(steady, np.ones(100), lump=0, **NODES) == 3


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=20),
    st.floats(0.01, 3),
    st.floats(0.5, 5),
    st.integers(1, 8),
    st.floats(0, 1e5),
)
def test_no_other_number_of_nodes_saves_more(load, fixed, rented, per_node, lump):
    load, weight = np.array(load), np.ones(len(load))
    terms = {"per_node": per_node, "fixed": fixed, "rented": rented, "running": 0.1, "hours": 8760}
    chosen = nodes_to_own(load, weight, lump=lump, **terms)

    def saving(n):
        return yearly_saving(n * per_node, load, weight, fixed, rented, 0.1) - lump if n else 0.0

    assert saving(chosen) >= max(saving(n) for n in range(102)) - 1e-6


@given(st.floats(0, 100), st.floats(0.1, 100))
def test_saving_is_concave_in_what_is_owned(owned, step):
    at = [yearly_saving(owned + i * step, UP_TO_16, EVEN, **PRICES) for i in range(3)]
    assert at[2] - at[1] <= at[1] - at[0] + 1e-6
