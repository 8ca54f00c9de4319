"""A bill for each kind of option, in text that a finance person can read and recompute.

Every price is round: 1 EUR = 1.25 USD. The work is 800,000 tokens a month at 1,000 tokens per accelerator-hour:
800 useful hours; a fifth of busy hours is lost, so 800 / 0.8 = 1,000 busy hours; and 100 hours of notebooks.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.compare import compare
from planner.comparison import Outcome
from planner.figure import replay
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

RATE = 0.10

FINETUNE = """
  - id: finetune
    kind: training
    task: lora
    tokens_per_run: 800000
    when: {every_months: 1}
    interruptible: true
    failed_fraction: 0.2
    throughput: {rate: {TINY-80: 1000}}
"""
NOTEBOOK = """
  - id: notebook
    kind: interactive
    session_hours_per_month: 100
"""
# 1,168,000 tokens: 1,168 useful, 1,460 busy hours: 2 accelerators on average, 3 in one half of
# the hours, 1 in the other.
UNEVEN = FINETUNE.replace("800000", "1168000") + (
    "    shape: [{hours_fraction: 0.5, load_multiple: 1.5}, {hours_fraction: 0.5, load_multiple: 0.5}]\n"
)
RENT = "  rent: {kind: cloud, provider: cumulus, accelerator: TINY-80}\n"
OPTIONS = {
    "cloud": RENT,
    "spot": """
  it: {kind: spot, provider: cumulus, accelerator: TINY-80, interruption_rate_per_hour: 0,
       checkpoint_minutes: 12, checkpoint_interval_minutes: 48, restart_minutes: 6, else: rent}
""",
    "academic": """
  it: {kind: academic, programme: uni, accelerator: TINY-80, accelerator_hours_per_month: 1100, award_probability: 0.5,
       lead_time_days: 182.5, price_per_accelerator_hour: {amount: 1.25, currency: USD}, else: rent}
""",
    "onprem": """
  it: {kind: onprem, system: 8xTINY-80, count: 1, power_kw: 10, idle_power_fraction: 0.5, pue: 1.2,
       electricity_price_per_kwh: 0.10, availability_fraction: 1, maintenance_fraction_per_year: 0.06, staff_fte: 0.5,
       staff_cost_per_year: 60000, space_cost_per_month: 100, setup_cost: {amount: 2500, currency: USD},
       lead_time_days: 91.25, residual_fraction: 0.5, else: rent}
""",
    "hybrid": """
  own: {kind: onprem, system: 1xTINY-80, power_kw: 1, idle_power_fraction: 0.5, pue: 1, electricity_price_per_kwh: 0.10,
        availability_fraction: 1, maintenance_fraction_per_year: 0.12, staff_fte: 0, staff_cost_per_year: 60000,
        residual_fraction: 0.2}
  it: {kind: hybrid, base: own, burst: rent}
""",
}


def scenario_text(kind: str) -> str:
    work = UNEVEN if kind == "hybrid" else FINETUNE + NOTEBOOK
    rent = "" if kind == "cloud" else RENT
    return f"""
