"""vLLM's offline benchmarks: of throughput (all requests at once) and of latency (one batch)."""

from __future__ import annotations

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of
from planner.benchmark.record import BOTH_TOKENS, SAMPLES, STEPS, BenchmarkRun, Throughput
from planner.benchmark.steady import steady_state

THROUGHPUT, LATENCY = "vllm_throughput_json", "vllm_latency_json"


def is_throughput(content: Content) -> bool:
    """An object with elapsed_time, num_requests and requests_per_second."""
    return set(content.first_record) >= {"elapsed_time", "num_requests", "requests_per_second"}


def is_latency(content: Content) -> bool:
    """An object with avg_latency and the latencies."""
    return set(content.first_record) >= {"avg_latency", "latencies"}


def read_throughput(content: Content) -> list[BenchmarkRun]:
    """Tokens of prompts and answers over the elapsed time; requests where tokens were not counted."""
    found = content.first_record
    seconds, requests = number(found.get("elapsed_time")), number(found.get("num_requests"))
    refuse_unless_positive(content, elapsed_time=seconds, num_requests=requests)
    assert seconds is not None and requests is not None
    tokens = positive(number(found.get("total_num_tokens")))
    rate = Throughput(tokens / seconds, BOTH_TOKENS, "global") if tokens else None
    run = run_of(
        content, THROUGHPUT, "ok", gross_s=seconds,
        throughput=rate or Throughput(requests / seconds, SAMPLES, "global"),
        reported=number(found.get("tokens_per_second" if tokens else "requests_per_second")), tool="vLLM",
        facts={"n_obs": requests, "requests_per_s": requests / seconds},
    )  # fmt: skip
    return [run.warn("benchmark.inference_only")]


def read_latency(content: Content) -> list[BenchmarkRun]:
    """Batches a second, from the latencies of the repetitions; their size is not in the file."""
    found = content.first_record
    listed = found.get("latencies")
    values = [v for one in listed if (v := number(one)) is not None] if isinstance(listed, list) else []
    steady = steady_state(values or [number(found.get("avg_latency")) or 0.0], drop=0, pauses=False)
    if steady is None:
        raise content.refuse("benchmark.not_positive", name="avg_latency", value="—")
    run = run_of(
        content, LATENCY, "ok_coarse", throughput=Throughput(1 / steady.median, STEPS, "global"),
        step_time=steady.step_time(), reported=number(found.get("avg_latency")), tool="vLLM", sigma=steady.sigma,
        facts={"n_obs": len(steady.values), "cv": steady.cv},
    )  # fmt: skip
    return [run.warn("benchmark.batches")]


READERS = (
    Reader(THROUGHPUT, "vLLM throughput benchmark", is_throughput, read_throughput),
    Reader(LATENCY, "vLLM latency benchmark", is_latency, read_latency),
)
