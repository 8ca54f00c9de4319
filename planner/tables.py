"""The folder of reference data: CSV rows with their place, and the hashes that prove them whole."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from planner.errors import PriceError, Where
from planner.figure import Source

FOLDER = "pricing_data"


@dataclass(frozen=True)
class Row:
    """One row of a table with its place."""

    cells: dict[str, str]
    locator: str

    def __hash__(self) -> int:
        """By its place: equal rows stand in the same one."""
        return hash(self.locator)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> float | None:
        """A numeric cell, None when it is empty. Raises PriceError when it is text."""
        text = self.cells.get(column, "")
        if text == "":
            return None
        try:
            return float(text)
        except ValueError:
            raise PriceError("data.not_a_number", where=Where(self.locator), column=column, text=text) from None

    def source(self, kind: str = "reference_row") -> Source:
        """Where the row stands and what publication is behind it."""
        return Source(
            kind,
            self.locator,
            self.cells.get("observed_on", ""),
            self.cells.get("source", ""),
            self.cells.get("flag", ""),
        )


def default_folder() -> Path:
    """The data inside the installed package, else beside it in a checkout."""
    inside = Path(__file__).parent / FOLDER
    return inside if inside.is_dir() else Path(__file__).parent.parent / FOLDER


class DataFolder:
    """Reads tables once each; refuses a folder whose files do not match its manifest.

    label: what the places of its rows begin with.
    """

    def __init__(self, path: Path | str | None = None, label: str = FOLDER) -> None:
        self.path = Path(path) if path is not None else default_folder()
        self.label = label
        self._tables: dict[str, list[Row]] = {}
        if not (self.path / "manifest.json").is_file():
            raise PriceError("data.no_folder", where=Where(str(self.path)))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Identity of the snapshot and the hash of each file."""
        try:
            return dict(json.loads((self.path / "manifest.json").read_text(encoding="utf-8")))
        except (ValueError, OSError):
            raise PriceError("data.bad_manifest", where=Where(str(self.path / "manifest.json"))) from None

    @property
    def id(self) -> str:
        """Name of the snapshot."""
        return str(self.manifest.get("id", ""))

    @property
    def files(self) -> dict[str, str]:
        """Hash of each file by its relative path."""
        files = self.manifest["files"]
        assert isinstance(files, dict)
        return files

    @cached_property
    def sha256(self) -> str:
        """One hash over all files: identity of the price book."""
        lines = "\n".join(f"{digest}  {name}" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def names(self, prefix: str) -> list[str]:
        """Relative paths of the files under a prefix."""
        return sorted(name for name in self.files if name.startswith(prefix) and name.endswith(".csv"))

    def table(self, name: str) -> list[Row]:
        """Rows of one file, checked against its hash. Raises PriceError when damaged or missing."""
        if name not in self._tables:
            raw = self._bytes(name)
            reader = csv.reader(raw.decode("utf-8").splitlines())
            header = next(reader)
            rows = [
                Row(dict(zip(header, cells, strict=False)), f"{self.label}/{name}:{reader.line_num}")
                for cells in reader
            ]
            self._tables[name] = self._corrected(name, rows)
        return self._tables[name]

    def document(self, name: str) -> dict[str, Any]:
        """One JSON file, checked against its hash. Raises PriceError when damaged or missing."""
        return dict(json.loads(self._bytes(name)))

    def _bytes(self, name: str) -> bytes:
        path = self.path / name
        if name not in self.files or not path.is_file():
            raise PriceError("data.missing_file", where=Where(str(path)))
        raw = path.read_bytes()
        if hashlib.sha256(raw).hexdigest() != self.files[name]:
            raise PriceError("data.bad_hash", where=Where(str(path)))
        return raw

    @cached_property
    def _overrides(self) -> list[tuple[int, dict[str, str]]]:
        path = self.path / "overrides.csv"
        if not path.is_file():
            return []
        reader = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
        return [(reader.line_num, row) for row in reader]

    def _corrected(self, name: str, rows: list[Row]) -> list[Row]:
        """Rows with the corrections of overrides.csv; the reason and its place become the row's source."""
        for line, override in self._overrides:
            if override["table"] != name:
                continue
            wanted = dict(pair.split("=", 1) for pair in override["key"].split("|"))
            found = [i for i, row in enumerate(rows) if all(row.cells.get(k) == v for k, v in wanted.items())]
            where = Where(f"{self.label}/overrides.csv", line)
            if len(found) != 1 or override["column"] not in rows[found[0]].cells:
                raise PriceError("data.bad_override", where=where, count=len(found), row=override["key"])
            cells = rows[found[0]].cells | {override["column"]: override["value"]}
            cells |= {"source": override["reason"], "observed_on": override["observed_on"]}
            rows[found[0]] = Row(cells, f"{where}")
        return rows
