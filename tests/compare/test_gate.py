"""Own or rent before anybody knows whether it reaches production: case d of the model as a whole scenario."""

from __future__ import annotations

import numpy as np
import pytest

from planner.compare import compare
from planner.decide import decide
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

RENT = (
    "kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,"
    " quote: {price: 120, currency: USD, source: by hand, date: 2026-08-01}"
)  # 15 USD an accelerator-hour
OWN = (
    "kind: onprem, system: 8xH100-SXM, count: 1, electricity_price_per_kwh: 0, maintenance_fraction_per_year: 0,"
    " staff_fte: 0, lead_time_days: 0, availability_fraction: 1, residual_fraction: 0.2,"
    " resale_if_stopped_fraction: 0.6, quote: {price: 400000, currency: USD, source: by hand, date: 2026-08-01}"
)
# 4,000 accelerator-hours before the gate cost 60,000; 800 a month in the 30 months of production 360,000.
BEFORE = "{id: before, kind: training, task: lora, tokens_per_run: 4000, throughput: {rate: {H100-SXM: 1}}}"
AFTER = "{id: after, kind: accelerator_hours, stage: production, accelerator_hours_per_month: 800}"
SCENARIO = """name: gate
reporting_currency: USD
horizon: {{start: 2027-01, months: 36}}
organisation: {{country: US}}
as_of: 2026-08-31
finance: {{discount_rate_fraction: {rate}}}
reference_accelerator: H100-SXM
workloads: [{works}]
options:
{options}
value: {{probability_of_production: {p}, months_to_production: {months}, ramp_months: 0{more}}}
"""


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


@pytest.fixture(scope="module")
def ask(book):
    def call(p, *, draws=1, seed=0, months=6, rate=0, works=(BEFORE, AFTER), more="", **options):
        given = options or {"rent": RENT, "own": OWN}
        text = SCENARIO.format(
            p=p, months=months, rate=rate, works=", ".join(works), more=more,
            options="\n".join(f"  {name}: {{{terms}}}" for name, terms in given.items()),
        )  # fmt: skip
        return compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(draws, seed))

    return call


def costs(comparison):
    return {name: outcome.present_cost.mean for name, outcome in comparison.outcomes.items()}


def cost_of(outcome, *names):
    """Nominal cost of some lines, shape (draws | 1,)."""
    return outcome.ledger.nominal(lambda line: line.id in names)[:, 0]


# ── case d ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("p", [0, 0.1, 0.5, 0.7, 1])
def test_case_d_of_the_model(ask, p):
    """Own: 400 − 240 if stopped, 400 − 80 at the end; cloud: 60, then 360 if production."""
    found = costs(ask(p))
    assert found["own"] == pytest.approx(1000 * (400 - 240 * (1 - p) - 80 * p))
    assert found["rent"] == pytest.approx(1000 * (60 + 360 * p))


def test_the_two_are_equal_at_one_half(ask):
    even = ask(0.5)
    assert costs(even)["own"] == pytest.approx(costs(even)["rent"])
    assert set(decide(even).tie) == {"own", "rent"}
    assert decide(ask(0.55)).best == "own"
    assert decide(ask(0.45)).best == "rent"


@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_each_draw_is_one_of_the_two_ends(ask, p):
    found = ask(p, draws=1000)
    opens = found.production.opens.value[:, 0]
    own, rent = (found.outcomes[name].present_cost.value[:, 0] for name in ("own", "rent"))
    assert own == pytest.approx(np.where(opens, 320_000, 160_000))
    assert rent == pytest.approx(np.where(opens, 420_000, 60_000))


@pytest.mark.parametrize("rate", [0, 0.12])
def test_a_plan_is_the_mean_of_its_draws(ask, rate):
    """Options linear in the work: the plan weighs both ends as many draws do, within their error."""
    n = 2000
    plan, many = ask(0.35, rate=rate), ask(0.35, rate=rate, draws=n, seed=3)
    for name, outcome in many.outcomes.items():
        drawn = outcome.present_cost.value
        assert abs(drawn.mean() - costs(plan)[name]) < 3 * drawn.std() / n**0.5, name
        share = many.production.opens.value.mean()  # exactly, once the share of open gates is the same
        assert costs(ask(share, rate=rate))[name] == pytest.approx(drawn.mean(), rel=1e-9), name


