"""Questions to AWS through boto3, with the credentials of its own chain."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from planner.errors import Message
from planner.pricing.aws.machines import InstanceType, instance_types
from planner.pricing.aws.products import WANTED
from planner.pricing.nouns import Answer, Trouble
from planner.pricing.wire import PAGES, DeadlinePassed, Wire

HOME = "us-east-1"  # the Price List answers in three regions only; the region that is priced is a filter
WORKERS = 8
AT_ONCE = 20  # instance types in one question about savings plans
SPOT_WINDOW = dt.timedelta(hours=24)
BLOCK_HOURS = 24


def has_credentials() -> bool:
    """Whether boto3's chain finds some: variables, profile, container or instance role."""
    import boto3

    return boto3.Session().get_credentials() is not None


def with_credentials(wire: Wire) -> Iterator[Answer | Trouble]:
    """All that the Price List, EC2 and Savings Plans say of instances with accelerators."""
    import boto3

    session = boto3.Session()
    made: list[Any] = []

    def client(service: str, region: str) -> Any:
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "max_attempts": wire.attempts}, connect_timeout=wire.connect_s,
            read_timeout=min(wire.read_s, wire.remaining()), user_agent_extra="compute-planner",
        )  # fmt: skip
        made.append(session.client(service, region_name=region, config=config))
        return made[-1]

    try:
        yield from _everything(wire, session, client)
    finally:
        for one in made:
            one.close()


def _everything(wire: Wire, session: Any, client: Callable[[str, str], Any]) -> Iterator[Answer | Trouble]:
    types: list[InstanceType] = []
    for found in _asked(wire, HOME, _instance_types, client("ec2", HOME)):
        if isinstance(found, Answer):
            types += [one for one in instance_types(found) if one.count]
        yield found
    names = sorted({one.instance for one in types} or set(wire.known_instances))
    regions = list(wire.regions) or session.get_available_regions("ec2")
    pricing, plans = client("pricing", HOME), client("savingsplans", HOME)
    jobs: list[tuple[str, Callable[[], Iterable[Answer]]]] = []
    jobs += [(HOME, partial(_products, pricing, name, wire.regions)) for name in names]
    parts = [names[i : i + AT_ONCE] for i in range(0, len(names), AT_ONCE)]
    jobs += [(HOME, partial(_savings_plans, plans, part, wire.regions)) for part in parts]
    blocks = sorted({one.instance for one in types if one.capacity_blocks})
    clients = {region: client("ec2", region) for region in regions}
    jobs += [(region, partial(_spot, ec2, region, names)) for region, ec2 in clients.items()]
    jobs += [(region, partial(_blocks, ec2, region, name)) for region, ec2 in clients.items() for name in blocks]
    yield from _merged(wire, _side_by_side(wire, [partial(_all_asked, wire, *job) for job in jobs]))


def _side_by_side(wire: Wire, jobs: Sequence[Callable[[], list[Answer | Trouble]]]) -> Iterator[list[Answer | Trouble]]:
    """Results as they come, from threads that nobody waits for when the time is over."""
    waiting: queue.SimpleQueue[Callable[[], list[Answer | Trouble]]] = queue.SimpleQueue()
    done: queue.SimpleQueue[list[Answer | Trouble] | Exception] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(job())
            except Exception as error:  # told to whoever reads the results
                done.put(error)

    for _ in range(min(WORKERS, len(jobs))):
        threading.Thread(target=work, daemon=True).start()
    for _ in jobs:
        try:
            result = done.get(timeout=wire.remaining())
        except queue.Empty:
            raise DeadlinePassed from None
        if isinstance(result, Exception):
            raise result
        yield result


def _merged(wire: Wire, results: Iterable[list[Answer | Trouble]]) -> Iterator[Answer | Trouble]:
    """All answers; of the same trouble in many places, one. Stops when nobody can be reached."""
    seen: set[tuple[str, str]] = set()
    answered = False
    for number, result in enumerate(results):
        wire.remaining()
        answered = answered or any(isinstance(one, Answer) for one in result)
        for one in result:
            if isinstance(one, Trouble):
                mark = (one.reason.key, str(one.reason.arguments.get("what", "")))
                if mark in seen:
                    continue
                seen.add(mark)
            yield one
        if not answered and number >= WORKERS and {key for key, _ in seen} == {"pricing.aws_unreachable"}:
            return


