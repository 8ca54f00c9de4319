"""Useful share of spot hours between interruptions (MODEL §5 b)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.supply.interruptions import useful_fraction, young_daly


def useful(rate, checkpoint, restart, interval):
    return float(useful_fraction(*(np.array([[float(x)]]) for x in (rate, checkpoint, restart, interval))).item())


def by_series(rate, checkpoint, restart, interval):
    """τ · Σ S(R + k(τ+δ)) / E[L], term by term, with S(t) = e^(−λt) and E[L] = 1/λ."""
    total, k = 0.0, 1
    while True:
        term = math.exp(-rate * (restart + k * (interval + checkpoint)))
        total += term
        k += 1
        if term < 1e-18:
            return interval * total * rate


def first_order(rate, checkpoint, restart, interval):
    return 1 - (checkpoint / interval + rate * interval / 2 + rate * restart)


def test_case_b_of_the_model():
    terms = (1 / 6, 1 / 30, 0.1, 0.6325)
    found = useful(*terms)
    assert found == pytest.approx(0.88336, abs=5e-6)
    assert found == pytest.approx(by_series(*terms), rel=1e-12)
    assert 2.00 / found == pytest.approx(2.2641, abs=5e-5)
    assert first_order(*terms) == pytest.approx(0.8779, abs=5e-5)  # close, since λδ is small


def test_case_b_where_the_first_order_fails():
    terms = (1.0, 0.2, 0.3, 0.6325)
    assert useful(*terms) == pytest.approx(0.361, abs=5e-4)
    assert useful(*terms) == pytest.approx(by_series(*terms), rel=1e-12)
    assert first_order(*terms) == pytest.approx(0.068, abs=1e-3)


def test_the_interval_of_the_case_is_young_and_dalys():
    assert young_daly(np.array(1 / 6), np.array(1 / 30)) == pytest.approx(0.6325, abs=5e-5)  # √(2·6/30)


def test_edges():
    assert useful(0, 0.2, 5, 0.8) == pytest.approx(0.8)  # never interrupted: only checkpoints cost
    assert useful(1e-12, 0.2, 5, 0.8) == pytest.approx(0.8)  # and continuously so
    assert useful(0, 0, 5, 0.8) == 1
    assert useful(0.5, 0, 2, 1e-9) == pytest.approx(math.exp(-1))  # free checkpoints: only the restart is lost
    assert useful(1e6, 0.2, 0.3, 0.8) == 0


def test_young_daly_is_near_the_best_interval():
    rate, checkpoint = 0.05, 0.01
    best = max(useful(rate, checkpoint, 0.1, tau) for tau in np.linspace(0.1, 3, 3000))
    assert useful(rate, checkpoint, 0.1, young_daly(np.array(rate), np.array(checkpoint)).item()) == pytest.approx(
        best, rel=1e-4
    )


rates, hours = st.floats(1e-4, 5), st.floats(0.01, 3)


@given(rates, hours, hours, hours)
def test_closed_form_is_the_series(rate, checkpoint, restart, interval):
    found = useful(rate, checkpoint, restart, interval)
    assert found == pytest.approx(by_series(rate, checkpoint, restart, interval), rel=1e-9, abs=1e-15)
    assert 0 <= found <= interval / (interval + checkpoint)


@given(rates, hours, hours, hours, st.floats(1, 3))
def test_more_trouble_never_helps(rate, checkpoint, restart, interval, factor):
    found = useful(rate, checkpoint, restart, interval) * (1 + 1e-12)
    assert useful(rate * factor, checkpoint, restart, interval) <= found
    assert useful(rate, checkpoint * factor, restart, interval) <= found
    assert useful(rate, checkpoint, restart * factor, interval) <= found


@given(rates, hours, hours, hours, st.floats(0.1, 60))
def test_the_unit_of_time_does_not_matter(rate, checkpoint, restart, interval, unit):
    scaled = useful(rate / unit, checkpoint * unit, restart * unit, interval * unit)
    assert scaled == pytest.approx(useful(rate, checkpoint, restart, interval), rel=1e-9)
