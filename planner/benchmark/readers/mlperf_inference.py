"""MLPerf inference: LoadGen's ``mlperf_log_summary.txt``."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import OUTPUT_TOKENS, SAMPLES, BenchmarkRun, Throughput

FORMAT = "mlperf_inference_summary"
TITLE = "MLPerf Results Summary"
_LINE = re.compile(r"^\s*([A-Za-z0-9 .()_-]+?)\s*:\s*(.+?)\s*$")
TOKEN_KEYS = ("Completed tokens per second", "Tokens per second")
SAMPLE_KEYS = ("Completed samples per second", "Samples per second", "Scheduled samples per second")
ACCURACY = re.compile(r"^No errors encountered during test\.|^Mode\s*:\s*AccuracyOnly", re.MULTILINE)


def recognises(content: Content) -> bool:
    """The title of the summary, or the two lines that an accuracy run leaves."""
    return TITLE in content.head or (content.size < 4000 and ACCURACY.search(content.head) is not None)


def read(content: Content) -> list[BenchmarkRun]:
    """The completed rate of a valid performance run."""
    found: dict[str, str] = {}
    for line in content.lines():
        if match := _LINE.match(line):
            found.setdefault(match.group(1), match.group(2))
    if TITLE not in content.head or found.get("Mode") != "PerformanceOnly":
        raise content.refuse("benchmark.accuracy_run")
    if found.get("Result is") != "VALID":
        raise content.refuse("benchmark.invalid_run", result=str(found.get("Result is", ""))[:40])
    tokens = next((v for key in TOKEN_KEYS if (v := number(found.get(key))) is not None), None)
    samples = next((v for key in SAMPLE_KEYS if (v := number(found.get(key))) is not None), None)
    value = tokens if tokens is not None else samples
    refuse_unless_positive(content, rate=value)
    assert value is not None
    facts = {"scenario": found.get("Scenario"), "samples_per_s": samples}
    return [
        run_of(
            content,
            FORMAT,
            "ok",
            throughput=Throughput(value, OUTPUT_TOKENS if tokens is not None else SAMPLES, "global"),
            reported=value,
            tool="MLPerf LoadGen",
            facts=facts,
        )
    ]


READERS = (Reader(FORMAT, "MLPerf inference summary", recognises, read),)
