"""The nouns of a scenario file: every field with its unit, default and meaning in one place.

``planner.scenario_io`` reads the file into these; JSON Schema is generated from them. A field that is read
but not used yet carries ``used=False`` and gives a warning when it is set. ``base`` holds what all nouns share,
``work`` the workloads, ``options`` the ways of getting compute, ``value`` and ``project`` what it brings and
costs besides; the scenario itself stands here.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from planner.scenario.base import Date, Identifier, MoneyField, Month, Noun, Quantity, field
from planner.scenario.options import AnyOption
from planner.scenario.project import ProjectCosts
from planner.scenario.value import Stress, Value
from planner.scenario.work import Workload
from planner.uncertainty import Fixed


class Horizon(Noun):
    """The months over which costs are counted."""

    start: Month = field("YYYY-MM", "first month of the horizon", ...)
    months: int = field("month", "number of months", ..., ge=1, le=240)


class Organisation(Noun):
    """Who asks: decides which programmes are open and what the cash view needs."""

    stage: Literal["idea", "pre_seed", "seed", "series_a", "growth", "established", "university"] | None = field(
        "", "stage of the organisation: a university applies itself"
    )
    country: str | None = field("ISO 3166-1", "country, two letters", pattern=r"^[A-Z]{2}$")
    region: str | None = field("ISO 3166-2", "province or state without the country", max_length=8)
    academic_partner: bool = field("", "a professor or research institute leads or shares the work", False)
    commercial: bool = field("", "the result is meant for a commercial product", True)
    sales_tax_registered: bool | None = field("", "sales tax is refunded", used=False)
    cash: MoneyField = field("money", "cash at the start of the horizon")
    monthly_burn: MoneyField = field("money/month", "spending beside this project")
    revenue_monthly: MoneyField = field("money/month", "present revenue")
    profitable: bool | None = field("", "pays income tax today", used=False)


class Transfer(Noun):
    """Data that moves and data that stays."""

    egress_gb_per_month: Quantity = field("GB/month", "data read out of the site", Fixed(0.0))
    ingress_gb: Quantity = field("GB", "data brought in once, at the start", Fixed(0.0))
    storage_gb: Quantity = field("GB", "object storage kept", Fixed(0.0))
    archive_gb: Quantity = field("GB", "data archived", Fixed(0.0))


class Constraints(Noun):
    """What an option must respect, held with probability 0.9."""

    budget: MoneyField = field("money", "nominal cost over the horizon")
    cash_floor: MoneyField = field("money", "cash that must remain")
    regions: list[str] | None = field("ISO 3166-1", "countries in which computing may happen")
    power_kw: float | None = field("kW", "power at the own site", gt=0)


class Loan(Noun):
    """Money borrowed and paid back in equal monthly payments, at the end of each month."""

    amount: MoneyField = field("money", "sum borrowed", ...)
    rate_fraction: float = field("fraction/year", "nominal rate: a twelfth of it each month", ..., ge=0, le=10)
    months: int = field("month", "number of payments", ..., ge=1, le=600)
    first_month: int = field("month", "month in which the money comes", 1, ge=1, le=240)


class Finance(Noun):
    """Money over time."""

    discount_rate_fraction: float = field("fraction/year", "nominal discount rate", 0.10, gt=-1, le=10)
    price_basis: Literal["nominal", "real"] = field("", "basis of prices", "nominal", used=False)
    inflation_fraction: float | None = field("fraction/year", "inflation", used=False, gt=-1)
    tax: dict[str, Any] | None = field("", "tax terms", used=False)
    loan: Loan | None = field("", "a loan: in the cash view only, never in the ranking")


class Credit(Noun):
    """A sum that a provider grants, to be spent with it before a date."""

    programme: str | None = field("", "id of the credit programme")
    amount: MoneyField = field("money", "sum granted; empty: the programme's ceiling")
    provider: str | None = field("", "provider that grants it; empty: the programme's")
    starts: Month | None = field("YYYY-MM", "first month of use; empty: the horizon's start")
    expires: Month | None = field("YYYY-MM", "last month of use; empty: from the programme's validity")

    @model_validator(mode="after")
    def _named(self) -> Credit:
        if self.programme is None and (self.amount is None or self.provider is None):
            raise ValueError("scenario.credit_form")
        if self.starts is not None and self.expires is not None and self.expires < self.starts:
            raise ValueError(f"scenario.credit_order {self.starts} {self.expires}")
        return self


class Ranking(Noun):
    """By what options are ranked."""

    criterion: Literal["npv", "present_cost", "p90_cost", "p90_regret"] | None = field(
        "", "ranking criterion; empty: npv where value has benefits, else present_cost"
    )


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
    credits: list[Credit] | None = field("", "start-up credits: one pool, shared by whatever draws on its provider")
    owned: list[dict[str, Any]] | None = field("", "systems already owned", used=False)
    options: dict[Identifier, AnyOption] = field("", "ways of getting compute", ..., min_length=1, max_length=100)
    baseline: str | None = field("", "option that others are measured against; empty: the first")
    ranking: Ranking = field("", "how to rank", Ranking())
    project_costs: ProjectCosts | None = field("", "costs besides compute")
    value: Value | None = field("", "savings, revenue, problems solved")
    stress: Stress = field("", "the stressed case", Stress())

    @property
    def baseline_id(self) -> str:
        """The named baseline, else the first option."""
        return self.baseline or next(iter(self.options))
