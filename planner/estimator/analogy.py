"""How far a measured rate stands from its physics, learned from like cases: a Gaussian process on the log ratio.

A case has labels (which model, which accelerator, which software …) and features (numbers). Two cases resemble each
other by the terms of a kernel: each term has a variance, which it shares between cases that agree on all its labels,
the less the further their features are apart. So an estimate leans on the nearest measured cases, falls back to
physics where there are none, and is the wider the less is known. A term's variance says how much of the error
belongs to the model, to the accelerator or to the rest.

*Source:* Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, equations 2.23–2.26; leaving a group
out in closed form: equation 5.12 for blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.str_]
_CHUNK = 1024  # cases compared at once: bounds the memory of a batch


@dataclass(frozen=True)
class Cases:
    """Cases side by side: labels (text, "" where unknown) and features, each of shape (cases,)."""

    labels: Mapping[str, Labels]
    features: Mapping[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.features.values())))

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Cases:
        """Some of the cases."""
        return Cases(
            {name: values[which] for name, values in self.labels.items()},
            {name: values[which] for name, values in self.features.items()},
        )


@dataclass(frozen=True)
class Term:
    """A share of the variance: between cases that agree on all labels, fading with the distance of the features.

    linear: the effect is proportional to the one feature instead.
    """

    labels: tuple[str, ...]
    features: tuple[str, ...]
    variance: float
    linear: bool = False


@dataclass(frozen=True)
class Kernel:
    """The terms, and of each feature the distance [its unit] at which resemblance fades."""

    terms: tuple[Term, ...]
    lengths: Mapping[str, float]

    def variance(self, cases: Cases) -> Array:
        """Variance of each case before anything is measured."""
        return sum(
            (
                term.variance * cases.features[term.features[0]] ** 2
                if term.linear
                else np.full(len(cases), term.variance)
                for term in self.terms
            ),
            np.zeros(len(cases)),
        )

    def between(self, left: Cases, right: Cases) -> Array:
        """Covariance of two sets of cases, shape (left, right). An unknown label resembles nothing."""
        codes = _Codes(left, right)
        fading: dict[tuple[str, ...], Array] = {}
        out = np.zeros((len(left), len(right)))
        for term in self.terms:
            if term.linear:
                name = term.features[0]
                part = np.outer(left.features[name], right.features[name])
            else:
                if term.features and term.features not in fading:
                    fading[term.features] = self._fading(left, right, term.features)
                part = fading[term.features] if term.features else np.ones(1)
            if term.labels:
                part = part * codes.agree(term.labels)
            out += term.variance * part
        return out

    def _fading(self, left: Cases, right: Cases, names: tuple[str, ...]) -> Array:
        scaled = [
            np.column_stack([cases.features[name] / self.lengths[name] for name in names]) for cases in (left, right)
        ]
        squares = [(one * one).sum(axis=1) for one in scaled]
        distance = squares[0][:, None] + squares[1][None, :] - 2 * scaled[0] @ scaled[1].T
        return np.asarray(np.exp(-0.5 * np.maximum(distance, 0.0)))


class _Codes:
    """Labels of two sets of cases as whole numbers, equal where the labels are."""

    def __init__(self, left: Cases, right: Cases) -> None:
        self._left, self._right = left, right
        self._known: dict[str, tuple[NDArray[np.int64], NDArray[np.int64], int]] = {}

    def _of(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        if name not in self._known:
            both = np.concatenate([self._left.labels[name], self._right.labels[name]])
            values, codes = np.unique(both, return_inverse=True)
            codes = np.where(both == "", -1, codes).astype(np.int64)
            split = len(self._left)
            self._known[name] = (codes[:split], codes[split:], len(values) + 1)
        return self._known[name]

    def agree(self, names: tuple[str, ...]) -> NDArray[np.bool_]:
        """Where all labels are known and equal, shape (left, right)."""
        left, right = np.zeros(len(self._left), np.int64), np.zeros(len(self._right), np.int64)
        unknown_left, unknown_right = np.zeros(len(left), bool), np.zeros(len(right), bool)
        for name in names:
            a, b, size = self._of(name)
            left, right = left * size + a, right * size + b
            unknown_left, unknown_right = unknown_left | (a < 0), unknown_right | (b < 0)
        left, right = np.where(unknown_left, -1, left), np.where(unknown_right, -2, right)
        return np.asarray(left[:, None] == right[None, :])


@dataclass(frozen=True)
class Guess:
    """Log of measured over physics: mean and standard deviation, each of shape (cases,)."""

    mean: Array
    sd: Array


@dataclass(frozen=True)
class Analogy:
    """Measured cases with their log ratio to physics [1] and the variance of each measurement."""

    kernel: Kernel
    cases: Cases
    log_ratio: Array
    noise: Array

    @cached_property
    def _covariance(self) -> Array:
        out = self.kernel.between(self.cases, self.cases)
        np.fill_diagonal(out, self.kernel.variance(self.cases) + self.noise)
        return out

    @cached_property
    def _precision(self) -> Array:
        return np.asarray(np.linalg.inv(self._covariance))

    def without(self, kept: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Precision matrix of the kept cases, and its product with their log ratios.

        The others are taken out of the full inverse: P_kk − P_ko P_oo⁻¹ P_ok.
        """
        precision, out = self._precision, ~kept
        if not out.any():
            return precision, precision @ self.log_ratio
        cross = precision[np.ix_(kept, out)]
        left = precision[np.ix_(kept, kept)] - cross @ np.linalg.solve(precision[np.ix_(out, out)], cross.T)
        return left, left @ self.log_ratio[kept]

    def guess(
        self,
        cases: Cases,
        kept: NDArray[np.bool_] | None = None,
        noise: float | Array = 0.0,
        itself: NDArray[np.intp] | None = None,
    ) -> Guess:
        """Mean and spread of new cases from the kept measured ones (default: all).

        noise: variance of a measurement of them. itself: of each case its own place among the kept ones, which then
        says nothing about it; -1 for none.
        """
        kept = np.ones(len(self.cases), bool) if kept is None else kept
        known = self.cases.take(kept)
        precision, weighted = self.without(kept)
        means, variances = [], []
        for start in range(0, len(cases), _CHUNK):
            part = cases.take(slice(start, start + _CHUNK))
            near = self.kernel.between(part, known)
            pulled = near @ precision
            mean, drop = near @ weighted, np.einsum("ij,ij->i", pulled, near)
            own = np.full(len(part), -1) if itself is None else itself[start : start + _CHUNK]
            at, rows = own[own >= 0], np.flatnonzero(own >= 0)
            mean[rows] -= pulled[rows, at] * weighted[at] / precision[at, at]
            drop[rows] -= pulled[rows, at] ** 2 / precision[at, at]
            means.append(mean)
            variances.append(self.kernel.variance(part) - drop)
        variance = np.maximum(np.concatenate(variances), 1e-6) + noise
        return Guess(np.concatenate(means), np.sqrt(variance))

    def together(self, one: Cases, other: Cases, kept: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Means and covariance of two single cases, before noise: shapes (2,) and (2, 2)."""
        known = self.cases.take(kept)
        precision, weighted = self.without(kept)
        near = np.vstack([self.kernel.between(case, known) for case in (one, other)])
        prior = np.diag([float(self.kernel.variance(case)[0]) for case in (one, other)])
        prior[0, 1] = prior[1, 0] = float(self.kernel.between(one, other)[0, 0])
        return near @ weighted, prior - near @ precision @ near.T

    def nearest(self, case: Cases, count: int, kept: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.intp], Array]:
        """The measured cases most alike to one case, with their resemblance as a share of the variance."""
        likeness = self.kernel.between(case, self.cases)[0] / self.kernel.variance(case)[0]
        if kept is not None:
            likeness = np.where(kept, likeness, -np.inf)
        order = np.argsort(-likeness, kind="stable")[:count]
        return order, likeness[order]

    def left_out(self, groups: Sequence[str] | Labels) -> Guess:
        """Mean and spread of each measured case from the cases of the other groups, in closed form."""
        names = np.asarray(groups)
        precision = self._precision
        weighted = precision @ self.log_ratio
        mean, sd = np.zeros(len(names)), np.zeros(len(names))
        for name in np.unique(names):
            at = np.flatnonzero(names == name)
            own = np.linalg.inv(precision[np.ix_(at, at)])
            mean[at] = self.log_ratio[at] - own @ weighted[at]
            sd[at] = np.sqrt(np.diag(own))
        return Guess(mean, sd)
