"""Newer rows laid over older ones: what a refreshed table replaces, and what stays beside it with its age."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from planner.offer_rows import series
from planner.tables import DataFolder, Row

OFFERS = "prices/offers/"
OWN = "own"  # the source of what the user brought: it stands before anything published
# What identifies a row of the other tables that may be refreshed.
KEYS: dict[str, tuple[str, ...]] = {
    "fx/ecb.csv": ("date", "currency"),
    "fx/bank_of_canada.csv": ("date", "currency"),
    "prices/token_prices.csv": ("provider", "api_model"),
    "prices/spot_interruptions.csv": ("provider", "instance_type", "region"),
    "reference/academic_programmes.csv": ("programme_id",),
}
ANYWHERE = ("", "unspecified")
_T = TypeVar("_T")


def may_be_refreshed(table: str) -> bool:
    """Whether newer rows of a table have a rule."""
    return table in KEYS or table.startswith(OFFERS)


def key_of(table: str, row: Mapping[str, str]) -> tuple[str, ...]:
    """What makes two rows of a table the same thing, observed twice."""
    return series(row) if table.startswith(OFFERS) else tuple(row.get(column, "") for column in KEYS[table])


def laid_over(
    table: str,
    older: Sequence[_T],
    newer: Sequence[_T],
    *,
    complete: bool,
    cells: Callable[[_T], Mapping[str, str]],
    own: bool = False,
) -> list[_T]:
    """Older rows that stay, then newer ones: the newest observation of each key.

    own: the newer rows are the user's, which stand whatever their date. complete: they are all that the provider sells
    of what they cover; then an older price of the same provider, accelerator, purchase model and term stands no longer
    where they have one: in the same region, or anywhere when it names no region.
    """
    dates = {key_of(table, cells(row)): cells(row).get("observed_on", "") for row in newer}
    covered = _Covered([cells(row) for row in newer]) if complete and table.startswith(OFFERS) else None
    kept, beaten = [], set()
    for row in older:
        found = cells(row)
        key = key_of(table, found)
        if key in dates:
            if own or found.get("observed_on", "") <= dates[key]:
                continue
            beaten.add(key)
        elif covered is not None and covered.replaces(found):
            continue
        kept.append(row)
    return kept + [row for row in newer if not beaten or key_of(table, cells(row)) not in beaten]


class _Covered:
    """What a complete answer of a provider says the price of."""

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        self.places: dict[tuple[str, ...], set[str]] = {}
        for row in rows:
            self.places.setdefault(self._what(row), set()).add(row["region"])
        self.date = max((row["observed_on"] for row in rows), default="")

    @staticmethod
    def _what(row: Mapping[str, str]) -> tuple[str, ...]:
        return (row["provider"], row["accelerator"], row["purchase_model"], row["term_months"])

    def replaces(self, row: Mapping[str, str]) -> bool:
        places = self.places.get(self._what(row))
        if places is None or row["observed_on"] > self.date:
            return False
        return row["region"] in places or row["region"] in ANYWHERE


def _cells(row: Row) -> Mapping[str, str]:
    return row.cells


class LayeredFolder(DataFolder):
    """A data folder with refreshed folders over it, oldest first and the user's own last; reads like one folder."""

    def __init__(self, base: DataFolder, layers: Sequence[DataFolder]) -> None:
        super().__init__(base.path, base.label)
        self.base = base
        self.layers = tuple(layers)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The base's manifest, with the name of the whole and the files of all layers."""
        files = dict(self.base.files)
        for layer in self.layers:
            files |= {name: files.get(name, "") + digest for name, digest in layer.files.items()}
        newest = max(str(layer.manifest["taken_at"])[:10] for layer in self.layers)
        return {**self.base.manifest, "id": f"{self.base.id}+refreshed-{newest}", "files": files}

    @cached_property
    def sha256(self) -> str:
        """One hash over the base and its layers."""
        return hashlib.sha256("\n".join(part.sha256 for part in (self.base, *self.layers)).encode()).hexdigest()

    def table(self, name: str) -> list[Row]:
        """Rows of one file, the newest observation of each."""
        if name not in self._tables:
            rows = self.base.table(name) if name in self.base.files else []
            for layer in self.layers:
                if name in layer.files:
                    complete, own = bool(layer.manifest["complete"]), layer.manifest["source"] == OWN
                    rows = laid_over(name, rows, layer.table(name), complete=complete, cells=_cells, own=own)
            self._tables[name] = list(rows)
        return self._tables[name]

    def _bytes(self, name: str) -> bytes:
        return self.base._bytes(name)
