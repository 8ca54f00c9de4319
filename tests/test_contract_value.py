"""The documents of compare and sensitivity hold every field of the contract for value, cash, doubt, with its type."""

from __future__ import annotations

import json
import math

import pytest

from planner.compare import compare
from planner.decide import decide
from planner.prices import PriceBook
from planner.report.comparison_json import comparison_document
from planner.report.sensitivity_json import sensitivity_document
from planner.scenario_io import parse_scenario
from planner.sensitivity import sensitivity
from planner.uncertainty import Draws

SCENARIO = """name: contract
reporting_currency: USD
horizon: {start: 2027-01, months: 24}
organisation: {country: US, cash: 90000, monthly_burn: 1000, revenue_monthly: 800}
as_of: 2026-08-31
finance: {discount_rate_fraction: 0.1, loan: {amount: 5000, rate_fraction: 0.08, months: 12}}
reference_accelerator: H100-SXM
workloads:
  - {id: train, kind: training, task: lora, tokens_per_run: 400, throughput: {rate: {H100-SXM: 1}}}
  - {id: serve, kind: accelerator_hours, stage: production,
    accelerator_hours_per_month: {low: 100, mode: 300, high: 900}}
options:
  rent: {kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,
    quote: {price: {low: 10, mode: 16, high: 40}, currency: USD, source: by hand, date: 2026-08-01}}
  own: {kind: onprem, system: 8xH100-SXM, count: 1, staff_fte: 0, lead_time_days: 0, residual_fraction: 0.2,
    quote: {price: 14000, currency: USD, source: by hand, date: 2026-08-01}}
  left_out: {kind: marketplace, provider: golem, accelerator: RTX-4090}
project_costs: {compliance: {once: 500}, team: [{role: dl_engineer, salary_per_year: 12000, charges_fraction: 0.2}]}
value:
  savings: [{volume_per_month: 100, cost_each: 20, reduction_fraction: 0.5, incremental_revenue_monthly: 900}]
  problems: [{number_per_year: 12, value_each: {low: 500, mode: 1500, high: 4000}}]
  probability_of_production: {low: 0.35, mode: 0.5, high: 0.7}
  months_to_production: 3
  ramp_months: 4
  kpis: {projects_per_month: 0.5}
"""
NUMBER, TEXT, BOOL = (int, float), (str,), (bool,)


@pytest.fixture(scope="module")
def decisions():
    book, loaded = PriceBook.load(), parse_scenario(SCENARIO, "s.yaml")
    return {n: decide(compare(loaded, book=book, draws=Draws(n))) for n in (1, 200)}


@pytest.fixture(scope="module", params=[1, 200])
def draws(request):
    return request.param


@pytest.fixture(scope="module")
def document(decisions, draws):
    return json.loads(json.dumps(comparison_document(decisions[draws]), allow_nan=False))


@pytest.fixture(scope="module")
def doubt(decisions, draws):
    return json.loads(json.dumps(sensitivity_document(sensitivity(decisions[draws])), allow_nan=False))


def is_a(value, types):
    """Whether a plain value has one of some types; a truth value is no number."""
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def q(summary, *, null=False):
    """Checks a summary Q: mean, p10, p50, p90 in order, and the share of draws without a value where there is one."""
    if null and summary is None:
        return
    assert set(summary) - {"share_none"} == {"mean", "p10", "p50", "p90"}, summary
    if summary["p50"] is None:
        assert summary["share_none"] == 1
        return
    assert all(is_a(summary[name], NUMBER) and math.isfinite(summary[name]) for name in ("mean", "p10", "p50", "p90"))
    assert summary["p10"] <= summary["p50"] <= summary["p90"]
    assert 0 <= summary.get("share_none", 0.0) < 1


def summaries(node, path=""):
    """Every Q of a document with its path."""
    if isinstance(node, dict):
        if {"mean", "p10", "p50", "p90"} <= set(node):
            yield path, node
            return
        for name, inner in node.items():
            yield from summaries(inner, f"{path}.{name}")
    elif isinstance(node, list):
        for i, inner in enumerate(node):
            yield from summaries(inner, f"{path}[{i}]")


def ranked(document):
    return [option for option in document["options"] if option["status"] == "priced"]


def test_the_head(document, draws):
    assert document["schema"] == "planner.comparison/1"
    assert (document["draws"], document["seed"], document["currency"]) == (draws, 0, "USD")
    assert document["labels"] == []
    assert all(is_a(text, TEXT) for text in document["warnings"])


def test_standing_of_options(document):
    assert {option["id"] for option in ranked(document)} == {"rent", "own"}
    for option in ranked(document):
        assert is_a(option["probability_best"], NUMBER) and 0 <= option["probability_best"] <= 1
        for name in ("expected_regret", "p90_regret", "cvar_cost"):
            assert is_a(option[name], NUMBER)
        q(option["cost_difference_to_baseline"])
        q(option["crossing_month"], null=option["id"] == "rent")
        q(option["energy_kwh"])
        q(option["by_cost_type"]["team"])
    assert sum(option["probability_best"] for option in ranked(document)) == pytest.approx(1)
    (left_out,) = [option for option in document["options"] if option["id"] == "left_out"]
    assert left_out["probability_best"] is None and left_out["value"] is None and left_out["cash"] is None
    assert left_out["reasons"]


def test_value_of_an_option(document):
    for option in ranked(document):
        value = option["value"]
        for name in ("benefits_present", "npv", "roi_fraction", "payback_months", "discounted_payback_months"):
            q(value[name])
        q(value["gross_margin_fraction"], null=True)
        assert value["irr_of_mean"] is None or is_a(value["irr_of_mean"], NUMBER)
        assert all(is_a(root, NUMBER) for root in value["irr_roots"])
        assert (value["irr_of_mean"] is None) == (len(value["irr_roots"]) != 1)
        assert is_a(value["irr_share_none"], NUMBER) and 0 <= value["irr_share_none"] <= 1
        assert value["mirr"] is None or is_a(value["mirr"], NUMBER)
        assert value["npv"]["mean"] == pytest.approx(value["benefits_present"]["mean"] - option["present_cost"]["mean"])


