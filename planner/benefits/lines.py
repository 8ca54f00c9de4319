"""The formulas of the three terms: each line as money a month at full adoption, and by month as it is taken up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.benefits.terms import Terms
from planner.figure import Figure, derive, product
from planner.scenario.value import OperatingCost, Problem, RevenueLine, Saving
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
ByMonth = Callable[..., Array]
"""From adoption by month (draws | 1, months) and inputs of shape (draws | 1, 1) to money by month."""


def saving(terms: Terms) -> Figure:
    """Money saved a month at full adoption.

    Formula: (hours × hourly cost + purchases) today − after; or volume × (cost today − cost after) × share handled.
    *Source:* value formula of the mission, term "savings": person-time + purchases, today − after.
    """
    line = terms.line
    assert isinstance(line, Saving)
    unit = f"{terms.market.currency}/month"
    if line.today_monthly is not None:
        assert line.after_monthly is not None
        today = _operating(terms, "today_monthly", line.today_monthly)
        after = _operating(terms, "after_monthly", line.after_monthly)
        return derive(np.subtract, today, after, name=f"value.{terms.id}", unit=unit, formula="cost today − cost after")
    volume = terms.quantity("volume_per_month", "unit/month")
    before = terms.money("cost_each", "/unit")
    share = terms.quantity("reduction_fraction", "fraction")
    if not terms.has("cost_after_each"):
        return product(volume, before, share, name=f"value.{terms.id}", unit=unit)
    return derive(
        lambda v, b, a, s: v * (b - a) * s, volume, before, terms.money("cost_after_each", "/unit"), share,
        name=f"value.{terms.id}", unit=unit, formula="volume × (cost today − cost after) × share handled",
    )  # fmt: skip


def _operating(terms: Terms, part: str, cost: OperatingCost) -> Figure:
    unit = f"{terms.market.currency}/month"
    parts = [terms.quantity("person_hours", "h/month", cost, (part,))]
    if cost.hourly_cost is not None:
        parts.append(terms.money("hourly_cost", "/h", cost, (part,)))
    if cost.purchases is not None:
        parts.append(terms.money("purchases", "/month", cost, (part,)))
    priced, bought = cost.hourly_cost is not None, cost.purchases is not None

    def add(hours: Array, *rest: Array) -> Array:
        work = hours * rest[0] if priced else np.zeros((1, 1))
        return np.asarray(work + (rest[-1] if bought else 0.0))

    formula = "person-hours × hourly cost + purchases"
    return derive(add, *parts, name=f"value.{terms.id}.{part}", unit=unit, formula=formula)


def problem(terms: Terms) -> Figure:
    """Value of problems solved a month at full adoption: number a year / 12 × value of each × share solved.

    *Source:* value formula of the mission, term "problems": number of problems a year × value of solving each.
    """
    line = terms.line
    assert isinstance(line, Problem)
    number = terms.quantity("number_per_year", "problem/year")
    each = terms.money("value_each", "/problem")
    unit, name = f"{terms.market.currency}/month", f"value.{terms.id}"
    if not terms.has("solved_fraction"):
        return derive(
            lambda n, v: n / MONTHS_PER_YEAR * v, number, each, name=name, unit=unit,
            formula="number a year / 12 × value of each",
        )  # fmt: skip
    share = terms.quantity("solved_fraction", "fraction")
    return derive(
        lambda n, v, s: n / MONTHS_PER_YEAR * v * s, number, each, share, name=name, unit=unit,
        formula="number a year / 12 × value of each × share solved",
    )  # fmt: skip


def revenue(terms: Terms, adoption: Figure) -> tuple[Figure, Figure]:
    """New or kept revenue by month as it is taken up, and a month of it at full adoption, both at margin.

    Customers won or kept stay: their number builds up month by month, and leaks by churn.
    Formulas, a_t adoption, c churn, n customers, p revenue of one:
    sum: a_t × monthly. Uplift: a_t × sales × uplift. Retention: n × p × (Π(1 − c·(1 − a_k·d)) − (1 − c)^t), d the
    part of churn that goes away. New customers: p × N_t with N_t = N_{t−1}·(1 − c) + a_t × customers won.
    *Source:* value formula of the mission, term "revenue"; survival of a cohort at constant monthly churn.
    """
    line = terms.line
    assert isinstance(line, RevenueLine)
    unit = f"{terms.market.currency}/month"
    inputs, by_month, formula = _revenue_form(terms, line)
    margin = [terms.quantity("margin_fraction", "fraction")] if line.margin_fraction is not None else []
    count = len(inputs)

    def money(a: Array, *values: Array) -> Array:
        out = by_month(a, *values[:count])
        return np.asarray(out * values[count] if margin else out)

    text = formula + (" × margin" if margin else "")
    taken_up = derive(money, adoption, *inputs, *margin, name=f"value.{terms.id}", unit=unit, formula=text)
    months = terms.market.months
    full = derive(
        lambda *values: money(np.ones((1, months)), *values)[:, -1:], *inputs, *margin,
        name=f"value.{terms.id}.at_full_adoption", unit=unit, formula=text + ", last month, all adopted from the start",
    )  # fmt: skip
    return taken_up, full


def _revenue_form(terms: Terms, line: RevenueLine) -> tuple[list[Figure], ByMonth, str]:
    if line.monthly is not None:
        return [terms.money("monthly", "/month")], lambda a, m: np.asarray(a * m), "adoption × sum a month"
    if line.monthly_revenue is not None:
        inputs = [terms.money("monthly_revenue", "/month"), terms.quantity("uplift_fraction", "fraction")]
        return inputs, lambda a, s, u: np.asarray(a * s * u), "adoption × sales × uplift"
    each = terms.money("monthly_revenue_each", "/customer-month")
    churn = terms.quantity("churn_per_month", "fraction/month")
    if line.customers is not None:
        kept = terms.quantity("churn_reduction_fraction", "fraction")
        inputs = [terms.quantity("customers", "customer"), each, churn, kept]
        return inputs, _retained, "customers × revenue of one × (share who stay − share who would have stayed)"
    inputs = [terms.quantity("customers_per_month", "customer/month"), each, churn]
    return inputs, _won, "customers won so far and still there × revenue of one"


def _retained(a: Array, n: Array, p: Array, c: Array, d: Array) -> Array:
    months = a.shape[1]
    after = np.cumprod(np.clip(1 - c * (1 - a * d), 0.0, 1.0), axis=1)
    before = (1 - c) ** np.arange(1, months + 1)[None, :]
    return np.asarray(n * p * (after - before))


def _won(a: Array, n: Array, p: Array, c: Array) -> Array:
    months = a.shape[1]
    age = np.arange(months)[None, :] - np.arange(months)[:, None]  # [won in, seen in]
    if c.size == 1:
        stay = np.where(age >= 0, (1 - float(c.item())) ** np.maximum(age, 0), 0.0)
        return np.asarray(n * p * (a @ stay))
    out: Array = np.zeros((max(len(a), len(c)), months))
    here: Array = np.zeros((len(out), 1))
    for t in range(months):
        here = here * (1 - c) + a[:, t : t + 1]
        out[:, t : t + 1] = here
    return np.asarray(n * p * out)
