"""What the production gate does to a plan: what stops with the project, and how a plan weighs both ends (MODEL §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.comparison import Outcome
from planner.demand import Hours
from planner.figure import Figure, derive
from planner.ledger import CostLine, Ledger
from planner.supply.market import Market
from planner.supply.production import Production

Array = NDArray[np.float64]


def with_stops(lines: Sequence[CostLine], market: Market) -> list[CostLine]:
    """The lines of a plan where its project may stop: what is bought stays bought, what is used ends.

    A commitment runs to the end of its term; no new term begins. Resale is settled where hardware is bought.
    """
    if market.running is None:
        return list(lines)
    out = []
    for one in lines:
        if one.cost_type == "residual":
            out.append(one)
            continue
        kept = derive(
            lambda q, r, term=one.term_months: q * _kept(np.broadcast_to(q, (q.shape[0], r.shape[1])), r, term),
            one.quantity, market.running, name=one.quantity.name, unit=one.quantity.unit,
            formula="quantity × months in which the project goes on",
        )  # fmt: skip
        out.append(_with_quantity(one, kept))
    return out


def _kept(quantity: Array, running: Array, term: int | None) -> Array:
    """Months that are paid: those of the project; of a commitment whole terms that began in it."""
    if term is None or not quantity.any():
        return running
    used = np.flatnonzero((quantity != 0).any(axis=0))
    out = np.ones_like(running)
    for start in range(int(used[0]), running.shape[1], term):
        out[:, start : start + term] = running[:, start : start + 1]
    return out


def _with_quantity(line: CostLine, quantity: Figure) -> CostLine:
    billed = derive(
        np.multiply, quantity, line.unit_price, name=line.billed_cost.name, unit=line.billed_cost.unit,
        formula="quantity × unit price",
    )  # fmt: skip
    return replace(line, quantity=quantity, billed_cost=billed)


def weighed(opened: Outcome, closed: Outcome, production: Production) -> Outcome:
    """A plan as the mean of its two ends: the gate opens with the probability of production, or it does not.

    Lines with one price add up their quantities; the others stand apart. A plan that has nothing left to do when the
    gate stays closed costs nothing there.
    """
    if opened.ledger is None:
        return opened
    weight = production.opens
    others = {(line.placed_on, line.id): line for line in closed.ledger.lines} if closed.ledger is not None else {}
    lines = []
    for line in opened.ledger.lines:
        other = others.pop((line.placed_on, line.id), None)
        if other is not None and np.array_equal(other.unit_price.value, line.unit_price.value):
            quantity = derive(
                lambda a, b, p: p * a + (1 - p) * b, line.quantity, other.quantity, weight, name=line.quantity.name,
                unit=line.quantity.unit, formula="p × quantity in production + (1 − p) × quantity if stopped",
            )  # fmt: skip
            lines.append(_with_quantity(line, quantity))
            continue
        lines.append(_share(line, weight, opens=True))
        if other is not None:
            lines.append(replace(_share(other, weight, opens=False), id=f"{other.id}.stopped"))
    lines += [_share(line, weight, opens=False) for line in others.values()]
    ledger = Ledger(opened.ledger.option, opened.ledger.currency, opened.ledger.months, tuple(lines))
    p = weight.value
    return replace(
        opened,
        ledger=ledger,
        hours={name: _mean_hours(spent, closed.hours.get(name), p) for name, spent in opened.hours.items()},
        energy_kwh=_mean(opened.energy_kwh, closed.energy_kwh, p),
        emissions_kg=_mean(opened.emissions_kg, closed.emissions_kg, p),
    )


def _share(line: CostLine, weight: Figure, *, opens: bool) -> CostLine:
    quantity = derive(
        (lambda q, p: q * p) if opens else (lambda q, p: q * (1 - p)), line.quantity, weight, name=line.quantity.name,
        unit=line.quantity.unit, formula="quantity × p" if opens else "quantity × (1 − p)",
    )  # fmt: skip
    return _with_quantity(line, quantity)


def _mean(a: Array | None, b: Array | None, p: Array) -> Array | None:
    if a is None:
        return None
    return np.asarray(p * a + (1 - p) * (b if b is not None else 0.0))


def _mean_hours(a: Hours, b: Hours | None, p: Array) -> Hours:
    def both(name: str) -> Array:
        return np.asarray(p * getattr(a, name) + (1 - p) * (getattr(b, name) if b is not None else 0.0))

    return Hours(a.accelerator, both("useful"), both("busy"), both("held"), both("paid"))
