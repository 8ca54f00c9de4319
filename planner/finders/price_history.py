"""How the price of an accelerator went: the published history, then what each refresh brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.errors import PriceError
from planner.finders.offers import accelerators_meant
from planner.layers import OFFERS
from planner.offer_rows import per_accelerator
from planner.price_store import PriceStore
from planner.prices import PriceBook
from planner.reference import Reference
from planner.tables import Row
from planner.units import close_matches

TABLE = "prices/price_history.csv"


@dataclass(frozen=True)
class PricePoint:
    """A price per accelerator-hour on a day. origin: ``bundled`` or the refreshed source."""

    observed_on: str
    provider: str
    accelerator: str
    region: str
    purchase_model: str
    statistic: str
    instance_type: str
    price_per_accelerator_hour: float
    currency: str
    source: str
    flag: str
    origin: str
    locator: str

    @property
    def shown_as(self) -> tuple[object, ...]:
        """What a reader sees of it: sizes of a machine with one price per accelerator are one point."""
        where = (self.observed_on, self.provider, self.accelerator, self.region)
        return (*where, self.purchase_model, self.statistic, round(self.price_per_accelerator_hour, 6))


def price_history(
    accelerator: str,
    *,
    book: PriceBook,
    store: PriceStore | None = None,
    provider: str | None = None,
    region: str | None = None,
    purchase_model: str | None = None,
) -> tuple[PricePoint, ...]:
    """Prices of an accelerator over the years, by day: bundled history, bundled offers, all snapshots that stand.

    Raises PriceError with close matches: no such accelerator, or no price of it with these words.
    """
    assert book.folder is not None
    cards = set(accelerators_meant(accelerator, Reference(book.folder)))
    points: dict[tuple[object, ...], PricePoint] = {}
    for point in _all_points(book, store):
        if point.accelerator in cards:
            points.setdefault(point.shown_as, point)
    for column, wanted in (("provider", provider), ("region", region), ("purchase_model", purchase_model)):
        if wanted is None:
            continue
        known = sorted({getattr(point, column) for point in points.values()})
        points = {key: point for key, point in points.items() if getattr(point, column) == wanted}
        if not points:
            raise PriceError("prices.no_history", close=close_matches(wanted, known), name=wanted, card=accelerator)
    return tuple(sorted(points.values(), key=lambda point: point.observed_on))


def _all_points(book: PriceBook, store: PriceStore | None) -> Iterator[PricePoint]:
    assert book.folder is not None
    if TABLE in book.folder.files:
        for row in book.folder.table(TABLE):
            yield _point(row, float(row["price_per_accelerator_hour"]), "bundled", row["statistic"])
    for offer in book.offers:
        if offer.observed_on:
            yield _point(offer.row, offer.price_per_accelerator_hour, offer.origin, offer.row["statistic"])
    if store is None:
        return
    for source in store.sources():
        for snapshot in store.history(source):
            if snapshot.withdrawn:
                continue
            for name in snapshot.folder.names(OFFERS):
                for row in snapshot.folder.table(name):
                    price = per_accelerator(row.cells)
                    if price:
                        yield _point(row, price, source, row["statistic"])


def _point(row: Row, price: float, origin: str, statistic: str) -> PricePoint:
    return PricePoint(
        observed_on=row["observed_on"],
        provider=row["provider"],
        accelerator=row["accelerator"],
        region=row["region"],
        purchase_model=row["purchase_model"],
        statistic=statistic,
        instance_type=row["instance_type"],
        price_per_accelerator_hour=price,
        currency=row["currency"],
        source=row["source"],
        flag=row["flag"],
        origin=origin,
        locator=row.locator,
    )
