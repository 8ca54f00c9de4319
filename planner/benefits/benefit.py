"""From the lines of value to benefits by month: taken up over the ramp, behind the production gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.benefits import lines
from planner.benefits.templates import TEMPLATES
from planner.benefits.terms import Terms
from planner.errors import Message, PlannerError
from planner.figure import Figure, derive, product
from planner.project_facts import ProjectFacts
from planner.scenario.value import BenefitLine, Saving, Value
from planner.supply.market import Market, Path
from planner.supply.production import Production, adoption

Array = NDArray[np.float64]
TERMS = ("savings", "revenue", "problems")


@dataclass(frozen=True)
class Benefit:
    """One line of value.

    by_month: [currency/month], shape (draws | 1, months): adopted share, behind the gate, after its haircut.
    full: [currency/month], shape (draws | 1, 1): a month at full adoption in production, after its haircut.
    evidence: grade A to D, None when nobody vouches for it.
    """

    id: str
    term: str
    driver: str
    label: str
    evidence: str | None
    by_month: Figure
    full: Figure
    warnings: tuple[Message, ...] = ()


def benefits_of(market: Market, production: Production) -> tuple[Benefit, ...]:
    """All lines of value of a scenario.

    Raises ScenarioError for a field that neither the line nor its template gives.
    """
    value = market.scenario.value
    if value is None:
        return ()
    horizon = market.months
    taken = derive(
        lambda m, r: adoption(m, r, horizon), production.months, production.ramp, name="value.adoption",
        unit="fraction",
        formula="0 before production, then linear to 1 over the ramp: mean of each month",
    )  # fmt: skip
    facts = ProjectFacts(market.book.folder)
    return tuple(_benefit(term, driver, place, market, facts, taken, production) for term, driver, place in _all(value))


@dataclass(frozen=True)
class Place:
    """A line with where it stands in the file and its name in figures."""

    line: BenefitLine
    path: Path
    id: str


def _all(value: Value) -> Iterator[tuple[str, str, Place]]:
    """Term, driver, and place of each line; the last term of the literal formula counts under revenue."""
    for i, saving in enumerate(value.savings or []):
        name = saving.id or f"savings.{i + 1}"
        place = Place(saving, ("value", "savings", i), name)
        if saving.today_monthly is not None or saving.volume_per_month is not None:
            yield "savings", driver_of(saving, "operating_cost"), place
        if saving.incremental_revenue_monthly is not None:
            yield "revenue", "incremental_revenue", Place(saving, place.path, f"{name}.incremental_revenue")
    revenue = value.revenue
    for box in ("new_customers", "retention", "upsell") if revenue else ():
        for i, line in enumerate(getattr(revenue, box) or []):
            default = "churn" if box == "retention" else box
            path: Path = ("value", "revenue", box, i)
            yield "revenue", driver_of(line, default), Place(line, path, line.id or f"revenue.{box}.{i + 1}")
    for i, problem in enumerate(value.problems or []):
        path = ("value", "problems", i)
        name = f"problems.{i + 1}"
        yield "problems", driver_of(problem, name), Place(problem, path, problem.id or name)


def driver_of(line: BenefitLine, default: str) -> str:
    """What moves the money of a line: its own word, its template's, else that of its place."""
    return line.driver or (TEMPLATES[line.use_case].driver if line.use_case else default)


def _benefit(
    term: str, driver: str, place: Place, market: Market, facts: ProjectFacts, taken: Figure, production: Production
) -> Benefit:
    terms = Terms(place.line, place.path, place.id, market, facts)
    unit = f"{market.currency}/month"
    try:
        if isinstance(place.line, Saving) and term == "revenue":
            full = terms.money("incremental_revenue_monthly", "/month")
            by_month = product(full, taken, name=f"value.{place.id}", unit=unit)
        elif term == "revenue":
            by_month, full = lines.revenue(terms, taken)
        else:
            full = lines.saving(terms) if term == "savings" else lines.problem(terms)
            by_month = product(full, taken, name=f"value.{place.id} as adopted", unit=unit)
    except PlannerError as error:
        raise error.at(market.where(place.path)) from None
    by_month, full = terms.after_haircut(by_month), terms.after_haircut(full)
    behind = product(by_month, production.opens, name=f"value.{place.id}.by_month", unit=unit)
    label = place.line.label or getattr(place.line, "department", None) or place.line.use_case or place.id
    return Benefit(place.id, term, driver, str(label), terms.grade(), behind, full, tuple(terms.warnings()))


def full_adoption_by_term(benefits: tuple[Benefit, ...]) -> dict[str, Array]:
    """A month at full adoption by term [currency/month], shape (draws | 1, 1)."""
    out = {}
    for term in TERMS:
        found = [one.full.value for one in benefits if one.term == term]
        if found:
            out[term] = np.asarray(sum(found[1:], start=found[0]))
    return out