def test_a_gate_in_the_middle_of_a_month(ask):
    """Production from the middle of month 7: 29.5 months of 12,000."""
    assert costs(ask(1, months=6.5))["rent"] == pytest.approx(60_000 + 29.5 * 12_000)
    assert costs(ask(0.5, months=6.5))["own"] == pytest.approx(240_000)


def test_resale_happens_once_and_when_the_project_stops(ask):
    found = ask(0.5, draws=200).outcomes["own"]
    lines = {line.id: line.billed_cost.value for line in found.ledger.lines}
    ended, stopped = lines["resale"].sum(axis=1), lines["resale_if_stopped"].sum(axis=1)
    assert set(ended) == {0.0, -80_000.0} and set(stopped) == {0.0, -240_000.0}
    assert ((ended < 0) ^ (stopped < 0)).all()
    assert np.flatnonzero(lines["resale_if_stopped"].any(axis=0)).tolist() == [5]  # end of month 6, the gate
    assert np.flatnonzero(lines["resale"].any(axis=0)).tolist() == [35]


def test_resale_between_price_and_residual_where_nothing_is_said(ask):
    """After 6 of 36 months the price has fallen by the sixth part of its way, in factors: 400,000 × 0.2^(1/6)."""
    own = OWN.replace("resale_if_stopped_fraction: 0.6, ", "")
    found = costs(ask(0, rent=RENT, own=own))["own"]
    assert found == pytest.approx(400_000 * (1 - 0.2 ** (1 / 6)))


# ── what stops and what does not ──────────────────────────────────────────────────────────────────────────

STAFFED = OWN.replace("staff_fte: 0", "staff_fte: 1, staff_cost_per_year: 12000, space_cost_per_month: 100")


def test_people_and_room_go_when_the_project_stops(ask):
    found = ask(0, rent=RENT, own=STAFFED).outcomes["own"]
    assert cost_of(found, "staff") == pytest.approx(6 * 1000)
    assert cost_of(found, "space") == pytest.approx(6 * 100)
    assert cost_of(ask(1, rent=RENT, own=STAFFED).outcomes["own"], "staff") == pytest.approx(36 * 1000)
    assert cost_of(ask(0.25, rent=RENT, own=STAFFED).outcomes["own"], "staff") == pytest.approx((6 + 30 * 0.25) * 1000)


RESERVED = (
    "kind: reserved, provider: gcp, region: us-central1, instance: a3-highgpu-8g, count: 1, term_months: {term},"
    " quote: {{price: 10, currency: USD, source: by hand, date: 2026-08-01}}"
)


@pytest.mark.parametrize(("term", "paid"), [(12, 12), (36, 36)])
def test_a_commitment_made_before_the_gate_is_paid_to_its_end(ask, term, paid):
    """7,300 a month; the gate in month 6 stays closed: the term that runs is paid, no new one begins."""
    terms = RESERVED.format(term=term)
    stopped = ask(0, rent=RENT, reserved=terms).outcomes["reserved"]
    goes_on = ask(1, rent=RENT, reserved=terms).outcomes["reserved"]
    assert stopped.status == goes_on.status == "priced"
    assert goes_on.ledger.nominal().item() == pytest.approx(36 * 7300)
    assert stopped.ledger.nominal().item() == pytest.approx(paid * 7300)
    half = ask(0.5, rent=RENT, reserved=terms).outcomes["reserved"]
    assert half.ledger.nominal().item() == pytest.approx((36 + paid) / 2 * 7300)


