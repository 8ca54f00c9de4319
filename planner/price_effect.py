"""What the newest refresh of prices did to a decision: which prices moved, and which of them turned the verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from planner.compare import compare
from planner.comparison import Comparison
from planner.decide import Decision, decide
from planner.errors import PlannerError
from planner.figure import leaves
from planner.layers import key_of, may_be_refreshed
from planner.price_store import PriceStore
from planner.prices import PriceBook
from planner.tables import DataFolder, Row

Key = tuple[str, tuple[str, ...]]  # table and key of the row
Used = dict[str, set[Key]]  # by option
MOST_TRIED = 8  # prices that are put back one by one to see whether the verdict turns
RATES = "fx/"
# Columns that hold a price or a rate: by them and the currency two rows of one thing are told apart.
VALUES = ("unit_price_per_hour", "units_per_eur", "usd_per_m_input", "usd_per_m_output")


@dataclass(frozen=True)
class PriceChange:
    """A price that an option uses, before and after; None where there was or is none.

    keys: of the rows that putting it back restores: two where an option buys another thing now. turns: putting it
    back alone gives the verdict that stood before; None when that was not asked.
    """

    keys: tuple[Key, ...]
    options: tuple[str, ...]
    before: Row | None
    after: Row | None
    turns: bool | None = None

    @property
    def values(self) -> tuple[float | None, float | None]:
        """Price before and after, in the currency of each row."""
        return _value(self.before), _value(self.after)

    @property
    def changed_fraction(self) -> float | None:
        """Share by which it moved; None when either is absent or the currency another."""
        before, after = self.values
        same = self.before is not None and self.after is not None and _currency(self.before) == _currency(self.after)
        return after / before - 1 if same and before and after is not None else None


@dataclass(frozen=True)
class PriceEffect:
    """A decision with the prices before the newest refresh beside the decision with today's."""

    refreshed_at: dt.datetime
    before: Decision | None
    after: Decision
    changes: tuple[PriceChange, ...]

    @property
    def verdict_changed(self) -> bool:
        """Whether another option is best, or the verdict on the project is another."""
        return self.before is not None and self.before.differs(self.after)


def price_effect(decision: Decision, store: PriceStore | None = None) -> PriceEffect | None:
    """What the newest refresh did to a decision; None when nothing was refreshed or another price book was given."""
    store = store or PriceStore()
    after = decision.comparison
    if after.book.folder is None:
        return None
    days = [day for day in (None, after.as_of) if store.folder(as_of=day).sha256 == after.book.folder.sha256]
    in_force = store.in_force(days[0]) if days else []
    if not in_force:
        return None
    refreshed_at = max(snapshot.began_at for snapshot in in_force)
    older = store.folder(as_of=days[0], before=refreshed_at)
    used_before: Used = {}
    try:
        before: Decision | None = _decided(after, older)
        assert before is not None
        used_before = _used(before.comparison)
    except PlannerError:  # without the new prices there was no answer
        before = None
    changes = _changes(used_before, _used(after), older, after.book.folder)
    effect = PriceEffect(refreshed_at, before, decision, tuple(changes))
    if effect.verdict_changed:
        changes = [_tried(change, effect, older) if i < MOST_TRIED else change for i, change in enumerate(changes)]
    return PriceEffect(refreshed_at, before, decision, tuple(changes))


def _decided(after: Comparison, folder: DataFolder) -> Decision:
    book = PriceBook.load(folder)
    return decide(compare(after.loaded, book=book, draws=after.draws, as_of=after.as_of))


def _used(comparison: Comparison) -> Used:
    """Keys of the refreshable rows that each option's cost comes from."""
    assert comparison.book.folder is not None
    places = _places(comparison.book.folder)
    return {
        name: {places[one.source.locator] for one in leaves(cost) if one.source and one.source.locator in places}
        for name, outcome in comparison.outcomes.items()
        if (cost := outcome.present_cost) is not None
    }


def _places(folder: DataFolder) -> dict[str, Key]:
    return {row.locator: (table, key_of(table, row.cells)) for table in _tables(folder) for row in folder.table(table)}


