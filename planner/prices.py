"""The price book: dated, sourced offers in columns, and exchange rates in one place."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.errors import PriceError
from planner.figure import Figure, Source, derive, given
from planner.layers import OFFERS
from planner.price_store import PriceStore
from planner.tables import FOLDER, DataFolder, Row
from planner.units import close_matches

STALE_DAYS = {"dynamic": 90, "standard": 365, "committed": 365, "other": 365}
OTHER_RATES = "fx/bank_of_canada.csv"
# Flags that never serve as a default; others are warnings that stay priced.
REFUSED_FLAGS = ("suspect", "undated", "not_available_there", "count_unknown", "host_excluded")


@dataclass(frozen=True)
class UnitPrice:
    """One offer: price of a whole instance for an hour, in the currency it is published in."""

    provider: str
    provider_kind: str
    instance_type: str
    region: str
    accelerator: str
    accelerator_ambiguous: bool
    accelerator_count: float
    purchase_model: str
    pricing_category: str
    term_months: float | None
    list_unit_price: float
    currency: str
    observed_on: str
    flag: str
    row: Row

    @property
    def price_per_accelerator_hour(self) -> float:
        """Instance price over accelerator count [currency / accelerator-hour]."""
        return self.list_unit_price / self.accelerator_count

    @property
    def sold_by(self) -> float:
        """Accelerators that are rented at once: the instance's, or a block where the price is of one of them."""
        return self.row.number("sold_by") or self.accelerator_count

    @property
    def linked(self) -> float:
        """Accelerators that work as one machine: the instance's, or the board's where the price is of one of them."""
        return self.row.number("linked") or self.accelerator_count

    @property
    def origin(self) -> str:
        """Where the row stands: ``bundled``, or the source whose refresh brought it."""
        first, _, rest = self.row.locator.partition("/")
        return "bundled" if first == FOLDER else rest.partition("/")[0]

    def age_days(self, as_of: dt.date) -> int | None:
        """Days between the observation and a date; None when undated."""
        observed = as_date(self.observed_on)
        return None if observed is None else (as_of - observed).days

    def is_stale(self, as_of: dt.date) -> bool:
        """Older than 90 days for spot and marketplace, than 365 for others; or a quotation that has run out."""
        age, until = self.age_days(as_of), self.row.cells.get("valid_until", "")
        if until and until < as_of.isoformat():
            return True
        return age is None or age > STALE_DAYS[self.pricing_category]

    def figure(self, name: str) -> Figure:
        """The price as a leaf with its row [currency / instance-hour]."""
        return given(name, self.list_unit_price, f"{self.currency}/instance-hour", self.row.source("price_row"))


