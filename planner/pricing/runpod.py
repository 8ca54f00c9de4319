"""RunPod: prices of its secure and community clouds, through GraphQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from planner.errors import PriceError
from planner.offer_rows import join_flags
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Answer, PriceSource, Quote, Reading, ShapeChanged, Trouble, as_number, member, records
from planner.pricing.wire import Wire, reason_of

OPERATION = "gpuTypes"
QUERY = (
    "query { gpuTypes { id displayName memoryInGb secureCloud communityCloud securePrice communityPrice "
    "secureSpotPrice communitySpotPrice oneMonthPrice threeMonthPrice sixMonthPrice "
    "lowestPrice(input: {gpuCount: 1}) { uninterruptablePrice minimumBidPrice } } }"
)
# Field of a price, the cloud it is sold in, how it is bought, its term.
PRICES = (
    ("securePrice", "secureCloud", "on_demand", None),
    ("communityPrice", "communityCloud", "marketplace", None),
    ("secureSpotPrice", "secureCloud", "spot", None),
    ("communitySpotPrice", "communityCloud", "spot", None),
    ("sixMonthPrice", "secureCloud", "reserved_6m", 6),
)
BOARD = 8.0  # cards of one machine


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """One answer; the key travels in a header, never in the address."""
    key = wire.secret("RUNPOD_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        yield Answer(OPERATION, wire.post("/graphql", json={"query": QUERY}, headers=headers))
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """A quote per card, cloud and way of buying. Raises ShapeChanged, or PriceError with what GraphQL says."""
    quotes: list[Quote] = []
    for answer in answers:
        document = answer.json()
        if isinstance(document, dict) and document.get("errors") and not document.get("data"):
            problem = str(document["errors"][0].get("message", ""))[:200]
            raise PriceError("pricing.problem", host="RunPod", problem=problem)
        data = member(document, "data", OPERATION, dict)
        for card in records(member(data, OPERATION, OPERATION), OPERATION):
            quotes += _quotes(card)
    return Reading(quotes)


def _quotes(card: Mapping[str, Any]) -> Iterator[Quote]:
    """Null and 0 are no prices. A price in a cloud that does not have the card is listed and never serves."""
    name = member(card, "id", OPERATION, str)
    memory = as_number(card.get("memoryInGb"), OPERATION)
    lowest = card.get("lowestPrice")
    full = isinstance(lowest, dict) and lowest.get("uninterruptablePrice") is None
    for field, cloud, model, months in PRICES:
        price = as_number(card.get(field), OPERATION)
        if price is not None and price < 0:
            raise ShapeChanged.of_answer(OPERATION, f"{field} {price}")
        sold = card.get(cloud) is True
        if not price or (not sold and field == "communityPrice"):  # such a price is a placeholder
            continue
        where = "secure" if cloud == "secureCloud" else "community"
        yield Quote(
            "runpod", f"{name} ({where})", "", model, price, "USD", "RunPod GraphQL gpuTypes", accelerator=name,
            accelerator_count=1.0, memory_gib=memory, term_months=months, linked=BOARD,
            payment="all_upfront" if months else "", note=f"{where} cloud, price of one card",
            flag=join_flags(
                "" if sold else "not_available_there", "no_capacity_now" if full and model != "reserved_6m" else ""
            ),
        )  # fmt: skip


SOURCE = PriceSource(id="runpod", title="RunPod", url="https://api.runpod.io", fetch=fetch, parse=parse)
