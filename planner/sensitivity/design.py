"""Designed runs: the same scenario with chosen inputs set row by row, all others at their central values.

What was decided to buy stands: hardware is sized before anybody knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.compare import compare
from planner.comparison import Comparison
from planner.decide import Decision, loss_of
from planner.scenario_io import Loaded, with_value
from planner.uncertainty import Draws

Array = NDArray[np.float64]
PARTS = ("base", "burst")


@dataclass(frozen=True)
class Study:
    """A decision under doubt: its options of interest, and how to run them again.

    options: ids, best first. loaded: the scenario cut down to what these options need.
    """

    decision: Decision
    options: tuple[str, ...]
    loaded: Loaded

    @property
    def comparison(self) -> Comparison:
        """The comparison behind the decision."""
        return self.decision.comparison

    def values(self, columns: Mapping[str, Array], rows: int) -> Array:
        """What ranks each option in each row, larger is better (NPV, or −present cost); last, the worth of the first.

        columns: by input name, each of shape (rows, 1). Shape (rows, options + 1); NaN where an option has no price.
        """
        base = self.comparison
        draws = Draws(rows, base.draws.seed, settled=dict(columns))
        found = compare(self.loaded, book=base.book, draws=draws, as_of=base.as_of, sizes=base.sizes)
        out = np.full((rows, len(self.options) + 1), np.nan)
        wanted = [(name, self.decision.by_value) for name in self.options]
        for j, (name, by_value) in enumerate([*wanted, (self.options[0], base.has_value)]):
            outcome = found.outcomes[name]
            if outcome.present_cost is not None and (outcome.appraisal is not None or not by_value):
                out[:, j] = -np.broadcast_to(loss_of(outcome, by_value=by_value), (rows, 1))[:, 0]
        return out

    def lead(self, values: Array) -> Array:
        """Lead of the first option over the second, or its own where it stands alone, shape (rows,)."""
        return values[:, 0] - values[:, 1] if len(self.options) > 1 else values[:, 0]


def study(decision: Decision, options: Sequence[str]) -> Study:
    """A study of some options of a decision."""
    return Study(decision, tuple(options), cut_down(decision.comparison, options))


def cut_down(comparison: Comparison, options: Sequence[str]) -> Loaded:
    """The scenario with only the options that some of them need: their parts, their else chains, the baseline."""
    scenario = comparison.scenario
    keep: dict[str, None] = {}
    waiting = [*options, scenario.baseline_id]
    while waiting:
        name = waiting.pop()
        if name in keep or name == "none":
            continue
        keep[name] = None
        option = scenario.options[name]
        waiting += [part for key in PARTS if (part := getattr(option, key, None))]
        waiting += [phase.option for phase in getattr(option, "phases", [])]
        if option.otherwise is not None:
            waiting.append(option.otherwise)
    data = comparison.loaded.document.data["options"]
    kept = {name: value for name, value in data.items() if name in keep}
    smaller = comparison.loaded if len(kept) == len(data) else with_value(comparison.loaded, ("options",), kept)
    if "baseline" not in comparison.loaded.document.data and next(iter(kept)) != scenario.baseline_id:
        smaller = with_value(smaller, ("baseline",), scenario.baseline_id)
    return smaller
