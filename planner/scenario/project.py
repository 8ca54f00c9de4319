"""The nouns of what a project costs besides compute."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from planner.scenario.base import MoneyField, Noun, OneOrMany, Quantity, field
from planner.uncertainty import Fixed


class Item(Noun):
    """A sum paid once at the start, and a sum paid each month."""

    once: MoneyField = field("money", "paid once, at the start")
    monthly: MoneyField = field("money/month", "paid each month")
    from_month: int = field("month", "first month of the monthly sum", 1, ge=1, le=240)
    to_month: int | None = field("month", "last month of the monthly sum; empty: the horizon's", ge=1, le=240)

    @model_validator(mode="after")
    def _in_order(self) -> Item:
        if self.to_month is not None and self.to_month < self.from_month:
            raise ValueError(f"project.months_order {self.from_month} {self.to_month}")
        return self


class DataCosts(Item):
    """Getting data and making it fit to learn from."""

    cleaning_person_days: Quantity = field("day", "person-days of cleaning and preparation, at the start")
    cleaning_day_cost: MoneyField = field("money/day", "cost of a day; empty: a data engineer of the country")


class Labelling(Noun):
    """Labels bought from people, with their quality control."""

    objects: Quantity = field("object", "objects to label", ...)
    task: str | None = field("", "kind of label, as the price table names it, e.g. bounding box", max_length=120)
    price: str | None = field("", "id of a row of the price table; empty: the market's for the task")
    price_each: MoneyField = field("money/label", "own price of one label")
    labels_per_object: Quantity = field(
        "label/object", "labels of one object: workers who must agree, boxes", Fixed(1.0)
    )
    platform_fee_each: MoneyField = field("money/object", "fee of the platform per object")
    commission_fraction: Quantity = field("fraction", "commission over the price", Fixed(0.0))
    automated_fraction: Quantity = field(
        "fraction", "share that needs no person: pre-labels, active learning", Fixed(0.0)
    )
    review_fraction: Quantity = field("fraction", "share labelled again by the quality control", Fixed(0.1))
    pilot_fraction: Quantity = field("fraction", "pilot and instructions over the labels; empty: published range")
    annotator_training: MoneyField = field("money", "training of annotators, once")

    @model_validator(mode="after")
    def _priced(self) -> Labelling:
        if sum(x is not None for x in (self.task, self.price, self.price_each)) < 1:
            raise ValueError("project.labelling_price task | price | price_each")
        return self


def _listed(value: Any) -> Any:
    """One purchase as a list of one."""
    return [value] if isinstance(value, dict | Labelling) else value


Labels = Annotated[list[Labelling], BeforeValidator(_listed), Field(max_length=50), OneOrMany()]


class Role(Noun):
    """Positions of one role."""

    role: str = field("", "role, e.g. data_scientist, dl_engineer, data_engineer, annotator, ml_manager", ...)
    fte: Quantity = field("FTE", "full-time positions", Fixed(1.0))
    salary_per_year: MoneyField = field("money/year", "yearly gross pay; empty: the country's range")
    charges_fraction: Quantity = field("fraction", "employer charges over pay; empty: the country's convention")
    from_month: int = field("month", "first month", 1, ge=1, le=240)
    to_month: int | None = field("month", "last month; empty: the horizon's", ge=1, le=240)

    @model_validator(mode="after")
    def _in_order(self) -> Role:
        if self.to_month is not None and self.to_month < self.from_month:
            raise ValueError(f"project.months_order {self.from_month} {self.to_month}")
        return self


class Mlops(Item):
    """Tracking, registry, monitoring, continuous integration."""

    service: str | None = field("", "id of a service of the price table, per user and month")
    users: Quantity = field("user", "users of the service", Fixed(1.0))


class ProjectCosts(Noun):
    """What is paid whatever the option: these lines stand in every ledger."""

    data: DataCosts | None = field("", "data and its preparation")
    labelling: Labels | None = field("", "labels with quality control: one purchase, or a list of them")
    team: list[Role] | None = field("", "people by role", max_length=50)
    mlops: Mlops | None = field("", "tools and services of operation")
    compliance: Item | None = field("", "privacy, audits, legal")
    deployment: Item | None = field("", "integration, interfaces, containers, support of users")

    @property
    def has_costs(self) -> bool:
        """Whether any cost is given."""
        return any(getattr(self, name) for name in type(self).model_fields)
