"""The names that a scenario may use: accelerators, systems and regions, with what a choice needs beside them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from planner.errors import PriceError
from planner.finders.offers import Cheapest, cheapest_on_demand
from planner.prices import PriceBook
from planner.reference import Reference
from planner.tables import Row
from planner.text.places import countries, plain
from planner.units import close_matches


@dataclass(frozen=True)
class FoundAccelerator:
    """A card: its sheet and the cheapest price on demand. Peaks are dense [TFLOP/s]."""

    id: str
    name: str
    vendor: str
    device_class: str
    memory_gib: float | None
    memory_bandwidth_gbs: float | None
    bf16_tflops: float | None
    tdp_w: float | None
    launch: str
    aliases: tuple[str, ...]
    cheapest: Cheapest | None
    flag: str

    @property
    def offers(self) -> int:
        """Usable offers on demand."""
        return self.cheapest.offers if self.cheapest else 0


@dataclass(frozen=True)
class SystemPrice:
    """A price of a complete system before tax, with its range over n_prices."""

    low: float
    price: float
    high: float
    currency: str
    basis: str
    observed_on: str
    n_prices: int
    flag: str
    locator: str


@dataclass(frozen=True)
class FoundSystem:
    """A complete server or workstation; street: what buyers are asked, list: what the maker publishes."""

    id: str
    accelerator: str
    accelerator_count: int
    street: SystemPrice | None
    list: SystemPrice | None
    power_kw: float | None
    typical_power_kw: float | None
    rack_units: float | None


@dataclass(frozen=True)
class FoundRegion:
    """A provider's region; accelerators: ids of those with a usable price on demand there."""

    provider: str
    region_id: str
    place: str
    country: str
    grid_zone: str
    accelerators: tuple[str, ...]


def accelerators(
    text: str = "", *, vendor: str | None = None, book: PriceBook | None = None, as_of: dt.date | None = None
) -> tuple[FoundAccelerator, ...]:
    """Cards whose name or alias holds a text, fastest first; prices are compared in USD.

    Raises PriceError with close matches when nothing is found.
    """
    book = book or PriceBook.load(as_of=as_of)
    reference, day = Reference(book.folder), as_of or book.date
    aliases = _aliases(reference)
    rows = [card.row for card in reference.accelerators.values()]
    if vendor is not None:
        vendors = sorted({row["vendor"] for row in rows})
        if plain(vendor) not in map(plain, vendors):
            raise PriceError(
                "finders.unknown_vendor", close=close_matches(vendor, vendors), given=vendor, valid=", ".join(vendors)
            )
        rows = [row for row in rows if plain(row["vendor"]) == plain(vendor)]
    known = [row["id"] for row in rows] + [alias for row in rows for alias in aliases[row["id"]]]
    rows = [row for row in rows if _holds(text, (row["id"], row["name"], *aliases[row["id"]]))]
    if not rows:
        raise _nothing("finders.no_accelerator", text, known)
    found = [_accelerator(row, aliases[row["id"]], book, day) for row in rows]
    return tuple(sorted(found, key=lambda card: (-(card.bf16_tflops or 0.0), -(card.memory_gib or 0.0), card.id)))


def systems(
    text: str = "", *, book: PriceBook | None = None, reference: Reference | None = None
) -> tuple[FoundSystem, ...]:
    """Complete systems whose name or accelerator holds a text, by accelerator and count.

    Raises PriceError with close matches when nothing is found.
    """
    reference = reference or Reference(book.folder if book else None)
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in reference.folder.table("reference/systems.csv"):
        grouped[row["id"]].append(row)
    aliases = _aliases(reference)
    chosen = {
        name: rows for name, rows in grouped.items() if _holds(text, (name, *aliases.get(rows[0]["accelerator"], ())))
    }
    if not chosen:
        raise _nothing("finders.no_system", text, grouped)
    found = [_system(name, rows) for name, rows in chosen.items()]
    return tuple(sorted(found, key=lambda system: (system.accelerator, system.accelerator_count)))


