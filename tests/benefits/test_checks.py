"""One driver, one term: what is refused, with its place; what moves; the literal formula as a labelled view."""

from __future__ import annotations

import pytest

from planner.benefits import textbook_view
from planner.errors import ScenarioError
from planner.report.value_json import textbook_document
from planner.text import LANGUAGES, render, say

SAVING = "volume_per_month: 100, cost_each: 1, reduction_fraction: 1"


def test_one_driver_in_two_terms(value):
    error = value.refused(
        f"""  savings:
    - {{driver: late_orders, {SAVING}}}
  problems:
    - {{driver: late_orders, number_per_year: 1, value_each: 1}}
""",
        "value.driver_twice", "number_per_year: 1",
    )  # fmt: skip
    assert error.arguments["driver"] == "late_orders"
    assert error.arguments["first"] == "value.savings.0"


def test_one_driver_in_revenue_and_problems(value):
    value.refused(
        """  revenue:
    upsell: [{driver: baskets, monthly: 5}]
  problems:
    - {driver: baskets, number_per_year: 1, value_each: 1}
""",
        "value.driver_twice", "number_per_year: 1",
    )  # fmt: skip


def test_a_template_brings_its_driver(value):
    value.refused(
        """  savings:
    - {use_case: service_chatbot, volume_per_month: 1}
  problems:
    - {driver: support_contacts, number_per_year: 1, value_each: 1}
""",
        "value.driver_twice", "number_per_year: 1",
    )  # fmt: skip


def test_one_driver_may_have_several_lines_in_its_term(value):
    found = value(f"  savings: [{{driver: scrap, {SAVING}}}, {{driver: scrap, {SAVING}}}]\n")
    assert [one.full.value.item() for one in found.benefits] == [100, 100]


@pytest.mark.parametrize("box", ["new_customers", "retention", "upsell"])
def test_incremental_revenue_in_a_saving_and_under_revenue(value, box):
    value.refused(
        f"""  savings:
    - {SAVING.replace(', ', chr(10) + '      ')}
      incremental_revenue_monthly: 50
  revenue:
    {box}: 10
""",
        "value.revenue_twice", "incremental_revenue_monthly",
    )  # fmt: skip


def test_incremental_revenue_alone_moves_to_revenue_once(value):
    comparison = value(f"  savings: [{{{SAVING}, incremental_revenue_monthly: 50}}]\n")
    assert {one.term: one.full.value.item() for one in comparison.benefits} == {"savings": 100, "revenue": 50}
    assert sum(one.by_month.value.sum() for one in comparison.benefits) == pytest.approx(12 * 150)
    assert "warning.revenue_moved" in [message.key for message in comparison.warnings]
    assert comparison.outcomes["rent"].appraisal.npv.mean == pytest.approx(12 * 150 - 100)  # rent costs 100


def test_a_saving_may_hold_incremental_revenue_only(value):
    found = value.one("  savings: [{incremental_revenue_monthly: 50}]\n")
    assert (found.term, found.full.value.item()) == ("revenue", 50)


def test_a_revenue_line_may_name_incremental_revenue_as_its_driver(value):
    """`incremental_revenue` is one of the revenue's own drivers: a line of revenue may carry it."""
    found = value.one("  revenue: {upsell: {driver: incremental_revenue, monthly: 50}}\n")
    assert (found.term, found.full.value.item()) == ("revenue", 50)


@pytest.mark.parametrize(
    "words", ["churn desk", "Customer attrition", "service de fidélisation", "Rétention", "résiliations"]
)
@pytest.mark.parametrize("box", ["savings", "problems"])
def test_churn_in_words_beside_retention(value, words, box):
    line = SAVING if box == "savings" else "number_per_year: 1, value_each: 1"
    value.refused(
        f"""  revenue:
    retention: {{customers: 1, monthly_revenue_each: 1, churn_per_month: 0.1, churn_reduction_fraction: 0.1}}
  {box}:
    - {{label: {words}, {line}}}
""",
        "value.churn_twice", words,
    )  # fmt: skip


def test_churn_in_words_is_fine_alone(value):
    assert value.one(f"  savings: [{{department: churn desk, {SAVING}}}]\n").full.value.item() == 100


