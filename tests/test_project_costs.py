"""What a project costs besides compute: each line by hand, when it stops, and that it moves no comparison."""

from __future__ import annotations

import numpy as np
import pytest

from planner.compare import compare
from planner.decide import decide, labels
from planner.errors import PlannerError, ScenarioError
from planner.prices import PriceBook
from planner.project_costs import PROJECT, compute_lines
from planner.report.comparison_json import comparison_document
from planner.scenario_io import parse_scenario
from planner.text import LANGUAGES, render
from planner.uncertainty import Draws

SCENARIO = """name: costs
reporting_currency: USD
horizon: {{start: 2027-01, months: {months}}}
organisation: {organisation}
as_of: 2026-08-31
finance: {{discount_rate_fraction: {rate}}}
workloads:
  - {{id: train, kind: training, task: lora, tokens_per_run: 100, throughput: {{rate: {{H100-SXM: 1}}}}}}
options:
  rent: {{kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,
    quote: {{price: 8, currency: USD, source: by hand, date: 2026-08-01}}}}
  dear: {{kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,
    quote: {{price: 80, currency: USD, source: by hand, date: 2026-08-01}}}}
{costs}
{value}
"""
GATE = "value: {{probability_of_production: {p}, months_to_production: {m}, ramp_months: 0{more}}}"


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


@pytest.fixture(scope="module")
def ask(book):
    def call(costs="", value="", *, months=12, rate=0, draws=1, organisation="{country: CA}", seed=0):
        text = SCENARIO.format(
            costs=f"project_costs: {{{costs}}}" if costs else "", value=value, months=months, rate=rate,
            organisation=organisation,
        )  # fmt: skip
        return compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(draws, seed))

    return call


def billed(comparison, option="rent"):
    """Nominal cost by month of each line of the project, shape (draws | 1, months)."""
    lines = comparison.outcomes[option].ledger.lines
    months = comparison.scenario.horizon.months
    return {
        line.id: np.broadcast_to(line.billed_cost.value, (line.billed_cost.value.shape[0], months))
        for line in lines if line.placed_on == PROJECT
    }  # fmt: skip


def only(comparison):
    (found,) = billed(comparison).values()
    return found[0]


# ── labels ────────────────────────────────────────────────────────────────────────────────────────────────


def test_labelling_by_hand(ask):
    # 10,000 × 3 labels × (1 − 0.25) × (1 + 0.1 pilot) × (1 + 0.2 again) × 0.02 × (1 + 0.5 commission)
    found = billed(ask(
        "labelling: {objects: 10000, labels_per_object: 3, automated_fraction: 0.25, pilot_fraction: 0.1,"
        " review_fraction: 0.2, price_each: 0.02, commission_fraction: 0.5, annotator_training: 500}"
    ))  # fmt: skip
    assert found["labelling"][0] == pytest.approx([29_700 * 0.03, *[0] * 11])
    assert found["labelling_training"][0] == pytest.approx([500, *[0] * 11])


def test_labelling_defaults(ask):
    # one label, a tenth again, pilot 15 % (assumption), nothing automated: 1,000 × 1.15 × 1.1
    assert only(ask("labelling: {objects: 1000, price_each: 1}"))[0] == pytest.approx(1265)


def test_every_object_pays_the_platform_though_no_person_sees_it(ask):
    """Note of the price table: charged for every object labelled, by people or automatically."""
    found = billed(ask(
        "labelling: {objects: 1000, price_each: 1, pilot_fraction: 0, review_fraction: 0, automated_fraction: 0.5,"
        " platform_fee_each: 0.08}"
    ))  # fmt: skip
    assert found["labelling"].sum() == pytest.approx(500)
    assert found["labelling_platform"].sum() == pytest.approx(80)


