"""pytest-benchmark: seconds of a call; samples only where the test's author put the batch into extra_info."""

from __future__ import annotations

from planner.benchmark.content import Content, mapping_of, number, whole
from planner.benchmark.reader import Reader, positive, run_of, some
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput

FORMAT = "pytest_benchmark_json"
BATCH = ("batch_size", "batch", "samples")


def recognises(content: Content) -> bool:
    """A list of benchmarks with statistics."""
    document = content.document
    found = document.get("benchmarks") if isinstance(document, dict) else None
    return (
        isinstance(found, list)
        and bool(found)
        and isinstance(found[0], dict)
        and isinstance(found[0].get("stats"), dict)
    )


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each test."""
    runs: list[BenchmarkRun] = []
    for one in content.document["benchmarks"]:
        stats = mapping_of(one.get("stats")) if isinstance(one, dict) else {}
        extra = mapping_of(one.get("extra_info")) if isinstance(one, dict) else {}
        median, mean = positive(number(stats.get("median"))), positive(number(stats.get("mean")))
        if median is None or mean is None:
            continue
        batch = next((v for key in BATCH if (v := positive(number(extra.get(key))))), None)
        spread, rounds = number(stats.get("stddev")), whole(stats.get("rounds")) or 1
        rate = Throughput((batch or 1) / median, SAMPLES if batch else "steps/s", "per_accelerator")
        run = run_of(
            content, FORMAT, "ok", throughput=rate, reported=number(stats.get("ops")), global_batch=batch,
            step_time=StepTime(median, mean, spread / mean if spread is not None else None, rounds),
            seq_len=number(extra.get("seq_len")), tool="pytest-benchmark", label=str(one.get("name", "")),
            facts={"n_obs": rounds, "cv": spread / mean if spread is not None else None},
        )  # fmt: skip
        runs.append(run if batch else run.warn("benchmark.batch_missing"))
    return some(content, runs)


READERS = (Reader(FORMAT, "pytest-benchmark", recognises, read),)
