"""IBM Cloud: prices of its GPU profiles in the Global Catalog, as far as it publishes them.

The shape is that of IBM's documentation of the Global Catalog API (PricingGet: metrics, amounts by country, prices by
tier); the catalogue prices some profiles only, the others have no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Answer, PriceSource, Quote, Reading, Trouble, member, positive, records
from planner.pricing.wire import Wire, reason_of

OPERATION = "pricing"
COUNTRY, CURRENCY = "USA", "USD"
NOT_PRICED = 404  # what the catalogue answers for a profile without a price
# Profiles with accelerators, cloud.ibm.com/docs/vpc?topic=vpc-profiles; their name says what is in them.
PROFILES = (
    "gx2-8x64x1v100", "gx2-16x128x1v100", "gx2-16x128x2v100", "gx2-32x256x2v100", "gx3-16x80x1l4", "gx3-32x160x2l4",
    "gx3-64x320x4l4", "gx3-24x120x1l40s", "gx3-48x240x2l40s", "gx3d-160x1792x8h100", "gx3d-160x1792x8h200",
    "gx3d-208x1792x8mi300x", "gx3d-160x1792x8gaudi3",
)  # fmt: skip
_NAME = re.compile(r"\w+-(?P<vcpus>\d+)x(?P<gib>\d+)x(?P<count>\d+)(?P<card>[a-z]\w+)$")


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """One answer for each known profile that the catalogue prices."""
    for profile in sorted({*PROFILES, *wire.known_instances}):
        try:
            body = wire.get(f"/api/v1/{profile}/pricing/deployment")
            yield Answer(OPERATION, body, {"profile": profile})
        except httpx.HTTPStatusError as error:
            if error.response.status_code != NOT_PRICED:
                yield Trouble(reason_of(error, wire))
                return
        except httpx.HTTPError as error:
            yield Trouble(reason_of(error, wire))
            return


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """A quote for each profile and region with an hourly price. Raises ShapeChanged."""
    quotes: list[Quote] = []
    for answer in answers:
        document = answer.json()
        priced = document.get("resources") if isinstance(document, dict) else None
        for pricing in records(priced if priced is not None else [document], OPERATION):
            quotes += _quotes(pricing, answer.facts["profile"])
    return Reading(quotes)


def _quotes(pricing: Mapping[str, Any], profile: str) -> Iterator[Quote]:
    region = str(pricing.get("deployment_region") or pricing.get("deployment_location") or "")
    for metric in records(pricing.get("metrics") or [], OPERATION):
        unit = f"{metric.get('charge_unit_name') or ''} {metric.get('charge_unit') or ''}".lower()
        if "hour" not in unit:
            continue
        for amount in records(member(metric, "amounts", OPERATION), OPERATION):
            if amount.get("country") != COUNTRY or amount.get("currency") != CURRENCY:
                continue
            tiers = sorted(
                records(member(amount, "prices", OPERATION), OPERATION), key=lambda tier: tier.get("quantity_tier") or 0
            )
            if tiers:
                price = positive(tiers[0].get("price"), OPERATION)
                part = metric.get("part_ref") or metric.get("metric_id") or ""
                source = f"IBM Cloud Global Catalog pricing, part {part}"
                yield _described(Quote("ibm", profile, region, "on_demand", price, CURRENCY, source))


def _described(quote: Quote) -> Quote:
    """The quote with what the name of its profile says."""
    found = _NAME.match(quote.instance_type)
    if found is None:
        return quote
    sizes = {"vcpus": float(found["vcpus"]), "host_memory_gib": float(found["gib"])}
    return quote.but(accelerator=found["card"], accelerator_count=float(found["count"]), **sizes)


SOURCE = PriceSource(
    id="ibm", title="IBM Cloud", url="https://globalcatalog.cloud.ibm.com", fetch=fetch, parse=parse
)  # fmt: skip