def test_the_platform_is_paid_for_the_pilot_and_the_review_too(ask):
    found = billed(ask(
        "labelling: {objects: 1000, price_each: 1, pilot_fraction: 0.5, review_fraction: 0.2, platform_fee_each: 0.08}"
    ))  # fmt: skip
    assert found["labelling"].sum() == pytest.approx(1800)
    assert found["labelling_platform"].sum() == pytest.approx(1800 * 0.08)


def test_labels_at_the_table_s_price(ask, book):
    row = next(
        r for r in book.folder.table("prices/labelling.csv") if r["price_id"] == "ground_truth_crowd_bounding_box"
    )
    price = float(row["price_typical"])
    found = ask(
        "labelling: {objects: 1000, labels_per_object: 5, price: ground_truth_crowd_bounding_box, pilot_fraction: 0,"
        " review_fraction: 0}"
    )
    assert only(found)[0] == pytest.approx(5000 * price)
    (line,) = [line for line in found.outcomes["rent"].ledger.lines if line.placed_on == PROJECT]
    assert line.price_observed_on == row["observed_on"]


def test_several_sets_of_labels(ask):
    found = billed(ask(
        "labelling: [{objects: 10, price_each: 1, pilot_fraction: 0, review_fraction: 0},"
        " {objects: 20, price_each: 1, pilot_fraction: 0, review_fraction: 0}]"
    ))  # fmt: skip
    assert {name: float(cost.sum()) for name, cost in found.items()} == pytest.approx(
        {"labelling": 10, "labelling.2": 20}
    )


# ── people and things ─────────────────────────────────────────────────────────────────────────────────────


def test_a_role_is_paid_with_charges(ask):
    # 2 × 120,000 × 1.25 / 12 = 25,000 in months 3 to 5
    found = only(ask(
        "team: [{role: dl_engineer, fte: 2, salary_per_year: 120000, charges_fraction: 0.25, from_month: 3,"
        " to_month: 5}]"
    ))  # fmt: skip
    assert found == pytest.approx([0, 0, 25_000, 25_000, 25_000, *[0] * 7])


@pytest.mark.parametrize(("country", "currency", "charges"), [("CA", "CAD", 0.2), ("FR", "EUR", 0.425)])
def test_pay_of_the_country(ask, book, country, currency, charges):
    """The median of the role's row, with the country's employer charges, at today's rate of exchange."""
    rows = [
        r
        for r in book.folder.table("reference/team_pay.csv")
        if (r["role"], r["country"]) == ("data_engineer", country)
    ]
    median = next(float(r["pay_median"]) for r in rows if r["pay_median"] and r["currency"] == currency)
    comparison = ask("team: [{role: data_engineer}]", organisation=f"{{country: {country}}}")
    rate = book.fx.rate(currency, "USD", comparison.as_of).mean
    assert only(comparison) == pytest.approx([median * (1 + charges) * rate / 12] * 12)


def test_days_of_cleaning(ask, book):
    assert only(ask("data: {cleaning_person_days: 20, cleaning_day_cost: 400}")) == pytest.approx([8000, *[0] * 11])
    # without a price: a data engineer of the country over 220 working days
    comparison = ask("data: {cleaning_person_days: 22}")
    rate = book.fx.rate("CAD", "USD", comparison.as_of).mean
    assert only(comparison)[0] == pytest.approx(22 * 95_992 * 1.2 / 220 * rate)


@pytest.mark.parametrize("name", ["data", "mlops", "compliance", "deployment"])
def test_sums_once_and_by_month(ask, name):
    found = billed(ask(f"{name}: {{once: 1000, monthly: 10, from_month: 2, to_month: 4}}"))
    assert found[f"{name}.once"][0] == pytest.approx([1000, *[0] * 11])
    assert found[f"{name}.monthly"][0] == pytest.approx([0, 10, 10, 10, *[0] * 8])


def test_a_service_by_user(ask):
    """Hugging Face Pro at 9 USD a user and month."""
    assert only(ask("mlops: {service: hugging_face_hub_pro, users: 3}")) == pytest.approx([27] * 12)


