"""Published utilisation recomputed with one convention, and its ranges over families."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from builder.accelerators import AcceleratorNames
from builder.common import Row, dated, join_flags, number_or_none, number_text, read_rows, write_table
from builder.mfu_ranges import build_mfu_ranges

COLUMNS = [
    "id",
    "family_group",
    "architecture",
    "task",
    "accelerator",
    "params_active",
    "seq_len",
    "n_accelerators",
    "precision",
    "mfu",
    "mfu_basis",
    "kind",
    "hours_basis",
    "source",
    "observed_on",
    "flag",
]
TRANSFORMERS = ("transformer_dense", "transformer_moe")
# Tasks that end at a quality target, generate text, or only name a base model say nothing about 6ND.
SKIPPED_TASKS = ("mlperf_time_to_train", "rl", "finetune_or_continued", "distill")
# A token passes through one half of these only, and their sources count tokens of one side or both.
ENCODER_DECODERS = ("AlexaTM", "T5", "Transformer", "Transformer NMT", "UL2")
FROZEN_BASE = ("lora", "qlora", "adapter")
# Width over depth of common decoders: gives layers and width from the parameter count, 12 L (aspect L)^2.
ASPECT = 128
LIMIT = 0.85
EIGHT_BIT = ("fp8", "mxfp8", "int8", "fp8/bf16")
EIGHT_BIT_LIMIT = 2 * LIMIT


def build_published_mfu(source: Path, names: AcceleratorNames, sheets: dict[str, Row]) -> list[str]:
    """Writes reference/published_mfu.csv and reference/mfu_ranges.csv."""
    left_out: Counter[str] = Counter()
    rows = []
    for raw in read_rows(source / "training/runs.csv"):
        rows.append(_from_run(raw, names, sheets, left_out))
    for raw in read_rows(source / "training/throughput.csv"):
        rows.append(_from_throughput(raw, names, sheets, left_out))
    kept = [row for row in rows if row]
    count = write_table("reference/published_mfu.csv", COLUMNS, kept)
    report = [f"published mfu: {count} rows"]
    report += [f"  left out, {reason}: {number}" for reason, number in sorted(left_out.items())]
    return report + build_mfu_ranges(kept)


def _from_run(raw: Row, names: AcceleratorNames, sheets: dict[str, Row], left_out: Counter[str]) -> Row | None:
    """A whole run: useful FLOPs over accelerator-hours at peak."""
    reason = _why_not(raw)
    if not reason and raw["hours_basis"] != "reported" and not raw["hours_basis"].startswith("derived: n_acc"):
        reason = "run: hours are a bound or a rate"
    if reason:
        left_out[reason] += 1
        return None
    row = _base(raw, raw["run_id"], "run", names)
    row["hours_basis"] = "reported" if raw["hours_basis"] == "reported" else "n_x_wall_clock"
    tokens = (
        _number(raw["tokens_or_samples"]) * (number_or_none(raw["epochs"]) or 1.0) if raw["unit"] == "token" else 0.0
    )
    hours = _number(raw["accelerator_hours"])
    if raw["architecture"] in TRANSFORMERS:
        rate = tokens / (hours * 3600) if hours else 0.0
        return _computed(row, raw, rate, sheets, left_out)
    return _reported(row, raw, left_out)


def _from_throughput(raw: Row, names: AcceleratorNames, sheets: dict[str, Row], left_out: Counter[str]) -> Row | None:
    """A short measurement: useful FLOP/s per accelerator over peak."""
    if reason := _why_not(raw):
        left_out[reason] += 1
        return None
    row = _base(raw, raw["row_id"], "throughput", names)
    if raw["architecture"] not in TRANSFORMERS:
        return _reported(row, raw, left_out)
    rate, unit = _number(raw["throughput_per_accel"]), raw["throughput_unit"]
    if unit.startswith(("sequences", "samples")):
        rate *= _number(raw["seq_len"])
    elif not unit.startswith("tokens"):
        rate = 0.0
    return _computed(row, raw, rate, sheets, left_out)


def _why_not(raw: Row) -> str:
    """Reason to leave a row out before any arithmetic, or an empty text."""
    if raw["flag"]:
        return f"flagged: {raw['flag'].split(';')[0].split(' ')[0].split('=')[0]}"
    if raw["family_group"] in ENCODER_DECODERS and raw["architecture"] in TRANSFORMERS:
        return "encoder-decoder"
    if raw["task"] in SKIPPED_TASKS:
        return f"task {raw['task']}"
    return ""


def _base(raw: Row, identifier: str, kind: str, names: AcceleratorNames) -> Row:
    """Columns that need no arithmetic."""
    found = names.resolve(raw["accelerator"], memory=raw["accelerator_memory_gib"])
    day, undated = dated(raw["date"])
    return {
        "id": identifier,
        "kind": kind,
        "accelerator": found.accelerator,
        "observed_on": day,
        "hours_basis": "",
        "precision": raw["precision"] or ("bf16" if raw["accelerator"].startswith("Google TPU") else ""),
        "flag": join_flags(undated, "from_memory" if raw["source_kind"] == "memory" else ""),
        **{
            c: raw[c]
            for c in (
                "family_group",
                "architecture",
                "task",
                "params_active",
                "seq_len",
                "n_accelerators",
                "source",
            )
        },
    }


def _computed(row: Row, raw: Row, rate: float, sheets: dict[str, Row], left_out: Counter[str]) -> Row | None:
    """The row with our utilisation, from tokens per second per accelerator."""
    params = _number(raw["params_active"])
    peak, peak_name = _peak(sheets[row["accelerator"]], row["precision"])
    if not rate or not params or not peak:
        missing = "tokens or hours" if not rate else "active parameters" if not params else "peak of the precision"
        left_out[f"{row['kind']}: no {missing}"] += 1
        return None
    flops, basis = _flops_per_token(row, raw, params)
    mfu = flops * rate / (peak * 1e12)
    limit = EIGHT_BIT_LIMIT if row["precision"] in EIGHT_BIT else LIMIT
    return _bounded({**row, "mfu_basis": f"computed: {basis} over dense {peak_name} peak"}, mfu, limit, left_out)


def _reported(row: Row, raw: Row, left_out: Counter[str]) -> Row | None:
    """The row with the source's own utilisation, where it gives one."""
    mfu = number_or_none(raw["mfu"])
    if mfu is None:
        left_out["other architecture without reported mfu"] += 1
        return None
    return _bounded({**row, "mfu_basis": "reported"}, mfu, LIMIT, left_out)


