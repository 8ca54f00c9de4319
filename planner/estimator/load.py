"""From the rate of a replica to the replicas of a load, and what buying the same answers by token lists."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from planner.figure import Source
from planner.reference import Reference

UTILISATION_KEPT = 0.75  # of a service's capacity, in the middle of 0.7 to 0.8
# Mean prompt and answer of the Azure 2023 conversation trace [token].
CHAT_PROMPT, CHAT_ANSWER = 1155.0, 211.0
CHAT_PEAK = 1.5  # busiest minute over the mean of an hour: Azure 2023 conversation trace
PER_MILLION, THOUSAND = 1e6, 1e3


@dataclass(frozen=True)
class TokenPrice:
    """List prices of one model by token, for a thousand requests [USD]: lowest and median of the sellers."""

    lowest: float
    median: float
    seller: str
    sellers: int
    source: Source


def replicas(load: float, rate: float, *, peak_to_mean: float = CHAT_PEAK, spare: int = 1) -> int:
    """Whole replicas for a load [request/s] at a rate per replica [request/s]: the busy part and the spare.

    >>> replicas(20.0, 4.0, peak_to_mean=1.5, spare=1)
    11
    """
    return math.ceil(round(load * peak_to_mean / UTILISATION_KEPT / rate, 9)) + spare


def token_price(reference: Reference, model: str, prompt: float, answer: float) -> TokenPrice | None:
    """What sellers list for the same requests; None when nobody sells the model by token."""
    found = []
    for row in reference.folder.table("prices/token_prices.csv"):
        price_in, price_out = row.number("usd_per_m_input"), row.number("usd_per_m_output")
        if row["model"] != model or row["flag"] or not price_in or not price_out:
            continue
        found.append((THOUSAND * (prompt * price_in + answer * price_out) / PER_MILLION, row))
    if not found:
        return None
    cheapest, row = min(found, key=lambda pair: pair[0])
    sellers = {one["provider"] for _, one in found}
    middle = statistics.median(price for price, _ in found)
    return TokenPrice(cheapest, middle, row["provider"], len(sellers), row.source("price_row"))
