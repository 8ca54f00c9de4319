"""SGLang's bench_one_batch, bench_one_batch_server and bench_offline_throughput: JSON lines, a line for each run."""

from __future__ import annotations

from itertools import islice
from typing import Any

from planner.benchmark.content import Content, number
from planner.benchmark.reader import MOST_RUNS, Reader, positive, run_of, some
from planner.benchmark.record import OUTPUT_TOKENS, BenchmarkRun, Throughput

BATCH, OFFLINE = "sglang_one_batch_jsonl", "sglang_offline_jsonl"


def is_batch(content: Content) -> bool:
    """Objects with run_name, batch, lengths and an overall throughput."""
    return set(content.first_record) >= {"run_name", "batch_size", "output_len", "overall_throughput"}


def is_offline(content: Content) -> bool:
    """Objects with successful_requests, total_latency and total_output_tokens."""
    return set(content.first_record) >= {"successful_requests", "total_latency", "total_output_tokens"}


def _read(content: Content, format: str) -> list[BenchmarkRun]:
    records = [content.document] if isinstance(content.document, dict) else content.records()
    runs = (_batch(content, one) if format == BATCH else _offline(content, one) for one in records)
    found = list(islice((run for run in runs if run is not None), MOST_RUNS))
    return [found[0].but(label="")] if len(found) == 1 else some(content, found)


def _batch(content: Content, record: dict[str, Any]) -> BenchmarkRun | None:
    """Answers of a batch over its whole latency, prompts included."""
    names = ("batch_size", "input_len", "output_len")
    batch, prompt, answer = (positive(number(record.get(name))) for name in names)
    seconds = positive(number(record.get("total_latency", record.get("latency"))))
    if batch is None or answer is None or seconds is None:
        return None
    run = run_of(
        content, BATCH, "ok", throughput=Throughput(batch * answer / seconds, OUTPUT_TOKENS, "global"),
        reported=number(record.get("overall_throughput")), gross_s=seconds, global_batch=batch, seq_len=prompt,
        tool="SGLang", label=f"{record.get('run_name')} batch {batch:g} in {prompt or 0:g} out {answer:g}",
        facts={
            "prompt_tokens": prompt, "answer_tokens": answer, "n_obs": 1,
            "decode_tokens_per_s": number(record.get("median_decode_throughput")),
            "prefill_tokens_per_s": number(record.get("prefill_throughput")),
        },
    )  # fmt: skip
    return run.warn("benchmark.inference_only")


def _offline(content: Content, record: dict[str, Any]) -> BenchmarkRun | None:
    """Answers of all requests over the whole time."""
    seconds, tokens = (positive(number(record.get(name))) for name in ("total_latency", "total_output_tokens"))
    if seconds is None or tokens is None:
        return None
    requests = positive(number(record.get("successful_requests")))
    prompts = positive(number(record.get("total_input_tokens")))
    run = run_of(
        content, OFFLINE, "ok", throughput=Throughput(tokens / seconds, OUTPUT_TOKENS, "global"), gross_s=seconds,
        reported=number(record.get("output_throughput")), tool="SGLang", label=f"{requests or 0:g} requests",
        facts={
            "n_obs": requests, "prompt_tokens": prompts / requests if prompts and requests else None,
            "answer_tokens": tokens / requests if requests else None,
        },
    )  # fmt: skip
    return run.warn("benchmark.inference_only")


READERS = (
    Reader(BATCH, "SGLang batch benchmark", is_batch, lambda content: _read(content, BATCH)),
    Reader(OFFLINE, "SGLang offline throughput", is_offline, lambda content: _read(content, OFFLINE)),
)