def _all_asked(wire: Wire, region: str, question: Callable[[], Iterable[Answer]]) -> list[Answer | Trouble]:
    return list(_asked(wire, region, question))


def _asked(
    wire: Wire, region: str, question: Callable[..., Iterable[Answer]], *given: Any
) -> Iterator[Answer | Trouble]:
    """Answers of one question, or the trouble that it met; regions that an account has not enabled are no trouble."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        for answer in question(*given):
            wire.remaining()
            yield answer
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        operation = error.operation_name
        if code in ("AuthFailure", "OptInRequired", "UnsupportedOperation", "InvalidParameterValue", "Unsupported"):
            return
        denied = code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
        key = "pricing.aws_denied" if denied else "pricing.aws_error"
        yield Trouble(Message(key, {"what": operation, "code": code, "region": region}))
    except (BotoCoreError, ResponseParserError) as error:
        facts = {"what": type(error).__name__, "region": region, "problem": wire.clean(str(error))[:200]}
        yield Trouble(Message("pricing.aws_unreachable", facts))


def _json(document: Any) -> bytes:
    with contextlib.suppress(AttributeError, TypeError):
        document = {k: v for k, v in document.items() if k != "ResponseMetadata"}

    def text(value: object) -> str:
        return value.isoformat() if isinstance(value, dt.date) else str(value)

    return json.dumps(document, default=text).encode()


def _pages(client: Any, operation: str, name: str, region: str = "", **asked: Any) -> Iterator[Answer]:
    facts = {"region": region} if region else {}
    for number, page in enumerate(client.get_paginator(operation).paginate(**asked)):
        if number >= PAGES:
            return
        yield Answer(name, _json(page), facts)


def _instance_types(ec2: Any) -> Iterator[Answer]:
    return _pages(ec2, "describe_instance_types", "DescribeInstanceTypes")


def _products(pricing: Any, instance: str, regions: Iterable[str]) -> Iterator[Answer]:
    filters = {**{name: value for name, value in WANTED.items() if name != "locationType"}, "instanceType": instance}
    for region in [*regions] or [""]:
        wanted = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()]
        if region:
            wanted.append({"Type": "TERM_MATCH", "Field": "regionCode", "Value": region})
        yield from _pages(pricing, "get_products", "GetProducts", ServiceCode="AmazonEC2", Filters=wanted)


def _savings_plans(plans: Any, instances: Iterable[str], regions: Iterable[str]) -> Iterator[Answer]:
    """Pages followed by hand: this service has no paginator."""
    filters = [
        {"name": "instanceType", "values": list(instances)},
        {"name": "productDescription", "values": ["Linux/UNIX"]},
        {"name": "tenancy", "values": ["shared"]},
    ]
    if regions:
        filters.append({"name": "region", "values": list(regions)})
    token = ""
    for _ in range(PAGES):
        page = plans.describe_savings_plans_offering_rates(
            savingsPlanPaymentOptions=["No Upfront"], savingsPlanTypes=["Compute", "EC2Instance"], products=["EC2"],
            filters=filters, **({"nextToken": token} if token else {}),
        )  # fmt: skip
        yield Answer("DescribeSavingsPlansOfferingRates", _json(page))
        token = page.get("nextToken") or ""
        if not token:
            return


def _spot(ec2: Any, region: str, instances: list[str]) -> Iterator[Answer]:
    end = dt.datetime.now(dt.UTC)
    start = end - SPOT_WINDOW
    facts = {"region": region, "start": start.isoformat(), "end": end.isoformat()}
    pages = _pages(
        ec2, "describe_spot_price_history", "DescribeSpotPriceHistory", region, InstanceTypes=instances,
        ProductDescriptions=["Linux/UNIX"], StartTime=start, EndTime=end,
    )  # fmt: skip
    for page in pages:
        yield Answer(page.operation, page.body, facts)


def _blocks(ec2: Any, region: str, instance: str) -> Iterator[Answer]:
    yield from _pages(
        ec2, "describe_capacity_block_offerings", "DescribeCapacityBlockOfferings", region, InstanceType=instance,
        InstanceCount=1, CapacityDurationHours=BLOCK_HOURS,
    )  # fmt: skip
