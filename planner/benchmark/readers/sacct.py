"""SLURM's accounting: sacct, separated by bars or tabs. Billed hours of accelerators, job rows only."""

from __future__ import annotations

import re
from collections import Counter

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, run_of
from planner.benchmark.record import BenchmarkRun

FORMAT = "slurm_sacct"
_ELAPSED = re.compile(r"^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d\d)(?:\.\d+)?$")
_GPUS = re.compile(r"gres/gpu(?::[\w.-]+)?=(\d+)")
_TYPED = re.compile(r"gres/gpu:([\w.-]+)=(\d+)")


def recognises(content: Content) -> bool:
    """JobID and State of sacct."""
    return {"JobID", "State"} <= set(content.columns)


def seconds_of(text: str) -> float | None:
    """Seconds of ``[D-]HH:MM:SS``.

    >>> seconds_of("1-02:03:04"), seconds_of("05:30"), seconds_of("")
    (93784.0, 330.0, None)
    """
    found = _ELAPSED.match(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(days * 86400 + hours * 3600 + minutes * 60 + seconds)


def read(content: Content) -> list[BenchmarkRun]:
    """Accelerators × elapsed time of all jobs that ran; without columns of time or accelerators there is no figure."""
    states: Counter[str] = Counter()
    hours, jobs, rows, cards, elapsed_s = 0.0, 0, 0, set(), 0.0
    for row in content.rows():
        rows += 1
        states[row.get("State", "").split(" ")[0]] += 1
        if "." in row.get("JobID", ""):  # .batch, .extern and steps are parts of the job
            continue
        seconds = number(row.get("ElapsedRaw")) if row.get("ElapsedRaw") else seconds_of(row.get("Elapsed", ""))
        tres = row.get("AllocTRES") or row.get("AllocGRES") or row.get("ReqTRES") or ""
        typed = _TYPED.findall(tres)
        count = sum(int(n) for _, n in typed) or (int(found.group(1)) if (found := _GPUS.search(tres)) else 0)
        cards |= {name for name, _ in typed}
        if seconds and count:
            hours, jobs, elapsed_s = hours + count * seconds / 3600, jobs + 1, elapsed_s + seconds
    facts = {"rows": rows, "states": dict(states), "jobs": jobs, "n_obs": rows}
    if not hours:
        return [run_of(content, FORMAT, "no_throughput", tool="sacct", facts=facts).warn("benchmark.sacct_columns")]
    run = run_of(
        content, FORMAT, "accounting", billed_hours=hours, gross_s=elapsed_s, tool="sacct", facts=facts,
        accelerator=cards.pop() if len(cards) == 1 else None,
    )  # fmt: skip
    lost = sum(states[name] for name in ("TIMEOUT", "CANCELLED", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"))
    return [run.warn("benchmark.lost_jobs", count=lost) if lost else run]


READERS = (Reader(FORMAT, "SLURM accounting", recognises, read),)
