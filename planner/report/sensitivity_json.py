"""Doubt as the JSON document ``planner.sensitivity/1`` of the contract."""

from __future__ import annotations

from typing import Any

from planner.charts import input_label
from planner.sensitivity import Measurement, Sensitivity, Swing
from planner.text import money, percent, say

SCHEMA = "planner.sensitivity/1"


def sensitivity_document(found: Sensitivity | None, lang: str = "en") -> dict[str, Any]:
    """The whole doubt as plain data; without a full plan there is nothing to doubt."""
    if found is None:
        return {
            "schema": SCHEMA, "pair": None, "tornado": [], "sobol": {}, "would_change": [], "evpi": None,
            "measure_next": [], "monte_carlo_error": None,
        }  # fmt: skip
    comparison = found.decision.comparison
    return {
        "schema": SCHEMA,
        "scenario": {
            "name": comparison.scenario.name,
            "file": comparison.loaded.document.file,
            "sha256": comparison.loaded.sha256,
        },
        "currency": comparison.scenario.reporting_currency,
        "criterion": found.decision.criterion,
        "draws": comparison.draws.n,
        "seed": comparison.draws.seed,
        "pair": list(found.pair),
        "tornado": [_bar(bar) for bar in found.tornado],
        "tornado_worth": [_bar(bar) for bar in found.worth],
        "sobol": {name: {"first": one.first, "total": one.total} for name, one in found.sobol.items()},
        "would_change": [
            {
                "input": one.input.name,
                "from": one.input.central,
                "to": one.value,
                "unit": one.input.unit,
                "then": one.then,
            }
            for one in found.would_change
        ],
        "evpi": found.evpi,
        "evpi_with_no_project": found.evpi_with_none,
        "evppi": [{"input": one.name, "evppi": one.evppi} for one in found.evppi],
        "measure_next": [_measurement(one, found, lang) for one in found.measure_next],
        "monte_carlo_error": found.monte_carlo_error,
        "monte_carlo_error_of_worth": found.worth_error,
        "map": None
        if found.win_map is None
        else {
            "demand": list(found.win_map.demand),
            "utilization_fraction": list(found.win_map.use) if found.win_map.use is not None else None,
            "utilization_of": found.win_map.use_of,
            "price": list(found.win_map.price),
            "winner": [list(row) for row in found.win_map.winner],
        },
        "switch_months": [
            {
                "option": one.option,
                "written": one.written,
                "best": one.best,
                "present_cost": {str(k): v for k, v in one.costs.items()},
            }
            for one in found.switches
        ],
    }


def _bar(bar: Swing) -> dict[str, Any]:
    return {
        "input": bar.input.name, "unit": bar.input.unit, "low_at": bar.low_at, "high_at": bar.high_at, "low": bar.low,
        "high": bar.high, "swing": bar.swing,
    }  # fmt: skip


def _measurement(one: Measurement, found: Sensitivity, lang: str) -> dict[str, Any]:
    return {
        "input": one.name, "kind": one.kind, "evppi": one.evppi, "evsi": one.evsi, "error": one.error, "cost": one.cost,
        "delay_cost": one.delay_cost, "net": one.net, "recommended": one.net > 0,
        "text": measurement_text(one, found, lang),
    }  # fmt: skip


def measurement_text(one: Measurement, found: Sensitivity, lang: str) -> str:
    """What the measurement is, what it is worth and what it costs."""
    currency = found.decision.comparison.scenario.reporting_currency
    facts = {
        "what": say(f"measure.{one.kind}", lang, name=input_label(one.name, found.decision.comparison, lang)),
        "error": percent(one.error, lang),
        "worth": money(one.evsi, currency, lang),
        "cost": money(one.cost + one.delay_cost, currency, lang),
    }
    if one.net <= 0:
        return say("measure.not_worth", lang, **facts)
    return say("measure.misleads" if one.kind == "prototype" else "measure.worth", lang, **facts)
