"""Prices that the user brings: a quotation, a negotiated rate, a token price, the terms of an academic programme.

They come from a YAML file, are checked like a scenario (file, line, what to do) and join the store as the source
``own``: they stand before any published price of the same thing until they are rolled back or quoted anew.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from planner.document import Document, read_document, read_file
from planner.document.refusals import refusal_of
from planner.errors import PlannerError, ScenarioError
from planner.layers import key_of
from planner.offer_rows import CATEGORIES, TERMS, OfferRow
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Quote
from planner.pricing.rows import number, offer_rows
from planner.scenario.base import Date, Identifier, Noun, field
from planner.units import CURRENCIES, HOURS_PER_YEAR, close_matches

TOKENS, PROGRAMMES = "prices/token_prices.csv", "reference/academic_programmes.csv"
MONTHS = 12
Positive = Annotated[float, Field(gt=0, lt=1e7)]
Kind = Literal["hyperscaler", "neocloud", "marketplace", "managed"]
PurchaseModel = Literal[
    "on_demand", "spot", "marketplace", "flex_start", "capacity_block", "reserved_6m", "reserved_1y", "reserved_3y",
    "savings_plan_1y", "savings_plan_3y",
]  # fmt: skip
assert set(PurchaseModel.__args__) <= set(CATEGORIES)  # type: ignore[attr-defined]


class OfferQuote(Noun):
    """What one instance costs for an hour."""

    provider: Identifier = field("", "who sells: aws, ovhcloud, or a name of your own", ...)
    provider_name: str = field("", "name in full", "")
    provider_kind: Kind = field("", "what kind of seller; of a known provider its own", "neocloud")
    instance: str = field("", "instance type, or 8x H100", ..., min_length=1, max_length=120)
    region: str = field("", "region of the provider; nothing: all", "", max_length=80)
    accelerator: str = field("", "accelerator: planner accelerators lists the names", ..., min_length=1)
    count: Positive = field("accelerator", "accelerators of the instance; 0.5 is half a card", ...)
    linked: Positive | None = field("accelerator", "accelerators joined by a fast network")
    vcpus: Positive | None = field("vCPU", "virtual processors")
    memory_gib: Positive | None = field("GiB", "memory of the host")
    price_per_hour: float = field("currency/instance-hour", "price of the whole instance", ..., ge=0, lt=1e7)
    upfront: float = field("currency", "paid at the start of the term, for one instance", 0.0, ge=0, lt=1e10)
    currency: str = field("ISO 4217", "currency of the price", ..., pattern=r"^[A-Z]{3}$")
    purchase_model: PurchaseModel = field("", "how it is bought", "on_demand")
    term_months: Annotated[int, Field(ge=1, le=120)] | None = field("month", "length of the commitment")
    payment: Literal["no_upfront", "partial_upfront", "all_upfront", "monthly"] | None = field("", "when it is paid")
    date: Date = field("YYYY-MM-DD", "day of the quotation", ...)
    valid_until: Date | None = field("YYYY-MM-DD", "last day on which the quotation holds")
    source: str = field(
        "", "where it stands: number of the quotation, mail, address", ..., min_length=3, max_length=400
    )
    note: str = field("", "anything to remember", "", max_length=400)

    @model_validator(mode="after")
    def _term_pays_upfront(self) -> Self:
        if self.upfront and not self.months:
            raise ValueError("own.upfront_without_term")
        if not self.price_per_hour and not self.upfront:
            raise ValueError("own.no_price")
        return self

    @property
    def months(self) -> int | None:
        """Length of the commitment: what is written, else that of the way of buying."""
        known = TERMS.get(self.purchase_model)
        return self.term_months or (int(known) if known else None)

    @property
    def hourly(self) -> float:
        """Price of an hour with its share of what is paid at the start [currency/instance-hour]."""
        months = self.months
        return self.price_per_hour + (self.upfront / (HOURS_PER_YEAR / MONTHS * months) if months else 0.0)


class TokenQuote(Noun):
    """What an interface charges for a million tokens, in US dollars."""

    provider: Identifier = field("", "who sells", ...)
    api_model: str = field("", "name of the model in the interface", ..., min_length=1, max_length=200)
    model: str = field("", "model of the register that it is; planner models lists them", "")
    usd_per_m_input: Positive = field("USD/Mtoken", "a million tokens in", ...)
    usd_per_m_output: Positive | None = field("USD/Mtoken", "a million tokens out")
    usd_per_m_cached_input: Positive | None = field("USD/Mtoken", "a million tokens read from the cache")
    context_window: Positive | None = field("token", "longest input")
    date: Date = field("YYYY-MM-DD", "day of the price", ...)
    source: str = field("", "where it stands", ..., min_length=3, max_length=400)


class OwnQuotes(Noun):
    """The file: at least one of its lists."""

    offers: list[OfferQuote] = field("", "instances by the hour", [])
    token_prices: list[TokenQuote] = field("", "interfaces by the token", [])
    academic_programmes: list[dict[str, Any]] = field("", "rows of the table of programmes, by programme_id", [])

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if not (self.offers or self.token_prices or self.academic_programmes):
            raise ValueError("own.nothing")
        return self


def read_own_quotes(path: str | Path, catalogue: Catalogue, today: dt.date) -> dict[str, list[dict[str, str]]]:
    """Rows of the price tables from a file of quotations. Raises ScenarioError or PriceError with ``file:line``."""
    return own_rows(read_document(read_file(path), str(path)), catalogue, today)


def own_rows(document: Document, catalogue: Catalogue, today: dt.date) -> dict[str, list[dict[str, str]]]:
    """Rows of the price tables, by table. Raises ScenarioError or PriceError with the line."""
    try:
        quotes = OwnQuotes.model_validate(document.data)
    except ValidationError as error:
        raise refusal_of(error, document, OwnQuotes) from None
    tables: dict[str, list[dict[str, str]]] = {}
    seen: dict[tuple[str, tuple[str, ...]], tuple[str | int, ...]] = {}

    def add(path: tuple[str | int, ...], day: object, rows: Callable[[], Mapping[str, Sequence[Any]]]) -> None:
        if day and str(day) > today.isoformat():
            where = document.where((*path, "date"))
            raise ScenarioError("own.future", where=where, name="date", date=str(day), today=today.isoformat())
        try:
            for table, found in rows().items():
                for row in found:
                    key = (table, key_of(table, row))
                    if key in seen:
                        raise ScenarioError("own.twice", first=document.where(seen[key]).line)
                    seen[key] = path
                tables.setdefault(table, []).extend(found)
        except PlannerError as error:
            raise error.at(document.where(path)) from None

    for i, offer in enumerate(quotes.offers):
        add(("offers", i), offer.date, lambda offer=offer: _offer(offer, catalogue, today))  # type: ignore[misc]
    for i, token in enumerate(quotes.token_prices):
        add(("token_prices", i), token.date, lambda token=token: {TOKENS: [_token(token, catalogue)]})  # type: ignore[misc]
    for i, cells in enumerate(quotes.academic_programmes):
        add(
            ("academic_programmes", i),
            cells.get("observed_on") if re.fullmatch(r"\d{4}-\d\d-\d\d", str(cells.get("observed_on"))) else None,
            lambda cells=cells: {PROGRAMMES: [_programme(cells, catalogue)]},  # type: ignore[misc]
        )
    return tables


def _offer(offer: OfferQuote, catalogue: Catalogue, today: dt.date) -> Mapping[str, Sequence[OfferRow]]:
    _known_currency(offer.currency)
    if offer.valid_until and offer.valid_until < today.isoformat():
        raise ScenarioError("own.expired", date=offer.valid_until, today=today.isoformat())
    named = catalogue.name(offer.accelerator, offer.provider)
    if named is None:
        near = close_matches(offer.accelerator, list(catalogue.reference.accelerators))
        raise ScenarioError("own.unknown_accelerator", close=near, name=offer.accelerator)
    upfront = f"; {offer.upfront:g} {offer.currency} at the start in the hourly price" if offer.upfront else ""
    until = f"; holds until {offer.valid_until}" if offer.valid_until else ""
    months = offer.months
    quote = Quote(
        offer.provider, offer.instance, offer.region, offer.purchase_model, offer.hourly, offer.currency, offer.source,
        accelerator=named.accelerator, accelerator_count=offer.count, term_months=months,
        payment=offer.payment or "", vcpus=offer.vcpus, host_memory_gib=offer.memory_gib, linked=offer.linked,
        note=f"own quotation{upfront}{until}" + (f"; {offer.note}" if offer.note else ""), observed_on=offer.date,
    )  # fmt: skip
    tables, _ = offer_rows([quote], catalogue, today)
    for rows in tables.values():
        for row in rows:
            row["accelerator"], row["accelerator_count"] = named.accelerator, number(offer.count)
            row["valid_until"] = offer.valid_until or ""
            if not catalogue.provider_cells(offer.provider):
                row["provider_name"] = offer.provider_name or offer.provider
                row["provider_kind"] = offer.provider_kind
    return tables


def _token(token: TokenQuote, catalogue: Catalogue) -> dict[str, str]:
    reference = catalogue.reference
    found = reference.model(token.model) if token.model else reference.find_model(token.api_model.split("/")[-1])
    return {
        "provider": token.provider,
        "api_model": token.api_model,
        "model": found["id"] if found else "",
        "kind": "chat",
        "usd_per_m_input": number(token.usd_per_m_input),
        "usd_per_m_output": number(token.usd_per_m_output),
        "usd_per_m_cached_input": number(token.usd_per_m_cached_input),
        "context_window": number(token.context_window),
        "price_table": "own",
        "observed_on": token.date,
        "source": token.source,
    }


def _programme(cells: Mapping[str, Any], catalogue: Catalogue) -> dict[str, str]:
    """A programme's row: what is known of it with what the file says instead; a new one must say what it is."""
    rows = catalogue.reference.folder.table(PROGRAMMES)
    columns = list(rows[0].cells)
    for name in cells:
        if name not in columns:
            raise ScenarioError(
                "scenario.unknown_key", close=close_matches(name, columns) or columns, name=name, others=0
            )
    known = next((row.cells for row in rows if row["programme_id"] == cells.get("programme_id")), None)
    needed = ["programme_id", "source", "observed_on"]
    if known is None:
        needed += ["programme", "country", "commercial_use", "kind", "allocation_unit"]
    for name in needed:
        if not cells.get(name):
            raise ScenarioError("scenario.missing_key", name=name, others=0)
    _check_day(str(cells["observed_on"]))
    numeric = {name for name in columns if all(_is_number(row[name]) for row in rows if row[name])}
    for name, value in cells.items():
        if isinstance(value, list | dict):
            raise ScenarioError("scenario.not_text", name=name, given=str(value)[:60], details="")
        if name in numeric and value is not None and not isinstance(value, int | float):
            raise ScenarioError("scenario.not_a_number", name=name, given=str(value)[:60], details="")
        if name == "currency" and value:
            _known_currency(str(value))
    written = {name: number(v) if isinstance(v, int | float) else str(v) for name, v in cells.items() if v is not None}
    return dict.fromkeys(columns, "") | dict(known or {}) | {"flag": ""} | written


def _check_day(text: str) -> None:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError("scenario.no_such_day", name="observed_on", details=text, given=text) from None


def _known_currency(name: str) -> None:
    if name not in CURRENCIES:
        valid = ", ".join(CURRENCIES)
        near = close_matches(name, CURRENCIES)
        raise ScenarioError("scenario.not_in_list", close=near, name="currency", given=name, valid=valid)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
