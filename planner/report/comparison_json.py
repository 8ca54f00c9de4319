"""A decision as the JSON document ``planner.comparison/1`` of the contract."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.comparison import Comparison, Outcome
from planner.decide import Decision, Standing, labels, utilization
from planner.demand import Work
from planner.figure import leaves
from planner.ledger import Ledger
from planner.price_effect import PriceEffect
from planner.project_costs import compute_lines
from planner.report.prices_json import effect_document
from planner.report.run_effects import run_effect_document
from planner.report.value_json import (
    benefits_document,
    cash_document,
    kpis_document,
    textbook_document,
    value_document,
)
from planner.run_effect import RunEffect
from planner.text import render, say
from planner.uncertainty import quantiles

Array = NDArray[np.float64]
SCHEMA = "planner.comparison/1"
MILLION = 1e6


def _q(draws: Array | None) -> dict[str, float | None] | None:
    return None if draws is None else quantiles(draws).as_dict()


def comparison_document(
    decision: Decision, lang: str = "en", effect: PriceEffect | None = None, measured: RunEffect | None = None
) -> dict[str, Any]:
    """The whole comparison as plain data. effect: what the newest refresh of prices did to it; measured: what the runs
    that were measured did."""
    c = decision.comparison
    return {
        "schema": SCHEMA,
        "scenario": {"name": c.scenario.name, "file": c.loaded.document.file, "sha256": c.loaded.sha256},
        "currency": c.scenario.reporting_currency,
        "as_of": c.as_of.isoformat(),
        "price_book": {
            "id": c.book.id,
            "sha256": c.book.sha256,
            "oldest": c.book.oldest.isoformat(),
            "newest": c.book.date.isoformat(),
        },
        "draws": c.draws.n,
        "seed": c.draws.seed,
        "horizon_months": c.scenario.horizon.months,
        "reference_accelerator": c.reference_accelerator,
        "work": [
            {"workload": key, "unit": work.unit, "total": _q(work.amount.value.sum(axis=1))}
            for key, work in c.works.items()
        ],
        "options": [_option(outcome, decision, lang) for outcome in c.outcomes.values()],
        "labels": labels(c),
        "kpis": kpis_document(decision),
        "benefits": benefits_document(decision),
        "textbook_view": textbook_document(c, say("textbook.label", lang)),
        "recommendation": {
            "option": decision.best,
            "tie": list(decision.tie),
            "sentence": decision.sentence(lang),
            "because": decision.because(lang),
            "criterion": decision.criterion,
            "verdict": decision.verdict.kind,
            "pays": decision.verdict.pays,
            "probability_npv_positive": decision.verdict.probability_positive,
            "benefits_needed_multiple": decision.verdict.benefits_needed,
            "profile_rules": [{"id": r.id, "agrees": r.agrees, "text": r.text} for r in decision.rules(lang)],
        },
        "price_changes": effect_document(effect, lang),
        "measured_runs": run_effect_document(measured, lang),
        "warnings": [render(m, lang) for m in (*c.warnings, *decision.warnings)],
    }


def _option(outcome: Outcome, decision: Decision, lang: str) -> dict[str, Any]:
    comparison = decision.comparison
    standing = decision.standings.get(outcome.id)
    ledger = outcome.ledger
    dates = sorted({line.price_observed_on for line in ledger.lines if line.price_observed_on}) if ledger else []
    lead = outcome.priced.lead_time_days if outcome.priced else None
    return {
        "id": outcome.id,
        "kind": outcome.kind,
        "label": outcome.label,
        "status": outcome.status,
        "reasons": [render(m, lang) for m in outcome.reasons],
        "warnings": [render(m, lang) for m in outcome.warnings],
        "feasible_probability": outcome.feasible_probability,
        "placement": [{"workload": p.workload, "served_by": p.served_by, "share": p.share} for p in outcome.placement],
        "present_cost": _q(outcome.present_cost.value) if outcome.present_cost else None,
        "nominal_cost": _q(ledger.nominal()) if ledger else None,
        "upfront_cost": _q(upfront(outcome)) if ledger else None,
        "by_charge_category": {k: _q(v) for k, v in ledger.by("charge_category").items()} if ledger else {},
        "by_cost_type": {k: _q(v) for k, v in ledger.by("cost_type").items()} if ledger else {},
        "by_workload": by_workload(outcome, comparison),
        "reference_accelerator_hours": _q(reference_hours(comparison)) if ledger else None,
        **_standing(standing),
        "levelized_cost_per_reference_accelerator_hour": levelized_cost(outcome, comparison),
        "utilization_fraction": _q(utilization(outcome)),
        "break_even_utilization": _q(outcome.break_even_utilization),
        "break_even_work_per_month": _q(outcome.break_even_work),
        "break_even_against": outcome.break_even_against,
        "lead_time_days": float(lead.value.mean()) if lead is not None else None,
        "time_to_result_months": _q(outcome.time_to_result_months),
        "energy_kwh": _q(_total(outcome.energy_kwh)),
        "emissions_kg_co2e": _q(_total(outcome.emissions_kg)),
        "oldest_price": dates[0] if dates else None,
        "cash": cash_document(outcome),
        "value": value_document(outcome),
    }


def _standing(standing: Standing | None) -> dict[str, Any]:
    if standing is None:
        names = ("probability_best", "expected_regret", "p90_regret", "cvar_cost", "cost_difference_to_baseline")
        return dict.fromkeys((*names, "crossing_month"))
    return {
        "probability_best": standing.probability_best,
        "expected_regret": standing.expected_regret,
        "p90_regret": standing.p90_regret,
        "cvar_cost": standing.cvar_cost,
        "cost_difference_to_baseline": _q(standing.cost_difference_to_baseline),
        "crossing_month": _q(standing.crossing_month),
    }


def _total(by_month: Array | None) -> Array | None:
    return None if by_month is None else by_month.sum(axis=1, keepdims=True)


def upfront(outcome: Outcome) -> Array:
    """Purchases at the start of the first month [currency]."""
    assert outcome.ledger is not None
    return outcome.ledger.by_month(lambda line: line.charge_category == "purchase")[:, :1]


def reference_hours(comparison: Comparison) -> Array | None:
    """All work over the horizon in hours of the reference accelerator."""
    if not comparison.reference_hours:
        return None
    figures = comparison.reference_hours.values()
    return np.asarray(sum((f.value.sum(axis=1, keepdims=True) for f in figures), start=np.zeros((1, 1))))


def levelized_cost(outcome: Outcome, comparison: Comparison) -> float | None:
    """E[PV cost] / E[PV served work in reference accelerator-hours] of a full plan."""
    if not outcome.ranked or outcome.present_cost is None or not comparison.reference_hours:
        return None
    present = sum(float(_present(f.value, comparison).mean()) for f in comparison.reference_hours.values())
    rate = comparison.scenario.finance.discount_rate_fraction
    cost = float(_compute_ledger(outcome).present_by_month(rate).sum(axis=1).mean())
    return cost / present if present else None


def _compute_ledger(outcome: Outcome) -> Ledger:
    """The bill without the project's other costs: what units of work are charged with."""
    assert outcome.ledger is not None
    ledger = outcome.ledger
    return Ledger(ledger.option, ledger.currency, ledger.months, compute_lines(ledger.lines))


