"""Sobol's indices against the Ishigami function and models whose shares are known."""

from __future__ import annotations

import numpy as np
import pytest

from planner.sensitivity import sobol_indices


def ishigami(rows):
    x = np.pi * (2 * rows - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami():
    """Published shares for a = 7, b = 0.1: the third input acts through the first only."""
    found = sobol_indices(ishigami, ["a", "b", "c"], samples=8192)
    first = [found[name].first for name in "abc"]
    total = [found[name].total for name in "abc"]
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)


def test_the_usual_number_of_samples_gives_the_order():
    found = sobol_indices(ishigami, ["a", "b", "c"])
    assert [found[name].total for name in "abc"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.12)
    assert found["a"].total > found["c"].total + 0.1


def test_a_linear_model():
    """Variances 1, 4, 9 of 14: first and total alike, and they sum to one."""
    found = sobol_indices(lambda rows: rows @ np.array([1.0, 2.0, 3.0]), ["a", "b", "c"], samples=1024)
    for name, share in zip("abc", (1 / 14, 4 / 14, 9 / 14), strict=True):
        assert found[name].first == pytest.approx(share, abs=0.01)
        assert found[name].total == pytest.approx(share, abs=0.01)


def test_a_shift_and_a_scale_change_nothing():
    plain = sobol_indices(ishigami, ["a", "b", "c"], seed=3)
    other = sobol_indices(lambda rows: 1e9 + 1e6 * ishigami(rows), ["a", "b", "c"], seed=3)
    for name in "abc":
        assert other[name].total == pytest.approx(plain[name].total, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 5.0, np.nan])
def test_what_never_moves_has_no_shares(value):
    found = sobol_indices(lambda rows: np.full(len(rows), value), ["a", "b"])
    assert [(one.first, one.total) for one in found.values()] == [(0, 0), (0, 0)]
    assert sobol_indices(lambda rows: rows[:, 0], []) == {}


def test_the_same_seed_gives_the_same_shares():
    assert sobol_indices(ishigami, ["a", "b", "c"], seed=9) == sobol_indices(ishigami, ["a", "b", "c"], seed=9)
