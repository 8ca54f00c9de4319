"""The user's own prices: one dated, hashed folder for each refresh of a source; nothing written is ever changed.

A snapshot is written beside the others and renamed into its place, so that a reader sees all of it or nothing. It
carries over what the answer before it knew and it does not, each row with its own date: only the newest snapshot of a
source is read. Rolling back marks a snapshot as withdrawn; it stays in the history.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_data_path

from planner.errors import PriceError, Where
from planner.layers import OWN, LayeredFolder, laid_over, may_be_refreshed
from planner.offer_rows import CATEGORIES
from planner.tables import DataFolder

Rows = Sequence[Mapping[str, str]]
FOLDER_VARIABLE = "PLANNER_DATA_DIR"
FORGOTTEN_DAYS = 90  # a spot or marketplace price that was not seen again for so long is carried over no more
WITHDRAWN = "withdrawn"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(r"20\d{6}T\d{6}\.\d{6}Z-[0-9a-f]{8}")
_SOURCE = re.compile(r"\w{1,64}")
BAD = (PriceError, OSError, KeyError, ValueError, TypeError, AttributeError, StopIteration, AssertionError)


def store_path() -> Path:
    """Folder of the user's prices: PLANNER_DATA_DIR, else the place that the operating system has for such data."""
    asked = os.environ.get(FOLDER_VARIABLE)
    if not asked:
        return user_data_path("compute-planner", appauthor=False) / "prices"
    return Path(os.path.expanduser(asked)) / "prices"  # an unknown user stays as it is written


@dataclass(frozen=True)
class Snapshot:
    """What one refresh of a source brought, with what it carried over."""

    source: str
    path: Path

    @property
    def id(self) -> str:
        """Time and hash: unique among the snapshots of a source, and in the order of time."""
        return self.path.name

    @property
    def taken_at(self) -> dt.datetime:
        """When it was taken (UTC)."""
        return dt.datetime.strptime(self.id.rsplit("-", 1)[0], _STAMP).replace(tzinfo=dt.UTC)

    @property
    def withdrawn(self) -> bool:
        """Whether it was rolled back."""
        return (self.path / WITHDRAWN).exists()

    @cached_property
    def folder(self) -> DataFolder:
        """Its tables. Raises PriceError when its files were changed."""
        return DataFolder(self.path, f"prices/{self.source}/{self.id}")

    def tables(self) -> dict[str, list[dict[str, str]]]:
        """Rows of all its tables. Raises PriceError when its files were changed."""
        return {name: [row.cells for row in self.folder.table(name)] for name in self.folder.files}

    @cached_property
    def _manifest(self) -> Mapping[str, Any]:
        """What the manifest says; nothing when it is damaged."""
        try:
            found = self.folder.manifest
            whole = {"fresh_rows": int(found["fresh_rows"]), "complete": bool(found["complete"])}
            return whole | {"began_at": dt.datetime.fromisoformat(found["began_at"]).astimezone(dt.UTC)}
        except BAD:
            return {}

    @property
    def damaged(self) -> bool:
        """Whether its manifest cannot be read."""
        return not self._manifest

    @property
    def fresh_rows(self) -> int:
        """Rows that the refresh itself brought."""
        return int(self._manifest.get("fresh_rows", 0))

    @property
    def complete(self) -> bool:
        """Whether the source answered all that was asked."""
        return bool(self._manifest.get("complete", False))

    @property
    def began_at(self) -> dt.datetime:
        """When the refresh began that it is of: the sources of one refresh share it."""
        began = self._manifest.get("began_at", self.taken_at)
        assert isinstance(began, dt.datetime)
        return began


