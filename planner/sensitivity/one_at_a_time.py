"""One input at a time: the tornado, and the values that would change the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.quantities import BOUNDS
from planner.sensitivity.design import Study
from planner.sensitivity.inputs import Input

Array = NDArray[np.float64]
LOW, HIGH = 0.1, 0.9
ALMOST_ALL = 0.95  # a share that is not the whole stops there: nothing runs at a loss of all
GRID = 9  # values tried for each input in a round
ROUNDS = 3
FAR = 4.0  # standard deviations beyond which nobody looks
FACTOR = 10.0  # an input is looked at between a tenth and ten times its value


@dataclass(frozen=True)
class Swing:
    """A bar of the tornado: what counts when one input is at its p10 and at its p90, all others central."""

    input: Input
    low_at: float
    high_at: float
    low: float
    high: float

    @property
    def swing(self) -> float:
        """Length of the bar [currency]."""
        return abs(self.high - self.low)


@dataclass(frozen=True)
class Change:
    """A value of one input at which the verdict turns.

    then: id of the option that leads beyond it, or "pays" | "does_not_pay".
    """

    input: Input
    value: float
    then: str


def tornado(
    study: Study, inputs: Sequence[Input], ends: Sequence[tuple[float, float]]
) -> tuple[list[Swing], list[Swing]]:
    """Bars for the lead of the first option over the second (its own worth where it stands alone), and for its worth.

    ends: p10 and p90 of each input. Longest bar first; inputs that move nothing are left out.
    """
    if not inputs:
        return [], []
    values = _tried(study, inputs, [list(pair) for pair in ends])
    out = []
    for counted in (study.lead(values), values[:, -1]):
        bars = [
            Swing(one, low_at, high_at, float(counted[2 * i]), float(counted[2 * i + 1]))
            for i, (one, (low_at, high_at)) in enumerate(zip(inputs, ends, strict=True))
        ]
        moving = [bar for bar in bars if np.isfinite(bar.swing) and bar.swing > 0]
        out.append(sorted(moving, key=lambda bar: -bar.swing))
    return out[0], out[1]


@dataclass(frozen=True)
class _Bracket:
    """Two values of an input between which what counts changes sign. question: 0 the lead, 1 the worth."""

    question: int
    input: Input
    low: float
    high: float


def changes(study: Study, inputs: Sequence[Input], means: Sequence[float | None]) -> list[Change]:
    """Where each input alone would turn the sign of the lead, then of the worth, nearest (in its spreads) first.

    means: expected lead and worth over all draws; None for what is not asked. The plan's curve is shifted to them, so
    that a value is asked to overturn the expectation, not the plan. An input is looked at between a tenth and ten
    times its value, inside what its unit allows.
    """
    tried = [one for one in inputs if not one.is_luck and _range(one)[0] < _range(one)[1]]
    if not tried:
        return []
    here = study.values({}, 1)
    shifts = [
        0.0 if m is None else m - float(c[0]) for m, c in zip(means, (study.lead(here), here[:, -1]), strict=True)
    ]
    grids: list[list[float]] = [_grid(*_range(one), one.central) for one in tried]
    asked = [question for question, mean in enumerate(means) if mean is not None]
    first = _tried(study, tried, grids)
    brackets = [
        _Bracket(question, one, *pair)
        for question in asked
        for one, pair in _flips(study, question, tried, grids, first, shifts, means)
    ]
    for _ in range(ROUNDS - 1):
        narrowed = []
        finer = [np.linspace(one.low, one.high, GRID).tolist() for one in brackets]
        values = _tried(study, [one.input for one in brackets], finer) if brackets else np.zeros((0, 2))
        for i, one in enumerate(brackets):
            part = values[i * GRID : (i + 1) * GRID]
            found = _flips(study, one.question, [one.input], [finer[i]], part, shifts, means)
            narrowed += [_Bracket(one.question, one.input, *pair) for _, pair in found]
        brackets = narrowed
    turned = [Change(one.input, (one.low + one.high) / 2, _then(one.question, study, means)) for one in brackets]
    places = [one.question for one in brackets]
    return [turned[i] for i in sorted(range(len(turned)), key=lambda i: (places[i], _distance(turned[i])))]


def _flips(
    study: Study,
    question: int, inputs: Sequence[Input], grids: Sequence[Sequence[float]], values: Array, shifts: Sequence[float],
    means: Sequence[float | None],
) -> list[tuple[Input, tuple[float, float]]]:  # fmt: skip
    """The step of each input's grid in which what counts changes sign, where there is one."""
    counted = (study.lead(values) if question == 0 else values[:, -1]) + shifts[question]
    out, at = [], 0
    for one, grid in zip(inputs, grids, strict=True):
        pair = _nearest_flip(np.array(grid), counted[at : at + len(grid)], one.central, means[question] or 0.0)
        at += len(grid)
        if pair is not None:
            out.append((one, pair))
    return out