def regions(text: str = "", *, provider: str | None = None, book: PriceBook | None = None) -> tuple[FoundRegion, ...]:
    """Regions whose id, place, country or grid zone is the text, or whose id or place holds it.

    Providers without a map of regions are listed by the ids of their offers.
    Raises PriceError with close matches when nothing is found.
    """
    book = book or PriceBook.load()
    reference = Reference(book.folder)
    mapped = {(row["provider"], row["region_id"]): row for row in reference.folder.table("reference/regions.csv")}
    sold: dict[tuple[str, str], set[str]] = defaultdict(set)
    for offer in book.query(category="standard"):
        sold[offer.provider, offer.region].add(offer.accelerator)
    places = sorted({*mapped, *sold})
    if provider is not None:
        providers = sorted({name for name, _ in places})
        if provider.lower() not in providers:
            raise PriceError("price.unknown_provider", close=close_matches(provider, providers), name=provider)
        places = [place for place in places if place[0] == provider.lower()]
    every = [_region(place, mapped.get(place), sold.get(place, set())) for place in places]
    found = [region for region in every if _is_place(text, region)]
    if not found:
        raise _nothing("finders.no_region", text, {word for r in every for word in (r.region_id, r.place) if word})
    return tuple(found)


def _holds(text: str, names: Iterable[str]) -> bool:
    wanted = plain(text)
    if text and not wanted:
        return False
    return any(wanted in plain(name) for name in names)


def _nothing(key: str, text: str, known: Iterable[str]) -> PriceError:
    by_plain = {plain(name): name for name in known}
    close = tuple(by_plain[name] for name in close_matches(plain(text), by_plain))
    return PriceError(key, close=close, given=text)


def _aliases(reference: Reference) -> dict[str, tuple[str, ...]]:
    """Spellings of each accelerator that differ by more than case and hyphens, shortest first."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    for row in reference.folder.table("reference/accelerator_aliases.csv"):
        spelling, card = row["spelling"], row["accelerator"]
        if not row["provider"] and card and plain(spelling) != plain(card):
            table[card].setdefault(plain(spelling), spelling)
    return defaultdict(tuple, {card: tuple(sorted(s.values(), key=lambda t: (len(t), t))) for card, s in table.items()})


def _accelerator(row: Row, aliases: tuple[str, ...], book: PriceBook, day: dt.date) -> FoundAccelerator:
    bf16 = row.number("bf16_tflops")
    return FoundAccelerator(
        id=row["id"],
        name=row["name"],
        vendor=row["vendor"],
        device_class=row["class"],
        memory_gib=row.number("memory_gib"),
        memory_bandwidth_gbs=row.number("memory_bandwidth_gbs"),
        bf16_tflops=bf16,
        tdp_w=row.number("tdp_w"),
        launch=row["launch"],
        aliases=aliases,
        cheapest=cheapest_on_demand(book, row["id"], as_of=day),
        flag=row["flag"],
    )


def _system(name: str, rows: list[Row]) -> FoundSystem:
    def number(column: str) -> float | None:
        return next((value for row in rows if (value := row.number(column)) is not None), None)

    power, typical = number("power_w_max"), number("power_w_typical")
    prices = {"list" if row["price_basis"] == "list" else "street": _price(row) for row in rows}
    return FoundSystem(
        id=name,
        accelerator=rows[0]["accelerator"],
        accelerator_count=int(number("accelerator_count") or 0),
        street=prices.get("street"),
        list=prices.get("list"),
        power_kw=None if power is None else power / 1000,
        typical_power_kw=None if typical is None else typical / 1000,
        rack_units=number("rack_units"),
    )


def _price(row: Row) -> SystemPrice | None:
    low, price, high = (row.number(column) for column in ("price_low", "price", "price_high"))
    if low is None or price is None or high is None:
        return None
    count = int(row.number("n_prices") or 0)
    return SystemPrice(
        low, price, high, row["currency"], row["price_basis"], row["observed_on"], count, row["flag"], row.locator
    )


def _region(place: tuple[str, str], row: Row | None, cards: set[str]) -> FoundRegion:
    town, country, zone = (row["place"], row["country"], row["grid_zone"]) if row else ("", "", "")
    return FoundRegion(place[0], place[1], town, country, zone, tuple(sorted(cards)))


def _is_place(text: str, region: FoundRegion) -> bool:
    wanted = plain(text)
    if text and not wanted:
        return False
    if wanted in plain(region.region_id) or (region.place and wanted in plain(region.place)):
        return True
    names = [countries(lang).get(region.country, "") for lang in ("en", "fr")]
    return wanted in {plain(word) for word in (region.country, region.grid_zone, *names) if word}
