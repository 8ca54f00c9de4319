"""Golden bills of hardware in another's building, of one option after another, and of start-up credits.

1 EUR = 1.25 USD. Fine-tuning needs 800,000 / 1,000 = 800 useful and 800 / 0.8 = 1,000 busy accelerator-hours a month,
sessions another 100; rented: 125 hours of c8 at 16.00 and 100 of c1 at 2.40, so 2,240.00 a month.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.compare import compare
from planner.comparison import Outcome
from planner.figure import replay
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

OWN = """kind: onprem, system: 8xTINY-80, count: 1, power_kw: 10, idle_power_fraction: 0.5, pue: 1.2,
        electricity_price_per_kwh: 0.10, availability_fraction: 1, maintenance_fraction_per_year: 0.06, staff_fte: 0.5,
        staff_cost_per_year: 60000, residual_fraction: 0.5"""
CASES = {
    # power, PUE, electricity, rent and technicians from the table: 10 kW, 1.5, 0.15 CAD/kWh = 0.10 EUR, 200 USD/kW,
    # 1 h at 100 USD
    "colocation": """
  it: {kind: colocation, system: 8xTINY-80, count: 1, rack_kw: 20, cross_connect_per_month: 30, lead_time_days: 91.25,
       staff_fte: 0.25, staff_cost_per_year: 60000, residual_fraction: 0.5, else: rent}
""",
    "sequence": f"""
  own: {{{OWN}}}
  it:
    kind: sequence
    phases: [{{option: rent, from_month: 1}}, {{option: own, from_month: 7, migration_cost: 5000, exit_cost: 1000}}]
""",
    "credits": """
  it: {kind: cloud, provider: cumulus, accelerator: TINY-80}
""",
}
CREDITS = """
credits:
  - {amount: {amount: 3000, currency: USD}, provider: cumulus, starts: 2027-02}
  - {amount: {amount: 10000, currency: USD}, provider: cumulus, expires: 2027-02}
  - {amount: 99999, provider: bazaar}
"""


def priced(kind: str, book, draws: int = 1) -> Outcome:
    text = f"""
name: golden bill
reporting_currency: EUR
horizon: {{start: 2027-01, months: 12}}
organisation: {{country: CA}}
as_of: 2026-06-15
finance: {{discount_rate_fraction: 0.10}}
transfer: {{storage_gb: 100, egress_gb_per_month: 50}}
{CREDITS if kind == "credits" else ""}
workloads:
  - {{id: finetune, kind: training, task: lora, tokens_per_run: 800000, when: {{every_months: 1}}, interruptible: true,
     failed_fraction: 0.2, throughput: {{rate: {{TINY-80: 1000}}}}}}
  - {{id: sessions, kind: interactive, session_hours_per_month: 100}}
options:
  rent: {{kind: cloud, provider: cumulus, accelerator: TINY-80}}{CASES[kind]}
