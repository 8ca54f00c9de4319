"""llama.cpp's llama-bench: CSV, JSON and JSON lines. One stream: far below batched serving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import MOST_RUNS, Reader, positive, run_of, some
from planner.benchmark.record import OUTPUT_TOKENS, TOKENS, BenchmarkRun, Throughput

FORMAT = "llama_bench_json"
NAMES = (
    "avg_ts", "stddev_ts", "n_prompt", "n_gen", "n_depth", "gpu_info", "model_type",
)  # fmt: skip


def is_json(content: Content) -> bool:
    """Records with build_commit and avg_ts."""
    first: Any = content.first_record
    if not first and '"build_commit"' in content.head and isinstance(content.document, list) and content.document:
        first = content.document[0]
    return isinstance(first, dict) and {"build_commit", "avg_ts"} <= set(first)


def is_csv(content: Content) -> bool:
    """The same as columns."""
    return {"build_commit", "avg_ts"} <= set(content.columns)


def _records(content: Content) -> Iterable[Mapping[str, Any]]:
    if not content.looks_like_json:
        return (dict(zip(NAMES, cells, strict=True)) for cells in content.pick(*NAMES))
    if isinstance(content.document, list):
        return (record for record in content.document if isinstance(record, dict))
    return content.records()


def read(content: Content) -> list[BenchmarkRun]:
    """A run for each test; the generation with the longest answer and the shortest context stands first."""
    found = (run for record in _records(content) if (run := _run(content, record)) is not None)
    runs = some(content, list(islice(found, MOST_RUNS)))
    return sorted(runs, key=lambda run: (run.facts["n_prompt"] > 0, -run.facts["n_gen"], run.facts["depth"]))


def _run(content: Content, record: Mapping[str, Any]) -> BenchmarkRun | None:
    """A test; None for one without a rate (it failed)."""
    rate, prompt, answer = (positive(number(record.get(name))) for name in ("avg_ts", "n_prompt", "n_gen"))
    if rate is None:
        return None
    spread, depth = number(record.get("stddev_ts")), whole(record.get("n_depth")) or 0
    prompt, answer = prompt or 0.0, answer or 0.0
    parts = [f"{short}{size:g}" for short, size in (("pp", prompt), ("tg", answer)) if size]
    return run_of(
        content, FORMAT, "ok", reported=rate, accelerator=str(record.get("gpu_info") or "") or None,
        throughput=Throughput(rate, OUTPUT_TOKENS if answer and not prompt else TOKENS, "single stream"),
        model=str(record.get("model_type") or "") or None, tool="llama-bench",
        label=f"{'+'.join(parts) or 'test'} depth {depth}", sigma=spread / rate if spread else None,
        facts={
            "cv": spread / rate if spread is not None else None, "n_gen": answer, "n_prompt": prompt, "depth": depth,
            "n_obs": len(record["samples_ts"]) if isinstance(record.get("samples_ts"), list) else None,
        },
    ).warn("benchmark.single_stream")  # fmt: skip


def is_sql(content: Content) -> bool:
    """Statements that make the table and fill it."""
    return content.is_log and content.head.lstrip().startswith("CREATE TABLE") and "build_commit" in content.head


def refuse_sql(content: Content) -> list[BenchmarkRun]:
    """Raises Refused, with what to do instead."""
    raise content.refuse("benchmark.llama_sql")


READERS = (
    Reader(FORMAT, "llama-bench JSON or CSV", lambda content: is_json(content) or is_csv(content), read),
    Reader("llama_bench_sql", "llama-bench SQL", is_sql, refuse_sql),
)
