"""MLPerf training: ``:::MLLOG`` lines; the accelerators stand in the description of the system beside it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.benchmark.content import Content, mapping_of, number, whole
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput

FORMAT = "mlperf_training_mllog"
MARK = ":::MLLOG"
_CARD = re.compile(r"\b[A-Z]{1,2}\d{2,3}X?\b")


def recognises(content: Content) -> bool:
    """The mark of the log."""
    return MARK in content.head


def _events(content: Content) -> Iterator[dict[str, Any]]:
    for line in content.lines():
        at = line.find(MARK)
        if at < 0:
            continue
        try:
            found = json.loads(line[at + len(MARK) :])
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("key"), str):
            yield found


def read(content: Content) -> list[BenchmarkRun]:
    """Samples seen over run_start … run_stop less the evaluations; initialisation is told apart, it is paid for."""
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    values: dict[str, Any] = {}
    opened: dict[str, float] = {}
    spent: dict[str, float] = defaultdict(float)
    samples = tracked = None
    for event in _events(content):
        key, time = event["key"], number(event.get("time_ms"))
        if time is None:
            continue
        first.setdefault(key, time)
        last[key] = time
        if event.get("event_type") == "POINT_IN_TIME":
            values.setdefault(key, event.get("value"))
        metadata = mapping_of(event.get("metadata"))
        counted = number(metadata.get("samples_count"))
        samples = counted if counted is not None and (samples is None or counted > samples) else samples
        if key == "tracked_stats" and isinstance(event.get("value"), dict):
            tracked = number(event["value"].get("throughput")) or tracked
        for name in ("eval", "block"):
            if key == f"{name}_start":
                opened[name] = time
            elif key == f"{name}_stop" and name in opened:
                spent[name] += (time - opened.pop(name)) / 1000
    gross = (last["run_stop"] - first["run_start"]) / 1000 if {"run_start", "run_stop"} <= set(last) else None
    refuse_unless_positive(content, run_s=gross)
    assert gross is not None
    batch = number(values.get("global_batch_size"))
    if samples is None:
        refuse_unless_positive(content, samples_count=samples)
    assert samples is not None
    net = gross - spent["eval"]
    refuse_unless_positive(content, samples_count=samples, net_s=net)
    seconds = batch * net / samples if batch else None
    init = (last["init_stop"] - first["init_start"]) / 1000 if {"init_start", "init_stop"} <= set(last) else None
    run = run_of(
        content,
        FORMAT,
        "ok",
        throughput=Throughput(samples / net, SAMPLES, "global"),
        reported=tracked,
        step_time=StepTime(seconds, seconds, None, int(spent["block"] > 0) or 1) if seconds else None,
        gross_s=gross,
        net_s=net,
        global_batch=batch,
        tool="MLPerf training",
        model=str(values.get("submission_benchmark") or "") or None,
        discarded={"eval_s": spent["eval"]} | ({"init_s": init} if init else {}),
        facts={"platform": values.get("submission_platform"), "samples": samples},
    )
    return [_with_system(run, content)]


def _with_system(run: BenchmarkRun, content: Content) -> BenchmarkRun:
    """Accelerators of the description beside the log: the platform's name counts nodes, not accelerators."""
    beside = (content.path.with_suffix(".system.json"), content.path.parent / "system.json")
    path = next((path for path in beside if path.is_file()), None)
    if path is None:
        return run.warn("benchmark.system_missing")
    try:
        system = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return run.warn("benchmark.system_missing")
    if not isinstance(system, dict):
        return run.warn("benchmark.system_missing")
    nodes, each = whole(system.get("number_of_nodes")), whole(system.get("accelerators_per_node"))
    name = str(system.get("accelerator_model_name") or "") or None
    run = run.but(accelerator=name, n_accelerators=nodes * each if nodes and each else None)
    platform = str(run.facts.get("platform") or "")
    cards = (
        set(re.findall(r"\b[A-Z]{1,2}\d{2,3}X?\b", platform)),
        set(re.findall(r"\b[A-Z]{1,2}\d{2,3}X?\b", name or "")),
    )
    return (
        run.warn("benchmark.platform_differs", log=platform, system=name)
        if all(cards) and not cards[0] & cards[1]
        else run
    )


READERS = (Reader(FORMAT, "MLPerf training log", recognises, read),)
