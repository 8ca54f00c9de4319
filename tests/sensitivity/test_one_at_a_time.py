"""Designed runs, bars of the tornado and thresholds against a scenario that is linear in every input."""

from __future__ import annotations

import numpy as np
import pytest

from planner.scenario_io import with_value
from planner.sensitivity import inputs_of, sensitivity
from planner.sensitivity.design import cut_down, study

# Rent: 500 h a month at 16 / 8 = 2 USD an hour for 12 months = 12,000. Own: 13,000 less a fifth at the end = 10,400.
HOURS, RENT, OWN, RESIDUAL = 500, 16, 13_000, 0.2
GATE = "probability_of_production: {p}, months_to_production: 0, ramp_months: 0"
TWO = 2  # draws of a certain scenario: all alike, but no longer a plan


@pytest.fixture(scope="module")
def linear(doubt):
    def call(hours=HOURS, rent=RENT, own=OWN, residual=RESIDUAL, top="", draws=TWO, **more):
        options = {"rent": doubt.rent(rent), "own": doubt.own(own, residual)}
        return doubt(options, doubt.steady(hours, **more), top=top, draws=draws)

    return call


def value(monthly=3000, p=1):
    return f"value: {{{GATE.format(p=p)}, revenue: {{upsell: {monthly}}}}}"


def lead(decision):
    """Present cost of renting less that of owning."""
    outcomes = decision.comparison.outcomes
    return outcomes["rent"].present_cost.mean - outcomes["own"].present_cost.mean


def test_the_scenario_is_what_it_says(linear):
    assert lead(linear()) == pytest.approx(12_000 - 10_400)


# ── designed rows ─────────────────────────────────────────────────────────────────────────────────────────

WIDE = {
    "hours": "{low: 200, mode: 500, high: 900}", "rent": "{p5: 10, p95: 25}",
    "own": "{low: 10000, mode: 13000, high: 20000}",
}  # fmt: skip


@pytest.mark.parametrize("top", ["", value("{low: 500, mode: 1500, high: 3000}", "{low: 0.2, mode: 0.5, high: 0.9}")])
def test_rows_with_everything_central_are_the_plan(linear, top):
    many, plan = linear(**WIDE, top=top, draws=60), linear(**WIDE, top=top, draws=1)
    case = study(many, ["own", "rent"])
    uncertain = [one for one in inputs_of(many.comparison, many.comparison.outcomes.values()) if not one.is_luck]
    assert any(one.is_uncertain for one in uncertain)
    columns = {one.name: np.full((3, 1), one.central) for one in uncertain}
    for rows in (case.values({}, 3), case.values(columns, 3)):
        for j, name in enumerate(("own", "rent")):
            outcome = plan.comparison.outcomes[name]
            wanted = outcome.appraisal.npv.mean if top else -outcome.present_cost.mean
            assert rows[:, j] == pytest.approx([wanted] * 3), name


def test_a_row_is_the_plan_of_a_file_with_that_value(linear, doubt):
    found = linear()
    case = study(found, ["own", "rent"])
    hours = np.array([[100.0], [500.0], [730.0]])
    rows = case.values({"lab.accelerator_hours_per_month": hours}, 3)
    for row, h in zip(rows, hours[:, 0], strict=True):
        again = linear(hours=h, draws=1).comparison.outcomes
        assert row[:2] == pytest.approx([-again["own"].present_cost.mean, -again["rent"].present_cost.mean])


def test_another_input_leaves_the_draws_of_the_others_alone(linear):
    """Each input draws from a seed of its own name: one more does not reshuffle the rest."""
    few = linear(**WIDE, draws=100).comparison.draws.drawn
    more = linear(
        **WIDE, residual="{low: 0, mode: 0.2, high: 0.4}", idle_fraction="{low: 0, mode: 0.1, high: 0.3}",
        top=value("{low: 500, mode: 1500, high: 3000}"), draws=100,
    ).comparison.draws.drawn  # fmt: skip
    assert len(more) > len(few)
    shared = [name for name, one in few.items() if one.column.size > 1]
    assert {"lab.accelerator_hours_per_month", "own.quote.price"} <= set(shared)
    for name in shared:
        assert (few[name].column == more[name].column).all(), name


