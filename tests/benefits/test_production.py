"""The production gate: how fast it is taken up, in how many draws it opens, what a plan weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.supply.production import adoption, begun

MONTHLY = "  problems: [{number_per_year: 12, value_each: 1000}]\n"


def gate(p, months=0, ramp=0):
    return f"  probability_of_production: {p}\n  months_to_production: {months}\n  ramp_months: {ramp}\n"


def taken(months, ramp, horizon):
    return adoption(np.array([[float(months)]]), np.array([[float(ramp)]]), horizon)[0]


def test_adoption_by_hand():
    # production in the middle of month 2, ramp of 2 months: ∫ (x − 1.5)/2 from 1.5 to 2 = 0.0625, then 0.5, 0.9375
    assert taken(1.5, 2, 5) == pytest.approx([0, 0.0625, 0.5, 0.9375, 1])
    assert taken(0, 0, 3) == pytest.approx([1, 1, 1])
    assert taken(1.25, 0, 3) == pytest.approx([0, 0.75, 1])  # a step keeps its part of the month
    assert taken(0, 4, 5) == pytest.approx([0.125, 0.375, 0.625, 0.875, 1])
    assert taken(7, 3, 5) == pytest.approx(np.zeros(5))


@given(st.floats(0, 20), st.floats(0.01, 20))
def test_adoption_is_the_exact_integral(months, ramp):
    """Its running sum is the area under the ramp: all months less those before production and half the ramp."""
    found = taken(months, ramp, 60)
    assert found.sum() == pytest.approx(60 - months - ramp / 2)
    assert (np.diff(found) >= -1e-12).all()
    assert found.min() >= 0 and found.max() <= 1 + 1e-12
    fine = np.arange(60 * 200) / 200 + 1 / 400
    numeric = np.clip((fine - months) / ramp, 0, 1).reshape(60, 200).mean(axis=1)
    assert found == pytest.approx(numeric, abs=0.0026)


def test_a_month_counts_from_the_day_of_production():
    assert begun(np.array([[2.25]]), 5).tolist() == [[0, 0, 0.75, 1, 1]]


def test_a_plan_weighs_by_the_probability(value):
    found = value.one(MONTHLY, gate=gate(0.3, 3, 0))
    assert found.by_month.value[0] == pytest.approx([0] * 3 + [300] * 9)
    assert found.full.value.item() == pytest.approx(1000)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.85])
def test_draws_open_the_gate_as_often_as_said(value, p):
    n = 4000
    comparison = value(MONTHLY, gate=gate(p), draws=n)
    opens = comparison.production.opens.value
    assert set(np.unique(opens)) <= {0.0, 1.0}
    assert not comparison.production.is_weight
    assert abs(opens.mean() - p) < 3 * (p * (1 - p) / n) ** 0.5
    by_month = np.broadcast_to(comparison.benefits[0].by_month.value, (n, 12))
    assert (by_month == 1000 * opens).all()  # in a draw all or nothing, one gate for all months


@pytest.mark.parametrize(("p", "each"), [(0, 0), (1, 1000)])
@pytest.mark.parametrize("draws", [1, 30])
def test_a_certain_gate_is_certain(value, p, each, draws):
    found = value.one(MONTHLY, gate=gate(p), draws=draws)
    assert (found.by_month.value == each).all()


def test_an_uncertain_probability_is_drawn_too(value):
    n = 4000
    comparison = value(MONTHLY, gate=gate("{low: 0.2, mode: 0.5, high: 0.8}"), draws=n)
    p, opens = comparison.production.probability.value, comparison.production.opens.value
    assert p.min() >= 0.2 and p.max() <= 0.8 and p.std() > 0.05
    assert abs(opens.mean() - 0.5) < 3 * 0.5 / n**0.5
    assert np.corrcoef(p[:, 0], opens[:, 0])[0, 1] > 0.1  # the gate opens more often where it is likelier


def test_waiting_for_data_comes_before_production(value):
    lines = MONTHLY + "  readiness: {data_available: no, months_to_data: 4}\n"
    found = value(lines, gate=gate(1, 2, 0))
    assert found.production.months.value.item() == 6
    assert found.benefits[0].by_month.value[0] == pytest.approx([0] * 6 + [1000] * 6)


@pytest.mark.parametrize(("answer", "wait"), [("no", 6), ("partly", 2), ("yes", 0)])
def test_the_answer_about_data_has_its_own_wait(value, answer, wait):
    """pricing_data/assumptions.csv: 6 months without data, 2 with a part of it."""
    found = value(MONTHLY + f"  readiness: {{data_available: {answer}}}\n", gate=gate(1, 1, 0))
    assert found.production.months.value.item() == 1 + wait


def test_surveys_stand_in_and_say_so(value):
    comparison = value(MONTHLY, gate="")
    gate_ = comparison.production
    assert (gate_.probability.value.item(), gate_.months.value.item(), gate_.ramp.value.item()) == (0.48, 8, 8)
    keys = [message.key for message in comparison.warnings]
    for name in ("probability_of_production", "months_to_production", "ramp_months"):
        assert f"warning.default_{name}" in keys
    keys = [message.key for message in value(MONTHLY).warnings]
    assert not [key for key in keys if key.startswith("warning.default_")]


def test_production_after_a_short_horizon_is_told(value):
    """The surveys' eight months in a horizon of six: no benefit, and a warning rather than an error."""
    comparison = value(MONTHLY, gate="  probability_of_production: 1\n", months=6)
    assert (comparison.benefits[0].by_month.value == 0).all()
    assert "warning.production_beyond" in [message.key for message in comparison.warnings]
