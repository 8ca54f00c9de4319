"""Which option wins where: use of the hardware across, level of rented prices up; and when to switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.compare import compare
from planner.comparison import Comparison
from planner.decide import Decision, utilization
from planner.errors import PlannerError
from planner.scenario.options import SequenceOption
from planner.scenario_io import with_value
from planner.sensitivity.design import Study, cut_down
from planner.supply.market import STRESS_PRICE
from planner.uncertainty import Draws
from planner.workload.work import STRESS_DEMAND

Array = NDArray[np.float64]
DEMAND_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
PRICE_LEVELS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


@dataclass(frozen=True)
class WinMap:
    """The best option of the plan at each level of demand and of rented prices, all else central.

    demand: work × this. use: use of the first owned option's hardware at that demand, None without one.
    price: rented prices × this. winner: option ids, winner[i][j] at price i and demand j.
    """

    demand: tuple[float, ...]
    use: tuple[float, ...] | None
    use_of: str | None
    price: tuple[float, ...]
    winner: tuple[tuple[str, ...], ...]


def win_map(study: Study) -> WinMap:
    """The map over demand and price."""
    demand = np.tile(DEMAND_LEVELS, len(PRICE_LEVELS)).reshape(-1, 1)
    price = np.repeat(PRICE_LEVELS, len(DEMAND_LEVELS)).reshape(-1, 1)
    values = study.values({STRESS_DEMAND: demand, STRESS_PRICE: price}, len(demand))[:, :-1]
    best = np.nanargmax(np.where(np.isnan(values), -np.inf, values), axis=1).reshape(len(PRICE_LEVELS), -1)
    winner = tuple(tuple(study.options[int(i)] for i in row) for row in best)
    owned, use = _use(study)
    return WinMap(DEMAND_LEVELS, use, owned, PRICE_LEVELS, winner)


def _use(study: Study) -> tuple[str | None, tuple[float, ...] | None]:
    """Use of the first owned option's hardware at each level of demand."""
    base = study.comparison
    owned = next((n for n in study.options if base.outcomes[n].kind in ("onprem", "colocation")), None)
    if owned is None:
        return None, None
    levels = np.array(DEMAND_LEVELS).reshape(-1, 1)
    draws = Draws(len(levels), base.draws.seed, settled={STRESS_DEMAND: levels})
    found = compare(cut_down(base, [owned]), book=base.book, draws=draws, as_of=base.as_of)
    use = utilization(found.outcomes[owned])
    if use is None:
        return None, None
    return owned, tuple(float(u) for u in np.broadcast_to(use, (len(levels), 1))[:, 0])


@dataclass(frozen=True)
class Switch:
    """The month in which the last phase of a sequence should begin, at central values.

    costs: present cost by month of the switch [currency]; the month as written and the best one.
    """

    option: str
    written: int
    best: int
    costs: dict[int, float]


def switches(decision: Decision) -> list[Switch]:
    """The best switch month of each sequence of a scenario."""
    comparison = decision.comparison
    return [
        found
        for name, option in comparison.scenario.options.items()
        if isinstance(option, SequenceOption) and (found := _switch(comparison, name, option)) is not None
    ]


def _switch(comparison: Comparison, name: str, option: SequenceOption) -> Switch | None:
    last = len(option.phases) - 1
    first = option.phases[last - 1].from_month + 1
    loaded = cut_down(comparison, [name])
    costs = {}
    for month in _months(first, comparison.scenario.horizon.months, option.phases[last].from_month):
        try:
            moved = with_value(loaded, ("options", name, "phases", last, "from_month"), month)
            found = compare(moved, book=comparison.book, draws=Draws(1, settled={}), as_of=comparison.as_of).outcomes[
                name
            ]
        except PlannerError:
            continue
        if found.present_cost is not None and found.status == "priced":
            costs[month] = found.present_cost.mean
    written = option.phases[last].from_month
    if not costs:
        return None
    return Switch(name, written, min(costs, key=lambda month: costs[month]), costs)


def _months(first: int, last: int, written: int) -> Sequence[int]:
    """Months to try: all of a short horizon, about two dozen of a long one."""
    step = max(1, (last - first + 1) // 24)
    return sorted({*range(first, last + 1, step), *([written] if first <= written <= last else [])})
