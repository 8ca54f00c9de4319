"""Finds the variances of a kernel: those that foretell left-out groups best, each group with few votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.estimator.analogy import Array, Cases, Kernel, Term
from planner.estimator.evidence import kernel_of

TAILS = 4.0  # degrees of freedom of the error: outliers weigh little
LOWEST, HIGHEST = -10.0, 4.0  # bounds of the log of a variance
FIRST_STEP, LAST_STEP = 0.8, 0.1
SETTLED = 3e-3  # gain of a move below which it does not count: a second fit then changes nothing
PULL = 0.02  # towards the start, so that what the data do not say stays put


@dataclass(frozen=True)
class Leaving:
    """Groups to leave out, the weight of each case, and how much this way of leaving out counts."""

    groups: Sequence[NDArray[np.intp]]
    weights: Array
    importance: float


def leaving(names: Sequence[str], importance: float, damping: float, only: Array | None = None) -> Leaving:
    """Groups by name. A case weighs 1 / size^damping of its group: with 1, one vote per group."""
    labels = np.array(names)
    found, place, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    weights = 1.0 / sizes[place] ** damping
    groups = [np.flatnonzero(labels == name) for name in found]
    return Leaving(groups, weights if only is None else weights * only, importance)


def left_out(covariance: Array, ratio: Array, groups: Sequence[NDArray[np.intp]]) -> tuple[Array, Array]:
    """Mean and spread of each case from the other groups, in closed form."""
    precision = np.linalg.inv(covariance)
    weighted = precision @ ratio
    mean, variance = np.zeros(len(ratio)), np.zeros(len(ratio))
    for at in groups:
        own = np.linalg.inv(precision[np.ix_(at, at)])
        mean[at], variance[at] = ratio[at] - own @ weighted[at], np.diag(own)
    return mean, np.sqrt(np.maximum(variance, 1e-9))


def loss(ratio: Array, mean: Array, spread: Array, weights: Array) -> float:
    """Mean negative log density of a Student-t error."""
    z = (ratio - mean) / spread
    terms = np.log(spread) + (TAILS + 1) / 2 * np.log1p(z * z / TAILS)
    return float((weights * terms).sum() / weights.sum())


def fit(
    start: dict[str, Any], cases: Cases, ratio: Array, noise_labels: Sequence[str], leavings: Sequence[Leaving],
    sweeps: int,
) -> dict[str, Any]:  # fmt: skip
    """The start with the variances found by a pattern search over their logs."""
    terms = kernel_of(start).terms
    lengths = start["lengths"]
    parts = [_unit(term, lengths, cases) for term in terms]
    names = list(start["noise"])
    place = np.array([names.index(label) for label in noise_labels])
    origin = np.log([term.variance for term in terms] + [start["noise"][name] for name in names])
    at = origin.copy()

    def cost(x: Array) -> float:
        covariance = np.zeros_like(parts[0])
        for part, variance in zip(parts, np.exp(x[: len(parts)]), strict=True):
            covariance += variance * part
        covariance[np.diag_indices_from(covariance)] += np.exp(x[len(parts) :])[place]
        total = PULL * float(np.mean((x - origin) ** 2))
        for one in leavings:
            mean, spread = left_out(covariance, ratio, one.groups)
            total += one.importance * loss(ratio, mean, spread, one.weights)
        return total

    at = descend(cost, at, sweeps)
    found = [float(f"{value:.3g}") for value in np.exp(at)]
    rows = [{**row, "variance": value} for row, value in zip(start["terms"], found, strict=False)]
    noise = dict(zip(names, found[len(parts) :], strict=True))
    return {**start, "terms": rows, "noise": noise}


def descend(cost: Callable[[Array], float], at: Array, sweeps: int, lowest: float = LOWEST) -> Array:
    """A pattern search over one number after another; what gains less than `SETTLED` does not move."""
    best, step = cost(at), np.full(len(at), FIRST_STEP)
    for sweep in range(sweeps):
        before = best
        for j in np.random.default_rng(sweep).permutation(len(at)):
            for move in (step[j], -step[j]):
                tried = at.copy()
                tried[j] = np.clip(tried[j] + move, lowest, HIGHEST)
                value = cost(tried)
                if value < best - SETTLED:
                    at, best, step[j] = tried, value, step[j] * 1.3
                    break
            else:
                step[j] *= 0.5
        print(f"  sweep {sweep}: {best:.4f}", flush=True)
        if before - best < SETTLED and step.max() < LAST_STEP:
            break
    return at


def _unit(term: Term, lengths: dict[str, float], cases: Cases) -> Array:
    """The covariance of a term of variance 1."""
    kernel = Kernel((replace(term, variance=1.0),), lengths)
    out = kernel.between(cases, cases)
    np.fill_diagonal(out, kernel.variance(cases))
    return out