def _tables(folder: DataFolder) -> list[str]:
    return [name for name in folder.files if may_be_refreshed(name)]


def _rows(folder: DataFolder, keys: Collection[Key]) -> dict[Key, Row]:
    tables = {table for table, _ in keys}
    found: dict[Key, Row] = {}
    for table in tables & set(_tables(folder)):
        for row in folder.table(table):
            key = (table, key_of(table, row.cells))
            if key in keys:
                found[key] = row
    return found


def _changes(used_before: Used, used_after: Used, older: DataFolder, newer: DataFolder) -> list[PriceChange]:
    """What each option pays now beside what it paid, where that is another row or another price; large moves first."""
    everything = set().union(*used_before.values(), *used_after.values())
    before, after = _rows(older, everything), _rows(newer, everything)
    found: dict[tuple[Key, ...], tuple[list[str], Row | None, Row | None]] = {}

    def add(option: str, keys: tuple[Key, ...], old: Row | None, new: Row | None) -> None:
        if _cells(old) != _cells(new):
            found.setdefault(keys, ([], old, new))[0].append(option)

    for option in {**used_before, **used_after}:
        was, now = used_before.get(option, set()), used_after.get(option, set())
        for key in was & now:
            add(option, (key,), before.get(key), after.get(key))
        gone, come = sorted(was - now), sorted(now - was)
        for kind in {_kind(key) for key in (*gone, *come)}:
            left, right = [k for k in gone if _kind(k) == kind], [k for k in come if _kind(k) == kind]
            if len(left) == len(right) == 1:  # it buys another thing of the same kind now
                add(option, (left[0], right[0]), before.get(left[0]), after.get(right[0]))
            else:
                for key in left:
                    add(option, (key,), before.get(key), None)
                for key in right:
                    add(option, (key,), None, after.get(key))
    changes = [PriceChange(keys, tuple(options), old, new) for keys, (options, old, new) in found.items()]
    return sorted(changes, key=lambda change: (-abs(change.changed_fraction or float("inf")), change.keys))


def _kind(key: Key) -> str:
    """What a row is the price of: rates by currency, everything else by the folder of its table."""
    table, parts = key
    return f"{table} {parts[-1]}" if table.startswith(RATES) else table.rpartition("/")[0]


def _cells(row: Row | None) -> tuple[str | float | None, ...] | None:
    if row is None:
        return None
    return (_currency(row), *(row.number(column) for column in VALUES))


def _value(row: Row | None) -> float | None:
    if row is None:
        return None
    return next((value for column in VALUES if (value := row.number(column)) is not None), None)


def _currency(row: Row) -> str:
    return row.cells.get("currency", "")


class _PutBack(DataFolder):
    """A folder in which the rows of some keys are what they were."""

    def __init__(self, newer: DataFolder, older: DataFolder, keys: tuple[Key, ...]) -> None:
        super().__init__(newer.path, newer.label)
        self.newer, self.older, self.keys = newer, older, set(keys)

    @property
    def manifest(self) -> dict[str, Any]:
        """That of the newer folder."""
        return self.newer.manifest

    def table(self, name: str) -> list[Row]:
        """Rows of one file."""
        rows = self.newer.table(name)
        if not any(table == name for table, _ in self.keys):
            return rows
        before = self.older.table(name) if name in self.older.files else []
        kept = [row for row in rows if (name, key_of(name, row.cells)) not in self.keys]
        return kept + [row for row in before if (name, key_of(name, row.cells)) in self.keys]

    def _bytes(self, name: str) -> bytes:
        return self.newer._bytes(name)


def _tried(change: PriceChange, effect: PriceEffect, older: DataFolder) -> PriceChange:
    """The change with whether it alone turned the verdict."""
    after = effect.after.comparison
    assert after.book.folder is not None and effect.before is not None
    try:
        without = _decided(after, _PutBack(after.book.folder, older, change.keys))
        turns = not without.differs(effect.before)
    except PlannerError:
        turns = False
    return PriceChange(change.keys, change.options, change.before, change.after, turns)
