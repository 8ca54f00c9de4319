"""Gross margin of what is sold: serving is a cost of sales, training is shown apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.demand import Hours
from planner.ledger import Ledger
from planner.project_costs import PROJECT

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Margin:
    """Nominal compute cost of serving and of training over the horizon, and margins on revenue.

    serving, training: [currency], shape (draws | 1, 1). gross: (revenue − serving) / revenue; with_training: training
    taken off too; both None without revenue.
    """

    serving: Array
    training: Array
    gross: Array | None
    with_training: Array | None


def margin_of(
    ledger: Ledger,
    production: Collection[str],
    works: Collection[str],
    hours: Mapping[str, Hours],
    revenue: Array | None,
) -> Margin:
    """The margin of a plan.

    production: workloads that serve what is sold. hours: busy hours by workload, by which lines of no workload are
    shared out. revenue: present and incremental revenue over the horizon [currency], shape (draws | 1, 1).
    """
    busy = {name: float(spent.busy.sum(axis=1).mean()) for name, spent in hours.items()}
    known = sum(busy.values())
    count = len(works) or 1
    weight = sum(busy.get(name, 0.0) / known if known else 1 / count for name in works if name in production)
    serving, training = np.zeros((1, 1)), np.zeros((1, 1))
    for line in ledger.lines:
        if line.placed_on == PROJECT:
            continue
        cost = line.billed_cost.value.sum(axis=1, keepdims=True)
        share = weight if line.workload is None else float(line.workload in production)
        serving, training = serving + cost * share, training + cost * (1 - share)
    if revenue is None or not (revenue > 0).any():
        return Margin(serving, training, None, None)
    shape = np.broadcast_shapes(serving.shape, revenue.shape)
    sold = np.where(np.broadcast_to(revenue, shape) > 0, revenue, np.nan)
    return Margin(serving, training, 1 - serving / sold, 1 - (serving + training) / sold)
