"""Constants and closed lists of units and currencies."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

HOURS_PER_MONTH = 730.0  # 8,760 h / 12
MONTHS_PER_YEAR = 12
HOURS_PER_YEAR = 8760.0
DAYS_PER_MONTH = HOURS_PER_MONTH / 24
SECONDS_PER_HOUR = 3600.0
TERA = 1e12
GIGA = 1e9
GIB = 2.0**30

CURRENCIES = (
    "EUR", "USD", "CAD", "GBP", "CHF", "JPY", "AUD", "SEK", "NOK", "DKK", "CNY", "INR", "KRW", "SGD",
    "HKD", "NZD", "PLN", "CZK", "BRL", "MXN", "ZAR", "ILS", "TRY", "THB", "HUF", "RON", "ISK", "IDR",
    "MYR", "PHP",
)  # fmt: skip


def close_matches(word: str, valid: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Valid words nearest to a mistyped one, best first, without regard to case.

    >>> close_matches("a100-80", ["A100-SXM-80GB", "H100-SXM"], 1)
    ('A100-SXM-80GB',)
    """
    by_lower = {item.lower(): item for item in valid}
    found = difflib.get_close_matches(word.lower(), by_lower, n=limit, cutoff=0.45)
    return tuple(by_lower[item] for item in found)
