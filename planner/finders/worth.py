"""What a credit is worth in accelerator-hours, at the provider's cheapest price on demand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planner.awards.hours import Amount, Worth
from planner.errors import Message
from planner.finders.offers import Cheapest, cheapest_on_demand
from planner.prices import PriceBook
from planner.units import CURRENCIES


@dataclass(frozen=True)
class CreditWorth(Worth):
    """Hours that a credit pays, with the offer that it is divided by."""

    price: Cheapest | None = None


def credit_hours(
    book: PriceBook, amount: Amount, currency: str, provider: str, accelerator: str, as_of: dt.date
) -> CreditWorth | None:
    """Hours that a credit pays at the provider's cheapest price on demand; None when it sells no such card."""
    if currency not in CURRENCIES or provider not in book.vocabulary("provider"):
        return None
    best = cheapest_on_demand(book, accelerator, as_of=as_of, currency=currency, provider=provider)
    if best is None:
        return None
    low, high = (None if value is None else value / best.converted for value in (amount.low, amount.high))
    offer = best.offer
    facts = {
        "price": best.converted,
        "currency": currency,
        "instance": offer.instance_type,
        "region": offer.region,
        "date": offer.observed_on,
    }
    return CreditWorth(accelerator, low, high, 1 / best.converted, Message("programmes.basis.price", facts), price=best)