def test_present_value_of_sums(ask):
    """A sum at the start is not discounted; a monthly one is paid at mid-month."""
    comparison = ask("compliance: {once: 1000, monthly: 10}", rate=0.21)
    months = np.arange(12)
    alone = ask(rate=0.21).outcomes["rent"].present_cost.mean
    assert comparison.outcomes["rent"].present_cost.mean - alone == pytest.approx(
        1000 + (10 / 1.21 ** ((months + 0.5) / 12)).sum()
    )


@pytest.mark.parametrize(
    ("costs", "key"),
    [
        ("labelling: {objects: 10}", "project.labelling_price"),
        ("labelling: [{objects: 10}]", "project.labelling_price"),
        ("team: [{role: dl_engineer, from_month: 4, to_month: 3}]", "project.months_order"),
        ("deployment: {monthly: 1, from_month: 4, to_month: 3}", "project.months_order"),
        ("labelling: {objects: 10, automated_fraction: 1.1, price_each: 1}", "scenario.bounds"),
        ("labelling: [{objects: 10, automated_fraction: 1.1, price_each: 1}]", "scenario.bounds"),
        ("team: [{role: wizard}]", "reference.unknown_role"),
        ("labelling: {objects: 10, price: no_such_price}", "reference.unknown_labelling"),
        ("mlops: {service: no_such_service}", "reference.unknown_mlops"),
        ("mlops: {service: clearml}", "reference.your_input_required"),
    ],
)
def test_what_is_refused_names_its_line(ask, costs, key):
    with pytest.raises(PlannerError) as caught:
        ask(costs)
    assert caught.value.key == key
    assert caught.value.where.file == "s.yaml"
    assert caught.value.where.line == 14  # project_costs is one line of the file
    for lang in LANGUAGES:
        assert render(caught.value, lang).startswith("s.yaml:14: ")


def test_pay_needs_a_country(ask):
    with pytest.raises(PlannerError) as caught:
        ask("team: [{role: data_engineer}]", organisation="{}")
    assert caught.value.key == "project.pay_wanted"


# ── gate and waits ────────────────────────────────────────────────────────────────────────────────────────


def gate(p, months, more=""):
    return GATE.format(p=p, m=months, more=more)


def test_nobody_is_paid_after_a_gate_that_stays_closed(ask):
    costs = "team: [{role: dl_engineer, salary_per_year: 12000, charges_fraction: 0}]"
    assert only(ask(costs, gate(0, 5))) == pytest.approx([1000] * 5 + [0] * 7)
    assert only(ask(costs, gate(1, 5))) == pytest.approx([1000] * 12)
    assert only(ask(costs, gate(0.25, 4.5))) == pytest.approx([1000] * 4 + [1000 * (0.5 + 0.5 * 0.25)] + [250] * 7)


def test_in_draws_people_are_paid_or_not(ask):
    n = 400
    comparison = ask("team: [{role: dl_engineer, salary_per_year: 12000, charges_fraction: 0}]", gate(0.4, 5), draws=n)
    opens = comparison.production.opens.value[:, 0]
    (found,) = billed(comparison).values()
    assert found[:, 4:6].tolist() == [[1000.0, 1000.0 * x] for x in opens]


def test_a_sum_paid_at_the_start_stays_paid(ask):
    found = billed(ask("data: {once: 700}, labelling: {objects: 10, price_each: 1, pilot_fraction: 0}", gate(0, 0)))
    assert found["data.once"].sum() == 700
    assert found["labelling"].sum() == pytest.approx(11)


