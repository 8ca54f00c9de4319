"""SQLite databases of other tools, opened for reading only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

from planner.benchmark.content import Content


def _connect(content: Content) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(content.path.resolve()))}?mode=ro&immutable=1", uri=True, timeout=5)


def has_tables(content: Content, *names: str) -> bool:
    """Whether a database has these tables; one that cannot be read has none."""
    try:
        with closing(_connect(content)) as database:
            found = {
                row[0] for row in database.execute("select name from sqlite_master where type in ('table', 'view')")
            }
    except sqlite3.Error:
        return False
    return set(names) <= found


def select(content: Content, question: str, most: int) -> list[tuple[Any, ...]]:
    """Rows of a question, so many at most. Raises Refused when the database cannot be read."""
    try:
        with closing(_connect(content)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            return list(_first(database.execute(question), most))
    except sqlite3.Error as error:
        raise content.refuse("benchmark.database", problem=str(error)[:120]) from None


def _first(rows: Iterator[tuple[Any, ...]], most: int) -> Iterator[tuple[Any, ...]]:
    for i, row in enumerate(rows):
        if i >= most:
            return
        yield row
