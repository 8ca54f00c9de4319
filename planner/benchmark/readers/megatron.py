"""Megatron-LM and Megatron-DeepSpeed standard output: ``elapsed time per iteration (ms)``."""

from __future__ import annotations

import re
from collections import Counter

from planner.benchmark.content import NUMBER, Content, number, whole
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of
from planner.benchmark.record import STEPS, TOKENS, BenchmarkRun, Throughput
from planner.benchmark.steady import Series, Steady, steady_state

FORMAT = "megatron_stdout"
MARK = "elapsed time per iteration ("
_ITERATION = re.compile(r"\biteration\s{1,20}(\d{1,12})/\s{0,20}\d{1,12}\s{0,20}\|")
_TIME = re.compile(rf"(ms|s)\):\s{{0,9}}({NUMBER})(?=\s|\||/|$)")  # now, or now/mean
_BATCH = re.compile(r"(?:global|gloabl) batch size:\s{0,20}(\d{1,12})")
_SKIPPED = re.compile(r"number of skipped iterations:\s{0,20}(\d{1,12})")
_FLOPS = re.compile(rf"(?:throughput per GPU \(TFLOPs?/s/GPU\)|TFLOPs):\s{{0,20}}({NUMBER})")
_TOKENS = re.compile(rf"tokens per GPU \(tokens/s/GPU\):\s{{0,20}}({NUMBER})")
_SEQ = re.compile(r"actual seqlen:\s{0,20}(\d{1,12})")
_WORLD = re.compile(r"using world size: (\d{1,9})(?: and model-parallel size: (\d{1,6}))?|rank-\d{1,9}/(\d{1,9})(?!\d)")
FEW, FEWEST = 4, 2  # intervals: of fewer the rate is to be taken with care, is a hint
WANTED = {
    "seq_length", "global_batch_size", "micro_batch_size", "world_size", "data_parallel_size", "fp16", "bf16", "fp8",
    "tensor_model_parallel_size", "pipeline_model_parallel_size", "context_parallel_size", "num_layers", "hidden_size",
}  # fmt: skip
DEEPSPEED = {"train_batch_size"}  # of its own configuration; its world is the data-parallel one


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
    if len(words) < 3 or words[-2].strip("."):
        return None
    return (words[-3], words[-1]) if words[-3] in (WANTED | DEEPSPEED if len(words) == 3 else DEEPSPEED) else None


class _Log:
    """What a log says: seconds of each iteration, what stands beside them, the arguments before."""

    def __init__(self) -> None:
        self.seconds, self.flops, self.tokens = Series(), Series(), Series()
        self.known: dict[str, str] = {}
        self.last, self.skipped = 0, 0
        self.batches: Counter[int] = Counter()

    def iteration(self, line: str, number_of: int, seconds: float) -> None:
        """An iteration; one printed again by another rank, or before a restart, counts once."""
        if number_of <= self.last:
            return
        if not self.last and (world := _WORLD.search(line)):
            self.world(world)
        self.last = number_of
        self.seconds.add(seconds)
        if (at := _BATCH.search(line)) and (size := whole(at.group(1))):
            self.batches[size] += 1
        self.skipped += int(skips.group(1)) if (skips := _SKIPPED.search(line)) else 0
        for series, pattern in ((self.flops, _FLOPS), (self.tokens, _TOKENS)):
            if (rate := pattern.search(line)) and (value := number(rate.group(1))):
                series.add(value)
        if seq := _SEQ.search(line):
            self.known.setdefault("seq_length", seq.group(1))

    def world(self, found: re.Match[str]) -> None:
        """The number of accelerators, and the one parallelism that old releases name."""
        self.known.setdefault("world_size", found.group(1) or found.group(3))
        if found.group(2):
            self.known.setdefault("tensor_model_parallel_size", found.group(2))


def read(content: Content) -> list[BenchmarkRun]:
    """Tokens per second from the mean time of an iteration, the first printed interval dropped."""
    log = _Log()
    for line in content.log_lines():
        if found := _iteration(line):
            log.iteration(line, *found)
        elif argument := _argument(line):
            log.known.setdefault(*argument)
        elif "using world size" in line and (world := _WORLD.search(line)):
            log.world(world)
    steady = steady_state(log.seconds.values, drop=min(1, max(len(log.seconds) - 1, 0)), pauses=False)
    if steady is None:
        raise content.refuse("benchmark.not_positive", name="elapsed time per iteration", value="—")
    return [_run(content, log, steady)]


def _run(content: Content, log: _Log, steady: Steady) -> BenchmarkRun:
    known, mean = log.known, steady.mean
    usual = next((size for size, _ in log.batches.most_common(1)), None)  # not that of a line that was cut off
    batch = usual or whole(known.get("global_batch_size")) or whole(known.get("train_batch_size"))
    batch = batch or _older_batch(known)
    seq = positive(number(known.get("seq_length")))
    refuse_unless_positive(content, iteration_s=mean)
    tokens = batch * seq / mean if batch and seq else None
    each, speed = (steady_state(series.values, pauses=False) for series in (log.tokens, log.flops))
    rate = Throughput(tokens, TOKENS, "global") if tokens else Throughput(1 / mean, STEPS, "global")
    if each is not None and not tokens:
        rate = Throughput(each.median, TOKENS, "per_accelerator")
    run = run_of(
        content, FORMAT, "ok_coarse" if len(steady.values) < FEWEST else "ok", throughput=rate,
        reported=log.seconds.last, step_time=steady.step_time(), tokens_per_s=tokens,
        n_accelerators=whole(known.get("world_size")), global_batch=batch, seq_len=seq, precision=_precision(known),
        parallelism=_parallelism(known), tool="Megatron", discarded={"warmup": float(steady.dropped)},
        sigma=steady.sigma,
        facts={
            "skipped_iterations": log.skipped, "n_obs": len(steady.values), "cv": steady.cv, "iterations": log.last,
            "tflops_per_accelerator": speed.median if speed else None,
        },
    )  # fmt: skip
    if len(steady.values) < FEW:
        run = run.warn("benchmark.few_points", count=len(steady.values))
    return run.warn("benchmark.skipped", count=log.skipped) if log.skipped else run


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
