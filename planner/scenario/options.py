"""The nouns of the ways of getting compute: what all options share, and each kind's own terms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from planner.scenario.base import Date, MoneyField, Noun, Quantity, field
from planner.uncertainty import Fixed

OTHER_KINDS = ("reserved", "marketplace", "notebook", "managed", "colocation", "api_tokens", "sequence")


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
