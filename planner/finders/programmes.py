"""Which programmes and start-up credits an organisation may ask for, when the answer comes, what it is worth."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from planner.awards import STATUSES_READ_ON, assess
from planner.awards.calls import Call, Start
from planner.awards.hours import Amount, Worth, award_hours
from planner.awards.verdicts import VERDICTS, Verdict, is_academic
from planner.errors import Message, NotPriced, PriceError
from planner.finders.worth import credit_hours
from planner.prices import PriceBook, as_date
from planner.reference import Reference
from planner.scenario import Organisation
from planner.tables import DataFolder, Row
from planner.uncertainty import Fixed, Pert

DEFAULT_ACCELERATOR = "H100-SXM"
# Terms of programmes and credits change: older rows say so.
OLD_DAYS = 730
LAST_YEAR = 2100
CREDITS = "prices/startup_credits.csv"


@dataclass(frozen=True)
class Programme:
    """A programme or a credit, as this organisation sees it at a date."""

    id: str
    name: str
    country: str
    operator: str
    kind: str
    verdict: Verdict
    reasons: tuple[Message, ...]
    who_may_apply: str
    price_basis: str
    constraints: str
    source: str
    locator: str
    observed_on: str
    flag: str
    status: str
    amount: Amount
    worth: Worth | None
    award_share: tuple[float, float] | None
    award_share_source: str
    lead_time_days: float | None
    start: Start
    call: Call | None
    award_duration_months: float | None


@dataclass(frozen=True)
class Programmes:
    """What was found, best verdict first, and the question that it answers."""

    organisation: Organisation
    as_of: dt.date
    accelerator: str
    accelerator_ambiguous: bool
    book: PriceBook
    rows: tuple[Programme, ...]

    def __iter__(self) -> Iterator[Programme]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Programme:
        return next(row for row in self.rows if row.id == name)

    def of(self, verdict: Verdict) -> tuple[Programme, ...]:
        """Those of one verdict, in their order."""
        return tuple(row for row in self.rows if row.verdict == verdict)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each verdict."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in VERDICTS}


def default_date(book: PriceBook) -> dt.date:
    """The price book's date, or the day on which the statuses were read where that is later."""
    return max(book.date, STATUSES_READ_ON)


def programmes(
    organisation: Organisation,
    *,
    as_of: dt.date | None = None,
    accelerator: str = DEFAULT_ACCELERATOR,
    book: PriceBook | None = None,
) -> Programmes:
    """Every programme and credit with its verdict, first day, amount and worth in accelerator-hours.

    as_of: day on which the organisation asks; default see default_date.
    accelerator: card whose hours are counted where a programme or provider has it.
    Raises PriceError for an unknown accelerator and for a date past 2100.
    """
    book = book or PriceBook.load(as_of=as_of)
    reference = Reference(book.folder)
    card, ambiguous = reference.accelerator(accelerator)
    day = as_of or default_date(book)
    if day.year > LAST_YEAR:
        raise PriceError("finders.far_date", date=day.isoformat(), last=LAST_YEAR)
    offered = _optional(reference.folder, CREDITS)
    found = [_credit(row, organisation, card.id, book, day) for row in offered]
    for row in reference.folder.table("reference/academic_programmes.csv"):
        if offered and row["kind"] == "vendor_credit":
            continue  # the table of credits says the same, row by row
        found.append(_programme(row, organisation, card.id, reference, book, day))
    rows = tuple(sorted(found, key=lambda item: _order(item, organisation)))
    return Programmes(organisation, day, card.id, ambiguous, book, rows)


def _optional(folder: DataFolder, name: str) -> list[Row]:
    return folder.table(name) if name in folder.files else []


def _order(item: Programme, organisation: Organisation) -> tuple[int, bool, bool, float, str]:
    """Verdict, then programmes before credits, the own country first, the most hours first."""
    high = (item.worth.high or item.worth.low or 0.0) if item.worth else 0.0
    home = item.country.startswith(organisation.country or "?")
    return VERDICTS.index(item.verdict), item.kind == "vendor_credit", not home, -high, item.id


