"""Akash: what providers of its market ask for a card, as the console sums it up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import (
    Answer,
    PriceSource,
    Quote,
    Reading,
    Trouble,
    as_number,
    member,
    positive,
    records,
    same_currency,
)
from planner.pricing.wire import Wire, reason_of

OPERATION = "gpu-prices"
MIB_PER_GIB = 1024.0


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """One answer, public."""
    try:
        yield Answer(OPERATION, wire.get("/v1/gpu-prices"))
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """The lowest and the median ask of each card; a card without bids has none. Raises ShapeChanged."""
    return Reading([quote for answer in answers for quote in _quotes(answer)])


def _quotes(answer: Answer) -> Iterator[Quote]:
    for model in records(member(answer.json(), "models", OPERATION), OPERATION):
        price = model.get("price")
        if price is None:
            continue
        currency = same_currency(member(price, "currency", OPERATION, str), "USD", OPERATION)
        name, bus = member(model, "model", OPERATION, str), str(model.get("interface") or "")
        asked = f"{name} {bus}".strip()
        free = (model.get("availability") or {}).get("available")
        for statistic, field in (("lowest", "min"), ("median", "med")):
            yield Quote(
                "akash", asked, "", "marketplace", positive(price.get(field), OPERATION), currency,
                "Akash console API gpu-prices", accelerator=asked, accelerator_count=1.0,
                memory_gib=_gib(model.get("ram")), statistic=statistic,
                note=f"{statistic} ask per card; {free} free now",
                flag="no_capacity_now" if free == 0 else "",
            )  # fmt: skip


def _gib(text: object) -> float | None:
    """Memory in MiB, or in gibibytes with its unit."""
    if isinstance(text, str) and text.endswith("Gi"):
        return as_number(text[:-2], OPERATION)
    mib = as_number(text, OPERATION)
    return mib / MIB_PER_GIB if mib else None


SOURCE = PriceSource(id="akash", title="Akash", url="https://console-api.akash.network", fetch=fetch, parse=parse)
