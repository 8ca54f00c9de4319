"""Offers, their history, the state of the sources and a refresh as JSON documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planner.errors import Message
from planner.finders.price_history import PricePoint
from planner.price_effect import PriceChange, PriceEffect
from planner.price_store import PriceStore, Snapshot
from planner.prices import PriceBook, UnitPrice
from planner.tables import Row
from planner.text import render

if TYPE_CHECKING:  # the clients of the providers are loaded by those who ask them
    from planner.pricing.refresh import Refreshed
    from planner.pricing.status import ProviderStatus, SourceStatus


def _book(book: PriceBook) -> dict[str, str]:
    return {"id": book.id, "sha256": book.sha256, "oldest": book.oldest.isoformat(), "newest": book.date.isoformat()}


def _words(messages: Sequence[Message], lang: str) -> list[str]:
    return [render(message, lang) for message in messages]


def offers_document(offers: Sequence[UnitPrice], book: PriceBook, as_of: dt.date) -> dict[str, Any]:
    """planner.prices/1: offers, cheapest per accelerator-hour first."""
    return {
        "schema": "planner.prices/1",
        "as_of": as_of.isoformat(),
        "price_book": _book(book),
        "offers": [_offer(offer, as_of) for offer in offers],
    }


def _offer(offer: UnitPrice, as_of: dt.date) -> dict[str, Any]:
    return {
        "provider": offer.provider,
        "provider_kind": offer.provider_kind,
        "instance_type": offer.instance_type,
        "region": offer.region,
        "accelerator": offer.accelerator,
        "accelerator_ambiguous": offer.accelerator_ambiguous,
        "accelerator_count": offer.accelerator_count,
        "purchase_model": offer.purchase_model,
        "pricing_category": offer.pricing_category,
        "term_months": offer.term_months,
        "payment": offer.row["payment"] or None,
        "list_unit_price": offer.list_unit_price,
        "price_per_accelerator_hour": offer.price_per_accelerator_hour,
        "currency": offer.currency,
        "observed_on": offer.observed_on or None,
        "age_days": offer.age_days(as_of),
        "stale": offer.is_stale(as_of),
        "flag": offer.flag,
        "origin": offer.origin,
        "source": offer.row["source"],
        "locator": offer.row.locator,
    }


def status_document(
    sources: Sequence[SourceStatus],
    providers: Sequence[ProviderStatus],
    problems: Sequence[Message],
    book: PriceBook,
    store: PriceStore,
    lang: str,
) -> dict[str, Any]:
    """planner.price_sources/1: each source and each provider of the price book, with their age."""
    return {
        "schema": "planner.price_sources/1",
        "price_book": _book(book),
        "store": str(store.path),
        "sources": [
            {
                "id": one.id,
                "title": one.title,
                "address": one.address,
                "moved_by": one.moved_by or None,
                "ready": one.ready,
                "state": one.state,
                "reasons": _words(one.reasons, lang),
                "notes": _words(one.notes, lang),
                "refreshed_at": one.refreshed_at.isoformat() if one.refreshed_at else None,
                "tried_at": one.tried_at,
                "rows": one.rows,
                "snapshots": one.snapshots,
                "credentials": one.how or None,
                "public_part": one.public_part,
            }
            for one in sources
        ],
        "providers": [
            {
                "id": one.provider,
                "name": one.name,
                "kind": one.kind,
                "offers": one.offers,
                "stale": one.stale,
                "oldest": one.oldest or None,
                "newest": one.newest or None,
                "origins": list(one.origins),
            }
            for one in providers
        ],
        "problems": _words(problems, lang),
    }


def history_document(
    snapshots: Sequence[Snapshot], points: Sequence[PricePoint], accelerator: str | None
) -> dict[str, Any]:
    """planner.price_history/1: snapshots of the store, and points of an accelerator where one was asked for."""
    return {
        "schema": "planner.price_history/1",
        "snapshots": [
            {
                "source": one.source,
                "id": one.id,
                "taken_at": one.taken_at.isoformat(),
                "rows": one.fresh_rows,
                "complete": one.complete,
                "withdrawn": one.withdrawn,
            }
            for one in snapshots
        ],
        "accelerator": accelerator,
        "points": [
            {
                "observed_on": point.observed_on,
                "provider": point.provider,
                "accelerator": point.accelerator,
                "region": point.region,
                "purchase_model": point.purchase_model,
                "statistic": point.statistic or None,
                "instance_type": point.instance_type or None,
                "price_per_accelerator_hour": point.price_per_accelerator_hour,
                "currency": point.currency,
                "flag": point.flag,
                "origin": point.origin,
                "source": point.source,
                "locator": point.locator,
            }
            for point in points
        ],
    }


def refresh_document(found: Refreshed, lang: str) -> dict[str, Any]:
    """planner.price_refresh/1: how each source went."""
    return {
        "schema": "planner.price_refresh/1",
        "began_at": found.began_at.isoformat(),
        "changed": found.changed,
        "sources": [
            {
                "id": one.source,
                "title": one.title,
                "state": one.state,
                "rows": one.rows,
                "snapshot": one.snapshot,
                "seconds": round(one.seconds, 3),
                "reasons": _words(one.reasons, lang),
                "notes": _words(one.notes, lang),
            }
            for one in found.outcomes
        ],
    }


def effect_document(effect: PriceEffect | None, lang: str) -> dict[str, Any] | None:
    """`price_changes` of planner.comparison/1: what the newest refresh did; null when nothing was refreshed."""
    if effect is None:
        return None
    before = effect.before
    return {
        "refreshed_at": effect.refreshed_at.isoformat(),
        "verdict_changed": effect.verdict_changed,
        "before": None
        if before is None
        else {
            "option": before.best,
            "verdict": before.verdict.kind,
            "pays": before.verdict.pays,
            "sentence": before.sentence(lang),
        },
        "changes": [_change(change) for change in effect.changes],
    }


def _change(change: PriceChange) -> dict[str, Any]:
    before, after = change.values
    return {
        "what": change_name(change),
        "was": row_name(change.before) if change.before and row_name(change.before) != change_name(change) else None,
        "options": list(change.options),
        "before": before,
        "after": after,
        "currency": change_currency(change),
        "changed_fraction": change.changed_fraction,
        "turns_the_verdict": change.turns,
        "before_locator": change.before.locator if change.before else None,
        "after_locator": change.after.locator if change.after else None,
    }


def change_name(change: PriceChange) -> str:
    """The thing whose price moved, in the words of its row."""
    row = change.after or change.before
    assert row is not None
    return row_name(row)


def row_name(row: Row) -> str:
    """What a row is the price of."""
    parts: tuple[str, ...] = (row.locator,)
    if "instance_type" in row.cells:
        parts = (row["provider"], row["instance_type"], row["region"], row["purchase_model"])
    elif "api_model" in row.cells:
        parts = (row["provider"], row["api_model"])
    elif "units_per_eur" in row.cells:
        parts = ("EUR/" + row["currency"],)
    return " ".join(part for part in parts if part and part != "unspecified")


def change_currency(change: PriceChange) -> str:
    """Currency of the price that moved; that of tokens is US dollars."""
    row: Row | None = change.after or change.before
    assert row is not None
    return "USD" if "api_model" in row.cells else row.cells.get("currency", "")
