"""Each formula of the three terms against a value worked out by hand, and what the templates fill in."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from planner.figure import leaves

TABLE = Path(__file__).resolve().parents[2] / "pricing_data" / "reference" / "value_benchmarks.csv"


def flat(benefit, each):
    """Checks a line that brings the same each month from the first."""
    assert benefit.full.value.item() == pytest.approx(each)
    assert benefit.by_month.value == pytest.approx(np.full((1, 12), each))


def test_a_saving_is_cost_today_less_cost_after(value):
    # 900 h × 38 + 2,500 = 36,700; 500 h × 38 + 1,800 = 20,800
    found = value.one("""
  savings:
    - department: support
      today_monthly: {person_hours: 900, hourly_cost: 38, purchases: 2500}
      after_monthly: {person_hours: 500, hourly_cost: 38, purchases: 1800}
""")
    assert (found.term, found.label) == ("savings", "support")
    flat(found, 15_900)


def test_a_saving_may_be_negative_and_of_purchases_alone(value):
    flat(value.one("  savings: [{today_monthly: {purchases: 100}, after_monthly: {purchases: 160}}]\n"), -60)


def test_a_wage_that_rises_makes_the_hours_kept_dearer(value):
    # 100 × 30 − 60 × 40 = 600
    flat(
        value.one(
            "  savings: [{today_monthly: {person_hours: 100, hourly_cost: 30},"
            " after_monthly: {person_hours: 60, hourly_cost: 40}}]\n"
        ),
        600,
    )


@pytest.mark.parametrize(
    ("after", "each"), [("", 2000), (", cost_after_each: 2", 1200), (", cost_after_each: 6", -400)]
)
def test_a_saving_by_volume(value, after, each):
    # 1,000 × (5 − after) × 0.4
    flat(value.one(f"  savings: [{{volume_per_month: 1000, cost_each: 5, reduction_fraction: 0.4{after}}}]\n"), each)


@pytest.mark.parametrize(
    ("solved", "each"), [("", 10_000), (", solved_fraction: 0.5", 5_000), (", solved_fraction: 0", 0)]
)
def test_problems_are_counted_by_the_year(value, solved, each):
    # 30 a year / 12 × 4,000 × share
    found = value.one(f"  problems: [{{number_per_year: 30, value_each: 4000{solved}}}]\n")
    assert found.term == "problems"
    flat(found, each)


@pytest.mark.parametrize(("margin", "each"), [("", 6_000), (", margin_fraction: 0.25", 1_500)])
def test_an_uplift_of_sales(value, margin, each):
    found = value.one(f"  revenue: {{upsell: {{monthly_revenue: 200000, uplift_fraction: 0.03{margin}}}}}\n")
    assert (found.term, found.driver) == ("revenue", "upsell")
    flat(found, each)


@pytest.mark.parametrize("form", ["500", "{monthly: 500}", "[{monthly: 500}]", "{amount: 500, currency: USD}"])
def test_a_sum_a_month_in_every_form(value, form):
    flat(value.one(f"  revenue: {{upsell: {form}}}\n"), 500)


@pytest.mark.parametrize("less", [0.2, 0.0, -0.2, 1.0])
def test_retention_is_a_difference_of_survival(value, less):
    """1,000 customers of 10 a month, 5 % leave: those who stay because of the project; a campaign can raise churn."""
    found = value.one(
        "  revenue: {retention: {customers: 1000, monthly_revenue_each: 10, churn_per_month: 0.05,"
        f" churn_reduction_fraction: {less}}}}}\n"
    )
    t = np.arange(1, 13)
    wanted = 1000 * 10 * ((1 - 0.05 * (1 - less)) ** t - 0.95**t)
    assert found.driver == "churn"
    assert found.by_month.value[0] == pytest.approx(wanted, abs=1e-9)
    assert np.sign(found.by_month.value[0, -1].round(9)) == np.sign(less)
    assert found.full.value.item() == pytest.approx(wanted[-1], abs=1e-9)


def test_retention_grows_with_adoption(value):
    """Half adopted in month 1 (ramp of one month), then all: survival is a product of each month's own churn."""
    found = value.one(
        "  revenue: {retention: {customers: 1000, monthly_revenue_each: 10, churn_per_month: 0.1,"
        " churn_reduction_fraction: 0.5}}\n",
        gate="  probability_of_production: 1\n  months_to_production: 0\n  ramp_months: 1\n",
    )
    # month 1: churn 0.1 × (1 − 0.5 × 0.5) = 0.075; month 2 on: 0.05
    assert found.by_month.value[0, :3] == pytest.approx(
        [10_000 * (0.925 - 0.9), 10_000 * (0.925 * 0.95 - 0.81), 10_000 * (0.925 * 0.95**2 - 0.729)]
    )


