"""Tokens bought from a service that runs the model: the whole bill of a request, input, cached input and output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planner.demand import Asked, Priced
from planner.errors import Infeasible, Message, NotPriced
from planner.figure import Figure, derive, given, product
from planner.ledger import CostLine, cost_line
from planner.prices import as_date
from planner.scenario.options import ApiTokensOption
from planner.scenario.work import Workload
from planner.supply import overheads
from planner.supply.market import Market
from planner.supply.renting import after_lead
from planner.supply.rules import check_country, split_by_rule
from planner.tables import Row
from planner.uncertainty import Estimate
from planner.units import close_matches

STALE_DAYS = 180  # list prices of tokens are changed several times a year
MILLION = 1e6


@dataclass(frozen=True)
class Part:
    """One of the three prices of a request: column of the table, the same in a batch, own price in the option."""

    name: str
    column: str
    batch_column: str
    own: str


PARTS = (
    Part("input", "usd_per_m_input", "usd_per_m_input_batch", "input_price_per_million"),
    Part("cached_input", "usd_per_m_cached_input", "", "cached_price_per_million"),
    Part("output", "usd_per_m_output", "usd_per_m_output_batch", "output_price_per_million"),
)


def price(option_id: str, option: ApiTokensOption, market: Market, asked: Asked) -> Priced:
    """Lines of bought tokens for what is asked. Raises NotPriced or Infeasible with the reason."""
    served, left, warnings = split_by_rule(market, option_id, option, list(asked))
    lead, here, late = after_lead(option_id, option, market, {name: asked[name] for name in served})
    lines: list[CostLine] = []
    problem: NotPriced | Infeasible | None = None
    kept = []
    for name in served:
        try:
            found, notes = _of_workload(option_id, option, market, name, here[name])
        except (NotPriced, Infeasible) as error:
            problem = problem or error
            left.append(name)
            warnings.append(error.message())
            continue
        lines, warnings = [*lines, *found], [*warnings, *notes]
        kept.append(name)
    if problem is not None and not kept:
        raise problem
    if kept:
        lines += overheads.lines(option_id, option, market, lines)
    unmet = {name: asked[name] for name in left} | {name: late[name] for name in kept if name in late}
    return Priced(tuple(lines), unmet, {}, tuple(kept), tuple(warnings), lead)


def _of_workload(
    option_id: str, option: ApiTokensOption, market: Market, name: str, work: Figure
) -> tuple[list[CostLine], list[Message]]:
    workload = market.works[name].workload
    check_country(market, workload, None, option.provider)
    batch = option.batch and workload.kind == "batch_inference"
    counted = _tokens(market, name, work)

    def bill(row: Row) -> float:
        return sum((_listed(row, part, batch) or 0.0) * float(tokens.value.mean()) for part, tokens in counted)

    row = _row(option, market, workload, bill)
    lines = []
    for part, tokens in counted:
        quantity = derive(
            lambda t: t / MILLION, tokens, name=f"{option_id}.{name}.{part.name}_tokens", unit="10^6 token/month",
            formula="tokens / 10^6",
        )  # fmt: skip
        unit_price = _price(option_id, option, market, part, row, batch)
        lines.append(
            cost_line(
                f"{part.name}.{name}", placed_on=option_id, cost_type="tokens", charge_category="usage",
                pricing_category="standard", quantity=quantity, unit_price=unit_price, pricing_unit="10^6 token",
                currency=market.currency, workload=name, provider=option.provider, region_id="global",
                sku_id=row["api_model"] if row else option.api_model,
                price_observed_on=row["observed_on"] if row else None,
            )
        )  # fmt: skip
    return lines, _notes(market, row)


def _tokens(market: Market, name: str, work: Figure) -> list[tuple[Part, Figure]]:
    """Tokens of each kind by month. Raises NotPriced when the lengths of a request are not known."""
    index, workload = market.works[name].index, market.works[name].workload
    terms = workload.serving
    if terms is None or terms.prompt_tokens is None or terms.answer_tokens is None:
        raise NotPriced("reason.token_lengths", name=name)

    def leaf(field: str, estimate: Estimate, unit: str) -> Figure:
        return market.input(f"{name}.serving.{field}", estimate, unit, ("workloads", index, "serving", field))

    prompt = leaf("prompt_tokens", terms.prompt_tokens, "token/request")
    answer = leaf("answer_tokens", terms.answer_tokens, "token/request")
    cached = given(
        f"{name}.cached_fraction", terms.cached_fraction or 0.0, "fraction",
        market.source(("workloads", index, "serving", "cached_fraction")),
    )  # fmt: skip
    fresh = derive(lambda c: 1 - c, cached, name=f"{name}.fresh_fraction", unit="fraction", formula="1 − cached")
    unit = "token/month"
    out = [(PARTS[0], product(work, prompt, fresh, name=f"{name}.input", unit=unit))]
    if terms.cached_fraction:
        out.append((PARTS[1], product(work, prompt, cached, name=f"{name}.cached_input", unit=unit)))
    return [*out, (PARTS[2], product(work, answer, name=f"{name}.output", unit=unit))]


def _row(option: ApiTokensOption, market: Market, workload: Workload, bill: Callable[[Row], float]) -> Row | None:
    """The seller's row of the model with the lowest whole bill; None when all prices are the user's.

    Raises NotPriced with near models.
    """
    if option.input_price_per_million is not None and option.output_price_per_million is not None:
        return None
    rows = market.reference.token_seller(option.provider)
    usable = [r for r in rows if r["usd_per_m_input"] and "suspect" not in r["flag"] and not _retired(r, market)]
    if option.api_model is not None:
        found = [r for r in usable if r["api_model"].lower() == option.api_model.lower()]
        wanted = option.api_model
    elif workload.model is not None:
        wanted = market.reference.model(workload.model)["id"]
        found = [r for r in usable if r["model"] == wanted and r["usd_per_m_output"]]
    else:
        raise NotPriced("reason.api_model_wanted", name=workload.id)
    if not found:
        known = sorted({r["api_model"] for r in usable})
        close = close_matches(wanted, known, 5)
        raise NotPriced("reason.no_token_price", close=close, provider=option.provider, model=wanted)
    return min(found, key=lambda r: (bill(r), r["retires"] != "", r["api_model"]))


def _retired(row: Row, market: Market) -> bool:
    day = as_date(row["retires"]) if row["retires"] else None
    begins = as_date(market.scenario.horizon.start)
    return day is not None and (day <= market.as_of or (begins is not None and day <= begins))


def _price(option_id: str, option: ApiTokensOption, market: Market, part: Part, row: Row | None, batch: bool) -> Figure:
    """Price per million tokens in the reporting currency."""
    own = getattr(option, part.own)
    if own is None and row is None and part.name == "cached_input":
        own = option.input_price_per_million
    if own is not None:
        return market.levelled(market.money(option_id, part.own, own, "/10^6 token"), option.provider)
    assert row is not None
    listed = _listed(row, part, batch)
    if listed is None:
        raise NotPriced("reason.no_token_price", provider=option.provider, model=row["api_model"])
    leaf = given(f"{option_id}.{part.name}.list_unit_price", listed, "USD/10^6 token", row.source("price_row"))
    return market.levelled(market.converted(leaf, "USD", f"{market.currency}/10^6 token"), option.provider)


def _listed(row: Row, part: Part, batch: bool) -> float | None:
    """Published price per million tokens; cached input without a price is paid as input."""
    column = part.batch_column if batch and part.batch_column and row[part.batch_column] else part.column
    listed = row.number(column)
    return row.number(PARTS[0].column) if listed is None and part.name == "cached_input" else listed


def _notes(market: Market, row: Row | None) -> list[Message]:
    """Age of the price, and that the model's quality and life are the seller's affair."""
    if row is None:
        return []
    out = []
    observed = as_date(row["observed_on"])
    days = (market.as_of - observed).days if observed else None
    if days is None or days > STALE_DAYS:
        facts = {"what": row["api_model"], "days": days if days is not None else "?", "date": row["observed_on"] or "?"}
        out.append(Message("warning.stale", facts))
    if row["retires"]:
        out.append(Message("warning.retires", {"what": row["api_model"], "date": row["retires"]}))
    return out
