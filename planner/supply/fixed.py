"""What a fixed capacity - owned or committed - does of what is asked: load in, share served, hours, work left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked, Hours
from planner.errors import Infeasible, Message, NotPriced
from planner.figure import Figure, derive, product
from planner.scenario.work import Segment
from planner.supply import capacity, service
from planner.supply.market import Market, left_over
from planner.supply.renting import held_with_idle, hours_of, own_goodput
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """Hours that a workload needs on an accelerator [accelerator-hour/month].

    occupied: hours for which accelerators are taken: busy hours of jobs, held hours of a service's replicas.
    """

    useful: Figure
    busy: Figure
    occupied: Figure


@dataclass(frozen=True)
class Filled:
    """A capacity at work: hours by workload, busy and taken hours of all, work done and work left to others."""

    hours: dict[str, Hours]
    used: Figure
    taken: Figure
    done: dict[str, Figure]
    unmet: dict[str, Figure]


def loads(
    option_id: str, accelerator: str, market: Market, asked: Asked, served: Sequence[str], *, with_idle: bool = False
) -> dict[str, Load]:
    """What is asked in hours on an accelerator, were all of it served here.

    with_idle: hours that stand idle or forgotten take the accelerator too (where hours held are what is paid).
    """
    out = {}
    for name in served:
        rate = market.rate(name, accelerator)
        useful, busy = hours_of(market, name, option_id, asked[name], rate, own_goodput(market, name))
        occupied = busy
        if market.works[name].workload.kind == "serving":
            size = rate.accelerators_min
            occupied = service.held_for(market, name, option_id, asked[name], busy, size, size)
        elif with_idle:
            occupied = held_with_idle(market, name, option_id, busy)
        out[name] = Load(useful, busy, occupied)
    return out


def job_size(market: Market, name: str, accelerator: str) -> int:
    """Accelerators that one job of a workload needs. Raises Infeasible or NotPriced as the rate does."""
    return max(market.rate(name, accelerator).accelerators_min, market.works[name].workload.job_accelerators or 1)


def that_fit(
    option_id: str, accelerator: str, limit: float | None, market: Market, names: Sequence[str]
) -> tuple[list[str], list[Message]]:
    """Workloads whose job fits into a number of accelerators, and why the others do not.

    Raises Infeasible when none does.
    """
    kept, why = [], []
    for name in names:
        try:
            need = job_size(market, name, accelerator)
        except (Infeasible, NotPriced) as error:
            why.append(error.message())
            continue
        if limit is not None and need > limit:
            why.append(Message("reason.job_too_big", {"name": name, "need": need, "have": limit, "option": option_id}))
        else:
            kept.append(name)
    if names and not kept and why:
        raise Infeasible.of(why[0])
    return kept, why


def shapes_of(market: Market, names: Sequence[str]) -> tuple[list[Sequence[Segment] | None], list[bool]]:
    """Load curves within the month and what can wait; replicas of a service already stand for their peak."""
    works = [market.works[name].workload for name in names]
    return [None if w.kind == "serving" else w.shape for w in works], [w.deferrable for w in works]


def peak(market: Market, found: dict[str, Load]) -> float:
    """Greatest number of accelerators taken at once, in any month and part of the month."""
    shapes, deferrable = shapes_of(market, list(found))
    return capacity.peak_accelerators([load.occupied.value for load in found.values()], shapes, deferrable)


def fill(
    option_id: str,
    accelerator: str,
    market: Market,
    asked: Asked,
    found: dict[str, Load],
    clock: Figure,
    availability: Figure,
) -> Filled:
    """What a capacity serves of its loads.

    clock: accelerator-hours of the capacity by month, shape (draws | 1, months). availability: share of them in
    which it works.
    """
    shapes, deferrable = shapes_of(market, list(found))
    done, unmet, spent = {}, {}, {}
    worked: list[Figure] = []
    taken: list[Figure] = []
    for i, (name, load) in enumerate(found.items()):
        share = derive(
            lambda c, up, *b, i=i: capacity.served_fraction(
                i, b, c * (up / HOURS_PER_MONTH), shapes=shapes, deferrable=deferrable
            ), clock, availability, *(one.occupied for one in found.values()), name=f"{option_id}.{name}.share",
            unit="fraction", formula="load served by the capacity × availability in each segment of the month",
        )  # fmt: skip
        busy = product(load.busy, share, name=f"{option_id}.{name}.busy_here", unit="accelerator-hour/month")
        worked.append(busy)
        taken.append(product(load.occupied, share, name=f"{option_id}.{name}.taken_here", unit=busy.unit))
        held = np.maximum(taken[-1].value, busy.value)
        spent[name] = (load.useful.value * share.value, busy.value, held)
        done[name] = product(asked[name], share, name=f"{option_id}.{name}.served", unit=asked[name].unit)
        unmet[name] = left_over(asked[name], done[name], option_id, name)
    used = _sum(f"{option_id}.busy_hours", worked, market)
    return Filled(
        _paid(accelerator, spent, clock.value), used, _sum(f"{option_id}.taken_hours", taken, market), done, unmet
    )


def _sum(name: str, figures: list[Figure], market: Market) -> Figure:
    if not figures:
        return market.zero(name, "accelerator-hour/month")
    return derive(
        lambda *hours: sum(hours, start=np.zeros((1, market.months))), *figures, name=name,
        unit="accelerator-hour/month", formula="sum over workloads",
    )  # fmt: skip


def _paid(accelerator: str, spent: dict[str, tuple[Array, Array, Array]], clock: Array) -> dict[str, Hours]:
    """Capacity is paid used or not; it is shared out by busy hours, of the month else of the horizon."""
    total = sum((busy for _, busy, _ in spent.values()), start=np.zeros((1, 1)))
    over_horizon = np.asarray(total).sum(axis=1, keepdims=True)
    out = {}
    for name, (useful, busy, held) in spent.items():
        broad = np.broadcast_to(over_horizon, np.broadcast_shapes(over_horizon.shape, busy.shape))
        own = np.broadcast_to(busy.sum(axis=1, keepdims=True), broad.shape)
        overall = np.divide(own, broad, out=np.full(broad.shape, 1 / len(spent)), where=broad > 0)
        share = np.divide(busy, total, out=overall.copy(), where=np.broadcast_to(total, overall.shape) > 0)
        out[name] = Hours(accelerator, useful, busy, held, np.maximum(clock * share, held))
    return out
