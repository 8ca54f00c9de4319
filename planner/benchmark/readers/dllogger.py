"""NVIDIA's DLLogger: standard output and its JSON lines."""

from __future__ import annotations

import json
import re

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import Reader, positive, rate_of_series, run_of, silent
from planner.benchmark.record import IMAGES, SAMPLES, TOKENS, BenchmarkRun, Throughput
from planner.benchmark.steady import Series

FORMAT = "dllogger_text"
NAMES = (
    "total_ips", "throughput", "train_throughput", "throughput_train", "compute_ips", "tokens_per_sec",
    "tokens_per_second", "samples_per_second", "samples_per_sec", "items_per_sec",
    "training_sequences_per_second", "train_sequences_per_second", "train_items_per_sec", "med_img/sec", "avg_img/sec",
)  # fmt: skip
_LINE = re.compile(r"DLL \d{4}-\d\d-\d\d [\d:.]{5,20} - ")
_RATE = re.compile(
    rf"(?<![\w.])(?:train\.)?({'|'.join(NAMES)})\s{{0,5}}:\s{{0,5}}({NUMBER})(?=\s|$)(?:\s([A-Za-z/_]{{1,30}}))?"
)
_NAMED = re.compile(rf"\b(?:{'|'.join(NAMES)})\s{{0,5}}:\s{{0,5}}[-+.0-9a-z]")
_ITERATION = re.compile(
    r"\bEpoch: \d{1,9} (?:Training )?Iteration: \d{1,12}|\bIteration: \d{1,12}|\(\d{1,9}, \d{1,12}\)"
)
_PARAMETER = re.compile(r"\bbatch_size : (\d{1,12})|\bamp : (True|False)")
ITEMS = "items/s"  # of the model's own kind: frames of a spectrogram
UNITS = {
    "total_ips": IMAGES,
    "compute_ips": IMAGES,
    "tokens_per_sec": TOKENS,
    "tokens_per_second": TOKENS,
    "train_items_per_sec": ITEMS,
    "med_img/sec": IMAGES,
    "avg_img/sec": IMAGES,
}
PRINTED = {"images/s": IMAGES, "img/s": IMAGES, "tokens/s": TOKENS, "tok/s": TOKENS, "sequences/s": SAMPLES}


def recognises(content: Content) -> bool:
    """Lines that begin with DLL and a date, or DLLL and JSON."""
    return any(_LINE.match(line) is not None or line.startswith("DLLL {") for line in content.marked("DLL ", "DLLL {"))


class _Found:
    """What was read: rates by name, the summary, the parameters."""

    def __init__(self) -> None:
        self.rates: dict[str, Series] = {}
        self.units: dict[str, str] = {}
        self.summary: dict[str, float] = {}
        self.batch: float | None = None
        self.precision: str | None = None
        self.named = False  # whether an iteration names a rate at all
        self._last: tuple[str, ...] = ()

    def iteration(self, key: str, rates: dict[str, float]) -> None:
        """Rates of an iteration, once however many ranks print it."""
        if not rates or self._last == (key, *rates):
            return
        self._last = (key, *rates)
        for name, value in rates.items():
            self.rates.setdefault(name, Series()).add(value)

    def text(self, line: str) -> None:
        """A line of text."""
        if "PARAMETER" in line:
            parameter = _PARAMETER.findall(line)
            self.batch = next((number(size) for size, _ in parameter if size), self.batch)
            self.precision = "amp" if any(amp == "True" for _, amp in parameter) else self.precision
        found: dict[str, float] = {}
        for name, text, unit in _RATE.findall(line):
            if (value := number(text)) is not None:
                found.setdefault(name, value)
                if unit.lower() in PRINTED:
                    self.units[name] = PRINTED[unit.lower()]
        if at := _ITERATION.search(line):
            self.named = self.named or _NAMED.search(line) is not None
            self.iteration(at.group(), found)
        elif "PARAMETER" not in line:  # of an epoch or of the whole run
            self.summary |= found

    def record(self, line: str) -> None:
        """A line of JSON; an empty step is the summary."""
        try:
            found = json.loads(line[5:])
        except (ValueError, RecursionError):
            return
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, dict):
            return
        step = found.get("step")
        if step == "PARAMETER":
            self.batch = number(data.get("batch_size")) or number(data.get("train_batch_size")) or self.batch
            self.precision = "amp" if data.get("amp") is True else self.precision
        names = {key: key.removeprefix("train.") for key in data}
        rates = {names[k]: v for k, x in data.items() if names[k] in NAMES and (v := number(x)) is not None}
        if isinstance(step, list) and len(step) > 1:
            self.iteration(str(step)[:200], rates)
        elif step == [] and rates:
            self.summary |= rates


def read(content: Content) -> list[BenchmarkRun]:
    """The median rate of the iterations; the summary averages the warm-up in."""
    found = _Found()
    for line in content.log_lines():
        if line.startswith("DLLL {"):
            found.record(line)
        elif _LINE.match(line):
            found.text(line)
    rates, summary = found.rates, found.summary
    chosen = next((key for key in NAMES if key in rates), None)
    if chosen is None and found.named:
        raise content.refuse("benchmark.not_positive", name="rate", value="—")
    whole = next((key for key in NAMES if positive(summary.get(key))), None)
    if chosen is None and whole is not None:
        unit = found.units.get(whole) or UNITS.get(whole, SAMPLES)
        run = run_of(
            content, FORMAT, "ok_coarse", throughput=Throughput(summary[whole], unit, "global"), tool="DLLogger",
            reported=summary[whole], precision=found.precision, facts={"per_process_batch": found.batch},
        )  # fmt: skip
        run = run.warn("benchmark.unit_unknown", column=whole) if unit == ITEMS else run
        return [run.warn("benchmark.pauses_inside")]
    if chosen is None:
        return [silent(content, FORMAT, "benchmark.no_time", tool="DLLogger")]
    unit = found.units.get(chosen) or UNITS.get(chosen, SAMPLES)
    run = rate_of_series(
        content, FORMAT, rates[chosen].values, unit, "global", tool="DLLogger", reported=summary.get(chosen)
    )
    run = run.but(precision=found.precision, facts={**run.facts, "per_process_batch": found.batch})
    return [run.warn("benchmark.unit_unknown", column=chosen) if unit == ITEMS else run]


READERS = (Reader(FORMAT, "DLLogger", recognises, read),)
