"""The ML.ENERGY benchmark: configurations with power, energy per token and rate."""

from __future__ import annotations

from planner.benchmark.content import Content, mapping_of, number, whole
from planner.benchmark.reader import Reader, positive, run_of, some
from planner.benchmark.record import OUTPUT_TOKENS, BenchmarkRun, Throughput

FORMAT = "mlenergy_json"
KEYS = {"avg_power_watts", "energy_per_token_joules"}


def recognises(content: Content) -> bool:
    """An object with configurations that have power and energy per token."""
    document = content.document
    found = document.get("configurations") if isinstance(document, dict) else None
    return isinstance(found, list) and any(isinstance(one, dict) and set(one) >= KEYS for one in found)


def read(content: Content) -> list[BenchmarkRun]:
    """One run for each configuration: power over energy per token is the rate. One without both is passed over."""
    document, runs = content.document, []
    for one in document["configurations"]:
        found = mapping_of(one)
        watts, joules = (positive(number(found.get(name))) for name in ("avg_power_watts", "energy_per_token_joules"))
        if watts is None or joules is None:
            continue
        card, count, batch = found.get("gpu_model"), whole(found.get("num_gpus")), whole(found.get("max_num_seqs"))
        run = run_of(
            content, FORMAT, "ok", throughput=Throughput(watts / joules, OUTPUT_TOKENS, "global"),
            reported=number(found.get("output_throughput_tokens_per_sec")), accelerator=str(card) if card else None,
            n_accelerators=count, model=document.get("model_id"), precision=document.get("weight_precision"),
            power_w=watts, tool="ML.ENERGY", label=f"{card} x{count} max_num_seqs={batch}",
            facts={
                "max_num_seqs": batch, "energy_per_token_j": joules,
                "median_itl_ms": number(found.get("median_itl_ms")),
            },
        )  # fmt: skip
        runs.append(run)
    return some(content, runs)


READERS = (Reader(FORMAT, "ML.ENERGY benchmark", recognises, read),)
