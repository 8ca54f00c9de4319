"""The ML.ENERGY benchmark: configurations with power, energy per token and rate."""

from __future__ import annotations

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import OUTPUT_TOKENS, BenchmarkRun, Throughput

FORMAT = "mlenergy_json"
KEYS = {"avg_power_watts", "energy_per_token_joules"}


def recognises(content: Content) -> bool:
    """An object with configurations that have power and energy per token."""
    document = content.document
    found = document.get("configurations") if isinstance(document, dict) else None
    return isinstance(found, list) and bool(found) and isinstance(found[0], dict) and set(found[0]) >= KEYS


def read(content: Content) -> list[BenchmarkRun]:
    """One run for each configuration: power over energy per token is the rate."""
    document, runs = content.document, []
    for one in document["configurations"]:
        watts, joules = number(one.get("avg_power_watts")), number(one.get("energy_per_token_joules"))
        refuse_unless_positive(content, avg_power_watts=watts, energy_per_token_joules=joules)
        assert watts is not None and joules is not None
        card, count, batch = one.get("gpu_model"), whole(one.get("num_gpus")), whole(one.get("max_num_seqs"))
        runs.append(
            run_of(
                content,
                FORMAT,
                "ok",
                throughput=Throughput(watts / joules, OUTPUT_TOKENS, "global"),
                reported=number(one.get("output_throughput_tokens_per_sec")),
                accelerator=str(card) if card else None,
                n_accelerators=count,
                model=document.get("model_id"),
                precision=document.get("weight_precision"),
                power_w=watts,
                tool="ML.ENERGY",
                label=f"{card} x{count} max_num_seqs={batch}",
                facts={
                    "max_num_seqs": batch,
                    "energy_per_token_j": joules,
                    "median_itl_ms": number(one.get("median_itl_ms")),
                },
            )
        )
    return runs


READERS = (Reader(FORMAT, "ML.ENERGY benchmark", recognises, read),)