baseline: rent
"""
    return compare(parse_scenario(text), book=book, draws=Draws(draws)).outcomes["it"]


# (line, placed on, quantity over the year, unit price in EUR): the arithmetic is worked out beside each number.
EXPECTED = {
    "colocation": [
        ("hardware", "it", 1, 80_000.0),  # 100,000 USD × 0.8
        # (5,840 × 0.5 + 1,100 × 0.5) / 8 = 433.75 hours × 10 kW × 1.5 = 6,506.25 kWh × 9 months after the wait
        ("power", "it", 58_556.25, 0.10),
        ("maintenance", "it", 9, 400.0),  # 80,000 × 0.06 / 12
        ("staff", "it", 2.25, 5_000.0),
        ("resale", "it", 1, -40_000.0),
        ("rent", "it", 90, 160.0),  # 10 kW × 9 months; 200 USD × 0.8
        ("remote_hands", "it", 9, 80.0),  # an hour a month; 100 USD × 0.8
        ("cross_connect", "it", 9, 30.0),
        ("compute.finetune", "rent", 375, 16.0),  # three months of waiting
        ("compute.sessions", "rent", 300, 2.4),
        ("egress.1", "rent", 120, 0.08),  # 40 of 50 GB × 3
        ("egress.2", "rent", 30, 0.04),
        ("object_storage", "rent", 300, 0.016),
    ],
    "sequence": [
        ("compute.finetune", "rent", 750, 16.0),  # 125 × 6
        ("compute.sessions", "rent", 600, 2.4),
        ("egress.1", "rent", 240, 0.08),  # 40 of 50 GB × 6
        ("egress.2", "rent", 60, 0.04),
        ("object_storage", "rent", 600, 0.016),  # 100 GB × 6
        ("migration_cost.2", "it", 1, 5_000.0),
        ("exit_cost.2", "it", 1, 1_000.0),
        ("exit_egress.1", "rent", 40, 0.08),  # the 100 GB kept are read out once
        ("exit_egress.2", "rent", 60, 0.04),
        ("hardware", "own", 1, 80_000.0),
        ("power", "own", 31_230, 0.10),  # 433.75 hours × 10 kW × 1.2 = 5,205 kWh × 6
        ("maintenance", "own", 6, 400.0),
        ("staff", "own", 3, 5_000.0),
        ("resale", "own", 1, -40_000.0),
    ],
    "credits": [
        ("compute.finetune", "it", 1_500, 16.0),
        ("compute.sessions", "it", 1_200, 2.4),
        ("egress.1", "it", 480, 0.08),
        ("egress.2", "it", 120, 0.04),
        ("object_storage", "it", 1_200, 0.016),
        # 2,245.20 a month; the grant that ends first, 8,000 EUR, is used in its two months and the rest is lost
        ("credit.2.cumulus", "credits", 4_490.4, -1.0),
        ("credit.1.cumulus", "credits", 2_400, -1.0),  # 3,000 USD × 0.8: 2,245.20 in month 3, 154.80 in month 4
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPECTED)
def test_bill_is_the_golden_text(kind, tiny_book, golden):
    assert golden.bill(priced(kind, tiny_book)) == golden.text(kind)


@pytest.mark.parametrize("kind", EXPECTED)
def test_lines_can_be_recomputed_by_head(kind, tiny_book, golden):
    golden.check_lines(priced(kind, tiny_book), EXPECTED[kind])


YEAR, RENTED = range(1, 13), 2_240 + 40 * 0.08 + 10 * 0.04 + 100 * 0.016


def test_present_cost_of_colocation(tiny_book, golden):
    present = golden.present
    expected = 80_000 - present(range(12, 13), 40_000, 1)
    expected += present(range(4, 13), 650.625 + 400 + 1_250 + 1_600 + 80 + 30, 0.5)
    expected += present(range(1, 4), RENTED, 0.5)
    assert priced("colocation", tiny_book).present_cost.value.item() == pytest.approx(expected)


def test_present_cost_of_a_sequence(tiny_book, golden):
    present, move = golden.present, range(7, 8)
    expected = present(range(1, 7), RENTED, 0.5)
    expected += present(move, 80_000 + 6_000, 0) + present(move, 40 * 0.08 + 60 * 0.04, 0.5)
    expected += present(range(7, 13), 520.50 + 400 + 2_500, 0.5) - present(range(12, 13), 40_000, 1)
    assert priced("sequence", tiny_book).present_cost.value.item() == pytest.approx(expected)


def test_present_cost_after_credits(tiny_book, golden):
    expected = golden.present(range(4, 5), RENTED - 154.80, 0.5) + golden.present(range(5, 13), RENTED, 0.5)
    found = priced("credits", tiny_book)
    assert found.present_cost.value.item() == pytest.approx(expected)
    assert found.ledger.by_month()[0] == pytest.approx([0, 0, 0, RENTED - 154.80, *[RENTED] * 8])
    assert {m.key for m in found.warnings if "credit" in m.key} == {"warning.credit_no_end"}


@pytest.mark.parametrize("kind", EXPECTED)
def test_certain_inputs_give_the_same_bill_for_many_draws(kind, tiny_book):
    one, many = priced(kind, tiny_book), priced(kind, tiny_book, 64)
    assert np.unique(many.present_cost.value) == pytest.approx([one.present_cost.value.item()], rel=1e-12)
    assert np.array_equal(replay(many.present_cost), many.present_cost.value)
