"""Countries by their two letters, in the reader's language."""

from __future__ import annotations

import difflib
import unicodedata
from functools import cache

from babel import Locale

from planner.errors import PlannerError


@cache
def countries(lang: str) -> dict[str, str]:
    """Name of each country by its two letters (ISO 3166-1)."""
    territories = Locale.parse(lang).territories
    beside = ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
    return {
        code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in beside
    }


def country_name(code: str, lang: str) -> str:
    """Name of a country, the code itself when it is not one.

    >>> country_name("CA", "fr"), country_name("CA-QC", "fr")
    ('Canada', 'CA-QC')
    """
    return countries(lang).get(code, code)


def country_code(text: str) -> str:
    """Two letters of a country given by code or by name in English or French.

    Raises PlannerError with close matches.

    >>> country_code("ca"), country_code("UK"), country_code("États-Unis")
    ('CA', 'GB', 'US')
    """
    code = text.strip().upper()
    if code == "UK":
        return "GB"
    if code in countries("en"):
        return code
    names = {plain(name): key for lang in ("en", "fr") for key, name in countries(lang).items()}
    if plain(text) in names:
        return names[plain(text)]
    near = [names[name] for name in difflib.get_close_matches(plain(text), names, n=3)]
    close = tuple(f"{key} ({country_name(key, 'en')})" for key in dict.fromkeys(near))
    raise PlannerError("finders.unknown_country", close=close, given=text)


def plain(text: str) -> str:
    """Lower case without accents, spaces and hyphens: how names are compared.

    >>> plain("Saint-Étienne"), plain("H100 SXM")
    ('saintetienne', 'h100sxm')
    """
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if letter.isalnum())
