"""From what a file says, and what its owner adds, to a speed per accelerator: never by assuming."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from pathlib import Path

from planner import measured
from planner.benchmark.record import (
    BOTH_TOKENS,
    ENV_STEPS,
    IMAGES,
    OUTPUT_TOKENS,
    PER_ENVIRONMENT,
    REQUESTS,
    SAMPLES,
    STEPS,
    TOKENS,
    UNKNOWN,
    BenchmarkRun,
    Refused,
)
from planner.errors import Message, PriceError, Where
from planner.estimator.single import RUN_SIGMA
from planner.figure import Source
from planner.measured import MeasuredLoad, MeasuredModel, MeasuredRun
from planner.reference import Reference
from planner.scenario.work import BenchmarkFile

# Judged, not measured: what a single average leaves open, and a rate with a stated limit (log standard deviation).
ONE_AVERAGE, WITH_A_LIMIT = 0.05, 0.15
RATE_OF_MEAN = ("megatron_stdout",)  # formats whose rate is that of the mean step already
UNITS = {
    TOKENS: measured.TOKEN, OUTPUT_TOKENS: measured.OUTPUT_TOKEN, BOTH_TOKENS: measured.BOTH_TOKEN,
    SAMPLES: measured.SAMPLE, REQUESTS: measured.SAMPLE, IMAGES: measured.SAMPLE, ENV_STEPS: measured.SAMPLE,
}  # fmt: skip
LENGTHS = ("prompt_tokens", "answer_tokens")
FLAGS = {
    "accelerator": "--measured-on", "n_accelerators": "--measured-count", "scope": "--measured-scope",
    "global_batch": "--measured-batch", "epoch_samples": "--measured-epoch-samples",
    "environments": "--measured-environments", "prompt_tokens": "--measured-prompt",
    "answer_tokens": "--measured-answer", "unit": "--measured-unit",
}  # fmt: skip


def with_told(run: BenchmarkRun, told: BenchmarkFile) -> BenchmarkRun:
    """The run with what its owner adds; where the file says another thing, the owner's word stands, with a warning."""
    for name in ("accelerator", "n_accelerators", "global_batch", "seq_len"):
        given, read = getattr(told, name), getattr(run, name)
        if given is None:
            continue
        if read is not None and read != given and name != "accelerator":
            run = run.warn("benchmark.told_differs", name=name, told=given, read=read)
        run = run.but(**{name: given})
    if told.scope is not None and run.throughput is not None:
        run = run.but(throughput=replace(run.throughput, scope=told.scope))
    if told.unit is not None and run.throughput is not None and run.throughput.unit == UNKNOWN:
        run = run.but(throughput=replace(run.throughput, unit=told.unit))
    lengths = {name: value for name in LENGTHS if (value := getattr(told, name)) is not None}
    if run.seq_len is None and run.tokens_per_s and run.throughput is not None and run.throughput.unit == SAMPLES:
        run = run.but(seq_len=run.tokens_per_s / run.throughput.value)  # tokens and samples were both counted
    return run.but(facts={**run.facts, **lengths}) if lengths else run


def measured_run(run: BenchmarkRun, told: BenchmarkFile, reference: Reference) -> MeasuredRun:
    """The speed per accelerator of a run.

    Raises Refused: no rate in it, or something that must be told; PriceError: an accelerator that the tables do not
    have.
    """
    run = with_told(run, told)
    where = Where(run.file)
    rate = run.throughput
    if not run.is_rate or rate is None:
        raise Refused("benchmark.not_a_rate", where=where, status=run.status)
    run, sheet = _accelerator(run, told, reference)
    told_elsewhere = {name for name in ("epoch_samples", "environments") if getattr(told, name) is not None}
    if wanted := [name for name in run.asks if name not in told_elsewhere and name != "seq_len"]:
        flags = ", ".join(FLAGS[name] for name in wanted)
        raise Refused("benchmark.must_tell", where=where, flags=flags, names=", ".join(wanted))
    assert run.accelerator is not None
    value, unit = _per_second(run, told)
    step = run.step_time
    if step is not None and 0.1 < step.mean / (step.median or 1.0) < 100 and run.format not in RATE_OF_MEAN:
        value *= step.median / step.mean  # hours follow the mean step; the median is what is shown
    count = run.n_accelerators
    if rate.scope != "per_accelerator" or rate.unit not in UNITS:
        assert count is not None
        value /= count
    own = (told.parameters, told.layers, told.hidden) if told.parameters else _model(run)
    return MeasuredRun(
        value, unit, run.accelerator, float(count or 0.0), sigma_of(run),
        Source("measured_run", f"{run.file}{' ' + run.label if run.label else ''}", _day(run),
               f"{run.tool or run.format}, {run.status}, sha256 {run.sha256[:12]}"),
        run.format, run.model or "", run.tool, _busy_share(run), run.seq_len, run.precision, _replica(run), _load(run),
        MeasuredModel(*own) if own else None, sheet, run.power_w, run.utilisation, run.billed_hours, run.warnings,
    )  # fmt: skip


def _day(run: BenchmarkRun) -> str:
    """The day that the file was last written; today for what was handed over without one."""
    try:
        written = dt.datetime.fromtimestamp(Path(run.file).stat().st_mtime, dt.UTC).date()
    except (OSError, ValueError, OverflowError):
        written = dt.datetime.now(dt.UTC).date()
    return written.isoformat()