def test_a_purchase_after_the_gate_is_not_made(ask):
    """Rent for 12 months, then buy: with the gate closed in month 6 nothing is bought and nobody moves."""
    options = {
        "rent": RENT, "own": OWN,
        "later": "kind: sequence, phases: [{option: rent, from_month: 1},"
        " {option: own, from_month: 13, migration_cost: 5000}]",
    }  # fmt: skip
    stopped, goes_on = (ask(p, **options).outcomes["later"] for p in (0, 1))
    assert stopped.ledger.nominal().item() == pytest.approx(60_000)
    assert goes_on.ledger.nominal().item() == pytest.approx(60_000 + 6 * 12_000 + 400_000 + 5_000 - 80_000)
    drawn = ask(0.5, draws=100, **options)
    opens = drawn.production.opens.value[:, 0]
    assert cost_of(drawn.outcomes["later"], "hardware") == pytest.approx(400_000 * opens)


def test_a_purchase_before_the_gate_stays(ask):
    options = {
        "rent": RENT, "own": OWN,
        "soon": "kind: sequence, phases: [{option: rent, from_month: 1}, {option: own, from_month: 4}]",
    }  # fmt: skip
    stopped = ask(0, **options).outcomes["soon"]
    assert cost_of(stopped, "hardware") == pytest.approx(400_000)
    assert stopped.ledger.nominal().item() == pytest.approx(60_000 + 400_000 - 240_000)


def test_other_work_keeps_the_project_going(ask):
    """Development that runs to the end is no part of the gate: the machine is not sold, the staff stay."""
    work = "{id: lab, kind: accelerator_hours, accelerator_hours_per_month: 100}"
    found = ask(0, works=(work, AFTER), rent=RENT, own=STAFFED).outcomes["own"]
    assert cost_of(found, "staff") == pytest.approx(36_000)
    assert cost_of(found, "resale") == pytest.approx(-80_000)
    assert cost_of(found, "resale_if_stopped") == pytest.approx(0)


def test_without_work_of_production_nothing_waits_at_the_gate(ask):
    zero, one = (ask(p, works=(BEFORE,)) for p in (0, 1))
    assert costs(zero) == pytest.approx(costs(one))


# ── sizes ─────────────────────────────────────────────────────────────────────────────────────────────────

AUTO = OWN.replace("count: 1", "count: auto")
BIG = AFTER.replace("800", "20000")  # 20,000 h / 730 = 27.4 cards: four systems


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 1])
@pytest.mark.parametrize("draws", [1, 40])
def test_the_size_is_chosen_before_anybody_knows(ask, p, draws):
    """Hardware is bought for production whether it comes or not: the same in both ends."""
    found = ask(p, works=(BEFORE, BIG), rent=RENT, own=AUTO, draws=draws)
    bought = next(line for line in found.outcomes["own"].ledger.lines if line.id == "hardware")
    assert (bought.quantity.value.sum(axis=1) == 4).all()


def test_a_gate_that_may_open_is_planned_for(ask):
    """Unlikely is not impossible: its central value is 0, but draws reach production."""
    sizes = [
        ask(f"{{low: 0, mode: {mode}, high: 1}}", works=(BEFORE, BIG), rent=RENT, own=AUTO, draws=40).sizes
        for mode in (0, 0.001)
    ]
    assert sizes[0] == sizes[1]


def test_the_sizes_of_a_comparison_stand_in_another(ask, book):
    comparison = ask(0.5, works=(BEFORE, BIG), rent=RENT, own=AUTO)
    smaller = dict.fromkeys(comparison.sizes, 2)
    assert smaller
    again = compare(comparison.loaded, book=book, draws=Draws(1), sizes=smaller)
    bought = next(line for line in again.outcomes["own"].ledger.lines if line.id == "hardware")
    assert bought.quantity.value.sum() == 2


def test_no_workload_is_gated_without_a_value(book):
    text = SCENARIO.format(
        p=1, months=6, rate=0, works=f"{BEFORE}, {AFTER}", more="", options=f"  rent: {{{RENT}}}"
    ).split("value:")[0]  # fmt: skip
    found = compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(1))
    assert found.production is None
    assert costs(found)["rent"] == pytest.approx(60_000 + 36 * 12_000)
