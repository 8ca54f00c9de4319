"""Capacity blocks and savings plans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from planner.pricing.nouns import Answer, Quote, ShapeChanged, member, positive, records, same_currency

BLOCKS = "DescribeCapacityBlockOfferings"
PLANS = "DescribeSavingsPlansOfferingRates"
YEARS = {31536000: 1, 94608000: 3}
MONTHLY = "No Upfront"


def capacity_blocks(answers: Sequence[Answer]) -> Iterator[Quote]:
    """The cheapest block of each instance and region per instance-hour; its fee is for all instances and all hours.

    The fee of the operating system is not in it. Raises ShapeChanged.
    """
    cheapest: dict[tuple[str, str], Quote] = {}
    offered = [
        (answer, record)
        for answer in answers
        for record in records(member(answer.json(), "CapacityBlockOfferings", BLOCKS), BLOCKS)
    ]
    for answer, record in offered:
        instance = member(record, "InstanceType", BLOCKS, str)
        zone = str(record.get("AvailabilityZone") or "")
        currency = same_currency(record.get("CurrencyCode", "USD"), "USD", BLOCKS)
        hours = positive(record.get("CapacityBlockDurationHours"), BLOCKS)
        count = positive(record.get("InstanceCount"), BLOCKS)
        price = positive(record.get("UpfrontFee"), BLOCKS) / (hours * count)
        start = str(record.get("StartDate") or "")[:10]
        quote = Quote(
            "aws", instance, answer.facts.get("region") or re.sub(r"[a-z]$", "", zone), "capacity_block", price,
            currency, "Amazon EC2 DescribeCapacityBlockOfferings", payment="all_upfront", zone=zone,
            note=f"{hours:g} hours from {start}; operating-system fee extra",
        )  # fmt: skip
        key = (instance, quote.region)
        if key not in cheapest or price < cheapest[key].unit_price:
            cheapest[key] = quote
    yield from cheapest.values()


def savings_plans(answers: Sequence[Answer]) -> Iterator[Quote]:
    """Rates under a savings plan without anything paid at once: the lower of its two kinds. Raises ShapeChanged."""
    cheapest: dict[tuple[str, str, int], Quote] = {}
    rates = [record for answer in answers for record in records(member(answer.json(), "searchResults", PLANS), PLANS)]
    for record in rates:
        plan = member(record, "savingsPlanOffering", PLANS, dict)
        facts = {p.get("name"): p.get("value") for p in records(record.get("properties") or [], PLANS)}
        if plan.get("paymentOption") != MONTHLY or str(facts.get("tenancy", "shared")).lower() != "shared":
            continue
        if facts.get("productDescription", "Linux/UNIX") != "Linux/UNIX" or not facts.get("instanceType"):
            continue
        if record.get("unit") != "Hrs":
            raise ShapeChanged.of_answer(PLANS, f"unit {record.get('unit')!r}")
        seconds = member(plan, "durationSeconds", PLANS, int)
        if seconds not in YEARS:
            raise ShapeChanged.of_answer(PLANS, f"term of {seconds} s")
        years, kind = YEARS[seconds], str(plan.get("planType", ""))
        quote = Quote(
            "aws", str(facts["instanceType"]), str(facts.get("region") or ""), f"savings_plan_{years}y",
            positive(record.get("rate"), PLANS), same_currency(plan.get("currency", "USD"), "USD", PLANS),
            f"AWS Savings Plans API, {kind} plan", term_months=12 * years, payment="monthly",
        )  # fmt: skip
        key = (quote.instance_type, quote.region, years)
        if key not in cheapest or quote.unit_price < cheapest[key].unit_price:
            cheapest[key] = quote
    yield from cheapest.values()
