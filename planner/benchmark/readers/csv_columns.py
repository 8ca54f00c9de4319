"""Any other table with a column of rates, by the usual names or by a mapping that the user gives."""

from __future__ import annotations

import re
from collections.abc import Mapping

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import MOST_RUNS, Reader, refuse_unless_positive, run_of, some
from planner.benchmark.record import BOTH_TOKENS, COUNTED, EPOCHS, STEPS, BenchmarkRun, Throughput

FORMAT = "custom_inference_csv"
# What a column is, by the words of its head.
WORDS = {
    "throughput": r"^throughput\b|(?<![a-z])(?:tok(?:ens?)?|samples|images|requests)[_ ]?(?:per|/)[_ ]?s",
    "accelerator": r"^(?:hardware|gpu(?:_?(?:name|model|type))?|accelerator|device)$",
    "n_accelerators": r"^(?:num(?:ber)? of hardware|(?:num|n)_?(?:gpus?|accelerators|devices)|gpus)$",
    "global_batch": r"^batch[ _]?size$|^batch$",
    "seq_len": r"^(?:input output length|seq(?:uence)?[_ ]?len(?:gth)?|input[_ ]?len(?:gth)?)$",
    "latency_s": r"^latency(?:[ _(]*s(?:ec(?:onds)?)?\)?)?$",
    "model": r"^model(?:[_ ]?name)?$",
    "power_w": r"^(?:avg_?power|power)(?:_w)?$",
}


def mapping(content: Content) -> dict[str, str]:
    """Column of each thing that its head names."""
    found: dict[str, str] = {}
    for name, pattern in WORDS.items():
        column = next((c for c in content.columns if re.search(pattern, c.strip(), re.IGNORECASE)), None)
        if column is not None:
            found[name] = column
    return found


def recognises(content: Content) -> bool:
    """A throughput beside the hardware or the batch that it was measured with."""
    found = mapping(content)
    return "throughput" in found and bool({"accelerator", "global_batch", "latency_s"} & set(found))


def read(content: Content, columns: Mapping[str, str] | None = None, unit: str | None = None) -> list[BenchmarkRun]:
    """A run for each row with a rate. columns: of each thing, as the user maps them; unit: of the rate."""
    found = dict(columns) if columns is not None else mapping(content)
    for name, column in found.items():
        if column not in content.columns:
            raise content.refuse("benchmark.no_column", name=name, column=column, known=", ".join(content.columns[:20]))
    if "throughput" not in found:
        raise content.refuse(
            "benchmark.no_column", name="throughput", column="throughput", known=", ".join(content.columns[:20])
        )
    if unit is not None and unit not in (*COUNTED, STEPS, EPOCHS):
        refused = content.refuse("scenario.not_in_list", name="unit", given=unit)
        refused.arguments["valid"] = ", ".join((*COUNTED, STEPS, EPOCHS))
        raise refused
    names = list(found)
    runs: list[BenchmarkRun] = []
    wrong: float | None = None
    for i, row in enumerate(content.pick(*found.values())):
        cells = dict(zip(names, row, strict=True))
        rate = number(cells["throughput"])
        if rate is None or rate <= 0:
            wrong = rate if wrong is None else wrong
            continue
        runs.append(_run(content, f"row {i + 1}", cells, rate, found["throughput"], unit))
        if len(runs) >= MOST_RUNS:
            break
    if not runs and wrong is not None:
        refuse_unless_positive(content, throughput=wrong)
    return some(content, runs)


def _run(
    content: Content, label: str, cells: Mapping[str, str], rate: float, column: str, unit: str | None
) -> BenchmarkRun:
    batch, seq, latency, power = (number(cells.get(n)) for n in ("global_batch", "seq_len", "latency_s", "power_w"))
    own = unit or _unit(column, rate, batch, seq, latency)
    milli = power is not None and power > 20_000  # no accelerator draws 20 kW: milliwatts
    run = run_of(
        content, FORMAT, "ok", throughput=Throughput(rate, own, "global"), reported=rate,
        accelerator=cells.get("accelerator") or None, n_accelerators=whole(cells.get("n_accelerators")),
        global_batch=batch, seq_len=seq, model=cells.get("model") or None,
        power_w=power / 1000 if power is not None and milli else power if power is None or power >= 0 else None,
        label=label + (f": {cells['model']}" if cells.get("model") else "") + (f" batch {batch:g}" if batch else ""),
    )  # fmt: skip
    run = run.warn("benchmark.unit_unknown", column=column) if own == "unknown" else run
    return run.warn("benchmark.milliwatts") if milli else run


def _unit(column: str, rate: float, batch: float | None, seq: float | None, latency: float | None) -> str:
    """The unit by the head; else tokens both ways where batch × 2 × length over latency gives the rate."""
    words = re.search(r"(output tokens|tok(?:ens?)?|samples|images|requests)", column, re.IGNORECASE)
    if words:
        word = words.group(1).lower()
        return f"{'tokens' if word.startswith('tok') else word}/s"
    if batch and seq and latency and abs(batch * 2 * seq / latency / rate - 1) < 0.02:
        return BOTH_TOKENS
    return "unknown"


READERS = (Reader(FORMAT, "table with a throughput", recognises, read),)
