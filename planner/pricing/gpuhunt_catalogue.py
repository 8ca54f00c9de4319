"""gpuhunt: the catalogues that dstack publishes each day, for the providers without a source of their own here.

Its files come through our own connection, with a deadline (the package's own loader has none and reports a failure as
a traceback); its reader makes sense of them. Providers that it asks live are asked when their key is set.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import logging
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from planner.errors import Message
from planner.pricing import gcp, lambda_cloud
from planner.pricing.aws.fetch import has_credentials as has_aws_credentials
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Answer, PriceSource, Quote, Reading, ShapeChanged, Trouble
from planner.pricing.wire import Wire, reason_of

CATALOGUE, LIVE = "catalogue", "live"
FOLDER_VARIABLE = "GPUHUNT_CATALOG_DIR"
URL = "https://dstack-gpu-pricing.s3.eu-west-1.amazonaws.com/v3"
# Names of gpuhunt that are not the price book's.
PROVIDERS = {"lambdalabs": "lambda", "hotaisle": "hot_aisle"}
PUBLISHED = ("nebius", "verda", "cloudrift")
ASKED_LIVE = ("vultr", "digitalocean", "hotaisle", "jarvislabs", "seeweb")  # Crusoe's prices are written in its code
LARGEST_FILE = 200_000_000


def _published() -> Iterator[str]:
    """Catalogues to read: of those without a source here, and of those whose own source asks for a key."""
    yield from PUBLISHED
    if not any(os.environ.get(key) for key in lambda_cloud.KEYS):
        yield "lambdalabs"
    if not gcp.fetch.has_credentials():
        yield "gcp"
    if not has_aws_credentials():
        yield "aws"


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """The newest catalogue of each provider; then those that are asked live."""
    folder = os.environ.get(FOLDER_VARIABLE)
    for provider in _published():
        if folder:
            yield from _from_folder(Path(folder), provider)
            continue
        try:
            yield _newest(wire, provider)
        except httpx.HTTPError as error:
            yield Trouble(reason_of(error, wire))
            if isinstance(error, httpx.ConnectError):
                return
    if not folder:
        for provider in ASKED_LIVE:
            yield from _live(wire, provider)


def _from_folder(folder: Path, provider: str) -> Iterator[Answer | Trouble]:
    path = folder / f"{provider}.csv"
    if path.is_file():
        day = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()
        yield Answer(CATALOGUE, path.read_bytes(), {"provider": provider, "version": day.strftime("%Y%m%d")})


def _newest(wire: Wire, provider: str) -> Answer:
    version = wire.get(f"/{provider}/version").decode("utf-8", "replace").strip()
    if not re.fullmatch(r"[\w.-]{1,40}", version):
        raise ShapeChanged.of_answer(CATALOGUE, f"version {version[:40]!r}")
    body = _unzipped(wire.get(f"/{provider}/{version}/catalog.zip"), f"{provider}.csv")
    return Answer(CATALOGUE, body, {"provider": provider, "version": version})


def _unzipped(body: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if archive.getinfo(name).file_size > LARGEST_FILE:
                raise ShapeChanged.of_answer(CATALOGUE, f"{name} is too large")
            return archive.read(name)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError):
        raise ShapeChanged.of_answer(CATALOGUE, f"no whole {name} in the archive") from None


def _live(wire: Wire, provider: str) -> Iterator[Answer | Trouble]:
    """What a provider answers through gpuhunt; nothing when its key is not set."""
    import importlib

    from gpuhunt._internal.errors import MissingCredsError
    from gpuhunt.providers.base import OnlineProvider
    from requests import RequestException

    logging.getLogger("gpuhunt").setLevel(logging.CRITICAL)
    wire.remaining()
    module = importlib.import_module(f"gpuhunt.providers.{provider}")
    kinds: list[Any] = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, OnlineProvider)]
    facts = {"host": provider}
    try:
        found = next(kind for kind in kinds if provider == kind.NAME).from_env().get()
        rows = [dataclasses.asdict(item) for item in found if item.gpu_count]
    except MissingCredsError:
        return
    except RequestException as error:
        status = getattr(error.response, "status_code", None)
        reason = (
            Message("pricing.status", facts | {"status": status}) if status else Message("pricing.no_network", facts)
        )
        yield Trouble(reason)
        return
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        yield Trouble(Message("pricing.shape", {"operation": provider, "what": type(error).__name__}))
        return
    today = dt.datetime.now(dt.UTC).date().strftime("%Y%m%d")
    yield Answer(LIVE, json.dumps(rows, default=str).encode(), {"provider": provider, "version": today})


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """A quote for each instance with accelerators. Raises ShapeChanged."""
    return Reading([quote for answer in answers for quote in _quotes(answer)])


def _quotes(answer: Answer) -> Iterator[Quote]:
    provider = answer.facts["provider"]
    for item in _items(answer):
        if not item["gpu_count"] or not item["gpu_name"] or item["price"] == 0:
            continue
        if not item["price"] > 0 or item["gpu_count"] < 0:
            raise ShapeChanged.of_answer(CATALOGUE, f"{item['instance_name']}: {item['price']} for {item['gpu_count']}")
        spot = item["spot"]
        if provider == "aws" and not spot:  # its own price files say more of what is not spot
            continue
        yield Quote(
            PROVIDERS.get(provider, provider), item["instance_name"], item["location"], "spot" if spot else "on_demand",
            item["price"], "USD", f"gpuhunt catalogue of {provider}, version {answer.facts['version']}",
            accelerator=item["gpu_name"], accelerator_count=float(item["gpu_count"]), memory_gib=item["gpu_memory"],
            vcpus=item["cpu"] or None, host_memory_gib=item["memory"] or None,
            observed_on=_day(answer.facts["version"]),
        )  # fmt: skip


def _items(answer: Answer) -> list[dict[str, Any]]:
    """Items of a catalogue as gpuhunt's own reader has them. Raises ShapeChanged."""
    from gpuhunt._internal import storage

    try:
        if answer.operation == LIVE:
            return [item | {"price": float(item["price"])} for item in answer.json()]
        text = answer.body.decode("utf-8")
        items = [dataclasses.asdict(i) for i in storage.load(io.StringIO(text), provider=answer.facts["provider"])]
        rows = sum(1 for _ in csv.DictReader(io.StringIO(text)))
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise ShapeChanged.of_answer(CATALOGUE, f"{answer.facts['provider']}: {error}") from None
    if len(items) < rows:  # gpuhunt's reader passes over rows that it cannot read
        raise ShapeChanged.of_answer(CATALOGUE, f"{answer.facts['provider']}: {rows - len(items)} unreadable rows")
    return items


def _day(version: str) -> str:
    """The day that a version is named for: ``20260819-1423`` is 2026-08-19; empty for another name.

    >>> _day("20260819-1423"), _day("2026-08-19"), _day("latest")
    ('2026-08-19', '2026-08-19', '')
    """
    found = re.match(r"(20\d\d)-?(\d\d)-?(\d\d)", version)
    try:
        return dt.date(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


SOURCE = PriceSource(
    id="gpuhunt", title="gpuhunt (dstack)", url=URL, fetch=fetch, parse=parse, url_variables=("GPUHUNT_CATALOG_URL",)
)  # fmt: skip
