"""May this organisation ask? One verdict for each programme, with its reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from planner.awards.calls import Call
from planner.errors import Message
from planner.scenario import Organisation
from planner.tables import Row

Verdict = Literal["open", "with_partner", "paid", "verify", "closed", "not_yours"]
VERDICTS: tuple[Verdict, ...] = ("open", "with_partner", "paid", "verify", "closed", "not_yours")
# What a status that is not open says, where no date of a call is known.
SHUT = ("closed", "superseded", "being built")


@dataclass(frozen=True)
class Rule:
    """What a programme's row leaves in prose: where it is for, which machines, what credits pay for."""

    countries: tuple[str, ...]
    to_check: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    award_share: str = ""
    provider: str = ""

    @classmethod
    def of(cls, programme: Row, row: Row | None) -> Rule:
        """The hand-kept rule of a programme, else the country of its row."""
        own = (_iso(programme["country"]),)
        if row is None:
            return cls(own)
        return cls(
            tuple(row["countries"].split()) or own,
            tuple(row["countries_to_check"].split()),
            tuple(part for part in row["clusters"].split(" | ") if part),
            row["award_share"],
            row["provider"],
        )

    @property
    def place(self) -> str:
        """The places in a few letters; `EU` for the list of its members."""
        return "EU" if len(self.countries) > 20 else ", ".join(self.countries)


def _iso(country: str) -> str:
    return {"UK": "GB", "global": "*", "": "*"}.get(country, country)


def is_academic(organisation: Organisation) -> bool:
    """A university applies itself; others need a professor or institute beside them."""
    return organisation.stage == "university"


def verdict_on(
    programme: Row, rule: Rule, organisation: Organisation, *, as_of: dt.date, call: Call | None, has_calls: bool
) -> tuple[Verdict, tuple[Message, ...]]:
    """Whether the organisation may ask at a date, and why: who it is and where first, then dates.

    call: the one that is open or comes next; has_calls: the programme lives by calls with known dates.
    """
    refused, doubts = _place(rule, organisation)
    verdict, reasons = _use(programme, organisation)
    if verdict == "not_yours":  # being established there would not help
        return verdict, reasons
    if refused:
        return "not_yours", refused
    shut, dates = _dates(programme, call, has_calls, as_of)
    if shut and call is None:  # who might have asked matters no more
        return "closed", dates
    reasons = (*dates, *reasons, *doubts)
    if shut:
        return "closed", reasons
    unknown = not has_calls and "verify" in programme["status_2026_11"].lower()
    if unknown:
        reasons = (Message("programmes.reason.unknown", {"status": programme["status_2026_11"]}), *reasons)
    return ("verify" if unknown or (doubts and verdict == "open") else verdict), reasons


def _place(rule: Rule, organisation: Organisation) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Reasons that refuse, and doubts that remain, from country and region."""
    country, region = organisation.country, organisation.region
    if country is None or "*" in rule.countries:
        return (), ()
    facts = {"places": rule.place, "country": country}
    if country in rule.countries:
        return (), ()
    if country in rule.to_check:
        return (), (Message("programmes.reason.check_country", facts),)
    inside = [place for place in rule.countries if place.startswith(f"{country}-")]
    if not inside:
        return (Message("programmes.reason.country", facts),), ()
    if region is None:
        return (), (Message("programmes.reason.check_region", facts),)
    if f"{country}-{region}" in inside:
        return (), ()
    return (Message("programmes.reason.country", {**facts, "country": f"{country}-{region}"}),), ()


def _dates(programme: Row, call: Call | None, has_calls: bool, as_of: dt.date) -> tuple[bool, tuple[Message, ...]]:
    """Whether nobody may ask at this date, and what is known of the next time."""
    status = programme["status_2026_11"]
    if not has_calls:
        shut = any(word in status.lower() for word in SHUT)
        return shut, (Message("programmes.reason.closed", {"status": status}),) if shut else ()
    if call is None:
        return True, (Message("programmes.reason.call_over", {"status": status}),)
    facts = {"opens": call.opens_on, "closes": call.closes_on}
    if call.opens_on <= as_of:
        return False, (Message("programmes.reason.call_open", facts),)
    key = "programmes.reason.next_call" if call.published else "programmes.reason.next_call_about"
    return True, (Message(key, facts),)


def _use(programme: Row, organisation: Organisation) -> tuple[Verdict, tuple[Message, ...]]:
    """Verdict from who the organisation is, as if the programme were open."""
    use, academic = programme["commercial_use"], is_academic(organisation)
    if use == "no":
        return _academics_only(programme, organisation)
    if use == "partner":
        if academic:
            return "open", ()
        if not organisation.academic_partner:
            return "with_partner", (Message("programmes.reason.partner_wanted"),)
        if organisation.commercial:
            return "open", (Message("programmes.reason.partner_applies_commercial"),)
        return "open", (Message("programmes.reason.partner_applies"),)
    if use == "paid":
        if academic and programme.number("price_per_unit") == 0:
            return "open", ()
        return "paid", (_payment(programme),)
    if not academic:
        return "open", ()
    if programme["kind"] == "vendor_credit":
        return "not_yours", (Message("programmes.reason.startups"),)
    return "verify", (Message("programmes.reason.companies"),)


def _academics_only(programme: Row, organisation: Organisation) -> tuple[Verdict, tuple[Message, ...]]:
    if not is_academic(organisation):
        return "not_yours", (Message("programmes.reason.members"),)
    if organisation.commercial:
        return "not_yours", (Message("programmes.reason.no_commercial_use"),)
    if programme["kind"] == "recharge":
        return "paid", (_payment(programme), Message("programmes.reason.recharge"))
    return "open", (Message("programmes.reason.own_members"),)


def _payment(programme: Row) -> Message:
    price = programme.number("price_per_unit")
    if not price:
        return Message("programmes.reason.quotation")
    facts = {"price": price, "currency": programme["currency"], "unit": programme["allocation_unit"]}
    return Message("programmes.reason.tariff", facts)
