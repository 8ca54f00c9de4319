"""Lambda: instance types of its on-demand cloud."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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

OPERATION = "instance-types"
KEYS = ("LAMBDA_API_KEY", "LAMBDA_CLOUD_API_KEY")


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """One answer; it is given to holders of a key only."""
    key = wire.secret(*KEYS)
    try:
        yield Answer(OPERATION, wire.get("/api/v1/instance-types", headers={"Authorization": f"Bearer {key}"}))
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """A quote for each instance type, again for each region that has it now. Raises ShapeChanged."""
    return Reading([quote for answer in answers for quote in _quotes(answer)])


def _quotes(answer: Answer) -> Iterator[Quote]:
    for record in member(answer.json(), "data", OPERATION, dict).values():
        kind = member(record, "instance_type", OPERATION, dict)
        cents = member(kind, "price_cents_per_hour", OPERATION)
        if isinstance(cents, bool) or not isinstance(cents, int) or cents < 0:
            raise ShapeChanged.of_answer(OPERATION, f"price of {cents!r} cents")
        if cents == 0:
            continue
        specs = kind.get("specs") or {}
        name = member(kind, "name", OPERATION, str)
        card = str(kind.get("gpu_description") or "")
        places = [
            word(place.get("name"), OPERATION)
            for place in records(record.get("regions_with_capacity_available") or [], OPERATION)
        ]
        quote = Quote(
            "lambda", name, "", "on_demand", cents / 100, "USD", "Lambda Cloud API instance-types",
            accelerator="" if card == "N/A" else card, accelerator_count=float(specs.get("gpus") or _count(name)),
            vcpus=as_number(specs.get("vcpus"), OPERATION),
            host_memory_gib=as_number(specs.get("memory_gib"), OPERATION),
            flag="" if places else "no_capacity_now",
        )  # fmt: skip
        yield quote
        yield from (quote.but(region=place) for place in places)


def _count(name: str) -> float:
    found = re.match(r"gpu_(\d+)x_", name)
    return float(found.group(1)) if found else 0.0


SOURCE = PriceSource(
    id="lambda", title="Lambda", url="https://cloud.lambda.ai", fetch=fetch, parse=parse, keys=KEYS,
    how="LAMBDA_API_KEY",
)  # fmt: skip
