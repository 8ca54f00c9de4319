"""Hugging Face Trainer on many nodes: the summary that it prints, once for each process."""

from __future__ import annotations

import re
import statistics

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import SAMPLES, BenchmarkRun, Throughput

FORMAT = "hf_deepspeed_stdout"
_RATE = re.compile(
    r"'train_samples_per_second'\s*:\s*'?([-+0-9.eE]+|nan|inf)|\btrain_samples_per_second\s*=\s*([-+0-9.eE]+)"
)
_RUNTIME = re.compile(r"'train_runtime'\s*:\s*'?([-+0-9.eE]+)|\btrain_runtime\s*=\s*(?:(\d+):(\d+):)?([0-9.]+)")
_STARTED = re.compile(r"\*\*\*\*\* Running training \*\*\*\*\*|'loss':|\"train_batch_size\"|train_samples_per_second")


def recognises(content: Content) -> bool:
    """Text of a Trainer: its summary may stand far down."""
    if content.looks_like_json or content.is_binary:
        return False
    if _RATE.search(content.head):
        return True
    return bool(_STARTED.search(content.head)) and any(_RATE.search(line) for line in content.lines())


def read(content: Content) -> list[BenchmarkRun]:
    """The summary once, however many processes printed it."""
    rates, seconds = [], []
    for line in content.lines():
        if found := _RATE.search(line):
            rates.append(number(found.group(1) or found.group(2)))
            if took := _RUNTIME.search(line):
                plain, hours, minutes, rest = took.groups()
                seconds.append(
                    number(plain) or (number(rest) or 0) + 60 * (number(minutes) or 0) + 3600 * (number(hours) or 0)
                )
    good = [rate for rate in rates if rate]
    refuse_unless_positive(content, train_samples_per_second=statistics.median(good) if good else None)
    gross = statistics.median([s for s in seconds if s]) if any(seconds) else None
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=Throughput(statistics.median(good), SAMPLES, "global"),
        reported=statistics.median(good), gross_s=gross, tool="transformers Trainer", facts={"copies": len(good)},
    )  # fmt: skip
    run = run.warn("benchmark.pauses_inside")
    return [run.warn("benchmark.copies", count=len(good)) if len(good) > 1 else run]


READERS = (Reader(FORMAT, "Hugging Face Trainer or DeepSpeed standard output", recognises, read),)
