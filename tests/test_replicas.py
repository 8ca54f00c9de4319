"""Hours that a service holds, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.replicas import replica_hours, spare_replicas
from planner.scenario.work import Segment, Serving

DAY = [Segment(hours_fraction=0.25, load_multiple=2.0), Segment(hours_fraction=0.75, load_multiple=2 / 3)]


def held(busy, **more):
    terms = {
        "peak_to_mean": 1.0,
        "utilization_kept": 1.0,
        "spare": 0,
        "replica_accelerators": 1,
        "shape": None,
        "autoscaling": False,
    }
    return replica_hours(np.atleast_2d(np.asarray(busy, dtype=float)), **(terms | more)) / 730


def test_whole_replicas_at_the_peak_and_a_spare():
    # 10 accelerators busy × 1.5 / (8 × 0.75) = 2.5 → 3 replicas, 1 spare: 32 accelerators
    found = held(7300, peak_to_mean=1.5, utilization_kept=0.75, spare=1, replica_accelerators=8)
    assert found.item() == 32


def test_an_exact_number_is_not_rounded_up():
    # 2.1 / 0.7 is 3.0000000000000004 in floating point
    assert held(2.1 * 730, utilization_kept=0.7).item() == 3


def test_a_month_without_load_holds_nothing():
    assert held([0, 730, 0], spare=2).tolist() == [[0, 3, 0]]


def test_a_little_load_holds_one_replica():
    assert held(1e-12, replica_accelerators=4).item() == 4


def test_autoscaling_follows_the_segments():
    # mean 6: 12 in a quarter of the hours, 4 in the rest; with one spare 13 and 5: 0.25 × 13 + 0.75 × 5 = 7
    assert held(6 * 730, shape=DAY, spare=1, autoscaling=True).item() == pytest.approx(7.0)
    assert held(6 * 730, shape=DAY, spare=1).item() == 13
    # ×1.5 within each segment, half kept: 36 and 12
    busy = {"shape": DAY, "peak_to_mean": 1.5, "utilization_kept": 0.5}
    assert held(6 * 730, autoscaling=True, **busy).item() == pytest.approx(0.25 * 36 + 0.75 * 12)
    assert held(6 * 730, **busy).item() == 36


def test_autoscaling_keeps_one_replica_in_empty_hours():
    night = [Segment(hours_fraction=0.5, load_multiple=2.0), Segment(hours_fraction=0.5, load_multiple=0.0)]
    assert held(730, shape=night, autoscaling=True).item() == pytest.approx(0.5 * 2 + 0.5 * 1)
    assert held(730, shape=night, autoscaling=True, spare=1).item() == pytest.approx(0.5 * 3 + 0.5 * 2)


def test_draws_and_months():
    kept = np.array([[0.5], [1.0]])
    assert held([[730, 1460]], utilization_kept=kept).tolist() == [[2, 4], [1, 2]]


terms = {
    "busy": st.floats(0, 1e6),
    "peak": st.floats(1, 10),
    "kept": st.floats(0.1, 1),
    "spare": st.integers(0, 3),
    "size": st.sampled_from([1, 2, 4, 8, 16]),
}


@given(**terms)
def test_enough_is_held_and_autoscaling_never_holds_more(busy, peak, kept, spare, size):
    same = {"peak_to_mean": peak, "utilization_kept": kept, "spare": spare, "replica_accelerators": size, "shape": DAY}
    fixed, scaled = held(busy, **same).item(), held(busy, autoscaling=True, **same).item()
    assert scaled <= fixed * (1 + 1e-12)
    assert scaled >= busy / 730 * (1 - 1e-6)
    assert fixed == pytest.approx(size * round(fixed / size))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 1),
        ({"uptime_fraction": 0.999}, 1),
        ({"uptime_fraction": 0.99}, 0),
        ({"uptime_fraction": 0.99, "spare_replicas": 2}, 2),
        ({"spare_replicas": 0}, 0),
    ],
)
def test_spares(fields, expected):
    assert spare_replicas(Serving(requests_per_second=1.0, **fields)) == expected
