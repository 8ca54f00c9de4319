"""The nouns of a comparison: what became of each option, and all of them together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.appraisal import Appraisal, Cash, Margin
from planner.benefits import Benefit
from planner.demand import Hours, Priced, Rate, Work
from planner.errors import Message
from planner.figure import Figure
from planner.ledger import Ledger
from planner.prices import PriceBook
from planner.scenario import Scenario
from planner.scenario_io import Loaded
from planner.supply.production import Production
from planner.uncertainty import Draws

Array = NDArray[np.float64]
Status = Literal["priced", "not_priced", "infeasible", "partial"]


@dataclass(frozen=True)
class Place:
    """Who does which share of a workload's work over the horizon."""

    workload: str
    served_by: str
    share: float


@dataclass(frozen=True)
class Arrival:
    """When the first result arrives, in months from the start of the horizon, each of shape (draws | 1, 1).

    ready: what delivers it is there (hardware, award). start: the run begins. end: its result is there;
    NaN in a draw in which nobody does the work.
    """

    ready: Array
    start: Array
    end: Array

    def or_later(self, other: Arrival, *, never: bool) -> Arrival:
        """In each draw the later of two. never: whether a missing end counts as the later one, or is passed over."""
        missing = np.isnan(other.end)
        takes = (missing if never else np.isnan(self.end)) | (other.end > self.end)
        return Arrival(
            np.where(takes, other.ready, self.ready),
            np.where(takes, other.start, self.start),
            np.where(takes, other.end, self.end),
        )


@dataclass(frozen=True)
class Outcome:
    """One option, priced or refused with its reasons.

    delay: months by which it brings production later, shape (draws | 1, 1). benefits: the value's lines under that
    delay. appraisal: None without lines of value. cash, margin: None without a ledger.
    """

    id: str
    kind: str
    label: str
    status: Status
    reasons: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    ledger: Ledger | None = None
    present_cost: Figure | None = None
    placement: tuple[Place, ...] = ()
    hours: dict[str, Hours] = field(default_factory=dict)
    priced: Priced | None = None
    feasible_probability: float | None = None
    arrivals: dict[str, Arrival] = field(default_factory=dict)
    break_even_utilization: Array | None = None
    break_even_work: Array | None = None
    break_even_against: str | None = None
    energy_kwh: Array | None = None
    emissions_kg: Array | None = None
    delay: Figure | None = None
    benefits: tuple[Benefit, ...] = ()
    appraisal: Appraisal | None = None
    cash: Cash | None = None
    margin: Margin | None = None

    @property
    def ranked(self) -> bool:
        """A full plan that can be ranked."""
        return self.status == "priced"

    @property
    def times_to_result(self) -> dict[str, Array]:
        """Months until the first result, by training or experiments workload."""
        return {name: arrival.end for name, arrival in self.arrivals.items()}

    @property
    def slowest_arrival(self) -> Arrival | None:
        """The arrival of the last first result, draw by draw; None without training or experiments."""
        slowest: Arrival | None = None
        for arrival in self.arrivals.values():
            slowest = arrival if slowest is None else slowest.or_later(arrival, never=True)
        return slowest

    @property
    def time_to_result_months(self) -> Array | None:
        """Months until every training or experiments workload has its first result, shape (draws | 1, 1)."""
        slowest = self.slowest_arrival
        return None if slowest is None else slowest.end


@dataclass(frozen=True)
class Comparison:
    """All options of a scenario over the same draws."""

    loaded: Loaded
    book: PriceBook
    draws: Draws
    as_of: dt.date
    works: dict[str, Work]
    reference_accelerator: str | None
    reference_hours: dict[str, Figure]
    outcomes: dict[str, Outcome]
    discount_rate: Figure
    warnings: tuple[Message, ...]
    rates: dict[tuple[str, str], Rate] = field(default_factory=dict)
    production: Production | None = None
    sizes: dict[tuple[str, ...], int] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        """The question."""
        return self.loaded.scenario

    @property
    def has_value(self) -> bool:
        """Whether the scenario says what the project brings."""
        return self.scenario.value is not None and self.scenario.value.has_benefits

    @property
    def benefits(self) -> tuple[Benefit, ...]:
        """The lines of value, as the first full plan brings them; none without value."""
        return next((o.benefits for o in self.outcomes.values() if o.benefits), ())

    @property
    def baseline(self) -> Outcome:
        """The option that others are measured against."""
        return self.outcomes[self.scenario.baseline_id]

    def ranked(self) -> list[Outcome]:
        """Full plans, cheapest expected present cost first."""
        found = [outcome for outcome in self.outcomes.values() if outcome.ranked]
        return sorted(found, key=lambda outcome: outcome.present_cost.mean if outcome.present_cost else 0.0)
