"""A table of text: its header, and rows that have as many cells as the header."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterator

DELIMITERS = (",", "|", "\t", ";")
NOWHERE = 1 << 40  # place of a column that is not there
_DECIMAL_COMMA = re.compile(r"-?\d{1,30},\d{1,30}(?:[eE][-+]?\d{1,3})?")


class Table:
    """Lines as a table. lines: of the file, anew on every call.

    uneven: rows of the last pass that were left out, their cells not being those of the header; a last row that was cut
    off is not counted. even: rows that were read. cells: of the first one that was left out.
    """

    def __init__(self, lines: Callable[[], Iterator[str]]) -> None:
        self._lines = lines
        self.even = self.uneven = self.cells = 0
        self.delimiter, self.columns, self._before = self._dialect()

    def _dialect(self) -> tuple[str, list[str], int]:
        """Delimiter, header and the number of lines before it (comments)."""
        before = 0
        for line in itertools.islice(self._lines(), 1000):
            if not line.strip() or line.startswith("#"):
                before += 1
                continue
            delimiter = max(DELIMITERS, key=line.count)
            cells = next(_cells(iter([line]), delimiter), [line[:100]])
            return delimiter, [cell.strip().strip("\ufeff") for cell in cells], before
        return ",", [], before

    def pick(self, *names: str) -> Iterator[tuple[str, ...]]:
        """Cells of these columns only, row by row: a long table is gone through once. Empty where there is none."""
        at_name = {name: at for at, name in reversed(list(enumerate(self.columns)))}
        places = [at_name.get(name, NOWHERE) for name in names]
        trimmed = self._cell if self.delimiter == ";" else str.strip
        for cells in self._rows():
            yield tuple([trimmed(cells[at]) if at < len(cells) else "" for at in places])

    def first(self) -> dict[str, str]:
        """The first row by column; empty where there is none."""
        row = next(self.pick(*self.columns), ())
        return dict(zip(self.columns, row, strict=False))

    def forget(self) -> None:
        """Begin to count anew."""
        self.even = self.uneven = self.cells = 0

    def _rows(self) -> Iterator[list[str]]:
        """Rows with the header's number of cells, blank lines left out; empty cells at the end do not count."""
        lines = self._lines()
        for _ in range(self._before + 1):
            next(lines, None)
        self.forget()
        wanted, doubted = len(self.columns), 0
        for cells in _cells(lines, self.delimiter):
            if not any(cells):
                continue
            self.uneven, doubted = self.uneven + doubted, 0
            if len(cells) == wanted or self._padded(cells):
                self.even += 1
                yield cells
            else:
                doubted, self.cells = 1, self.cells or len(cells)
        if not self.even:
            self.uneven += doubted

    def _padded(self, cells: list[str]) -> bool:
        """Whether a row differs from the header by empty cells at the end, as after a last delimiter."""
        longer = cells if len(cells) > len(self.columns) else self.columns
        return not any(cell.strip() for cell in longer[min(len(cells), len(self.columns)) :])

    def _cell(self, cell: str) -> str:
        """A cell, its decimal comma made a point where semicolons stand between cells."""
        cell = cell.strip()
        return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _cells(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    plain = (line.replace("\x00", "") for line in lines)
    if delimiter in "|\t":  # those who write these quote nothing
        reader = csv.reader(plain, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(plain, delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
