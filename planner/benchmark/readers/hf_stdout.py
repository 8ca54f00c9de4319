"""Hugging Face Trainer on many nodes: the summary that it prints, once for each process."""

from __future__ import annotations

import re
import statistics

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import MOST_RUNS, Reader, positive, refuse_unless_positive, run_of, silent
from planner.benchmark.readers.hf_rate import stated
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput

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
_STEPS = re.compile(
    rf"'train_steps_per_second'\s{{0,3}}:\s{{0,3}}'?({NUMBER})|\btrain_steps_per_second\s{{1,40}}=\s{{1,9}}({NUMBER})"
)
_SAMPLES = re.compile(rf"\btrain_samples\s{{1,40}}=\s{{1,9}}({NUMBER})")
_EPOCH = re.compile(rf"\bepoch\s{{1,40}}=\s{{1,9}}({NUMBER})|'epoch'\s{{0,3}}:\s{{0,3}}'?({NUMBER})")
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


class _Told:
    """What the summaries of a log state, from records and tables, of however many processes."""

    def __init__(self) -> None:
        self.rates: dict[str, list[float]] = {"record": [], "table": []}
        self.seconds: list[float] = []
        self.summaries = 0
        self.epoch: float | None = None
        self.other: dict[str, object] = {}

    def add(self, line: str) -> None:
        """One line of a summary."""
        if "train_samples_per_second" in line and (found := _RATE.search(line)):
            self.summaries += 1
            rate = positive(number(found.group(1) or found.group(2)))
            kind = self.rates["record" if found.group(1) else "table"]
            if rate is not None and len(kind) < MOST_RUNS:
                kind.append(rate)
        if "train_runtime" in line and (took := positive(_seconds(line))) and len(self.seconds) < MOST_RUNS:
            self.seconds.append(took)
            self.epoch = _first(_EPOCH.search(line)) or self.epoch
        if steps := _STEPS.search(line):
            self.other["train_steps_per_second"] = _first(steps)
        elif samples := _SAMPLES.search(line):
            self.other["train_samples"] = _first(samples)

    @property
    def good(self) -> list[float]:
        """Rates of the records, else of the tables."""
        return self.rates["record"] or self.rates["table"]

    @property
    def summary(self) -> dict[str, object]:
        """The one summary that all processes print."""
        seconds = {"train_runtime": statistics.median(self.seconds)} if self.seconds else {}
        return {**self.other, **seconds, "train_samples_per_second": statistics.median(self.good), "epoch": self.epoch}


def _first(found: re.Match[str] | None) -> float | None:
    return number(next((group for group in found.groups() if group), None)) if found else None


def read(content: Content) -> list[BenchmarkRun]:
    """The summary once, however many processes printed it, as a record or as a table."""
    told = _Told()
    for line in content.log_lines():
        if "train_" in line:
            told.add(line)
        elif told.epoch is None and "epoch  " in line and line.lstrip().startswith("epoch"):  # of the table
            told.epoch = _first(_EPOCH.search(line))
    if not told.summaries:
        return [silent(content, FORMAT, "benchmark.no_train_summary", tool="transformers Trainer")]
    good = told.good
    refuse_unless_positive(content, train_samples_per_second=statistics.median(good) if good else None)
    summary = told.summary
    said = stated(content, summary) if told.seconds else None
    seconds = said.step_s if said else None
    run = run_of(
        content, FORMAT, "ok_coarse", reported=statistics.median(good),
        throughput=said.rate if said else Throughput(statistics.median(good), SAMPLES, "global"),
        step_time=StepTime(seconds, seconds, None, 1) if seconds else None,
        gross_s=number(summary.get("train_runtime")), tool="transformers Trainer", facts={"copies": len(good)},
    )  # fmt: skip
    run = (run.warn("benchmark.old_trainer") if said and said.old else run).warn("benchmark.pauses_inside")
    return [run.warn("benchmark.copies", count=len(good)) if len(good) > 1 else run]


READERS = (Reader(FORMAT, "Hugging Face Trainer or DeepSpeed standard output", recognises, read),)
