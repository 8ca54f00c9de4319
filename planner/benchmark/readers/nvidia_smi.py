"""nvidia-smi's query as CSV, with and without header or units, in UTF-16 too; DCGM's where columns agree."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import NamedTuple

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import Reader, run_of
from planner.benchmark.record import BUSY, BenchmarkRun, Throughput

FORMAT = "nvidia_smi_csv"
FIRST = 12  # lines in which the header or the first rows must stand
MOST_CARDS = 4096
# Fields of `nvidia-smi --help-query-gpu`. CORE tell what is measured, the others say of what.
CORE = (
    "utilization.", "memory.used", "memory.free", "power.draw", "temperature.", "clocks.", "fan.speed", "encoder.stats",
)  # fmt: skip
OTHERS = (
    "timestamp", "name", "index", "uuid", "serial", "count", "pstate", "driver_version", "vbios_version",
    "memory.total",
    "power.", "pci.", "pcie.", "gpu_", "ecc.", "mig.", "enforced.", "clocks_", "compute_", "display_", "persistence_",
    "inforom.", "retired_pages.", "accounting.", "fabric.", "platform.", "gom.", "addressing_mode",
)  # fmt: skip
STAMPS = ("%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S")
_STAMP = re.compile(r"\d{4}[/-]\d\d[/-]\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_CELL = re.compile(rf"({NUMBER})\s{{0,3}}(%|W|MiB|MHz|C)?")


def cells_of(line: str, delimiter: str) -> list[str]:
    """Trimmed cells of a line."""
    return [cell.strip().strip('"') for cell in line.strip("\ufeff").split(delimiter)]


def names_of(line: str) -> tuple[str, list[str]] | None:
    """Delimiter and fields of a header; None where the columns are not those of nvidia-smi.

    >>> names_of("timestamp; POWER.DRAW [W]"), names_of("model,batch_size,power.draw")
    ((';', ['timestamp', 'power.draw']), None)
    """
    if len(line) > 4000:
        return None
    delimiter = max(",;\t|", key=line.count)
    cells = [cell.lower() for cell in cells_of(line, delimiter)]
    names = [cell.partition("[")[0].strip() for cell in cells]
    core = [name.startswith(CORE) for name in names]
    known = sum(is_core or name.startswith(OTHERS) for is_core, name in zip(core, names, strict=True))
    units = any(is_core and "[" in cell for is_core, cell in zip(core, cells, strict=True))
    if not any(core) or known < (0.7 if units else 1.0) * len(names):
        return None
    return delimiter, names


def _has_units(line: str) -> bool:
    """Whether the cells of a row carry nvidia-smi's units, of two kinds at least."""
    cells = cells_of(line[:4000], ";" if line.count(";") > line.count(",") else ",")
    units = {cell.rpartition(" ")[2] for cell in cells if _plain(cell) is not None and " " in cell}
    return "%" in units and len(units & {"%", "MiB", "W", "MHz"}) > 1


def _first(content: Content) -> list[str]:
    return [line for line in itertools.islice(content.lines(), FIRST) if line.strip()]


def recognises(content: Content) -> bool:
    """A header of nvidia-smi; without one rows whose cells carry its units."""
    if not content.is_log:
        return False
    lines = _first(content)
    if any(names_of(line) for line in lines[:6]):
        return True
    return len(lines) > 1 and all(_has_units(line) for line in lines[:-1])


class Measured(NamedTuple):
    """What one row says of one card."""

    busy: float | None
    watts: float | None
    stamp: str
    name: str
    card: str


def _row(cells: list[str], names: list[str]) -> Measured:
    if not names:  # no header: by the units
        busy = next((v for cell in cells if cell.endswith("%") and (v := _plain(cell)) is not None), None)
        watts = next((v for cell in cells if cell.endswith(" W") and (v := _plain(cell)) is not None), None)
        return Measured(busy, watts, cells[0], "", "")
    named = dict(zip(names, cells, strict=False))
    watts = next((v for key in ("power.draw", "power.draw.average", "power.draw.instant")
                  if (v := _plain(named.get(key, ""))) is not None), None)  # fmt: skip
    card = named.get("uuid") or named.get("gpu_uuid") or named.get("index") or named.get("pci.bus_id") or ""
    name = named.get("name") or named.get("gpu_name") or ""
    return Measured(_plain(named.get("utilization.gpu", "")), watts, named.get("timestamp", ""), name, card)


def read(content: Content) -> list[BenchmarkRun]:
    """Mean utilisation and power, and the span: they check a run, they are no rate."""
    found = next((header for line in _first(content)[:6] if (header := names_of(line))), None)
    delimiter, names = found or (",", [])
    busy_sum = watts_sum = most = 0.0
    busy_n = watts_n = over_half = 0
    begin = end = ""
    names_seen: set[str] = set()
    cards: set[str] = set()
    for line in content.lines():
        if not line or line.isspace():
            continue
        cells = cells_of(line[:4000], delimiter)
        if delimiter == ";":
            cells = [cell.replace(",", ".") for cell in cells]
        row = _row(cells, names)
        if row.busy is not None and 0 <= row.busy <= 100:
            busy_sum, busy_n, most = busy_sum + row.busy, busy_n + 1, max(most, row.busy)
            over_half += row.busy >= 50
        if row.watts is not None and row.watts >= 0:
            watts_sum, watts_n = watts_sum + row.watts, watts_n + 1
        if _STAMP.fullmatch(row.stamp):
            begin, end = min(begin or row.stamp, row.stamp), max(end, row.stamp)
        if (row.busy is not None or row.watts is not None) and len(cards) < MOST_CARDS:
            cards |= {row.card} - {""}
            names_seen |= {row.name} - {""} if len(names_seen) < 99 else set()
    if not busy_n and not watts_n:
        raise content.refuse("benchmark.no_rows")
    mean = busy_sum / busy_n if busy_n else None
    run = run_of(
        content, FORMAT, "telemetry", gross_s=_span(begin, end), tool="nvidia-smi",
        throughput=Throughput(mean, BUSY, "per_accelerator") if mean is not None else None,
        accelerator=names_seen.pop() if len(names_seen) == 1 else None, n_accelerators=len(cards) or None,
        utilisation=mean / 100 if mean is not None else None, power_w=watts_sum / watts_n if watts_n else None,
        facts={"n_obs": busy_n or watts_n, "busy_share": over_half / busy_n if busy_n else None},
    )  # fmt: skip
    return [run.warn("benchmark.never_busy") if busy_n and most == 0 else run]


def _plain(cell: str) -> float | None:
    found = _CELL.fullmatch(cell)
    return number(found.group(1)) if found else None


def _span(begin: str, end: str) -> float | None:
    first, last = _stamp(begin), _stamp(end)
    return (last - first).total_seconds() if first and last and last > first else None


def _stamp(text: str) -> dt.datetime | None:
    for form in STAMPS:
        try:
            return dt.datetime.strptime(text.replace("T", " "), form)
        except ValueError:
            continue
    return None


READERS = (Reader(FORMAT, "nvidia-smi log", recognises, read),)
