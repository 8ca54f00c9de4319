"""nanoGPT, build-nanogpt, nanochat and modded-nanogpt standard output; llm.c's log of losses, which has no time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from planner.benchmark.content import Content
from planner.benchmark.reader import Reader, run_of, silent, steps_run
from planner.benchmark.record import STEPS, TOKENS, BenchmarkRun, StepTime, Throughput
from planner.benchmark.steady import steady_state, warm_up

FORMAT = "nanogpt_stdout"
# step 10 | loss: … | dt: 19315.15ms | tok/sec: 6785.97   and   step 00010/… | dt: 12.3ms | tok/sec: 1,234
_BUILD = re.compile(
    r"^\s*step\s+(\d+)(?:/\d+)?\b.*?\bdt:?\s*([0-9.]+)\s*(ms|s)\b.*?\btok(?:ens)?/s(?:ec)?:?\s*([0-9.,]+)"
)
# iter 10: loss 4.2, time 135.25ms, mfu 30.1%
_NANO = re.compile(r"^\s*iter\s+(\d+):\s*loss\s+\S+,\s*time\s+([0-9.]+)\s*ms(?:,\s*mfu\s+(-?[0-9.]+)%)?")
# step:11/1480 train_time:142ms step_avg:nanms
_MODDED = re.compile(r"^\s*step:(\d+)/\d+\b.*?\btrain_time:([0-9.]+)(ms|s)\b(?:.*?\bstep_avg:([0-9.]+|nan)(ms|s))?")
_LLMC = re.compile(r"^s:\d+ (?:tel|trl|eval):[0-9.]+")
_DEVICE = re.compile(r"using device:\s*(\w+)")
_GPU_ROW = re.compile(r"^\|\s+\d+\s+((?:NVIDIA|Tesla|GeForce|Quadro|AMD)[^|]*?)\s+(?:On|Off)\s*\|")


def _matches(content: Content) -> Iterator[str]:
    for line in content.lines():
        if _BUILD.match(line) or _NANO.match(line) or _MODDED.match(line) or _LLMC.match(line):
            yield line


def recognises(content: Content) -> bool:
    """A line of one of the four; the source code may stand before it."""
    if content.looks_like_json or content.is_binary:
        return False
    shown = content.head.split("\n")
    if any(p.match(line) for line in shown for p in (_BUILD, _NANO, _MODDED, _LLMC)):
        return True
    return "train_time" in content.head and "step_avg" in content.head and next(_matches(content), None) is not None


def read(content: Content) -> list[BenchmarkRun]:
    """The longest run of the file; of modded-nanogpt the slope of its clock, which starts anew after warm-up."""
    build: list[tuple[int, float, float]] = []
    modded: list[tuple[int, float]] = []
    nano: list[tuple[int, float]] = []
    average, cards, device, timeless = None, set(), None, False
    rows = 0
    for line in content.lines():
        if found := _BUILD.match(line):
            seconds = float(found.group(2)) / (1000 if found.group(3) == "ms" else 1)
            build.append((int(found.group(1)), seconds, float(found.group(4).replace(",", ""))))
        elif found := _MODDED.match(line):
            modded.append((int(found.group(1)), float(found.group(2)) / (1000 if found.group(3) == "ms" else 1)))
            if found.group(4) not in (None, "nan"):
                average = float(found.group(4)) / (1000 if found.group(5) == "ms" else 1)
        elif found := _NANO.match(line):
            nano.append((int(found.group(1)), float(found.group(2)) / 1000))
        elif found := _GPU_ROW.match(line):
            cards.add(found.group(1).strip())
            rows += 1
        elif found := _DEVICE.search(line):
            device = found.group(1)
        elif _LLMC.match(line):
            timeless = True
    known: dict[str, Any] = {"accelerator": cards.pop() if len(cards) == 1 else None, "n_accelerators": rows or None}
    if build:
        return [_build(content, build, device, known)]
    if modded:
        return [_modded(content, modded, average, known)]
    if nano:
        run = steps_run(content, FORMAT, [s for _, s in _longest(nano)], STEPS, "global", tool="nanoGPT", **known)
        if run is not None:
            return [run]
    if timeless:
        return [silent(content, FORMAT, "benchmark.no_time", tool="llm.c")]
    raise content.refuse("benchmark.not_positive", name="dt", value="—")


def _longest(records: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Of several runs in one file (the step goes back) the longest."""
    parts: list[list[tuple[int, float]]] = [[]]
    for record in records:
        if parts[-1] and record[0] <= parts[-1][-1][0]:
            parts.append([])
        parts[-1].append(record)
    return max(parts, key=len)


def _build(
    content: Content, records: list[tuple[int, float, float]], device: str | None, known: dict[str, Any]
) -> BenchmarkRun:
    kept = _longest([(step, i) for i, (step, _, _) in enumerate(records)])
    chosen = [records[int(i)] for _, i in kept]
    found, rate = steady_state([dt for _, dt, _ in chosen]), steady_state([r for _, _, r in chosen], pauses=False)
    if found is None or rate is None:
        raise content.refuse("benchmark.not_positive", name="dt", value="—")
    tokens = rate.median * found.median
    run = run_of(
        content, FORMAT, "ok", throughput=Throughput(tokens / found.median, TOKENS, "global"), reported=chosen[-1][2],
        step_time=found.step_time(), tokens_per_s=tokens / found.median, tool="nanoGPT",
        discarded={"warmup": float(found.dropped), "other_runs": float(len(records) - len(chosen))}, sigma=found.sigma,
        facts={"tokens_per_step": tokens, "device": device, "n_obs": len(found.values), "cv": found.cv}, **known,
    )  # fmt: skip
    several = len(records) - len(chosen)
    run = run.warn("benchmark.several_runs", count=several) if several else run
    return run.warn("benchmark.accumulation")


def _modded(
    content: Content, records: list[tuple[int, float]], average: float | None, known: dict[str, Any]
) -> BenchmarkRun:
    chosen = _longest([(i, 0.0) for i, _ in enumerate(records)])
    series = [records[i] for i, _ in chosen]
    for i in range(len(series) - 1, 0, -1):  # the clock starts anew after the warm-up
        if series[i][1] < series[i - 1][1]:
            series = series[i:]
            break
    by_step = dict(series)
    steps = sorted(by_step)
    if len(steps) < 3:
        raise content.refuse("benchmark.not_positive", name="train_time", value="—")
    first = steps[min(max(warm_up(len(steps)), 1) * 2, len(steps) - 2)]
    seconds = (by_step[steps[-1]] - by_step[first]) / (steps[-1] - first)
    if seconds <= 0:
        raise content.refuse("benchmark.not_positive", name="train_time", value=f"{seconds:g}")
    return run_of(
        content, FORMAT, "ok", throughput=Throughput(1 / seconds, STEPS, "global"), reported=average,
        step_time=StepTime(seconds, seconds, None, len(steps)), tool="modded-nanogpt", precision="bf16",
        discarded={"warmup": float(first)}, facts={"n_obs": len(steps)}, **known,
    ).warn("benchmark.tokens_per_step")  # fmt: skip


READERS = (Reader(FORMAT, "nanoGPT, nanochat, modded-nanogpt standard output", recognises, read),)
