"""The production gate: when production begins, whether it does, and how fast it is taken up (MODEL §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.demand import Work
from planner.figure import Figure, Source, derive, given, total
from planner.quantities import extremes
from planner.reference import Assumption, Reference
from planner.scenario import Scenario
from planner.scenario.value import Value
from planner.uncertainty import Draws, Estimate

Array = NDArray[np.float64]
LUCK = "value.production_outcome"
STRESS_DELAY = "stress.delay"
DATA_WAIT = "value.readiness.months_to_data"
MONTHS = "value.months_to_production"
DELAY = ".delay"  # how the name of an option's wait ends


@dataclass(frozen=True)
class Production:
    """One gate for all options: shared by draws, weighted by its probability in a plan.

    probability: [fraction]. months: from the horizon's start to production [month]. ramp: months to full adoption.
    opens: 1 where production begins, 0 where it does not; the probability itself where chances are weights.
    All of shape (draws | 1, 1). possible: whether the stated probability is above zero anywhere.
    """

    probability: Figure
    months: Figure
    ramp: Figure
    opens: Figure
    possible: bool = True

    @property
    def may_open(self) -> bool:
        """Whether any draw could reach production."""
        return bool(self.probability.value.max() > 0 or self.possible)

    @property
    def is_weight(self) -> bool:
        """Whether `opens` is a weight between 0 and 1 rather than an outcome."""
        return bool(np.any((self.opens.value > 0) & (self.opens.value < 1)))


def production_of(
    scenario: Scenario, reference: Reference, draws: Draws, source: Callable[[tuple[str | int, ...]], Source]
) -> Production | None:
    """The gate of a scenario with value; None without: work then begins when it says."""
    value = scenario.value
    if value is None:
        return None

    def term(field: str, assumption: str, unit: str) -> Figure:
        estimate: Estimate | None = getattr(value, field)
        name = f"value.{field}"
        if estimate is not None:
            return given(name, draws.column(name, estimate), unit, source(("value", field)))
        found = reference.assumption(assumption)
        return given(name, draws.column(name, found.estimate), unit, found.source)

    probability = term("probability_of_production", "probability_of_production", "fraction")
    months = term("months_to_production", "months_to_production", "month")
    ramp = term("ramp_months", "benefit_ramp_months", "month")
    waits = [one for one in (_data_wait(value, reference, draws, source), _stress(draws, scenario)) if one is not None]
    if waits:
        months = total(months, *waits, name=f"{MONTHS} with waits", unit="month")
    luck = draws.luck(LUCK)
    if luck is None:
        opens = derive(
            lambda p: p, probability, name="value.production", unit="fraction",
            formula="probability of production: the plan weighs by it",
        )  # fmt: skip
    else:
        why = "a draw reaches production when its number is under the probability"
        number = given(LUCK, luck, "number from 0 to 1", Source("assumption", "definition", "2026", why))
        opens = derive(
            lambda p, u: np.where(np.isnan(u), p, u < p), probability, number, name="value.production", unit="",
            formula="1 when the draw's number is under the probability of production, else 0",
        )  # fmt: skip
    stated = value.probability_of_production
    return Production(probability, months, ramp, opens, stated is None or extremes(stated)[1] > 0)


def _data_wait(
    value: Value, reference: Reference, draws: Draws, source: Callable[[tuple[str | int, ...]], Source]
) -> Figure | None:
    """Months until there is enough data, when there is not."""
    ready = value.readiness
    if ready is None or ready.data_available in (None, "yes"):
        return None
    name = DATA_WAIT
    if ready.months_to_data is not None:
        place = ("value", "readiness", "months_to_data")
        return given(name, draws.column(name, ready.months_to_data), "month", source(place))
    found: Assumption = reference.assumption(f"months_to_data.{ready.data_available}")
    return given(name, draws.column(name, found.estimate), "month", found.source)


def _stress(draws: Draws, scenario: Scenario) -> Figure | None:
    """Months of delay that are set from outside."""
    column = draws.factor(STRESS_DELAY)
    if column is None:
        return None
    return given(STRESS_DELAY, column, "month", Source("assumption", "stress", "2026", "delay of the stressed case"))


def waits(production: Production) -> list[Figure]:
    """Months spent waiting for data or first results, inside the months to production, each of shape (draws | 1, 1)."""
    found = []
    for one in production.months.inputs:
        if one.name == DATA_WAIT or one.name.endswith(DELAY):
            found.append(one)
        elif one.name.startswith(MONTHS):
            found += waits(replace(production, months=one))
    return found


def delayed(production: Production, delay: Figure) -> Production:
    """The same gate later, by the wait for an option's first results [month]."""
    months = total(production.months, delay, name=f"{MONTHS} with {delay.name}", unit="month")
    return replace(production, months=months)


def begun(months_to_production: Array, horizon: int) -> Array:
    """Share of each month that lies after the start of production, shape (draws | 1, horizon)."""
    return np.asarray(np.clip(np.arange(horizon)[None, :] + 1 - months_to_production, 0.0, 1.0))


def adoption(months_to_production: Array, ramp: Array, horizon: int) -> Array:
    """Mean adoption in each month: 0 before production, then linear to 1 over the ramp, shape (draws | 1, horizon).

    The month's mean is exact: the integral of clip(x / ramp, 0, 1) over the month, x months since production.

    >>> adoption(np.array([[1.0]]), np.array([[2.0]]), 4)
    array([[0.  , 0.25, 0.75, 1.  ]])
    """

    def area(x: Array) -> Array:
        x = np.maximum(x, 0.0)
        inside = np.minimum(x, ramp)
        rising = np.divide(inside**2, 2 * ramp, out=np.zeros(np.broadcast_shapes(x.shape, ramp.shape)), where=ramp > 0)
        return np.asarray(rising + np.maximum(x - ramp, 0.0))

    since = np.arange(horizon)[None, :] - months_to_production
    return area(since + 1) - area(since)


def gated(works: Mapping[str, Work], production: Production | None, opens: Figure | None = None) -> dict[str, Work]:
    """The work as it comes: that of production starts with production, where the gate opens."""
    if production is None:
        return dict(works)
    gate = production.opens if opens is None else opens
    out = {}
    for name, work in works.items():
        if not work.workload.is_production:
            out[name] = work
            continue
        amount = derive(
            lambda w, m, o: w * begun(m, w.shape[1]) * o, work.amount, production.months, gate, name=work.amount.name,
            unit=work.amount.unit, formula="work × months since production began × production (1 or 0)",
        )  # fmt: skip
        out[name] = Work(work.workload, work.index, work.unit, amount)
    return out


def running(
    works: Mapping[str, Work], production: Production | None, opens: Figure | None, months: int
) -> Figure | None:
    """1 while the project goes on: until the gate, and after it where it opens or other work remains.

    Shape (draws | 1, months); None where nothing ever stops.
    """
    if production is None or not any(work.workload.is_production for work in works.values()):
        return None
    gate = production.opens if opens is None else opens
    other = np.zeros(months, dtype=bool)
    for work in works.values():
        if not work.workload.is_production:
            other |= (work.amount.value > 0).any(axis=0)
    remains = np.flip(np.logical_or.accumulate(np.flip(other)))[None, :]
    t = np.arange(months)[None, :]
    found = derive(
        lambda o, m: ((o > 0) | (t < np.ceil(m)) | remains).astype(float), gate, production.months,
        name="value.project_running", unit="month",
        formula="1 until the gate, after it where it opens or other work remains",
    )  # fmt: skip
    return None if found.value.all() else found
