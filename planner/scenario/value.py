"""The nouns of value: savings, revenue, problems solved, how surely and how soon; stress; readiness."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from planner.scenario.base import Date, Identifier, MoneyField, Noun, OneOrMany, Quantity, field
from planner.uncertainty import Fixed

Grade = Literal["A", "B", "C", "D"]
USE_CASES = (
    "predictive_maintenance", "churn_reduction", "service_chatbot", "recommender", "personalised_cx",
    "invoice_digitisation", "fraud_detection",
)  # fmt: skip
UseCase = Literal[
    "predictive_maintenance", "churn_reduction", "service_chatbot", "recommender", "personalised_cx",
    "invoice_digitisation", "fraud_detection",
]  # fmt: skip
EXCEPTIONS = ("communication", "pay_to_see", "defence")
REVENUE_DRIVERS = ("incremental_revenue", "new_customers", "retention", "churn", "upsell", "cross_sell", "frequency")


class BenefitLine(Noun):
    """What all lines of value share: grade, haircut and probability each come on top of the one before."""

    id: Identifier | None = field("", "name of the line in figures; empty: its place")
    label: str | None = field("", "name to show", min_length=1, max_length=120)
    driver: Identifier | None = field("", "what moves the money; one driver stands in one term only")
    use_case: UseCase | None = field("", "template that fills what is left out with sourced ranges")
    evidence: Grade | None = field("", "A experiment, B survey, C synthesis or list price, D vendor; empty: template's")
    haircut_fraction: Quantity = field("fraction", "part taken off for risk that grade and range do not hold", Fixed(0))


class OperatingCost(Noun):
    """What a department costs in a month: person-time and what it buys."""

    person_hours: Quantity = field("h/month", "hours of work", Fixed(0.0))
    hourly_cost: MoneyField = field("money/h", "cost of an hour of work, charges included")
    purchases: MoneyField = field("money/month", "bought from others")

    @model_validator(mode="after")
    def _priced(self) -> OperatingCost:
        hours = self.person_hours
        if self.hourly_cost is None and not (isinstance(hours, Fixed) and hours.value == 0):
            raise ValueError("value.hourly_cost_missing")
        return self


class Saving(BenefitLine):
    """Cost today − cost after in a department, or volume × cost of each × share that goes away."""

    department: str | None = field("", "department of the company", max_length=120)
    today_monthly: OperatingCost | None = field("", "operating cost today")
    after_monthly: OperatingCost | None = field("", "operating cost when the system is used by all")
    incremental_revenue_monthly: MoneyField = field(
        "money/month", "last term of the literal formula; counted once, under revenue"
    )
    volume_per_month: Quantity = field("unit/month", "contacts, invoices, hours of downtime … a month")
    cost_each: MoneyField = field("money/unit", "cost of one today; empty: the template's")
    cost_after_each: MoneyField = field(
        "money/unit", "cost of one that the system handles; empty: the template's, or 0"
    )
    reduction_fraction: Quantity = field("fraction", "share that the system handles or avoids; empty: the template's")

    @model_validator(mode="after")
    def _one_form(self) -> Saving:
        before_after = self.today_monthly is not None
        neither = not before_after and self.volume_per_month is None
        both = before_after and self.volume_per_month is not None
        if both or (neither and self.incremental_revenue_monthly is None):
            raise ValueError("value.saving_form today_monthly + after_monthly | volume_per_month")
        if before_after != (self.after_monthly is not None):
            raise ValueError("value.saving_pair")
        return self


class RevenueLine(BenefitLine):
    """New or kept revenue: a sum, a share of sales, customers won, or customers who stay."""

    monthly: MoneyField = field("money/month", "incremental revenue at full adoption")
    monthly_revenue: MoneyField = field("money/month", "sales that the uplift applies to")
    uplift_fraction: Quantity = field("signed fraction", "uplift of these sales; empty: the template's")
    customers: Quantity = field("customer", "customers exposed to churn today")
    customers_per_month: Quantity = field("customer/month", "customers won each month at full adoption")
    monthly_revenue_each: MoneyField = field("money/customer-month", "revenue of one customer")
    churn_per_month: Quantity = field("fraction below 1", "share of customers who leave each month", Fixed(0.0))
    churn_reduction_fraction: Quantity = field(
        "signed fraction", "part of the churn that goes away; may be negative: campaigns can raise churn"
    )
    margin_fraction: Quantity = field("fraction", "contribution margin of this revenue; empty: counted whole")

    @model_validator(mode="after")
    def _one_form(self) -> RevenueLine:
        forms = ("monthly", "monthly_revenue", "customers", "customers_per_month")
        if sum(getattr(self, name) is not None for name in forms) != 1:
            raise ValueError("value.revenue_form " + " | ".join(forms))
        counted = self.customers is not None or self.customers_per_month is not None
        if counted and self.monthly_revenue_each is None:
            raise ValueError("value.revenue_each monthly_revenue_each")
        return self


def _lines(value: Any) -> Any:
    """One line, or a bare sum a month, as a list of lines."""
    if value is None or isinstance(value, list):
        return value
    if isinstance(value, dict) and not {"amount", "low", "p5", "samples"} & set(value):
        return [value]
    return [value if isinstance(value, RevenueLine) else {"monthly": value}]


RevenueLines = Annotated[
    list[RevenueLine], BeforeValidator(_lines), Field(min_length=1, max_length=50), OneOrMany(sums=True)
]


class Revenue(Noun):
    """Incremental revenue = new customers + retention + upselling, cross-selling, frequency."""

    new_customers: RevenueLines | None = field("", "customers who would not have come")
    retention: RevenueLines | None = field("", "customers who would have left")
    upsell: RevenueLines | None = field("", "more from the same customers: upselling, cross-selling, frequency")


class Problem(BenefitLine):
    """Problems solved a year × value of solving each."""

    number_per_year: Quantity = field("problem/year", "problems that occur", ...)
    value_each: MoneyField = field("money/problem", "value of solving one; empty: the template's")
    solved_fraction: Quantity = field("fraction", "share that the system solves; empty: the template's, or all")


class Strategic(Noun):
    """A declared exception: the project is not justified by its return."""

    reason: Literal["communication", "pay_to_see", "defence"] = field("", "which of the three exceptions", ...)
    owner: str = field("", "person who answers for it", ..., min_length=1, max_length=120)
    until: Date = field("YYYY-MM-DD", "day on which the exception ends", ...)


Answer = Literal["yes", "partly", "no"]


class Readiness(Noun):
    """What a project needs before it starts; an honest no has a price."""

    similar_projects: Answer | None = field("", "similar experimental projects exist elsewhere")
    similar_in_production: Answer | None = field("", "similar projects are in production somewhere")
    process_known: Answer | None = field("", "the current process is described and measured")
    data_available: Answer | None = field("", "enough data is at hand now")
    months_to_data: Quantity = field("month", "months until there is enough; empty: by the answer")
    objective_shared: Answer | None = field("", "objective defined with all departments")
    code_reproducible: Answer | None = field("", "code is versioned, modular, documented")
    experiments_tracked: Answer | None = field("", "code, data, hardware, cost and results of each run are kept")
    containers: Answer | None = field("", "deployment by small containers is in practice")


class Kpis(Noun):
    """Upstream indicators of a team, before any return."""

    projects_per_month: Quantity = field("project/month", "projects delivered a month")
    months_to_prototype: Quantity = field("month", "from start to prototype; empty: the first training result")


class Value(Noun):
    """Savings + revenue + value of problems solved, when and how surely."""

    savings: list[Saving] | None = field("", "operating cost today − after, by department", max_length=100)
    revenue: Revenue | None = field("", "incremental revenue")
    problems: list[Problem] | None = field("", "number a year × value of each", max_length=100)
    ramp_months: Quantity = field("month", "months from production to full adoption; empty: surveys'")
    months_to_production: Quantity = field("month", "months from the start to production; empty: surveys'")
    probability_of_production: Quantity = field("fraction", "probability that it reaches production; empty: surveys'")
    saves_or_earns: Literal["yes", "maybe", "no"] | None = field("", "does it save or earn? maybe and no stop it")
    strategic: Strategic | None = field("", "declared exception to the return")
    readiness: Readiness | None = field("", "what the project needs before it starts")
    kpis: Kpis | None = field("", "upstream indicators")

    @property
    def has_benefits(self) -> bool:
        """Whether any line of value is given."""
        revenue = self.revenue
        in_revenue = revenue is not None and any((revenue.new_customers, revenue.retention, revenue.upsell))
        return bool(self.savings or self.problems or in_revenue)


class Stress(Noun):
    """How hard the stressed case presses."""

    demand: float | None = field("ratio", "work × this", gt=0, le=1000)
    price: float | None = field("ratio", "rented and token prices × this", gt=0, le=1000)
    delay: float | None = field("month", "months later in production", ge=0, le=240)
