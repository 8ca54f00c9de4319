"""Which tool left a file behind, by its content; then its one reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from planner.benchmark.content import LARGEST, LARGEST_DOCUMENT, SQLITE, Content
from planner.benchmark.reader import Reader
from planner.benchmark.readers import ALL, csv_columns
from planner.benchmark.record import BenchmarkRun, Refused
from planner.errors import Message, PlannerError

MOST_ACCELERATORS = 10_000_000
LONGEST_COLUMN = 40
LONGEST_TEXT = 200
LEAST = 1e-12  # of a rate that a run may have
TEXTS = ("label", "model", "accelerator", "precision", "parallelism", "tool")
# Where two recognise a file, the one that asks for more is right.
BEFORE = {
    "lightning_csv": {"keras_csvlogger", "wandb_history_csv", "custom_inference_csv"},
    "ultralytics_results_csv": {"lightning_csv", "keras_csvlogger"},
    "ray_tune_result": {
        "keras_csvlogger", "custom_inference_csv", "wandb_history_csv", "planner_run_jsonl", "rl_progress_csv",
        "lightning_csv",
    },
    "timm_benchmark_csv": {"custom_inference_csv"},
    "llama_bench_json": {"custom_inference_csv"},
    "optuna_trials_csv": {"keras_csvlogger", "custom_inference_csv"},
    "rl_progress_csv": {"lightning_csv", "wandb_history_csv", "custom_inference_csv", "keras_csvlogger"},
    "nvidia_smi_csv": {"custom_inference_csv"},
    "codecarbon_emissions_csv": {"custom_inference_csv"},
    "megatron_stdout": {"hf_deepspeed_stdout", "nanogpt_stdout", "nemo_stdout"},
    "nemo_stdout": {"hf_deepspeed_stdout", "nanogpt_stdout"},
    "nanogpt_stdout": {"hf_deepspeed_stdout"},
    "dllogger_text": {"hf_deepspeed_stdout"},
    "mlperf_training_mllog": {"hf_deepspeed_stdout", "dllogger_text", "megatron_stdout", "nemo_stdout"},
    "wandb_export_csv": {"keras_csvlogger", "custom_inference_csv", "wandb_history_csv", "lightning_csv"},
    "wandb_history_csv": {"keras_csvlogger", "custom_inference_csv"},
    "wandb_summary": {"hf_all_results"},
    "keras_csvlogger": {"custom_inference_csv"},
}  # fmt: skip


def candidates(content: Content) -> list[Reader]:
    """Readers that recognise a file, without those that another one outdoes."""
    for reader in ALL:
        if reader.by_head and reader.recognises(content):
            return [reader]
    found = [reader for reader in ALL if reader.recognises(content)]
    ids = {reader.id for reader in found}
    outdone = {other for id in ids for other in BEFORE.get(id, ())}
    return [reader for reader in found if reader.id not in outdone]


def read_file(
    path: Path | str,
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    seen: Callable[[int], None] | None = None,
) -> list[BenchmarkRun]:
    """The runs of a file, the most telling one first.

    columns: what each column of a table is (throughput, accelerator, n_accelerators, global_batch, seq_len, model …),
    for a table of one's own; unit: of its throughput. seen: told of the bytes read, as they come; a file may be gone
    through more than once.
    Raises Refused: no known format, several, broken, or a value that cannot be.
    """
    content = Content(path, seen)
    try:
        return [_sane(run, content) for run in _read(content, columns, unit)]
    except PlannerError:
        raise
    except Exception as error:  # a mutilation that its reader did not think of
        raise content.refuse("benchmark.damaged", problem=type(error).__name__) from None


def _sane(run: BenchmarkRun, content: Content) -> BenchmarkRun:
    """The run, with finite figures only. Raises Refused for a rate, time or energy that cannot be."""
    rate, step = run.throughput, run.step_time
    told = {
        "rate": rate.value if rate else None,
        "step": step.median if step else None,
        "mean step": step.mean if step else None,
    }
    sums = {
        name: getattr(run, name)
        for name in ("tokens_per_s", "gross_s", "net_s", "power_w", "energy_kwh", "billed_hours")
    }
    for name, value in {**told, **sums}.items():
        if value is not None and not 0 <= value <= LARGEST:
            raise content.refuse("benchmark.not_positive", name=name, value=f"{value:g}")
    if run.is_rate and (rate is None or rate.value < LEAST):
        raise content.refuse("benchmark.not_positive", name="rate", value=f"{rate.value:g}" if rate else "—")
    for name, value in (
        ("n_accelerators", run.n_accelerators), ("global_batch", run.global_batch), ("seq_len", run.seq_len),
        ("step", step.median if step else None),
    ):  # fmt: skip
        if value is not None and not 0 < value <= (MOST_ACCELERATORS if name == "n_accelerators" else LARGEST):
            run = run.but(**{"step_time" if name == "step" else name: None})
            run = run.warn("benchmark.dropped", name=name, value=f"{value:g}")
    if run.step_time is not None:
        cv, low, high = (_finite(v) for v in (run.step_time.cv, run.step_time.mean_low, run.step_time.mean_high))
        cv = cv if cv is None or cv >= 0 else None
        run = run.but(step_time=replace(run.step_time, cv=cv, n=max(run.step_time.n, 1), mean_low=low, mean_high=high))
    sigma = run.sigma if run.sigma is not None and 0 < run.sigma <= LARGEST else None
    reported, busy = (value if value is None or value >= 0 else None for value in
                      (_finite(run.reported), _finite(run.utilisation)))  # fmt: skip
    texts = {name: _printable(getattr(run, name)) for name in TEXTS}
    facts = {key: _plain(value) for key, value in run.facts.items()}
    cut = {key: float(value) for key, value in run.discarded.items() if value >= 0 and _finite(value) is not None}
    run = run.but(warnings=tuple(_shown(one) for one in run.warnings))
    return run.but(facts=facts, sigma=sigma, reported=reported, utilisation=busy, discarded=cut, **texts)


def _shown(message: Message) -> Message:
    """A warning whose words can be written."""
    texts = {key: _printable(one) if isinstance(one, str) else one for key, one in message.arguments.items()}
    return replace(message, arguments=texts)


def _finite(value: float | None) -> float | None:
    """A value that a document can hold; None for NaN and infinity."""
    return value if value is not None and abs(value) <= LARGEST else None


def _plain(value: object, depth: int = 0) -> object:
    """A fact as strict JSON has it."""
    if isinstance(value, dict):
        return {str(_printable(str(key))): _plain(one, depth + 1) for key, one in value.items()} if depth < 9 else None
    if isinstance(value, list | tuple):
        return [_plain(one, depth + 1) for one in value] if depth < 9 else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if 0 <= value <= LARGEST else None
    return value if value is None or isinstance(value, bool) else _printable(str(value))


def _printable(text: str | None) -> str | None:
    """A text that can be written: letters that no encoding has are replaced, those that cannot be seen left out."""
    if text is None:
        return None
    written = str(text)[:LONGEST_TEXT].encode("utf-8", errors="replace").decode()
    return "".join(letter for letter in written if letter.isprintable())


def _read(content: Content, columns: Mapping[str, str] | None, unit: str | None) -> list[BenchmarkRun]:
    if columns is not None:
        return _even(content, lambda one: csv_columns.read(one, columns, unit))
    found = candidates(content)
    if not found:
        key = "benchmark.unknown_table" if len(content.columns) > 1 else "benchmark.unknown_format"
        if content.looks_like_json and content.size > LARGEST_DOCUMENT:
            key = "benchmark.too_large"
        if content.is_gzip and (content.is_binary or content.head_bytes.startswith(SQLITE)):
            key = "benchmark.packed"
        columns_shown = ", ".join((_printable(one) or "")[:LONGEST_COLUMN] for one in content.columns[:12])
        raise content.refuse(key, columns=columns_shown)
    if len(found) > 1:
        raise content.refuse("benchmark.several_formats", formats=", ".join(reader.title for reader in found))
    runs = _even(content, found[0].read) if content.columns else found[0].read(content)
    if not runs:
        raise content.refuse("benchmark.no_rows")
    return runs


def _even(content: Content, read: Callable[[Content], list[BenchmarkRun]]) -> list[BenchmarkRun]:
    """What is read of a table. Raises Refused where no row has as many cells as the header."""
    table = content.table
    table.forget()
    refused = None
    try:
        runs = read(content)
    except Refused as error:
        runs, refused = [], error
    if table.uneven and not table.even:
        raise content.refuse("benchmark.uneven_rows", cells=table.cells, columns=len(table.columns))
    if refused is not None:
        raise refused
    return [run.warn("benchmark.uneven_left_out", count=table.uneven) for run in runs] if table.uneven else runs
