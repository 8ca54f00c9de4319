"""How fresh the prices are: of each source that may be asked, and of each provider in the price book."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from planner.errors import Message
from planner.layers import OWN
from planner.price_store import PriceStore, Snapshot
from planner.prices import PriceBook, UnitPrice
from planner.pricing.nouns import PriceSource
from planner.pricing.registry import price_sources
from planner.text import render

DAYS_OLD = 30  # a refresh older than this is worth repeating


@dataclass(frozen=True)
class SourceStatus:
    """A source: whether it may be asked, what it brought, how the last try went.

    state: fresh, old (its last refresh is more than a month back), needs_key, failed (the last try brought nothing and
    nothing older stands), never (not asked yet). reasons: what stands in the way, and what to do.
    """

    id: str
    title: str
    address: str
    moved_by: str
    ready: bool
    state: str
    reasons: tuple[Message, ...]
    notes: tuple[Message, ...]
    refreshed_at: dt.datetime | None
    tried_at: str | None
    rows: int
    snapshots: int
    how: str
    public_part: bool


@dataclass(frozen=True)
class ProviderStatus:
    """A provider's offers that may be used: how many, from where, of which days."""

    provider: str
    name: str
    kind: str
    offers: int
    stale: int
    oldest: str
    newest: str
    origins: tuple[str, ...]


def source_statuses(store: PriceStore, now: dt.datetime) -> list[SourceStatus]:
    """All sources, those of other packages and the user's own quotations among them."""
    known = price_sources()
    found = [_source_status(source, store, now) for source in known.values()]
    for name in store.sources():
        if name not in known:
            found.append(_foreign(name, store, now))
    return found


def _source_status(source: PriceSource, store: PriceStore, now: dt.datetime) -> SourceStatus:
    newest, attempt, ready = store.newest(source.id), store.attempt(source.id), source.ready
    reasons = _messages(attempt, "reasons")
    if not ready and source.public_part:
        reasons = (*reasons, Message("pricing.public_part", {"how": source.how}))
        ready = True
    elif not ready:
        reasons = (Message("pricing.needs_key", {"how": source.how or " · ".join(source.keys)}),)
    elif attempt is None:
        reasons = (Message("pricing.never", {"source": source.id}),)
    tried_at = str(attempt.get("at", "")) if attempt else None
    state = _state(newest, now) if newest else "needs_key" if not ready else "never" if attempt is None else "failed"
    return SourceStatus(
        source.id, source.title, source.address, source.moved_by, ready, state, reasons, _messages(attempt, "notes"),
        newest.taken_at if newest else None, tried_at, newest.fresh_rows if newest else 0,
        len(store.history(source.id)), source.how, source.public_part,
    )  # fmt: skip


def _foreign(name: str, store: PriceStore, now: dt.datetime) -> SourceStatus:
    """The user's own quotations, or a source whose package is gone."""
    newest = store.newest(name)
    reasons = () if name == OWN else (Message("pricing.source_gone", {"source": name}),)
    return SourceStatus(
        name, name, "", "", name == OWN, _state(newest, now) if newest and name == OWN else "failed", reasons, (),
        newest.taken_at if newest else None, None, newest.fresh_rows if newest else 0, len(store.history(name)), "",
        False,
    )  # fmt: skip


def _state(newest: Snapshot, now: dt.datetime) -> str:
    if newest.damaged:
        return "failed"
    return "old" if newest.source != OWN and (now - newest.taken_at).days > DAYS_OLD else "fresh"


def _messages(attempt: dict[str, Any] | None, name: str) -> tuple[Message, ...]:
    """Reasons or notes of the last try; a damaged note of it gives none."""
    try:
        found = tuple(Message(str(one["key"]), dict(one["arguments"])) for one in (attempt or {}).get(name, []))
        for message in found:  # kept by another version, its words may be gone
            render(message)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return ()
    return found


def provider_statuses(book: PriceBook, as_of: dt.date) -> list[ProviderStatus]:
    """Providers of the price book by the number of their offers."""
    groups: dict[str, list[UnitPrice]] = defaultdict(list)
    for offer in book.query():
        groups[offer.provider].append(offer)
    found = []
    for provider, offers in groups.items():
        days = sorted(offer.observed_on for offer in offers if offer.observed_on)
        found.append(
            ProviderStatus(
                provider,
                offers[0].row["provider_name"],
                offers[0].provider_kind,
                len(offers),
                sum(offer.is_stale(as_of) for offer in offers),
                days[0] if days else "",
                days[-1] if days else "",
                tuple(sorted({offer.origin for offer in offers})),
            )
        )
    return sorted(found, key=lambda one: (-one.offers, one.provider))