def test_new_customers_build_up_and_leak(value):
    """Ten a month at 20, a tenth leave each month: 10, 19, 27.1 … customers."""
    found = value.one(
        "  revenue: {new_customers: {customers_per_month: 10, monthly_revenue_each: 20, churn_per_month: 0.1,"
        " margin_fraction: 0.5}}\n"
    )
    here, wanted = 0.0, []
    for _ in range(12):
        here = here * 0.9 + 10
        wanted.append(here * 20 * 0.5)
    assert wanted[:3] == pytest.approx([100, 190, 271])
    assert found.by_month.value[0] == pytest.approx(wanted)
    assert found.full.value.item() == pytest.approx(wanted[-1])


def test_new_customers_under_an_uncertain_churn(value):
    """Each draw has its own churn; one by one they give what a loop gives."""
    found = value(
        "  revenue: {new_customers: {customers_per_month: 10, monthly_revenue_each: 20,"
        " churn_per_month: {low: 0.0, mode: 0.1, high: 0.5}}}\n",
        gate="  probability_of_production: 1\n  months_to_production: 0.5\n  ramp_months: 2\n",
        draws=50,
    )
    churn = found.draws.drawn["value.revenue.new_customers.1.churn_per_month"].column[:, 0]
    # adoption: x months after 0.5, over 2: month 1 ∫ = 0.5²/4; month 2 (1.5² − 0.5²)/4; month 3 the rest of the ramp
    taken = [0.0625, 0.5, 0.9375, *[1.0] * 9]
    here = np.zeros(50)
    for t, share in enumerate(taken):
        here = here * (1 - churn) + 10 * share
        assert found.benefits[0].by_month.value[:, t] == pytest.approx(here * 20), t


def test_a_haircut_is_taken_off_once(value):
    found = value.one("  problems: [{number_per_year: 12, value_each: 1000, haircut_fraction: 0.3}]\n")
    flat(found, 700)


def test_haircut_and_probability_multiply(value):
    gate = "  probability_of_production: 0.5\n  months_to_production: 0\n  ramp_months: 0\n"
    found = value.one("  problems: [{number_per_year: 12, value_each: 1000, haircut_fraction: 0.3}]\n", gate=gate)
    assert found.full.value.item() == pytest.approx(700)  # a month in production
    assert found.by_month.value == pytest.approx(np.full((1, 12), 350))


def test_other_currencies_are_converted(value):
    comparison = value("  problems: [{number_per_year: 12, value_each: {amount: 1000, currency: EUR}}]\n")
    rate = value.book.fx.rate("EUR", "USD", comparison.as_of).mean
    assert rate != 1
    flat(comparison.benefits[0], 1000 * rate)


# ── templates ─────────────────────────────────────────────────────────────────────────────────────────────