def test_cash_of_an_option(document):
    for option in ranked(document):
        cash = option["cash"]
        q(cash["lowest"])
        q(cash["lowest_month"])
        assert 1 <= cash["lowest_month"]["p10"] <= cash["lowest_month"]["p90"] <= 24
        assert is_a(cash["probability_negative"], NUMBER)
        assert set(cash["runway_months"]) == {"base", "stressed"}
        for month in cash["runway_months"].values():
            assert month is None or is_a(month, (int,))


def test_recommendation_and_indicators(document):
    found = document["recommendation"]
    assert found["option"] in {"rent", "own"}
    assert isinstance(found["tie"], list)
    assert is_a(found["sentence"], TEXT) and found["because"] and all(is_a(text, TEXT) for text in found["because"])
    for rule in found["profile_rules"]:
        assert set(rule) == {"id", "agrees", "text"}
        assert is_a(rule["id"], TEXT) and is_a(rule["text"], TEXT) and rule["agrees"] in (True, False, None)
    assert found["pays"] in (True, False, None)
    q(document["kpis"]["projects_delivered_per_month"])
    q(document["kpis"]["months_to_prototype"])
    q(document["kpis"]["months_to_production"])
    q(document["kpis"]["probability_of_production"])


def test_a_plan_has_one_value_of_everything(decisions):
    found = dict(summaries(comparison_document(decisions[1])))
    assert len(found) > 40
    for path, summary in found.items():
        assert summary["mean"] == summary["p10"] == summary["p50"] == summary["p90"], path


def test_draws_have_a_spread(decisions):
    for option in ranked(comparison_document(decisions[200])):
        assert option["value"]["npv"]["p10"] < option["value"]["npv"]["p50"] < option["value"]["npv"]["p90"]


def test_the_difference_to_the_baseline_is_no_benefit(document, decisions, draws):
    """Benefits are those of the lines of value, alike for both options; owning for less adds none."""
    present = sum(one["present"]["mean"] for one in document["benefits"])
    difference = {option["id"]: option["cost_difference_to_baseline"]["mean"] for option in ranked(document)}
    assert difference["rent"] == 0 and abs(difference["own"]) > 100
    for option in ranked(document):
        assert option["value"]["benefits_present"]["mean"] == pytest.approx(present)
    terms = [(one["term"], one["driver"]) for one in document["benefits"]]
    assert terms == [
        ("savings", "operating_cost"), ("revenue", "incremental_revenue"), ("problems", "problems.1"),
    ]  # fmt: skip
    one, other = (decisions[draws].comparison.outcomes[name].appraisal.npv.value for name in ("own", "rent"))
    costs = [decisions[draws].comparison.outcomes[name].present_cost.value for name in ("own", "rent")]
    assert one - other == pytest.approx(costs[1] - costs[0])


def test_doubt(doubt, draws):
    assert doubt["schema"] == "planner.sensitivity/1"
    assert set(doubt["pair"]) == {"rent", "own"}
    assert doubt["tornado"]
    for bar in doubt["tornado"]:
        assert is_a(bar["input"], TEXT) and all(is_a(bar[name], NUMBER) for name in ("low", "high", "swing"))
        assert bar["swing"] == pytest.approx(abs(bar["high"] - bar["low"]))
    for shares in doubt["sobol"].values():
        assert set(shares) == {"first", "total"} and all(is_a(share, NUMBER) for share in shares.values())
    for change in doubt["would_change"]:
        assert is_a(change["input"], TEXT) and is_a(change["then"], TEXT)
        assert is_a(change["from"], NUMBER) and is_a(change["to"], NUMBER)
        assert change["then"] in {"rent", "own", "pays", "does_not_pay"}
    assert is_a(doubt["evpi"], NUMBER) and doubt["evpi"] >= 0
    assert is_a(doubt["monte_carlo_error"], NUMBER)
    for one in doubt["measure_next"]:
        assert is_a(one["input"], TEXT) and is_a(one["text"], TEXT)
        assert all(is_a(one[name], NUMBER) for name in ("evppi", "evsi", "cost"))
    if draws > 1:
        assert doubt["sobol"] and doubt["would_change"] and doubt["measure_next"]
        assert doubt["monte_carlo_error"] > 0
    else:
        assert (doubt["evpi"], doubt["monte_carlo_error"]) == (0, 0)


def test_without_value_its_fields_are_null():
    text = SCENARIO.split("project_costs:")[0].replace("cash: 90000, ", "")
    found = comparison_document(decide(compare(parse_scenario(text, "s.yaml"), draws=Draws(20))))
    assert found["labels"] == ["before_project_costs"]
    assert (found["kpis"], found["benefits"], found["textbook_view"]) == ({}, [], None)
    for option in ranked(found):
        assert option["value"] is None
        assert option["cash"]["runway_months"] == {"base": None, "stressed": None}
        assert option["cash"]["probability_negative"] is None
    assert found["recommendation"]["verdict"] == "cost_only"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_text_can_be_read(decisions, lang):
    document = comparison_document(decisions[200], lang)
    said = [document["recommendation"]["sentence"], *document["recommendation"]["because"], *document["warnings"]]
    said += [
        one["text"] for one in sensitivity_document(sensitivity(decisions[200], with_map=False), lang)["measure_next"]
    ]
    assert all(text.strip() and "{" not in text for text in said)
