"""One option after another: start in the cloud, own from month k (MODEL §2)."""

from __future__ import annotations

from planner.demand import Asked, Delivery, Priced, added
from planner.errors import Message
from planner.figure import Figure, derive, total
from planner.ledger import CostLine
from planner.scenario.options import Phase, RentedOption, SequenceOption
from planner.supply import overheads, transfer
from planner.supply.combined import delivered, summed
from planner.supply.market import Market


def price(option_id: str, option: SequenceOption, market: Market, asked: Asked) -> Priced:
    """Lines of each phase over its months, and of the moves between them; what a phase leaves stays unmet.

    Purchases are made in the first month of their phase and sold at its end. Raises what its phases raise.
    """
    wanted = {name: work for name, work in asked.items() if option.serves is None or name in option.serves}
    left = {name: work for name, work in asked.items() if name not in wanted}
    parts: list[Priced] = []
    done: list[Delivery] = []
    beyond: list[Message] = []
    lines: list[CostLine] = []
    ends = [phase.from_month - 1 for phase in option.phases[1:]] + [market.last_month]
    for i, (phase, last) in enumerate(zip(option.phases, ends, strict=True)):
        first = phase.from_month
        if first > market.last_month:
            beyond.append(Message("warning.phase_beyond", {"name": phase.option, "month": first}))
            continue
        then = market.during(first, min(last, market.last_month))
        work = {name: _within(figure, then, f"{option_id}.{name}.phase_{i + 1}") for name, figure in wanted.items()}
        part = then.price_option(phase.option, market.scenario.options[phase.option], work)
        lines += _move(option_id, option, i, then, parts)
        parts.append(part)
        done += delivered(phase.option, work, part)
        lines += part.lines
    unmet = left | _all_unmet(option_id, wanted, parts)
    used = [part for part in parts if part.lines]
    note = Message("note.sequence", {"option": option_id, "phases": _told(option.phases)})
    return Priced(
        tuple(lines),
        unmet,
        summed([part.hours for part in parts]),
        tuple(wanted),
        (note, *beyond, *(message for part in parts for message in part.warnings)),
        parts[0].lead_time_days,
        parts[-1].running_accelerators | parts[0].running_accelerators,
        energy_kwh=added(*(part.energy_kwh for part in used)),
        emissions_kg=added(*(part.emissions_kg for part in used)),
        delivered=tuple(done),
    )


def _told(phases: list[Phase]) -> str:
    return " → ".join(f"{phase.option} ({phase.from_month})" for phase in phases)


def _within(work: Figure, then: Market, name: str) -> Figure:
    """Work of the months of a phase, none in the others."""
    months = sum(then.month(m) for m in range(then.first_month, then.last_month + 1))
    return derive(lambda w: w * months, work, name=name, unit=work.unit, formula="work in the months of the phase")


def _all_unmet(option_id: str, names: Asked, parts: list[Priced]) -> dict[str, Figure]:
    """Work that the phases leave, summed."""
    out = {}
    for name in names:
        figures = [part.unmet[name] for part in parts if name in part.unmet]
        if figures:
            out[name] = total(*figures, name=f"{option_id}.{name}.unmet", unit=figures[0].unit)
    return out


def _move(option_id: str, option: SequenceOption, i: int, then: Market, before: list[Priced]) -> list[CostLine]:
    """Lines of moving into a phase: the people's cost, leaving the provider before, reading the data out of it."""
    phase, out = option.phases[i], []
    once = then.unit_figure(f"{option_id}.move_{i}", then.month(then.first_month), "", "paid once, at the move")
    for field in ("migration_cost", "exit_cost"):
        if (money := getattr(phase, field)) is not None:
            path = ("options", option_id, "phases", i, field)
            cost = then.money(option_id, f"phases.{i}.{field}", money, "", running=False, path=path)
            out.append(
                overheads.line(
                    f"{field}.{i + 1}", option_id, "migration", once, cost, "move", then, charge="purchase",
                    timing="start",
                )
            )  # fmt: skip
    if i > 0:
        left = option.phases[i - 1].option
        rented = then.scenario.options[left]
        region = next((line.region_id for line in before[-1].lines if line.placed_on == left and line.region_id), None)
        if isinstance(rented, RentedOption) and region is not None:
            out += transfer.moved_out(left, rented, (rented.provider, region), then, then.first_month)
    return out
