"""Amazon Web Services: the Price List, EC2 and Savings Plans through boto3; without credentials its public files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.pricing.aws import commitments, fetch, machines, products, public, spot
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Answer, PriceSource, Quote, Reading, Trouble
from planner.pricing.wire import Wire


def _fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    yield from fetch.with_credentials(wire) if fetch.has_credentials() else public.bulk_files(wire)
    yield from public.spot_advisor(wire)


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """Quotes of all operations, with the accelerators that DescribeInstanceTypes or the bundled data name."""
    by_operation: dict[str, list[Answer]] = {}
    for answer in answers:
        by_operation.setdefault(answer.operation, []).append(answer)

    def of(operation: str) -> list[Answer]:
        return by_operation.get(operation, [])

    quotes: list[Quote] = [quote for answer in of("GetProducts") for quote in products.price_list(answer)]
    quotes += [quote for answer in of("bulk") for quote in products.bulk(answer)]
    quotes += spot.history(of("DescribeSpotPriceHistory"))
    quotes += commitments.capacity_blocks(of("DescribeCapacityBlockOfferings"))
    quotes += commitments.savings_plans(of("DescribeSavingsPlansOfferingRates"))
    known = {m.instance: m for answer in of("DescribeInstanceTypes") for m in machines.instance_types(answer)}
    bands = [row for answer in of("SpotAdvisor") for row in spot.advisor(answer)]
    accelerated = {m.instance_type for m in catalogue.instances("aws")}
    accelerated |= {m.instance for m in known.values() if m.count}
    rows = [row for row in bands if row["instance_type"] in accelerated]
    tables = {"prices/spot_interruptions.csv": rows} if rows else {}
    return Reading([machines.described(quote, known) for quote in quotes], tables)


SOURCE = PriceSource(
    id="aws",
    title="Amazon Web Services",
    url=public.FILES,
    fetch=_fetch,
    parse=parse,
    has_credentials=fetch.has_credentials,
    public_part=True,
    url_variables=("AWS_ENDPOINT_URL_PRICING", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL"),
    how="AWS_PROFILE · AWS_ACCESS_KEY_ID + AWS_SECRET_ACCESS_KEY",
)
