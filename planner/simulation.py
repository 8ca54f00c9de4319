"""Many draws of a comparison's money, chunk by chunk: its figures are calculated again on new leaves.

A comparison remembers how each figure was made. Here the figures behind the worth of its full plans are put in
order once, and evaluated on fresh draws of their uncertain leaves; nothing else is kept. What was decided to buy
stands, and price paths are as in the comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.compare.worth import WAIT
from planner.comparison import Comparison
from planner.decide import Decision
from planner.errors import PlannerError
from planner.figure import Figure
from planner.ledger import PresentValue
from planner.uncertainty import Drawn, Draws

Array = NDArray[np.float64]
CHUNK = 4096  # draws at once: arrays of a chunk stay in the cache
WORKERS = 2
MOST = 10_000_000
_NEXT_CHUNK = 2**40  # distance of the seeds of two chunks


@dataclass(frozen=True)
class Simulation:
    """Worth of each full plan in each draw, larger is better: NPV where value ranks, else −present cost.

    options: ids, best first. values: [reporting currency], shape (draws, options).
    """

    options: tuple[str, ...]
    values: Array

    @property
    def probability_best(self) -> dict[str, float]:
        """Share of draws in which each option is best; ties are shared."""
        best = self.values == self.values.max(axis=1, keepdims=True)
        share = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        return dict(zip(self.options, share.tolist(), strict=True))

    @property
    def mean(self) -> dict[str, float]:
        """Expected worth of each option."""
        return dict(zip(self.options, self.values.mean(axis=0).tolist(), strict=True))


@dataclass(frozen=True)
class _Step:
    """One figure in the order of evaluation: its place, how it is made, of which places, which may be forgotten."""

    place: int
    function: Callable[..., ArrayLike]
    inputs: tuple[int, ...]
    last_used: tuple[int, ...]


@dataclass(frozen=True)
class _Programme:
    """The figures of several plans in order; constants are calculated already."""

    constants: dict[int, Array]
    drawn: dict[int, Drawn]
    steps: tuple[_Step, ...]
    results: tuple[int, ...]


def simulate(decision: Decision, draws: int = 1_000_000, *, seed: int | None = None) -> Simulation:
    """The worth of a decision's full plans over many draws.

    seed: default the comparison's; its first chunk repeats the draws that a comparison of 4,096 draws makes.
    Raises PlannerError for a number of draws outside 1..10,000,000, or when nothing is ranked.
    """
    if not 1 <= draws <= MOST or not decision.order:
        raise PlannerError("draws.range", n=draws)
    comparison = decision.comparison
    programme = _programme(comparison, [_worth(decision, name) for name in decision.order])
    start = comparison.draws.seed if seed is None else seed
    sign = 1.0 if decision.by_value else -1.0
    out = np.empty((draws, len(decision.order)))

    def run(k: int) -> None:
        first, last = k * CHUNK, min((k + 1) * CHUNK, draws)
        out[first:last] = sign * _evaluate(programme, Draws(last - first, start + k * _NEXT_CHUNK))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(run, range(-(-draws // CHUNK))))
    return Simulation(decision.order, out)


def _worth(decision: Decision, name: str) -> Figure:
    outcome = decision.comparison.outcomes[name]
    figure = outcome.appraisal.npv if decision.by_value and outcome.appraisal is not None else outcome.present_cost
    assert figure is not None
    return figure


def _programme(comparison: Comparison, figures: Sequence[Figure]) -> _Programme:
    """Figures and all beneath them in the order of evaluation, each calculation once."""
    place, order = _order(figures)
    constants: dict[int, Array] = {}
    drawn: dict[int, Drawn] = {}
    steps: list[tuple[int, Figure]] = []
    for i, node in enumerate(order):
        known = comparison.draws.drawn.get(node.name) if node.function is None else None
        if _is_certain(node):
            constants[i] = node.value
        elif known is not None:
            drawn[i] = known
        elif node.function is None:
            constants[i] = node.value
        else:
            steps.append((i, _fused(node)))
    results = tuple(place[id(figure)] for figure in figures)
    return _Programme(constants, drawn, _with_last_use(steps, place, constants, results), results)


def _order(figures: Sequence[Figure]) -> tuple[dict[int, int], list[Figure]]:
    """Place of each figure by identity, inputs first; figures that are the same calculation share a place."""
    place: dict[int, int] = {}
    order: list[Figure] = []
    alike: dict[tuple[object, ...], int] = {}
    stack: list[tuple[Figure, bool]] = [(figure, False) for figure in reversed(figures)]
    while stack:
        node, ready = stack.pop()
        if id(node) in place:
            continue
        if not (ready or _is_certain(node)):
            stack.append((node, True))
            stack.extend((child, False) for child in node.inputs if id(child) not in place)
            continue
        if node.formula == WAIT and not _is_certain(node):
            raise PlannerError("simulation.delay", name=node.name)
        key = _same(node, place) or (id(node),)
        if key not in alike:
            alike[key] = len(order)
            order.append(node)
        place[id(node)] = alike[key]
    return place, order


def _is_certain(node: Figure) -> bool:
    """Whether a figure is one for all draws: it is taken as it is."""
    return len(node.value) == 1


def _same(node: Figure, place: dict[int, int]) -> tuple[object, ...] | None:
    """What makes two figures one: a certain value, or a function and its inputs; None where a function carries values.

    Many options ask the same of an accelerator: its hours are then calculated once.
    """
    function = node.function
    if _is_certain(node):
        return ("certain", node.value.shape, node.value.tobytes())
    if function is None:
        return None
    plain = isinstance(function, np.ufunc | PresentValue)
    carried = (getattr(function, "__closure__", None), getattr(function, "__defaults__", None))
    if not plain and carried != (None, None):
        return None
    inputs = (place[id(child)] for child in node.inputs)
    return (function if plain else getattr(function, "__code__", function), *inputs)


def _fused(node: Figure) -> Figure:
    """A present value of quantity × price as present value of the quantity, × price: no bill by month is needed.

    Holds where the sum over months is linear and the price is one for all months.
    """
    if not (isinstance(node.function, PresentValue) and node.inputs[0].function is np.multiply):
        return node
    present, (quantity, price), rate = node.function, node.inputs[0].inputs, node.inputs[1]
    if price.value.shape[1] > 1:
        return node
    return replace(node, function=lambda q, p, r: present(q, r) * p, inputs=(quantity, price, rate))


def _with_last_use(
    steps: Sequence[tuple[int, Figure]], place: dict[int, int], constants: dict[int, Array], results: tuple[int, ...]
) -> tuple[_Step, ...]:
    """Steps that somebody reads, with the places that nobody reads after them."""
    needed = set(results)
    kept = []
    for i, node in reversed(steps):
        if i in needed:
            kept.append((i, node))
            needed |= {place[id(child)] for child in node.inputs}
    steps = kept[::-1]
    last: dict[int, int] = {}
    for at, (_, node) in enumerate(steps):
        for child in node.inputs:
            last[place[id(child)]] = at
    out = []
    for at, (i, node) in enumerate(steps):
        inputs = tuple(place[id(child)] for child in node.inputs)
        done = tuple({p for p in inputs if last[p] == at and p not in constants and p not in results})
        assert node.function is not None
        out.append(_Step(i, node.function, inputs, done))
    return tuple(out)


def _evaluate(programme: _Programme, draws: Draws) -> Array:
    """Results of the programme on fresh draws, shape (draws, results)."""
    values: dict[int, Array] = dict(programme.constants)
    for i, known in programme.drawn.items():
        values[i] = known.again(draws)
    for step in programme.steps:
        found = step.function(*(values[p] for p in step.inputs))
        values[step.place] = np.asarray(found, dtype=float)
        for p in step.last_used:
            del values[p]
    return np.hstack([np.broadcast_to(values[p], (draws.n, 1)) for p in programme.results])
