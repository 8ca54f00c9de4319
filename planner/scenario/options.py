"""The nouns of the ways of getting compute: what all options share, and each kind's own terms."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from planner.scenario.base import Date, MoneyField, Noun, Quantity, field
from planner.uncertainty import Fixed


class Quote(Noun):
    """A price that a supplier gave: per system, or per instance-hour for a cloud."""

    price: Quantity = field("money", "price per system (purchase) or per instance-hour (cloud)", ...)
    currency: str | None = field("ISO 4217", "currency of the quotation; without it the option is not priced")
    source: str = field("", "number or place of the quotation", ..., min_length=1)
    date: Date = field("YYYY-MM-DD", "date of the quotation", ...)


class Option(Noun):
    """What all options share."""

    kind: str = field("", "way of getting compute", ...)
    serves: list[str] | None = field("", "workloads it serves; left out: all that it may", min_length=1)
    otherwise: str | None = field("", "option that takes what this one cannot serve, or none", alias="else")
    unmet_penalty_per_unit: MoneyField = field("money/work unit", "price of work left undone with else: none")
    label: str | None = field("", "name to show", max_length=80)


class SuppliedOption(Option):
    """What comes with any supply: the wait for it, setting it up, the people who look after it."""

    lead_time_days: Quantity = field("day", "days until the first use (order, quota, approval)", Fixed(0.0))
    setup_cost: MoneyField = field("money", "paid once at the start: installation, integration")
    staff_fte: Quantity = field("FTE", "own staff for the whole installation")
    staff_cost_per_year: MoneyField = field("money/year", "cost of one full-time position")


# ── rented ────────────────────────────────────────────────────────────────────────────────────────────────


class RentedOption(SuppliedOption):
    """What is rented by the instance-hour from a provider."""

    provider: str = field("", "provider id", ...)
    region: str | None = field("", "region id or place; empty: the cheapest")
    accelerator: str | None = field("", "accelerator id")
    instance: str | None = field("", "instance type")
    quote: Quote | None = field("", "own quotation per instance-hour")
    support_fraction: Quantity = field("fraction", "support plan over the usage charges")
    kubernetes: bool = field("", "a managed Kubernetes cluster at the provider's fee", False)
    cluster_price_per_hour: MoneyField = field("money/h", "own price of the managed Kubernetes cluster")
    egress_price_per_gb: MoneyField = field("money/GB", "own price of data read out")
    ingress_price_per_gb: MoneyField = field("money/GB", "own price of data brought in")
    storage_price_per_gb_month: MoneyField = field("money/GB-month", "own price of data kept")
    archive_price_per_gb_month: MoneyField = field("money/GB-month", "own price of archived data")
    disk_price_per_gb_month: MoneyField = field("money/GB-month", "own price of a disk at the machine, used or not")


class CloudOption(RentedOption):
    """Rented on demand."""

    kind: Literal["cloud"]


class InterruptedOption(RentedOption):
    """Rented capacity that may go away while a job runs."""

    interruption_rate_per_hour: Quantity = field("1/h", "interruptions of a job per hour of running")
    checkpoint_minutes: Quantity = field("min", "time to write a checkpoint")
    checkpoint_interval_minutes: Quantity = field("min", "time between checkpoints; empty: Young–Daly")
    restart_minutes: Quantity = field("min", "billed time from a new machine to useful work")


class SpotOption(InterruptedOption):
    """Rented from spare capacity, may be taken away."""

    kind: Literal["spot"]


class MarketplaceOption(InterruptedOption):
    """Rented from hosts of a marketplace."""

    kind: Literal["marketplace"]
    reliability_min: Quantity = field("fraction above 0", "share of hours in which the hosts accepted are up")
    interruptible: bool = field("", "rented by bid: cheaper, taken away when another pays more", False)
    statistic: Literal["median", "lowest"] = field("", "which price of the hosts' offers to count with", "median")


class ReservedOption(RentedOption):
    """Committed use: paid for a term, used or not."""

    kind: Literal["reserved"]
    term_months: int | None = field(
        "month", "length of the commitment; empty: the longest sold that fits", ge=1, le=120
    )
    block_days: float | None = field("day", "length of a capacity block, one a month of work", gt=0, le=182)
    count: Annotated[int, Field(ge=0, le=100_000)] | Literal["auto"] = field(
        "instance", "instances committed, or auto: as many as pay against the else option", "auto"
    )
    payment: Literal["monthly", "partial_upfront", "all_upfront"] = field("", "when the commitment is paid", "monthly")
    renew: bool = field("", "committed again while a whole term fits into the horizon", True)

    @model_validator(mode="after")
    def _one_form(self) -> ReservedOption:
        if self.term_months is not None and self.block_days is not None:
            raise ValueError("scenario.term_or_block")
        return self


class NotebookOption(RentedOption):
    """A notebook service: a subscription with units, or rented sessions."""

    kind: Literal["notebook"]
    plan: str | None = field("", "plan of the service, e.g. pro_plus; empty: sessions rented by the hour")
    users: int = field("person", "people, each with a subscription", 1, ge=1, le=10_000)
    session_hours_max: float | None = field("h", "longest session; longer jobs go elsewhere", gt=0)


class ManagedOption(RentedOption):
    """A managed service: instances at a premium over the provider's own."""

    kind: Literal["managed"]
    premium_fraction: Quantity = field("fraction", "premium over the provider's instances; empty: as measured")


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────