class PriceStore:
    """The snapshots of a folder, by source. Several processes may write and read at once."""

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = Path(path) if path is not None else store_path()

    def sources(self) -> list[str]:
        """Sources with a snapshot."""
        try:
            if not self.path.is_dir():
                return []
            return sorted(p.name for p in self.path.iterdir() if _SOURCE.fullmatch(p.name) and p.is_dir())
        except OSError as error:
            raise self._unreadable(error) from None

    def history(self, source: str) -> list[Snapshot]:
        """All snapshots of a source, oldest first, withdrawn ones among them."""
        if not _SOURCE.fullmatch(source):
            return []
        folder = self.path / source
        try:
            if not folder.is_dir():
                return []
            found = [p.name for p in folder.iterdir() if _NAME.fullmatch(p.name) and (p / "manifest.json").is_file()]
        except OSError as error:
            raise self._unreadable(error) from None
        return [Snapshot(source, folder / name) for name in sorted(found)]

    def _unreadable(self, error: OSError) -> PriceError:
        return PriceError("store.cannot_read", path=str(self.path), problem=error.strerror or str(error))

    def _unwritable(self, error: OSError) -> PriceError:
        return PriceError("store.cannot_write", path=str(self.path), problem=error.strerror or str(error))

    def newest(self, source: str, as_of: dt.date | None = None, before: dt.datetime | None = None) -> Snapshot | None:
        """The snapshot in force: the newest that stands, on or before a day, before a moment."""
        for snapshot in reversed(self.history(source)):
            taken = snapshot.taken_at
            late = (as_of is not None and taken.date() > as_of) or (before is not None and taken >= before)
            if not late and not snapshot.withdrawn:
                return snapshot
        return None

    def in_force(self, as_of: dt.date | None = None, before: dt.datetime | None = None) -> list[Snapshot]:
        """The snapshot in force of each source, oldest first, the user's own last."""
        found = [self.newest(source, as_of, before) for source in self.sources()]
        return sorted((s for s in found if s is not None), key=lambda s: (s.source == OWN, s.id))

    def folder(
        self,
        base: DataFolder | None = None,
        *,
        as_of: dt.date | None = None,
        before: dt.datetime | None = None,
    ) -> DataFolder:
        """The bundled data with the user's prices over them.

        as_of: what was known at the end of that day. before: what was known before a moment.
        """
        base = base or DataFolder()
        layers = self.in_force(as_of, before)
        return LayeredFolder(base, [_checked(s) for s in layers]) if layers else base

    def add(
        self,
        source: str,
        tables: Mapping[str, Rows],
        *,
        taken_at: dt.datetime,
        complete: bool,
        began_at: dt.datetime | None = None,
    ) -> Snapshot:
        """Writes what a refresh brought, over what the snapshot in force holds.

        began_at: when the refresh began, default taken_at. Raises PriceError: cannot write.
        """
        unknown = [name for name in tables if not may_be_refreshed(name)]
        assert not unknown, unknown
        try:
            (self.path / source).mkdir(parents=True, exist_ok=True)
            with FileLock(self.path / f".{source}.lock"):
                before = self.newest(source)
                whole = _carried_over(before, tables, complete, taken_at.date()) if before else tables
                if before is not None and taken_at <= before.taken_at:  # two within the clock's resolution
                    taken_at = before.taken_at + dt.timedelta(microseconds=1)
                facts = {
                    "schema": 1,
                    "source": source,
                    "taken_at": taken_at.isoformat(),
                    "began_at": (began_at or taken_at).isoformat(),
                    "complete": complete,
                    "fresh_rows": sum(map(len, tables.values())),
                }
                return self._write(source, whole, taken_at, facts)
        except OSError as error:
            raise self._unwritable(error) from None

    def _write(
        self, source: str, tables: Mapping[str, Rows], taken_at: dt.datetime, facts: Mapping[str, Any]
    ) -> Snapshot:
        self._sweep()
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=self.path))
        try:
            digests = {}
            for name, rows in tables.items():
                raw = _csv(rows)
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(raw)
                digests[name] = hashlib.sha256(raw).hexdigest()
            stamp = taken_at.astimezone(dt.UTC).strftime(_STAMP)
            whole = hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()
            manifest = {**facts, "id": f"{source}-{stamp}", "files": digests}
            _write_whole(work / "manifest.json", json.dumps(manifest, indent=1))
            target = self.path / source / f"{stamp}-{whole[:8]}"
            work.chmod(0o755)
            work.rename(target)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        return Snapshot(source, target)

    def _sweep(self) -> None:
        """Removes what a refresh that was cut off left behind, an hour later."""
        limit = dt.datetime.now(dt.UTC).timestamp() - 3600
        for left in self.path.glob(".new-*"):
            with contextlib.suppress(OSError):  # another writer may be renaming it into its place
                if left.stat().st_mtime < limit:
                    shutil.rmtree(left, ignore_errors=True)

    def roll_back(self, source: str) -> Snapshot:
        """Withdraws the snapshot in force; the one before it stands again. Raises PriceError: there is none."""
        found = self.newest(source)
        if found is None:
            raise PriceError("store.nothing_to_roll_back", close=self.sources(), name=source)
        try:
            (found.path / WITHDRAWN).write_text(dt.datetime.now(dt.UTC).isoformat(), encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from None
        return found

    def roll_forward(self, source: str) -> Snapshot:
        """Takes back the last withdrawal. Raises PriceError: none is withdrawn."""
        withdrawn = [snapshot for snapshot in self.history(source) if snapshot.withdrawn]
        if not withdrawn:
            raise PriceError("store.nothing_withdrawn", close=self.sources(), name=source)
        try:
            last = max(withdrawn, key=lambda s: ((s.path / WITHDRAWN).read_text(encoding="utf-8"), s.id))
            (last.path / WITHDRAWN).unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None
        return last

    def record_attempt(self, source: str, attempt: Mapping[str, Any]) -> None:
        """Keeps how the last refresh of a source went, where that can be written."""
        folder = self.path / ".attempts"
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            _write_whole(folder / f"{source}.json", json.dumps(attempt, indent=1))

    def attempt(self, source: str) -> dict[str, Any] | None:
        """How the last refresh of a source went; None when there was none or its note is damaged."""
        try:
            return dict(json.loads((self.path / ".attempts" / f"{source}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def stamp(self) -> tuple[str, ...]:
        """What tells two states of the store apart."""
        return tuple(f"{s.source}/{s.id}" for s in self.in_force())


def _checked(snapshot: Snapshot) -> DataFolder:
    """A snapshot's folder, whole. Raises PriceError that says how to do without it."""
    try:
        folder = snapshot.folder
        for name in folder.files:
            folder.table(name)
        known = {name: folder.manifest[name] for name in ("taken_at", "complete", "source", "fresh_rows")}
        assert known["source"] == snapshot.source
    except BAD:
        where = Where(str(snapshot.path))
        raise PriceError("store.damaged", where=where, source=snapshot.source) from None
    return folder


def _carried_over(before: Snapshot, tables: Mapping[str, Rows], complete: bool, today: dt.date) -> dict[str, Rows]:
    """The new tables with what the snapshot before them knew besides."""
    try:
        older = before.tables()
    except BAD:
        return dict(tables)  # a damaged one has nothing to give
    whole: dict[str, Rows] = {}
    for name in {**older, **tables}:
        known = [row for row in older.get(name, []) if not _forgotten(row, today)]
        whole[name] = laid_over(name, known, list(tables.get(name, [])), complete=complete, cells=lambda row: row)
    return whole


def _forgotten(row: Mapping[str, str], today: dt.date) -> bool:
    dynamic = CATEGORIES.get(row.get("purchase_model", "")) == "dynamic"
    return dynamic and row["observed_on"] < (today - dt.timedelta(days=FORGOTTEN_DAYS)).isoformat()


def _columns(rows: Rows) -> Iterator[str]:
    seen: dict[str, None] = {}
    for row in rows:
        seen |= dict.fromkeys(row)
    yield from seen


def _csv(rows: Rows) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(_columns(rows)), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: " ".join(str(cell).split()) for column, cell in row.items()} for row in rows)
    return buffer.getvalue().encode("utf-8", errors="replace")


def _write_whole(path: Path, text: str) -> None:
    """Writes a file at once: a reader sees the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