@pytest.mark.parametrize("driver", ["incremental_revenue", "churn", "retention", "upsell", "new_customers"])
def test_a_driver_of_revenue_is_no_saving(value, driver):
    value.refused(f"  savings:\n    - {{driver: {driver}, {SAVING}}}\n", "value.revenue_driver", driver)


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ("savings:\n    - {use_case: recommender, volume_per_month: 1}", "value.revenue.upsell"),
        ("problems:\n    - {use_case: service_chatbot, number_per_year: 1}", "value.savings"),
        ("savings:\n    - {use_case: fraud_detection, volume_per_month: 1}", "value.problems"),
        ("revenue:\n    upsell: {use_case: churn_reduction, customers: 1, monthly_revenue_each: 1}",
         "value.revenue.retention"),
    ],
)  # fmt: skip
def test_a_use_case_in_the_wrong_box(value, lines, right):
    assert value.refused(f"  {lines}\n", "value.wrong_box", "use_case").arguments["right"] == right


def test_a_probability_above_one(value):
    gate = "  probability_of_production: 1.2\n"
    error = value.refused("  savings: []\n", "scenario.bounds", "probability_of_production", gate=gate)
    assert error.arguments["given"] == "1.2"


def test_a_ramp_longer_than_the_horizon(value):
    gate = "  ramp_months: 13\n"
    value.refused(f"  savings: [{{{SAVING}}}]\n", "value.ramp_beyond", "ramp_months", gate=gate)
    value(f"  savings: [{{{SAVING}}}]\n", gate="  ramp_months: 12\n")


def test_production_beyond_the_horizon(value):
    gate = "  months_to_production: {low: 12, mode: 14, high: 20}\n"
    error = value.refused(f"  savings: [{{{SAVING}}}]\n", "value.production_beyond", "months_to_production", gate=gate)
    assert (error.arguments["given"], error.arguments["months"]) == ("14", 12)


@pytest.mark.parametrize(
    ("lines", "key", "at"),
    [
        ("savings:\n    - {today_monthly: {purchases: 1}}", "value.saving_pair", "today_monthly"),
        ("savings:\n    - {department: x}", "value.saving_form", "department"),
        (f"savings:\n    - {{today_monthly: {{purchases: 1}}, after_monthly: {{purchases: 0}}, {SAVING}}}",
         "value.saving_form", "today_monthly"),
        ("savings:\n    - {today_monthly: {person_hours: 3}, after_monthly: {purchases: 1}}",
         "value.hourly_cost_missing", "person_hours"),
        ("revenue:\n    upsell: {monthly: 1, customers: 1, monthly_revenue_each: 1}", "value.revenue_form", "upsell"),
        ("revenue:\n    new_customers: {customers_per_month: 1}", "value.revenue_each", "new_customers"),
        ("savings:\n    - {volume_per_month: 100, reduction_fraction: 1}", "value.field_missing", "volume_per_month"),
    ],
)  # fmt: skip
def test_forms_that_are_refused(value, lines, key, at):
    value.refused(f"  {lines}\n", key, at)


def test_no_answer_stands_for_an_unknown_use_case(value):
    with pytest.raises(ScenarioError) as caught:
        value("  savings: [{use_case: chat_bot, volume_per_month: 1}]\n")
    assert caught.value.key == "scenario.not_in_list"
    assert all(render(caught.value, lang) for lang in LANGUAGES)


def test_the_literal_formula_counts_revenue_twice(value):
    lines = f"""  savings:
    - {{{SAVING}, incremental_revenue_monthly: 50}}
  problems:
    - {{number_per_year: 12, value_each: 30}}
"""
    comparison = value(lines)
    view = textbook_view(comparison.benefits)
    year = {"savings": 1200, "revenue": 600, "problems": 360}
    assert view.savings_with_revenue.item() == pytest.approx(year["savings"] + year["revenue"])
    assert view.revenue.item() == pytest.approx(year["revenue"])
    assert view.problems.item() == pytest.approx(year["problems"])
    assert view.counted_once.item() == pytest.approx(sum(year.values()))
    assert view.total.item() == pytest.approx(view.counted_once.item() + year["revenue"])
    for lang in LANGUAGES:
        document = textbook_document(comparison, say("textbook.label", lang))
        assert document["label"] == say("textbook.label", lang)
        assert document["sum_per_year"]["mean"] == pytest.approx(2760)
        assert document["sum_counted_once_per_year"]["mean"] == pytest.approx(2160)


def test_the_literal_formula_has_no_gate_no_discount(value):
    gate = "  probability_of_production: 0.1\n  months_to_production: 11\n  ramp_months: 1\n"
    comparison = value("  revenue: {upsell: 50}\n", gate=gate)
    assert textbook_view(comparison.benefits).total.item() == pytest.approx(2 * 600)
    assert textbook_view(()) is None
