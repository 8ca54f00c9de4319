"""The nouns of a scenario file: every field with its unit, default and meaning in one place.

``planner.scenario_io`` reads the file into these; JSON Schema is generated from them. A field that is read
but not used yet carries ``used=False`` and gives a warning when it is set.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from planner.quantities import ESTIMATE_SCHEMA, MONEY_SCHEMA, check_bounds, parse_estimate, parse_money
from planner.uncertainty import Fixed

Quantity = Annotated[Any, BeforeValidator(parse_estimate), WithJsonSchema(ESTIMATE_SCHEMA)]
MoneyField = Annotated[Any, BeforeValidator(parse_money), WithJsonSchema(MONEY_SCHEMA)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_\-]{0,63}$")]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Date = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Fraction = Annotated[float, Field(ge=0, le=1)]

TRAINING_TASKS = ("pretrain", "continued_pretrain", "finetune_full", "lora", "qlora", "distill", "rl")
OTHER_KINDS = ("reserved", "marketplace", "notebook", "managed", "colocation", "api_tokens", "sequence")


def field(unit: str, text: str, default: Any = None, used: bool = True, **rules: Any) -> Any:
    """A field with its unit, meaning and default. ``...`` as default makes it obligatory."""
    extra: dict[str, Any] = {"unit": unit} if used else {"unit": unit, "used": False}
    return Field(default, description=text, json_schema_extra=extra, **rules)


class Noun(BaseModel):
    """Frozen, strict, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        for name, info in type(self).model_fields.items():
            extra = info.json_schema_extra
            check_bounds(name, getattr(self, name), str(extra.get("unit", "")) if isinstance(extra, dict) else "")
        return self


class Horizon(Noun):
    """The months over which costs are counted."""

    start: Month = field("YYYY-MM", "first month of the horizon", ...)
    months: int = field("month", "number of months", ..., ge=1, le=240)


class Organisation(Noun):
    """Who asks: decides which programmes are open and what the cash view needs."""

    stage: Literal["idea", "pre_seed", "seed", "series_a", "growth", "established", "university"] | None = field(
        "", "stage of the organisation", used=False
    )
    country: str | None = field("ISO 3166-1", "country, two letters", pattern=r"^[A-Z]{2}$")
    region: str | None = field("ISO 3166-2", "province or state without the country", max_length=8)
    academic_partner: bool = field("", "a professor or research institute leads or shares the work", False)
    commercial: bool = field("", "the result is meant for a commercial product", True)
    sales_tax_registered: bool | None = field("", "sales tax is refunded", used=False)
    cash: MoneyField = field("money", "cash at the start of the horizon", used=False)
    monthly_burn: MoneyField = field("money/month", "other spending", used=False)
    revenue_monthly: MoneyField = field("money/month", "present revenue", used=False)
    profitable: bool | None = field("", "pays income tax today", used=False)


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
    dataset_gb: Quantity = field("GB", "size of the dataset", used=False)
    checkpoint_gb: Quantity = field("GB", "size of a checkpoint", used=False)


class Throughput(Noun):
    """The user's own knowledge of the rate: one of three."""

    benchmark: str | None = field("", "file of a measured run", used=False)
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

    ttft_ms: float | None = field("ms", "time to first token", used=False, gt=0)
    tpot_ms: float | None = field("ms", "time per output token", used=False, gt=0)


class Serving(Noun):
    """Demand of an online service."""

    requests_per_second: Quantity = field("request/s", "mean request rate", ...)
    prompt_tokens: Quantity = field("token", "prompt length", used=False)
    answer_tokens: Quantity = field("token", "answer length", used=False)
    cached_fraction: float | None = field("fraction", "share of the prompt in cache", used=False, ge=0, le=1)
    peak_to_mean: float = field("ratio", "peak request rate over the mean", 1.0, ge=1, le=1e6)
    latency: Latency | None = field("", "latency target", used=False)
    uptime_fraction: float | None = field("fraction", "promised uptime", used=False, gt=0, le=1)


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
    delay_cost_per_month: MoneyField = field("money/month", "cost of a month's delay", used=False)
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
        if self.kind == "training" and self.task is None:
            raise ValueError("scenario.task_missing " + " | ".join(TRAINING_TASKS))
        if self.shape is not None:
            hours = sum(part.hours_fraction for part in self.shape)
            load = sum(part.hours_fraction * part.load_multiple for part in self.shape)
            if abs(hours - 1) > 1e-6 or abs(load - 1) > 1e-6:
                raise ValueError(f"scenario.shape_sum {hours:g} {load:g}")
        return self


