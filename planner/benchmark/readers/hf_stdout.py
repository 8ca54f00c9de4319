"""Hugging Face Trainer on many nodes: the summary that it prints, once for each process."""

from __future__ import annotations

import re
import statistics

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import MOST_RUNS, Reader, positive, refuse_unless_positive, run_of, silent
from planner.benchmark.record import SAMPLES, BenchmarkRun, Throughput

FORMAT = "hf_deepspeed_stdout"
STARTED = "***** Running training *****"
_VALUE = rf"({NUMBER}|nan|inf)"
_RATE = re.compile(
    rf"'train_samples_per_second'\s{{0,3}}:\s{{0,3}}'?{_VALUE}|\btrain_samples_per_second\s{{1,40}}=\s{{1,9}}{_VALUE}"
)
_RUNTIME = re.compile(
    rf"'train_runtime'\s{{0,3}}:\s{{0,3}}'?({NUMBER})"
    rf"|\btrain_runtime\s{{1,40}}=\s{{1,9}}(?:(\d{{1,5}}) days?, )?(?:(\d{{1,9}}):(\d{{1,2}}):)?({NUMBER})"
)
_STEP = re.compile(r"\{'loss': .{1,400}'learning_rate': .{1,400}'epoch': ")


def recognises(content: Content) -> bool:
    """Text of a Trainer: its summary, or the losses that it prints before."""
    return any(
        line.startswith(STARTED) or _RATE.search(line) or _STEP.match(line)
        for line in content.marked("train_samples_per_second", STARTED, "{'loss'")
    )


def _seconds(line: str) -> float | None:
    found = _RUNTIME.search(line)
    if found is None:
        return None
    plain, days, hours, minutes, rest = found.groups()
    parts = (number(plain or rest), number(minutes), number(hours), number(days))
    return sum((part or 0.0) * by for part, by in zip(parts, (1, 60, 3600, 86_400), strict=True))


def read(content: Content) -> list[BenchmarkRun]:
    """The summary once, however many processes printed it, as a record or as a table."""
    told: dict[str, list[float]] = {"record": [], "table": []}
    seconds: list[float] = []
    summaries = 0
    for line in content.log_lines():
        if "train_" not in line:
            continue
        if "train_samples_per_second" in line and (found := _RATE.search(line)):
            summaries += 1
            rate = positive(number(found.group(1) or found.group(2)))
            kind = "record" if found.group(1) else "table"
            if rate is not None and len(told[kind]) < MOST_RUNS:
                told[kind].append(rate)
        if "train_runtime" in line and (took := positive(_seconds(line))) and len(seconds) < MOST_RUNS:
            seconds.append(took)
    if not summaries:
        return [silent(content, FORMAT, "benchmark.no_train_summary", tool="transformers Trainer")]
    good = told["record"] or told["table"]
    refuse_unless_positive(content, train_samples_per_second=statistics.median(good) if good else None)
    rate = statistics.median(good)
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=Throughput(rate, SAMPLES, "global"), reported=rate,
        gross_s=statistics.median(seconds) if seconds else None, tool="transformers Trainer",
        facts={"copies": len(good)},
    ).warn("benchmark.pauses_inside")  # fmt: skip
    return [run.warn("benchmark.copies", count=len(good)) if len(good) > 1 else run]


READERS = (Reader(FORMAT, "Hugging Face Trainer or DeepSpeed standard output", recognises, read),)
