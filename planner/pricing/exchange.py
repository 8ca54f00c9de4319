"""Exchange rates: the European Central Bank, and the Bank of Canada for the days that it does not have."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence

import httpx

from planner.errors import PriceError
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import (
    Answer,
    PriceSource,
    Reading,
    ShapeChanged,
    Trouble,
    as_number,
    member,
    positive,
    records,
)
from planner.pricing.rows import number
from planner.pricing.wire import Wire, reason_of
from planner.units import CURRENCIES

ECB, CANADA = "eurofxref-hist", "observations"
USD_CAD, EUR_CAD = "FXUSDCAD", "FXEURCAD"
RECENT = "60"  # observations of the Bank of Canada
FAR = 2.0  # times the newest bundled rate: no bundled currency moved by more than 1.26 within two years


def fetch_ecb(wire: Wire) -> Iterator[Answer | Trouble]:
    """The zipped history of euro reference rates."""
    try:
        yield Answer(ECB, wire.get("/stats/eurofxref/eurofxref-hist.zip"))
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def parse_ecb(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """Rates after the newest bundled day, and that day's own. Raises ShapeChanged."""
    bundled = max((row["date"] for row in catalogue.reference.folder.table("fx/ecb.csv")), default="")
    rows = [row for answer in answers for row in ecb_rates(answer) if row["date"] >= bundled]
    return Reading(tables={"fx/ecb.csv": _believed(rows, catalogue)})


def ecb_rates(answer: Answer) -> Iterator[dict[str, str]]:
    """Units of each currency for one euro, by day; suspended currencies have no rate. Raises ShapeChanged."""
    text = _unzipped(answer).decode("utf-8-sig", errors="replace")
    table = csv.DictReader(io.StringIO(text))
    if "Date" not in (table.fieldnames or []) or "USD" not in (table.fieldnames or []):
        raise ShapeChanged.of_answer(ECB, "no columns Date and USD")
    for row in table:
        day = _day(row["Date"], ECB)
        for currency, cell in row.items():
            if currency in CURRENCIES and isinstance(cell, str) and cell.strip() not in ("", "N/A"):
                yield {"date": day, "currency": currency, "units_per_eur": number(positive(cell.strip(), ECB))}


def _unzipped(answer: Answer) -> bytes:
    if not answer.body.startswith(b"PK"):
        return answer.body
    try:
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".csv"))
            return archive.read(name)
    except (zipfile.BadZipFile, StopIteration, EOFError, NotImplementedError):
        raise ShapeChanged.of_answer(ECB, "not a whole archive") from None


def _day(text: str, operation: str) -> str:
    try:
        return dt.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise ShapeChanged.of_answer(operation, f"date {text!r}") from None


def fetch_canada(wire: Wire) -> Iterator[Answer | Trouble]:
    """The newest observations of two series."""
    path = f"/valet/observations/{USD_CAD},{EUR_CAD}/json"
    try:
        yield Answer(CANADA, wire.get(path, params={"recent": RECENT}))
    except httpx.HTTPError as error:
        yield Trouble(reason_of(error, wire))


def canada_rates(answer: Answer) -> Iterator[tuple[str, str, float]]:
    """Day, series, and Canadian dollars for one unit; a day without an observation has none. Raises ShapeChanged."""
    for record in records(member(answer.json(), "observations", CANADA), CANADA):
        day = _day(member(record, "d", CANADA, str), CANADA)
        for name, cell in record.items():
            if name != "d" and isinstance(cell, dict) and as_number(cell.get("v"), CANADA) is not None:
                yield day, name, positive(cell["v"], CANADA)


def parse_canada(answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
    """Rates of days on which both currencies were observed, as units for one euro. Raises ShapeChanged."""
    days: dict[str, dict[str, float]] = {}
    for answer in answers:
        for day, name, rate in canada_rates(answer):
            days.setdefault(day, {})[name] = rate
    source = "Bank of Canada, Valet, FXUSDCAD and FXEURCAD"
    rows = []
    for day, rates in days.items():
        if USD_CAD in rates and EUR_CAD in rates:
            rows.append({"date": day, "currency": "CAD", "units_per_eur": number(rates[EUR_CAD]), "source": source})
            usd = number(rates[EUR_CAD] / rates[USD_CAD])
            rows.append({"date": day, "currency": "USD", "units_per_eur": usd, "source": source})
    return Reading(tables={"fx/bank_of_canada.csv": _believed(rows, catalogue)})


def _believed(rows: list[dict[str, str]], catalogue: Catalogue) -> list[dict[str, str]]:
    """The rates. Raises PriceError for one that is far from the newest that is known."""
    newest: dict[str, tuple[str, float]] = {}
    for known_row in catalogue.reference.folder.table("fx/ecb.csv"):
        currency, units = known_row["currency"], known_row.number("units_per_eur")
        if units:
            newest[currency] = max(newest.get(currency, ("", 0.0)), (known_row["date"], units))
    tomorrow = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)).isoformat()
    for row in rows:
        if row["date"] > tomorrow:
            raise ShapeChanged.of_answer("exchange rates", f"a rate of {row['date']}")
        rate, (_, known) = float(row["units_per_eur"]), newest.get(row["currency"], ("", 0.0))
        if known and not known / FAR <= rate <= known * FAR:
            raise PriceError(
                "pricing.unbelievable", what=f"EUR/{row['currency']} {row['date']}", price=f"{rate:.4g}",
                low=f"{known / FAR:.3g}", high=f"{known * FAR:.3g}",
            )  # fmt: skip
    return rows


EUROPEAN_CENTRAL_BANK = PriceSource(
    id="ecb", title="European Central Bank", url="https://www.ecb.europa.eu", fetch=fetch_ecb, parse=parse_ecb
)  # fmt: skip
BANK_OF_CANADA = PriceSource(
    id="bank_of_canada", title="Bank of Canada", url="https://www.bankofcanada.ca", fetch=fetch_canada,
    parse=parse_canada,
)  # fmt: skip
