"""Measured speeds that the estimator leans on: whole training runs, training throughput, serving throughput.

The tables keep the column names of their sources, which are those of `planner estimate --batch`; what no estimate
reads stays behind. A row with an objection (column `flag`) stays, and no fit takes it.
"""

from __future__ import annotations

from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import Row, dated, read_rows, write_table
from planner.offer_rows import join_flags

MODEL = ["model_family", "model", "family_group", "architecture", "task", "params_total", "params_active"]
RUN_COLUMNS = [
    "run_id", *MODEL, "layers", "hidden", "seq_len", "tokens_or_samples", "unit", "epochs", "global_batch",
    "precision", "accelerator", "accelerator_memory_gib", "n_accelerators", "accelerator_hours", "hours_basis",
    "training_flops_reported", "flops_independent_of_hours", "date", "source", "source_kind", "observed_on", "flag",
]  # fmt: skip
THROUGHPUT_COLUMNS = [
    "row_id", *MODEL, "seq_len", "global_batch", "micro_batch", "precision", "accelerator", "accelerator_memory_gib",
    "n_accelerators", "activation_checkpointing", "framework", "framework_version", "throughput_per_accel",
    "throughput_unit", "date", "source", "source_kind", "observed_on", "flag",
]  # fmt: skip
SERVING_COLUMNS = [
    "row_id", "model", "model_class", "params_total_b", "params_active_b", "weight_precision", "kv_precision",
    "engine", "accelerator", "accelerator_mem_gb", "n_accelerators", "tp", "parallelism", "deployment", "workload",
    "input_len", "output_len", "concurrency_or_batch", "concurrency_kind", "effective_batch", "scenario",
    "output_tokens_per_s", "requests_per_s", "request_unit", "resolution", "forward_gmacs", "submitter",
    "precision_doubtful", "date", "source", "source_kind", "observed_on", "flag",
]  # fmt: skip
TABLES = (
    ("training/runs.csv", "measured/training_runs.csv", RUN_COLUMNS, "accelerator_memory_gib"),
    ("training/throughput.csv", "measured/training_throughput.csv", THROUGHPUT_COLUMNS, "accelerator_memory_gib"),
    ("inference/throughput.csv", "measured/serving_throughput.csv", SERVING_COLUMNS, "accelerator_mem_gb"),
)
DOUBTFUL_COUNT = "chip_count_contradicts_row"  # the same latencies listed for fewer chips


def build_measured(source: Path, names: AcceleratorNames) -> list[str]:
    """Writes the three tables; returns their sizes."""
    report = []
    for origin, target, columns, memory in TABLES:
        rows = [_row(raw, names, memory) for raw in read_rows(source / origin)]
        if "ttft_ms" in rows[0]:
            _flag_doubtful_counts(rows)
        report.append(f"{target}: {write_table(target, columns, rows)} rows")
    return report


def _row(raw: Row, names: AcceleratorNames, memory: str) -> Row:
    day, undated = dated(raw["date"])
    found = names.resolve(raw["accelerator"], memory=raw[memory])
    return {**raw, "accelerator": found.accelerator or raw["accelerator"], "observed_on": day,
            "flag": join_flags(raw["flag"], undated)}  # fmt: skip


def _flag_doubtful_counts(rows: list[Row]) -> None:
    """One measured pair of latencies cannot hold for two chip counts: the larger count is in doubt."""
    same = ("model", "accelerator", "weight_precision", "engine", "input_len", "output_len", "concurrency_or_batch",
            "ttft_ms", "tpot_ms")  # fmt: skip
    smallest: dict[tuple[str, ...], float] = {}
    for row in rows:
        key = tuple(row[name] for name in same)
        smallest[key] = min(smallest.get(key, float("inf")), float(row["n_accelerators"]))
    for row in rows:
        if row["ttft_ms"] and float(row["n_accelerators"]) > smallest[tuple(row[name] for name in same)]:
            row["flag"] = join_flags(row["flag"], DOUBTFUL_COUNT)
