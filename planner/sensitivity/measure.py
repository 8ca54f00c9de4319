"""What to measure next: which real measurement is worth more than it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.comparison import Comparison
from planner.decide import Decision
from planner.errors import PriceError
from planner.project_costs import day_cost
from planner.project_facts import ProjectFacts
from planner.reference import Reference
from planner.sensitivity.information import evppi, evsi
from planner.sensitivity.inputs import Input
from planner.supply.market import Market
from planner.supply.production import LUCK
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
MEASURES = "dl_engineer"  # whose days a measurement takes
LEAST_SHARE = 1e-3  # of the greatest EVPPI: less is not worth a line
DEMAND = (
    "tokens_per_run", "samples_per_run", "requests_per_second", "session_hours_per_month", "growth_per_month",
    "accelerator_hours_per_month", "prompt_tokens", "answer_tokens",
)  # fmt: skip
QUOTED = (
    "price", "cost", "residual_fraction", "pay.", "power_kw", "quote", "pue", "maintenance", "electricity", "salary",
)  # fmt: skip
UNMEASURED = ("probability", "months_to_production", "ramp_months", "haircut")


@dataclass(frozen=True)
class Measurement:
    """A real measurement of one quantity before the decision [reporting currency].

    kind: rate | demand | money | benefit | prototype. evppi: worth of knowing it perfectly. evsi: worth of the
    measurement, which leaves `error` (standard deviation of the log; of a prototype the share that misleads).
    cost: work and machine; delay_cost: of deciding later.
    """

    name: str
    kind: str
    evppi: float
    evsi: float
    error: float
    cost: float
    delay_cost: float

    @property
    def net(self) -> float:
        """Worth less cost and delay: recommended only above zero."""
        return self.evsi - self.cost - self.delay_cost


@dataclass(frozen=True)
class Worth:
    """Worth of perfect knowledge of one input, or of a group of inputs that are known together."""

    name: str
    evppi: float


def measurable(comparison: Comparison, inputs: Sequence[Input]) -> list[tuple[str, str, Array]]:
    """Name, kind and draws of what can be measured: speeds by pair of workload and accelerator, then single inputs."""
    out = []
    for (work, card), rate in comparison.rates.items():
        column = rate.per_hour.value
        if column.shape[0] > 1 and column.min() < column.max():
            out.append((f"{work} on {card}", "rate", column))
    for one in inputs:
        kind = _kind(one.name)
        if one.is_uncertain and not one.is_luck and kind is not None:
            out.append((one.name, kind, one.column))
    return out


def _kind(name: str) -> str | None:
    """How an input would be measured; None where nobody can before the decision, or where a speed stands for it."""
    last = name.rsplit(".", 1)[-1]
    if name.endswith(".error") or ".throughput." in name or any(word in name for word in UNMEASURED):
        return None
    if name.startswith("value."):
        return "benefit"
    if last in DEMAND or any(part in DEMAND for part in name.split(".")):
        return "demand"
    return "money" if any(word in name for word in QUOTED) else None


def plan_measurements(
    decision: Decision, values: Array, inputs: Sequence[Input], market: Market
) -> tuple[list[Worth], list[Measurement]]:
    """EVPPI of each input and speed, and the measurements that could be made, best net worth first.

    values: worth of each choice by draw, larger is better, shape (draws, choices).
    """
    comparison = decision.comparison
    outcome = _outcome(comparison)
    worths = [Worth(one.name, evppi(values, [_known(one, outcome)])) for one in inputs if one.is_uncertain]
    worths += _groups(values, inputs)
    found = [(name, kind, column, evppi(values, [column])) for name, kind, column in measurable(comparison, inputs)]
    if outcome is not None:
        found.append((LUCK, "prototype", outcome, evppi(values, [outcome])))
    least = LEAST_SHARE * max((worth for *_, worth in found), default=0.0)
    out = []
    for name, kind, column, worth in found:
        if worth <= least:
            continue
        reference = market.reference
        generator = comparison.draws.generator(f"measurement.{name}")
        if kind == "prototype":
            error = 1 - reference.assumption("measurement_accuracy.prototype").estimate.central
            wrong = generator.random(column.shape) < error
            gain = min(evppi(values, [np.where(wrong, 1 - column, column)]), worth)
        else:
            error = reference.assumption(f"measurement_error.{kind}").estimate.central
            positive = column.min() > 0
            scale = np.log(column) if positive else column / (abs(float(column.mean())) or 1.0)
            gain = min(evsi(values, scale, error, generator), worth)
        cost = _cost(name, kind, decision, market)
        out.append(Measurement(name, kind, worth, gain, error, cost, _delay_cost(kind, decision, reference)))
    return sorted(worths, key=lambda one: -one.evppi), sorted(out, key=lambda one: -one.net)


def _outcome(comparison: Comparison) -> Array | None:
    """1 in the draws that reach production; None where all do, or none."""
    gate = comparison.production
    if gate is None or gate.opens.value.shape[0] == 1 or gate.opens.value.min() == gate.opens.value.max():
        return None
    return gate.opens.value


def _known(one: Input, outcome: Array | None) -> Array:
    """What would be known of an input: of the gate's luck, whether it opens."""
    return outcome if one.name == LUCK and outcome is not None else one.column