def _then(question: int, study: Study, means: Sequence[float | None]) -> str:
    """What is true beyond a turning point."""
    if question == 0:
        return study.options[1]
    return "does_not_pay" if (means[1] or 0.0) > 0 else "pays"


def _distance(change: Change) -> float:
    """How far an input must go: in spreads of its draws, else in factors."""
    one = change.input
    low, high = one.quantile(LOW), one.quantile(HIGH)
    if high > low:
        return float(abs(change.value - one.central) / (high - low))
    return float(10 * abs(np.log(max(change.value, 1e-12) / max(one.central, 1e-12))))


def _tried(study: Study, inputs: Sequence[Input], grids: Sequence[Sequence[float]]) -> Array:
    """What `Study.values` says in the rows of all inputs, one after another, shape (rows, options + 1).

    An input at its utmost may make an option impossible in all rows of a run: then inputs are tried in smaller groups,
    so that only its own rows stay without an answer.
    """
    columns, rows = _rows(inputs, grids)
    values = study.values(columns, rows)
    if len(inputs) == 1 or np.isfinite(values).any(axis=0).all():
        return values
    half = len(inputs) // 2
    return np.concatenate([_tried(study, inputs[:half], grids[:half]), _tried(study, inputs[half:], grids[half:])])


def _rows(inputs: Sequence[Input], grids: Sequence[Sequence[float]]) -> tuple[dict[str, Array], int]:
    """Columns in which each input takes its own values in turn, and is central in the rows of the others.

    An input may come twice: it is asked two questions.
    """
    total = sum(len(grid) for grid in grids)
    columns: dict[str, Array] = {}
    at = 0
    for one, grid in zip(inputs, grids, strict=True):
        column = columns.setdefault(one.name, np.full((total, 1), one.central))
        column[at : at + len(grid), 0] = grid
        at += len(grid)
    return columns, total


def _range(one: Input) -> tuple[float, float]:
    """Values that an input may be looked at."""
    if one.unit == "standard deviation":
        return -FAR, FAR
    low, high = BOUNDS.get(one.unit, (0.0, np.inf))
    if one.unit == "fraction":
        low, high = 0.0, ALMOST_ALL if one.central < ALMOST_ALL else 1.0
    if one.central > 0:
        low, high = max(low, one.central / FACTOR), min(high, one.central * FACTOR)
    else:
        spread = float(one.column.max() - one.column.min())
        low, high = one.central - FACTOR * spread, one.central + FACTOR * spread
    return low, high


def _grid(low: float, high: float, central: float) -> list[float]:
    """Values between two ends, even in factors where they are positive; the central one among them."""
    spaced = np.geomspace(low, high, GRID) if low > 0 else np.linspace(low, high, GRID)
    return sorted({*spaced.tolist(), central})


def _nearest_flip(grid: Array, values: Array, central: float, mean: float) -> tuple[float, float] | None:
    """The step of a grid nearest to the central value in which the sign of what counts turns away from the mean's."""
    good = np.sign(values) == np.sign(mean)
    best: tuple[float, float] | None = None
    for i in range(len(grid) - 1):
        if good[i] != good[i + 1] and np.isfinite(values[i : i + 2]).all():
            pair = (float(grid[i]), float(grid[i + 1]))
            if best is None or _gap(pair, central) < _gap(best, central):
                best = pair
    return best


def _gap(pair: tuple[float, float], central: float) -> float:
    return 0.0 if pair[0] <= central <= pair[1] else min(abs(pair[0] - central), abs(pair[1] - central))
