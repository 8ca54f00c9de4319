"""Notebook services: a subscription with units that hours of a card use up, or sessions by the hour (MODEL §2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked, Hours, Priced
from planner.errors import Message, NotPriced
from planner.figure import Figure, derive, given
from planner.ledger import CostLine, cost_line
from planner.options import cloud
from planner.prices import STALE_DAYS, as_date
from planner.scenario.options import NotebookOption
from planner.supply import fixed, overheads, transfer
from planner.supply.market import Market
from planner.supply.renting import after_lead
from planner.supply.rules import split_by_rule, within_borders
from planner.tables import Row
from planner.units import HOURS_PER_MONTH

Array = NDArray[np.float64]


def price(option_id: str, option: NotebookOption, market: Market, asked: Asked) -> Priced:
    """Lines of a notebook service for what is asked: one card a session, one session a person at a time.

    Raises NotPriced or Infeasible with the reason.
    """
    if option.provider not in market.book.vocabulary("provider"):
        market.reference.refuse_without_price(option.provider)
    if option.plan is None:
        return cloud.price(option_id, option, market, asked)
    return _by_plan(option_id, option, market, asked, market.reference.notebook_plan(option.provider, option.plan))


def _by_plan(option_id: str, option: NotebookOption, market: Market, asked: Asked, plan: Row) -> Priced:
    card, units_each = _card(option_id, option, market)
    served, _, warnings = split_by_rule(market, option_id, option, list(asked))
    served, too_big = fixed.that_fit(option_id, card, 1, market, served)
    served, abroad = within_borders(market, served, None, option.provider)
    served, too_long = _short_enough(option, market, plan, card, served)
    if not served:
        return Priced((), dict(asked), warnings=(*warnings, *too_big, *abroad, *too_long))
    warnings += [
        *too_big,
        *abroad,
        *too_long,
        Message("warning.notebook_card", {"provider": option.provider, "card": card}),
    ]
    warnings += _age(market, option, plan)
    lead, here, late = after_lead(option_id, option, market, {name: asked[name] for name in served})
    unmet = {name: asked[name] for name in asked if name not in served} | late
    users = given(f"{option_id}.users", float(option.users), "person", market.source(("options", option_id, "users")))
    clock = derive(
        lambda n: n * HOURS_PER_MONTH * market.months_mask(np.zeros((1, 1))), users, name=f"{option_id}.session_hours",
        unit="accelerator-hour/month", formula="people × 730 h: one session each",
    )  # fmt: skip
    always = market.unit_figure(f"{option_id}.availability", np.ones((1, 1)), "fraction", "sessions start when asked")
    found = fixed.loads(option_id, card, market, here, served, with_idle=True)
    filled = fixed.fill(option_id, card, market, here, found, clock, always)
    lines = _lines(option_id, option, market, plan, units_each, users, filled.taken, card)
    lines += transfer.lines(option_id, option, (option.provider, "global"), market, filled.done, served)
    lines += overheads.lines(option_id, option, market, lines)
    hours = {
        name: Hours(card, spent.useful, spent.busy, spent.held, spent.held) for name, spent in filled.hours.items()
    }
    for name, more in filled.unmet.items():
        unmet[name] = derive(
            np.add, unmet[name], more, name=f"{option_id}.{name}.unmet", unit=more.unit, formula="late + above capacity"
        ) if name in unmet else more  # fmt: skip
    running = {name: float(option.users) for name in served}
    return Priced(tuple(lines), unmet, hours, tuple(served), tuple(warnings), lead, running)


def _age(market: Market, option: NotebookOption, plan: Row) -> list[Message]:
    """How old the prices of a plan are, when that is more than a year."""
    observed = as_date(plan["observed_on"])
    days = (market.as_of - observed).days if observed else None
    if days is not None and days <= STALE_DAYS["standard"]:
        return []
    what, date = f"{option.provider} {plan['plan']}", plan["observed_on"] or "?"
    return [Message("warning.stale", {"what": what, "days": "?" if days is None else days, "date": date})]


def _short_enough(
    option: NotebookOption, market: Market, plan: Row, card: str, names: list[str]
) -> tuple[list[str], list[Message]]:
    """Workloads whose runs end within a session or can be taken up again, and why the others do not."""
    limit = option.session_hours_max or plan.number("max_session_hours")
    kept, why = [], []
    for name in names:
        work = market.central.works[name]
        w = work.workload
        runs = w.when.runs * w.trials * w.folds
        hours = float(work.amount.value.max()) / runs / market.central.rate(name, card).per_hour.mean
        if limit is None or w.kind not in ("training", "experiments") or w.interruptible or hours <= limit:
            kept.append(name)
        else:
            facts = {"name": name, "hours": round(hours, 1), "limit": limit}
            why.append(Message("reason.session_too_long", facts))
    return kept, why


def _card(option_id: str, option: NotebookOption, market: Market) -> tuple[str, Figure]:
    """The card of a session and the units that an hour of it uses. Raises NotPriced with the cards at hand."""
    rows = [r for r in market.reference.folder.table("prices/notebook_units.csv") if r["provider"] == option.provider]
    cards = [row["accelerator"] for row in rows]
    if option.accelerator is None:
        raise NotPriced("reason.accelerator_wanted", close=cards, option=option_id)
    accelerator, ambiguous = market.reference.accelerator(option.accelerator)
    wanted = market.reference.family(option.accelerator) if ambiguous else [accelerator.id]
    for row in rows:
        if row["accelerator"] in wanted:
            name = f"units.{option.provider}.{row['accelerator']}"
            each = given(name, row.number("units_per_hour") or 0.0, "unit/accelerator-hour", row.source("price_row"))
            return row["accelerator"], each
    raise NotPriced("reason.notebook_units", close=cards, provider=option.provider, card=accelerator.id)


def _lines(
    option_id: str, option: NotebookOption, market: Market, plan: Row, units_each: Figure, users: Figure, used: Figure,
    card: str,
) -> list[CostLine]:  # fmt: skip
    """The fee of each person each month, and packs of units beyond those included, bought whole."""

    def money(column: str, per: str) -> Figure:
        leaf = given(
            f"{option_id}.{column}", plan.number(column) or 0.0, f"{plan['currency']}/{per}", plan.source("price_row")
        )
        return market.converted(leaf, plan["currency"], f"{market.currency}/{per}")

    def one(id: str, cost_type: str, quantity: Figure, unit_price: Figure, unit: str) -> CostLine:
        return cost_line(
            id, placed_on=option_id, cost_type=cost_type, charge_category="usage", pricing_category="other",
            quantity=quantity, unit_price=unit_price, pricing_unit=unit, currency=market.currency,
            provider=option.provider, region_id="global", sku_id=plan["plan"], accelerator=card,
            price_observed_on=plan["observed_on"],
        )  # fmt: skip

    months = market.months_mask(np.zeros((1, 1)))
    person_months = derive(
        lambda n: n * months, users, name=f"{option_id}.person_months", unit="person-month", formula="people × months"
    )
    pack, included = plan.number("extra_unit_pack") or 100.0, plan.number("units_included") or 0.0
    packs = derive(
        lambda h, u, n: np.ceil(np.round(np.maximum(h * u - n * included, 0.0) / pack, 9)), used, units_each, users,
        name=f"{option_id}.packs", unit="pack",
        formula=f"⌈(hours × units an hour − people × {included:g} included) / {pack:g}⌉",
    )  # fmt: skip
    unit_price = money("extra_unit_price", "unit")
    pack_price = derive(
        lambda p: p * pack, unit_price, name=f"{option_id}.pack_price", unit=f"{market.currency}/pack",
        formula=f"price of a unit × {pack:g}",
    )  # fmt: skip
    return [
        one("subscription", "subscription", person_months, money("fee_per_month", "person-month"), "person-month"),
        one("units", "compute", packs, pack_price, f"pack of {pack:g} units"),
    ]
