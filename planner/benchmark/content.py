"""The bytes of a run file as text, lines, JSON or a table, whatever their encoding, without holding large ones."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from planner.benchmark.record import Refused
from planner.errors import Where

HEAD = 262_144  # bytes that decide what a file is
LARGEST_DOCUMENT = 64_000_000  # bytes of a file that is read whole: JSON, traces come in lines
LONGEST_LINE = 4_000_000  # characters: beyond, a line is cut
LARGEST = 1e21  # of a value that a run may measure
LARGEST_UNPACKED = 4_000_000_000  # bytes that a compressed file may become
SQLITE, GZIP = b"SQLite format 3\x00", b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


class Content:
    """One file. Everything is worked out when it is asked for."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.where = Where(str(path))
        try:
            self.size = self.path.stat().st_size
            with self.path.open("rb") as file:
                self.first_bytes = file.read(64)
        except OSError as error:
            raise Refused("benchmark.unreadable", where=self.where, problem=error.strerror or str(error)) from None
        if self.size == 0:
            raise Refused("benchmark.empty", where=self.where)

    @cached_property
    def sha256(self) -> str:
        """Hash of the file as it lies on disk."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
        return digest.hexdigest()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a SQLite database."""
        return self.first_bytes.startswith(SQLITE)

    @property
    def is_gzip(self) -> bool:
        """Whether it is compressed with gzip."""
        return self.first_bytes.startswith(GZIP)

    def _open(self) -> IO[bytes]:
        return gzip.open(self.path, "rb") if self.is_gzip else self.path.open("rb")  # type: ignore[return-value]

    @cached_property
    def head_bytes(self) -> bytes:
        """The first bytes, unpacked."""
        try:
            with self._open() as file:
                return file.read(HEAD)
        except (OSError, EOFError, ValueError):
            raise Refused("benchmark.cut_off", where=self.where) from None

    @cached_property
    def encoding(self) -> str:
        """The encoding by its mark; without one UTF-8, or UTF-16 where every second byte is zero."""
        for mark, name in _MARKS:
            if self.head_bytes.startswith(mark):
                return name
        sample = self.head_bytes[:2000]
        if len(sample) > 8 and sample[1::2].count(0) > len(sample) // 3:
            return "utf-16-le"
        return "utf-8"

    @cached_property
    def is_binary(self) -> bool:
        """Whether it is no text."""
        return self.is_sqlite or (self.encoding == "utf-8" and b"\x00" in self.head_bytes)

    @cached_property
    def head(self) -> str:
        """The beginning as text, cut at a line where there are several; empty for what is no text."""
        if self.is_binary:
            return ""
        return self.head_bytes.decode(self.encoding, errors="replace")

    def lines(self) -> Iterator[str]:
        """Lines without their ends, as they come; those of a progress bar (carriage returns) count as lines."""
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        rest, unpacked = "", 0
        try:
            with self._open() as file:
                while part := file.read(1 << 18):
                    unpacked += len(part)
                    if unpacked > LARGEST_UNPACKED:
                        raise Refused("benchmark.too_large", where=self.where)
                    *whole, rest = (rest + decoder.decode(part)).replace("\r\n", "\n").replace("\r", "\n").split("\n")
                    yield from whole
                    if len(rest) > LONGEST_LINE:
                        yield rest[:LONGEST_LINE]
                        rest = ""
        except (OSError, EOFError):
            raise Refused("benchmark.cut_off", where=self.where) from None
        rest += decoder.decode(b"", final=True)
        if rest:
            yield rest

    @cached_property
    def text(self) -> str:
        """The whole text. Raises Refused when it is too large."""
        if self.size > LARGEST_DOCUMENT:
            raise Refused("benchmark.too_large", where=self.where)
        return "\n".join(self.lines())

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether it begins like a JSON object or list."""
        return self.head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")

    @cached_property
    def document(self) -> Any:
        """The whole as one JSON value; None when it is not one (several lines of JSON, another language)."""
        if not self.looks_like_json:
            return None
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def records(self) -> Iterator[dict[str, Any]]:
        """Objects of a file with one JSON object on each line; a last line that was cut off is passed over."""
        for line in self.lines():
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found

    @cached_property
    def first_record(self) -> dict[str, Any]:
        """The first object of JSON lines, or the whole when it is an object."""
        if not self.looks_like_json:
            return {}
        line = self.head.lstrip("\ufeff \t\r\n").split("\n", 1)[0]
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = self.document
        return found if isinstance(found, dict) else {}

    @cached_property
    def _dialect(self) -> tuple[str, list[str], int]:
        """Delimiter, header and the number of lines before it (comments)."""
        before = 0
        for line in self.head.split("\n"):
            if not line.strip() or line.startswith("#"):
                before += 1
                continue
            for delimiter in (",", "|", "\t", ";"):
                if delimiter in line:
                    cells = next(csv.reader([line.rstrip("\r")], delimiter=delimiter), [])
                    return delimiter, [cell.strip().strip("\ufeff") for cell in cells], before
            return ",", [line.strip()], before
        return ",", [], before

    @property
    def delimiter(self) -> str:
        """What separates cells."""
        return self._dialect[0]

    @property
    def columns(self) -> list[str]:
        """Cells of the first line that is no comment, trimmed; empty for JSON and what is no text."""
        return [] if self.is_binary or self.looks_like_json else self._dialect[1]

    def rows(self) -> Iterator[dict[str, str]]:
        """Rows of the table by trimmed column, blank lines left out."""
        lines = self.lines()
        for _ in range(self._dialect[2] + 1):
            next(lines, None)
        for cells in _cells(lines, self.delimiter):
            if any(cell.strip() for cell in cells):
                yield {name: cell.strip() for name, cell in zip(self.columns, cells, strict=False)}

    def refuse(self, key: str, **facts: object) -> Refused:
        """The refusal of this file."""
        found = Refused(key, where=self.where)
        found.arguments = dict(facts)
        return found


def _cells(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader((line.replace("\x00", "") for line in lines), delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue


def mapping_of(value: object) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def number(text: object) -> float | None:
    """A number of a cell or member; None for nothing, text, NaN, infinity and what no run measures."""
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        return None
    try:
        found = float(text)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) <= LARGEST else None  # NaN is not


def whole(text: object) -> int | None:
    """A whole number; None for anything else."""
    found = number(text)
    return int(found) if found is not None and found == int(found) else None
