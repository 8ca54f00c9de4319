"""nvidia-smi's query as CSV, with and without header, in UTF-16 too; DCGM's as far as its columns are the same."""

from __future__ import annotations

import datetime as dt
import re
import statistics

from planner.benchmark.content import Content
from planner.benchmark.reader import Reader, run_of
from planner.benchmark.record import BUSY, BenchmarkRun, Throughput

FORMAT = "nvidia_smi_csv"
_HEADER = re.compile(r"(?:utilization\.gpu|memory\.used|power\.draw|temperature\.gpu|clocks\.)")
_CELL = re.compile(r"^\s*(-?[0-9.]+)\s*(%|W|MiB|MHz)?\s*$")
STAMPS = ("%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S")


def recognises(content: Content) -> bool:
    """A header of nvidia-smi; without one rows whose cells carry its units."""
    if content.looks_like_json or content.is_binary:
        return False
    lines = [line for line in content.head.split("\n")[:6] if line.strip()]
    if not lines:
        return False
    if _HEADER.search(lines[0]):
        return True
    return len(lines) > 1 and all(re.search(r",\s*\d+ %\s*,?.*\d+ MiB|\d+ MiB.*,\s*\d+ %", line) for line in lines[:-1])


def read(content: Content) -> list[BenchmarkRun]:
    """Mean utilisation and power, and the span: they check a run, they are no rate."""
    busy, watts, stamps = [], [], []
    names: list[str] = []
    cards: set[str] = set()
    for i, line in enumerate(content.lines()):
        cells = [cell.strip() for cell in line.split(",")]
        if i == 0 and _HEADER.search(line):
            names = [re.sub(r"\s*\[.*?\]", "", cell) for cell in cells]
            continue
        if len(cells) < 2:
            continue
        named = dict(zip(names, cells, strict=False))
        if named.get("name"):
            cards.add(named["name"])
        busy += _percent(cells, named)
        watts += [
            v for v in [_plain(named.get("power.draw", named.get("power.draw.instant", "")))] if v is not None
        ] or [float(c.split()[0]) for c in cells if re.fullmatch(r"[0-9.]+ W", c)]
        if stamp := _stamp(named.get("timestamp", cells[0])):
            stamps.append(stamp)
    if not busy and not watts:
        raise content.refuse("benchmark.no_rows")
    span = (max(stamps) - min(stamps)).total_seconds() if len(stamps) > 1 else None
    mean = statistics.fmean(busy) if busy else None
    run = run_of(
        content,
        FORMAT,
        "telemetry",
        throughput=Throughput(mean, BUSY, "per_accelerator") if mean is not None else None,
        accelerator=cards.pop() if len(cards) == 1 else None,
        utilisation=mean / 100 if mean is not None else None,
        power_w=statistics.fmean(watts) if watts else None,
        gross_s=span,
        tool="nvidia-smi",
        facts={
            "n_obs": len(busy) or len(watts),
            "busy_share": sum(b >= 50 for b in busy) / len(busy) if busy else None,
        },
    )
    return [run.warn("benchmark.never_busy") if busy and max(busy) == 0 else run]


def _percent(cells: list[str], named: dict[str, str]) -> list[float]:
    if "utilization.gpu" in named:
        value = _plain(named["utilization.gpu"])
        return [value] if value is not None else []
    found = [float(cell.split()[0]) for cell in cells if re.fullmatch(r"[0-9.]+ %", cell)]
    return found[:1]


def _plain(cell: str) -> float | None:
    found = _CELL.match(cell)
    return float(found.group(1)) if found else None


def _stamp(text: str) -> dt.datetime | None:
    for form in STAMPS:
        try:
            return dt.datetime.strptime(text, form)
        except ValueError:
            continue
    return None


READERS = (Reader(FORMAT, "nvidia-smi log", recognises, read),)
