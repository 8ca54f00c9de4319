"""Gross margin: serving is a cost of what is sold, training stands apart; shared lines go by busy hours."""

from __future__ import annotations

import numpy as np
import pytest

from planner.appraisal import margin_of
from planner.compare import compare
from planner.demand import Hours
from planner.figure import Source
from planner.figure import given as leaf
from planner.ledger import Ledger, cost_line
from planner.prices import PriceBook
from planner.project_costs import PROJECT
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

HERE = Source("scenario", "s.yaml:1", "2026-01-01")


def line(name, cost, workload=None, placed_on="a"):
    return cost_line(
        name, placed_on=placed_on, cost_type="compute", charge_category="usage", pricing_category="standard",
        quantity=leaf("q", np.array([[1.0, 1.0]]), "h", HERE), unit_price=leaf("p", float(cost), "EUR/h", HERE),
        pricing_unit="h", currency="EUR", workload=workload,
    )  # fmt: skip


def hours(busy):
    each = np.array([[busy / 2, busy / 2]])
    return Hours("H100-SXM", each, each, each, each)


LINES = (line("chat", 100, "chat"), line("train", 300, "train"), line("staff", 40), line("team", 999, None, PROJECT))


def margin(revenue, spent=None, lines=LINES):
    sold = None if revenue is None else np.atleast_2d(np.asarray(revenue, dtype=float))
    return margin_of(Ledger("a", "EUR", 2, lines), ["chat"], ["chat", "train"], spent or {}, sold)


def test_by_hand():
    """Two months: chat 200, training 600, staff 80 by busy hours 1 to 3; the project's own costs are left out."""
    found = margin([[1000]], {"chat": hours(10), "train": hours(30)})
    assert found.serving.item() == pytest.approx(200 + 20)
    assert found.training.item() == pytest.approx(600 + 60)
    assert found.gross.item() == pytest.approx(0.78)
    assert found.with_training.item() == pytest.approx(0.12)


def test_without_hours_shared_lines_are_split_equally():
    found = margin([[1000]])
    assert (found.serving.item(), found.training.item()) == (240, 640)


@pytest.mark.parametrize("revenue", [None, [[0.0]], [[-5.0]]])
def test_without_revenue_there_is_no_margin(revenue):
    found = margin(revenue)
    assert (found.gross, found.with_training) == (None, None)
    assert found.serving.item() == 240


def test_draws_without_revenue_have_no_margin():
    found = margin([[1000.0], [0.0], [240.0]])
    assert found.gross[:, 0] == pytest.approx([0.76, np.nan, 0.0], nan_ok=True)


def test_all_is_serving_or_training():
    found = margin([[500]], {"chat": hours(1), "train": hours(2)})
    assert (found.serving + found.training).item() == pytest.approx(2 * (100 + 300 + 40))


def test_of_a_scenario():
    """Present revenue of 1,000 a month and 500 more; a service of 100 and training of 50 hours at 1 USD, no gate."""
    text = """name: margin
reporting_currency: USD
horizon: {start: 2027-01, months: 10}
organisation: {revenue_monthly: 1000}
as_of: 2026-08-31
finance: {discount_rate_fraction: 0}
reference_accelerator: H100-SXM
workloads:
  - {id: sold, kind: accelerator_hours, stage: production, accelerator_hours_per_month: 100}
  - {id: train, kind: accelerator_hours, accelerator_hours_per_month: 50}
options:
  rent: {kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,
    quote: {price: 8, currency: USD, source: by hand, date: 2026-08-01}}
project_costs: {compliance: {once: 12345}}
value: {probability_of_production: 1, months_to_production: 0, ramp_months: 0, revenue: {upsell: 500}}
"""
    found = compare(parse_scenario(text, "s.yaml"), book=PriceBook.load(), draws=Draws(1)).outcomes["rent"].margin
    assert (found.serving.item(), found.training.item()) == pytest.approx((1000, 500))
    assert found.gross.item() == pytest.approx(1 - 1000 / 15_000)
    assert found.with_training.item() == pytest.approx(1 - 1500 / 15_000)