def _groups(values: Array, inputs: Sequence[Input]) -> list[Worth]:
    """EVPPI of inputs that are learnt together: all speeds, all of demand, all of value, all prices and wages."""
    by_group: dict[str, list[Array]] = {}
    for one in inputs:
        if one.is_uncertain:
            group = _group(one.name)
            if group is not None:
                by_group.setdefault(group, []).append(one.column)
    return [Worth(f"all {name}", evppi(values, columns)) for name, columns in by_group.items() if len(columns) > 1]


def _group(name: str) -> str | None:
    """With what else an input would be learnt."""
    if name.endswith(".error"):
        return "speeds"
    if name.startswith("value."):
        return "value"
    kind = _kind(name)
    return None if kind is None else {"demand": "demand", "money": "prices", "benefit": "value"}[kind]


def _cost(name: str, kind: str, decision: Decision, market: Market) -> float:
    """Person-days and accelerator-hours of a measurement [reporting currency]."""
    reference = market.reference
    days = reference.assumption(f"measurement_days.{kind}").estimate.central
    cost = days * _day(market)
    if kind == "rate":
        hours = reference.assumption("measurement_hours.rate").estimate.central
        cost += hours * _hourly(name, decision)
    return cost


def _day(market: Market) -> float:
    """A day of the one who measures; of the United States where the country is not known or has no pay."""
    facts = ProjectFacts(market.book.folder)
    try:
        return day_cost(market, facts, MEASURES, "measurement").mean
    except PriceError:
        pay = facts.pay(MEASURES, "US")
        days = market.reference.assumption("working_days_per_year").estimate.central
        rate = market.book.fx.rate(pay.unit.split("/")[0], market.currency, market.as_of)
        return pay.estimate.central / days * rate.mean


def _hourly(name: str, decision: Decision) -> float:
    """What an hour of the accelerator costs in the cheapest plan that rents it; 0 where none does."""
    work, _, card = name.partition(" on ")
    found = []
    for outcome in decision.comparison.outcomes.values():
        if outcome.ledger is None:
            continue
        for line in outcome.ledger.lines:
            if line.workload == work and line.accelerator == card and line.cost_type == "compute":
                hours = outcome.hours[work].paid.sum(axis=1).mean() if work in outcome.hours else 0.0
                if hours > 0:
                    found.append(float(line.billed_cost.value.sum(axis=1).mean() / hours))
    return min(found, default=0.0)


def _delay_cost(kind: str, decision: Decision, reference: Reference) -> float:
    """What deciding later costs: a project that pays begins to pay later; one that does not loses nothing."""
    months = reference.assumption(f"measurement_delay.{kind}").estimate.central
    assert decision.best is not None
    appraisal = decision.comparison.outcomes[decision.best].appraisal
    if appraisal is None or appraisal.npv.mean <= 0:
        return 0.0
    rate = decision.comparison.scenario.finance.discount_rate_fraction
    return float(appraisal.npv.mean * (1 - (1 + rate) ** (-months / MONTHS_PER_YEAR)))