name: golden bill
reporting_currency: EUR
horizon: {{start: 2027-01, months: 12}}
organisation: {{country: CA}}
as_of: 2026-06-15
finance: {{discount_rate_fraction: {RATE}}}
transfer: {{storage_gb: 100, egress_gb_per_month: 50}}
workloads: {work}
options:
{rent}{OPTIONS[kind]}
baseline: rent
"""


def priced(kind: str, book, draws: int = 1) -> Outcome:
    comparison = compare(parse_scenario(scenario_text(kind)), book=book, draws=Draws(draws))
    return comparison.outcomes["rent" if kind == "cloud" else "it"]


# (line, placed on, quantity over the year, unit price in EUR): the arithmetic is worked out beside each number.
EXPECTED = {
    "cloud": [
        ("compute.finetune", "rent", 1500, 16.0),  # 1,000 / 8 × 12 hours of c8; 20 USD × 0.8; c1 is dearer a card
        ("compute.notebook", "rent", 1200, 2.4),  # 100 × 12 hours; one card is enough: c1 at 3 USD × 0.8
        ("egress.1", "rent", 480, 0.08),  # the first 40 of 50 GB × 12; 0.10 USD × 0.8
        ("egress.2", "rent", 120, 0.04),  # the other 10 GB × 12
        ("object_storage", "rent", 1200, 0.016),  # 100 GB × 12
    ],
    "spot": [
        # no interruption, 48 of 60 minutes are work: useful 0.8; 800 / (0.8 × 0.8) / 8 = 156.25 hours × 12
        ("compute.finetune", "it", 1875, 8.0),
        ("egress.1", "it", 300, 0.08),  # one of two workloads: 25 GB × 12
        ("egress.2", "it", 0, 0.04),
        ("object_storage", "it", 600, 0.016),
        ("compute.notebook", "rent", 1200, 2.4),  # not interruptible: on demand
        ("egress.1", "rent", 300, 0.08),
        ("egress.2", "rent", 0, 0.04),
        ("object_storage", "rent", 600, 0.016),
    ],
    "academic": [
        # 1,100 hours × one half × months 7 to 12 = half of the 1,100 busy hours; 1.25 USD × 0.8
        ("compute.finetune", "it", 3000, 1.0),
        ("compute.notebook", "it", 300, 1.0),
        ("compute.finetune", "rent", 1125, 16.0),  # 125 × 6 + 62.5 × 6
        ("compute.notebook", "rent", 900, 2.4),  # 100 × 6 + 50 × 6
        ("egress.1", "rent", 390, 0.08),  # all of the work for six months, half of it for six: 40 × 6 + 25 × 6 GB
        ("egress.2", "rent", 60, 0.04),
        ("object_storage", "rent", 900, 0.016),
    ],
    "onprem": [
        ("hardware", "it", 1, 80_000.0),  # 100,000 USD × 0.8
        # (8 × 730 × 0.5 + 1,100 × 0.5) / 8 = 433.75 hours × 10 kW × 1.2 = 5,205 kWh × 9 months
        ("power", "it", 46_845, 0.10),
        ("maintenance", "it", 9, 400.0),  # 80,000 × 0.06 / 12
        ("staff", "it", 4.5, 5_000.0),  # half a position × 9 months; 60,000 / 12
        ("resale", "it", 1, -40_000.0),  # half of 80,000
        ("setup", "it", 1, 2_000.0),
        ("space", "it", 12, 100.0),
        ("compute.finetune", "rent", 375, 16.0),  # three months of waiting
        ("compute.notebook", "rent", 300, 2.4),
        ("egress.1", "rent", 120, 0.08),  # all of the work for three months: 40 of 50 GB × 3
        ("egress.2", "rent", 30, 0.04),
        ("object_storage", "rent", 300, 0.016),
    ],
    "hybrid": [
        # Renting costs 16 / 8 = 2.00 an hour, owning about 1.15 an hour, used or not: worth it for the first card,
        # which always runs, not for the second, which runs half of the time. So one system.
        ("hardware", "own", 1, 10_000.0),  # 12,500 USD × 0.8
        ("power", "own", 8_760, 0.10),  # 730 hours × 1 kW × 12: busy all the time
        ("maintenance", "own", 12, 100.0),  # 10,000 × 0.12 / 12
        ("staff", "own", 0, 5_000.0),
        ("resale", "own", 1, -2_000.0),
        ("compute.finetune", "rent", 1095, 16.0),  # 2 cards for half of the hours: 730 hours / 8 × 12
        ("egress.1", "rent", 300, 0.08),  # half of the work
        ("egress.2", "rent", 0, 0.04),
        ("object_storage", "rent", 600, 0.016),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPECTED)
def test_bill_is_the_golden_text(kind, tiny_book, golden):
    assert golden.bill(priced(kind, tiny_book)) == golden.text(kind)


@pytest.mark.parametrize("kind", EXPECTED)
def test_lines_can_be_recomputed_by_head(kind, tiny_book, golden):
    golden.check_lines(priced(kind, tiny_book), EXPECTED[kind])


YEAR = range(1, 13)


def test_present_cost_of_cloud(tiny_book, golden):
    # 125 × 16 + 100 × 2.40 + 40 × 0.08 + 10 × 0.04 + 100 × 0.016 = 2,245.20 in the middle of each month
    assert priced("cloud", tiny_book).present_cost.value.item() == pytest.approx(golden.present(YEAR, 2245.20, 0.5))


def test_present_cost_of_spot(tiny_book, golden):
    # 156.25 × 8 + 100 × 2.40 + 50 × 0.08 + 100 × 0.016 = 1,495.60
    assert priced("spot", tiny_book).present_cost.value.item() == pytest.approx(golden.present(YEAR, 1495.60, 0.5))


def test_present_cost_of_academic(tiny_book, golden):
    first = 125 * 16 + 100 * 2.4
    then = 550 * 1.0 + first / 2
    expected = golden.present(range(1, 7), first, 0.5) + golden.present(range(7, 13), then, 0.5)
    expected += golden.present(range(1, 7), 40 * 0.08 + 10 * 0.04 + 100 * 0.016, 0.5)
    expected += golden.present(range(7, 13), 25 * 0.08 + 50 * 0.016, 0.5)
    assert priced("academic", tiny_book).present_cost.value.item() == pytest.approx(expected)


def test_present_cost_of_onprem(tiny_book, golden):
    expected = 80_000 + 2_000 - golden.present(range(12, 13), 40_000, 1)
    expected += golden.present(range(4, 13), 520.50 + 400 + 2_500, 0.5)
    expected += golden.present(range(1, 4), 2_240 + 40 * 0.08 + 10 * 0.04 + 100 * 0.016, 0.5)
    expected += golden.present(YEAR, 100, 0.5)
    assert priced("onprem", tiny_book).present_cost.value.item() == pytest.approx(expected)


def test_present_cost_of_hybrid(tiny_book, golden):
    expected = 10_000 - golden.present(range(12, 13), 2_000, 1)
    expected += golden.present(YEAR, 73 + 100 + 91.25 * 16 + 25 * 0.08 + 50 * 0.016, 0.5)
    assert priced("hybrid", tiny_book).present_cost.value.item() == pytest.approx(expected)


def test_assumptions_of_the_table_fill_in_what_the_scenario_leaves_out(tiny_book):
    """The same server without its terms: pue 1.2, idle 0.5, 0.15 CAD/kWh = 0.10 EUR, 90,000 CAD = 60,000 EUR."""
    text = scenario_text("onprem")
    start = text.index("power_kw")
    text = (
        text[:start]
        + "space_cost_per_month: 100, setup_cost: 2000, lead_time_days: 91.25, else: rent}\nbaseline: rent\n"
    )
    found = compare(parse_scenario(text), book=tiny_book, draws=Draws(1)).outcomes["it"]
    assert found.present_cost.value.item() == pytest.approx(
        priced("onprem", tiny_book).present_cost.value.item(), rel=1e-12
    )


@pytest.mark.parametrize("kind", EXPECTED)
def test_certain_inputs_give_the_same_bill_for_many_draws(kind, tiny_book, golden):
    one, many = priced(kind, tiny_book), priced(kind, tiny_book, 64)
    if kind == "academic":  # the award is given in a draw or it is not: months 7 to 12 all here, or the cloud's bill
        granted = golden.present(range(7, 13), 1100, 0.5) + golden.present(range(1, 7), 2240, 0.5)
        granted += golden.present(range(1, 7), 40 * 0.08 + 10 * 0.04 + 100 * 0.016, 0.5)
        refused = priced("cloud", tiny_book).present_cost.value.item()
        assert np.unique(np.round(many.present_cost.value, 6)) == pytest.approx([granted, refused])
    else:
        assert np.unique(many.present_cost.value) == pytest.approx([one.present_cost.value.item()], rel=1e-12)
    assert np.array_equal(replay(many.present_cost), many.present_cost.value)


# ------------------------------------------------------------------------------------------ MODEL §5 e

FAIR = """
name: fair unit
reporting_currency: USD
horizon: {start: 2027-01, months: 12}
organisation: {country: CA}
as_of: 2026-06-15
finance: {discount_rate_fraction: 0}
workloads:
  - id: train
    kind: training
    task: lora
    tokens_per_run: 876000
    when: {every_months: 1}
    throughput: {rate: {TINY-80: 2400, TINY-40: 1000}}
