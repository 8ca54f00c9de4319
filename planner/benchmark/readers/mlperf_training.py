"""MLPerf training: ``:::MLLOG`` lines; the accelerators stand in the description of the system beside it."""

from __future__ import annotations

import json
import re
from typing import Any

from planner.benchmark.content import Content, mapping_of, number, whole
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of, silent
from planner.benchmark.readers.mlperf_log import MARK, Run, longest
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput
from planner.benchmark.steady import steady_state

FORMAT = "mlperf_training_mllog"
LARGEST_SYSTEM = 1_000_000  # bytes
_CARD = re.compile(r"\b[A-Z]{1,2}\d{2,3}X?\b")


def recognises(content: Content) -> bool:
    """The mark of the log, behind whatever set-up."""
    return next(content.marked(MARK), None) is not None


def read(content: Content) -> list[BenchmarkRun]:
    """Samples that were counted over run_start … run_stop less the evaluations; initialisation is told apart, it is
    paid for. Without a count: the time of a step, the rate that the submitter tracked, or epochs.
    """
    found, others = longest(content)
    gross = found.between("run_start", "run_stop")
    refuse_unless_positive(content, run_s=gross)
    assert gross is not None
    init = found.between("init_start", "init_stop")
    batch = positive(number(found.values.get("global_batch_size")))
    known: dict[str, Any] = {
        "gross_s": gross, "global_batch": batch, "tool": "MLPerf training",
        "model": str(found.values.get("submission_benchmark") or "") or None,
        "discarded": {"eval_s": found.spent["eval"]} | ({"init_s": init} if init else {}),
    }  # fmt: skip
    run = _counted(content, found, gross, batch, known) or _timed(content, found, batch, known)
    run = run or _tracked(content, found, batch, known) or _by_epochs(content, found, gross, batch, known)
    run = run or silent(content, FORMAT, "benchmark.mlperf_no_samples", **known)
    run = _with_system(run.but(facts={**run.facts, "platform": found.values.get("submission_platform")}), content)
    return [run.warn("benchmark.several_runs", count=others) if others else run]


def _counted(
    content: Content, found: Run, gross: float, batch: float | None, known: dict[str, Any]
) -> BenchmarkRun | None:
    """The samples that the log counts, over the run less its evaluations."""
    if found.samples is None:
        return None
    net = gross - found.evaluated_s
    refuse_unless_positive(content, net_s=net)
    seconds = batch * net / found.samples if batch else None
    return run_of(
        content, FORMAT, "ok", throughput=Throughput(found.samples / net, SAMPLES, "global"),
        reported=found.tracked.last, net_s=net, facts={"samples": found.samples},
        step_time=StepTime(seconds, seconds, None, int(found.spent["block"] > 0) or 1) if seconds else None, **known,
    )  # fmt: skip


def _tracked(content: Content, found: Run, batch: float | None, known: dict[str, Any]) -> BenchmarkRun | None:
    """The median of the rates that were tracked; they are games in minigo (no batch), tokens in language models."""
    rates = steady_state(found.tracked.values, pauses=False)
    if rates is None or batch is None or found.is_language:
        return None
    seconds = batch / rates.median
    return run_of(
        content, FORMAT, "ok", throughput=Throughput(rates.median, SAMPLES, "global"), reported=found.tracked.last,
        step_time=StepTime(seconds, seconds, None, 1), sigma=rates.sigma,
        facts={"n_obs": len(rates.values), "cv": rates.cv}, **known,
    ).warn("benchmark.mlperf_tracked")  # fmt: skip


def _timed(content: Content, found: Run, batch: float | None, known: dict[str, Any]) -> BenchmarkRun | None:
    """The batch over the median of the step times."""
    steps = steady_state(found.step_s.values, pauses=False)
    if steps is None or batch is None:
        return None
    return run_of(
        content, FORMAT, "ok", throughput=Throughput(batch / steps.median, SAMPLES, "global"),
        reported=batch / steps.mean, step_time=steps.step_time(), sigma=steps.sigma,
        facts={"n_obs": len(steps.values), "cv": steps.cv}, **known,
    ).warn("benchmark.mlperf_tracked")  # fmt: skip


def _by_epochs(
    content: Content, found: Run, gross: float, batch: float | None, known: dict[str, Any]
) -> BenchmarkRun | None:
    """Epochs times the samples of the data set, over the run less its evaluations."""
    samples, net = found.trained, gross - found.evaluated_s
    if samples is None or net <= 0:
        return None
    seconds = batch * net / samples if batch else None
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=Throughput(samples / net, SAMPLES, "global"), net_s=net,
        step_time=StepTime(seconds, seconds, None, 1) if seconds else None,
        facts={"samples": samples, "epochs": found.epochs}, **known,
    ).warn("benchmark.from_epochs")  # fmt: skip
    return run if found.evaluated_s else run.warn("benchmark.pauses_inside")


def _system(content: Content) -> dict[str, Any]:
    """The description of the system beside the log; empty when there is none that can be read."""
    for path in (content.path.with_suffix(".system.json"), content.path.parent / "system.json"):
        try:
            if path.is_file() and path.stat().st_size < LARGEST_SYSTEM:
                return mapping_of(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError):
            continue
    return {}


def _with_system(run: BenchmarkRun, content: Content) -> BenchmarkRun:
    """Accelerators of the description beside the log: the platform's name counts nodes, not accelerators."""
    system = _system(content)
    if not system:
        return run.warn("benchmark.system_missing")
    nodes, each = whole(system.get("number_of_nodes")), whole(system.get("accelerators_per_node"))
    name = str(system.get("accelerator_model_name") or "")[:200] or None
    run = run.but(accelerator=name, n_accelerators=nodes * each if nodes and each else None)
    platform = str(run.facts.get("platform") or "")[:200]
    cards = set(_CARD.findall(platform)), set(_CARD.findall(name or ""))
    if all(cards) and not cards[0] & cards[1]:
        return run.warn("benchmark.platform_differs", log=platform, system=name)
    return run


READERS = (Reader(FORMAT, "MLPerf training log", recognises, read),)