def _programme(
    row: Row,
    organisation: Organisation,
    accelerator: str,
    reference: Reference,
    book: PriceBook,
    day: dt.date,
) -> Programme:
    found = assess(row, organisation, reference, day)
    verdict, rule = found.verdict, found.rule
    unit = row["allocation_unit"]
    amount = Amount(unit, *(row.number(f"{name}_amount") for name in ("min", "typical", "max")))
    share, share_source = _award_share(reference, rule.award_share)
    worth: Worth | None
    if rule.provider:
        worth = credit_hours(book, amount, unit.split()[0], rule.provider, accelerator, day)
    else:
        worth = award_hours(reference, amount, rule.machines, accelerator, share)
    cautions = () if found.is_over or verdict == "not_yours" else _cautions(row, day)
    return Programme(
        id=row["programme_id"],
        name=row["programme"],
        country=row["country"],
        operator=row["operator"],
        kind=row["kind"],
        verdict=verdict,
        reasons=(*found.reasons, *cautions),
        who_may_apply=row["who_may_apply"],
        price_basis=row["price_basis"],
        constraints=row["constraints"],
        source=row["source"],
        locator=row.locator,
        observed_on=row["observed_on"],
        flag=row["flag"],
        status=row["status_2026_11"],
        amount=amount,
        worth=worth,
        award_share=share,
        award_share_source=share_source,
        lead_time_days=row.number("application_lead_time_days"),
        start=found.start,
        call=found.call,
        award_duration_months=row.number("award_duration_months"),
    )


def _credit(row: Row, organisation: Organisation, accelerator: str, book: PriceBook, day: dt.date) -> Programme:
    """A row of the table of start-up credits: no country, no call, amounts are ceilings."""
    amount = Amount(f"{row['currency']} credit".strip(), None, None, row.number("amount_max"))
    reasons: tuple[Message, ...] = ()
    verdict: Verdict = "open"
    if is_academic(organisation) or organisation.stage == "established":
        verdict, reasons = "not_yours", (Message("programmes.reason.startups"),)
    elif amount.maximum is None:
        verdict, reasons = "verify", (Message("programmes.reason.no_figure"),)
    elif row["confidence"] not in ("high", "medium") or "suspect" in row["flag"]:
        verdict, reasons = "verify", (Message("programmes.reason.low_confidence"),)
    return Programme(
        id=row["credit_id"],
        name=row["programme"],
        country="global",
        operator=row["provider_name"],
        kind="vendor_credit",
        verdict=verdict,
        reasons=(*reasons, *_cautions(row, day)) if verdict == "open" else reasons,
        who_may_apply=row["eligibility"],
        price_basis="",
        constraints="",
        source=row["source"],
        locator=row.locator,
        observed_on=row["observed_on"],
        flag=row["flag"],
        status="",
        amount=amount,
        worth=credit_hours(book, amount, row["currency"], row["provider"], accelerator, day),
        award_share=None,
        award_share_source="",
        lead_time_days=None,
        start=Start(None, Message("programmes.start.unknown")),
        call=None,
        award_duration_months=row.number("validity_months"),
    )


def _award_share(reference: Reference, name: str) -> tuple[tuple[float, float] | None, str]:
    """Granted over requested, least and greatest of the published competitions."""
    if not name:
        return None, ""
    try:
        found = reference.assumption(name)
    except NotPriced:  # a price book of one's own may lack it
        return None, ""
    if isinstance(found.estimate, Pert):
        return (found.estimate.low, found.estimate.high), found.source.origin
    assert isinstance(found.estimate, Fixed)
    return (found.estimate.value, found.estimate.value), found.source.origin


def _cautions(row: Row, day: dt.date) -> tuple[Message, ...]:
    """What the flag and the age of a row say of its source."""
    flag, seen = row["flag"], as_date(row["observed_on"])
    if "suspect" in flag or "memory" in flag:
        return (Message("programmes.caution.secondary"),)
    if "undated" in flag or seen is None:
        return (Message("programmes.caution.undated"),)
    if "stale" in flag or (day - seen).days > OLD_DAYS:
        return (Message("programmes.caution.old", {"date": row["observed_on"]}),)
    return ()
