"""What a fixed capacity serves of a load that is not flat (MODEL §1.7), and the burst of §5 c."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.scenario.work import Segment
from planner.supply.capacity import common_segments, peak_accelerators, served_fraction


def shape(*parts):
    return [Segment(hours_fraction=hours, load_multiple=multiple) for hours, multiple in parts]


def month(*values):
    return np.array([values], dtype=float) * 730  # mean accelerators → accelerator-hours


BURST = shape((0.25, 4.0), (0.75, 0.0))  # everything in a quarter of the hours
EIGHT = np.array([[8.0]])


def served(capacity, mean, form, deferrable=False):
    return served_fraction(0, [month(mean)], np.array([[capacity]]), shapes=[form], deferrable=[deferrable]).item()


def test_case_c_of_the_model():
    """Demand 32 for a quarter of the time, f 1.196, c 3, e 0.10: the three bills by the hour."""
    mean, f, c, e = 8.0, 1.196, 3.0, 0.10
    rigid = served(8.0, mean, BURST)
    assert rigid == pytest.approx(0.25)  # 8 of 32 in the burst
    deferred = served(8.0, mean, BURST, deferrable=True)
    assert deferred == 1.0

    def bill(owned, share):
        return owned * f + share * mean * e + (1 - share) * mean * c

    assert bill(0, 0) == pytest.approx(24.00)
    assert bill(8, rigid) == pytest.approx(27.77, abs=0.005)
    assert bill(8, deferred) == pytest.approx(10.37, abs=0.005)


@pytest.mark.parametrize(
    ("capacity", "mean", "form", "expected"),
    [
        (8, 4, None, 1.0),
        (8, 16, None, 0.5),
        (0, 5, None, 0.0),
        (8, 0, None, 1.0),
        (8, 0, BURST, 1.0),
        (32, 8, BURST, 1.0),
        (1, 2, shape((0.5, 1.5), (0.5, 0.5)), 0.5),  # one of three, then one of one
        (2, 2, shape((0.5, 1.5), (0.5, 0.5)), 0.75),  # two of three, then all: 0.5·1.5·2/3 + 0.25
        (3, 2, shape((0.5, 0.5), (0.5, 1.5)), 1.0),  # order of the segments does not matter
    ],
)
def test_shares_worked_out_by_hand(capacity, mean, form, expected):
    assert served(capacity, mean, form) == pytest.approx(expected)


def test_deferrable_load_fills_what_rigid_load_leaves():
    # capacity 8 for 730 hours; the burst takes 8·0.25 of it and leaves 6 on average; deferrable load of 12 gets half
    busy = [month(8), month(12)]
    terms = {"shapes": [BURST, None], "deferrable": [False, True]}
    assert served_fraction(0, busy, EIGHT, **terms).item() == pytest.approx(0.25)
    assert served_fraction(1, busy, EIGHT, **terms).item() == pytest.approx(0.5)


def test_rigid_loads_share_in_proportion():
    busy = [month(12), month(4)]
    terms = {"shapes": [None, None], "deferrable": [False, False]}
    assert [served_fraction(i, busy, EIGHT, **terms).item() for i in (0, 1)] == pytest.approx([0.5, 0.5])


def test_months_and_draws_keep_their_places():
    busy = np.array([[4.0, 8.0, 16.0], [8.0, 16.0, 32.0]]) * 730
    found = served_fraction(0, [busy], EIGHT, shapes=[None], deferrable=[False])
    assert found == pytest.approx(np.array([[1, 1, 0.5], [1, 0.5, 0.25]]))


def test_segments_of_two_shapes_are_cut_together_peaks_first():
    fractions, multiples = common_segments([BURST, shape((0.5, 0.5), (0.5, 1.5)), None])
    assert fractions == pytest.approx([0.25, 0.25, 0.5])
    assert multiples.tolist() == [[4, 0, 0], [1.5, 1.5, 0.5], [1, 1, 1]]


def test_peaks():
    assert peak_accelerators([month(2, 5, 3)], [None], [False]) == pytest.approx(5)
    assert peak_accelerators([month(8)], [BURST], [False]) == pytest.approx(32)
    assert peak_accelerators([month(8)], [BURST], [True]) == pytest.approx(8)
    assert peak_accelerators([month(8), month(2)], [BURST, BURST], [False, False]) == pytest.approx(40)
    assert peak_accelerators([month(0)], [None], [False]) == 0


@st.composite
def forms(draw):
    """A shape whose hours and load add up to one."""
    cuts = sorted(draw(st.lists(st.integers(1, 19), min_size=0, max_size=3, unique=True)))
    hours = np.diff([0, *cuts, 20]) / 20
    raw = np.array([draw(st.floats(0.01, 10)) for _ in hours])
    return shape(*zip(hours.tolist(), (raw / (raw * hours).sum()).tolist(), strict=True))


@given(forms(), st.floats(0, 50), st.floats(0.01, 50), st.booleans())
def test_never_more_than_asked_nor_than_there_is(form, capacity, mean, deferrable):
    share = served(capacity, mean, form, deferrable)
    assert 0 <= share <= 1
    assert share * mean <= capacity * (1 + 1e-9) + 1e-9
    assert served(capacity, mean, form, True) >= share - 1e-9  # waiting never serves less
    assert share <= served(capacity, mean, None) + 1e-9  # nor does an even load
    assert served(capacity + 1, mean, form, deferrable) >= share - 1e-12
    if capacity >= peak_accelerators([month(mean)], [form], [deferrable]):
        assert share == pytest.approx(1)
