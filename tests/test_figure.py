"""Figures: leaves with sources, derived figures that can be replayed, trees for reading."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from planner.figure import Source, derive, explain, given, leaves, product, replay, total

HERE = Source("scenario", "s.yaml:1", "2026-01-01")


def leaf(name, value):
    return given(name, value, "h", HERE)


def test_a_scalar_and_a_column_are_the_same_case():
    assert leaf("a", 3).value.shape == (1, 1)
    assert leaf("a", [[1], [2]]).value.shape == (2, 1)
    assert leaf("a", [1, 2, 3]).value.shape == (1, 3)
    assert leaf("a", [[1], [3]]).mean == 2.0


def test_values_are_frozen_and_do_not_follow_their_origin():
    source = np.ones((2, 1))
    figure = leaf("a", source)
    source[0, 0] = 5
    assert figure.value.tolist() == [[1], [1]]
    with pytest.raises(ValueError, match="read-only"):
        figure.value[0, 0] = 2
    with pytest.raises(AttributeError):
        figure.name = "b"


def test_draws_times_months():
    draws, months = leaf("a", [[1], [2]]), leaf("b", [10, 20, 30])
    assert product(draws, months, name="p", unit="h").value.tolist() == [[10, 20, 30], [20, 40, 60]]
    assert total(draws, months, name="t", unit="h").value.tolist() == [[11, 21, 31], [12, 22, 32]]


def test_formulas_name_their_inputs():
    a, b = leaf("a", 1), leaf("b", 2)
    assert product(a, b, name="p", unit="h").formula == "a × b"
    assert total(a, b, name="t", unit="h").formula == "a + b"


def test_a_shared_leaf_is_listed_once():
    a, b = leaf("a", 1), leaf("b", 2)
    both = total(product(a, b, name="p", unit="h"), product(a, a, name="q", unit="h"), name="t", unit="h")
    assert [figure.name for figure in leaves(both)] == ["a", "b"]
    assert list(leaves(a)) == [a]


def test_replay_calls_the_functions_again_once_each():
    calls = []

    def twice(value):
        calls.append(1)
        return 2 * value

    a = leaf("a", 0.1)
    doubled = derive(twice, a, name="d", unit="h", formula="2a")
    both = total(doubled, doubled, name="t", unit="h")
    assert both.value.item() == pytest.approx(0.4)
    calls.clear()
    assert np.array_equal(replay(both), both.value)
    assert calls == [1]


def test_a_chain_deeper_than_the_recursion_would_like():
    figure = leaf("a", 1)
    for i in range(300):
        figure = total(figure, figure, name=f"t{i}", unit="h") if i < 50 else product(figure, name="p", unit="h")
    assert replay(figure).item() == 2.0**50
    assert len(list(leaves(figure))) == 1


def test_explanations_stop_at_the_depth_asked():
    a = leaf("a", 1)
    one = total(a, a, name="one", unit="h")
    two = total(one, a, name="two", unit="h")
    assert [child.figure.name for child in explain(two).children] == ["one", "a"]
    cut = explain(two, depth=1).children[0]
    assert cut.cut
    assert cut.children == ()
    assert not explain(a, depth=0).cut


values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5)


@cases(values, values)
def test_sums_and_products_are_those_of_numpy(first, second):
    a, b = leaf("a", np.array(first)[:, None]), leaf("b", np.array(second)[None, :])
    for make, expected in ((product, np.multiply), (total, np.add)):
        figure = make(a, b, name="x", unit="h")
        assert np.array_equal(figure.value, expected(a.value, b.value))
        assert np.array_equal(replay(figure), figure.value)
