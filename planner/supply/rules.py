"""What an option may serve: data class, residency, kind of work. Reasons say what would let it in."""

from __future__ import annotations

from planner.errors import Infeasible, Message
from planner.scenario.options import MarketplaceOption, Option
from planner.scenario.work import Workload
from planner.supply.market import Market


def split_by_rule(
    market: Market, option_id: str, option: Option, asked: list[str]
) -> tuple[list[str], list[str], list[Message]]:
    """Workloads served, workloads left to others, and why."""
    served, left, why = [], [], []
    for name in asked:
        workload = market.works[name].workload
        if option.serves is not None and name not in option.serves:
            left.append(name)
            continue
        reason = _refusal(market, option, workload)
        if reason is None:
            served.append(name)
        else:
            left.append(name)
            why.append(reason)
    return served, left, why


SECRET = ("sensitive", "regulated")


def _refusal(market: Market, option: Option, workload: Workload) -> Message | None:
    """Why a workload may not run on a kind of option; None when it may."""
    name, kind, data = workload.id, option.kind, workload.data.data_class
    serving = workload.kind == "serving"
    if kind == "spot" or (isinstance(option, MarketplaceOption) and option.interruptible):
        if serving:
            return Message("reason.spot_serving", {"name": name})
        if not workload.interruptible:
            return Message("reason.spot_interruptible", {"name": name})
    if kind == "marketplace" and data in SECRET:
        return Message("reason.marketplace_data", {"name": name, "data": data})
    jobs = not serving and workload.kind != "interactive"
    if kind == "marketplace" and jobs and not workload.interruptible:
        return Message("reason.marketplace_interruptible", {"name": name})
    if kind == "notebook":
        if serving or workload.kind == "batch_inference":
            return Message("reason.notebook_production", {"name": name})
        if data in SECRET:
            return Message("reason.notebook_data", {"name": name, "data": data})
    if kind == "api_tokens":
        if not serving and workload.kind != "batch_inference":
            return Message("reason.tokens_inference_only", {"name": name})
        if data in SECRET:
            return Message("reason.tokens_data", {"name": name, "data": data})
    if kind == "academic":
        if serving:
            return Message("reason.academic_serving", {"name": name})
        if workload.is_production and market.scenario.organisation.commercial:
            return Message("reason.academic_production", {"name": name})
        if data in SECRET:
            return Message("reason.academic_data", {"name": name, "data": data})
    return None


def within_borders(
    market: Market, names: list[str], country: str | None, place: str
) -> tuple[list[str], list[Message]]:
    """Workloads whose data may be in a country, and why the others may not. Raises Infeasible when none may."""
    kept: list[str] = []
    why: list[Message] = []
    for name in names:
        try:
            check_country(market, market.works[name].workload, country, place)
            kept.append(name)
        except Infeasible as error:
            why.append(error.message())
    if names and not kept:
        raise Infeasible.of(why[0])
    return kept, why


def check_country(market: Market, workload: Workload, country: str | None, place: str) -> None:
    """Raise Infeasible when the data or the scenario does not allow a country."""
    residency = workload.data.residency
    if residency is not None and country != residency:
        raise Infeasible("reason.residency", name=workload.id, residency=residency, place=place, country=country or "?")
    allowed = market.scenario.constraints.regions
    if allowed is not None and country not in allowed:
        raise Infeasible("reason.region", place=place, country=country or "?", allowed=", ".join(allowed))
