"""Figures that remember where they come from.

A leaf has a source and a date. An inner figure is made by ``derive``, which calls a plain function and keeps
it with its inputs; so the explanation of a number is the calculation itself, and ``replay`` repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """Where a leaf comes from.

    kind: price_row | reference_row | fx_row | scenario | measured_run | assumption.
    locator: ``file:line`` of the row, or the name of the assumption.
    as_of: date that the figure is true of (ISO, may be a year or a month).
    origin: the publication behind the row, or the reason of an assumption.
    """

    kind: str
    locator: str
    as_of: str
    origin: str = ""
    flag: str = ""


@dataclass(frozen=True, eq=False)
class Figure:
    """An immutable value of shape (draws | 1, months | 1) with its name, unit and origin."""

    name: str
    value: Array
    unit: str
    formula: str = ""
    inputs: tuple[Figure, ...] = ()
    source: Source | None = None
    function: Callable[..., ArrayLike] | None = field(default=None, repr=False)

    @property
    def mean(self) -> float:
        """Mean over draws and months."""
        return float(self.value.mean())


def _frozen(value: ArrayLike) -> Array:
    array = np.array(value, dtype=float, ndmin=2, copy=True)
    array.flags.writeable = False
    return array


def given(name: str, value: ArrayLike, unit: str, source: Source) -> Figure:
    """A leaf: a value with its source."""
    return Figure(name=name, value=_frozen(value), unit=unit, source=source)


def derive(function: Callable[..., ArrayLike], *inputs: Figure, name: str, unit: str, formula: str) -> Figure:
    """The figure that a plain function of other figures' values gives.

    >>> a = given("hours", 3, "h", Source("scenario", "s.yaml:1", "2026-01-01"))
    >>> b = given("price", 2, "USD/h", Source("price_row", "p.csv:2", "2026-01-01"))
    >>> derive(lambda h, p: h * p, a, b, name="cost", unit="USD", formula="hours × price").value.item()
    6.0
    """
    value = np.array(function(*(figure.value for figure in inputs)), dtype=float, ndmin=2, copy=None)
    value.flags.writeable = False  # the function's own result: no copy is needed to keep it
    return Figure(name, value, unit, formula, inputs, None, function)


def product(*inputs: Figure, name: str, unit: str) -> Figure:
    """The product of figures."""

    def multiply(*values: Array) -> Array:
        out = values[0]
        for value in values[1:]:
            out = out * value
        return out

    return derive(multiply, *inputs, name=name, unit=unit, formula=" × ".join(f.name for f in inputs))


def total(*inputs: Figure, name: str, unit: str) -> Figure:
    """The sum of figures."""

    def add(*values: Array) -> Array:
        out = values[0]
        for value in values[1:]:
            out = out + value
        return out

    return derive(add, *inputs, name=name, unit=unit, formula=" + ".join(f.name for f in inputs))


def leaves(figure: Figure) -> Iterator[Figure]:
    """The leaves under a figure, each once."""
    seen: set[int] = set()
    stack = [figure]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.function is None:
            yield node
        stack.extend(reversed(node.inputs))


def replay(figure: Figure) -> Array:
    """The figure's value, calculated again from its leaves."""
    done: dict[int, Array] = {}

    def visit(node: Figure) -> Array:
        if id(node) not in done:
            if node.function is None:
                done[id(node)] = node.value
            else:
                done[id(node)] = _frozen(node.function(*(visit(child) for child in node.inputs)))
        return done[id(node)]

    return visit(figure)


@dataclass(frozen=True)
class Explanation:
    """A figure as a tree for reading."""

    figure: Figure
    children: tuple[Explanation, ...]
    cut: bool = False


def explain(figure: Figure, depth: int = 12) -> Explanation:
    """The tree of a figure down to its sources, or to a depth."""
    if depth <= 0:
        return Explanation(figure, (), cut=bool(figure.inputs))
    return Explanation(figure, tuple(explain(child, depth - 1) for child in figure.inputs))
