"""Bought hardware, wherever it stands: sized before draws are known, filled, billed (MODEL §2)."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np

from planner.demand import Asked, Priced
from planner.errors import Infeasible, Message
from planner.figure import Figure, Source, derive, given, product
from planner.options import colocation, onprem, owned_lines
from planner.options.owned_terms import read_terms
from planner.scenario.options import OnpremOption, OwnedOption
from planner.supply import fixed
from planner.supply.market import Market, is_certain_zero
from planner.supply.rules import split_by_rule, within_borders
from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH, MONTHS_PER_YEAR

_PLAN = Source("assumption", "plan at central values", "2026", "sized before draws are known")
STAFF_DEFAULT_UP_TO = 2  # systems that the default staff is published for
SERVICE_LIFE_MONTHS = (
    72  # longest life that large operators write servers off over: Alphabet, form 10-K of 2023, note 1
)


def _site(option: OwnedOption) -> ModuleType:
    """The module that knows the site: what it must bear and what it costs."""
    return onprem if isinstance(option, OnpremOption) else colocation


def price(option_id: str, option: OwnedOption, market: Market, asked: Asked) -> Priced:
    """Lines of an own installation for what is asked; what its capacity cannot take stays unmet.

    Raises NotPriced (no reference price, your input required) or Infeasible (memory, power, rack).
    """
    terms = read_terms(option_id, option, market)
    served, _, warnings = split_by_rule(market, option_id, option, list(asked))
    limit = option.count * terms.per_system if isinstance(option.count, int) else None
    served, too_big = fixed.that_fit(option_id, terms.accelerator, limit, market, served)
    warnings += too_big
    served, abroad = within_borders(market, served, terms.country, option_id)
    warnings += abroad
    if isinstance(option.count, int):
        count = option.count
    else:
        count = market.sized(option_id, asked, lambda: size_to_peak(option_id, option, market, asked, served))
    if count < 1:
        return Priced((), dict(asked), warnings=tuple(warnings))
    warnings += _site(option).check(option_id, option, terms, market, count)
    if float(np.max(terms.lead.value)) / DAYS_PER_MONTH >= market.months_in_use:
        raise Infeasible("reason.lead_beyond", option=option_id, months=market.months_in_use)
    warnings += _notes(option_id, option, market, count)
    systems = _count_figure(option_id, option, market, count)
    clock = derive(
        lambda n, days: n * terms.per_system * HOURS_PER_MONTH * market.months_mask(days / DAYS_PER_MONTH), systems,
        terms.lead, name=f"{option_id}.owned_hours", unit="accelerator-hour/month",
        formula=f"systems × {terms.per_system} × 730 h × months after the lead time",
    )  # fmt: skip
    found = fixed.loads(option_id, terms.accelerator, market, asked, served)
    filled = fixed.fill(option_id, terms.accelerator, market, asked, found, clock, terms.availability)
    energy = owned_lines.energy(option_id, terms, clock, filled.used)
    lines = owned_lines.lines(option_id, option, terms, market, systems, energy)
    lines += _site(option).lines(option_id, option, terms, market, systems)
    return Priced(
        tuple(lines),
        {name: asked[name] for name in asked if name not in served} | filled.unmet,
        filled.hours,
        tuple(served),
        tuple(warnings),
        terms.lead,
        {name: float(count * terms.per_system) for name in served},
        clock.value * terms.availability.value,
        energy.value,
        owned_lines.emissions(market, terms, energy),
        owned_lines.facts(option_id, terms, market, lines, clock),
    )


def _notes(option_id: str, option: OwnedOption, market: Market, count: int) -> list[Message]:
    out = []
    if option.staff_fte is None and count > STAFF_DEFAULT_UP_TO:
        out.append(Message("warning.staff_default", {"option": option_id, "count": count}))
    if "lead_time_days" not in option.model_fields_set:
        out.append(Message("warning.lead_time", {"option": option_id}))
    if market.months_in_use > SERVICE_LIFE_MONTHS:
        years = {
            "years": f"{market.months_in_use / MONTHS_PER_YEAR:g}",
            "life": f"{SERVICE_LIFE_MONTHS // MONTHS_PER_YEAR}",
        }
        out.append(Message("warning.beyond_life", {"option": option_id} | years))
    kept = market.scenario.transfer.storage_gb
    if not is_certain_zero(market.input("transfer.storage_gb", kept, "GB", ("transfer", "storage_gb"))):
        out.append(Message("warning.own_storage", {"option": option_id}))
    return out


def _count_figure(option_id: str, option: OwnedOption, market: Market, count: int) -> Figure:
    stated = market.scenario.options.get(option_id)
    if isinstance(stated, OwnedOption) and stated.count == option.count and isinstance(option.count, int):
        return given(f"{option_id}.count", float(count), "system", market.source(("options", option_id, "count")))
    why = Source("assumption", "sized before draws are known", market.as_of.isoformat(), "whole systems")
    return given(f"{option_id}.count", float(count), "system", why)


def size_to_peak(option_id: str, option: OwnedOption, market: Market, asked: Asked, served: list[str]) -> int:
    """Whole systems for the plan's peak month and segment: chosen at central values, before draws are known."""
    if not served:
        return 0
    plan = market.central
    terms = read_terms(option_id, option, plan)
    planned: dict[str, Figure] = {}
    for name in served:
        wanted = float(np.sum(market.works[name].amount.value.mean(0)))
        # Where no draw asks anything (a gate that hardly ever opens), what is bought is bought for the plan.
        ratio = float(np.sum(asked[name].value.mean(0))) / wanted if wanted > 0 else 1.0
        use = market.months_mask(np.zeros((1, 1)))
        whole = plan.works[name].amount
        share = given("share asked", min(ratio, 1.0) if market.window is None else use, "fraction", _PLAN)
        planned[name] = product(whole, share, name=whole.name, unit=whole.unit)
    peak = fixed.peak(plan, fixed.loads(option_id, terms.accelerator, plan, planned, served))
    largest = max(fixed.job_size(market, name, terms.accelerator) for name in served)
    return max(1, math.ceil(round(max(peak / terms.availability.mean, float(largest)) / terms.per_system, 6)))
