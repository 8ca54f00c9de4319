"""French and English: messages by key, money and numbers in the reader's manner."""

from __future__ import annotations

from planner.errors import Message, PlannerError
from planner.text import en, fr

LANGUAGES = ("en", "fr")
_CATALOGUES = {"en": en.MESSAGES, "fr": fr.MESSAGES}


def catalogue(lang: str) -> dict[str, str]:
    """All messages of a language, by key."""
    return _CATALOGUES[lang]


def say(key: str, lang: str = "en", **arguments: object) -> str:
    """The message of a key in a language, its places filled with the arguments."""
    return _CATALOGUES[lang][key].format(**arguments)


def render(error: PlannerError | Message, lang: str = "en") -> str:
    """One message: place, what is wrong and what to do, close matches."""
    text = say(error.key, lang, **error.arguments)
    if error.close:
        text += " " + say("error.did_you_mean", lang, matches=" · ".join(error.close))
    return f"{error.where}: {text}" if error.where and str(error.where) else text
