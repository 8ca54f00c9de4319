"""Where a provider publishes three ways of paying a commitment, the one that the option says is taken."""

import datetime as dt

import pytest

from planner.compare import compare
from planner.offer_rows import COLUMNS
from planner.price_store import PriceStore
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

TEXT = """
schema: 1
name: A commitment
reporting_currency: USD
reference_accelerator: H100-SXM
horizon: {{start: 2026-12, months: 12}}
workloads:
  - {{id: load, kind: accelerator_hours, accelerator_hours_per_month: 4000}}
options:
  kept: {{kind: reserved, provider: aws, region: us-east-1, instance: p5.48xlarge, term_months: 12, count: 1{payment}}}
  open: {{kind: cloud, provider: aws, region: us-east-1, instance: p5.48xlarge}}
baseline: open
"""


def offer(price, model, payment):
    return dict.fromkeys(COLUMNS, "") | {
        "provider": "aws", "provider_name": "AWS", "provider_kind": "hyperscaler", "instance_type": "p5.48xlarge",
        "region": "us-east-1", "accelerator": "H100-SXM", "accelerator_count": "8", "accelerator_memory_gib": "80",
        "purchase_model": model, "pricing_category": "committed", "term_months": "12", "payment": payment,
        "unit_price_per_hour": str(price), "currency": "USD", "observed_on": "2026-11-20", "source": "test",
    }  # fmt: skip


def price_of(rows, payment, monkeypatch, tmp_path):
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    taken = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    PriceStore().add("aws", {"prices/offers/aws.csv": rows}, taken_at=taken, complete=True)
    text = TEXT.format(payment=f", payment: {payment}" if payment else "")
    ledger = compare(parse_scenario(text), draws=Draws(1)).outcomes["kept"].ledger
    return {round(float(line.unit_price.mean), 6) for line in ledger.lines if line.cost_type == "compute"}


@pytest.mark.parametrize(("payment", "price"), [("", 36.0), ("all_upfront", 33.0), ("partial_upfront", 34.0)])
def test_the_payment_that_is_asked_for(payment, price, monkeypatch, tmp_path):
    rows = [
        offer(p, "reserved_1y", w) for p, w in ((36.0, "monthly"), (34.0, "partial_upfront"), (33.0, "all_upfront"))
    ]
    assert price_of(rows, payment, monkeypatch, tmp_path) == {price}


def test_a_savings_plan_serves_where_no_reservation_is_published(monkeypatch, tmp_path):
    assert price_of([offer(34.2, "savings_plan_1y", "monthly")], "", monkeypatch, tmp_path) == {34.2}
