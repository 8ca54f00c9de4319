"""What the option's bill becomes for the project: its other costs, its delay, its value, its cash."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.appraisal import appraise, cash_of, flows_of, margin_of
from planner.benefits import Benefit, benefits_of
from planner.compare.constraints import constrained
from planner.comparison import Outcome
from planner.demand import Priced
from planner.figure import Figure, derive
from planner.ledger import CostLine, Ledger, cost_line
from planner.project_costs import project_cost_lines
from planner.quantities import Money
from planner.supply.market import Market
from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH

Array = NDArray[np.float64]
WAIT = "wait of the slowest first result: lead time, award, queue"


@dataclass(frozen=True)
class Shared:
    """What all options share that begin production at the same time: the project's costs, and what it brings."""

    project: tuple[CostLine, ...]
    benefits: tuple[Benefit, ...]


def shared(market: Market) -> Shared:
    """Project costs and benefits in a market behind its gate. Raises PlannerError with the place of a wrong item."""
    gains = benefits_of(market, market.production) if market.production is not None else ()
    return Shared(project_cost_lines(market), gains)


def with_worth(outcome: Outcome, market: Market, rate: Figure, around: Shared) -> Outcome:
    """The outcome with the project's costs in its ledger, its delay, present cost, value, cash and constraints.

    market: behind its gate; around: what goes with it. A delay shifts production, and with it benefits and spending,
    in a market that is priced again; or it costs what the work states a month: never both.
    """
    if outcome.ledger is None:
        return outcome
    delay, late = _delay(outcome, market)
    gains, project = around.benefits, around.project
    before = outcome.ledger
    ledger = Ledger(before.option, before.currency, before.months, (*before.lines, *late, *project))
    cost = ledger.present_cost(rate)
    flows = flows_of(ledger, gains)

    def to_money(name: str, money: Money, path: tuple[str, ...]) -> Array:
        owner, _, field = name.rpartition(".")
        return market.money(owner, field, money, "", path=path).value

    scenario = market.scenario
    sold = [one.by_month.value.sum(axis=1, keepdims=True) for one in gains if one.term == "revenue"]
    revenue = sum(sold, start=np.zeros((1, 1)))
    present = scenario.organisation.revenue_monthly
    if present is not None:
        path = ("organisation", "revenue_monthly")
        revenue = revenue + to_money("organisation.revenue_monthly", present, path) * market.months
    serving = [w.id for w in scenario.workloads if w.is_production]
    result = replace(
        outcome,
        ledger=ledger,
        present_cost=cost,
        delay=delay,
        benefits=gains,
        appraisal=appraise(outcome.id, ledger, cost, gains, flows, rate, rates=market.draws.settled is None)
        if gains
        else None,
        cash=cash_of(scenario, flows, to_money),
        margin=margin_of(ledger, serving, list(market.works), outcome.hours, revenue),
    )
    return constrained(result, market, result.times_to_result)


def _delay(outcome: Outcome, market: Market) -> tuple[Figure | None, list[CostLine]]:
    """Months by which the first results come after their time, and the price of those whose delay is priced."""
    priced, shift, late = outcome.priced, np.zeros((1, 1)), []
    if priced is None:
        return None, []
    for i, work in enumerate(market.scenario.workloads):
        arrival = outcome.arrivals.get(work.id)
        if arrival is None:
            continue
        wait = np.nan_to_num(np.maximum(arrival.start - (work.when.month - 1), 0.0))
        if work.delay_cost_per_month is None:
            shift = np.maximum(shift, wait)
        elif wait.any():
            waited = _as_figure(f"{outcome.id}.{work.id}.wait", wait, priced)
            late.append(_late(outcome.id, work.id, i, waited, market, work.delay_cost_per_month))
    if not shift.any():
        return None, late
    return _as_figure(f"{outcome.id}.delay", shift, priced), late


def _as_figure(name: str, wait: Array, priced: Priced) -> Figure:
    """A wait as the sum of its causes; where first results wait otherwise (else options, later months) as it is."""
    lead, queue = priced.lead_time_days, priced.queue_hours
    causes = [one for one in (lead, queue) if one is not None]
    scales = [1 / DAYS_PER_MONTH] * (lead is not None) + [1 / HOURS_PER_MONTH] * (queue is not None)

    def added(*values: Array) -> Array:
        return np.asarray(sum((v * s for v, s in zip(values, scales, strict=True)), start=np.zeros((1, 1))))

    plain = causes and np.allclose(added(*(one.value for one in causes)), wait, rtol=1e-9, atol=1e-12)
    return derive(
        added if plain else lambda *_: wait, *causes, name=name, unit="month",
        formula="lead time + queue" if plain else WAIT,
    )  # fmt: skip


def _late(option: str, work: str, index: int, wait: Figure, market: Market, money: Money) -> CostLine:
    path = ("workloads", index, "delay_cost_per_month")
    price = market.money(work, "delay_cost_per_month", money, "/month", path=path)
    first = market.month(market.scenario.workloads[index].when.month)
    quantity = derive(
        lambda months: months * first, wait, name=f"{option}.{work}.months_late", unit="month",
        formula="wait, in the first month of the work",
    )  # fmt: skip
    return cost_line(
        f"delay.{work}", placed_on=option, cost_type="delay", charge_category="adjustment", pricing_category="other",
        quantity=quantity, unit_price=price, pricing_unit="month late", currency=market.currency, workload=work,
    )  # fmt: skip
