"""A commitment and what it leaves to others: data counted once, no more committed than the bills bear."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

TOP = """
name: test
reporting_currency: USD
horizon: {start: 2027-01, months: 12}
as_of: 2026-08-31
transfer: {storage_gb: 1000, egress_gb_per_month: 500}
"""
STEADY = "{id: steady, kind: accelerator_hours, accelerator_hours_per_month: HOURS, deferrable: true}"
AWS = "provider: aws, accelerator: A100-SXM-80GB, region: us-east-1"  # 8 for 27.45 USD, for a year 17.40 USD
ON_DEMAND = f"kind: cloud, {AWS}"
YEAR = f"kind: reserved, {AWS}, term_months: 12, else: a"


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


def run(book, options, *workloads, draws=1):
    lines = "\n".join(f"  {name}: {{{text}}}" for name, text in options.items())
    text = f"{TOP}\nreference_accelerator: A100-SXM-80GB\nworkloads: [{', '.join(workloads)}]\noptions:\n{lines}\n"
    return compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(draws)).outcomes


def cost(outcome, kind):
    return sum(line.billed_cost.value.sum() for line in outcome.ledger.lines if line.cost_type == kind)


def test_data_of_what_is_left_is_paid_once(book):
    # 16 × 730 h asked, 8 × 730 h committed: half of the data at the commitment, half at the else option.
    work = STEADY.replace("HOURS", "11680")
    found = run(book, {"a": ON_DEMAND, "b": f"{YEAR}, count: 1"}, work)
    for kind in ("storage", "network"):
        assert cost(found["b"], kind) == pytest.approx(cost(found["a"], kind))
