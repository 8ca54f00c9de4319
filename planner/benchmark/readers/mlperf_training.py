"""MLPerf training: ``:::MLLOG`` lines; the accelerators stand in the description of the system beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from planner.benchmark.content import Content, mapping_of, number, whole
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput

FORMAT = "mlperf_training_mllog"
MARK = ":::MLLOG"
MARKS = ("init_start", "init_stop", "run_start", "run_stop")
TOLD = ("global_batch_size", "submission_benchmark", "submission_platform")
LARGEST_SYSTEM, LONGEST_EVENT = 1_000_000, 200_000  # bytes, characters
_decode = json.JSONDecoder().raw_decode
_CARD = re.compile(r"\b[A-Z]{1,2}\d{2,3}X?\b")


def recognises(content: Content) -> bool:
    """The mark of the log, behind whatever set-up."""
    return next(content.marked(MARK), None) is not None


def _events(content: Content) -> Iterator[dict[str, Any]]:
    for line in content.lines():
        at = line.find(MARK)
        if at < 0 or len(line) > LONGEST_EVENT:
            continue
        try:
            found, _ = _decode(line[at + len(MARK) :].lstrip())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("key"), str):
            yield found


class _Run:
    """One run of a log: its marks in time, what it says of itself, the samples that it counted."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self.values: dict[str, Any] = {}
        self.opened: dict[str, float] = {}
        self.spent = {"eval": 0.0, "block": 0.0}
        self.samples: float | None = None
        self.tracked: float | None = None

    def add(self, event: dict[str, Any]) -> None:
        """One more event."""
        key, time = event["key"], number(event.get("time_ms"))
        if time is None:
            return
        if key in MARKS:
            self.first.setdefault(key, time)
            self.last[key] = time
        if key in TOLD:
            self.values.setdefault(key, event.get("value"))
        counted = positive(number(mapping_of(event.get("metadata")).get("samples_count")))
        self.samples = max(counted or 0.0, self.samples or 0.0) or None
        if key == "tracked_stats":
            self.tracked = number(mapping_of(event.get("value")).get("throughput")) or self.tracked
        name, _, what = key.rpartition("_")
        if name in self.spent and what == "start":
            self.opened[name] = time
        elif name in self.spent and what == "stop" and name in self.opened:
            self.spent[name] += max(time - self.opened.pop(name), 0.0) / 1000

    def between(self, start: str, stop: str) -> float | None:
        """Seconds between two marks."""
        return (self.last[stop] - self.first[start]) / 1000 if start in self.first and stop in self.last else None


def _runs(content: Content) -> tuple[_Run, int]:
    """The run with the most samples and the number of others."""
    best, run, count = _Run(), _Run(), 1
    for event in _events(content):
        if event["key"] in ("init_start", "run_start") and "run_stop" in run.last:
            if number(event.get("time_ms")) == run.first.get(event["key"]):
                continue  # printed late by another rank
            best, run, count = max(best, run, key=lambda one: one.samples or 0.0), _Run(), count + 1
        run.add(event)
    return max(best, run, key=lambda one: one.samples or 0.0), count - 1


def read(content: Content) -> list[BenchmarkRun]:
    """Samples seen over run_start … run_stop less the evaluations; initialisation is told apart, it is paid for."""
    found, others = _runs(content)
    gross, samples = found.between("run_start", "run_stop"), found.samples
    refuse_unless_positive(content, run_s=gross, samples_count=samples)
    assert gross is not None and samples is not None
    net = gross - found.spent["eval"]
    refuse_unless_positive(content, net_s=net)
    batch = positive(number(found.values.get("global_batch_size")))
    seconds = batch * net / samples if batch else None
    init = found.between("init_start", "init_stop")
    run = run_of(
        content, FORMAT, "ok", throughput=Throughput(samples / net, SAMPLES, "global"), reported=found.tracked,
        step_time=StepTime(seconds, seconds, None, int(found.spent["block"] > 0) or 1) if seconds else None,
        gross_s=gross, net_s=net, global_batch=batch, tool="MLPerf training",
        model=str(found.values.get("submission_benchmark") or "") or None,
        discarded={"eval_s": found.spent["eval"]} | ({"init_s": init} if init else {}),
        facts={"platform": found.values.get("submission_platform"), "samples": samples},
    )  # fmt: skip
    run = _with_system(run, content)
    return [run.warn("benchmark.several_runs", count=others) if others else run]


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
