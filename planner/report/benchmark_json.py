"""A measured run as the JSON document ``planner.benchmark_run/1``, and as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.benchmark import BenchmarkRun
from planner.text import number, render, say, unit_words

SCHEMA = "planner.benchmark_run/1"
SHOWN_CHOICES = 12


def run_document(runs: Sequence[BenchmarkRun], lang: str) -> dict[str, Any]:
    """The first run of a file; `choices` names the others."""
    run = runs[0]
    rate, step = run.throughput, run.step_time
    return {
        "schema": SCHEMA,
        "file": run.file,
        "sha256": run.sha256,
        "format": run.format,
        "status": run.status,
        "label": run.label or None,
        "tool": run.tool or None,
        "model": run.model,
        "throughput": {"value": rate.value, "unit": rate.unit, "scope": rate.scope} if rate else None,
        "reported_value": run.reported,
        "step_time_s": None
        if step is None
        else {
            "median": step.median,
            "mean": step.mean,
            "cv": step.cv,
            "n": step.n,
            "mean_low": step.mean_low,
            "mean_high": step.mean_high,
        },
        "tokens_per_s": run.tokens_per_s,
        "n_accelerators": run.n_accelerators,
        "accelerator": run.accelerator,
        "global_batch": run.global_batch,
        "seq_len": run.seq_len,
        "precision": run.precision,
        "parallelism": run.parallelism,
        "discarded": dict(run.discarded),
        "gross_s": run.gross_s,
        "net_s": run.net_s,
        "power_w": run.power_w,
        "energy_kwh": run.energy_kwh,
        "utilisation": run.utilisation,
        "billed_accelerator_hours": run.billed_hours,
        "sigma": run.sigma,
        "facts": {key: value for key, value in run.facts.items() if value is not None},
        "asks": list(run.asks),
        "warnings": [render(message, lang) for message in run.warnings],
        "choices": [_choice(one) for one in runs] if len(runs) > 1 else [],
    }


def _choice(run: BenchmarkRun) -> dict[str, Any]:
    rate = run.throughput
    return {
        "label": run.label,
        "value": rate.value if rate else None,
        "unit": rate.unit if rate else None,
        "scope": rate.scope if rate else None,
    }


def refused_document(file: str, sentence: str) -> dict[str, Any]:
    """A file that was refused, with the reason."""
    return {"schema": SCHEMA, "file": file, "status": "reject", "throughput": None, "warnings": [sentence]}


def run_lines(runs: Sequence[BenchmarkRun], lang: str) -> list[str]:
    """What was read, what it rests on, what must be told."""
    run = runs[0]
    lines = [say("benchmark.title", lang, file=run.file, format=run.tool or run.format)]
    lines.append(f"  {say(f'benchmark.status.{run.status}', lang)}" + (f" · {run.label}" if run.label else ""))
    lines += [say("benchmark.fact", lang, name=name, value=value) for name, value in fact_rows(run, lang)]
    lines += [f"  · {render(message, lang)}" for message in run.warnings]
    if run.asks:
        lines.append(f"  {say('benchmark.asks', lang)}")
        lines += [f"    {say(f'benchmark.ask.{name}', lang)}" for name in run.asks]
    if len(runs) > 1:
        lines.append(f"  {say('benchmark.choices', lang, count=len(runs))}")
        lines += [f"    {one.label}: {_rate(one, lang)}" for one in runs[:SHOWN_CHOICES]]
        lines += ["    …"] if len(runs) > SHOWN_CHOICES else []
    return lines


def _rate(run: BenchmarkRun, lang: str) -> str:
    rate = run.throughput
    if rate is None:
        return "—"
    scope = say(f"benchmark.scope.{rate.scope.replace(' ', '_')}", lang)
    return f"{number(rate.value, lang, 4)} {unit_words(rate.unit, lang)} ({scope})"


def _cut(name: str, value: float, lang: str) -> str:
    """What was cut off, in words."""
    return say(f"benchmark.cut.{name}", lang, value=number(value, lang, 4))


def fact_rows(run: BenchmarkRun, lang: str) -> list[tuple[str, str]]:
    """What was read of a run: name and value of each figure, in words."""
    return [(say(f"benchmark.line.{key}", lang), value) for key, value in _facts(run, lang)]


def _facts(run: BenchmarkRun, lang: str) -> list[tuple[str, str]]:
    found = []
    if run.throughput is not None:
        found.append(("rate", _rate(run, lang)))
    if run.step_time is not None:
        found.append(("step", f"{number(run.step_time.median, lang, 4)} s (n {run.step_time.n})"))
        if run.step_time.mean_low is not None:
            low, high = number(run.step_time.mean_low, lang, 4), number(run.step_time.mean_high, lang, 4)
            found.append(("interval", f"{low} – {high} s"))
    if run.accelerator or run.n_accelerators is not None:
        count = "" if run.n_accelerators is None else f"{run.n_accelerators} × "
        found.append(("accelerators", f"{count}{run.accelerator or '?'}"))
    if run.power_w is not None:
        found.append(("power", f"{number(run.power_w, lang)} W"))
    if run.energy_kwh is not None:
        found.append(("energy", f"{number(run.energy_kwh, lang)} kWh"))
    if run.billed_hours is not None:
        found.append(("billed", number(run.billed_hours, lang)))
    if run.discarded:
        found.append(("discarded", ", ".join(_cut(name, value, lang) for name, value in run.discarded.items())))
    return found
