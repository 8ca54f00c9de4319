"""Cells of the measured tables and of batch files, read strictly: what is no number is said, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from planner.errors import PlannerError

Record = Mapping[str, str]
ABSOLUTE = 1e6  # from here on a number in a column of billions is a count of parameters
LARGEST_SIZE, LARGEST_COUNT = 1e16, 1e6
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
_COUNT = re.compile(r"([0-9]+(?:[.,][0-9]+)?(?:e[+-]?[0-9]+)?)\s*([kmbgt]?)", re.IGNORECASE)


def count(text: str, name: str) -> float:
    """A count as people write it: 7e9, 7B, 1.5T, 7,5B. Raises PlannerError with what would be understood.

    >>> count("7B", "parameters")
    7000000000.0
    """
    found = _COUNT.fullmatch(text.strip())
    if found is None:
        raise PlannerError("estimate.not_a_count", name=name, text=text)
    value = float(found.group(1).replace(",", ".")) * _SCALES[found.group(2).lower()]
    if not math.isfinite(value) or value <= 0:
        raise PlannerError("estimate.not_positive", name=name, text=text)
    return value


def billions(record: Record, name: str) -> float | None:
    """A size in a column of billions, as a number: 7 is 7e9, and so are 7B and 7e9. None when empty."""
    cell = text(record, name)
    value = positive(record, name)
    if value is None:
        return None
    value = value if cell[-1:].isalpha() or value >= ABSOLUTE else value * 1e9
    if value > LARGEST_SIZE:
        raise PlannerError("estimate.out_of_range")
    return value


def text(record: Record, name: str) -> str:
    """A cell without blanks around it; empty where the column is missing."""
    return (record.get(name) or "").strip()


def positive(record: Record, name: str) -> float | None:
    """A count above zero, None when empty. Raises PlannerError for anything else."""
    cell = text(record, name)
    return count(cell, name) if cell and cell.lower() != "nan" else None


def machines(record: Record, name: str = "n_accelerators") -> float | None:
    """Number of accelerators, at least one. Raises PlannerError beyond what anybody owns."""
    value = positive(record, name)
    if value is not None and not 1 <= value <= LARGEST_COUNT:
        raise PlannerError("estimate.out_of_range")
    return value


def year(record: Record, default: float) -> float:
    """Year of the column `date`."""
    found = re.search(r"(19|20)\d\d", text(record, "date"))
    return float(found.group(0)) if found else default
