"""SLURM's accounting: sacct, separated by bars or tabs, or aligned. Billed hours of accelerators, job rows only."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, run_of
from planner.benchmark.record import BenchmarkRun

FORMAT = "slurm_sacct"
_ELAPSED = re.compile(r"(?:(\d{1,6})-)?(?:(\d{1,6}):)?(\d{1,6}):(\d\d)(?:\.\d{1,9})?")
_GPUS = re.compile(
    r"gres/gpu(?::[\w.-]{1,60})?=(\d{1,7})|(?:^|,)(?:gres:)?gpu:(?:[A-Za-z][\w.-]{0,60}:)?(\d{1,7})(?:\(|,|$)"
)
_TYPED = re.compile(r"gres/gpu:([\w.-]{1,60})=(\d{1,7})|(?:^|,)(?:gres:)?gpu:([A-Za-z][\w.-]{0,60}):(\d{1,7})")
MOST_STATES, MOST_CARDS = 40, 99
FIELDS = ("jobid", "state", "elapsedraw", "elapsed", "alloctres", "allocgres", "reqtres", "reqgres")


def recognises(content: Content) -> bool:
    """JobID and State of sacct, separated by bars or tabs, or aligned over a line of dashes."""
    return {"jobid", "state"} <= {name.lower() for name in content.columns} or _widths(content) is not None


def _widths(content: Content) -> list[tuple[int, int]] | None:
    """Where the columns of an aligned listing begin and end; None for any other file."""
    if not content.is_log:
        return None
    lines = [line for line in itertools.islice(content.lines(), 6) if line.strip()][:2]
    if len(lines) < 2 or set(lines[1].strip()) != {"-", " "} or len(lines[1]) > 4000:
        return None
    places = [found.span() for found in re.finditer(r"-+", lines[1])]
    names = {lines[0][begin:end].strip().lower() for begin, end in places}
    return places if {"jobid", "state"} <= names else None


def _rows(content: Content) -> Iterator[dict[str, str]]:
    places = _widths(content)
    if places is None:
        names = {name.lower(): name for name in content.columns}
        wanted = [field for field in FIELDS if field in names]
        for cells in content.pick(*(names[field] for field in wanted)):
            yield dict(zip(wanted, cells, strict=True))
        return
    lines = (line for line in content.lines() if line.strip())
    heads = next(lines)
    fields = [heads[begin:end].strip().lower() for begin, end in places]
    next(lines)
    for line in lines:
        yield {name: line[begin:end].strip() for name, (begin, end) in zip(fields, places, strict=True)}


def seconds_of(text: str) -> float | None:
    """Seconds of ``[D-]HH:MM:SS``.

    >>> seconds_of("1-02:03:04"), seconds_of("05:30"), seconds_of("")
    (93784.0, 330.0, None)
    """
    found = _ELAPSED.fullmatch(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(days * 86400 + hours * 3600 + minutes * 60 + seconds)


def gpus_of(tres: str) -> tuple[int, set[str]]:
    """Accelerators of a job, and their types.

    >>> [gpus_of(tres) for tres in ("billing=64,gres/gpu:a100=4,gres/gpu=4", "gpu:v100:2", "gpu:8", "cpu=8")]
    [(4, {'a100'}), (2, {'v100'}), (8, set()), (0, set())]
    """
    typed = [(a or c, int(b or d)) for a, b, c, d in _TYPED.findall(tres)]
    if typed:
        return sum(count for _, count in typed), {name for name, _ in typed}
    found = _GPUS.search(tres)
    return int(found.group(1) or found.group(2)) if found else 0, set()


def read(content: Content) -> list[BenchmarkRun]:
    """Accelerators × elapsed time of all jobs that ran; without columns of time or accelerators there is no figure."""
    states: Counter[str] = Counter()
    cards: set[str] = set()
    hours, jobs, rows, elapsed_s = 0.0, 0, 0, 0.0
    wrong = ""
    for row in _rows(content):
        rows += 1
        state = row.get("state", "").split(" ")[0].rstrip("+")[:30]
        if state in states or len(states) < MOST_STATES:
            states[state] += 1
        if "." in row.get("jobid", ""):  # .batch, .extern and steps are parts of the job
            continue
        told = row.get("elapsedraw") or row.get("elapsed") or ""
        seconds = number(told) if row.get("elapsedraw") else seconds_of(told)
        if told and (seconds is None or seconds < 0):
            wrong = told[:40]
            continue
        count, types = gpus_of(next((row[name] for name in FIELDS[4:] if row.get(name)), ""))
        if len(cards) < MOST_CARDS:
            cards |= types
        if seconds and count:
            hours, jobs, elapsed_s = hours + count * seconds / 3600, jobs + 1, elapsed_s + seconds
    facts = {"rows": rows, "states": dict(states), "jobs": jobs, "n_obs": rows}
    if not hours and wrong:
        raise content.refuse("benchmark.not_positive", name="Elapsed", value=wrong)
    if not hours:
        return [run_of(content, FORMAT, "no_throughput", tool="sacct", facts=facts).warn("benchmark.sacct_columns")]
    run = run_of(
        content, FORMAT, "accounting", billed_hours=hours, gross_s=elapsed_s, tool="sacct", facts=facts,
        accelerator=cards.pop() if len(cards) == 1 else None,
    )  # fmt: skip
    lost = sum(states[name] for name in ("TIMEOUT", "CANCELLED", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"))
    return [run.warn("benchmark.lost_jobs", count=lost) if lost else run]


READERS = (Reader(FORMAT, "SLURM accounting", recognises, read),)
