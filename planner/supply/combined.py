"""One answer from several: the parts of a hybrid, the phases of a sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.demand import Asked, Delivery, Hours, Priced, added
from planner.errors import Message
from planner.figure import Figure
from planner.ledger import Ledger
from planner.supply.market import Market


def delivered(name: str, asked: Asked, part: Priced) -> tuple[Delivery, ...]:
    """What an option delivers of what it is asked for; what its own parts deliver where it has parts."""
    if part.delivered:
        return part.delivered
    left = {key: part.unmet[key].value if key in part.unmet else np.zeros((1, 1)) for key in asked}
    return tuple(Delivery(key, name, np.asarray(work.value - left[key])) for key, work in asked.items())


def one_after_another(
    names: tuple[str, str],
    parts: tuple[Priced, Priced],
    wanted: Asked,
    left: dict[str, Figure],
    notes: Sequence[Message],
) -> Priced:
    """A base and what takes its rest, as one answer: hours, capacity and facts are the base's."""
    first, second = parts
    used = [part for part in parts if part.lines]
    return Priced(
        lines=(*first.lines, *second.lines),
        unmet=left | second.unmet,
        hours=first.hours or second.hours,
        served=tuple(wanted),
        warnings=(*notes, *first.warnings, *second.warnings),
        lead_time_days=first.lead_time_days,
        running_accelerators=first.running_accelerators | second.running_accelerators,
        capacity_hours=first.capacity_hours,
        energy_kwh=added(*(part.energy_kwh for part in used)),
        emissions_kg=added(*(part.emissions_kg for part in used)),
        facts=first.facts,
        delivered=(*delivered(names[0], wanted, first), *delivered(names[1], first.unmet, second)),
    )


def expected_cost(market: Market, parts: Sequence[Priced]) -> tuple[float, float]:
    """Work that the last part leaves undone first, then expected present cost: how plans of different sizes compare."""
    undone = sum(float(work.value.sum()) for work in parts[-1].unmet.values())
    bill = Ledger("", market.currency, market.months, tuple(line for part in parts for line in part.lines))
    return undone, float(np.mean(bill.present_by_month(market.discount_rate).sum(axis=1)))


def summed(hours: Sequence[dict[str, Hours]]) -> dict[str, Hours]:
    """Hours of one workload on several kinds of hardware in turn."""
    out: dict[str, Hours] = {}
    for found in hours:
        for name, more in found.items():
            if name not in out:
                out[name] = more
                continue
            one = out[name]
            cards = one.accelerator.split(" + ")
            label = one.accelerator if more.accelerator in cards else f"{one.accelerator} + {more.accelerator}"
            out[name] = Hours(
                label, one.useful + more.useful, one.busy + more.busy, one.held + more.held, one.paid + more.paid
            )
    return out
