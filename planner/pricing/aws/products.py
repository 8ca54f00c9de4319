"""The Price List: on-demand and reserved prices, from GetProducts and from the bulk files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.pricing.nouns import Answer, Quote, ShapeChanged, as_number, member, positive, same_currency, word

OPERATION = "GetProducts"
TERM_HOURS = {"1yr": 8760.0, "3yr": 26280.0}
TERMS = {"1yr": ("reserved_1y", 12), "3yr": ("reserved_3y", 36)}
PAYMENTS = {"No Upfront": "monthly", "Partial Upfront": "partial_upfront", "All Upfront": "all_upfront"}
# What a plain rented machine is; an attribute that an old record lacks does not speak against it.
WANTED = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "capacitystatus": "Used",
    "preInstalledSw": "NA",
    "marketoption": "OnDemand",
    "locationType": "AWS Region",
}
COLUMNS = {
    "operatingSystem": "Operating System",
    "tenancy": "Tenancy",
    "capacitystatus": "CapacityStatus",
    "preInstalledSw": "Pre Installed S/W",
    "marketoption": "MarketOption",
    "locationType": "Location Type",
}


@dataclass(frozen=True)
class _Dimension:
    unit: str
    price: float
    currency: str


def price_list(answer: Answer) -> Iterator[Quote]:
    """Quotes of one page of GetProducts, whose records are JSON inside JSON. Raises ShapeChanged."""
    texts = member(answer.json(), "PriceList", OPERATION, list)
    for text in texts:
        try:
            item = json.loads(text) if isinstance(text, str) else text
        except ValueError:
            raise ShapeChanged.of_answer(OPERATION, "a record is not JSON") from None
        product = member(item, "product", OPERATION, dict)
        attributes = member(product, "attributes", OPERATION, dict)
        if product.get("productFamily", "Compute Instance").startswith("Compute Instance") and _is_wanted(attributes):
            yield from _record(item, attributes, str(product.get("sku", "")))


def _is_wanted(attributes: Mapping[str, str]) -> bool:
    if not attributes.get("instanceType"):
        return False
    return all(attributes.get(name, value) == value for name, value in WANTED.items())


def _record(item: Mapping[str, Any], attributes: Mapping[str, str], sku: str) -> Iterator[Quote]:
    terms = member(item, "terms", OPERATION, dict)
    instance, region = word(attributes["instanceType"], OPERATION), word(attributes.get("regionCode"), OPERATION)
    quote = Quote(
        "aws", instance, region, "on_demand", 0.0, "USD", f"AWS Price List API GetProducts, SKU {sku}",
        vcpus=as_number(attributes.get("vcpu"), OPERATION),
    )  # fmt: skip
    on_demand = list((terms.get("OnDemand") or {}).values())
    if on_demand:
        yield quote.but(unit_price=_hourly(on_demand, f"{instance} {region}"))
    for term in (terms.get("Reserved") or {}).values():
        attributes_of_term = term.get("termAttributes") or {}
        if attributes_of_term.get("OfferingClass", "standard") == "standard":
            yield _reserved(
                quote, _dimensions(term), attributes_of_term.get("LeaseContractLength"),
                attributes_of_term.get("PurchaseOption"),
            )  # fmt: skip


def _dimensions(term: Mapping[str, Any]) -> list[_Dimension]:
    found = []
    for dimension in member(term, "priceDimensions", OPERATION, dict).values():
        prices = member(dimension, "pricePerUnit", OPERATION, dict)
        if len(prices) != 1:
            raise ShapeChanged.of_answer(OPERATION, f"prices in {sorted(prices)}")
        ((currency, text),) = prices.items()
        price = as_number(text, OPERATION)
        if price is None:
            raise ShapeChanged.of_answer(OPERATION, "no price")
        unit = member(dimension, "unit", OPERATION, str)
        found.append(_Dimension(unit, price, same_currency(currency, "USD", OPERATION)))
    return found


def _hourly(terms: list[Mapping[str, Any]], what: str) -> float:
    """The one hourly price on demand. Raises ShapeChanged: none, several, or none above zero."""
    dimensions = [dimension for term in terms for dimension in _dimensions(term)]
    if len(dimensions) != 1 or dimensions[0].unit != "Hrs":
        raise ShapeChanged.of_answer(OPERATION, f"{len(dimensions)} prices on demand for {what}")
    return positive(dimensions[0].price, f"{OPERATION} {what}")


def _reserved(quote: Quote, dimensions: Iterable[_Dimension], length: object, option: object) -> Quote:
    """A commitment's hourly price with the part that is paid at once spread over the term."""
    if not (isinstance(length, str) and isinstance(option, str) and length in TERMS and option in PAYMENTS):
        raise ShapeChanged.of_answer(OPERATION, f"reserved {length!r} {option!r}")
    hourly = sum(d.price for d in dimensions if d.unit == "Hrs")
    upfront = sum(d.price for d in dimensions if d.unit == "Quantity")
    model, months = TERMS[length]
    price = positive(hourly + upfront / TERM_HOURS[length], OPERATION)
    note = f"{upfront:g} USD at once + {hourly:g} USD/h" if upfront else ""
    return quote.but(
        purchase_model=model, term_months=months, payment=PAYMENTS[option], unit_price=price, note=note,
    )  # fmt: skip


def bulk(answer: Answer) -> Iterator[Quote]:
    """Quotes of a bulk file: its header and the rows of instances that were kept while it came. Raises ShapeChanged."""
    operation = "bulk file"
    rows = csv.DictReader(io.StringIO(answer.body.decode("utf-8", errors="replace")))
    wanted = {
        "SKU",
        "OfferTermCode",
        "TermType",
        "Unit",
        "PricePerUnit",
        "Currency",
        "Instance Type",
        *COLUMNS.values(),
    }
    missing = wanted - set(rows.fieldnames or ())
    if missing:
        raise ShapeChanged.of_answer(operation, f"no column {sorted(missing)}")
    published = f"AWS bulk price file of {answer.facts.get('published', '')[:10]}"
    reserved: dict[tuple[str, str], tuple[Quote, list[_Dimension], str, str]] = {}
    for row in rows:
        if not row["Instance Type"] or any(row[COLUMNS[name]] != value for name, value in WANTED.items()):
            continue
        region = row.get("Region Code") or answer.facts.get("region", "")
        quote = Quote(
            "aws", row["Instance Type"], region, "on_demand", 0.0, "USD", f"{published}, SKU {row['SKU']}",
            vcpus=as_number(row.get("vCPU"), operation),
        )  # fmt: skip
        price = as_number(row["PricePerUnit"], operation)
        if price is None:
            raise ShapeChanged.of_answer(operation, "no price")
        dimension = _Dimension(row["Unit"], price, same_currency(row["Currency"], "USD", operation))
        if row["TermType"] == "OnDemand":
            if dimension.unit != "Hrs":
                raise ShapeChanged.of_answer(operation, f"unit {dimension.unit!r}")
            yield quote.but(unit_price=positive(price, operation))
        elif row["TermType"] == "Reserved" and row.get("OfferingClass") == "standard":
            key = (row["SKU"], row["OfferTermCode"])
            kept = reserved.setdefault(key, (quote, [], row["LeaseContractLength"], row["PurchaseOption"]))
            kept[1].append(dimension)
    for quote, dimensions, length, option in reserved.values():
        yield _reserved(quote, dimensions, length, option)
