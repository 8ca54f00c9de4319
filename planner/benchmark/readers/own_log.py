"""Our own log: JSON lines of ``step``, ``t`` (seconds) and ``tokens`` or ``samples``, a first line with what is known.

Five lines in a training loop write it: docs/benchmarks.md shows them for PyTorch, Hugging Face and Lightning.
"""

from __future__ import annotations

from typing import Any

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, positive, run_of, spread
from planner.benchmark.record import OUTPUT_TOKENS, SAMPLES, STEPS, TOKENS, BenchmarkRun, Scope, Throughput
from planner.benchmark.steady import Clock, steady_state

FORMAT = "planner_run_jsonl"
UNITS = {"tokens": TOKENS, "output_tokens": OUTPUT_TOKENS, "samples": SAMPLES}
SCHEMA = "planner.run_log/1"
NUMBERS = ("parameters", "layers", "hidden", "peak_tflops", "bandwidth_gbs", "prompt_tokens", "answer_tokens",
           "epoch_samples")  # fmt: skip
KNOWN = {"kind", "scope", "model", "precision", "accelerator", "n_accelerators", "global_batch", "seq_len",
         "energy_kwh", "concurrency", *NUMBERS}  # fmt: skip
FEW = 3  # intervals, below which a rate is not yet steady
MOST_LOGS = 1000


def recognises(content: Content) -> bool:
    """A first line with our schema, or with a step and a time in numbers."""
    first = content.first_record
    if first.get("schema") == SCHEMA:
        return True
    return number(first.get("step")) is not None and number(first.get("t")) is not None


class _Run:
    """One run of a log: what its first line says, its clock, its counts (cumulative within it)."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known
        self.clock = Clock()
        self.unit: str | None = None
        self.counts: list[tuple[float, float]] = []  # the first and the last
        self.fell = False
        self.energy: float | None = None

    def goes_back(self, step: float, time: float) -> bool:
        """Whether a record is of another run: its step or its clock is behind."""
        return self.clock.points > 0 and (step <= self.clock.end[0] or time < self.clock.end[1])

    def add(self, step: float, time: float, record: dict[str, Any]) -> None:
        """One more record."""
        self.clock.tick(step, time)
        self.unit = self.unit or next((name for name in UNITS if number(record.get(name)) is not None), None)
        count = number(record.get(self.unit)) if self.unit else None
        if count is not None:
            self.fell = self.fell or (bool(self.counts) and count < self.counts[-1][1])
            self.counts = [*self.counts[:1], (step, count)]
        self.energy = number(record.get("energy_kwh")) or self.energy

    @property
    def per_step(self) -> float | None:
        """Units of work of a step; None where they were not counted, or not cumulatively."""
        if len(self.counts) < 2 or self.fell:
            return None
        (first, begun), (last, done) = self.counts[0], self.counts[-1]
        return (done - begun) / (last - first) if done > begun and last > first else None


class _Log:
    """Runs under one first line: the one with the most records, and how many there are in all."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.best = self.run = _Run(known)
        self.total = 0

    def add(self, step: float, time: float, record: dict[str, Any]) -> None:
        """One more record; one behind the last begins a run of its own, another rank's copy counts once."""
        if (step, time) == self.run.clock.end and self.run.clock.points:
            return
        if self.run.goes_back(step, time):
            self.run = _Run(dict(self.run.known))
        self.run.add(step, time, record)
        self.total += 1
        self.best = self.run if self.run.clock.points > self.best.clock.points else self.best


def _logs(content: Content) -> list[_Log]:
    """What stands under each first line with our schema."""
    logs = [_Log({})]
    for record in content.records():
        begins = record.get("schema") == SCHEMA
        if begins or "step" not in record:
            told = {key: value for key, value in record.items() if key in KNOWN}
            if begins and logs[-1].total and len(logs) < MOST_LOGS:
                logs.append(_Log(told))
            else:
                logs[-1].run.known |= told
            continue
        step, time = number(record.get("step")), number(record.get("t"))
        if step is not None and time is not None and not record.get("event"):
            logs[-1].add(step, time, record)
    return logs


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each first line."""
    found = [run for log in _logs(content) if (run := _read(content, log)) is not None]
    if not found:
        raise content.refuse("benchmark.not_positive", name="t", value="—")
    if len({run.label for run in found}) < len(found):
        found = [run.but(label=f"{run.label or 'run'} {i + 1}") for i, run in enumerate(found)]
    return found


def _read(content: Content, log: _Log) -> BenchmarkRun | None:
    """Seconds per step of the steady state; units of work per step from the counts, which are cumulative."""
    run, others = log.best, log.total - log.best.clock.points
    known, found = run.known, steady_state(run.clock.values)
    if found is None or run.clock.first is None:
        return None
    work, unit = run.per_step, run.unit
    value = (work or 1.0) / found.median
    scope: Scope = "per_accelerator" if known.get("scope") == "per_accelerator" else "global"
    rate = Throughput(value, UNITS[unit] if unit and work else STEPS, scope)
    paused = float(found.pauses.sum())
    numbers = {name: one for name in NUMBERS if (one := positive(number(known.get(name)))) is not None}
    if known.get("concurrency"):
        numbers["max_concurrency"] = number(known["concurrency"]) or 0.0
    read = run_of(
        content, FORMAT, "ok", throughput=rate, step_time=found.step_time(), sigma=found.sigma,
        tokens_per_s=value if rate.unit == TOKENS else None, n_accelerators=whole(known.get("n_accelerators")),
        global_batch=number(known.get("global_batch")), seq_len=number(known.get("seq_len")), tool="planner",
        energy_kwh=positive(number(known.get("energy_kwh"))) or positive(run.energy),
        label=str(known.get("kind") or ""),
        gross_s=run.clock.end[1] - run.clock.first[1],
        discarded={"warmup": float(found.dropped)} | ({"pauses_s": paused} if paused else {}),
        facts={**spread(found), "kind": known.get("kind"), **numbers},
        **{name: str(known[name]) for name in ("model", "precision", "accelerator") if known.get(name)},
    )  # fmt: skip
    if len(found.values) < FEW:
        read = read.warn("benchmark.few_points", count=len(found.values))
    if run.counts and not work:
        read = read.warn("benchmark.not_cumulative", name=unit)
    return read.warn("benchmark.several_runs", count=others) if others else read


READERS = (Reader(FORMAT, "planner run log", recognises, read),)