class Transfer(Noun):
    """Data that moves and data that stays."""

    egress_gb_per_month: Quantity = field("GB/month", "data read out of the site", Fixed(0.0))
    ingress_gb: Quantity = field("GB", "data brought in once", Fixed(0.0), used=False)
    storage_gb: Quantity = field("GB", "object storage kept", Fixed(0.0))


class Constraints(Noun):
    """What an option must respect, held with probability 0.9."""

    budget: MoneyField = field("money", "nominal cost over the horizon")
    cash_floor: MoneyField = field("money", "cash that must remain", used=False)
    regions: list[str] | None = field("ISO 3166-1", "countries in which computing may happen")
    power_kw: float | None = field("kW", "power at the own site", gt=0)


class Finance(Noun):
    """Money over time."""

    discount_rate_fraction: float = field("fraction/year", "nominal discount rate", 0.10, gt=-1, le=10)
    price_basis: Literal["nominal", "real"] = field("", "basis of prices", "nominal", used=False)
    inflation_fraction: float | None = field("fraction/year", "inflation", used=False, gt=-1)
    tax: dict[str, Any] | None = field("", "tax terms", used=False)
    loan: dict[str, Any] | None = field("", "loan terms", used=False)


class Quote(Noun):
    """A price that a supplier gave: per system, or per instance-hour for a cloud."""

    price: Quantity = field("money", "price per system (purchase) or per instance-hour (cloud)", ...)
    currency: str = field("ISO 4217", "currency of the quotation", ...)
    source: str = field("", "number or place of the quotation", ..., min_length=1)
    date: Date = field("YYYY-MM-DD", "date of the quotation", ...)


class Option(Noun):
    """What all options share."""

    kind: str = field("", "way of getting compute", ...)
    serves: list[str] | None = field("", "workloads it serves; empty: all that it may")
    otherwise: str | None = field("", "option that takes what this one cannot serve, or none", alias="else")
    unmet_penalty_per_unit: MoneyField = field("money/work unit", "price of work left undone with else: none")
    label: str | None = field("", "name to show", max_length=80)


class RentedOption(Option):
    """What is rented by the instance-hour from a provider."""

    provider: str = field("", "provider id", ...)
    region: str | None = field("", "region id or place; empty: the cheapest")
    accelerator: str | None = field("", "accelerator id")
    instance: str | None = field("", "instance type")
    quote: Quote | None = field("", "own quotation per instance-hour")
    egress_price_per_gb: MoneyField = field("money/GB", "own price of data read out")
    storage_price_per_gb_month: MoneyField = field("money/GB-month", "own price of data kept")


class CloudOption(RentedOption):
    """Rented on demand."""

    kind: Literal["cloud"]


class SpotOption(RentedOption):
    """Rented from spare capacity, may be taken away."""

    kind: Literal["spot"]
    interruption_rate_per_hour: Quantity = field("1/h", "interruptions of a job per hour of running")
    checkpoint_minutes: Quantity = field("min", "time to write a checkpoint")
    checkpoint_interval_minutes: Quantity = field("min", "time between checkpoints; empty: Young–Daly")
    restart_minutes: Quantity = field("min", "billed time from a new machine to useful work")


class AcademicOption(Option):
    """An allocation of a public or university programme."""

    kind: Literal["academic"]
    programme: str = field("", "programme id", ...)
    accelerator: str | None = field("", "accelerator of the allocation; empty: the cluster's")
    cluster: str | None = field("", "cluster name")
    accelerator_hours_per_month: Quantity = field("accelerator-hour/month", "hours that arrive", ...)
    award_probability: Quantity = field("fraction", "probability that the award is given", Fixed(1.0))
    lead_time_days: Quantity = field("day", "days until the first hour; empty: the programme's")
    queue_hours: Quantity = field("h", "wait in the queue per job", used=False)
    price_per_accelerator_hour: MoneyField = field("money/accelerator-hour", "price if paid")


