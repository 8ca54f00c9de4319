"""What an option may serve: data class, residency, kind of work. Reasons say what would let it in."""

from __future__ import annotations

from planner.errors import Infeasible, Message
from planner.options.market import Market
from planner.scenario.options import Option
from planner.scenario.work import Workload


def split_by_rule(
    market: Market, option_id: str, option: Option, asked: list[str]
) -> tuple[list[str], list[str], list[Message]]:
    """Workloads served, workloads left to others, and why."""
    kind = option.kind
    served, left, why = [], [], []
    for name in asked:
        workload = market.works[name].workload
        if option.serves is not None and name not in option.serves:
            left.append(name)
            continue
        reason = _refusal(market, kind, workload)
        if reason is None:
            served.append(name)
        else:
            left.append(name)
            why.append(reason)
    return served, left, why


def _refusal(market: Market, kind: str, workload: Workload) -> Message | None:
    name = workload.id
    if kind == "spot":
        if workload.kind == "serving":
            return Message("reason.spot_serving", {"name": name})
        if not workload.interruptible:
            return Message("reason.spot_interruptible", {"name": name})
    if kind == "academic":
        if workload.kind == "serving":
            return Message("reason.academic_serving", {"name": name})
        if workload.is_production and market.scenario.organisation.commercial:
            return Message("reason.academic_production", {"name": name})
        if workload.data.data_class in ("sensitive", "regulated"):
            return Message("reason.academic_data", {"name": name, "data": workload.data.data_class})
    return None


def check_country(market: Market, workload: Workload, country: str | None, place: str) -> None:
    """Raise Infeasible when the data or the scenario does not allow a country."""
    residency = workload.data.residency
    if residency is not None and country != residency:
        raise Infeasible("reason.residency", name=workload.id, residency=residency, place=place, country=country or "?")
    allowed = market.scenario.constraints.regions
    if allowed is not None and country not in allowed:
        raise Infeasible("reason.region", place=place, country=country or "?", allowed=", ".join(allowed))
