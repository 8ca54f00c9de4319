"""Reading, writing and small text rules shared by every table builder."""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Row = dict[str, str]

DATA_DIR = Path(__file__).resolve().parents[1]

PROVIDER_SLUGS = {
    "AWS SageMaker": "sagemaker",
    "Backblaze B2": "backblaze",
    "Cloudflare R2": "cloudflare",
    "Fireworks AI": "fireworks",
    "Google Colab": "colab",
    "IBM Cloud": "ibm",
    "IBM watsonx": "watsonx",
    "Mistral AI": "mistral",
    "Moonshot AI": "moonshot",
    "Together AI": "together",
    "Vast.ai": "vast",
    "Verda (DataCrunch)": "verda",
    "Voyage AI": "voyage",
    "Z.ai (Zhipu)": "zai",
}


class BuildError(Exception):
    """A source row that cannot be carried over without guessing."""


def read_rows(path: Path) -> list[Row]:
    """Rows of a CSV file as dictionaries of text."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [dict(row) for row in csv.DictReader(handle)]


def write_table(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """Number of rows written to pricing_data/NAME, sorted by all columns from left to right."""
    ordered = sorted(([row.get(column, "") or "" for column in columns] for row in rows), key=_sort_key)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(ordered)
    target = DATA_DIR / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")
    return len(ordered)


def _sort_key(values: Sequence[str]) -> list[tuple[int, float, str]]:
    """Numbers in numeric order before text, so that sorting does not depend on the digits."""
    return [_cell_key(value) for value in values]


def _cell_key(value: str) -> tuple[int, float, str]:
    number = number_or_none(value)
    return (1, 0.0, value) if number is None else (0, number, value)


def number_or_none(text: str) -> float | None:
    """The number that the text holds, or None."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip()):
        return None
    return float(text)


def number_text(value: float, digits: int = 6) -> str:
    """A number with at most the given significant digits, without trailing zeros or exponent."""
    text = f"{value:.{digits}g}"
    if "e" in text:
        text = f"{float(text):.12f}" if abs(value) < 1 else f"{float(text):.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def provider_slug(name: str) -> str:
    """Lower-case identifier of a provider's commercial name."""
    return PROVIDER_SLUGS.get(name) or re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def dated(text: str) -> tuple[str, str]:
    """Date of a figure as YYYY[-MM[-DD]], the first of a range, and the flag `undated` when there is none."""
    found = re.search(r"\d{4}(-\d{2}(?!\d)(-\d{2}(?!\d))?)?", text)
    return (found.group(0), "") if found else ("", "undated")


def quantile(values: Sequence[float], share: float) -> float:
    """Quantile by linear interpolation between order statistics (type 7)."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def median(values: Sequence[float]) -> float:
    """Median of a non-empty sequence."""
    return float(statistics.median(values))
