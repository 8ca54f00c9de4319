"""Commands that estimate: accelerator-hours of a training, training throughput, serving throughput; one or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli_flags import Json, Lang, Prices, checked_lang, json_text, write_answer
from planner.cli_run_flags import RunFlags, takes_runs
from planner.errors import PlannerError, Where

if TYPE_CHECKING:
    from planner.estimator.asked import Record
    from planner.estimator.evidence import Evidence

estimate = typer.Typer(no_args_is_help=True, help="Accelerator-hours and speeds, with an honest interval.")

Model = Annotated[str, typer.Option("--model", help="Model of the catalogue (planner models), or a name of yours.")]
Parameters = Annotated[str, typer.Option("--parameters", help="Size of a model that is not in the catalogue: 7B.")]
Active = Annotated[str, typer.Option("--active", help="Parameters active per token of a mixture of experts: 2B.")]
Architecture = Annotated[str, typer.Option("--architecture", help="transformer_dense, encoder, cnn, vit, diffusion …")]
Accelerator = Annotated[str, typer.Option("--accelerator", help="Accelerator (planner accelerators): H100-SXM.")]
Count = Annotated[int, typer.Option("--accelerators", help="How many together; 0: the fewest that hold it.", min=0)]
Precision = Annotated[str, typer.Option("--precision", help="fp32, tf32, fp16, bf16, fp8 (serving also fp4, int4).")]
SeqLen = Annotated[str, typer.Option("--seq-len", help="Sequence length (tokens).")]
Task = Annotated[str, typer.Option("--task", help="pretrain, continued_pretrain, finetune_full, lora, qlora.")]
Framework = Annotated[str, typer.Option("--framework", help="Software: Megatron-LM, MaxText, PyTorch …")]
Price = Annotated[float | None, typer.Option("--price", help="Price of an accelerator-hour, your currency.", min=0)]
OwnRate = Annotated[
    float | None, typer.Option("--measured-rate", help="Speed that you measured: units per second and accelerator.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Evidence, nearest measured cases, what would narrow it.")]
Batch = Annotated[str, typer.Option("--batch", help="CSV with the columns of the measured tables: many at once.")]
Out = Annotated[str, typer.Option("--out", help="Where the answers to --batch go; - for standard output.")]
Exclude = Annotated[str, typer.Option("--exclude-family", help="Leave a family's measurements out; self: each row's.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the command line."""
    estimate.command(epilog="Example: planner estimate training --model llama-3.1-8b --tokens 200B --accelerator H100")(
        training
    )
    estimate.command(epilog="Example: planner estimate throughput --parameters 7B --accelerator A100 --explain")(
        throughput
    )
    estimate.command(epilog="Example: planner estimate serving --model llama-3.1-8b --accelerator L4 --answer 250")(
        serving
    )
    app.add_typer(estimate, name="estimate")


def _evidence(prices: str | None) -> Evidence:
    from planner.estimator.evidence import Evidence
    from planner.reference import Reference
    from planner.tables import DataFolder

    return Evidence(Reference(DataFolder(prices) if prices else None))


def _batch(kind: str, path: str, out: str, exclude: str, evidence: Evidence, lang: str) -> None:
    from planner.estimator.batch import estimate_batch, read_table, write_table
    from planner.text import render, say

    answers = estimate_batch(kind, read_table(path, kind), evidence, exclude_family=exclude)
    write_answer(write_table(answers, lambda reason: render(reason, lang)), out or "-")
    refused = sum(not one.ok for one in answers)
    typer.echo(say("estimate.batch_done", lang, rows=len(answers), refused=refused), err=True)


def _answer(kind: str, record: Record, flags: dict[str, Any], evidence: Evidence, lang: str, json_path: str | None,
            explain: bool) -> None:  # fmt: skip
    from planner.estimator.ask import ask
    from planner.report.estimates import estimate_document, print_estimate

    found = ask(kind, record, evidence, **flags)
    if json_path is not None:
        write_answer(json_text(estimate_document(found)), json_path)
    if json_path != "-":
        print_estimate(found, lang, explain=explain)