def test_a_case_is_cut_down_to_what_it_needs(doubt):
    options = {"rent": doubt.rent(16), "spare": doubt.rent(20), "own": doubt.own(13_000), "other": doubt.rent(30)}
    options["own"] += ", else: spare"
    found = doubt(options, doubt.steady(500))
    kept = cut_down(found.comparison, ["own"])
    assert set(kept.scenario.options) == {"rent", "spare", "own"}  # baseline, its else, itself
    assert kept.scenario.baseline_id == "rent"
    last = cut_down(doubt(options, doubt.steady(500), top="baseline: other").comparison, ["own"])
    assert last.scenario.baseline_id == "other"


# ── tornado ───────────────────────────────────────────────────────────────────────────────────────────────


def bars(decision):
    found = sensitivity(decision, with_map=False)
    return found, {bar.input.name: bar for bar in found.tornado}


def test_bars_of_a_linear_input_by_hand(linear):
    decision = linear(hours="{low: 300, mode: 500, high: 900}", draws=400)
    found, by_name = bars(decision)
    assert found.pair == ("own", "rent")
    bar = by_name["lab.accelerator_hours_per_month"]
    drawn = decision.comparison.draws.drawn["lab.accelerator_hours_per_month"].column
    low, high = np.quantile(drawn, [0.1, 0.9])
    assert (bar.low_at, bar.high_at) == pytest.approx((low, high))
    assert (bar.low, bar.high) == pytest.approx((24 * low - 10_400, 24 * high - 10_400))
    assert bar.swing == pytest.approx(24 * (high - low))


def test_levels_of_price_and_demand(linear):
    """Rented prices and all work between 0.7 and 1.5 (assumption of the price book)."""
    _, by_name = bars(linear(draws=TWO))
    for name in ("price_level.gcp", "stress.demand"):
        assert (by_name[name].low, by_name[name].high) == pytest.approx((0.7 * 12_000 - 10_400, 1.5 * 12_000 - 10_400))


def test_the_longest_bar_comes_first_and_idle_inputs_are_left_out(linear):
    found, by_name = bars(linear(**WIDE, draws=200))
    swings = [bar.swing for bar in found.tornado]
    assert swings == sorted(swings, reverse=True)
    assert min(swings) > 0
    assert "pue_own_site" not in by_name  # electricity costs nothing here


def test_bars_of_what_it_is_worth(linear):
    """NPV of owning = 12 × sum × p − 10,400, whatever the lead."""
    decision = linear(top=value("{low: 1000, mode: 2000, high: 3000}"), draws=300)
    found = sensitivity(decision, with_map=False)
    bar = next(one for one in found.worth if one.input.name.endswith("monthly"))
    assert (bar.low, bar.high) == pytest.approx((12 * bar.low_at - 10_400, 12 * bar.high_at - 10_400))
    assert not [one for one in found.tornado if one.input.name.startswith("value.")]  # both options earn the same


# ── thresholds ────────────────────────────────────────────────────────────────────────────────────────────

WHERE = {
    "lab.accelerator_hours_per_month": ("workloads", 0, "accelerator_hours_per_month"),
    "rent.lab.list_unit_price": ("options", "rent", "quote", "price"),
    "own.quote.price": ("options", "own", "quote", "price"),
    "own.residual_fraction": ("options", "own", "residual_fraction"),
}
TURNS = {  # 24 h = 10,400; 750 p = 10,400; 0.8 P = 12,000; 13,000 (1 − r) = 12,000
    "lab.accelerator_hours_per_month": 10_400 / 24,
    "rent.lab.list_unit_price": 10_400 / 750,
    "own.quote.price": 15_000,
    "own.residual_fraction": 1 / 13,
}


