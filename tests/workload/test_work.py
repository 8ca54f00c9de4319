"""Work in native units by month: schedules, growth, and the factors of each kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.figure import Source, leaves
from planner.scenario.work import Serving, When, Workload
from planner.uncertainty import Draws, Fixed, Percentiles
from planner.workload import work
from planner.workload.work import schedule


def source(path):
    return Source("scenario", "s.yaml:1", "2026-01-01")


def training(**more):
    return Workload(**({"id": "w", "kind": "training", "task": "lora", "tokens_per_run": 100.0} | more))


def amount(workload, months=6, draws=1):
    return work(workload, 0, months=months, draws=Draws(draws), source=source).amount


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [1, 0, 0, 0, 0, 0]),
        ({"month": 6}, [0, 0, 0, 0, 0, 1]),
        ({"every_months": 1}, [1, 1, 1, 1, 1, 1]),
        ({"month": 2, "every_months": 2}, [0, 1, 0, 1, 0, 1]),
        ({"month": 3, "every_months": 240}, [0, 0, 1, 0, 0, 0]),
        ({"runs": 2.5, "every_months": 3}, [2.5, 0, 0, 2.5, 0, 0]),
    ],
)
def test_schedules(when, expected):
    assert schedule(training(when=When(**when)), 6).tolist() == [expected]


def test_continuous_work_runs_each_month_from_its_first():
    sessions = Workload(id="n", kind="interactive", session_hours_per_month=10.0, when=When(month=4))
    assert amount(sessions).value.tolist() == [[0, 0, 0, 10, 10, 10]]


def test_growth_counts_from_the_first_month_of_the_work():
    growing = training(when=When(month=3, every_months=1), growth_per_month=0.1)
    assert amount(growing).value == pytest.approx(np.array([[0, 0, 100, 110, 121, 133.1]]))
    shrinking = training(when=When(every_months=1), growth_per_month=-0.5)
    assert amount(shrinking).value == pytest.approx(np.array([[100, 50, 25, 12.5, 6.25, 3.125]]))


def test_experiments_are_trials_times_share_times_folds():
    found = work(
        training(kind="experiments", trials=20.0, run_share=0.25, folds=5), 0, months=2, draws=Draws(1), source=source
    )
    assert found.amount.value.tolist() == [[20 * 0.25 * 5 * 100, 0]]
    assert found.unit == "token"


def test_trials_do_not_multiply_a_training_run():
    assert amount(training(trials=20.0, folds=5)).value[0, 0] == 100


def test_samples_keep_their_unit():
    found = work(training(tokens_per_run=None, samples_per_run=7.0), 0, months=1, draws=Draws(1), source=source)
    assert (found.unit, found.amount.value.item()) == ("sample", 7.0)


def test_service_counts_seconds_of_a_month():
    service = Workload(id="s", kind="serving", serving=Serving(requests_per_second=2.0))
    # 730 hours of 3,600 seconds
    assert amount(service, months=2).value.tolist() == [[2 * 730 * 3600] * 2]


def test_hours_are_hours_of_the_reference():
    hours = Workload(id="h", kind="accelerator_hours", accelerator_hours_per_month=40.0)
    found = work(hours, 0, months=1, draws=Draws(1), source=source)
    assert (found.unit, found.amount.value.item()) == ("reference-accelerator-hour", 40.0)


def test_nothing_inside_the_horizon():
    with pytest.raises(ScenarioError) as caught:
        amount(training(when=When(month=7)), months=6)
    assert caught.value.key == "scenario.work_after_horizon"


def test_draws_make_rows_and_leaves_have_sources():
    found = amount(training(tokens_per_run=Percentiles(1, 4), when=When(every_months=1)), draws=30)
    assert found.value.shape == (30, 6)
    assert np.all(found.value == found.value[:, :1])  # one draw for all months
    assert {leaf.name for leaf in leaves(found)} == {"w.schedule", "w.growth_per_month", "w.tokens_per_run"}
    assert all(leaf.source is not None for leaf in leaves(found))


@given(st.floats(0, 1e12), st.floats(0, 100), st.floats(-0.5, 0.5), st.integers(1, 24))
def test_work_is_linear_in_the_size_of_a_run(tokens, factor, growth, months):
    each = {"when": When(every_months=1), "growth_per_month": Fixed(growth)}
    one = amount(training(tokens_per_run=Fixed(tokens), **each), months).value
    more = amount(training(tokens_per_run=Fixed(tokens * factor), **each), months).value
    assert more == pytest.approx(one * factor, rel=1e-9, abs=1e-12)
    assert np.all(one >= 0)
