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


@pytest.mark.parametrize("hours", [1500, 3000, 6000, 9000, 13000])
def test_auto_never_costs_more_than_committing_nothing(book, hours):
    # 8 cards for a year: 17.40 a clock hour against 27.45 an hour of use, worth it from 63 % use, 3,702 h a month.
    found = run(book, {"a": ON_DEMAND, "b": YEAR}, STEADY.replace("HOURS", str(hours)))
    if hours < 3702:
        assert [reason.key for reason in found["b"].reasons] == ["reason.commit_none"]
    else:
        assert found["b"].present_cost.mean < found["a"].present_cost.mean


def test_auto_does_not_split_a_service_into_more_replicas_than_it_needs(book):
    # Three cards are held for a service of two and a spare; two committed would leave one replica and a spare to rent.
    chat = (
        "{id: chat, kind: serving, serving: {requests_per_second: {low: 0.5, mode: 1, high: 3}, spare_replicas: 1}, "
        "throughput: {rate: {L40S: 7200}}}"
    )
    card = "provider: aws, accelerator: L40S, region: us-east-1"
    options = {"a": f"kind: cloud, {card}", "b": f"kind: reserved, {card}, term_months: 12, else: a"}
    found = run(book, options, chat, draws=200)
    sizes = {n: run(book, options | {"b": f"{options['b']}, count: {n}"}, chat, draws=200)["b"] for n in range(1, 7)}
    costs = {n: one.present_cost.mean for n, one in sizes.items()}
    assert found["b"].present_cost.mean == pytest.approx(min(costs.values()))
    assert found["b"].present_cost.mean < found["a"].present_cost.mean
