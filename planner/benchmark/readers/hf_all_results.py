"""Hugging Face Trainer: ``all_results.json`` and ``train_results.json``, the averages of a whole run."""

from __future__ import annotations

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, positive, run_of
from planner.benchmark.readers.hf_rate import stated
from planner.benchmark.record import BenchmarkRun, StepTime

FORMAT = "hf_all_results"


def recognises(content: Content) -> bool:
    """A flat object with train_runtime."""
    document = content.document
    return isinstance(document, dict) and "train_runtime" in document and "log_history" not in document


def read(content: Content) -> list[BenchmarkRun]:
    """The rate of the whole run, with its evaluations: they cannot be told apart here."""
    found = content.document
    said = stated(content, found)
    gross = number(found.get("train_runtime"))
    seen = positive(number(found.get("num_input_tokens_seen")))
    tokens = positive(number(found.get("train_tokens_per_second"))) or (seen / gross if seen and gross else None)
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=said.rate, reported=number(found.get("train_samples_per_second")),
        step_time=StepTime(said.step_s, said.step_s, None, 1) if said.step_s else None, tokens_per_s=tokens,
        gross_s=gross, tool="transformers Trainer", facts={"samples_per_epoch": number(found.get("train_samples"))},
    )  # fmt: skip
    run = run.warn("benchmark.old_trainer") if said.old else run
    return [run.warn("benchmark.pauses_inside")]


READERS = (Reader(FORMAT, "Hugging Face Trainer results", recognises, read),)
