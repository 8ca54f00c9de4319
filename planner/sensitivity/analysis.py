"""The whole doubt of a decision in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.compare.markets import market_of
from planner.decide import Decision, is_strategic, losses
from planner.figure import Source
from planner.reference import Reference
from planner.sensitivity.design import Study, study
from planner.sensitivity.information import evpi
from planner.sensitivity.inputs import Input, inputs_of, rented_from
from planner.sensitivity.measure import Measurement, Worth, plan_measurements
from planner.sensitivity.one_at_a_time import HIGH, LOW, Change, Swing, changes, tornado
from planner.sensitivity.regions import Switch, WinMap, switches, win_map
from planner.sensitivity.variance import SAMPLES, Shares, sobol_indices
from planner.uncertainty import Draws, Pert
from planner.workload.work import STRESS_DEMAND

Array = NDArray[np.float64]
SAME = 1e-9  # plans whose worth differs by less are one plan
MOST_IN_SOBOL = 8  # inputs with the longest bars; the others stay central


@dataclass(frozen=True)
class Sensitivity:
    """Doubt about a decision [reporting currency].

    pair: the two best, the second None where there is only one full plan. tornado: lead of the first over the second
    (its own worth where it stands alone). worth: the same for the worth of the best plan, where value is known.
    sobol: of the lead. would_change: values that turn the ranking, then those that turn the verdict on value.
    evpi: of choosing among the full plans; evpi_with_none: "do not do it" among the choices (value known).
    monte_carlo_error: standard error of the mean lead; worth_error: of the mean worth of the best plan. plan_lead,
    plan_worth: both with every input central, which the bars start from.
    """

    decision: Decision
    pair: tuple[str, str | None]
    tornado: tuple[Swing, ...]
    worth: tuple[Swing, ...]
    sobol: dict[str, Shares]
    would_change: tuple[Change, ...]
    evpi: float
    evpi_with_none: float | None
    evppi: tuple[Worth, ...]
    measure_next: tuple[Measurement, ...]
    monte_carlo_error: float
    worth_error: float
    plan_lead: float
    plan_worth: float
    win_map: WinMap | None = None
    switches: tuple[Switch, ...] = field(default=())

    @property
    def recommended(self) -> Measurement | None:
        """The measurement to make next; None when none is worth its cost and delay."""
        return self.measure_next[0] if self.measure_next and self.measure_next[0].net > 0 else None


def sensitivity(decision: Decision, *, with_map: bool = True) -> Sensitivity | None:
    """The doubt about a decision; None when no option is a full plan.

    with_map: also the map of winners and the best switch months, which take as long as the rest.
    """
    if decision.best is None:
        return None
    comparison = decision.comparison
    ranked = [comparison.outcomes[name] for name in decision.order]
    values = -losses(ranked, by_value=decision.by_value)
    rival = _rival(values)
    in_pair = [ranked[0]] if rival is None else [ranked[0], ranked[rival]]
    pair = (ranked[0].id, None if rival is None else ranked[rival].id)
    inputs = inputs_of(comparison, in_pair)
    uncertain = [one for one in inputs if one.is_uncertain]
    levels = _levels(Reference(comparison.book.folder), rented_from(in_pair))
    case = study(decision, [one.id for one in in_pair])
    moved = [*uncertain, *(one for one, _ in levels)]
    ends = [_ends(one) for one in uncertain] + [pair_ for _, pair_ in levels]
    bars, worth_bars = tornado(case, moved, ends)
    plan = case.values({}, 1)
    lead = values[:, 0] if rival is None else values[:, 0] - values[:, rival]
    has_value = comparison.has_value
    worth = -losses(ranked, by_value=has_value)
    own = worth[:, 0]
    may_stop = has_value and not is_strategic(comparison)  # a declared exception is done in any case
    choices = np.hstack([worth, np.zeros((len(worth), 1))]) if may_stop else values
    market = market_of(
        comparison.loaded, comparison.book, Reference(comparison.book.folder), Draws(1), comparison.as_of, None
    )
    worths, measurements = plan_measurements(decision, choices, inputs_of(comparison, ranked), market)
    means = (float(lead.mean()) if rival is not None else None, float(own.mean()) if has_value else None)
    flips = changes(case, [*inputs, *(one for one, _ in levels)], means)
    whole = study(decision, decision.order) if with_map else None
    return Sensitivity(
        decision, pair, tuple(bars), tuple(worth_bars if has_value else ()), _sobol(case, bars), tuple(flips),
        evpi(values), evpi(choices) if may_stop else None, tuple(worths), tuple(measurements), _error(lead),
        _error(own), float(case.lead(plan)[0]), float(plan[0, -1]),
        win_map(whole) if whole is not None else None, tuple(switches(decision)) if with_map else (),
    )  # fmt: skip


def _rival(values: Array) -> int | None:
    """The best other option that is not the same plan under another name; None where there is none."""
    for j in range(1, values.shape[1]):
        if np.abs(values[:, j] - values[:, 0]).max() > SAME * max(np.abs(values[:, 0]).max(), 1.0):
            return j
    return None


def _ends(one: Input) -> tuple[float, float]:
    return float(one.quantile(LOW)), float(one.quantile(HIGH))


def _levels(reference: Reference, providers: Sequence[str]) -> list[tuple[Input, tuple[float, float]]]:
    """Levels of rented prices by provider: not drawn, but moved over an assumed range; and of all demand."""
    found = reference.assumption("price_level")
    assert isinstance(found.estimate, Pert)
    ends = (found.estimate.low, found.estimate.high)
    out = []
    for provider in providers:
        column = np.ones((1, 1))
        out.append((Input(f"price_level.{provider}", column, "ratio", found.source, 1.0), ends))
    why = Source("assumption", "definition", found.source.as_of, "all work × this")
    return [*out, (Input(STRESS_DEMAND, np.ones((1, 1)), "ratio", why, 1.0), ends)]


def _sobol(case: Study, bars: Sequence[Swing]) -> dict[str, Shares]:
    """Indices of the lead for the uncertain inputs with the longest bars."""
    chosen = [bar.input for bar in bars if bar.input.is_uncertain][:MOST_IN_SOBOL]

    def model(rows: Array) -> Array:
        columns = {one.name: one.quantile(rows[:, i]).reshape(-1, 1) for i, one in enumerate(chosen)}
        return case.lead(case.values(columns, len(rows)))

    return sobol_indices(model, [one.name for one in chosen], seed=case.comparison.draws.seed, samples=SAMPLES)


def _error(column: Array) -> float:
    """Standard error of a mean over draws."""
    return float(column.std(ddof=1) / np.sqrt(column.size)) if column.size > 1 else 0.0
