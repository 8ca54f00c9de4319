"""What AWS publishes without credentials: the bulk price file of a region, and the Spot Instance Advisor."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator

import httpx

from planner.pricing.nouns import Answer, Trouble
from planner.pricing.wire import Wire, reason_of

FILES = "https://pricing.us-east-1.amazonaws.com"
ADVISOR = "https://spot-bid-advisor.s3.amazonaws.com"
ADVISOR_VARIABLE = "PLANNER_AWS_SPOT_ADVISOR_URL"
REGIONS = ("ca-central-1", "eu-west-3", "us-east-1")  # hundreds of megabytes each: others are asked for by name


def bulk_files(wire: Wire) -> Iterator[Answer | Trouble]:
    """The price file of each region, as it comes: the header and the rows of instances with accelerators."""
    wanted = re.compile(r'"({})"'.format("|".join(map(re.escape, wire.known_instances))))
    for region in wire.regions or REGIONS:
        try:
            yield _bulk_file(wire, region, wanted)
        except httpx.HTTPError as error:
            yield Trouble(reason_of(error, wire))
            if isinstance(error, httpx.ConnectError):
                return


def _bulk_file(wire: Wire, region: str, wanted: re.Pattern[str]) -> Answer:
    kept: list[str] = []
    published = ""
    for number, line in enumerate(wire.lines(f"/offers/v1.0/aws/AmazonEC2/current/{region}/index.csv")):
        if number % 20_000 == 0:
            wire.remaining()
        if not kept:
            if line.startswith('"Publication Date"'):
                published = line.split(",")[1].strip('"')
            if line.startswith('"SKU"'):
                kept.append(line)
        elif wanted.search(line):
            kept.append(line)
    return Answer("bulk", "\n".join(kept).encode(), {"region": region, "published": published})


def spot_advisor(wire: Wire) -> Iterator[Answer | Trouble]:
    """How often spot machines were interrupted in the last month, by instance and region."""
    base = os.environ.get(ADVISOR_VARIABLE, "").strip().rstrip("/") or ADVISOR
    other = Wire("aws_spot_advisor", base, wire.ends_at, connect_s=wire.connect_s, read_s=wire.read_s)
    try:
        body = other.get("/spot-advisor-data.json")
        yield Answer("SpotAdvisor", body, {"date": dt.datetime.now(dt.UTC).date().isoformat()})
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, other))
    finally:
        other.close()
