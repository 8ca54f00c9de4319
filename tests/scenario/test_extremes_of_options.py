"""Extreme but readable terms of every kind of option: a finite cost or a reason, never a warning or a traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.compare import compare
from planner.errors import PlannerError
from planner.prices import PriceBook
from planner.scenario_io import load_scenario, with_value
from planner.uncertainty import Draws

EVERY_KIND = Path(__file__).resolve().parents[1] / "golden" / "every_kind.yaml"
TERMS = {
    "abroad": ("lead_time_days", "setup_cost", "staff_fte", "support_fraction"),
    "spot": ("interruption_rate_per_hour", "checkpoint_minutes", "restart_minutes"),
    "host": ("reliability_min", "checkpoint_interval_minutes", "storage_price_per_gb_month"),
    "three_years": ("count", "lead_time_days"),
    "block": ("block_days", "count"),
    "colab": ("users", "session_hours_max"),
    "vertex": ("premium_fraction",),
    "tokens": ("input_price_per_million", "output_price_per_million"),
    "allocation": ("accelerator_hours_per_month", "award_probability", "queue_hours", "fallback_after_days"),
    "hosted": ("rack_kw", "power_kw", "price_per_kw_month", "remote_hands_hours_per_month", "residual_fraction"),
    "server": ("count", "availability_fraction", "lead_time_days"),
}
VALUES = (0, 1e-9, 1, 1e6, 1e15, {"p5": 0.001, "p95": 1e6})


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


def finite_or_refused(loaded, book):
    try:
        comparison = compare(loaded, book=book, draws=Draws(4))
    except PlannerError as error:
        assert error.where is not None
        return
    for outcome in comparison.outcomes.values():
        if outcome.present_cost is None:
            assert outcome.reasons, outcome.id
        else:
            assert np.all(np.isfinite(outcome.present_cost.value)), outcome.id


@pytest.mark.parametrize("option", TERMS)
def test_terms_of_an_option(option, book):
    whole = load_scenario(EVERY_KIND)
    some = {name: whole.document.data["options"][name] for name in dict.fromkeys(["on_demand", "spot", option])}
    base = with_value(whole, ("options",), some)
    for field in TERMS[option]:
        for value in VALUES:
            try:
                changed = with_value(base, ("options", option, field), value)
            except PlannerError as error:
                assert error.where is not None
                continue
            finite_or_refused(changed, book)


@pytest.mark.parametrize("months", [1, 6, 13, 35, 240])
def test_horizons(months, book):
    finite_or_refused(with_value(load_scenario(EVERY_KIND), ("horizon", "months"), months), book)