options:
  rent: {kind: cloud, provider: cumulus, instance: c1,
         quote: {price: 1.80, currency: USD, source: q1, date: 2026-06-01}}
  own: {kind: onprem, system: 1xTINY-80, count: 1, quote: {price: 21024, currency: USD, source: q2, date: 2026-06-01},
        power_kw: 1, idle_power_fraction: 0, pue: 1, electricity_price_per_kwh: 0.25, availability_fraction: 1,
        maintenance_fraction_per_year: 0, staff_fte: 0, residual_fraction: 0}
baseline: rent
"""


def test_case_e_fair_unit(tiny_tables, book_of):
    """Own f = 21,024 / 8,760 h = 2.40, e = 0.25; rented 1.80, owned 2.4 times faster: u* = 2.40 / (1.80·2.4 − 0.25)."""
    one_card = {name: rows for name, rows in tiny_tables.items() if name != "prices/offers/cumulus.csv"}
    offers = tiny_tables["prices/offers/cumulus.csv"]
    one_card["prices/offers/cumulus.csv"] = [
        {**row, "accelerator": "TINY-40"} for row in offers if row["instance_type"] == "c1"
    ]
    book = book_of(one_card)
    found = compare(parse_scenario(FAIR), book=book, draws=Draws(1))
    own = found.outcomes["own"]
    assert own.status == "priced"
    assert own.priced.facts["fixed"].value.item() == pytest.approx(2.40)
    assert own.priced.facts["running"].value.item() == pytest.approx(0.25)
    expected = 2.40 / (1.80 * 2.4 - 0.25)
    assert expected == pytest.approx(0.590, abs=0.0005)
    assert own.break_even_utilization.item() == pytest.approx(expected)
    assert own.break_even_against == "rent"
    # the same point as work: 0.590 × 730 h × 2,400 tokens
    assert own.break_even_work.item() == pytest.approx(expected * 730 * 2400)
    assert pytest.approx(1.548, abs=0.0005) == 2.40 / (1.80 - 0.25)  # the same-hour formula would say "never"
