"""Megatron-LM and Megatron-DeepSpeed standard output: ``elapsed time per iteration (ms)``."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import TOKENS, BenchmarkRun, Throughput
from planner.benchmark.steady import steady_state

FORMAT = "megatron_stdout"
_LINE = re.compile(r"iteration\s+(\d+)/\s*\d+\s*\|.*elapsed time per iteration \((ms|s)\): ([0-9.]+)")
_BATCH = re.compile(r"global batch size:\s*(\d+)")
_ARGUMENT = re.compile(r"^\s*(\w+) \.{3,} (\S+)\s*$")
_WORLD = re.compile(r"using world size: (\d+)")
WANTED = {
    "seq_length", "global_batch_size", "micro_batch_size", "world_size", "data_parallel_size", "fp16", "bf16",
    "tensor_model_parallel_size", "pipeline_model_parallel_size", "context_parallel_size", "num_layers", "hidden_size",
}  # fmt: skip


def recognises(content: Content) -> bool:
    """An iteration line; in long logs it stands behind many thousand lines of set-up."""
    if content.looks_like_json or content.is_binary:
        return False
    if _LINE.search(content.head):
        return True
    sure = "data-parallel-size" in content.head or "megatron" in content.head.lower()
    return sure and any(_LINE.search(line) for line in content.lines())


def read(content: Content) -> list[BenchmarkRun]:
    """Tokens per second from the mean time of an iteration, the first printed interval dropped."""
    seconds: list[float] = []
    known: dict[str, str] = {}
    last, skipped = 0, 0
    batch: int | None = None
    for line in content.lines():
        if found := _LINE.search(line):
            iteration = int(found.group(1))
            if iteration <= last:  # printed again by another rank, or a restart of which the earlier part counts
                continue
            last = iteration
            seconds.append(float(found.group(3)) / (1000 if found.group(2) == "ms" else 1))
            batch = int(at.group(1)) if (at := _BATCH.search(line)) else batch
            skips = re.search(r"number of skipped iterations:\s*(\d+)", line)
            skipped += int(skips.group(1)) if skips else 0
        elif (argument := _ARGUMENT.match(line)) and argument.group(1) in WANTED:
            known.setdefault(argument.group(1), argument.group(2))
        elif world := _WORLD.search(line):
            known.setdefault("world_size", world.group(1))
    found_steady = steady_state(seconds, drop=min(1, len(seconds) - 1), pauses=False)
    if found_steady is None:
        raise content.refuse("benchmark.not_positive", name="elapsed time per iteration", value="—")
    batch = batch or whole(known.get("global_batch_size")) or _older_batch(known)
    seq = number(known.get("seq_length"))
    mean, world_size = found_steady.mean, whole(known.get("world_size"))
    refuse_unless_positive(content, iteration_s=mean)
    facts = {
        "skipped_iterations": skipped,
        "n_obs": len(found_steady.values),
        "cv": found_steady.cv,
        "iterations": last,
    }
    run = run_of(
        content,
        FORMAT,
        "ok",
        throughput=Throughput(batch * seq / mean, TOKENS, "global")
        if batch and seq
        else Throughput(1 / mean, "steps/s", "global"),
        reported=seconds[-1],
        step_time=found_steady.step_time(),
        tokens_per_s=batch * seq / mean if batch and seq else None,
        n_accelerators=world_size,
        global_batch=batch,
        seq_len=seq,
        precision=_precision(known),
        parallelism=_parallelism(known),
        tool="Megatron",
        discarded={"warmup": float(found_steady.dropped)},
        sigma=found_steady.sigma,
        facts=facts,
    )
    return [run.warn("benchmark.skipped", count=skipped) if skipped else run]


def _older_batch(known: dict[str, str]) -> int | None:
    micro, parallel = whole(known.get("micro_batch_size")), whole(known.get("data_parallel_size"))
    return micro * parallel if micro and parallel else None


def _precision(known: dict[str, str]) -> str | None:
    return next((name for name in ("bf16", "fp16") if known.get(name) == "True"), None)


def _parallelism(known: dict[str, str]) -> str | None:
    names = {"dp": "data_parallel_size", "tp": "tensor_model_parallel_size", "pp": "pipeline_model_parallel_size"}
    parts = [f"{short}={known[name]}" for short, name in names.items() if name in known]
    return ",".join(parts) or None


READERS = (Reader(FORMAT, "Megatron standard output", recognises, read),)