class ApiTokensOption(SuppliedOption):
    """Tokens bought from a service that runs the model."""

    kind: Literal["api_tokens"]
    provider: str = field("", "seller id", ...)
    api_model: str | None = field("", "the seller's model id; empty: the workload's model")
    batch: bool = field("", "delayed answers at the batch price, for batch inference", True)
    input_price_per_million: MoneyField = field("money/10^6 token", "own price of input")
    cached_price_per_million: MoneyField = field("money/10^6 token", "own price of input from the cache")
    output_price_per_million: MoneyField = field("money/10^6 token", "own price of output")


# ── granted ───────────────────────────────────────────────────────────────────────────────────────────────


class AcademicOption(Option):
    """An allocation of a public or university programme."""

    kind: Literal["academic"]
    programme: str = field("", "programme id", ...)
    accelerator: str | None = field("", "accelerator of the allocation; empty: the cluster's")
    cluster: str | None = field("", "cluster name")
    accelerator_hours_per_month: Quantity = field("accelerator-hour/month", "hours that arrive; or award_per_year")
    award_per_year: Quantity = field("award unit/year", "award in the programme's unit (RGU-year, node-hour …)")
    award_probability: Quantity = field("fraction", "probability that the award is given", Fixed(1.0))
    lead_time_days: Quantity = field("day", "days from the horizon's start to the first hour; empty: the programme's")
    queue_hours: Quantity = field("h", "wait in the queue of a job; empty: of a university centre")
    fallback_after_days: float | None = field("day", "a job that waits longer goes to the else option", gt=0)
    price_per_accelerator_hour: MoneyField = field("money/accelerator-hour", "price if paid")

    @model_validator(mode="after")
    def _one_amount(self) -> AcademicOption:
        if (self.accelerator_hours_per_month is None) == (self.award_per_year is None):
            raise ValueError("scenario.award_one_of accelerator_hours_per_month | award_per_year")
        return self


# ── owned ─────────────────────────────────────────────────────────────────────────────────────────────────


class OwnedOption(SuppliedOption):
    """Bought hardware, wherever it stands."""

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
    network_cost: MoneyField = field("money", "switches and cables between the systems, bought with them")
    maintenance_fraction_per_year: Quantity = field("fraction/year", "maintenance over purchase price")
    space_cost_per_month: MoneyField = field("money/month", "room, rack, insurance")
    residual_fraction: Quantity = field("fraction", "resale over purchase price at the horizon's end")
    resale_if_stopped_fraction: Quantity = field(
        "fraction", "resale over purchase price if the project stops before production; empty: between 1 and residual"
    )


class OnpremOption(OwnedOption):
    """Bought and run at the own site."""

    kind: Literal["onprem"]


class ColocationOption(OwnedOption):
    """Bought and run in someone else's data centre."""

    kind: Literal["colocation"]
    country: str | None = field("ISO 3166-1", "country of the site; empty: the organisation's", pattern=r"^[A-Z]{2}$")
    site_region: str | None = field("ISO 3166-2", "province or state of the site", max_length=8)
    price_per_kw_month: MoneyField = field("money/kW-month", "rent per kW of power reserved")
    power_included: bool = field("", "the rent covers the electricity", False)
    rack_kw: float | None = field("kW", "power that one rack of the site carries", gt=0, le=1000)
    remote_hands_hours_per_month: Quantity = field("h/month", "hours of the site's technicians")
    remote_hands_price_per_hour: MoneyField = field("money/h", "price of the site's technicians")
    cross_connect_per_month: MoneyField = field("money/month", "cross-connects and bandwidth")


# ── combined ──────────────────────────────────────────────────────────────────────────────────────────────


class HybridOption(Option):
    """A base that is owned, a burst that is rented."""

    kind: Literal["hybrid"]
    base: str = field("", "option that is sized and bought", ...)
    burst: str = field("", "option that takes the rest", ...)


class Phase(Noun):
    """One stage of a sequence."""

    option: str = field("", "option in use", ...)
    from_month: int = field("month", "first month of the phase, 1 = first of the horizon", ..., ge=1, le=240)
    migration_cost: MoneyField = field("money", "cost of moving to this phase: people, double running")
    exit_cost: MoneyField = field("money", "cost of leaving the phase before: early termination")


class SequenceOption(Option):
    """One option after another: start here, move there."""

    kind: Literal["sequence"]
    phases: list[Phase] = field("", "options in the order of their first months", ..., min_length=2, max_length=20)

    @model_validator(mode="after")
    def _in_order(self) -> SequenceOption:
        months = [phase.from_month for phase in self.phases]
        if months[0] != 1 or any(a >= b for a, b in pairwise(months)):
            raise ValueError("scenario.phases_order " + ", ".join(map(str, months)))
        return self


AnyOption = Annotated[
    CloudOption
    | SpotOption
    | MarketplaceOption
    | ReservedOption
    | NotebookOption
    | ManagedOption
    | ApiTokensOption
    | AcademicOption
    | OnpremOption
    | ColocationOption
    | HybridOption
    | SequenceOption,
    Field(discriminator="kind"),
]
KINDS = (
    "cloud", "spot", "reserved", "marketplace", "notebook", "managed", "api_tokens", "academic", "onprem",
    "colocation", "hybrid", "sequence",
)  # fmt: skip
