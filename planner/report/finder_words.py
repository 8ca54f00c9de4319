"""Messages of the finders with numbers, dates and countries in the reader's manner."""

from __future__ import annotations

import datetime as dt

from planner.errors import Message
from planner.finders.programmes import Programme, Programmes
from planner.finders.worth import CreditWorth
from planner.text import money, number, percent, render, say
from planner.text.places import country_name
from planner.units import CURRENCIES

STAGES = {
    "idea": "programmes.stage.idea",
    "pre_seed": "programmes.stage.pre_seed",
    "seed": "programmes.stage.seed",
    "series_a": "programmes.stage.series_a",
    "growth": "programmes.stage.growth",
    "established": "programmes.stage.established",
    "university": "programmes.stage.university",
}


def words(message: Message, lang: str) -> str:
    """A message in the reader's language.

    Floats are numbers to read, dates are ISO, two letters of a country become its name.
    """
    shown: dict[str, object] = {}
    for name, value in message.arguments.items():
        if isinstance(value, float) and name == "price":
            shown[name] = money(value, "", lang, None).strip()
        elif isinstance(value, float):
            shown[name] = number(value, lang, 4)
        elif isinstance(value, dt.date):
            shown[name] = value.isoformat()
        elif name in ("country", "places"):
            shown[name] = ", ".join(country_name(code, lang) for code in str(value).split(", "))
        else:
            shown[name] = value
    return render(Message(message.key, shown, message.where, message.close), lang)


def worth_words(item: Programme, accelerator: str, lang: str) -> str:
    """What an award or credit is worth, in half a line."""
    worth, amount = item.worth, item.amount
    currency = amount.unit.split(" ")[0]
    if currency in CURRENCIES:
        asked = _range(
            money(amount.low, currency, lang), money(amount.high, currency, lang), amount.low, amount.high, lang
        )
        if not asked:
            return say("programmes.worth.unknown", lang)
        if item.kind != "vendor_credit":
            return asked + amount.unit.removeprefix(currency)
        if worth is None or not isinstance(worth, CreditWorth) or worth.price is None:
            return say("programmes.worth.not_sold", lang, amount=asked, card=accelerator)
        price = money(worth.price.converted, currency, lang, None)
        hours = _range(_rounded(worth.low, lang), _rounded(worth.high, lang), worth.low, worth.high, lang)
        facts = {"amount": asked, "hours": hours, "card": worth.accelerator, "price": price}
        return say("programmes.worth.credit_hours", lang, **facts)
    if worth is None:
        text = _range(number(amount.low, lang), number(amount.high, lang), amount.low, amount.high, lang)
        return f"{text} {amount.unit}" if text else say("programmes.worth.unknown", lang)
    if hours := _range(number(worth.low, lang), number(worth.high, lang), worth.low, worth.high, lang):
        text = say("programmes.worth.hours", lang, amount=hours, card=worth.accelerator)
        return f"{text} ({worth.machine})" if worth.machine else text
    if worth.per_unit == 1:
        return say("programmes.worth.unknown", lang)
    facts = {"unit": amount.unit.split(" (")[0], "hours": number(worth.per_unit, lang), "card": worth.accelerator}
    return say("programmes.worth.per_unit", lang, **facts)


def _rounded(hours: float | None, lang: str) -> str:
    """Three significant digits: a price is not known better."""
    return number(None if hours is None else float(f"{hours:.3g}"), lang)


def _range(low_text: str, high_text: str, low: float | None, high: float | None, lang: str) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return say("programmes.worth.to", lang, high=high_text)
    if high is None:
        return say("programmes.worth.from", lang, low=low_text)
    return high_text if low == high else say("programmes.worth.between", lang, low=low_text, high=high_text)


def start_words(item: Programme, found: Programmes, lang: str) -> str:
    """The first day, in a few words; empty where nothing can be asked for any more."""
    day = item.start.earliest
    if item.start.basis.key == "programmes.start.never":
        return ""
    if day is None:
        return say("programmes.from_unknown", lang)
    if day == found.as_of:
        return say("programmes.at_once", lang)
    if item.call is not None and not item.call.published:
        return say("programmes.from_about", lang, date=day.isoformat())
    return say("programmes.from", lang, date=day.isoformat())


def facts_words(item: Programme, found: Programmes, lang: str) -> str:
    """Worth, first day and duration in one line."""
    parts = [worth_words(item, found.accelerator, lang)]
    # No provider says how long its answer takes: not worth a word on each line.
    if item.kind != "vendor_credit":
        parts.append(start_words(item, found, lang))
    if item.award_duration_months:
        parts.append(say("programmes.months", lang, months=number(item.award_duration_months, lang)))
    return " · ".join(part for part in parts if part)


def awarded_words(item: Programme, lang: str) -> str:
    """What is granted of a request on average; empty where it is not known."""
    if item.award_share is None or item.worth is None or item.worth.awarded is None:
        return ""
    low, high = (percent(share, lang) for share in item.award_share)
    first, last = (number(hours, lang) for hours in item.worth.awarded)
    return say("programmes.awarded", lang, low=low, high=high, from_hours=first, to_hours=last)


def organisation_words(found: Programmes, lang: str) -> str:
    """Who asks, in a line."""
    who = found.organisation
    place = country_name(who.country, lang) if who.country else ""
    parts = [f"{place} ({who.region})" if place and who.region else place]
    if who.stage:
        parts.append(say(STAGES[who.stage], lang))
    parts.append(say("programmes.who.commercial" if who.commercial else "programmes.who.research", lang))
    if who.stage != "university":
        parts.append(say("programmes.who.partner" if who.academic_partner else "programmes.who.alone", lang))
    return " · ".join(part for part in parts if part)
