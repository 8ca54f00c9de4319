"""The nouns of the work: workloads in native units, when they run, what their data allow."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from planner.scenario.base import Identifier, MoneyField, Noun, Quantity, field
from planner.uncertainty import Fixed

TRAINING_TASKS = ("pretrain", "continued_pretrain", "finetune_full", "lora", "qlora", "distill", "rl")
BATCH_SERVING = ("prompt_tokens", "answer_tokens", "cached_fraction")  # what a batch may say of its requests


class When(Noun):
    """In which months a workload runs."""

    month: int = field("month", "first month, 1 = first of the horizon", 1, ge=1, le=240)
    every_months: int | None = field("month", "repeats every so many months; empty: once", ge=1, le=240)
    runs: float = field("run", "runs at each occurrence", 1.0, gt=0, le=1e9)
    deadline_month: int | None = field("month", "result needed by the end of this month", ge=1, le=240)


class Segment(Noun):
    """A part of the month at a multiple of the month's mean load."""

    hours_fraction: float = field("fraction", "share of the month's hours", ..., gt=0, le=1)
    load_multiple: float = field("ratio", "load in these hours over the month's mean", ..., ge=0)


class DataTerms(Noun):
    """What the data allows."""

    data_class: Literal["open", "internal", "sensitive", "regulated"] = field(
        "", "data class", "internal", alias="class"
    )
    residency: str | None = field("ISO 3166-1", "country that the data may not leave", pattern=r"^[A-Z]{2}$")
    dataset_gb: Quantity = field("GB", "dataset on a disk at the machine in the months of work, archived in others")
    checkpoint_gb: Quantity = field("GB", "checkpoints kept beside the dataset")


class BenchmarkFile(Noun):
    """A file that a tool left behind, and what it does not say of the run."""

    file: str = field("", "file of a measured run, beside the scenario or in the working folder", ..., min_length=1)
    pick: str | None = field("", "which run of the file, by a part of its label")
    accelerator: str | None = field("", "accelerator that it ran on")
    n_accelerators: int | None = field("accelerator", "how many together", ge=1, le=1_000_000)
    scope: Literal["global", "per_accelerator"] | None = field("", "whether the rate is of all or of one")
    global_batch: float | None = field("sample", "samples in a step, over all accelerators", gt=0, le=1e12)
    seq_len: int | None = field("token", "tokens of a sample", ge=1, le=100_000_000)
    epoch_samples: float | None = field("sample", "samples in an epoch or report of the file", gt=0, le=1e15)
    environments: int | None = field("environment", "environments that ran side by side", ge=1, le=1_000_000)
    prompt_tokens: float | None = field("token", "mean prompt of the requests that it served", gt=0, le=1e9)
    answer_tokens: float | None = field("token", "mean answer of the requests that it served", gt=0, le=1e9)
    parameters: float | None = field("parameter", "size of the model that ran, if not the workload's", ge=1, le=1e16)
    layers: int | None = field("", "its layers", gt=0, le=100_000)
    hidden: int | None = field("", "its hidden size", gt=0, le=10_000_000)
    columns: dict[str, str] | None = field("", "what the columns of a table of one's own are: throughput: tok_s")
    unit: str | None = field("", "unit of that table's throughput: tokens/s, samples/s")


def _files(value: Any) -> Any:
    """Files as a list: a name alone, one file with what it does not say, or several."""
    listed = value if isinstance(value, list) else [value]
    return [{"file": str(one)} if isinstance(one, str | PurePath) else one for one in listed]


class _FilesSchema:
    """In the JSON schema: a name, a file, or a list of them."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        listed = handler(core)
        one = {"anyOf": [{"type": "string"}, listed["items"]]}
        return {"anyOf": [*one["anyOf"], {**listed, "items": one}]}


BenchmarkFiles = Annotated[
    list[BenchmarkFile], BeforeValidator(_files), Field(min_length=1, max_length=20), _FilesSchema()
]


class Throughput(Noun):
    """The user's own knowledge of the rate: one of three."""

    benchmark: BenchmarkFiles | None = field("", "files of measured runs, and of telemetry beside them")
    mfu: Quantity = field("fraction above 0", "model FLOPs utilisation of the dense peak")
    rate: dict[str, Quantity] | None = field(
        "work unit/accelerator-hour", "native units per accelerator-hour, by accelerator"
    )

    @model_validator(mode="after")
    def _one(self) -> Throughput:
        if sum(x is not None for x in (self.benchmark, self.mfu, self.rate)) != 1:
            raise ValueError("scenario.throughput_one_of")
        return self


class Latency(Noun):
    """Latency target of a service."""

    ttft_ms: float | None = field("ms", "time to first token", gt=0)
    tpot_ms: float | None = field("ms", "time per output token", gt=0)


class Serving(Noun):
    """Demand of an online service; of a batch only the lengths of its requests."""

    requests_per_second: Quantity = field("request/s", "mean request rate; obligatory for a service")
    prompt_tokens: Quantity = field("token", "mean prompt length")
    answer_tokens: Quantity = field("token", "mean answer length")
    cached_fraction: float | None = field("fraction", "share of the prompt in cache; empty: none", ge=0, le=1)
    peak_to_mean: float = field(
        "ratio", "peak request rate over the mean (over each segment's mean where shape is given)", 1.0, ge=1, le=1e6
    )
    latency: Latency | None = field("", "latency target")
    uptime_fraction: float | None = field("fraction", "promised uptime", gt=0, le=1)
    utilization_kept: Quantity = field(
        "fraction above 0",
        "share of a replica's capacity that is used at the peak; empty: serving_utilization_kept of the assumptions",
    )
    spare_replicas: int | None = field(
        "replica",
        "replicas beyond need; empty: 1 when the promised uptime is 0.999 or more or not given, else 0",
        ge=0,
        le=1_000,
    )
    autoscaling: bool = field("", "replicas follow the load shape down to one plus the spares", False)