class OnpremOption(Option):
    """Bought and run at the own site."""

    kind: Literal["onprem"]
    system: str = field("", "system id, e.g. 8xH100-SXM", ...)
    count: Annotated[int, Field(ge=0, le=100_000)] | Literal["auto"] = field(
        "system", "systems bought, or auto: the plan's peak", "auto"
    )
    quote: Quote | None = field("", "own quotation per system")
    price_basis: Literal["street", "list"] = field("", "reference price without a quotation", "street")
    power_kw: Quantity = field("kW", "power of a system under load")
    idle_power_fraction: Quantity = field("fraction", "idle power over load power")
    pue: Quantity = field("ratio from 1", "facility power over IT power")
    electricity_price_per_kwh: MoneyField = field("money/kWh", "price of electricity")
    availability_fraction: Quantity = field("fraction above 0", "share of hours in which a system works")
    maintenance_fraction_per_year: Quantity = field("fraction/year", "maintenance over purchase price")
    staff_fte: Quantity = field("FTE", "staff for the whole installation")
    staff_cost_per_year: MoneyField = field("money/year", "cost of one full-time position")
    space_cost_per_month: MoneyField = field("money/month", "room, rack, insurance")
    setup_cost: MoneyField = field("money", "installation, network, racks")
    lead_time_days: Quantity = field("day", "days from order to first use", Fixed(0.0))
    residual_fraction: Quantity = field("fraction", "resale over purchase price at the horizon's end")


class HybridOption(Option):
    """A base that is owned, a burst that is rented."""

    kind: Literal["hybrid"]
    base: str = field("", "option that is sized and bought", ...)
    burst: str = field("", "option that takes the rest", ...)


class OtherOption(Option):
    """A kind that this version reads but cannot price yet."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, populate_by_name=True)
    kind: Literal["reserved", "marketplace", "notebook", "managed", "colocation", "api_tokens", "sequence"]


AnyOption = Annotated[
    CloudOption | SpotOption | AcademicOption | OnpremOption | HybridOption | OtherOption,
    Field(discriminator="kind"),
]


class Ranking(Noun):
    """By what options are ranked."""

    criterion: Literal["npv", "present_cost", "p90_cost", "p90_regret"] | None = field("", "ranking criterion")


class Scenario(Noun):
    """A question: which work, over which horizon, with which ways of getting compute."""

    schema_number: Literal[1] = field("", "version of this schema", 1, alias="schema")
    name: str = field("", "name of the scenario", ..., min_length=1, max_length=200)
    reporting_currency: str = field("ISO 4217", "currency of all results", ...)
    horizon: Horizon = field("", "months counted", ...)
    reference_accelerator: str | None = field("", "accelerator of reference hours; empty: the baseline's")
    as_of: Date | None = field("YYYY-MM-DD", "date of prices; empty: the price book's")
    organisation: Organisation = field("", "who asks", Organisation())
    workloads: list[Workload] = field("", "the work", ..., min_length=1, max_length=100)
    transfer: Transfer = field("", "data moved and kept", Transfer())
    constraints: Constraints = field("", "what options must respect", Constraints())
    finance: Finance = field("", "money over time", Finance())
    credits: list[dict[str, Any]] | None = field("", "start-up credits", used=False)
    owned: list[dict[str, Any]] | None = field("", "systems already owned", used=False)
    options: dict[Identifier, AnyOption] = field("", "ways of getting compute", ..., min_length=1, max_length=100)
    baseline: str | None = field("", "option that others are measured against; empty: the first")
    ranking: Ranking = field("", "how to rank", Ranking())
    project_costs: dict[str, Any] | None = field("", "costs besides compute", used=False)
    value: dict[str, Any] | None = field("", "savings, revenue, problems solved", used=False)
    stress: dict[str, Any] | None = field("", "stress cases", used=False)

    @property
    def baseline_id(self) -> str:
        """The named baseline, else the first option."""
        return self.baseline or next(iter(self.options))
