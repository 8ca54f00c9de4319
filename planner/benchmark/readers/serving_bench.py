"""vLLM's and SGLang's serving benchmarks: one JSON object for each run."""

from __future__ import annotations

from itertools import islice
from typing import Any

from planner.benchmark.content import Content, mapping_of, number, whole
from planner.benchmark.reader import MOST_RUNS, Reader, refuse_unless_positive, run_of, some
from planner.benchmark.record import OUTPUT_TOKENS, BenchmarkRun, Refused, Throughput

VLLM, SGLANG = "vllm_bench_json", "sglang_bench_jsonl"
SHORT_S = 10.0  # below, ramp-up and drain are most of the run


def _is_serving(record: dict[str, Any]) -> bool:
    return {"total_output_tokens", "duration"} <= set(record) and bool({"backend", "endpoint_type"} & set(record))


def _is_sglang(record: dict[str, Any]) -> bool:
    return (
        "server_info" in record or "total_throughput" in record or str(record.get("backend", "")).startswith("sglang")
    )


def is_vllm(content: Content) -> bool:
    """An object with backend, duration, total_output_tokens and a model."""
    return _is_serving(content.first_record) and not _is_sglang(content.first_record)


def is_sglang(content: Content) -> bool:
    """The same with server_info or total_throughput."""
    return _is_serving(content.first_record) and _is_sglang(content.first_record)


def _read(content: Content, format: str) -> list[BenchmarkRun]:
    """A run for each object; those without a rate are passed over, unless all are."""
    records = [content.document] if isinstance(content.document, dict) else content.records()
    runs, refused = [], None
    for i, record in enumerate(islice((one for one in records if _is_serving(one)), MOST_RUNS)):
        try:
            runs.append(_run(content, format, record, f"run {i + 1}"))
        except Refused as error:
            refused = refused or error
    if not runs and refused is not None:
        raise refused
    if len(runs) == 1:
        return [runs[0].but(label="")]
    return sorted(some(content, runs), key=_offered)


def _offered(run: BenchmarkRun) -> tuple[bool, float]:
    """Runs whose requests came all at once first, then those with the most requests a second."""
    rate = run.facts["request_rate"]
    return rate is not None, -(rate or 0.0)


def _run(content: Content, format: str, record: dict[str, Any], label: str) -> BenchmarkRun:
    tokens, seconds = number(record.get("total_output_tokens")), number(record.get("duration"))
    completed = number(record.get("completed"))
    refuse_unless_positive(content, duration=seconds, total_output_tokens=tokens, completed=completed)
    assert tokens is not None and seconds is not None
    server = mapping_of(record.get("server_info"))
    total = max(number(record.get("total_input_tokens")) or 0.0, 0.0) + tokens
    offered = number(record.get("request_rate"))
    ways = {short: whole(server.get(name)) for short, name in (("tp", "tp_size"), ("pp", "pp_size"), ("dp", "dp_size"))}
    count = 1
    for size in ways.values():
        count *= max(size or 1, 1)
    pools = "internal_states" in server and "tp_size" not in server
    run = run_of(
        content,
        format,
        "ok",
        throughput=Throughput(tokens / seconds, OUTPUT_TOKENS, "global"),
        reported=number(record.get("output_throughput")),
        gross_s=seconds,
        net_s=seconds,
        model=str(record.get("model_id") or server.get("model_path") or "") or None,
        n_accelerators=count if any(ways.values()) and not pools else None,
        seq_len=number(record.get("random_input_len")),
        tool="vLLM" if format == VLLM else "SGLang",
        label=_label(str(record.get("tag") or record.get("label") or label), record),
        parallelism=",".join(f"{k}={v}" for k, v in ways.items() if v) or None,
        facts={
            "n_obs": completed,
            "failed": number(record.get("failed")),
            "total_tokens_per_s": total / seconds,
            "max_concurrency": number(record.get("max_concurrency")),
            "request_rate": offered,
            "median_ttft_ms": number(record.get("median_ttft_ms")),
            "median_tpot_ms": number(record.get("median_tpot_ms")),
            "prompt_tokens": (total - tokens) / completed if completed else None,
            "answer_tokens": tokens / completed if completed else None,
        },
    )
    if offered is not None:
        run = run.warn("benchmark.offered_load", rate=offered)
    return run.warn("benchmark.short_run", seconds=round(seconds, 1)) if seconds < SHORT_S else run


def _label(name: str, record: dict[str, Any]) -> str:
    """A name with the load that was offered."""
    load = {"rate": record.get("request_rate"), "concurrency": record.get("max_concurrency")}
    return " ".join([name, *(f"{key} {value}" for key, value in load.items() if value is not None)])


READERS = (
    Reader(VLLM, "vLLM serving benchmark", is_vllm, lambda content: _read(content, VLLM)),
    Reader(SGLANG, "SGLang serving benchmark", is_sglang, lambda content: _read(content, SGLANG)),
)