def sigma_of(run: BenchmarkRun) -> float:
    """Standard deviation of the log of a run's rate: what it leaves itself, and how runs of one thing differ."""
    own = run.sigma if run.sigma is not None else ONE_AVERAGE
    if run.status == "ok_coarse":
        own = max(own, WITH_A_LIMIT)
    return math.hypot(RUN_SIGMA, own)


def _per_second(run: BenchmarkRun, told: BenchmarkFile) -> tuple[float, str]:
    """Rate of the run's scope in a unit of work."""
    rate = run.throughput
    assert rate is not None
    if rate.unit in UNITS:
        value = rate.value * (told.environments or 1 if rate.scope == PER_ENVIRONMENT else 1)
        return value, UNITS[rate.unit]
    if rate.unit == STEPS:
        if run.global_batch is None:
            assert run.tokens_per_s is not None
            return run.tokens_per_s, measured.TOKEN
        return rate.value * run.global_batch, measured.SAMPLE
    assert told.epoch_samples is not None
    return rate.value * told.epoch_samples, measured.SAMPLE


def _accelerator(
    run: BenchmarkRun, told: BenchmarkFile, reference: Reference
) -> tuple[BenchmarkRun, tuple[float, float] | None]:
    """The run with the id of its accelerator, and the sheet that it measured itself where the tables have none."""
    if run.accelerator is None:
        return run, None
    try:
        card, ambiguous = reference.accelerator(run.accelerator)
    except PriceError:
        if told.accelerator is not None:
            raise
        peak, bandwidth = run.facts.get("peak_tflops"), run.facts.get("bandwidth_gbs")
        if peak and bandwidth:
            return run, (float(peak), float(bandwidth))
        raise Refused(
            "benchmark.unknown_accelerator", where=Where(run.file), name=run.accelerator,
        ) from None  # fmt: skip
    if ambiguous:
        run = run.warn("benchmark.which_accelerator", name=run.accelerator, taken=card.id)
    return run.but(accelerator=card.id), None


def _model(run: BenchmarkRun) -> tuple[float, int | None, int | None] | None:
    """Shape of the model of a run that says that it ran one of its own."""
    facts = run.facts
    if not facts.get("parameters"):
        return None
    layers, hidden = (facts.get(name) for name in ("layers", "hidden"))
    return float(facts["parameters"]), int(layers or 0) or None, int(hidden or 0) or None


def _busy_share(run: BenchmarkRun) -> float:
    """Share of the run's time less its evaluations and checkpoints; 1 where they are inside the rate or not known."""
    share = run.facts.get("busy_share")
    if share is None and run.gross_s and run.net_s and run.discarded.get("eval_s"):
        share = run.net_s / run.gross_s
    return max(min(float(share or 1.0), 1.0), 0.01)


def _replica(run: BenchmarkRun) -> int | None:
    """Accelerators that hold one copy of a served model, as its parallelism says."""
    parts = dict(part.split("=", 1) for part in (run.parallelism or "").split(",") if "=" in part)
    sizes = [int(parts[name]) for name in ("tp", "pp") if parts.get(name, "").isdecimal() and len(parts[name]) < 6]
    return math.prod(sizes) or None if sizes else None


def _load(run: BenchmarkRun) -> MeasuredLoad | None:
    """The load of a serving benchmark: as limited, else by Little's law from the offered rate and the latencies."""
    facts, rate = run.facts, run.throughput
    prompt, answer = facts.get("prompt_tokens"), facts.get("answer_tokens")
    together = facts.get("max_concurrency")
    if rate is not None and rate.scope == "single stream":
        together, answer = 1.0, answer or facts.get("n_gen") or None
    offered, first, each = (facts.get(name) for name in ("request_rate", "median_ttft_ms", "median_tpot_ms"))
    if together is None and offered and first and each and answer:
        together = offered * (first + each * answer) / 1e3
    together, prompt, answer = (float(one) if one and one > 0 else None for one in (together, prompt, answer))
    return MeasuredLoad(together, prompt, answer) if together or prompt or answer else None


def companion_warnings(run: BenchmarkRun, companion: BenchmarkRun) -> list[Message]:
    """What telemetry says against a run: an accelerator that waited, a power that its energy contradicts."""
    found = []
    if run.accelerator and companion.accelerator and not _alike(run.accelerator, companion.accelerator):
        facts = {"run": run.accelerator, "companion": companion.accelerator}
        found.append(Message("benchmark.other_device", facts))
    if companion.utilisation is not None and companion.utilisation < BUSY_ENOUGH:
        percent = round(100 * companion.utilisation)
        found.append(Message("benchmark.input_bound", {"percent": percent, "file": Path(companion.file).name}))
    spans = [one.gross_s for one in (run, companion)]
    if spans[0] and spans[1] and not 1 / SPANS_APART < spans[0] / spans[1] < SPANS_APART:
        found.append(Message("benchmark.other_span", {"run": spans[0], "companion": spans[1]}))
    energies = [one.energy_kwh for one in (run, companion)]
    if energies[0] and energies[1] and abs(energies[0] / energies[1] - 1) > ENERGY_APART:
        found.append(Message("benchmark.energy_differs", {"run": energies[0], "companion": energies[1]}))
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two names of a device share a word with a number in it: H100, A100-SXM4-80GB, 4090."""
    words = [{word for word in re.split(r"[^a-z0-9]+", name.lower()) if any(c.isdigit() for c in word)} for name in
             (one, other)]  # fmt: skip
    return bool(words[0] & words[1]) or not words[0] or not words[1]


BUSY_ENOUGH = 0.8  # below, the accelerator waited: for data most often
SPANS_APART = 2.0
ENERGY_APART = 0.5