def test_waiting_for_data_keeps_a_role_longer(ask):
    """Months 1 to 3, and the four months of the wait; a role without an end is not lengthened."""
    wait = ", readiness: {data_available: no, months_to_data: 4}"
    role = "{role: dl_engineer, salary_per_year: 12000, charges_fraction: 0, to_month: 3}"
    assert only(ask(f"team: [{role}]", gate(1, 1, wait))) == pytest.approx([1000] * 7 + [0] * 5)
    half = ", readiness: {data_available: no, months_to_data: 1.5}"
    assert only(ask(f"team: [{role}]", gate(1, 1, half))) == pytest.approx([1000] * 4 + [500] + [0] * 7)
    assert only(ask(f"team: [{role.replace(', to_month: 3', '')}]", gate(1, 1, wait))) == pytest.approx([1000] * 12)


def test_the_wait_ends_at_the_horizon(ask):
    wait = ", readiness: {data_available: no, months_to_data: 40}"
    role = "{role: dl_engineer, salary_per_year: 12000, charges_fraction: 0, to_month: 11}"
    assert only(ask(f"team: [{role}]", gate(1, 0, wait))) == pytest.approx([1000] * 12)


# ── beside compute ────────────────────────────────────────────────────────────────────────────────────────

ALL = (
    "data: {once: 100, cleaning_person_days: {low: 5, mode: 10, high: 30}, cleaning_day_cost: 300},"
    " labelling: {objects: {p5: 500, p95: 2000}, price_each: 0.1}, team: [{role: dl_engineer}, {role: data_engineer}],"
    " mlops: {service: hugging_face_hub_pro}, compliance: {monthly: 10}, deployment: {once: 50}"
)


@pytest.mark.parametrize("draws", [1, 50])
def test_the_same_lines_in_every_ledger(ask, draws):
    with_, without = ask(ALL, draws=draws), ask(draws=draws)
    ledgers = [outcome.ledger.lines for outcome in with_.outcomes.values()]
    project = [[line for line in lines if line.placed_on == PROJECT] for lines in ledgers]
    assert len(project[0]) == 8
    assert all(a is b for a, b in zip(*project, strict=True))
    one, other = decide(with_), decide(without)
    for name in with_.outcomes:
        differences = [found.standings[name].cost_difference_to_baseline for found in (one, other)]
        assert np.abs(differences[0] - differences[1]).max() < 1e-6
        assert one.standings[name].probability_best == other.standings[name].probability_best
        assert compute_lines(with_.outcomes[name].ledger.lines) == with_.outcomes[name].ledger.lines[: -len(project[0])]
        kept = compute_lines(with_.outcomes[name].ledger.lines)
        assert sum(line.billed_cost.value.sum() for line in kept) == pytest.approx(
            sum(line.billed_cost.value.sum() for line in without.outcomes[name].ledger.lines)
        )
    assert with_.outcomes["rent"].present_cost.mean > without.outcomes["rent"].present_cost.mean + 50_000


@pytest.mark.parametrize("draws", [1, 50])
def test_costs_of_a_unit_of_work_do_not_change(ask, draws):
    documents = [comparison_document(decide(ask(costs, draws=draws))) for costs in (ALL, "")]
    for one, other in zip(*(document["options"] for document in documents), strict=True):
        assert one["by_workload"] == other["by_workload"]
        assert (
            one["levelized_cost_per_reference_accelerator_hour"]
            == other["levelized_cost_per_reference_accelerator_hour"]
        )
        assert one["present_cost"]["mean"] > other["present_cost"]["mean"]


def test_the_label_goes_with_the_section(ask):
    assert "before_project_costs" in labels(ask())
    assert "before_project_costs" not in labels(ask(ALL))


def test_types_of_cost_are_those_of_the_section(ask):
    types = ask(ALL).outcomes["rent"].ledger.by("cost_type")
    assert {"data", "labelling", "team", "mlops", "compliance", "deployment"} <= set(types)


def test_unknown_parts_are_refused(ask):
    with pytest.raises(ScenarioError) as caught:
        ask("labeling: {objects: 3, price_each: 1}")
    assert caught.value.key == "scenario.unknown_key"
    assert "labelling" in caught.value.close
