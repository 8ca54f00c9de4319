"""What a project brings against what it costs, as pictures: equal to the appraisal, sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner import charts, finance
from planner.appraisal import flows_of
from planner.compare import compare
from planner.decide import Decision, decide
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.text import money
from planner.uncertainty import Draws

COSTS = """
project_costs:
  team: [{role: data_scientist, fte: 1, salary_per_year: {amount: 120000, currency: USD}, charges_fraction: 0,
          to_month: 6}]
"""
VALUE = """
value:
  savings: [{label: Support, today_monthly: {person_hours: 500, hourly_cost: 40}, after_monthly: {person_hours: 250,
             hourly_cost: 40}, evidence: B}]
  problems: [{label: Lost orders, number_per_year: 12, value_each: {low: 500, mode: 1000, high: 1500}}]
  months_to_production: 0
  ramp_months: 0
  probability_of_production: PROBABILITY
"""


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook.load()


def run(book: PriceBook, extra: str = COSTS + VALUE, *, probability: str = "1.0", draws: int = 200) -> Decision:
    text = f"""
name: test
reporting_currency: USD
horizon: {{start: 2027-01, months: 12}}
finance: {{discount_rate_fraction: 0}}
organisation: {{country: US}}
workloads:
  - id: train
    kind: training
    task: lora
    tokens_per_run: 8.0e6
    when: {{month: 1, every_months: 1}}
    throughput: {{rate: {{H100-SXM: 1.0e4}}}}
options:
  rent: {{kind: cloud, label: Rented, provider: gcp, region: us-central1, instance: a3-highgpu-8g}}
  spot: {{kind: spot, label: Spot, provider: gcp, region: us-central1, instance: a3-highgpu-8g, else: rent}}
baseline: rent
{extra.replace("PROBABILITY", probability)}"""
    return decide(compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(draws)))


@pytest.fixture(scope="module")
def paying(book: PriceBook) -> Decision:
    return run(book)


def test_terms_and_costs_are_those_of_the_best_plan(paying: Decision) -> None:
    gains, costs = charts.present_terms(paying)
    best = paying.comparison.outcomes[paying.best or ""]
    assert best.appraisal is not None and best.present_cost is not None
    # 250 h × 40 USD × 12 months at 0 %
    assert gains["savings"].mean() == pytest.approx(120_000)
    assert list(gains) == ["savings", "problems"] and list(costs) == ["compute", "project"]
    assert costs["project"].mean() == pytest.approx(60_000)
    assert sum(part.mean() for part in gains.values()) == pytest.approx(best.appraisal.benefits_present.mean)
    assert sum(part.mean() for part in costs.values()) == pytest.approx(best.present_cost.mean)
    figure = charts.benefits_by_term(paying, "en")
    drawn = {(bar.y[0], bar.name): bar.x[0] for bar in figure.data}
    assert drawn[("benefits", "Savings")] == pytest.approx(120_000)
    assert drawn[("costs", "Other project costs")] == pytest.approx(60_000)
    assert len({bar.marker.color for bar in figure.data}) == 4


def test_the_finding_of_the_terms_names_the_largest(paying: Decision, book: PriceBook) -> None:
    finding = charts.terms_finding(paying, "en").replace("\u00a0", " ")
    assert finding.startswith("“Savings” brings 91% of 132,000 USD of benefits; all costs come to ")
    one = run(book, COSTS + VALUE.split("  problems")[0] + "  ramp_months: 0\n", draws=1)
    assert charts.terms_finding(one, "fr").startswith("« Économies » seul rapporte")
    none = run(book, probability="0.0", draws=50)
    assert charts.terms_finding(none, "en").startswith("Nothing comes in")
    assert charts.present_terms(run(book, "", draws=1)) == ({}, {})


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_table_of_the_terms_ends_with_the_net_present_value(paying: Decision, lang: str) -> None:
    table = charts.terms_table(paying, lang)
    best = paying.comparison.outcomes[paying.best or ""]
    assert best.appraisal is not None
    assert len(table.rows) == 7
    assert table.rows[-1][1] == money(best.appraisal.npv.mean, "USD", lang)
    assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_curve_ends_at_the_net_present_value_and_marks_its_lowest_point(paying: Decision, lang: str) -> None:
    figure, best = charts.net_curve(paying, lang), paying.comparison.outcomes[paying.best or ""]
    assert best.appraisal is not None and best.ledger is not None
    curve = next(trace for trace in figure.data if trace.name == best.label and trace.line.width == 4)
    assert curve.x[-1] == 12 and curve.y[-1] == pytest.approx(best.appraisal.npv.mean)
    flows = flows_of(best.ledger, best.benefits).net
    np.testing.assert_allclose(curve.y, flows.mean(axis=0).cumsum(), atol=1e-6)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert marks[0].y[0] == pytest.approx(min(curve.y))
    # Paid back where the mean flow is, months being two halves each
    expected = float(finance.payback_rows(flows.mean(axis=0)[None, :])[0]) / 2
    if expected > 0:
        assert marks[1].x[0] == pytest.approx(expected)
    names = {trace.name for trace in figure.data if trace.showlegend is not False}
    assert names == {best.label, paying.comparison.baseline.label}
    assert len(charts.net_table(paying, lang).columns) == 1 + 2 * len(names)


def test_a_plan_that_never_pays_back_says_so_and_has_no_mark(book: PriceBook) -> None:
    decision = run(book, probability="0.0", draws=50)
    assert charts.net_finding(decision, "en").endswith("not paid back within 12 months")
    assert len([t for t in charts.net_curve(decision, "en").data if t.mode == "markers"]) == 1
    last = charts.net_table(decision, "en").rows[-1]
    assert last[0] == "12" and last[1].startswith("-")


def test_lines_of_value_and_drivers_have_words_in_both_languages(paying: Decision) -> None:
    labels = [charts.benefit_label(one, "fr") for one in paying.comparison.benefits]
    assert labels == ["Support", "Lost orders"]
    assert [charts.driver_label(one.driver, "fr") for one in paying.comparison.benefits] == ["coût d'exploitation", "—"]
    assert charts.driver_label("own_word", "en") == "own word"
