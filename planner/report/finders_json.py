"""What the finders found, as JSON documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from planner.awards import STATUSES_OF
from planner.finders.catalogue import FoundAccelerator, FoundRegion, FoundSystem, SystemPrice
from planner.finders.model_catalogue import FoundModel
from planner.finders.offers import Cheapest
from planner.finders.programmes import Programme, Programmes
from planner.finders.worth import CreditWorth
from planner.prices import PriceBook
from planner.report.finder_words import words


def _book(book: PriceBook) -> dict[str, str]:
    return {"id": book.id, "sha256": book.sha256, "newest": book.date.isoformat()}


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def programmes_document(found: Programmes, lang: str) -> dict[str, Any]:
    """planner.programmes/1: every programme and credit, also those that are closed or not yours."""
    who = found.organisation
    return {
        "schema": "planner.programmes/1",
        "as_of": found.as_of.isoformat(),
        "statuses_as_of": STATUSES_OF,
        "price_book": _book(found.book),
        "organisation": {
            "stage": who.stage,
            "country": who.country,
            "region": who.region,
            "academic_partner": who.academic_partner,
            "commercial": who.commercial,
        },
        "accelerator": found.accelerator,
        "counts": found.counts,
        "programmes": [_programme(item, lang) for item in found],
    }


def _programme(item: Programme, lang: str) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "country": item.country,
        "operator": item.operator,
        "kind": item.kind,
        "verdict": item.verdict,
        "reasons": [words(reason, lang) for reason in item.reasons],
        "how_to_apply": {
            "who": item.who_may_apply,
            "price_basis": item.price_basis,
            "constraints": item.constraints,
            "source": item.source,
        },
        "status": item.status,
        "call": None
        if item.call is None
        else {
            "opens_on": _day(item.call.opens_on),
            "closes_on": _day(item.call.closes_on),
            "starts_on": _day(item.call.starts_on),
            "published": item.call.published,
        },
        "lead_time_days": item.lead_time_days,
        "earliest_start": _day(item.start.earliest),
        "earliest_start_basis": words(item.start.basis, lang),
        "award_duration_months": item.award_duration_months,
        "allocation_unit": item.amount.unit,
        "min_amount": item.amount.minimum,
        "typical_amount": item.amount.typical,
        "max_amount": item.amount.maximum,
        "award_share": None if item.award_share is None else list(item.award_share),
        "award_share_source": item.award_share_source or None,
        "accelerator_hours": _worth(item, lang),
        "observed_on": item.observed_on,
        "flag": item.flag,
        "locator": item.locator,
    }


def _worth(item: Programme, lang: str) -> dict[str, Any] | None:
    worth = item.worth
    if worth is None:
        return None
    return {
        "accelerator": worth.accelerator,
        "low": worth.low,
        "high": worth.high,
        "per_unit": worth.per_unit,
        "machine": worth.machine or None,
        "basis": words(worth.basis, lang),
        "awarded_of_smallest_request": None if worth.awarded is None else list(worth.awarded),
        "price": _cheapest(worth.price) if isinstance(worth, CreditWorth) and worth.price else None,
        "flag": worth.flag,
    }


def _cheapest(best: Cheapest) -> dict[str, Any]:
    offer = best.offer
    return {
        "price_per_accelerator_hour": best.price_per_accelerator_hour,
        "currency": offer.currency,
        "converted": best.converted,
        "converted_currency": best.currency,
        "provider": offer.provider,
        "region": offer.region,
        "instance_type": offer.instance_type,
        "accelerator_ambiguous": offer.accelerator_ambiguous,
        "observed_on": offer.observed_on,
        "age_days": best.age_days,
        "stale": best.stale,
        "flag": offer.flag,
        "locator": offer.row.locator,
    }


def accelerators_document(found: Sequence[FoundAccelerator], book: PriceBook, as_of: dt.date) -> dict[str, Any]:
    """planner.accelerators/1: sheet, aliases and cheapest price on demand of each card."""
    return {
        "schema": "planner.accelerators/1",
        "as_of": as_of.isoformat(),
        "price_book": _book(book),
        "accelerators": [
            {
                "id": card.id,
                "name": card.name,
                "vendor": card.vendor,
                "class": card.device_class,
                "memory_gib": card.memory_gib,
                "memory_bandwidth_gbs": card.memory_bandwidth_gbs,
                "bf16_tflops": card.bf16_tflops,
                "tdp_w": card.tdp_w,
                "launch": card.launch,
                "aliases": list(card.aliases),
                "cheapest_on_demand": None if card.cheapest is None else _cheapest(card.cheapest),
                "on_demand_offers": card.offers,
                "flag": card.flag,
            }
            for card in found
        ],
    }


def systems_document(found: Sequence[FoundSystem]) -> dict[str, Any]:
    """planner.systems/1: prices, power and height of complete systems."""
    return {
        "schema": "planner.systems/1",
        "systems": [
            {
                "id": system.id,
                "accelerator": system.accelerator,
                "accelerator_count": system.accelerator_count,
                "street_price": _system_price(system.street),
                "list_price": _system_price(system.list),
                "power_kw": system.power_kw,
                "typical_power_kw": system.typical_power_kw,
                "rack_units": system.rack_units,
            }
            for system in found
        ],
    }


def _system_price(price: SystemPrice | None) -> dict[str, Any] | None:
    if price is None:
        return None
    names = ("low", "price", "high", "currency", "basis", "observed_on", "n_prices", "flag", "locator")
    return {name: getattr(price, name) for name in names}


def regions_document(found: Sequence[FoundRegion], book: PriceBook) -> dict[str, Any]:
    """planner.regions/1: where regions lie and what is on sale there."""
    return {
        "schema": "planner.regions/1",
        "price_book": _book(book),
        "regions": [
            {
                "provider": region.provider,
                "region_id": region.region_id,
                "place": region.place or None,
                "country": region.country or None,
                "grid_zone": region.grid_zone or None,
                "accelerator_types_on_demand": len(region.accelerators),
                "accelerators": list(region.accelerators),
            }
            for region in found
        ],
    }


def models_document(found: Sequence[FoundModel]) -> dict[str, Any]:
    """planner.models/1: size, geometry, positions and other names of each model."""
    return {
        "schema": "planner.models/1",
        "models": [{**vars(one), "aliases": list(one.aliases)} for one in found],
    }
