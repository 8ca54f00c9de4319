"""Draws stay within what their unit allows; ids are one; days are of the calendar."""

import pytest

import planner as pl
from planner.errors import PlannerError
from planner.scenario_io import parse_scenario

HEAD = """
schema: 1
name: x
reporting_currency: USD
horizon: {start: 2027-01, months: 24}
workloads: [{id: t, kind: training, task: lora, model: llama-3.1-8b, tokens_per_run: 1.0e9}]
options: {c: {kind: cloud, provider: runpod, accelerator: H100-SXM}}
"""
SURE = "months_to_production: 0, ramp_months: 0, probability_of_production: 1"


def compared(tail, draws=400):
    return pl.compare(parse_scenario(HEAD + tail, "s.yaml"), draws=pl.Draws(draws))


def test_a_wide_churn_never_passes_the_whole():
    churn = "churn_per_month: {p5: 0.02, p95: 0.6}, churn_reduction_fraction: 0.5"
    line = f"retention: {{customers: 1000, monthly_revenue_each: 10, {churn}}}"
    found = compared(f"value: {{{SURE}, revenue: {{{line}}}}}\n").outcomes["c"].appraisal
    assert found.benefits_present.value.min() > 0
    assert found.benefits_present.value.max() <= 1000 * 10 * 24


@pytest.mark.parametrize("field", ["reduction_fraction", "haircut_fraction"])
def test_shares_stay_shares(field):
    shares = {"reduction_fraction": "1", "haircut_fraction": "0"} | {field: "{p5: 0.2, p95: 0.95}"}
    line = ", ".join(f"{name}: {value}" for name, value in shares.items())
    found = compared(f"value: {{{SURE}, savings: [{{volume_per_month: 1000, cost_each: 10, {line}}}]}}\n")
    (benefit,) = found.benefits
    assert benefit.full.value.min() >= 0
    assert benefit.full.value.max() <= 10_000


def test_a_probability_stays_one():
    line = "volume_per_month: 1000, cost_each: 10, reduction_fraction: 1"
    found = compared(f"value: {{probability_of_production: {{p5: 0.6, p95: 1}}, savings: [{{{line}}}]}}\n")
    assert found.production.probability.value.max() <= 1


def test_the_luck_of_the_gate_is_even():
    """One number in each n-th of the range: the share that opens is the probability to within a draw."""
    line = "volume_per_month: 1000, cost_each: 10, reduction_fraction: 1"
    for draws in (2, 50, 400):
        found = compared(f"value: {{probability_of_production: 0.5, savings: [{{{line}}}]}}\n", draws)
        assert found.production.opens.value.mean() == pytest.approx(0.5)


def test_two_lines_of_one_id_are_refused():
    line = "{id: b, volume_per_month: 100, cost_each: 10, reduction_fraction: 1}"
    with pytest.raises(PlannerError) as caught:
        compared(f"value: {{savings: [{line}, {line}]}}\n")
    assert caught.value.key == "value.duplicate_id"
    assert caught.value.where.line == 8


@pytest.mark.parametrize(
    "tail",
    ["value: {strategic: {reason: defence, owner: x, until: 2028-02-30}}\n", "as_of: 2026-02-30\n"],
)
def test_a_day_that_is_not_is_told(tail):
    with pytest.raises(PlannerError) as caught:
        compared(tail)
    assert caught.value.key == "scenario.no_such_day"
    assert caught.value.where.line == 8


@pytest.mark.parametrize("name", ["project", "credits", "value"])
def test_reserved_ids_are_refused(name):
    text = HEAD.replace("options: {c:", f"options: {{{name}:")
    with pytest.raises(PlannerError) as caught:
        pl.compare(parse_scenario(text, "s.yaml"))
    assert caught.value.key == "scenario.reserved"


def test_an_empty_section_of_costs_is_none():
    from planner.decide import labels

    assert labels(compared("project_costs: {}\n", 1)) == ["before_project_costs"]


def test_value_without_production_is_told():
    line = "volume_per_month: 1000, cost_each: 10, reduction_fraction: 1"
    found = compared(f"value: {{savings: [{{{line}}}]}}\n", 1)
    assert "warning.no_production" in [message.key for message in found.warnings]


@pytest.mark.parametrize("volume", ["1.0e23", "1.0e-15"])
def test_sums_beyond_words_are_told(volume):
    line = f"volume_per_month: {volume}, cost_each: 1.0e4, reduction_fraction: 1"
    decision = pl.decide(compared(f"value: {{savings: [{{{line}}}]}}\n", 20))
    assert decision.sentence("en") and decision.sentence("fr")
