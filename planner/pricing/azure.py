"""Microsoft Azure: the public Retail Prices API (on demand, spot, reservations, savings plans)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from planner.errors import Message
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import (
    Answer,
    PriceSource,
    Quote,
    Reading,
    ShapeChanged,
    Trouble,
    as_number,
    member,
    positive,
    records,
    same_currency,
    word,
)
from planner.pricing.wire import PAGES, Wire, reason_of

OPERATION = "retail prices"
VERSION = "2023-01-01-preview"  # the version whose answers carry savings plans
PATH = "/api/retail/prices"
ACCELERATED = "Standard_N"
HOURS = {"1 Year": 8760.0, "3 Years": 26280.0, "5 Years": 43800.0}
RESERVED = {"1 Year": ("reserved_1y", 12), "3 Years": ("reserved_3y", 36)}
SAVINGS = {"1 Year": ("savings_plan_1y", 12), "3 Years": ("savings_plan_3y", 36)}
# Machines that are not a plain rented Linux one, by a word of the product's name.
OTHER_PRODUCTS = ("windows", "dedicated", "cloud services", "cloudservices")


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """Pages of all machines with accelerators: sizes whose name begins with N."""
    text = f"serviceName eq 'Virtual Machines' and contains(armSkuName, '{ACCELERATED}')"
    for region in wire.regions or [""]:
        try:
            yield from _pages(wire, f"{text} and armRegionName eq '{region}'" if region else text)
        except httpx.HTTPError as error:
            yield Trouble(reason_of(error, wire))
            return


def _pages(wire: Wire, text: str) -> Iterator[Answer]:
    params: Mapping[str, str] | None = {"api-version": VERSION, "currencyCode": "'USD'", "$filter": text}
    path = PATH
    for _ in range(PAGES):
        answer = Answer(OPERATION, wire.get(path, params=params))
        yield answer
        link = answer.json().get("NextPageLink") if isinstance(answer.json(), dict) else None
        if not link:
            return
        parts = urlsplit(str(link))  # the server stays the one that was configured, whatever the link names
        path, params = f"{parts.path}?{parts.query}", None


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """Quotes of all pages. Raises ShapeChanged."""
    quotes: list[Quote] = []
    for answer in answers:
        document = answer.json()
        same_currency(member(document, "BillingCurrency", OPERATION, str), "USD", OPERATION)
        for item in records(member(document, "Items", OPERATION), OPERATION):
            quotes += _quotes(item)
    unnamed = {
        quote.instance_type
        for quote in quotes
        if quote.instance_type.startswith(ACCELERATED) and catalogue.machine("azure", quote.instance_type) is None
    }
    notes = []
    if unnamed:
        facts = {"count": len(unnamed), "names": ", ".join(sorted(unnamed)[:6])}
        notes.append(Message("pricing.unknown_machines", facts))
    return Reading(quotes, notes=notes)


def _quotes(item: Mapping[str, Any]) -> Iterator[Quote]:
    same_currency(item.get("currencyCode", "USD"), "USD", OPERATION)
    instance = item.get("armSkuName")
    kind = member(item, "type", OPERATION, str)
    product = str(item.get("productName") or "").lower()
    meter = f"{item.get('meterName') or ''} {item.get('skuName') or ''}".lower()
    if not instance or kind == "DevTestConsumption" or "low priority" in meter:
        return
    if any(word in product for word in OTHER_PRODUCTS):
        return
    if item.get("isPrimaryMeterRegion") is False:  # shown again under a second region of the same meter
        return
    if item.get("unitOfMeasure", "1 Hour") != "1 Hour":
        raise ShapeChanged.of_answer(OPERATION, f"unit {item.get('unitOfMeasure')!r}")
    meter_id = item.get("meterId")
    source = "Azure Retail Prices API" + (f", meter {meter_id}" if meter_id else "")
    quote = Quote("azure", str(instance), word(item.get("armRegionName"), OPERATION), "on_demand", 0.0, "USD", source)
    if kind == "Reservation":
        term = member(item, "reservationTerm", OPERATION, str)
        if term not in HOURS:
            raise ShapeChanged.of_answer(OPERATION, f"term {term!r}")
        if term in RESERVED:  # the unit says an hour, the price is of the whole term
            total = positive(item.get("retailPrice"), OPERATION)
            model, months = RESERVED[term]
            yield quote.but(
                purchase_model=model, term_months=months, unit_price=total / HOURS[term],
                note=f"reservation of {total:g} USD for {term.lower()}, per hour of the term",
            )  # fmt: skip
        return
    if kind != "Consumption":
        raise ShapeChanged.of_answer(OPERATION, f"type {kind!r}")
    spot = re.search(r"\bspot\b", meter) is not None
    price = as_number(item.get("retailPrice"), OPERATION)
    if price:  # zero is no price; below zero is refused
        yield quote.but(purchase_model="spot" if spot else "on_demand", unit_price=positive(price, OPERATION))
    for plan in records(item.get("savingsPlan") or [], OPERATION):
        term = member(plan, "term", OPERATION, str)
        if not spot and term in SAVINGS:
            model, months = SAVINGS[term]
            hourly = positive(plan.get("retailPrice", plan.get("unitPrice")), OPERATION)
            yield quote.but(purchase_model=model, term_months=months, payment="monthly", unit_price=hourly)


SOURCE = PriceSource(id="azure", title="Microsoft Azure", url="https://prices.azure.com", fetch=fetch, parse=parse)
