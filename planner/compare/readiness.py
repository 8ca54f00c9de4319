"""What the answers about a project's readiness lead to, and what stands in for what was not said."""

from __future__ import annotations

import datetime as dt

from planner.errors import Message
from planner.scenario.value import Value
from planner.supply.market import Market

DEFAULTS = ("probability_of_production", "months_to_production", "ramp_months")
QUESTIONS = (
    "similar_projects", "similar_in_production", "process_known", "data_available", "objective_shared",
    "code_reproducible", "experiments_tracked", "containers",
)  # fmt: skip


def notes_on_value(market: Market) -> list[Message]:
    """Warnings about the value's side: surveys that stand in, answers that cost, an exception that has ended."""
    value = market.scenario.value
    if value is None or market.production is None:
        return []
    out = [Message(f"warning.default_{name}") for name in DEFAULTS if getattr(value, name) is None]
    begins = market.production.months.mean
    if begins >= market.months:
        out.append(Message("warning.production_beyond", {"month": f"{begins:.0f}", "months": market.months}))
    if not value.has_benefits:
        out.append(Message("warning.no_benefits"))
    if value.has_benefits and not any(work.is_production for work in market.scenario.workloads):
        out.append(Message("warning.no_production"))
    out += _unpriced_revenue(value) + _readiness(value)
    if value.strategic is not None and _ended(value, market.scenario.horizon.start):
        facts = {"owner": value.strategic.owner, "until": value.strategic.until}
        out.append(Message("warning.strategic_ended", facts))
    return out


def strategic_holds(value: Value | None, start: str) -> bool:
    """Whether a declared exception is in force at the start of the horizon."""
    return value is not None and value.strategic is not None and not _ended(value, start)


def _ended(value: Value, start: str) -> bool:
    assert value.strategic is not None
    return dt.date.fromisoformat(value.strategic.until) < dt.date.fromisoformat(f"{start}-01")


def _unpriced_revenue(value: Value) -> list[Message]:
    revenue = value.revenue
    lines = [one for box in ("new_customers", "retention", "upsell") for one in (getattr(revenue, box, None) or [])]
    out = [Message("warning.revenue_whole")] if any(one.margin_fraction is None for one in lines) else []
    if any(one.incremental_revenue_monthly is not None for one in value.savings or []):
        out.append(Message("warning.revenue_moved"))
    return out


def _readiness(value: Value) -> list[Message]:
    ready = value.readiness
    if ready is None:
        return []
    answers = {name: getattr(ready, name) for name in QUESTIONS}
    return [Message(f"readiness.{name}.{answer}") for name, answer in answers.items() if answer in ("partly", "no")]
