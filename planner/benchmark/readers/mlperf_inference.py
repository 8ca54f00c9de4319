"""MLPerf inference: LoadGen's ``mlperf_log_summary.txt``."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of, silent
from planner.benchmark.record import OUTPUT_TOKENS, SAMPLES, BenchmarkRun, Scope, Throughput

FORMAT = "mlperf_inference_summary"
TITLE = "MLPerf Results Summary"
TOKEN_KEYS = ("Completed tokens per second", "Tokens per second")
SCHEDULED = "Scheduled samples per second"
SAMPLE_KEYS = ("Completed samples per second", "Samples per second", SCHEDULED)
STREAM_KEYS = ("QPS w/ loadgen overhead", "QPS w/o loadgen overhead")
TAILS = ("90th percentile latency (ns)", "90.00 percentile latency (ns)")
PERFORMANCE = ("PerformanceOnly", "Performance")  # since release 1, and before
MOST_LINES = 2000
ACCURACY = re.compile(r"^No errors encountered during test\.|^Mode\s*:\s*Accuracy(?:Only)?\s*$", re.MULTILINE)


def recognises(content: Content) -> bool:
    """The title of the summary, or the two lines that an accuracy run leaves."""
    return TITLE in content.head or (content.size < 4000 and ACCURACY.search(content.head) is not None)


def read(content: Content) -> list[BenchmarkRun]:
    """The completed rate of a valid performance run."""
    found: dict[str, str] = {}
    for line in content.log_lines():
        name, colon, value = line[:400].partition(":")
        if colon and len(found) < MOST_LINES:
            found.setdefault(name.strip(), value.strip())
    if TITLE not in content.head or found.get("Mode") not in PERFORMANCE:
        raise content.refuse("benchmark.accuracy_run")
    if found.get("Result is") != "VALID":
        raise content.refuse("benchmark.invalid_run", result=str(found.get("Result is", ""))[:40])
    tokens, samples, stream = (
        next((v for key in keys if (v := positive(number(found.get(key)))) is not None), None)
        for keys in (TOKEN_KEYS, SAMPLE_KEYS, STREAM_KEYS)
    )
    scenario = found.get("Scenario", "").replace(" ", "")
    tail = next((v for key in TAILS if (v := positive(number(found.get(key)))) is not None), None)
    rate = tokens or samples or stream or (1e9 / tail if tail and scenario == "SingleStream" else None)
    if rate is None and scenario == "MultiStream":
        return [silent(content, FORMAT, "benchmark.latency_only", tool="MLPerf LoadGen", facts={"scenario": scenario})]
    refuse_unless_positive(content, rate=rate)
    assert rate is not None
    scope: Scope = "global" if tokens or samples else "single stream"
    run = run_of(
        content, FORMAT, "ok", throughput=Throughput(rate, OUTPUT_TOKENS if tokens else SAMPLES, scope),
        reported=rate, tool="MLPerf LoadGen", facts={"scenario": found.get("Scenario"), "samples_per_s": samples},
    )  # fmt: skip
    if not (tokens or samples or stream):
        run = run.but(status="ok_coarse").warn("benchmark.latency_tail")
    if not tokens and samples and not any(positive(number(found.get(key))) for key in SAMPLE_KEYS if key != SCHEDULED):
        run = run.warn("benchmark.scheduled")
    return [run.warn("benchmark.single_stream") if scope == "single stream" else run]


READERS = (Reader(FORMAT, "MLPerf inference summary", recognises, read),)