def _bounded(row: Row, mfu: float, limit: float, left_out: Counter[str]) -> Row | None:
    if not 0 < mfu < limit:
        left_out[f"{row['kind']}: mfu outside (0, {limit:g})"] += 1
        return None
    return {**row, "mfu": number_text(mfu, 4)}


def _number(text: str) -> float:
    """The number in a cell; 0 for a cell that holds none."""
    return number_or_none(text) or 0.0


def _flops_per_token(row: Row, raw: Row, params: float) -> tuple[float, str]:
    """Training FLOPs per token and how they were counted.

    6 N + 6 layers hidden seq_len (causal); 4 N with a frozen base. *Source:* MODEL 1.1; PaLM appendix B.
    """
    factor = 4 if row["task"] in FROZEN_BASE else 6
    seq_len = _number(raw["seq_len"])
    if not seq_len:
        return factor * params, f"{factor}N, attention not counted"
    layers, hidden = _number(raw.get("layers", "")), _number(raw.get("hidden", ""))
    how = "attention"
    if not layers or not hidden:
        layers = (params / (12 * ASPECT**2)) ** (1 / 3)
        hidden, how = ASPECT * layers, "attention of an estimated geometry"
    return factor * params + 6 * layers * hidden * seq_len, f"{factor}N + {how}"


def _peak(sheet: Row, precision: str) -> tuple[float, str]:
    """Dense peak in TFLOP/s used for a precision; 8-bit recipes are put over the 16-bit peak."""
    if precision in ("fp32", "tf32"):
        return _number(sheet.get(f"{precision}_tflops", "")), precision
    order = ("fp16", "bf16") if precision == "fp16" else ("bf16", "fp16")
    if not precision:
        return 0.0, ""
    for name in order:
        if peak := _number(sheet.get(f"{name}_tflops", "")):
            return peak, name
    return 0.0, ""