def test_thresholds_by_hand(linear):
    found = {change.input.name: change for change in sensitivity(linear(), with_map=False).would_change}
    assert set(TURNS) <= set(found)
    for name, wanted in TURNS.items():
        assert found[name].value == pytest.approx(wanted, rel=0.02), name
        assert found[name].then == "rent"


@pytest.mark.parametrize("name", list(WHERE))
def test_a_threshold_turns_the_verdict_when_the_file_says_so(linear, doubt, name):
    decision = linear()
    changes = sensitivity(decision, with_map=False).would_change
    found = next(change for change in changes if change.input.name == name)
    leads = []
    for factor in (0.97, 1.03):
        loaded = with_value(decision.comparison.loaded, WHERE[name], found.value * factor)
        again = doubt.again(loaded, draws=TWO)
        leads.append(lead(again))
        assert again.best == ("own" if leads[-1] > 0 else "rent")
    assert leads[0] * leads[1] < 0  # one side each
    here = 1.03 if found.value < found.input.central else 0.97  # the side on which the file stands today
    assert np.sign(leads[0] if here == 0.97 else leads[1]) == np.sign(lead(decision))


def test_thresholds_of_value(linear, doubt):
    """12 × 3,000 × p − 10,400: pays down to 866.67 a month, or a probability of 0.289."""
    decision = linear(top=value())
    found = {c.input.name: c for c in sensitivity(decision, with_map=False).would_change if c.then == "does_not_pay"}
    monthly = next(change for name, change in found.items() if name.endswith("monthly"))
    assert monthly.value == pytest.approx(10_400 / 12, rel=0.02)
    assert found["value.probability_of_production"].value == pytest.approx(10_400 / 36_000, rel=0.02)
    for name, path in (("monthly", ("value", "revenue", "upsell")), ("p", ("value", "probability_of_production"))):
        at = monthly.value if name == "monthly" else found["value.probability_of_production"].value
        kinds = [
            doubt.again(with_value(decision.comparison.loaded, path, at * factor)).verdict.kind
            for factor in (0.97, 1.03)
        ]
        assert kinds == ["does_not_pay", "pays"], name


def test_what_would_make_it_pay(linear):
    found = sensitivity(linear(top=value(500)), with_map=False).would_change  # 6,000 against 10,400
    change = next(one for one in found if one.input.name.endswith("monthly"))
    assert (change.then, change.value) == ("pays", pytest.approx(10_400 / 12, rel=0.02))


def test_thresholds_overturn_the_expectation_not_the_plan(linear, doubt):
    """Of a skewed input the mean is not the mode: the lead over all draws is what must vanish."""
    decision = linear(own="{low: 12000, mode: 13000, high: 17000}", draws=600)
    change = next(
        c for c in sensitivity(decision, with_map=False).would_change
        if c.input.name == "lab.accelerator_hours_per_month"
    )  # fmt: skip
    mean = decision.comparison.outcomes["own"].present_cost.mean
    assert change.value == pytest.approx(mean / 24, rel=0.02)
    for factor, best in ((0.97, "rent"), (1.03, "own")):
        loaded = with_value(decision.comparison.loaded, WHERE[change.input.name], change.value * factor)
        assert doubt.again(loaded, draws=600).best == best


@pytest.mark.parametrize("draws", [1, TWO])
def test_a_plan_of_one_draw_has_the_same_thresholds(linear, draws):
    found = {change.input.name for change in sensitivity(linear(draws=draws), with_map=False).would_change}
    assert set(TURNS) <= found


@pytest.mark.parametrize("term", ["idle_fraction", "failed_fraction"])
def test_an_input_is_not_tried_beyond_what_its_field_allows(linear, term):
    """A share of hours that stand idle ends below 1: at 1 nothing would ever be done."""
    found = sensitivity(linear(**{term: 0.2}), with_map=False)
    for change in found.would_change:
        if change.input.name.endswith(term):
            assert change.value < 0.99
