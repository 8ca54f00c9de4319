"""The country that a person means."""

from __future__ import annotations

from planner.errors import PlannerError
from planner.text.places import countries, country_name, plain
from planner.units import close_matches


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
    near = [names[name] for name in close_matches(plain(text), names)]
    close = tuple(f"{key} ({country_name(key, 'en')})" for key in dict.fromkeys(near))
    raise PlannerError("finders.unknown_country", close=close, given=text)
