"""Which tool left a file behind, by its content; then its one reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from planner.benchmark.content import LARGEST, Content
from planner.benchmark.reader import Reader
from planner.benchmark.readers import ALL, csv_columns
from planner.benchmark.record import BenchmarkRun
from planner.errors import PlannerError

# Where two recognise a file, the one that asks for more is right.
BEFORE = {
    "lightning_csv": {"keras_csvlogger", "wandb_history_csv"},
    "ultralytics_results_csv": {"lightning_csv", "keras_csvlogger"},
    "ray_tune_result": {"keras_csvlogger", "custom_inference_csv", "wandb_history_csv", "planner_run_jsonl"},
    "timm_benchmark_csv": {"custom_inference_csv"},
    "llama_bench_json": {"custom_inference_csv"},
    "optuna_trials_csv": {"keras_csvlogger"},
    "rl_progress_csv": {"lightning_csv", "wandb_history_csv", "custom_inference_csv"},
    "nvidia_smi_csv": {"custom_inference_csv"},
    "codecarbon_emissions_csv": {"custom_inference_csv"},
    "megatron_stdout": {"hf_deepspeed_stdout", "nanogpt_stdout"},
    "mlperf_training_mllog": {"hf_deepspeed_stdout", "dllogger_text"},
    "wandb_history_csv": {"keras_csvlogger", "custom_inference_csv"},
    "torch_profiler_trace": {"planner_run_jsonl"},
    "wandb_summary": {"hf_all_results"},
}


def candidates(content: Content) -> list[Reader]:
    """Readers that recognise a file, without those that another one outdoes."""
    found = [reader for reader in ALL if reader.recognises(content)]
    ids = {reader.id for reader in found}
    outdone = {other for id in ids for other in BEFORE.get(id, ())}
    return [reader for reader in found if reader.id not in outdone]


def read_file(
    path: Path | str, *, columns: Mapping[str, str] | None = None, unit: str | None = None
) -> list[BenchmarkRun]:
    """The runs of a file, the most telling one first.

    columns: what each column of a table is (throughput, accelerator, n_accelerators, global_batch, seq_len, model …),
    for a table of one's own; unit: of its throughput.
    Raises Refused: no known format, several, broken, or a value that cannot be.
    """
    content = Content(path)
    try:
        return [_sane(run, content) for run in _read(content, columns, unit)]
    except PlannerError:
        raise
    except Exception as error:  # a mutilation that its reader did not think of
        raise content.refuse("benchmark.damaged", problem=type(error).__name__) from None


def _sane(run: BenchmarkRun, content: Content) -> BenchmarkRun:
    """The run. Raises Refused for a figure that is not finite, or below zero where it cannot be."""
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
    if run.is_rate and (rate is None or rate.value <= 0):
        raise content.refuse("benchmark.not_positive", name="rate", value="0")
    facts = {key: value for key, value in run.facts.items() if not isinstance(value, float) or abs(value) <= LARGEST}
    sigma = run.sigma if run.sigma is not None and run.sigma <= LARGEST else None
    texts = {name: _printable(getattr(run, name)) for name in ("label", "model", "accelerator", "precision", "tool")}
    return run.but(facts=facts, sigma=sigma, **texts)


def _printable(text: str | None) -> str | None:
    """A text that can be written: letters that no encoding has are replaced."""
    return None if text is None else str(text).encode("utf-8", errors="replace").decode()


def _read(content: Content, columns: Mapping[str, str] | None, unit: str | None) -> list[BenchmarkRun]:
    if columns is not None:
        return csv_columns.read(content, columns, unit)
    found = candidates(content)
    if not found:
        key = "benchmark.unknown_table" if len(content.columns) > 1 else "benchmark.unknown_format"
        raise content.refuse(key, columns=", ".join(content.columns[:12]))
    if len(found) > 1:
        raise content.refuse("benchmark.several_formats", formats=", ".join(reader.title for reader in found))
    return found[0].read(content)
