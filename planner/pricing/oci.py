"""Oracle Cloud: the public price list; a shape costs its accelerators, the host is in their price."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx

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
    records,
)
from planner.pricing.wire import PAGES, Wire, reason_of

OPERATION = "products"
PATH = "/pls/apex/cetools/api/v1/products/"
METRIC = "GPU Per Hour"
# What the names of the oldest parts mean (Oracle's shape documentation: BM.GPU2, BM.GPU3, BM.GPU4).
OLD_NAMES = {"Standard X7": "P100", "Standard V2": "V100-SXM-16GB", "E3": "A100-SXM-40GB", "A100 v2": "A100-SXM-80GB"}


@dataclass(frozen=True)
class Part:
    """One part of the price list. unit_price: pay as you go, per unit of its metric."""

    number: str
    name: str
    metric: str
    unit_price: float


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """All pages of the list in US dollars."""
    params = {"currencyCode": "USD"}
    path = PATH
    try:
        for page in range(PAGES):
            answer = Answer(OPERATION, wire.get(path, params=params))
            yield answer
            document = answer.json()
            if not (isinstance(document, dict) and document.get("hasMore")):
                return
            params = {"currencyCode": "USD", "offset": str((page + 1) * len(document.get("items") or [1]))}
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def parts(answer: Answer) -> Iterator[Part]:
    """Parts with a pay-as-you-go price; several tiers of one part, or another currency, are refused."""
    for item in records(member(answer.json(), "items", OPERATION), OPERATION):
        for local in records(item.get("currencyCodeLocalizations") or [], OPERATION):
            if local.get("currencyCode") != "USD":
                continue
            tiers = records(local.get("prices") or [], OPERATION)
            prices = [price for price in tiers if price.get("model") == "PAY_AS_YOU_GO"]
            values = {as_number(price.get("value"), OPERATION) for price in prices}
            metric = str(item.get("metricName") or "")
            if metric == METRIC and len(values) > 1:
                raise ShapeChanged.of_answer(OPERATION, f"{len(values)} prices of {item.get('partNumber')}")
            for value in values:
                if value is not None and value < 0:
                    raise ShapeChanged.of_answer(OPERATION, f"price {value}")
                if value:
                    name = " ".join(str(item.get("displayName") or "").split())
                    yield Part(member(item, "partNumber", OPERATION, str), name, metric, value)


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """A quote for each shape whose accelerator has a price: on demand, one for all regions. Raises ShapeChanged."""
    shapes = catalogue.instances("oci")
    quotes: list[Quote] = []
    for part in (part for answer in answers for part in parts(answer) if part.metric == METRIC):
        card = _card(part.name)
        named = OLD_NAMES.get(card) or ((found := catalogue.name(card, "oci")) and found.accelerator)
        source = f"Oracle Cloud price list, part {part.number}"
        one = Quote(
            "oci", f"GPU {card}", "", "on_demand", part.unit_price, "USD", source,
            accelerator=named or card, accelerator_count=1.0, linked=8.0, note="price of one accelerator of a shape",
        )  # fmt: skip
        counts = {shape.instance_type: shape.accelerator_count for shape in shapes if shape.accelerator == named}
        quotes += [
            one.but(instance_type=shape, unit_price=part.unit_price * count, accelerator_count=count, note="")
            for shape, count in counts.items()
        ] or [one]
    return Reading(quotes)


def _card(name: str) -> str:
    """The accelerator in a part's name.

    >>> _card("Compute - GPU - A10"), _card("Oracle Cloud Infrastructure - Compute - GPU - H100")
    ('A10', 'H100')
    >>> _card("Compute - GPU - A100 - v2"), _card("Compute - Bare Metal GPU Standard - X7")
    ('A100 v2', 'Standard X7')
    """
    return " ".join(re.sub(r"^.*?\bGPU\b", "", name).replace("-", " ").split())


SOURCE = PriceSource(id="oci", title="Oracle Cloud", url="https://apexapps.oracle.com", fetch=fetch, parse=parse)
