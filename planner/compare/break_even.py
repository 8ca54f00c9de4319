"""Utilisation from which owning beats renting (MODEL §0)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner import finance
from planner.comparison import Outcome
from planner.supply.market import Market

PAY_AS_YOU_GO = ("cloud", "spot", "marketplace", "managed")


def with_break_even(outcome: Outcome, outcomes: dict[str, Outcome], market: Market) -> Outcome:
    """Utilisation from which owning beats the cheapest full pay-as-you-go plan (MODEL §0).

    u* = f / (c·x − e): the price of what the owned hour displaces is taken from the rented plan's own ledger,
    so that whole instances, losses and speed are inside it.
    """
    priced = outcome.priced
    if priced is None or not priced.facts.get("fixed") or outcome.ledger is None:
        return outcome
    rented = [o for o in outcomes.values() if o.kind in PAY_AS_YOU_GO and o.ranked and o.present_cost]
    if not rented:
        return outcome
    against = min(rented, key=lambda o: o.present_cost.mean if o.present_cost else np.inf)
    names = [n for n in priced.served if n in outcome.hours]
    if not names:
        return outcome
    mid = finance.discount_factors(market.discount_rate, market.months, "mid")
    accelerator = outcome.hours[names[0]].accelerator
    asked = {n: market.works[n].amount.value / market.rate(n, accelerator).per_hour.value for n in names}
    goodput = {
        n: 1 - market.draws.column(f"{n}.failed_fraction", market.works[n].workload.failed_fraction) for n in names
    }
    needed = sum(((asked[n] / goodput[n]) * mid).sum(1, keepdims=True) for n in names)
    assert against.ledger is not None
    bill = against.ledger.by_month(lambda line: line.workload in names)
    paid, hours = np.broadcast_arrays((bill * mid).sum(1, keepdims=True), needed)
    per_hour = np.divide(paid, hours, out=np.zeros(paid.shape), where=hours > 0)
    fixed, running = priced.facts["fixed"].value, priced.facts["running"].value
    margin = per_hour - running
    ratio = np.where(margin > 0, fixed / np.where(margin > 0, margin, 1.0), np.inf)
    use = np.where(ratio > 1, np.nan, np.maximum(ratio, 0.0))
    work = None
    if len(names) == 1 and priced.capacity_hours is not None:
        n = names[0]
        available = priced.capacity_hours.mean(axis=1, keepdims=True)
        work = use * available * goodput[n] * market.rate(n, accelerator).per_hour.value
    return replace(outcome, break_even_utilization=np.asarray(use), break_even_work=work, break_even_against=against.id)
