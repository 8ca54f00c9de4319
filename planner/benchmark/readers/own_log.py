"""Our own log: JSON lines of ``step``, ``t`` (seconds) and ``tokens`` or ``samples``, a first line with what is known.

Five lines in a training loop write it: docs/benchmarks.md shows them for PyTorch, Hugging Face and Lightning.
"""

from __future__ import annotations

from typing import Any

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, positive, run_of
from planner.benchmark.record import OUTPUT_TOKENS, SAMPLES, STEPS, TOKENS, BenchmarkRun, Scope, Throughput
from planner.benchmark.steady import Clock, steady_state

FORMAT = "planner_run_jsonl"
UNITS = {"tokens": TOKENS, "output_tokens": OUTPUT_TOKENS, "samples": SAMPLES}
SCHEMA = "planner.run_log/1"


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


def _runs(content: Content) -> tuple[_Run, int]:
    """The run with the most records, and how many records the others have."""
    best = run = _Run({})
    total = 0
    for record in content.records():
        step, time = number(record.get("step")), number(record.get("t"))
        if record.get("schema") == SCHEMA or "step" not in record:
            told = {key: value for key, value in record.items() if key != "schema"}
            if run.clock.points and record.get("schema") == SCHEMA:
                run = _Run(told)
            else:
                run.known |= told
            continue
        if step is None or time is None or record.get("event"):
            continue
        if (step, time) == run.clock.end and run.clock.points:
            continue  # another rank's copy
        if run.goes_back(step, time):
            run = _Run(dict(run.known))
        run.add(step, time, record)
        total += 1
        best = run if run.clock.points > best.clock.points else best
    return best, total - best.clock.points


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds per step of the steady state; units of work per step from the counts, which are cumulative."""
    run, others = _runs(content)
    known, found = run.known, steady_state(run.clock.values)
    if found is None or run.clock.first is None:
        raise content.refuse("benchmark.not_positive", name="t", value="—")
    work, unit = run.per_step, run.unit
    value = (work or 1.0) / found.median
    scope: Scope = "per_accelerator" if known.get("scope") == "per_accelerator" else "global"
    rate = Throughput(value, UNITS[unit] if unit and work else STEPS, scope)
    paused = float(found.pauses.sum())
    read = run_of(
        content, FORMAT, "ok", throughput=rate, step_time=found.step_time(), sigma=found.sigma,
        tokens_per_s=value if rate.unit == TOKENS else None, n_accelerators=whole(known.get("n_accelerators")),
        global_batch=number(known.get("global_batch")), seq_len=number(known.get("seq_len")), tool="planner",
        energy_kwh=positive(number(known.get("energy_kwh"))) or positive(run.energy),
        gross_s=run.clock.end[1] - run.clock.first[1],
        discarded={"warmup": float(found.dropped)} | ({"pauses_s": paused} if paused else {}),
        facts={"n_obs": len(found.values), "cv": found.cv, "kind": known.get("kind")},
        **{name: str(known[name]) for name in ("model", "precision", "accelerator") if known.get(name)},
    )  # fmt: skip
    if run.counts and not work:
        read = read.warn("benchmark.not_cumulative", name=unit)
    return [read.warn("benchmark.several_runs", count=others) if others else read]


READERS = (Reader(FORMAT, "planner run log", recognises, read),)
