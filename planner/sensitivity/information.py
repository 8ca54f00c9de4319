"""What information is worth: EVPI, EVPPI by cross-fitted regression, EVSI of a real measurement (MODEL §4)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FOLDS = 5
FEW = 12  # so many distinct values are groups, not a curve
KNOTS = (0.1, 0.35, 0.65, 0.9)  # quantiles at which a curve may bend
SCORES_AT = 4096  # grid of the table of normal scores


def evpi(values: Array) -> float:
    """Expected value of perfect information: E[best in each draw] − best of the means [money].

    values: what each choice is worth in each draw, larger is better, shape (draws, choices).
    *Source:* H. Raiffa, R. Schlaifer, Applied Statistical Decision Theory, 1961.

    >>> evpi(np.array([[0.0, 10.0], [10.0, 0.0]]))
    5.0
    """
    return max(0.0, float(values.max(axis=1).mean() - values.mean(axis=0).max()))


def evppi(values: Array, inputs: Sequence[Array]) -> float:
    """Expected value of knowing some inputs perfectly [money], never below zero.

    values: shape (draws, choices), larger is better. inputs: columns of shape (draws, 1), a group when several.
    Each fold's choice is made by curves fitted on the other folds, and is worth what its own draws say: a useless
    input then earns nothing by luck.
    *Source:* M. Strong, J. Oakley, A. Brennan, 2014, Medical Decision Making 34(3), regression on the inputs;
    cross-fitting after V. Chernozhukov et al., 2018, Econometrics Journal 21(1).
    """
    n = len(values)
    if n < 10 * FOLDS or values.shape[1] < 2:
        return 0.0
    basis = _basis([np.broadcast_to(one, (n, 1)).ravel() for one in inputs])
    fold = np.arange(n) % FOLDS
    gained = np.empty(n)
    # Only differences matter: the mean of a choice is learnt too, so that a constant shift changes nothing.
    for k in range(FOLDS):
        out, rest = fold == k, fold != k
        weights, *_ = np.linalg.lstsq(basis[rest], values[rest], rcond=None)
        chosen = np.argmax(basis[out] @ weights, axis=1)
        gained[out] = values[out][np.arange(out.sum()), chosen]
    return max(0.0, float(gained.mean() - values.mean(axis=0).max()))


def evsi(values: Array, measured: Array, error: float, generator: np.random.Generator) -> float:
    """Expected value of measuring one quantity with some error before choosing [money], never below zero.

    measured: the quantity on the scale on which the error is additive (its log for a relative error), shape
    (draws, 1). error: standard deviation that the measurement leaves, on that scale.
    *Source:* Raiffa and Schlaifer, 1961; estimated as the EVPPI of the reading = quantity + error.
    """
    n = len(values)
    column = np.broadcast_to(measured, (n, 1))
    return evppi(values, [column + error * generator.standard_normal((n, 1))])


def _basis(columns: Sequence[Array]) -> Array:
    """Regressors: a natural cubic spline of each input's normal score, and products of pairs in a group."""
    scores = [_score(column) for column in columns if column.min() < column.max()]
    out = [np.ones(len(columns[0]))]
    for column, score in zip([c for c in columns if c.min() < c.max()], scores, strict=True):
        distinct = np.unique(column)
        if distinct.size <= FEW:
            out += [(column == value).astype(float) for value in distinct[1:]]
        else:
            out += _spline(score)
    for i, first in enumerate(scores):
        out += [first * second for second in scores[i + 1 :]]
    return np.column_stack(out)


def _score(column: Array) -> Array:
    """Normal score of each value's rank: tails of a skewed input do not pull the curve."""
    rank = np.argsort(np.argsort(column, kind="stable"), kind="stable")
    grid = (np.arange(SCORES_AT) + 0.5) / SCORES_AT
    normal = NormalDist()
    table = np.array([normal.inv_cdf(float(p)) for p in grid])
    return np.asarray(np.interp((rank + 0.5) / len(column), grid, table))


def _spline(x: Array) -> list[Array]:
    """Natural cubic spline: linear beyond the outer knots. *Source:* T. Hastie et al., Elements, eq. 5.4."""
    knots = np.quantile(x, KNOTS)

    def cubic(k: float) -> Array:
        return np.maximum(x - k, 0.0) ** 3

    last, before = knots[-1], knots[-2]
    end = (cubic(before) - cubic(last)) / (last - before)
    return [x] + [(cubic(k) - cubic(last)) / (last - k) - end for k in knots[:-2]]
