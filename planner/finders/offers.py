"""The cheapest price on demand that may be used, in one currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import PriceError
from planner.prices import PriceBook, UnitPrice
from planner.reference import Reference
from planner.text.places import plain


@dataclass(frozen=True)
class Cheapest:
    """An offer, its price per accelerator-hour as published and in the currency asked for."""

    offer: UnitPrice
    price_per_accelerator_hour: float
    converted: float
    currency: str
    age_days: int | None
    stale: bool
    offers: int


def cheapest_on_demand(
    book: PriceBook, accelerator: str, *, as_of: dt.date, currency: str = "USD", provider: str | None = None
) -> Cheapest | None:
    """The cheapest usable on-demand offer of an accelerator; offers of the last 365 days come first.

    currency: prices are compared in it, at the rate of as_of.
    None when nothing usable is on sale.
    """
    found = book.query(accelerator=accelerator, provider=provider, category="standard")
    fresh = [offer for offer in found if not offer.is_stale(as_of)]
    priced = _converted(book, fresh, currency, as_of) or _converted(book, found, currency, as_of)
    if not priced:
        return None
    amount, offer = min(priced, key=lambda pair: pair[0])
    return Cheapest(
        offer=offer,
        price_per_accelerator_hour=offer.price_per_accelerator_hour,
        converted=amount,
        currency=currency,
        age_days=offer.age_days(as_of),
        stale=offer.is_stale(as_of),
        offers=len(found),
    )


def _converted(
    book: PriceBook, offers: Sequence[UnitPrice], currency: str, as_of: dt.date
) -> list[tuple[float, UnitPrice]]:
    rates: dict[str, float | None] = {}
    for offer in offers:
        if offer.currency not in rates:
            try:
                rates[offer.currency] = book.fx.rate(offer.currency, currency, as_of).mean
            except PriceError:  # a currency without a rate cannot be compared
                rates[offer.currency] = None
    return [
        (offer.price_per_accelerator_hour * rate, offer)
        for offer in offers
        if (rate := rates[offer.currency]) is not None
    ]


def accelerators_meant(name: str, reference: Reference) -> tuple[str, ...]:
    """Ids of the cards that a name means: one, or all forms of it where the name does not say which.

    Raises PriceError with close matches.
    """
    card, ambiguous = reference.accelerator(name)
    forms = [id for id in reference.accelerators if plain(id).startswith(plain(name))]
    return tuple(forms) if ambiguous and forms else (card.id,)


def find_offers(
    text: str = "",
    *,
    book: PriceBook,
    as_of: dt.date,
    provider: str | None = None,
    accelerator: str | None = None,
    region: str | None = None,
    purchase_model: str | None = None,
    source: str | None = None,
    include_refused: bool = False,
) -> tuple[UnitPrice, ...]:
    """Offers that match, cheapest per accelerator-hour in US dollars first.

    text: part of the provider, instance, region or accelerator. accelerator: a name or another spelling. source: only
    what one source brought, ``bundled`` or the id of a refreshed one.
    Raises PriceError with close matches for a word that no offer has.
    """
    cards = accelerators_meant(accelerator, Reference(book.folder)) if accelerator else None
    for column, value in (("provider", provider), ("region", region), ("purchase_model", purchase_model)):
        if value is not None:
            book.check_known(column, value)
    found = book.query(
        provider=provider, accelerator=cards, region=region, purchase_model=purchase_model,
        include_refused=include_refused,
    )  # fmt: skip
    word = plain(text)
    found = [
        offer
        for offer in found
        if (source is None or offer.origin == source)
        and (not word or word in plain(f"{offer.provider} {offer.instance_type} {offer.region} {offer.accelerator}"))
    ]
    ranked = sorted(_converted(book, found, "USD", as_of), key=lambda pair: pair[0])
    return tuple(offer for _, offer in ranked)