def as_date(text: str) -> dt.date | None:
    """First day of a date that may be a year or a month; None when empty or unreadable."""
    parts = text[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        return dt.date(*[*numbers, 1, 1][:3])
    except (ValueError, TypeError):
        return None


def _is_refused(flag: str) -> bool:
    return any(part.strip().startswith(REFUSED_FLAGS) for part in flag.split(";"))


class _Codes:
    """A text column as integers, for masks."""

    def __init__(self, values: Sequence[str]) -> None:
        self.index: dict[str, int] = {}
        self.codes = np.fromiter((self.index.setdefault(v, len(self.index)) for v in values), np.int32, len(values))

    def mask(self, wanted: str | Sequence[str]) -> NDArray[np.bool_]:
        names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        codes = [self.index[name] for name in names if name in self.index]
        if len(codes) == 1:
            return np.asarray(self.codes == codes[0])
        return np.isin(self.codes, codes)


class PriceBook:
    """Offers of a data folder. Calculations read it; adapters write new folders."""

    def __init__(self, offers: Sequence[UnitPrice], fx: Fx, folder: DataFolder | None = None) -> None:
        self.offers = tuple(offers)
        self.fx = fx
        self.folder = folder
        self._columns = {
            name: _Codes([getattr(offer, name) for offer in self.offers])
            for name in (
                "provider",
                "accelerator",
                "region",
                "pricing_category",
                "instance_type",
                "purchase_model",
            )
        }
        self._per_accelerator = np.array([o.price_per_accelerator_hour for o in self.offers])
        self._usable = np.array([not _is_refused(o.flag) for o in self.offers], dtype=bool)
        self._observed = np.array(
            [d.toordinal() if (d := as_date(o.observed_on)) else 0 for o in self.offers], dtype=np.int64
        )

    @classmethod
    def load(cls, folder: DataFolder | None = None, *, as_of: dt.date | None = None) -> PriceBook:
        """The offers and exchange rates of a folder; default: the bundled snapshot with the user's prices over it.

        as_of: leaves out what the user's prices brought after that day (a folder of one's own is read as it stands).
        """
        folder = folder or PriceStore().folder(as_of=as_of)
        offers = [offer for name in folder.names(OFFERS) for row in folder.table(name) if (offer := _offer(row))]
        return cls(offers, Fx(_exchange_rates(folder)), folder)

    def query(
        self,
        *,
        accelerator: str | Sequence[str] | None = None,
        provider: str | Sequence[str] | None = None,
        region: str | Sequence[str] | None = None,
        category: str | Sequence[str] | None = None,
        instance_type: str | None = None,
        purchase_model: str | None = None,
        max_age_days: int | None = None,
        as_of: dt.date | None = None,
        include_refused: bool = False,
    ) -> list[UnitPrice]:
        """Offers that match, cheapest per accelerator-hour first.

        category: standard (on demand), dynamic (spot, marketplace), committed, other.
        max_age_days: drops older and undated offers, counted back from as_of (default the book's date).
        include_refused: also suspect, undated and unavailable offers.
        """
        mask = np.ones(len(self.offers), dtype=bool) if include_refused else self._usable.copy()
        wanted = {
            "accelerator": accelerator,
            "provider": provider,
            "region": region,
            "pricing_category": category,
            "instance_type": instance_type,
            "purchase_model": purchase_model,
        }
        for column, value in wanted.items():
            if value is not None:
                mask &= self._columns[column].mask(value)
        if max_age_days is not None:
            day = (as_of or self.date).toordinal()
            mask &= (day - self._observed) <= max_age_days
        found = np.flatnonzero(mask)
        order = found[np.argsort(self._per_accelerator[found], kind="stable")]
        return [self.offers[i] for i in order]

    def vocabulary(self, column: str) -> list[str]:
        """Known values of a column, sorted."""
        return sorted(name for name in self._columns[column].index if name)

    def check_known(self, column: str, value: str) -> None:
        """Raise PriceError with close matches when a column never holds a value."""
        known = self.vocabulary(column)
        if value not in known:
            raise PriceError(f"price.unknown_{column}", close=close_matches(value, known), name=value)

    @cached_property
    def date(self) -> dt.date:
        """Date of the newest offer."""
        return dt.date.fromordinal(int(self._observed.max()))

    @cached_property
    def oldest(self) -> dt.date:
        """Date of the oldest dated offer that may be used."""
        return dt.date.fromordinal(int(self._observed[(self._observed > 0) & self._usable].min()))

    @property
    def id(self) -> str:
        """Name of the snapshot."""
        return self.folder.id if self.folder else "unnamed"

    @property
    def sha256(self) -> str:
        """Hash over the snapshot's files."""
        return self.folder.sha256 if self.folder else ""


def _offer(row: Row) -> UnitPrice | None:
    price, count = row.number("unit_price_per_hour"), row.number("accelerator_count")
    if price is None or price <= 0 or not count:
        return None
    return UnitPrice(
        provider=row["provider"],
        provider_kind=row["provider_kind"],
        instance_type=row["instance_type"],
        region=row["region"],
        accelerator=row["accelerator"],
        accelerator_ambiguous=row["accelerator_ambiguous"] == "yes",
        accelerator_count=count,
        purchase_model=row["purchase_model"],
        pricing_category=row["pricing_category"],
        term_months=row.number("term_months"),
        list_unit_price=price,
        currency=row["currency"],
        observed_on=row["observed_on"],
        flag=row["flag"],
        row=row,
    )


def _exchange_rates(folder: DataFolder) -> list[Row]:
    """The European Central Bank's rates, and the Bank of Canada's of the days that those do not have."""
    rows = folder.table("fx/ecb.csv")
    other = folder.table(OTHER_RATES) if OTHER_RATES in folder.files else []
    days = {row["date"] for row in rows} if other else set()
    return [*rows, *(row for row in other if row["date"] not in days)]


class Fx:
    """Euro reference rates of the European Central Bank; cross rates by division."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows: dict[str, list[tuple[str, float, Row]]] = {}
        self._volatility: dict[tuple[str, str, str], float] = {}
        for row in rows:
            rate = row.number("units_per_eur")
            if rate:
                self._rows.setdefault(row["currency"], []).append((row["date"], rate, row))
        for series in self._rows.values():
            series.sort(key=lambda entry: entry[0])

    def currencies(self) -> list[str]:
        """Currencies with a rate."""
        return sorted({"EUR", *self._rows})

    def _per_euro(self, currency: str, as_of: dt.date) -> Figure:
        name = f"fx.EUR.{currency}"
        if currency == "EUR":
            return given(name, 1.0, "EUR/EUR", Source("assumption", "definition", as_of.isoformat(), "1 EUR = 1 EUR"))
        series = self._rows.get(currency)
        if not series:
            raise PriceError("price.no_fx", close=close_matches(currency, self.currencies()), currency=currency)
        at = bisect.bisect_right([entry[0] for entry in series], as_of.isoformat())
        if at == 0:
            raise PriceError("price.no_fx_date", currency=currency, date=as_of.isoformat(), first=series[0][0])
        date, rate, row = series[at - 1]
        origin = row.cells.get("source") or "European Central Bank, euro foreign exchange reference rates"
        return given(name, rate, f"{currency}/EUR", Source("fx_row", row.locator, date, origin))

    def rate(self, base: str, quote: str, as_of: dt.date) -> Figure:
        """Units of quote for one unit of base, last rate on or before a date.

        Raises PriceError when a currency has no rate or none so early.
        """
        name, unit = f"fx.{base}.{quote}", f"{quote}/{base}"
        if base == quote:
            return given(name, 1.0, unit, Source("assumption", "definition", as_of.isoformat(), "same currency"))
        return derive(
            np.divide,
            self._per_euro(quote, as_of),
            self._per_euro(base, as_of),
            name=name,
            unit=unit,
            formula=f"({quote} per EUR) / ({base} per EUR)",
        )

    def annual_volatility(self, base: str, quote: str, as_of: dt.date) -> float:
        """Standard deviation of yearly log changes, from month-end rates up to a date [1/√year]."""
        if base == quote:
            return 0.0
        key = (base, quote, as_of.isoformat())
        if key not in self._volatility:  # asked for each price of each option
            self._volatility[key] = self._monthly_volatility(*key)
        return self._volatility[key]

    def _monthly_volatility(self, base: str, quote: str, last_day: str) -> float:
        monthly = []
        for currency in (base, quote):
            last: dict[str, float] = {}
            for date, rate, _ in self._rows.get(currency, []):
                if date <= last_day:
                    last[date[:7]] = math.log(rate)
            monthly.append(last)
        months = sorted(set.union(*(set(m) for m in monthly if m)) if any(monthly) else set())
        values = []
        for month in months:
            pair = [m.get(month) if m else 0.0 for m in monthly]
            if all(p is not None for p in pair):
                values.append(float(pair[1] or 0.0) - float(pair[0] or 0.0))
        return float(np.std(np.diff(values), ddof=1) * math.sqrt(12)) if len(values) > 12 else 0.0

    def __iter__(self) -> Iterator[str]:
        return iter(self.currencies())
