"""Value, cash and upstream indicators as plain data of the contract."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.benefits import Benefit, textbook_view
from planner.comparison import Comparison, Outcome
from planner.decide import Decision
from planner.uncertainty import quantiles

Array = NDArray[np.float64]


def q(draws: Array | None) -> dict[str, float | None] | None:
    """Draws as the summary ``Q`` of the contract; None stays None."""
    return None if draws is None else quantiles(draws).as_dict()


def value_document(outcome: Outcome) -> dict[str, Any] | None:
    """Returns of one option; None without lines of value."""
    found, margin = outcome.appraisal, outcome.margin
    if found is None:
        return None
    return {
        "benefits_present": q(found.benefits_present.value),
        "npv": q(found.npv.value),
        "probability_npv_positive": float((found.npv.value > 0).mean()),
        "roi_fraction": q(found.roi),
        "irr_of_mean": found.irr_of_mean,
        "irr_roots": list(found.irr_roots),
        "irr_share_none": found.irr_share_none,
        "mirr": found.mirr,
        "payback_months": q(found.payback),
        "discounted_payback_months": q(found.discounted_payback),
        "gross_margin_fraction": q(margin.gross) if margin else None,
        "gross_margin_with_training_fraction": q(margin.with_training) if margin else None,
        "serving_cost": q(margin.serving) if margin else None,
        "training_cost": q(margin.training) if margin else None,
        "delay_months": q(outcome.delay.value) if outcome.delay is not None else None,
    }


def cash_document(outcome: Outcome) -> dict[str, Any] | None:
    """Cash under one option; None without a ledger."""
    cash = outcome.cash
    if cash is None:
        return None
    return {
        "start_known": cash.start_known,
        "lowest": q(cash.lowest),
        "lowest_month": q(cash.lowest_month),
        "probability_negative": cash.probability_negative,
        "runway_months": {"base": cash.runway_base, "stressed": cash.runway_stressed},
    }


def kpis_document(decision: Decision) -> dict[str, Any]:
    """Upstream indicators: projects delivered a month, months to prototype and to production."""
    comparison = decision.comparison
    value = comparison.scenario.value
    if value is None:
        return {}
    kpis = value.kpis
    best = comparison.outcomes[decision.best] if decision.best is not None else None
    prototype: Array | None = best.time_to_result_months if best is not None else None
    if kpis is not None and kpis.months_to_prototype is not None:
        prototype = comparison.draws.column("value.kpis.months_to_prototype", kpis.months_to_prototype)
    delivered = None
    if kpis is not None and kpis.projects_per_month is not None:
        delivered = comparison.draws.column("value.kpis.projects_per_month", kpis.projects_per_month)
    gate = comparison.production
    return {
        "projects_delivered_per_month": q(delivered),
        "months_to_prototype": q(prototype),
        "months_to_production": q(gate.months.value) if gate is not None else None,
        "probability_of_production": q(gate.probability.value) if gate is not None else None,
    }


def benefits_document(decision: Decision) -> list[dict[str, Any]]:
    """Lines of value as the best plan brings them: term, driver, grade, a month at full adoption, present value."""
    rate = decision.comparison.scenario.finance.discount_rate_fraction
    return [_benefit(one, rate) for one in decision.benefits]


def _benefit(one: Benefit, annual_rate: float) -> dict[str, Any]:
    from planner import finance

    factors = finance.discount_factors(annual_rate, one.by_month.value.shape[1], "mid")
    return {
        "id": one.id,
        "term": one.term,
        "driver": one.driver,
        "label": one.label,
        "evidence": one.evidence,
        "monthly_at_full_adoption": q(one.full.value),
        "present": q((one.by_month.value * factors).sum(axis=1)),
    }


def textbook_document(comparison: Comparison, warning: str) -> dict[str, Any] | None:
    """The literal formula with its label; None without lines of value."""
    view = textbook_view(comparison.benefits)
    if view is None:
        return None
    return {
        "label": warning,
        "savings_with_incremental_revenue_per_year": q(view.savings_with_revenue),
        "revenue_per_year": q(view.revenue),
        "problems_per_year": q(view.problems),
        "sum_per_year": q(view.total),
        "sum_counted_once_per_year": q(view.counted_once),
    }
