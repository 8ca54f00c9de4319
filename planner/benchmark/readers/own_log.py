"""Our own log: JSON lines of ``step``, ``t`` (seconds) and ``tokens`` or ``samples``, a first line with what is known.

Five lines in a training loop write it: docs/benchmarks.md shows them for PyTorch, Hugging Face and Lightning.
"""

from __future__ import annotations

from typing import Any

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, run_of
from planner.benchmark.record import OUTPUT_TOKENS, SAMPLES, STEPS, TOKENS, BenchmarkRun, Scope, Throughput
from planner.benchmark.steady import intervals, steady_state

FORMAT = "planner_run_jsonl"
UNITS = {"tokens": TOKENS, "output_tokens": OUTPUT_TOKENS, "samples": SAMPLES}
SCHEMA = "planner.run_log/1"


def recognises(content: Content) -> bool:
    """A first line with our schema, or with a step and a time."""
    first = content.first_record
    return first.get("schema") == SCHEMA or (
        {"step", "t"} <= set(first) and set(first) <= {"step", "t", *UNITS, "event"}
    )


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds per step of the steady state; units of work per step from the counts, which are cumulative."""
    known: dict[str, Any] = {}
    steps, times, work = [], [], []
    unit, energy = None, None
    for record in content.records():
        if record.get("schema") == SCHEMA or "step" not in record:
            known |= {key: value for key, value in record.items() if key != "schema"}
            continue
        step, time = number(record.get("step")), number(record.get("t"))
        if step is None or time is None or record.get("event"):
            continue
        unit = unit or next((name for name in UNITS if number(record.get(name)) is not None), None)
        steps.append(step)
        times.append(time)
        work.append(number(record.get(unit)) if unit else None)
        energy = number(record.get("energy_kwh")) or energy
    found = steady_state(intervals(steps, times))
    if found is None:
        raise content.refuse("benchmark.not_positive", name="t", value="—")
    counted = [w for w in work if w is not None]
    per_step = (
        (counted[-1] - counted[0]) / (steps[-1] - steps[0]) if len(counted) > 1 and steps[-1] > steps[0] else None
    )
    scope: Scope = "per_accelerator" if known.get("scope") == "per_accelerator" else "global"
    value = per_step / found.median if per_step else 1 / found.median
    if not value > 0:
        raise content.refuse("benchmark.not_positive", name=unit or "step", value=f"{value:g}")
    rate = Throughput(value, UNITS[unit] if unit and per_step else STEPS, scope)
    names = ("model", "precision", "accelerator")
    return [
        run_of(
            content,
            FORMAT,
            "ok",
            throughput=rate,
            step_time=found.step_time(),
            sigma=found.sigma,
            tokens_per_s=value if rate.unit == TOKENS else None,
            n_accelerators=whole(known.get("n_accelerators")),
            global_batch=number(known.get("global_batch")),
            seq_len=number(known.get("seq_len")),
            tool="planner",
            energy_kwh=number(known.get("energy_kwh")) or energy,
            gross_s=times[-1] - times[0],
            discarded={"warmup": float(found.dropped)}
            | ({"pauses_s": float(found.pauses.sum())} if len(found.pauses) else {}),
            facts={"n_obs": len(found.values), "cv": found.cv, "kind": known.get("kind")},
            **{name: str(known[name]) for name in names if known.get(name)},
        )
    ]


READERS = (Reader(FORMAT, "planner run log", recognises, read),)
