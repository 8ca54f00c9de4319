"""List prices of tokens: genai-prices, the collection that Pydantic keeps up by hand and review."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.errors import Message, PriceError
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Answer, PriceSource, Reading, Trouble, as_number, member, records
from planner.pricing.rows import number
from planner.pricing.wire import Wire, host

OPERATION = "prices"
PATH = "/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
TABLE = "prices/token_prices.csv"
FAR = 30.0  # times the price that stood before: another unit, not another price
# Sellers whose name in the collection is not the one of the price book.
SELLERS = {
    "aws": "aws_bedrock", "google": "google_ai_studio", "moonshotai": "moonshot", "voyageai": "voyage", "x-ai": "xai",
}  # fmt: skip
PRICES = {
    "input_mtok": "usd_per_m_input",
    "output_mtok": "usd_per_m_output",
    "cache_read_mtok": "usd_per_m_cached_input",
}


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """The collection as its own package reads it, the prices in force now."""
    import httpx2
    from genai_prices.update_prices import UpdatePrices

    left = min(wire.read_s, wire.remaining())
    timeout = httpx2.Timeout(left, connect=min(wire.connect_s, left))
    facts = {"host": host(wire.base)}
    try:
        snapshot = UpdatePrices(url=wire.base + PATH, request_timeout=timeout).fetch()
    except httpx2.HTTPStatusError as error:
        yield Trouble(Message("pricing.status", facts | {"status": error.response.status_code}))
        return
    except httpx2.TimeoutException:
        yield Trouble(Message("pricing.timeout", facts))
        return
    except httpx2.HTTPError:
        yield Trouble(Message("pricing.no_network", facts))
        return
    except (ValueError, KeyError, TypeError) as error:
        raise PriceError("pricing.shape", operation="genai-prices", what=type(error).__name__) from None
    assert snapshot is not None
    now = dt.datetime.now(dt.UTC)
    models = [_plain(provider, model, now) for provider in snapshot.providers for model in provider.models]
    yield Answer(OPERATION, json.dumps({"models": models}).encode())


def _plain(provider: Any, model: Any, now: dt.datetime) -> dict[str, Any]:
    """What is read of a model: prices per million tokens at the lowest tier, in US dollars."""
    prices = model.get_prices(now)
    found = {name: getattr(prices, name, None) for name in PRICES}
    tiered = any(hasattr(price, "tiers") for price in found.values())
    return {
        "provider": provider.id,
        "model": model.id,
        "context_window": model.context_window,
        "deprecated": bool(model.deprecated),
        "tiered": tiered,
        "pages": list(provider.pricing_urls or ())[:1],
        "prices": {n: float(getattr(p, "base", p)) for n, p in found.items() if p is not None},
    }


def parse(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """Rows of models with a price for what goes in. Raises ShapeChanged, or PriceError for a price that cannot be."""
    before = {(row["provider"], row["api_model"]): row.cells for row in catalogue.reference.folder.table(TABLE)}
    known = {row["provider"] for row in before.values()}
    rows = []
    for answer in answers:
        for model in records(member(answer.json(), "models", OPERATION), OPERATION):
            row = _row(model, before, known, catalogue)
            if row is not None:
                rows.append(row)
    return Reading(tables={TABLE: rows})


def _row(
    model: Mapping[str, Any], before: Mapping[tuple[str, str], Mapping[str, str]], known: set[str], catalogue: Catalogue
) -> dict[str, str] | None:
    provider = SELLERS.get(model["provider"], model["provider"])
    name = member(model, "model", OPERATION, str)
    prices = {
        PRICES[key]: as_number(value, OPERATION) for key, value in member(model, "prices", OPERATION, dict).items()
    }
    price = prices.get("usd_per_m_input")
    if provider not in known or not price:
        return None
    old = before.get((provider, name), {})
    old_price = float(old.get("usd_per_m_input") or 0)
    if min(value or 0.0 for value in prices.values()) < 0 or (old_price and not 1 / FAR <= price / old_price <= FAR):
        raise PriceError(
            "pricing.unbelievable", what=f"{provider} {name}", price=f"{price:g}", low=f"{old_price / FAR:.3g}",
            high=f"{old_price * FAR:.3g}",
        )  # fmt: skip
    found = catalogue.reference.find_model(name.split("/")[-1])
    page = "".join(f": {page}" for page in model.get("pages") or [])
    return {
        "provider": provider,
        "api_model": name,
        "model": old.get("model", found["id"] if found else ""),
        "kind": old.get("kind", "chat"),
        **{column: number(prices.get(column)) for column in PRICES.values()},
        "context_window": number(model.get("context_window")),
        "retires": old.get("retires", ""),
        "price_table": "genai-prices",
        "observed_on": dt.datetime.now(dt.UTC).date().isoformat(),
        "source": f"genai-prices{page}",
        "flag": "dearer_for_long_context" if model.get("tiered") else "",
    }


SOURCE = PriceSource(
    id="token_prices", title="genai-prices", url="https://raw.githubusercontent.com", fetch=fetch, parse=parse
)  # fmt: skip
