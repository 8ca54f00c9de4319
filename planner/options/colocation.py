"""A place in someone else's data centre: rent per kW, technicians' hours, cross-connects, the rack's limit."""

from __future__ import annotations

import math

import numpy as np

from planner.errors import Infeasible, Message
from planner.figure import Figure, product
from planner.ledger import CostLine
from planner.options.owned_lines import held, line
from planner.options.owned_terms import Terms
from planner.quantities import Money
from planner.scenario.options import ColocationOption
from planner.supply.market import Market


def check(option_id: str, option: ColocationOption, terms: Terms, market: Market, count: int) -> list[Message]:
    """Raise Infeasible when a rack cannot carry one system; say how many racks it takes, or that nobody asked."""
    need = float(np.mean(terms.rated_kw.value))
    if option.rack_kw is None:
        return [Message("warning.rack_unknown", {"option": option_id, "need": round(need, 1)})]
    if need > option.rack_kw:
        raise Infeasible("reason.rack", option=option_id, need=round(need, 1), rack=option.rack_kw)
    racks = math.ceil(count / math.floor(option.rack_kw / need)) if need > 0 else 1
    return [Message("note.racks", {"option": option_id, "count": racks, "rack": option.rack_kw})]


def lines(option_id: str, option: ColocationOption, terms: Terms, market: Market, systems: Figure) -> list[CostLine]:
    """Rent for the power reserved, the technicians of the site, cross-connects."""
    reserved = product(systems, terms.rated_kw, name=f"{option_id}.kw_reserved", unit="kW")
    kw_months = held(reserved, terms, market, f"{option_id}.kw_months", "kW-month")
    out = [
        line("rent", option_id, terms, market, "space", kw_months, _rent(option_id, option, market, terms), "kW-month")
    ]
    one = market.unit_figure(f"{option_id}.installation", np.ones((1, 1)), "installation", "one installation")
    monthly = held(one, terms, market, f"{option_id}.months_installed", "month")
    hours = market.term(
        option_id, "remote_hands_hours_per_month", option.remote_hands_hours_per_month, "h/month",
        "colocation_remote_hands_hours_per_month",
    )  # fmt: skip
    worked = product(monthly, hours, name=f"{option_id}.remote_hands", unit="h")
    wage = _default(
        option_id, "remote_hands_price_per_hour", option.remote_hands_price_per_hour, market,
        "colocation_remote_hands_per_hour", "h",
    )  # fmt: skip
    out.append(line("remote_hands", option_id, terms, market, "staff", worked, wage, "h"))
    if option.cross_connect_per_month is not None:
        cost = market.money(option_id, "cross_connect_per_month", option.cross_connect_per_month, "/month")
        out.append(line("cross_connect", option_id, terms, market, "network", monthly, cost, "month"))
    return out


def _rent(option_id: str, option: ColocationOption, market: Market, terms: Terms) -> Figure:
    name = "colocation_price_per_kw_month"
    local = f"{name}.{terms.country}"
    known = local if market.reference.has_assumption(local) else name
    return _default(option_id, "price_per_kw_month", option.price_per_kw_month, market, known, "kW-month")


def _default(option_id: str, field: str, own: Money | None, market: Market, assumption: str, per: str) -> Figure:
    """The option's own price, else the assumption's, in the reporting currency."""
    if own is not None:
        return market.money(option_id, field, own, f"/{per}")
    found = market.reference.assumption(assumption)
    currency = found.unit.split("/")[0]
    return market.converted(market.assumed(assumption, found), currency, f"{market.currency}/{per}")
