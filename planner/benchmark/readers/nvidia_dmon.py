"""``nvidia-smi dmon``: a table of numbers under comment lines that name its columns and their units."""

from __future__ import annotations

import itertools

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, run_of
from planner.benchmark.record import BUSY, BenchmarkRun, Throughput

FORMAT = "nvidia_dmon"
FIRST, MOST_CARDS = 12, 4096


def names_of(line: str) -> list[str]:
    """Columns of a comment line that names them; none for any other line.

    >>> names_of("# gpu    pwr  gtemp     sm    mem"), names_of("# Idx      W      C      %")
    (['gpu', 'pwr', 'gtemp', 'sm', 'mem'], [])
    """
    if not line.startswith("#") or len(line) > 1000:
        return []
    names = line[1:].replace(",", " ").lower().split()
    return names if "gpu" in names and {"sm", "pwr"} & set(names) and "pid" not in names else []


def recognises(content: Content) -> bool:
    """A comment with the columns gpu and sm or pwr."""
    return content.is_log and any(names_of(line) for line in itertools.islice(content.lines(), FIRST))


def read(content: Content) -> list[BenchmarkRun]:
    """Mean use of the multiprocessors and mean power: they check a run, they are no rate."""
    names: list[str] = []
    sums, counts, most = {"sm": 0.0, "pwr": 0.0}, {"sm": 0, "pwr": 0}, 0.0
    cards: set[str] = set()
    for line in content.lines():
        if line.startswith("#"):
            names = names_of(line) or names
            continue
        row = dict(zip(names, line[:1000].replace(",", " ").split(), strict=False))
        for key in sums:
            value = number(row.get(key))
            if value is not None and 0 <= value <= (100 if key == "sm" else 1e5):
                sums[key], counts[key] = sums[key] + value, counts[key] + 1
                most = max(most, value) if key == "sm" else most
                if len(cards) < MOST_CARDS:
                    cards.add(row.get("gpu", ""))
    if not any(counts.values()):
        raise content.refuse("benchmark.no_rows")
    busy = sums["sm"] / counts["sm"] if counts["sm"] else None
    run = run_of(
        content, FORMAT, "telemetry", tool="nvidia-smi dmon", n_accelerators=len(cards) or None,
        throughput=Throughput(busy, BUSY, "per_accelerator") if busy is not None else None,
        utilisation=busy / 100 if busy is not None else None,
        power_w=sums["pwr"] / counts["pwr"] if counts["pwr"] else None,
        facts={"n_obs": max(counts.values())},
    )  # fmt: skip
    return [run.warn("benchmark.never_busy") if counts["sm"] and most == 0 else run]


READERS = (Reader(FORMAT, "nvidia-smi dmon", recognises, read),)
