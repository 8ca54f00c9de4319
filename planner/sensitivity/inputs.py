"""The uncertain inputs of a comparison: the leaves of its figures that were drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.comparison import Comparison, Outcome
from planner.figure import Figure, Source, leaves
from planner.supply.production import LUCK
from planner.uncertainty import Drawn

Array = NDArray[np.float64]
CHANCE = "number from 0 to 1"


@dataclass(frozen=True)
class Input:
    """One input by the name under which it is drawn.

    column: draws, shape (n | 1, 1). unit, source: those of its leaf. central: its value in a plan; NaN for luck.
    """

    name: str
    column: Array
    unit: str
    source: Source | None
    central: float

    @property
    def is_uncertain(self) -> bool:
        """Whether it moves from draw to draw."""
        return bool(self.column.min() < self.column.max())

    @property
    def is_luck(self) -> bool:
        """A uniform number that decides yes or no."""
        return self.name == LUCK or self.unit == CHANCE

    def quantile(self, share: float | Array) -> Array:
        """Value under which a share of its draws lies."""
        return np.asarray(np.quantile(self.column, share))


def inputs_of(comparison: Comparison, outcomes: Iterable[Outcome]) -> list[Input]:
    """Inputs behind the money of some options, by name: those that were drawn, and certain ones that a file states."""
    found: dict[str, Figure] = {}
    seen: set[int] = set()
    for outcome in outcomes:
        figure = outcome.appraisal.npv if outcome.appraisal is not None else outcome.present_cost
        if figure is None:
            continue
        for leaf in leaves(figure):
            if id(leaf) not in seen and leaf.name in comparison.draws.drawn:
                seen.add(id(leaf))
                found.setdefault(leaf.name, leaf)
    return [_input(comparison.draws.drawn[name], found[name]) for name in sorted(found)]


def _input(drawn: Drawn, leaf: Figure) -> Input:
    if leaf.unit == CHANCE or drawn.name == LUCK:
        central = math.nan  # a chance is a weight where nobody looks at its luck
    elif drawn.estimate is not None:
        central = float(drawn.estimate.central)
    else:
        central = float(np.median(drawn.column))
    return Input(drawn.name, drawn.column, leaf.unit, leaf.source, central)


def rented_from(outcomes: Iterable[Outcome]) -> list[str]:
    """Providers whose prices can be moved: those of rented machines and tokens in these options' bills."""
    out: dict[str, None] = {}
    for outcome in outcomes:
        for line in outcome.ledger.lines if outcome.ledger else ():
            rented = line.cost_type in ("compute", "tokens") and line.charge_category in ("usage", "purchase")
            if rented and line.provider not in (None, "own") and line.pricing_category != "other":
                out[str(line.provider)] = None
    return list(out)
