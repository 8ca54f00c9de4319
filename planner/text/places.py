"""Countries by their two letters, in the reader's language."""

from __future__ import annotations

import unicodedata
from functools import cache

from babel import Locale


@cache
def countries(lang: str) -> dict[str, str]:
    """Name of each country by its two letters (ISO 3166-1)."""
    territories = Locale.parse(lang).territories
    beside = ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
    return {
        code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in beside
    }


def country_name(code: str, lang: str) -> str:
    """Name of a country or of the European Union, the code itself when it is neither.

    >>> country_name("CA", "fr"), country_name("CA-QC", "fr")
    ('Canada', 'CA-QC')
    """
    if code == "EU":
        return str(Locale.parse(lang).territories[code])
    return countries(lang).get(code, code)


def plain(text: str) -> str:
    """Lower case without accents, spaces and hyphens: how names are compared.

    >>> plain("Saint-Étienne"), plain("H100 SXM")
    ('saintetienne', 'h100sxm')
    """
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if letter.isalnum())
