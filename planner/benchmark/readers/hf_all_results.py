"""Hugging Face Trainer: ``all_results.json`` and ``train_results.json``, the averages of a whole run."""

from __future__ import annotations

from planner.benchmark.content import Content, number
from planner.benchmark.reader import Reader, positive, refuse_unless_positive, run_of
from planner.benchmark.record import SAMPLES, BenchmarkRun, StepTime, Throughput

FORMAT = "hf_all_results"


def recognises(content: Content) -> bool:
    """A flat object with train_runtime."""
    document = content.document
    return isinstance(document, dict) and "train_runtime" in document and "log_history" not in document


def read(content: Content) -> list[BenchmarkRun]:
    """The rate of the whole run, with its evaluations: they cannot be told apart here."""
    found = content.document
    gross, rate = number(found.get("train_runtime")), number(found.get("train_samples_per_second"))
    refuse_unless_positive(content, train_runtime=gross, train_samples_per_second=rate)
    assert gross is not None and rate is not None
    steps = positive(number(found.get("train_steps_per_second")))
    seconds = 1 / steps if steps else None
    tokens = positive(number(found.get("train_tokens_per_second")))
    run = run_of(
        content, FORMAT, "ok_coarse", throughput=Throughput(rate, SAMPLES, "global"), reported=rate, gross_s=gross,
        step_time=StepTime(seconds, seconds, None, 1) if seconds else None, tokens_per_s=tokens,
        tool="transformers Trainer", facts={"samples_per_epoch": number(found.get("train_samples"))},
    )  # fmt: skip
    return [run.warn("benchmark.pauses_inside")]


READERS = (Reader(FORMAT, "Hugging Face Trainer results", recognises, read),)
