"""Uncertain inputs and their draws.

An estimate has a central value, used for a plan of one draw, and a distribution, used for many. Draws are
columns of shape (draws, 1). The seed of a column comes from the run's seed and the input's name, so that
all options share the same draws and a new input does not reshuffle the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.errors import PlannerError

Array = NDArray[np.float64]
_Z95 = 1.6448536269514722  # standard normal quantile at 95 %


@dataclass(frozen=True)
class Fixed:
    """A certain value."""

    value: float

    @property
    def central(self) -> float:
        """The value itself."""
        return self.value

    def sample(self, generator: np.random.Generator, n: int) -> Array:
        """The value as a column of one row: it broadcasts over the draws."""
        return np.full((1, 1), self.value)


@dataclass(frozen=True)
class Pert:
    """Between hard bounds, most likely at the mode (PERT).

    *Source:* Malcolm et al., 1959, Operations Research 7(5): beta distribution with shape 4.
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.mode <= self.high:
            details = f"low {self.low:g}, mode {self.mode:g}, high {self.high:g}"
            raise PlannerError("estimate.order", name="estimate", details=details)

    @property
    def central(self) -> float:
        """The mode."""
        return self.mode

    def sample(self, generator: np.random.Generator, n: int) -> Array:
        """Draws, shape (n, 1)."""
        span = self.high - self.low
        if span == 0:
            return np.full((1, 1), self.mode)
        a = 1 + 4 * (self.mode - self.low) / span
        b = 1 + 4 * (self.high - self.mode) / span
        return self.low + span * generator.beta(a, b, size=(n, 1))


@dataclass(frozen=True)
class Percentiles:
    """Between p5 and p95 nine times in ten: lognormal if both are positive, else normal.

    low, high: what the quantity may be at all: draws beyond are moved there.
    """

    p5: float
    p95: float
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.p5 <= self.p95:
            details = f"p5 {self.p5:g}, p95 {self.p95:g}"
            raise PlannerError("estimate.percentile_order", name="estimate", details=details)

    @property
    def central(self) -> float:
        """The median."""
        if self.p5 > 0:
            return math.sqrt(self.p5) * math.sqrt(self.p95)
        return (self.p5 + self.p95) / 2

    def sample(self, generator: np.random.Generator, n: int) -> Array:
        """Draws, shape (n, 1)."""
        z = generator.standard_normal((n, 1))
        if self.p5 > 0:
            sigma = (math.log(self.p95) - math.log(self.p5)) / (2 * _Z95)
            return np.clip(self.central * np.exp(sigma * z), self.low, self.high)
        draws = self.central + (self.p95 - self.p5) / (2 * _Z95) * z
        least = max(self.low, 0.0) if self.p5 == 0 else self.low  # a quantity that may be none is never negative
        return np.clip(draws, least, self.high)


@dataclass(frozen=True)
class Samples:
    """Observed values, resampled with replacement; central value is the median."""

    values: tuple[float, ...]

    @property
    def central(self) -> float:
        """The median."""
        return float(np.median(self.values))

    def sample(self, generator: np.random.Generator, n: int) -> Array:
        """Draws, shape (n, 1)."""
        return generator.choice(np.asarray(self.values, dtype=float), size=(n, 1))


Estimate = Fixed | Pert | Percentiles | Samples
STANDARD_NORMAL = Percentiles(-_Z95, _Z95)


@dataclass(frozen=True)
class Drawn:
    """An input as it was drawn: its estimate (None for luck) and its column, shape (n | 1, 1)."""

    name: str
    estimate: Estimate | None
    column: Array

    def again(self, draws: Draws) -> Array:
        """The same input in other draws."""
        if self.estimate is STANDARD_NORMAL:
            return draws.normal(self.name)
        if self.estimate is not None:
            return draws.column(self.name, self.estimate)
        return draws.evenly(self.name)


