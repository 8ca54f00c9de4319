"""Megatron-LM and Megatron-DeepSpeed standard output: ``elapsed time per iteration (ms)``."""

from __future__ import annotations

import re

from planner.benchmark.content import NUMBER, Content, number, whole
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of
from planner.benchmark.record import TOKENS, BenchmarkRun, Throughput
from planner.benchmark.steady import Series, steady_state

FORMAT = "megatron_stdout"
MARK = "elapsed time per iteration ("
_ITERATION = re.compile(r"\biteration\s{1,20}(\d{1,12})/\s{0,20}\d{1,12}\s{0,20}\|")
_TIME = re.compile(rf"(ms|s)\):\s{{0,9}}({NUMBER})(?=\s|\||$)")
_BATCH = re.compile(r"global batch size:\s{0,20}(\d{1,12})")
_SKIPPED = re.compile(r"number of skipped iterations:\s{0,20}(\d{1,12})")
_FLOPS = re.compile(rf"(?:throughput per GPU \(TFLOPs?/s/GPU\)|TFLOPs):\s{{0,20}}({NUMBER})")
_WORLD = re.compile(r"using world size: (\d{1,9})")
WANTED = {
    "seq_length", "global_batch_size", "micro_batch_size", "world_size", "data_parallel_size", "fp16", "bf16", "fp8",
    "tensor_model_parallel_size", "pipeline_model_parallel_size", "context_parallel_size", "num_layers", "hidden_size",
}  # fmt: skip


def _iteration(line: str) -> tuple[int, float] | None:
    """Number and seconds of an iteration; None for any other line."""
    at = line.find(MARK)
    if at < 0 or not (found := _ITERATION.search(line[:at])) or not (time := _TIME.match(line, at + len(MARK))):
        return None
    seconds = number(time.group(2))
    if seconds is None or seconds <= 0:
        return None
    return int(found.group(1)), seconds / (1000 if time.group(1) == "ms" else 1)


def recognises(content: Content) -> bool:
    """An iteration line; in long logs it stands behind many thousand lines of set-up."""
    return any(_ITERATION.search(line) is not None for line in content.marked(MARK))


def _argument(line: str) -> tuple[str, str] | None:
    """Name and value of a line ``  seq_length ............ 2048``."""
    if "..." not in line:
        return None
    words = line[:400].split()
    return (words[0], words[2]) if len(words) == 3 and words[0] in WANTED and not words[1].strip(".") else None


def read(content: Content) -> list[BenchmarkRun]:
    """Tokens per second from the mean time of an iteration, the first printed interval dropped."""
    seconds, flops = Series(), Series()
    known: dict[str, str] = {}
    last, skipped = 0, 0
    batch: int | None = None
    for line in content.log_lines():
        if found := _iteration(line):
            if found[0] <= last:  # printed again by another rank, or a restart of which the earlier part counts
                continue
            last = found[0]
            seconds.add(found[1])
            batch = whole(at.group(1)) if (at := _BATCH.search(line)) else batch
            skipped += int(skips.group(1)) if (skips := _SKIPPED.search(line)) else 0
            if (rate := _FLOPS.search(line)) and (value := number(rate.group(1))):
                flops.add(value)
        elif argument := _argument(line):
            known.setdefault(*argument)
        elif world := _WORLD.search(line):
            known.setdefault("world_size", world.group(1))
    steady = steady_state(seconds.values, drop=min(1, max(len(seconds) - 1, 0)), pauses=False)
    if steady is None:
        raise content.refuse("benchmark.not_positive", name="elapsed time per iteration", value="—")
    batch = batch or whole(known.get("global_batch_size")) or _older_batch(known)
    seq, mean = positive(number(known.get("seq_length"))), steady.mean
    refuse_unless_positive(content, iteration_s=mean)
    tokens = batch * seq / mean if batch and seq else None
    speed = steady_state(flops.values, pauses=False)
    run = run_of(
        content, FORMAT, "ok",
        throughput=Throughput(tokens, TOKENS, "global") if tokens else Throughput(1 / mean, "steps/s", "global"),
        reported=seconds.last, step_time=steady.step_time(), tokens_per_s=tokens,
        n_accelerators=whole(known.get("world_size")), global_batch=batch, seq_len=seq, precision=_precision(known),
        parallelism=_parallelism(known), tool="Megatron", discarded={"warmup": float(steady.dropped)},
        sigma=steady.sigma,
        facts={
            "skipped_iterations": skipped, "n_obs": len(steady.values), "cv": steady.cv, "iterations": last,
            "tflops_per_accelerator": speed.median if speed else None,
        },
    )  # fmt: skip
    return [run.warn("benchmark.skipped", count=skipped) if skipped else run]


def _older_batch(known: dict[str, str]) -> int | None:
    micro, parallel = whole(known.get("micro_batch_size")), whole(known.get("data_parallel_size"))
    return micro * parallel if micro and parallel else None


def _precision(known: dict[str, str]) -> str | None:
    if known.get("fp8") not in (None, "None", "False"):
        return "fp8"
    return next((name for name in ("bf16", "fp16") if known.get(name) == "True"), None)


def _parallelism(known: dict[str, str]) -> str | None:
    names = {"dp": "data_parallel_size", "tp": "tensor_model_parallel_size", "pp": "pipeline_model_parallel_size"}
    parts = [f"{short}={known[name]}" for short, name in names.items() if name in known]
    return ",".join(parts) or None


READERS = (Reader(FORMAT, "Megatron standard output", recognises, read),)
