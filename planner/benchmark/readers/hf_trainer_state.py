"""Hugging Face Trainer: ``trainer_state.json`` with its log_history."""

from __future__ import annotations

from typing import Any

from planner.benchmark.content import LARGEST_DOCUMENT, Content, number, whole
from planner.benchmark.reader import Reader, positive, run_of, silent
from planner.benchmark.readers.hf_rate import stated
from planner.benchmark.record import BenchmarkRun, StepTime, Throughput

FORMAT = "hf_trainer_state"


def recognises(content: Content) -> bool:
    """An object with log_history and global_step; cut off, its beginning shows them."""
    return content.looks_like_json and '"log_history"' in content.head and '"global_step"' in content.head


def read(content: Content) -> list[BenchmarkRun]:
    """The rate of the whole run less the evaluations inside it: warm-up cannot be told apart."""
    state = content.document
    if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
        raise content.refuse("benchmark.too_large" if content.size > LARGEST_DOCUMENT else "benchmark.cut_off")
    records = [record for record in state["log_history"] if isinstance(record, dict)]
    facts = _facts(state, records)
    at, summary = _summary(records)
    if summary is None:
        return [silent(content, FORMAT, "benchmark.no_train_runtime", **facts)]
    said = stated(content, summary, number(state.get("global_step")), number(state.get("max_steps")))
    gross = number(summary.get("train_runtime"))
    assert gross is not None
    paused = sum(_evaluation(record) for record in records[:at])
    net = gross - paused
    if net <= 0:
        raise content.refuse("benchmark.resumed", seconds=f"{gross:g}", evaluations=f"{paused:g}")
    steps, tokens = positive(number(state.get("global_step"))), _tokens(state, records)
    seconds = net / steps if steps else None
    run = run_of(
        content, FORMAT, "ok", throughput=Throughput(said.rate.value * gross / net, said.rate.unit, "global"),
        reported=number(summary.get("train_samples_per_second")),
        step_time=StepTime(seconds, seconds, None, int(steps or 0)) if seconds else None,
        tokens_per_s=tokens / net if tokens else None, gross_s=gross, net_s=net,
        discarded={"eval_s": paused} if paused else {}, **facts,
    )  # fmt: skip
    run = (run.warn("benchmark.old_trainer") if said.old else run).warn("benchmark.whole_run")
    return [run.warn("benchmark.batch_per_device") if state.get("train_batch_size") else run]


def _evaluation(record: dict[str, Any]) -> float:
    """Seconds of the evaluations of a record: of the one data set, or of several by name."""
    names = [name for name in record if name.startswith("eval_") and name.endswith("runtime")]
    return sum(max(number(record[name]) or 0.0, 0.0) for name in names)


def _tokens(state: dict[str, Any], records: list[dict[str, Any]]) -> float | None:
    """Tokens of the whole run, as the Trainer counts them or as TRL does."""
    seen = positive(number(state.get("num_input_tokens_seen")))
    return seen or max((v for record in records if (v := positive(number(record.get("num_tokens"))))), default=None)


def _summary(records: list[dict[str, Any]]) -> tuple[int, dict[str, Any] | None]:
    """The last record of the whole run; those with a token rate of an interval are none."""
    for i in range(len(records) - 1, -1, -1):
        if "train_runtime" in records[i] and "train_samples_per_second" in records[i]:
            return i, records[i]
    return len(records), None


def _facts(state: dict[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
    steps, batch = whole(state.get("global_step")), number(state.get("train_batch_size"))
    return {"tool": "transformers Trainer", "facts": {"global_step": steps, "per_device_batch": batch, "n_obs": steps}}


READERS = (Reader(FORMAT, "Hugging Face Trainer state", recognises, read),)
