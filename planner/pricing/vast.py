"""Vast.ai: offers of single hosts, gathered into the lowest and the median of each card, count and country."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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
    word,
)
from planner.pricing.wire import Wire, reason_of

OPERATION = "bundles"
PATH = "/api/v0/bundles/"
LIMIT = 3000  # offers of one answer, the most that the server gives
DISK_GB = 10  # storage in the price of every offer that is asked for
MIB_PER_GIB = 1024.0


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """One answer of verified hosts that can be rented now, one of what bids may begin at."""
    key = wire.secret("VAST_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    question = {
        "verified": {"eq": True}, "rentable": {"eq": True}, "rented": {"eq": False}, "type": "on-demand",
        "allocated_storage": DISK_GB, "order": [["dph_total", "asc"]], "limit": LIMIT,
    }  # fmt: skip
    try:
        yield Answer(OPERATION, wire.post(PATH, json=question, headers=headers))
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """A quote for each host's offer, and one for the bid at which it may be taken away. Raises ShapeChanged."""
    quotes: list[Quote] = []
    for answer in answers:
        for offer in records(member(answer.json(), "offers", OPERATION), OPERATION):
            quotes += _quotes(offer)
    return Reading(quotes)


def _quotes(offer: Mapping[str, Any]) -> Iterator[Quote]:
    """The price is of the whole offer and holds the storage asked for: it is read, never built anew."""
    if offer.get("rentable") is False or offer.get("rented") is True:
        return
    count = as_number(member(offer, "num_gpus", OPERATION), OPERATION)
    price = as_number(offer.get("dph_total", offer.get("discounted_dph_total")), OPERATION)
    if not count or count < 0:
        raise ShapeChanged.of_answer(OPERATION, f"{count} GPUs")
    if price is None:
        raise ShapeChanged.of_answer(OPERATION, "no dph_total")
    if price <= 0:
        return
    cores, effective = (
        as_number(offer.get("cpu_cores"), OPERATION),
        as_number(offer.get("cpu_cores_effective"), OPERATION),
    )
    share = effective / cores if cores and effective else 1.0
    ram = as_number(offer.get("cpu_ram"), OPERATION)
    memory = as_number(offer.get("gpu_ram"), OPERATION)
    reliability = as_number(offer.get("reliability2", offer.get("reliability")), OPERATION)
    place = country(word(offer.get("geolocation"), OPERATION))
    quote = Quote(
        "vast", str(offer.get("id", offer.get("ask_contract_id", ""))),
        place, "marketplace", price, "USD", "Vast.ai search of offers (bundles)",
        accelerator=member(offer, "gpu_name", OPERATION, str), accelerator_count=count,
        memory_gib=memory / MIB_PER_GIB if memory else None, vcpus=effective,
        host_memory_gib=round(ram / MIB_PER_GIB * share, 1) if ram else None, linked=count, ask=True,
        note=f"verified hosts, {DISK_GB} GB of disk in the price",
        flag="" if reliability is None or reliability >= 0.9 else "unreliable_host",
    )  # fmt: skip
    if _is_verified(offer):
        yield quote
        bid = as_number(offer.get("min_bid"), OPERATION)
        if bid and bid > 0:
            yield quote.but(purchase_model="spot", unit_price=bid, note="least bid: taken away when another bids more")


def _is_verified(offer: Mapping[str, Any]) -> bool:
    """Verified, as text or as yes and no; an offer that says nothing was asked for as verified."""
    if "verification" in offer:
        return bool(offer["verification"] == "verified")
    return offer.get("verified") is not False


def country(geolocation: object) -> str:
    """Two letters of the country at the end of a place; the place itself where it has none.

    >>> country("Sweden, SE"), country("Norway"), country(None)
    ('SE', 'Norway', '')
    """
    text = str(geolocation or "").strip()
    found = re.search(r",\s*([A-Z]{2})$", text)
    return found.group(1) if found else text


SOURCE = PriceSource(id="vast", title="Vast.ai", url="https://console.vast.ai", fetch=fetch, parse=parse)
