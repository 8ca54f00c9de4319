"""SQLite databases of other tools, opened for reading only: tables, not views, and not for longer than a deadline."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

from planner.benchmark.content import Content

DEADLINE_S = 10.0  # a broken or hostile database can loop for ever
LONGEST_CELL = 1_000_000  # bytes
_CHECK_EVERY = 10_000  # instructions of SQLite's machine


def _connect(content: Content) -> sqlite3.Connection:
    address = f"file:{quote(str(content.path.resolve()))}?mode=ro&immutable=1"
    database = sqlite3.connect(address, uri=True, timeout=5)
    end = time.monotonic() + DEADLINE_S
    database.set_progress_handler(lambda: int(time.monotonic() > end), _CHECK_EVERY)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
    database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    return database


def has_tables(content: Content, *names: str) -> bool:
    """Whether a database has these tables (a view is none); one that cannot be read has none."""
    try:
        with closing(_connect(content)) as database:
            found = {row[0] for row in database.execute("select name from sqlite_master where type = 'table'")}
    except (sqlite3.Error, ValueError):
        return False
    return set(names) <= found


def select(content: Content, question: str, most: int) -> Iterator[tuple[Any, ...]]:
    """Rows of a question as they come, so many at most.

    Raises Refused when the database cannot be read, or not within the deadline.
    """
    try:
        with closing(_connect(content)) as database:
            for i, row in enumerate(database.execute(question)):
                if i >= most:
                    return
                yield row
    except (sqlite3.Error, MemoryError, ValueError) as error:
        raise content.refuse("benchmark.database", problem=str(error)[:120]) from None
