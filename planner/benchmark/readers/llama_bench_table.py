"""llama.cpp's llama-bench: the table that it prints. One stream: far below batched serving."""

from __future__ import annotations

import re

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import MOST_RUNS, Reader, run_of, some
from planner.benchmark.record import OUTPUT_TOKENS, TOKENS, BenchmarkRun, Throughput

FORMAT = "llama_bench_md"
_DEVICE = re.compile(
    r"(?:^ggml_\w{1,40}: \d{1,3} = |deviceName\s{0,20}=\s{0,20}|Device \d{1,3}: )([^|(,\n]{1,80}(?:\([^)\n]{0,40}\))?)"
)
_NUMBER = re.compile(NUMBER)
SHOWN = ("backend", "fa", "test")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _is_header(cells: list[str]) -> bool:
    return cells[0] == "model" and cells[-1] == "t/s" and "test" in cells


def recognises(content: Content) -> bool:
    """A table whose last columns are test and t/s."""
    return any(line.startswith("|") and _is_header(_cells(line)) for line in content.marked("t/s"))


def rate_of(cell: str) -> tuple[float, float | None] | None:
    """Rate and spread of a cell.

    >>> rate_of("86.06 ± 0.13"), rate_of("1.2e3 +/- 4"), rate_of("1.2.3 ± 0.1")
    ((86.06, 0.13), (1200.0, 4.0), None)
    """
    mean, _, spread = cell.replace("+/-", "±").partition("±")
    rate, found = number(mean.strip().rstrip("\xc2 ")), _NUMBER.match(spread.strip())
    return (rate, number(found.group()) if found else None) if rate is not None and rate > 0 else None


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each row; the first generation stands first."""
    columns: list[str] = []
    card: str | None = None
    runs: list[BenchmarkRun] = []
    for line in content.log_lines():
        if not line.startswith("|"):
            found = _DEVICE.search(line) if " = " in line or "Device " in line or "deviceName" in line else None
            card = found.group(1).strip() if found and (card is None or line.startswith("ggml_")) else card
            continue
        cells = _cells(line)
        if _is_header(cells):
            columns = cells
        elif len(cells) == len(columns) and len(runs) < MOST_RUNS and (value := rate_of(cells[-1])):
            rate, spread = value
            row = dict(zip(columns, cells, strict=True))
            test = row.get("test", "")
            answers = test.startswith("tg")
            runs.append(
                run_of(
                    content, FORMAT, "ok", reported=rate, accelerator=card, model=row.get("model"), tool="llama-bench",
                    throughput=Throughput(rate, OUTPUT_TOKENS if answers else TOKENS, "single stream"),
                    label=" ".join(f"{k}={v}" for k, v in row.items() if k in SHOWN),
                    sigma=spread / rate if spread else None,
                    facts={"cv": spread / rate if spread is not None else None, "test": test},
                ).warn("benchmark.single_stream")
            )  # fmt: skip
    return sorted(some(content, runs), key=lambda run: not str(run.facts["test"]).startswith("tg"))


READERS = (Reader(FORMAT, "llama-bench table", recognises, read),)
