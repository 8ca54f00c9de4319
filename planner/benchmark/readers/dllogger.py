"""NVIDIA's DLLogger: standard output and its JSON lines."""

from __future__ import annotations

import json
import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, rate_of_series, silent
from planner.benchmark.record import IMAGES, SAMPLES, TOKENS, BenchmarkRun

FORMAT = "dllogger_text"
_LINE = re.compile(r"^DLL \d{4}-\d\d-\d\d [\d:.]+ - ")
_RATE = re.compile(
    r"\b(?:train\.)?(total_ips|compute_ips|throughput|tokens_per_sec|samples_per_second)\s*:\s*([0-9.]+)"
)
_ITERATION = re.compile(r"\bIteration: \d+")
_PARAMETER = re.compile(r"\bbatch_size : (\d+)|\bamp : (True|False)|\bprecision : (\w+)")
UNITS = {"total_ips": IMAGES, "compute_ips": IMAGES, "tokens_per_sec": TOKENS}


def recognises(content: Content) -> bool:
    """Lines that begin with DLL and a date, or DLLL and JSON."""
    return any(_LINE.match(line) or line.startswith("DLLL {") for line in content.head.split("\n"))


def read(content: Content) -> list[BenchmarkRun]:
    """The median rate of the iterations; the summary averages the warm-up in."""
    rates: dict[str, list[float]] = {}
    summary: float | None = None
    precision: str | None = None
    batch: float | None = None
    for line in content.lines():
        if line.startswith("DLLL {"):
            for name, value in _json(line).items():
                rates.setdefault(name, []).append(value)
            continue
        if not _LINE.match(line):
            continue
        if "PARAMETER" in line:
            parameter = _PARAMETER.findall(line)
            batch = next((number(size) for size, _, _ in parameter if size), batch)
            precision = "amp" if any(amp == "True" for _, amp, _ in parameter) else precision
        found = {name: float(value) for name, value in _RATE.findall(line)}
        if _ITERATION.search(line):
            for name, value in found.items():
                rates.setdefault(name, []).append(value)
        elif "Summary" in line and found:
            summary = found.get("total_ips", next(iter(found.values())))
    chosen = next((key for key in ("total_ips", "throughput", *rates) if key in rates), None)
    if chosen is None:
        return [silent(content, FORMAT, "benchmark.no_time", tool="DLLogger")]
    unit = UNITS.get(chosen, SAMPLES)
    run = rate_of_series(content, FORMAT, rates[chosen], unit, "global", tool="DLLogger", reported=summary)
    return [run.but(precision=precision, facts={**run.facts, "per_process_batch": batch})]


def _json(line: str) -> dict[str, float]:
    try:
        found = json.loads(line[5:])
    except (ValueError, RecursionError):
        return {}
    data = found.get("data") if isinstance(found, dict) and isinstance(found.get("step"), list) else None
    if not isinstance(data, dict) or not found["step"]:  # an empty step is the summary
        return {}
    names = {key: key.removeprefix("train.") for key in data}
    return {names[k]: v for k, x in data.items() if names[k] in _KNOWN and (v := number(x)) is not None}


_KNOWN = {"total_ips", "compute_ips", "throughput", "tokens_per_sec", "samples_per_second"}
READERS = (Reader(FORMAT, "DLLogger", recognises, read),)