class Workload(Noun):
    """Work in native units, the same for all options."""

    id: Identifier = field("", "name of the workload", ...)
    kind: Literal["training", "experiments", "serving", "batch_inference", "interactive", "accelerator_hours"] = field(
        "", "kind of work", ...
    )
    task: Literal["pretrain", "continued_pretrain", "finetune_full", "lora", "qlora", "distill", "rl"] | None = field(
        "", "training task"
    )
    model: str | None = field("", "id of a model of the catalogue")
    parameters: float | None = field("parameter", "number of parameters", ge=1, le=1e16)
    parameters_active: float | None = field("parameter", "parameters active per token", ge=1, le=1e16)
    teacher_parameters: float | None = field("parameter", "parameters of the teacher in distillation", ge=1, le=1e16)
    layers: int | None = field("", "transformer layers", gt=0, le=100_000)
    hidden: int | None = field("", "hidden size", gt=0, le=10_000_000)
    heads: int | None = field("", "attention heads", gt=0)
    forward_gflops_per_sample: float | None = field("GFLOP", "forward pass of one sample", ge=1e-9, le=1e15)
    precision: Literal["fp32", "tf32", "fp16", "bf16", "fp8"] = field("", "arithmetic of the matrices", "bf16")
    seq_len: int = field("token", "sequence length in training", 4096, ge=1, le=100_000_000)
    global_batch: float | None = field("sample", "global batch size", used=False, gt=0)
    tokens_per_run: Quantity = field("token", "tokens seen by one run")
    samples_per_run: Quantity = field("sample", "samples seen by one run (epochs included)")
    session_hours_per_month: Quantity = field("session-hour/month", "hours of interactive sessions")
    accelerator_hours_per_month: Quantity = field(
        "accelerator-hour/month", "hours on the reference accelerator, when the user knows them"
    )
    trials: float = field("trial", "trials of an experiment", 1.0, gt=0, le=1e9)
    run_share: float = field("fraction", "share of a full run that a trial takes", 1.0, ge=1e-6, le=1)
    folds: int = field("", "cross-validation folds", 1, ge=1, le=10_000)
    when: When = field("", "months in which it runs", When())
    growth_per_month: Quantity = field("fraction/month", "growth of the work", Fixed(0.0))
    interruptible: bool = field("", "can be stopped and resumed from a checkpoint", False)
    deferrable: bool = field("", "can wait within its month for a free accelerator", False)
    job_accelerators: int | None = field("accelerator", "size of one indivisible job", ge=1, le=1_000_000)
    failed_fraction: Quantity = field(
        "fraction below 1", "share of busy hours lost to failed and cancelled jobs", Fixed(0.0)
    )
    idle_fraction: Quantity = field("fraction below 1", "share of held hours that stand idle or forgotten", Fixed(0.0))
    stage: Literal["development", "production"] | None = field("", "development or production")
    shape: list[Segment] | None = field("", "load within the month; empty: flat")
    delay_cost_per_month: MoneyField = field(
        "money/month", "cost of a month's delay of this work; empty: delay shifts the benefits instead"
    )
    data: DataTerms = field("", "what the data allows", DataTerms())
    throughput: Throughput | None = field("", "own knowledge of the rate")
    serving: Serving | None = field("", "demand of a service")

    @property
    def is_production(self) -> bool:
        """Serving and batch inference are production unless said otherwise."""
        return (self.stage or ("production" if self.kind in ("serving", "batch_inference") else "development")) == (
            "production"
        )

    @model_validator(mode="after")
    def _complete(self) -> Workload:
        wanted = {
            "training": ("tokens_per_run", "samples_per_run"),
            "experiments": ("tokens_per_run", "samples_per_run"),
            "batch_inference": ("tokens_per_run", "samples_per_run"),
            "serving": ("serving",),
            "interactive": ("session_hours_per_month",),
            "accelerator_hours": ("accelerator_hours_per_month",),
        }[self.kind]
        if sum(getattr(self, name) is not None for name in wanted) != 1:
            raise ValueError("scenario.work_one_of " + " | ".join(wanted))
        if self.kind == "serving" and self.serving is not None and self.serving.requests_per_second is None:
            raise ValueError("scenario.requests_missing requests_per_second")
        if self.kind == "batch_inference" and self.serving is not None:
            extra = [name for name in type(self.serving).model_fields if name in self.serving.model_fields_set]
            extra = [name for name in extra if name not in BATCH_SERVING and getattr(self.serving, name) is not None]
            if extra:
                raise ValueError("scenario.batch_serving " + ", ".join(extra))
        if self.kind == "training" and self.task is None:
            raise ValueError("scenario.task_missing " + " | ".join(TRAINING_TASKS))
        if self.shape is not None:
            hours = sum(part.hours_fraction for part in self.shape)
            load = sum(part.hours_fraction * part.load_multiple for part in self.shape)
            if abs(hours - 1) > 1e-6 or abs(load - 1) > 1e-6:
                raise ValueError(f"scenario.shape_sum {hours:g} {load:g}")
        return self
