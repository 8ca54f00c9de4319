"""nanoGPT, build-nanogpt, nanochat, llm.c and modded-nanogpt standard output; llm.c's log of losses has no time."""

from __future__ import annotations

import re
from typing import Any

from planner.benchmark.content import NUMBER, Content, number
from planner.benchmark.reader import Reader, run_of, silent, steps_run
from planner.benchmark.readers import modded_nanogpt
from planner.benchmark.readers.restarts import Runs
from planner.benchmark.record import STEPS, TOKENS, BenchmarkRun, Throughput
from planner.benchmark.steady import steady_state

FORMAT = "nanogpt_stdout"
# step 10 | loss: … | dt: 19315.15ms | tok/sec: 6785.97   and   step 00010/21400 (0.05%) | … | tok/sec: 1,234
# step    2/19560 | loss 10.98 (+0.00z)| norm … | 3215.31 ms | 48.8% bf16 MFU | 163058 tok/s
_STEP = re.compile(r"\s{0,20}step\s{1,12}(\d{1,12})(?:/\d{1,12})?\b")
_TIME = re.compile(rf"\bdt:?\s{{0,9}}({NUMBER})\s{{0,3}}(ms|s)\b|[|,]\s{{0,9}}({NUMBER})\s(ms)\b")
_RATE = re.compile(
    r"\btok(?:ens)?/s(?:ec)?:?\s{0,9}(\d[\d,]{0,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?)|\b(\d[\d,.]{0,20}) tok/s"
)
# iter 10: loss 4.2, time 135.25ms, mfu 30.1%
_NANO = re.compile(
    rf"\s{{0,20}}iter\s{{1,9}}(\d{{1,12}}):\s{{0,9}}loss\s{{1,9}}\S{{1,40}}\s{{0,9}}time\s{{1,9}}({NUMBER})\s{{0,3}}ms"
)
_LLMC = re.compile(r"s:\d{1,12} (?:tel|trl|eval):[0-9.]")
_DEVICE = re.compile(r"using device:\s{0,9}(\w{1,20})")
_CARD = re.compile(r"(\d{1,4})\s{1,9}((?:NVIDIA|Tesla|GeForce|Quadro|AMD).{0,80}?)\s{1,20}(?:On|Off)\s{0,20}$")


def _build(line: str) -> tuple[float, float, float] | None:
    """Step, seconds and tokens a second of a line."""
    at = _STEP.match(line)
    if at is None or not (time := _TIME.search(line)) or not (rate := _RATE.search(line)):
        return None
    step, seconds = number(at.group(1)), number(time.group(1) or time.group(3))
    tokens = number((rate.group(1) or rate.group(2)).replace(",", ""))
    if step is None or not seconds or seconds < 0 or not tokens:
        return None
    return step, seconds / (1000 if (time.group(2) or time.group(4)) == "ms" else 1), tokens


def recognises(content: Content) -> bool:
    """A line of one of them; the source code may stand before it."""
    return any(
        _build(line) or _NANO.match(line) or modded_nanogpt.clock(line) or _LLMC.match(line)
        for line in content.marked("tok/s", "tokens/s", "iter ", "train_time:", " tel:", " trl:", " eval:")
    )


def read(content: Content) -> list[BenchmarkRun]:
    """The longest run of the file; of modded-nanogpt the slope of its clock, which starts anew after warm-up."""
    build, modded, nano = Runs(2), Runs(2), Runs(1)
    average, cards, device, timeless = None, set(), None, False
    places: set[str] = set()
    for line in content.log_lines():
        if "tok" in line and (found := _build(line)):
            build.add(*found)
        elif clock := modded_nanogpt.clock(line):
            modded.add(clock.step, clock.step, clock.seconds)
            average = clock.average or average
        elif (at := _NANO.match(line)) and (ms := number(at.group(2))):
            nano.add(float(at.group(1)), ms / 1000)
        elif line.startswith("|") and (card := _CARD.match(line.split("|")[1].strip())):
            if len(places) < 4096:
                cards.add(card.group(2).strip())
                places.add(card.group(1))
        elif seen := _DEVICE.search(line):
            device = seen.group(1)
        else:
            timeless = timeless or _LLMC.match(line) is not None
    known: dict[str, Any] = {
        "accelerator": cards.pop() if len(cards) == 1 else None, "n_accelerators": len(places) or None,
    }  # fmt: skip
    run = None
    if build.total:
        run = _tokens(content, build, device, known).warn("benchmark.accumulation")
        return [_several(run, build)]
    if modded.total:
        return [_several(modded_nanogpt.run(content, FORMAT, modded, average, known), modded)]
    if nano.total:
        seconds = nano.longest.series[0].values
        run = steps_run(content, FORMAT, seconds, STEPS, "global", tool="nanoGPT", **known)
        if run is not None:
            return [_several(run, nano)]
    if timeless:
        return [silent(content, FORMAT, "benchmark.no_time", tool="llm.c")]
    raise content.refuse("benchmark.not_positive", name="dt", value="—")


def _several(run: BenchmarkRun, runs: Runs) -> BenchmarkRun:
    if not runs.left_out:
        return run
    run = run.but(discarded={**run.discarded, "other_runs": float(runs.left_out)})
    return run.warn("benchmark.several_runs", count=runs.left_out)


def _tokens(content: Content, runs: Runs, device: str | None, known: dict[str, Any]) -> BenchmarkRun:
    seconds, rates = runs.longest.series
    found, rate = steady_state(seconds.values), steady_state(rates.values, pauses=False)
    if found is None or rate is None:
        raise content.refuse("benchmark.not_positive", name="dt", value="—")
    return run_of(
        content, FORMAT, "ok", throughput=Throughput(rate.median, TOKENS, "global"), reported=rates.last,
        step_time=found.step_time(), tokens_per_s=rate.median, tool="nanoGPT", sigma=found.sigma,
        discarded={"warmup": float(found.dropped)},
        facts={
            "tokens_per_step": rate.median * found.median, "device": device, "n_obs": len(found.values), "cv": found.cv,
        }, **known,
    )  # fmt: skip


READERS = (Reader(FORMAT, "nanoGPT, nanochat, llm.c, modded-nanogpt standard output", recognises, read),)
