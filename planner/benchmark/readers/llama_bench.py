"""llama.cpp's llama-bench: Markdown tables, CSV, JSON and JSON lines. One stream: far below batched serving."""

from __future__ import annotations

import re
from typing import Any

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import OUTPUT_TOKENS, TOKENS, BenchmarkRun, Throughput

MARKDOWN, JSON = "llama_bench_md", "llama_bench_json"
_DEVICE = re.compile(r"(?:^ggml_\w+: \d+ = |deviceName\s*=\s*|Device \d+: )([^|(,\n]+(?:\([^)\n]*\))?)")
_CELL = re.compile(r"([0-9.]+)\s*(?:±|\+/-)\s*([0-9.]+)")


def is_json(content: Content) -> bool:
    """Records with build_commit and avg_ts."""
    document = content.document
    first = document[0] if isinstance(document, list) and document else content.first_record
    return isinstance(first, dict) and {"build_commit", "avg_ts"} <= set(first)


def is_csv(content: Content) -> bool:
    """The same as columns."""
    return {"build_commit", "avg_ts"} <= set(content.columns)


def is_markdown(content: Content) -> bool:
    """A table whose last columns are test and t/s."""
    return re.search(r"^\|\s*model\s*\|(?:.*\|)?\s*test\s*\|\s*t/s\s*\|", content.head, re.MULTILINE) is not None


def read_records(content: Content) -> list[BenchmarkRun]:
    """A run for each test; the generation with the longest answer and the shortest context stands first."""
    document = content.document
    if isinstance(document, list):
        records: list[dict[str, Any]] = [record for record in document if isinstance(record, dict)]
    elif content.looks_like_json:
        records = list(content.records())
    else:
        records = [dict(row) for row in content.rows()]
    runs = []
    for record in records:
        rate, prompt, answer = (number(record.get(name)) for name in ("avg_ts", "n_prompt", "n_gen"))
        refuse_unless_positive(content, avg_ts=rate)
        assert rate is not None
        spread = number(record.get("stddev_ts"))
        depth = int(number(record.get("n_depth")) or 0)
        kind = (
            f"tg{answer:g}"
            if answer and not prompt
            else f"pp{prompt:g}"
            if prompt and not answer
            else f"pp{prompt:g}+tg{answer:g}"
        )
        unit = OUTPUT_TOKENS if answer and not prompt else TOKENS
        runs.append(
            run_of(
                content,
                JSON,
                "ok",
                throughput=Throughput(rate, unit, "single stream"),
                reported=rate,
                accelerator=str(record.get("gpu_info") or "") or None,
                model=str(record.get("model_type") or "") or None,
                tool="llama-bench",
                label=f"{kind} depth {depth}",
                sigma=spread / rate if spread else None,
                facts={
                    "cv": spread / rate if spread is not None else None,
                    "n_gen": answer or 0,
                    "n_prompt": prompt or 0,
                    "depth": depth,
                    "n_obs": len(record["samples_ts"]) if isinstance(record.get("samples_ts"), list) else None,
                },
            ).warn("benchmark.single_stream")
        )
    return sorted(runs, key=lambda run: (run.facts["n_prompt"] > 0, -run.facts["n_gen"], run.facts["depth"]))


def read_markdown(content: Content) -> list[BenchmarkRun]:
    """A run for each row; the first generation stands first."""
    columns: list[str] = []
    card, runs = None, []
    for line in content.lines():
        if not line.startswith("|"):
            found = _DEVICE.search(line)
            card = found.group(1).strip() if found and (card is None or line.startswith("ggml_")) else card
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells and cells[0] == "model":
            columns = cells
        elif columns and len(cells) == len(columns) and (value := _CELL.search(cells[-1])):
            rate, spread = float(value.group(1)), float(value.group(2))
            refuse_unless_positive(content, rate=rate)
            row = dict(zip(columns, cells, strict=True))
            test = row.get("test", "")
            runs.append(
                run_of(
                    content,
                    MARKDOWN,
                    "ok",
                    reported=rate,
                    accelerator=card,
                    model=row.get("model"),
                    tool="llama-bench",
                    throughput=Throughput(rate, OUTPUT_TOKENS if test.startswith("tg") else TOKENS, "single stream"),
                    label=" ".join(f"{k}={v}" for k, v in row.items() if k in ("backend", "fa", "test")),
                    sigma=spread / rate or None,
                    facts={"cv": spread / rate, "test": test},
                ).warn("benchmark.single_stream")
            )
    if not runs:
        raise content.refuse("benchmark.no_rows")
    return sorted(runs, key=lambda run: not str(run.facts["test"]).startswith("tg"))


READERS = (
    Reader(JSON, "llama-bench JSON or CSV", lambda content: is_json(content) or is_csv(content), read_records),
    Reader(MARKDOWN, "llama-bench table", is_markdown, read_markdown),
)
