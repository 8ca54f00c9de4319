"""The bytes of a run file as text, lines, JSON or a table, whatever their encoding, without holding large ones."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from planner.benchmark.record import Refused
from planner.benchmark.table import Table
from planner.errors import Where

HEAD = 262_144  # bytes that decide what a file is
BEGINNING = 16_000_000  # characters in which a log must show what it is, behind its set-up
LARGEST_DOCUMENT = 48_000_000  # characters of a file that is read whole as one JSON value; logs and traces stream
LONGEST_LINE = 4_000_000  # characters: beyond, a line is cut
LONGEST_LOG_LINE = 4_000  # characters of a line of a log that are looked at
MOST_MARKED = 5_000  # lines with a mark that are looked at to tell what a log is
LARGEST = 1e21  # of a value that a run may measure
LARGEST_UNPACKED = 4_000_000_000  # bytes that a compressed file may become
FREE_UNPACKED, MOST_PACKED = 16_000_000, 300  # beyond so many bytes, at most so many times its own: no log packs better
SQLITE, GZIP = b"SQLite format 3\x00", b"\x1f\x8b"
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# A JSON object, or a list of objects. A log may begin with `[rank0]` or `{'loss': …}`.
_JSON = re.compile(r'[\ufeff\s]*(?:\{\s*["}]|\[\s*[{\]])')
# A number as programs print it; of bounded length, so that no line makes a search slow.
NUMBER = r"[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,3})?"
# What launchers and loggers put before a line: colours, the rank, the time, the level, the logger's name.
_STAMP = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,\d]{0,10}(?:Z|[-+]\d\d:?\d\d)?"
_LEVEL = r"(?:INFO|DEBUG|WARNING|NOTICE)"
_PREFIX = re.compile(
    r"(?:\x1b\[[0-9;]{0,20}m"
    rf"|\[?{_STAMP}\]?:? ?(?:- |\| (?={_LEVEL}))?"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?:? (?:- )?"
    rf"|\[{_LEVEL}\|[\w.]{{1,60}}:\d{{1,6}}\] ?|{_LEVEL}:[\w.]{{1,60}}: ?"
    rf"|{_LEVEL} {{1,9}}\| [\w.]{{1,60}}:[\w.<>]{{1,60}}:\d{{1,6}} - "
    rf"|[\w.]{{1,60}} - {_LEVEL} - |{_LEVEL} +- |\[?{_LEVEL}\]?:? ?|>> "
    r"|\[\d{1,4},\d{1,6}\]<std(?:out|err)>:? ?|\(\w{1,40} (?:pid|rank)=\d{1,9}(?:, ip=[\d.]{1,20})?\) ?"
    r"| {0,6}\[?(?:default|[Rr]ank|RANK|worker|node)?[ _-]?\d{1,6}\]?: ?)+"
)
_END = re.compile(r"[\r\n]")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")


class Content:
    """One file. Everything is worked out when it is asked for. seen: told of the bytes that were read, as they come."""

    def __init__(self, path: Path | str, seen: Callable[[int], None] | None = None) -> None:
        self.path = Path(path)
        self.seen = seen
        self.where = Where(str(path))
        try:
            self.size = self.path.stat().st_size
            if not self.path.is_file():
                key = "benchmark.folder" if self.path.is_dir() else "benchmark.no_file"
                raise Refused(key, where=self.where)
            with self.path.open("rb") as file:
                self.first_bytes = file.read(64)
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise Refused("benchmark.unreadable", where=self.where, problem=problem) from None
        if self.size == 0:
            raise Refused("benchmark.empty", where=self.where)
        if self.first_bytes.startswith(LFS_POINTER):
            raise Refused("benchmark.lfs_pointer", where=self.where)

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
        except (OSError, EOFError, ValueError, zlib.error):
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

    def parts(self) -> Iterator[str]:
        """The text in pieces as they come, whatever its lines."""
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        unpacked = 0
        try:
            with self._open() as file:
                while part := file.read(1 << 18):
                    unpacked += len(part)
                    if unpacked > min(LARGEST_UNPACKED, FREE_UNPACKED + MOST_PACKED * self.size):
                        raise Refused("benchmark.too_large", where=self.where)
                    if self.seen is not None:
                        self.seen(len(part))
                    yield decoder.decode(part)
        except (OSError, EOFError, zlib.error):
            raise Refused("benchmark.cut_off", where=self.where) from None
        yield decoder.decode(b"", final=True)

    def lines(self) -> Iterator[str]:
        """Lines without their ends, as they come; those of a progress bar (carriage returns) count as lines."""
        rest, cut = "", False
        for part in self.parts():
            *whole, rest = (rest + part.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
            if cut and whole:  # the rest of a line that was too long
                whole, cut = whole[1:], False
            yield from whole
            if cut:
                rest = ""
            elif len(rest) > LONGEST_LINE:
                yield rest[:LONGEST_LINE]
                rest, cut = "", True
        if rest and not cut:
            yield rest

    def log_lines(self) -> Iterator[str]:
        """Lines of a log, without colours and without what a launcher or logger puts before them."""
        return map(clean, self.lines())

    def beginning(self) -> Iterator[str]:
        """The first lines of a log, behind whatever set-up was printed before the steps."""
        left = BEGINNING
        for line in self.log_lines():
            yield line
            left -= len(line) + 1
            if left < 0:
                return

    @cached_property
    def _beginning(self) -> str:
        found, left = [], BEGINNING
        for part in self.parts():
            found.append(part)
            left -= len(part)
            if left < 0:
                break
        return "".join(found)

    def marked(self, *marks: str) -> Iterator[str]:
        """Lines of the beginning that hold one of these texts, as a log has them: a long log is searched, not split."""
        for mark in marks if self.is_log else ():
            text, end = self._beginning, 0
            for _ in range(MOST_MARKED):
                if (at := text.find(mark, end)) < 0:
                    break
                begin = max(text.rfind("\n", end, at), text.rfind("\r", end, at), end - 1, at - LONGEST_LOG_LINE) + 1
                stop = _END.search(text, at, at + LONGEST_LOG_LINE)
                end = stop.start() if stop else min(at + LONGEST_LOG_LINE, len(text))
                yield clean(text[begin:end])

    @cached_property
    def first_lines(self) -> list[str]:
        """Lines of the head as a log has them."""
        return list(itertools.islice(self.log_lines(), self.head.count("\n") + self.head.count("\r") + 1))[:4000]

    def _text(self) -> str | None:
        """The whole text; None when it is too large to be held."""
        found, length = [], 0
        for part in self.parts():
            length += len(part)
            if length > LARGEST_DOCUMENT:
                return None
            found.append(part)
        return "".join(found)

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether it begins like a JSON object or a list of them."""
        return not self.is_binary and _JSON.match(self.head) is not None

    @cached_property
    def is_log(self) -> bool:
        """Whether it is text that is no JSON."""
        return not self.is_binary and not self.looks_like_json

    @cached_property
    def document(self) -> Any:
        """The whole as one JSON value; None when it is not one (several lines of JSON, cut off), or too large."""
        if not self.looks_like_json or (text := self._text()) is None:
            return None
        try:
            return json.loads(text.lstrip("\ufeff"))
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
        try:
            found = json.loads(next((line for line in self.lines() if line.strip("\ufeff \t")), "").lstrip("\ufeff"))
        except (ValueError, RecursionError):
            found = self.document
        return found if isinstance(found, dict) else {}

    @cached_property
    def table(self) -> Table:
        """The text as a table."""
        return Table(self.lines)

    @property
    def columns(self) -> list[str]:
        """Cells of the first line that is no comment, trimmed; empty for JSON and what is no text."""
        return [] if self.is_binary or self.looks_like_json else self.table.columns

    def pick(self, *names: str) -> Iterator[tuple[str, ...]]:
        """Cells of these columns only, row by row: a long table is gone through once. Empty where there is none."""
        return self.table.pick(*names)

    def refuse(self, key: str, **facts: object) -> Refused:
        """The refusal of this file."""
        found = Refused(key, where=self.where)
        found.arguments = dict(facts)
        return found


def clean(line: str) -> str:
    """A line of a log without colours and without what a launcher or logger put before it.

    >>> clean("[default0]:2026-01-01 12:00:00,123 - INFO - \x1b[32mstep 1"), clean("iter 0: loss 4")
    ('step 1', 'iter 0: loss 4')
    """
    line = line[:LONGEST_LOG_LINE]
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    found = _PREFIX.match(line)
    return line[found.end() :] if found else line


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
