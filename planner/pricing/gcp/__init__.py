"""Google Cloud: the Cloud Billing Catalog; a machine's price is the sum of its parts."""

from __future__ import annotations

from collections.abc import Sequence

from planner.pricing.catalogue import Catalogue
from planner.pricing.gcp import fetch, machines, skus
from planner.pricing.nouns import Answer, PriceSource, Reading


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """Quotes of composed machines, of accelerators without a host, and of TPUs. Raises ShapeChanged."""
    read = [sku for answer in answers for sku in skus.skus(answer)]
    return Reading([*machines.composed(read, catalogue), *machines.accelerators_alone(read), *machines.tpus(read)])


SOURCE = PriceSource(
    id="gcp",
    title="Google Cloud",
    url="https://cloudbilling.googleapis.com",
    fetch=fetch.fetch,
    parse=parse,
    keys=fetch.KEYS,
    has_credentials=fetch.has_credentials,
    how="GOOGLE_API_KEY · GOOGLE_APPLICATION_CREDENTIALS",
)
