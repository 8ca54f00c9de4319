"""French and English: messages by key, money and numbers in the reader's manner."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.numbers import format_decimal, format_percent

from planner.errors import Message, PlannerError
from planner.text import (
    en,
    en_benchmark,
    en_board,
    en_doubt,
    en_estimate,
    en_finders,
    en_init,
    en_kinds,
    en_measured,
    en_options,
    en_page,
    en_prices,
    en_value,
    fr,
    fr_benchmark,
    fr_board,
    fr_doubt,
    fr_estimate,
    fr_finders,
    fr_init,
    fr_kinds,
    fr_measured,
    fr_options,
    fr_page,
    fr_prices,
    fr_value,
)

LANGUAGES = ("en", "fr")
BEYOND = 1e18  # sums that no words of a currency are for
_PARTS = {
    "en": (
        en,
        en_options,
        en_page,
        en_kinds,
        en_finders,
        en_init,
        en_estimate,
        en_value,
        en_board,
        en_doubt,
        en_prices,
        en_benchmark,
        en_measured,
    ),
    "fr": (
        fr,
        fr_options,
        fr_page,
        fr_kinds,
        fr_finders,
        fr_init,
        fr_estimate,
        fr_value,
        fr_board,
        fr_doubt,
        fr_prices,
        fr_benchmark,
        fr_measured,
    ),
}
_CATALOGUES: dict[str, dict[str, str]] = {
    lang: {k: v for part in parts for k, v in part.MESSAGES.items()} for lang, parts in _PARTS.items()
}


def catalogue(lang: str) -> dict[str, str]:
    """All messages of a language, by key."""
    return _CATALOGUES[lang]


def say(key: str, lang: str = "en", **arguments: object) -> str:
    """The message of a key in a language, its places filled with the arguments."""
    return _CATALOGUES[lang][key].format(**arguments)


def render(error: PlannerError | Message, lang: str = "en") -> str:
    """One message: place, what is wrong and what to do, close matches."""
    facts = {k: render(v, lang) if isinstance(v, Message) else v for k, v in error.arguments.items()}
    text = say(error.key, lang, **facts)
    if error.close:
        text += " " + say("error.did_you_mean", lang, matches=" · ".join(error.close))
    return f"{error.where}: {text}" if error.where and str(error.where) else text


# Canadian formats: the currency code keeps CAD, EUR and USD apart in both languages.
_LOCALES = {"en": "en_CA", "fr": "fr_CA"}


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(_LOCALES[lang])


def money(amount: float | None, currency: str, lang: str = "en", digits: int | None = 3) -> str:
    """A sum with its currency code; digits: significant digits for reading, None for cents.

    >>> money(1234567.0, "CAD"), money(0.0, "CAD")
    ('1,230,000 CAD', '0 CAD')
    """
    if amount is None:
        return "—"
    if abs(amount) >= BEYOND:
        return f"{amount:.{digits or 3}g} {currency}"
    if digits is None:
        return f"{format_decimal(amount, '#,##0.00', locale=_locale(lang))} {currency}"
    if amount and abs(amount) >= 10 ** (digits - 1):
        scale = 10 ** (len(str(int(abs(amount)))) - digits)
        return f"{format_decimal(round(amount / scale) * scale if scale > 1 else round(amount), '#,##0', locale=_locale(lang))} {currency}"
    return f"{format_decimal(amount, '#,##0.##' if amount else '0', locale=_locale(lang))} {currency}"


def number(value: float | None, lang: str = "en", digits: int = 3) -> str:
    """A number with so many significant digits."""
    if value is None:
        return "—"
    if abs(value) >= BEYOND:
        return f"{value:.{digits}g}"
    if value and abs(value) < 10 ** (digits - 1):
        return str(format_decimal(float(f"{value:.{digits}g}"), "#,##0.#########", locale=_locale(lang)))
    return str(format_decimal(round(value), "#,##0", locale=_locale(lang)))


def unit_words(unit: str, lang: str = "en") -> str:
    """A unit in the reader's words.

    >>> unit_words("token/accelerator-hour", "fr")
    "jeton/heure d'accélérateur"
    """
    for pair in say("estimate.unit_words", lang).split("|"):
        word, _, own = pair.partition("=")
        unit = unit.replace(word, own)
    return unit


def percent(fraction: float | None, lang: str = "en") -> str:
    """A fraction as a percentage; under 1 % and over 99 % are said so, not rounded to certainty."""
    if fraction is None:
        return "—"
    pattern = "0 %" if lang == "fr" else "0%"
    if 0 < fraction < 0.01:
        return "< " + str(format_percent(0.01, pattern, locale=_locale(lang)))
    if 0.99 < fraction < 1:
        return "> " + str(format_percent(0.99, pattern, locale=_locale(lang)))
    return str(format_percent(fraction, pattern, locale=_locale(lang)))
