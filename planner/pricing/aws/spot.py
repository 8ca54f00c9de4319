"""Spot: the price history of EC2, weighted by the time it was in force, and the advisor's bands of interruption."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence

from planner.pricing.nouns import Answer, Quote, ShapeChanged, member, positive, records

HISTORY = "DescribeSpotPriceHistory"
ADVISOR = "SpotAdvisor"
PRODUCTS = ("Linux/UNIX", "Linux/UNIX (Amazon VPC)")


def moment(text: object) -> dt.datetime:
    """A time with its zone. Raises ShapeChanged."""
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        raise ShapeChanged.of_answer(HISTORY, f"time {text!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def by_zone(answers: Sequence[Answer]) -> list[Quote]:
    """The mean price of each instance and zone over the window asked for, each price weighted by its time in force.

    The first record may be older than the window: it is the price in force when the window opens. Without a window
    the newest price counts.
    """
    seen: dict[tuple[str, str, str], list[tuple[dt.datetime, float]]] = defaultdict(list)
    window: tuple[dt.datetime, dt.datetime] | None = None
    for answer in answers:
        if "start" in answer.facts:
            window = (moment(answer.facts["start"]), moment(answer.facts["end"]))
        for record in records(member(answer.json(), "SpotPriceHistory", HISTORY), HISTORY):
            if record.get("ProductDescription") not in PRODUCTS:
                continue
            zone = member(record, "AvailabilityZone", HISTORY, str)
            region = answer.facts.get("region") or re.sub(r"[a-z]$", "", zone)
            price = positive(record.get("SpotPrice"), HISTORY)
            instance = member(record, "InstanceType", HISTORY, str)
            seen[(instance, region, zone)].append((moment(record.get("Timestamp")), price))
    quotes = []
    for (instance, region, zone), records_of_zone in seen.items():
        price = in_force(sorted(records_of_zone), window)
        source = "Amazon EC2 DescribeSpotPriceHistory"
        quotes.append(Quote("aws", instance, region, "spot", price, "USD", source, zone=zone))
    return quotes


def in_force(history: Sequence[tuple[dt.datetime, float]], window: tuple[dt.datetime, dt.datetime] | None) -> float:
    """Time-weighted mean of prices that each hold until the next one, over a window; without one, the newest.

    >>> noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    >>> hour = dt.timedelta(hours=1)
    >>> in_force([(noon - 5 * hour, 1.0), (noon + 3 * hour, 2.0)], (noon, noon + 4 * hour))
    1.25
    """
    if window is None:
        return history[-1][1]
    start, end = window
    total = held = 0.0
    for i, (since, price) in enumerate(history):
        until = history[i + 1][0] if i + 1 < len(history) else end
        seconds = (min(until, end) - max(since, start)).total_seconds()
        if seconds > 0:
            total, held = total + seconds * price, held + seconds
    return total / held if held else history[-1][1]


def history(answers: Sequence[Answer]) -> list[Quote]:
    """One spot quote for each instance and region: the median of its zones, the span in a note."""
    groups: dict[tuple[str, str], list[Quote]] = defaultdict(list)
    for quote in by_zone(answers):
        groups[(quote.instance_type, quote.region)].append(quote)
    quotes = []
    for members in groups.values():
        prices = [quote.unit_price for quote in members]
        note = f"median of {len(prices)} zones, {min(prices):.6g} to {max(prices):.6g}"
        quotes.append(members[0].but(unit_price=statistics.median(prices), zone="", note=note))
    return quotes


def advisor(answer: Answer) -> Iterator[dict[str, str]]:
    """Rows of spot_interruptions: how often spot machines were taken in the last month. Raises ShapeChanged."""
    document = answer.json()
    bands = {}
    for band in records(member(document, "ranges", ADVISOR), ADVISOR):
        found = [float(part) / 100 for part in re.findall(r"\d+", member(band, "label", ADVISOR, str))]
        low, high = (
            (found[0], found[1]) if len(found) == 2 else (0.0, found[0]) if "<" in band["label"] else (found[0], 1.0)
        )
        bands[member(band, "index", ADVISOR, int)] = (low, high)
    for region, systems in member(document, "spot_advisor", ADVISOR, dict).items():
        for instance, cells in (systems.get("Linux") or {}).items():
            if cells.get("r") not in bands:
                raise ShapeChanged.of_answer(ADVISOR, f"band {cells.get('r')!r}")
            low, high = bands[cells["r"]]
            yield {
                "provider": "aws", "instance_type": instance, "region": region, "band_low_fraction": f"{low:g}",
                "band_high_fraction": f"{high:g}", "observed_on": answer.facts.get("date", ""),
                "source": "AWS Spot Instance Advisor", "flag": "",
            }  # fmt: skip