def benchmark(name):
    """A row of the table as it stands in the file, with its line."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            if row["benchmark_id"] == name:
                return row, reader.line_num
    raise AssertionError(name)


def number(name, end):
    return float(benchmark(name)[0][end])


DEFLECTION = "service_chatbot.ticket_deflection"
TEMPLATES = [
    ("savings: [{use_case: predictive_maintenance, volume_per_month: 10, cost_each: 1000}]",
     lambda: 10 * 1000 * number("predictive_maintenance.unplanned_downtime_reduction", "typical"), 2_000,
     {"reduction_fraction": "predictive_maintenance.unplanned_downtime_reduction"}),
    ("savings: [{use_case: service_chatbot, volume_per_month: 1000}]",  # grade D: the low end alone
     lambda: 1000 * (number("service_chatbot.assisted_contact_cost", "typical")
                     - number("service_chatbot.self_service_contact_cost", "typical")) * number(DEFLECTION, "low"),
     3_498,
     {"cost_each": "service_chatbot.assisted_contact_cost", "reduction_fraction": DEFLECTION,
      "cost_after_each": "service_chatbot.self_service_contact_cost"}),
    ("savings: [{use_case: invoice_digitisation, volume_per_month: 1000}]",  # no typical value: geometric mean
     lambda: 1000 * (12.88 - 2.78) * (0.234 * 0.492) ** 0.5, 3_426.99,
     {"cost_each": "invoice_digitisation.cost_per_invoice_average_organisation",
      "cost_after_each": "invoice_digitisation.cost_per_invoice_best_in_class",
      "reduction_fraction": "invoice_digitisation.touchless_rate"}),
    ("revenue: {upsell: {use_case: recommender, monthly_revenue: 100000}}",  # 4 to 12 %
     lambda: 100_000 * (0.04 * 0.12) ** 0.5, 6_928.2,
     {"uplift_fraction": "recommender.engagement_over_matrix_factorisation"}),
    ("revenue: {upsell: {use_case: personalised_cx, monthly_revenue: 100000}}",
     lambda: 100_000 * number("personalised_cx.revenue_lift", "low"), 5_000,
     {"uplift_fraction": "personalised_cx.revenue_lift"}),
    ("problems: [{use_case: fraud_detection, number_per_year: 12}]",
     lambda: number("fraud_detection.median_loss_of_a_scheme", "typical") * (0.5 * 0.6) ** 0.5, 64_083.5,
     {"value_each": "fraud_detection.median_loss_of_a_scheme",
      "solved_fraction": "fraud_detection.loss_cut_by_monitoring"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "formula", "about", "sources"), TEMPLATES, ids=[t[0].split(",")[0] for t in TEMPLATES]
)
def test_templates_fill_from_the_table(value, lines, formula, about, sources):
    found = value.one(f"  {lines}\n")
    assert found.full.value.item() == pytest.approx(formula())
    assert found.full.value.item() == pytest.approx(about, rel=1e-4)
    by_field = {leaf.name.rsplit(".", 1)[-1]: leaf.source for leaf in leaves(found.full) if leaf.source is not None}
    grades = []
    for name, row_id in sources.items():
        row, line = benchmark(row_id)
        grades.append(row["evidence"])
        assert by_field[name].kind == "reference_row"
        assert by_field[name].locator == f"pricing_data/reference/value_benchmarks.csv:{line}"
        assert by_field[name].as_of == row["observed_on"]
        assert row["source"] in by_field[name].origin
    assert found.evidence == max(grades)  # no better than its weakest part


def test_what_the_user_gives_goes_before_the_template(value):
    found = value.one(
        "  savings: [{use_case: service_chatbot, volume_per_month: 1000, cost_each: 10, cost_after_each: 4,"
        " reduction_fraction: 0.5, evidence: B}]\n"
    )
    flat(found, 3_000)
    assert found.evidence == "B"
    assert "warning.value_grade_d" not in [message.key for message in found.warnings]


def test_churn_has_no_published_default(value):
    value.refused(
        "  revenue:\n    retention: {use_case: churn_reduction, customers: 10, monthly_revenue_each: 1}\n",
        "value.field_missing", "retention",
    )  # fmt: skip


def test_a_template_keeps_its_range_in_draws(value):
    found = value("  savings: [{use_case: predictive_maintenance, volume_per_month: 10, cost_each: 1000}]\n", draws=400)
    full = found.benefits[0].full.value
    row, _ = benchmark("predictive_maintenance.unplanned_downtime_reduction")
    low, high = 10_000 * float(row["low"]), 10_000 * float(row["high"])
    assert low <= full.min() < full.max() <= high
    assert full.mean() == pytest.approx((low + 4 * 2_000 + high) / 6, rel=0.03)  # mean of a PERT
