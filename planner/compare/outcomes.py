"""What becomes of one option: its lines and its else chain, penalties, credits, who serves what."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.compare.arrivals import arrivals
from planner.compare.gate import with_stops
from planner.comparison import Outcome, Place, Status
from planner.demand import Delivery, Priced, added
from planner.errors import Infeasible, Message, PriceError
from planner.figure import Figure
from planner.ledger import CostLine, Ledger, cost_line
from planner.scenario.options import Option
from planner.supply import credits, overheads
from planner.supply.market import Market, is_certain_zero

Array = NDArray[np.float64]


def outcome_of(name: str, option: Option, market: Market) -> Outcome:
    """One option with its else chain as a bill of compute, or refused with its reasons."""
    kind = option.kind
    label = option.label or name
    try:
        parts, unmet, own = _serve_all(name, option, market)
    except Infeasible as error:
        return Outcome(name, kind, label, "infeasible", (error.message(),))
    except PriceError as error:
        return Outcome(name, kind, label, "not_priced", (error.message(),))
    if not own.lines and not own.served:
        why = tuple(own.warnings) or (Message("reason.serves_nothing"),)
        return Outcome(name, kind, label, "infeasible", why)
    warnings = _unique(parts)
    reasons: tuple[Message, ...] = ()
    status: Status = "priced"
    lines = tuple(with_stops(overheads.once([line for _, priced in parts for line in priced.lines]), market))
    penalties, still = _penalties(name, option, market, unmet)
    granted, notes = credits.lines(market, lines)
    lines += (*penalties, *granted)
    if still:
        status = "partial"
        shares = {key: round(100 * share, 1) for key, share in still.items()}
        reasons = tuple(Message("reason.partial", {"name": key, "percent": share}) for key, share in shares.items())
    if not lines:
        return Outcome(name, kind, label, "infeasible", (Message("reason.serves_nothing"),), warnings)
    ledger = Ledger(name, market.currency, market.months, lines)
    working = [priced for _, priced in parts if priced.lines]
    return Outcome(
        name, kind, label, status, reasons, (*warnings, *notes), ledger, None, _placement(market, parts, unmet),
        own.hours, own, 1.0,
        arrivals(market.works, parts, unmet),
        energy_kwh=added(*(priced.energy_kwh for priced in working)),
        emissions_kg=added(*(priced.emissions_kg for priced in working)),
    )  # fmt: skip


def _unique(parts: list[tuple[str, Priced]]) -> tuple[Message, ...]:
    seen: dict[tuple[str, str], Message] = {}
    for _, priced in parts:
        for message in priced.warnings:
            seen.setdefault((message.key, repr(message.arguments)), message)
    return tuple(seen.values())


def _serve_all(name: str, option: Option, market: Market) -> tuple[list[tuple[str, Priced]], dict[str, Figure], Priced]:
    """The option and the chain of its ``else``, until everything is served or the chain ends."""
    asked = {key: work.amount for key, work in market.works.items()}
    own = market.price_option(name, option, asked)
    parts = [(name, own)]
    unmet = {key: figure for key, figure in own.unmet.items() if not is_certain_zero(figure)}
    visited = {name}
    current: Option = option
    while unmet:
        following = current.otherwise or market.scenario.baseline_id
        if following == "none" or following in visited:
            break
        visited.add(following)
        current = market.scenario.options[following]
        try:
            priced = market.price_option(following, current, unmet)
        except (Infeasible, PriceError) as error:
            why = {"option": following, "why": error.message(), "names": ", ".join(unmet)}
            raise type(error).of(Message("reason.of_else", why)) from None
        parts.append((following, priced))
        unmet = {key: figure for key, figure in priced.unmet.items() if not is_certain_zero(figure)}
    if unmet and not any(priced.lines for _, priced in parts):
        first = own.warnings[0] if own.warnings else Message("reason.serves_nothing")
        raise Infeasible.of(first)
    return parts, unmet, own


def _penalties(
    name: str, option: Option, market: Market, unmet: dict[str, Figure]
) -> tuple[tuple[CostLine, ...], dict[str, float]]:
    """Lines for work left undone at the stated penalty, or the shares that remain without one."""
    lines, still = [], {}
    for key, figure in unmet.items():
        work = market.works[key]
        share = _mean_share(figure.value.sum(axis=1), work.amount.value.sum(axis=1))
        if option.unmet_penalty_per_unit is None:
            still[key] = 1 - share
            continue
        money = market.money(name, "unmet_penalty_per_unit", option.unmet_penalty_per_unit, f"/{work.unit}")
        lines.append(
            cost_line(
                f"penalty.{key}", placed_on=name, cost_type="penalty", charge_category="adjustment",
                pricing_category="other", quantity=figure, unit_price=money, pricing_unit=work.unit,
                currency=market.currency, workload=key,
            )
        )  # fmt: skip
    return tuple(lines), still


def _mean_share(part: Array, whole: Array) -> float:
    """Mean share of a whole over the draws that have any; draws in which nothing is asked say nothing."""
    part, whole = np.broadcast_arrays(part, whole)
    asked = whole > 0
    return float(np.mean(part[asked] / whole[asked])) if asked.any() else 0.0


def _placement(market: Market, parts: list[tuple[str, Priced]], unmet: dict[str, Figure]) -> tuple[Place, ...]:
    """Share of each workload's work over the horizon by the option that delivers it."""
    out = []
    for key, work in market.works.items():
        whole = work.amount.value.sum(axis=1, keepdims=True)
        shares: dict[str, float] = {}

        def add(name: str, done: Array, shares: dict[str, float] = shares, whole: Array = whole) -> None:
            share = _mean_share(done.sum(axis=1, keepdims=True), whole)
            shares[name] = shares.get(name, 0.0) + share

        left: Array = work.amount.value
        for name, priced in parts:
            remains = priced.unmet[key].value if key in priced.unmet else np.zeros((1, 1))
            for one in priced.delivered or (Delivery(key, name, left - remains),):
                if one.workload == key:
                    add(one.served_by, one.work)
            left = remains
        out += [Place(key, name, min(share, 1.0)) for name, share in shares.items() if share > 1e-9]
        if key in unmet:
            out.append(Place(key, "none", max(0.0, 1 - sum(p.share for p in out if p.workload == key))))
    return tuple(out)