@dataclass(frozen=True)
class Draws:
    """How many draws, from which seed. One draw means the plan at central values.

    settled: columns of shape (n, 1) by input name, set from outside; every other input then keeps its central
    value (a designed experiment: one input at a time, Sobol's rows, a grid).
    drawn: what was asked for so far, by name; filled while a comparison is made.
    """

    n: int = 4000
    seed: int = 0
    settled: Mapping[str, Array] | None = field(default=None, compare=False, repr=False)
    drawn: dict[str, Drawn] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.n <= 1_000_000:
            raise PlannerError("draws.range", n=self.n)
        if not 0 <= self.seed < 2**63:
            raise PlannerError("draws.seed", seed=self.seed)

    @property
    def planned(self) -> bool:
        """Whether inputs stand at central values unless they are settled: chances are then weights, not luck."""
        return self.n == 1 or self.settled is not None

    def generator(self, name: str) -> np.random.Generator:
        """A generator of its own for each input name."""
        digest = hashlib.sha256(name.encode()).digest()
        words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, *words])))

    def column(self, name: str, estimate: Estimate) -> Array:
        """Draws of one input, shape (n, 1), or (1, 1) when it is certain or the plan is central.

        >>> Draws(n=1).column("price", Pert(1, 2, 4)).item()
        2.0
        """
        if self.settled is not None and name in self.settled:
            return self._kept(name, estimate, self.settled[name])
        if self.planned:
            return self._kept(name, estimate, np.full((1, 1), float(estimate.central)))
        return self._kept(name, estimate, estimate.sample(self.generator(name), self.n))

    def normal(self, name: str) -> Array:
        """Standard normal numbers, shape (n, 1); 0 in a plan. Their exponent times a sigma is noise with median 1."""
        if self.settled is not None and name in self.settled:
            return self._kept(name, STANDARD_NORMAL, self.settled[name])
        if self.planned:
            return self._kept(name, STANDARD_NORMAL, np.zeros((1, 1)))
        return self._kept(name, STANDARD_NORMAL, self.generator(name).standard_normal((self.n, 1)))

    def noise(self, name: str, sigma: float) -> Array:
        """Lognormal factors with median 1 and log standard deviation sigma, shape (n, 1)."""
        return np.exp(sigma * self.normal(name)) if sigma else np.ones((1, 1))

    def luck(self, name: str) -> Array | None:
        """Uniform numbers that decide yes or no, shape (n, 1); None in a plan, where a chance is a weight.

        Settled columns may hold NaN: in those rows too the chance is a weight.
        """
        if self.settled is not None and name in self.settled:
            return self._kept(name, None, self.settled[name])
        if self.planned:
            return None
        return self._kept(name, None, self.evenly(name))

    def evenly(self, name: str) -> Array:
        """Uniform numbers, one in each n-th of the range, in any order: shares of yes are then as even as can be."""
        generator = self.generator(name)
        return (generator.permutation(self.n)[:, None] + generator.random((self.n, 1))) / self.n

    def factor(self, name: str) -> Array | None:
        """A column that exists only when it is settled from outside (a price level, a stress); else None."""
        return None if self.settled is None else self.settled.get(name)

    def _kept(self, name: str, estimate: Estimate | None, column: Array) -> Array:
        self.drawn[name] = Drawn(name, estimate, column)
        return column


def with_rank_correlation(columns: Sequence[Array], correlation: Array, generator: np.random.Generator) -> list[Array]:
    """The same columns, reordered so that their normal scores have the given correlation.

    columns: draws, each of shape (n, 1). correlation: matrix, positive definite or singular.
    Marginal distributions do not change, only the order of the draws.

    *Source:* Iman and Conover, 1982, Communications in Statistics B 11(3).
    """
    n = max(column.shape[0] for column in columns)
    columns = [np.broadcast_to(column, (n, 1)) for column in columns]
    values, vectors = np.linalg.eigh(np.asarray(correlation, dtype=float))
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    scores = generator.standard_normal((n, len(columns))) @ root.T
    out = []
    for column, score in zip(columns, scores.T, strict=True):
        ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
        out.append(np.sort(column, axis=0)[ranks])
    return out


@dataclass(frozen=True)
class Quantiles:
    """Mean, p10, p50, p90 of draws; share_none where some draws have no value."""

    mean: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    share_none: float = 0.0

    def as_dict(self) -> dict[str, float | None]:
        """The JSON form ``Q`` of the contract."""
        out = {"mean": self.mean, "p10": self.p10, "p50": self.p50, "p90": self.p90}
        return out | {"share_none": self.share_none} if self.share_none else out


def quantiles(draws: Array) -> Quantiles:
    """Summary of one column of draws; NaN means that a draw has no value.

    >>> quantiles(np.array([[1.0], [2.0], [3.0]])).p50
    2.0
    """
    flat = np.asarray(draws, dtype=float).reshape(-1)
    kept = flat[~np.isnan(flat)]
    share_none = 1 - kept.size / flat.size
    if kept.size == 0:
        return Quantiles(None, None, None, None, 1.0)
    if kept.size == 1 or kept.min() == kept.max():
        value = float(kept[0])
        return Quantiles(value, value, value, value, share_none)
    p10, p50, p90 = (float(q) for q in np.quantile(kept, (0.1, 0.5, 0.9)))
    return Quantiles(float(kept.mean()), p10, p50, p90, share_none)
