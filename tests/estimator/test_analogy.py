"""The Gaussian process against answers worked out by hand, and its closed forms against fitting anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.estimator.analogy import Analogy, Cases, Kernel, Term


def cases(models, features=None, cards=None):
    n = len(models)
    labels = {"model": np.array(models), "card": np.array(cards or [""] * n)}
    return Cases(labels, {"x": np.array(features or [0.0] * n, float), "one": np.ones(n)})


KERNEL = Kernel((Term(("model",), (), 1.0),), {"x": 1.0})
SMOOTH = Kernel(
    (Term(("model",), ("x",), 0.5), Term((), ("one",), 0.2, linear=True), Term(("card",), (), 0.1)), {"x": 1.0}
)


def test_one_measurement_of_the_same_model_by_hand():
    # prior variance 1, noise 0.25: mean = 1 / 1.25 × 0.5 = 0.4; variance = 1 − 1 / 1.25 = 0.2
    known = Analogy(KERNEL, cases(["a"]), np.array([0.5]), np.array([0.25]))
    found = known.guess(cases(["a", "b"]))
    assert found.mean == pytest.approx([0.4, 0.0])
    assert found.sd**2 == pytest.approx([0.2, 1.0])
    assert known.guess(cases(["a"]), noise=0.25).sd[0] ** 2 == pytest.approx(0.45)


def test_two_measurements_of_the_same_model_by_hand():
    # precision 1 + 2 / 0.25 = 9: mean = (0.5 + 0.7) / 0.25 / 9
    known = Analogy(KERNEL, cases(["a", "a"]), np.array([0.5, 0.7]), np.array([0.25, 0.25]))
    found = known.guess(cases(["a"]))
    assert found.mean[0] == pytest.approx(1.2 / 0.25 / 9)
    assert found.sd[0] ** 2 == pytest.approx(1 / 9)


def test_an_unknown_label_resembles_nothing_but_keeps_its_variance():
    known = Analogy(KERNEL, cases(["", "a"]), np.array([2.0, 0.5]), np.array([0.25, 0.25]))
    found = known.guess(cases([""]))
    assert (found.mean[0], found.sd[0]) == (0.0, 1.0)


def test_resemblance_fades_with_distance():
    near = SMOOTH.between(cases(["a"], [0.0]), cases(["a", "a", "b"], [0.0, 1.0, 0.0]))[0]
    assert near == pytest.approx([0.7, 0.5 * np.exp(-0.5) + 0.2, 0.2])
    assert SMOOTH.variance(cases(["a"])) == pytest.approx([0.8])


def measured(seed=3, n=24):
    draw = np.random.default_rng(seed)
    models, cards = [f"m{i}" for i in draw.integers(0, 5, n)], [f"c{i}" for i in draw.integers(0, 3, n)]
    return Analogy(SMOOTH, cases(models, list(draw.normal(size=n)), cards), draw.normal(size=n), np.full(n, 0.05))


def test_taking_cases_out_equals_never_having_had_them():
    full = measured()
    kept = full.cases.labels["model"] != "m2"
    small = Analogy(SMOOTH, full.cases.take(kept), full.log_ratio[kept], full.noise[kept])
    one, other = full.guess(full.cases, kept), small.guess(full.cases)
    assert one.mean == pytest.approx(other.mean, abs=1e-10)
    assert one.sd == pytest.approx(other.sd, abs=1e-10)


def test_a_case_says_nothing_about_itself():
    full = measured()
    itself = np.arange(len(full.cases))
    direct = full.guess(full.cases, noise=0.05, itself=itself)
    closed = full.left_out([str(i) for i in itself])
    assert direct.mean == pytest.approx(closed.mean, abs=1e-10)
    assert direct.sd == pytest.approx(closed.sd, abs=1e-10)


def test_leaving_a_group_out_equals_fitting_without_it():
    full = measured()
    names = full.cases.labels["card"]
    closed = full.left_out(names)
    for name in np.unique(names):
        at = names == name
        anew = full.guess(full.cases.take(at), ~at, noise=0.05)
        assert closed.mean[at] == pytest.approx(anew.mean, abs=1e-10)
        assert closed.sd[at] == pytest.approx(anew.sd, abs=1e-10)


def test_means_and_covariance_of_two_cases():
    full = measured()
    one, other = cases(["m1"], [0.3], ["c0"]), cases(["m1"], [0.9], ["c1"])
    mean, covariance = full.together(one, other, np.ones(len(full.cases), bool))
    for place, case in enumerate((one, other)):
        alone = full.guess(case)
        assert mean[place] == pytest.approx(alone.mean[0])
        assert covariance[place, place] == pytest.approx(alone.sd[0] ** 2)
    assert covariance[0, 1] == pytest.approx(covariance[1, 0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_more_evidence_is_never_less_certain(seed):
    full = measured(seed)
    asked = cases(["m1", "m9"], [0.1, 0.2], ["c0", "c9"])
    half = np.arange(len(full.cases)) % 2 == 0
    assert np.all(full.guess(asked).sd <= full.guess(asked, half).sd + 1e-9)


def test_nearest_are_the_most_alike():
    full = measured()
    case = full.cases.take(slice(4, 5))
    places, likeness = full.nearest(case, 3)
    assert places[0] == 4
    assert list(likeness) == sorted(likeness, reverse=True)
    assert likeness[0] == pytest.approx(1.0)
    kept = np.ones(len(full.cases), bool)
    kept[4] = False
    assert 4 not in full.nearest(case, 3, kept)[0]
