"""The cheapest price on demand that may be used, in one currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import PriceError
from planner.prices import PriceBook, UnitPrice


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