def _present(by_month: Array, comparison: Comparison) -> Array:
    from planner import finance

    rate, months = comparison.scenario.finance.discount_rate_fraction, comparison.scenario.horizon.months
    return np.asarray((by_month * finance.discount_factors(rate, months, "mid")).sum(axis=1))


def _runs(work: Work, comparison: Comparison) -> float:
    """Discounted number of runs, trials and folds of a workload over the horizon; 0 for continuous work."""
    w = work.workload
    if w.kind not in ("training", "experiments", "batch_inference"):
        return 0.0
    calendar = next(figure for figure in leaves(work.amount) if figure.name == f"{w.id}.schedule")
    runs = float(_present(calendar.value, comparison).sum()) * w.trials * w.folds
    whole = work.amount.inputs[0] if work.amount.inputs[0].name == work.amount.name else work.amount
    expected = float(_present(whole.value, comparison).mean())  # behind a gate only part of the runs happen
    return runs * float(_present(work.amount.value, comparison).mean()) / expected if expected else 0.0


def _rate(comparison: Comparison, workload: str, accelerator: str | None) -> dict[str, Any]:
    """Speed of a workload on the accelerator [unit / accelerator-hour] and what it rests on."""
    rate = comparison.rates.get((workload, accelerator or ""))
    return {"rate": _q(rate.per_hour.value) if rate else None, "evidence": rate.evidence if rate else None}


def by_workload(outcome: Outcome, comparison: Comparison) -> list[dict[str, Any]]:
    """Hours on the option's own hardware and E[PV cost] / E[PV served] by workload.

    Lines that belong to no workload are shared out by busy hours, else equally.
    """
    if outcome.ledger is None or outcome.present_cost is None:
        return []
    rate = comparison.scenario.finance.discount_rate_fraction
    ledger, out = _compute_ledger(outcome), []
    present = dict.fromkeys(comparison.works, 0.0)
    shared = 0.0
    factors = {line.id + line.placed_on: line for line in ledger.lines}
    for line in factors.values():
        one = type(ledger)(ledger.option, ledger.currency, ledger.months, (line,))
        cost = float(one.present_by_month(rate).sum(axis=1).mean())
        if line.workload in present:
            present[line.workload] += cost
        else:
            shared += cost
    busy = {key: float(spent.busy.sum(axis=1).mean()) for key, spent in outcome.hours.items()}
    total_busy = sum(busy.values())
    for key, work in comparison.works.items():
        weight = busy.get(key, 0.0) / total_busy if total_busy else 1 / len(comparison.works)
        served = float(_present(work.amount.value, comparison).mean())
        runs = _runs(work, comparison)
        spent = outcome.hours.get(key)
        hours = {
            f"{name}_hours": _q(getattr(spent, name).sum(axis=1)) if spent else None
            for name in ("useful", "busy", "held", "paid")
        }
        unit_cost = (present[key] + weight * shared) / served if outcome.ranked and served else None
        out.append(
            {
                "workload": key,
                "accelerator": spent.accelerator if spent else None,
                **_rate(comparison, key, spent.accelerator if spent else None),
                **hours,
                "unit_cost": unit_cost,
                "unit": f"{ledger.currency}/{work.unit}",
                **_per_million(work, unit_cost),
                "cost_per_run": (present[key] + weight * shared) / runs if outcome.ranked and runs else None,
            }
        )
    return out


def _per_million(work: Work, unit_cost: float | None) -> dict[str, float | None]:
    """Cost of a million tokens: of those trained, or of those answered (the whole bill over the output)."""
    tokens = answers = None
    serving = work.workload.serving
    if unit_cost is not None and work.unit == "token":
        tokens = MILLION * unit_cost
    if unit_cost is not None and serving is not None and serving.answer_tokens is not None and work.unit == "request":
        answers = MILLION * unit_cost / float(serving.answer_tokens.central)
    return {"cost_per_million_tokens": tokens, "cost_per_million_output_tokens": answers}
