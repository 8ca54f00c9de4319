"""What an option must respect with probability 0.9: budget, deadlines, cash that must remain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.comparison import Outcome
from planner.errors import Message
from planner.supply.market import Market

Array = NDArray[np.float64]
CONFIDENCE = 0.9  # a chance constraint holds when at least this share of draws respects it


def constrained(outcome: Outcome, market: Market, times: dict[str, Array]) -> Outcome:
    """Chance constraints: budget, deadlines and cash floor held with probability 0.9."""
    assert outcome.ledger is not None
    held = np.ones((market.draws.n, 1), dtype=bool)
    reasons: list[Message] = []
    budget = market.scenario.constraints.budget
    if budget is not None:
        limit = market.money("constraints", "budget", budget, "", path=("constraints", "budget"), running=False)
        within = outcome.ledger.nominal() <= limit.value
        if within.mean() < CONFIDENCE:
            shown = round(float(np.median(limit.value)))
            facts = {"percent": round(100 * float(within.mean())), "limit": shown, "currency": market.currency}
            reasons.append(Message("reason.budget", facts))
        held = held & within
    floor = market.scenario.constraints.cash_floor
    if floor is not None and outcome.cash is not None and outcome.cash.start_known:
        least = market.money("constraints", "cash_floor", floor, "", path=("constraints", "cash_floor"), running=False)
        above = outcome.cash.lowest >= least.value
        if above.mean() < CONFIDENCE:
            month = round(float(np.median(outcome.cash.lowest_month)))
            facts = {"percent": round(100 * float(above.mean())), "limit": round(float(np.median(least.value)))}
            reasons.append(Message("reason.cash_floor", {**facts, "currency": market.currency, "month": month}))
        held = held & above
    deadlines = [w for w in market.scenario.workloads if w.when.deadline_month is not None]
    for w in deadlines:
        if w.id not in times:
            continue
        assert w.when.deadline_month is not None
        in_time = times[w.id] <= w.when.deadline_month
        if in_time.mean() < CONFIDENCE:
            percent = round(100 * float(in_time.mean()))
            reasons.append(
                Message("reason.deadline", {"name": w.id, "month": w.when.deadline_month, "percent": percent})
            )
        held = held & in_time
    probability = float(np.mean(held))
    if reasons and outcome.status == "priced":
        return replace(outcome, status="infeasible", reasons=tuple(reasons), feasible_probability=probability)
    return replace(outcome, reasons=outcome.reasons + tuple(reasons), feasible_probability=probability)