def _own(run_flags: RunFlags, rate: float | None, evidence: Evidence, *, served: bool = False) -> dict[str, Any]:
    """What was measured, from the files, or with a speed given by hand."""
    if rate is not None and not run_flags.files:
        told = run_flags.told
        return {"measured_on": told.get("accelerator", ""), "measured_count": told.get("n_accelerators", 0)}
    return {"runs": run_flags.runs(evidence.reference, served=served)}


def _only(batch: str, given: dict[str, str]) -> None:
    """Raise PlannerError where --batch stands beside what describes one estimate, or nothing is described."""
    named = [flag for flag, value in given.items() if value]
    if batch and named:
        raise PlannerError("estimate.batch_alone", where=Where(field="--batch"), flags=", ".join(named))
    if not batch and not given["--accelerator"]:
        raise PlannerError("estimate.flag_missing", where=Where(field="--accelerator"), flag="--accelerator")
    if not batch and not given["--model"] and not given["--parameters"]:
        raise PlannerError("estimate.flag_missing", where=Where(field="--model"), flag="--model | --parameters")


@takes_runs
def training(
    run_flags: RunFlags,
    model: Model = "",
    parameters: Parameters = "",
    active: Active = "",
    architecture: Architecture = "",
    tokens: Annotated[str, typer.Option("--tokens", help="Tokens of the data: 200B.")] = "",
    samples: Annotated[str, typer.Option("--samples", help="Samples (images, sequences) of the data.")] = "",
    epochs: Annotated[str, typer.Option("--epochs", help="Passes over the data.")] = "",
    augmentation: Annotated[float, typer.Option("--augmentation", help="Copies of each sample.", min=1)] = 1.0,
    trials: Annotated[float, typer.Option("--trials", help="Runs of a search: grid, Bayesian, folds.", min=1)] = 1.0,
    run_share: Annotated[float, typer.Option("--run-share", help="Share of a run per trial.", min=1e-6, max=1)] = 1.0,
    task: Task = "",
    seq_len: SeqLen = "",
    precision: Precision = "",
    optimiser: Annotated[
        str, typer.Option("--optimiser", help="adamw, adamw_8bit, sgd, adafactor, lion, muon.")
    ] = "adamw",
    accelerator: Accelerator = "",
    accelerators: Count = 0,
    price: Price = None,
    measured_rate: OwnRate = None,
    explain: Explain = False,
    batch: Batch = "",
    out: Out = "",
    exclude_family: Exclude = "",
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Accelerator-hours of a whole training run, from a model and its data or from a run that you measured."""
    lang = checked_lang(lang)
    _only(batch, {"--model": model, "--parameters": parameters, "--accelerator": accelerator, "--tokens": tokens})
    if tokens and samples:
        raise PlannerError("estimate.not_both", one="--tokens", other="--samples")
    evidence = _evidence(prices)
    if batch:
        return _batch("training", batch, out, exclude_family, evidence, lang)
    record = {
        "model": model, "params_total": parameters, "params_active": active, "architecture": architecture,
        "tokens_or_samples": tokens or samples, "unit": "token" if tokens or not samples else "sample",
        "epochs": epochs, "task": task, "seq_len": seq_len, "precision": precision, "accelerator": accelerator,
        "n_accelerators": str(accelerators or ""),
    }  # fmt: skip
    flags = {"price": price, "measured_rate": measured_rate, **_own(run_flags, measured_rate, evidence),
             "exclude_family": exclude_family,
             "repeats": trials * run_share * augmentation, "optimiser": optimiser}  # fmt: skip
    return _answer("training", record, flags, evidence, lang, json_path, explain)


@takes_runs
def throughput(
    run_flags: RunFlags,
    model: Model = "",
    parameters: Parameters = "",
    active: Active = "",
    architecture: Architecture = "",
    unit: Annotated[str, typer.Option("--unit", help="tokens, sequences or images.")] = "tokens",
    task: Task = "",
    seq_len: SeqLen = "",
    micro_batch: Annotated[str, typer.Option("--micro-batch", help="Sequences or images at a time.")] = "",
    framework: Framework = "",
    precision: Precision = "",
    accelerator: Accelerator = "",
    accelerators: Count = 0,
    measured_rate: OwnRate = None,
    explain: Explain = False,
    batch: Batch = "",
    out: Out = "",
    exclude_family: Exclude = "",
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Training speed of a benchmark of some steps: units per second and accelerator."""
    lang = checked_lang(lang)
    _only(batch, {"--model": model, "--parameters": parameters, "--accelerator": accelerator})
    evidence = _evidence(prices)
    if batch:
        return _batch("throughput", batch, out, exclude_family, evidence, lang)
    record = {
        "model": model, "params_total": parameters, "params_active": active, "architecture": architecture,
        "throughput_unit": f"{unit}/s/accelerator", "task": task, "seq_len": seq_len, "micro_batch": micro_batch,
        "framework": framework, "precision": precision, "accelerator": accelerator,
        "n_accelerators": str(accelerators or ""),
    }  # fmt: skip
    flags = {"measured_rate": measured_rate, **_own(run_flags, measured_rate, evidence),
             "exclude_family": exclude_family}  # fmt: skip
    return _answer("throughput", record, flags, evidence, lang, json_path, explain)


@takes_runs
def serving(
    run_flags: RunFlags,
    model: Model = "",
    parameters: Parameters = "",
    active: Active = "",
    model_class: Annotated[
        str, typer.Option("--class", help="llm, vision, encoder, speech, diffusion_image …; default the catalogue's.")
    ] = "",
    unit: Annotated[str, typer.Option("--unit", help="Of what is no language model: image, audio sample …")] = "",
    prompt: Annotated[str, typer.Option("--prompt", help="Mean prompt (tokens).")] = "",
    answer: Annotated[str, typer.Option("--answer", help="Mean answer (tokens).")] = "",
    concurrency: Annotated[str, typer.Option("--concurrency", help="Requests together; default all that fit.")] = "",
    ttft_ms: Annotated[float | None, typer.Option("--ttft-ms", help="Limit of the time to the first token.")] = None,
    tpot_ms: Annotated[float | None, typer.Option("--tpot-ms", help="Limit of the time per token.")] = None,
    requests_per_second: Annotated[
        float | None, typer.Option("--requests-per-second", help="Load: how many accelerators does it take?", min=0)
    ] = None,
    peak_to_mean: Annotated[float, typer.Option("--peak-to-mean", help="Busiest minute over the mean.", min=1)] = 1.5,
    spare: Annotated[int, typer.Option("--spare", help="Replicas beyond what the load needs.", min=0)] = 1,
    engine: Annotated[str, typer.Option("--engine", help="vllm, sglang, trt-llm, llama.cpp …")] = "",
    precision: Precision = "",
    accelerator: Accelerator = "",
    accelerators: Count = 0,
    price: Price = None,
    measured_rate: OwnRate = None,
    explain: Explain = False,
    batch: Batch = "",
    out: Out = "",
    exclude_family: Exclude = "",
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Output tokens (or items) per second of a deployment; accelerators for a load; cost per million tokens."""
    lang = checked_lang(lang)
    _only(batch, {"--model": model, "--parameters": parameters, "--accelerator": accelerator})
    evidence = _evidence(prices)
    if batch:
        return _batch("serving", batch, out, exclude_family, evidence, lang)
    record = {
        "model": model, "params_total_b": parameters, "params_active_b": active, "model_class": model_class,
        "request_unit": unit, "input_len": prompt,
        "output_len": answer, "concurrency_or_batch": concurrency, "engine": engine, "weight_precision": precision,
        "accelerator": accelerator, "n_accelerators": str(accelerators or ""),
    }  # fmt: skip
    flags = {"price": price, "measured_rate": measured_rate, **_own(run_flags, measured_rate, evidence, served=True),
             "exclude_family": exclude_family, "ttft_ms": ttft_ms, "tpot_ms": tpot_ms,
             "requests_per_second": requests_per_second, "peak_to_mean": peak_to_mean, "spare": spare}  # fmt: skip
    return _answer("serving", record, flags, evidence, lang, json_path, explain)
