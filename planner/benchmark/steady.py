"""The steady state of a series of step times: warm-up and pauses cut off, the mean with its interval."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.benchmark.record import StepTime

Array = NDArray[np.float64]
MOST_WARM_UP, SHARE_WARM_UP = 20, 0.1  # steps that are cut off at the start: a tenth, twenty at most, one at least
PAUSE = 3.0  # times the median: an interval that holds an evaluation or a checkpoint
FEW = 20  # below so many intervals the mean's interval is Student's
BLOCKS = 10
LARGEST = 1e21
MOST_VALUES = 1 << 20  # that a series keeps
LEVEL = 0.9
Z90 = 1.6448536269514722  # of the normal, for an interval that holds 9 times in 10


class Series:
    """Numbers that come one after another, kept compactly; of more than a million every second one, then every fourth.

    >>> series = Series()
    >>> for value in (1.0, 2.0): series.add(value)
    >>> list(series.values), series.last
    ([1.0, 2.0], 2.0)
    """

    def __init__(self) -> None:
        self.values = array("d")
        self.last: float | None = None
        self.seen = 0
        self.every = 1

    def __len__(self) -> int:
        return len(self.values)

    def add(self, value: float) -> None:
        """One more number."""
        self.last = value
        if self.seen % self.every == 0:
            self.values.append(value)
            if len(self.values) >= MOST_VALUES:
                self.values = self.values[::2]
                self.every *= 2
        self.seen += 1


class Clock(Series):
    """Seconds per step between neighbouring records; records that go back in step or time begin anew."""

    def __init__(self) -> None:
        super().__init__()
        self.first: tuple[float, float] | None = None
        self.end: tuple[float, float] = (0.0, 0.0)
        self.points = 0

    def tick(self, step: float, time: float) -> None:
        """One more record."""
        if self.first is None:
            self.first = (step, time)
        else:
            by, lasted = step - self.end[0], time - self.end[1]
            if by > 0 and lasted > 0:
                self.add(lasted / by)
        self.end = (step, time)
        self.points += 1


@dataclass(frozen=True)
class Steady:
    """What is left of a series. values: of the steady state. dropped: at the start. pauses: above three medians."""

    values: Array
    dropped: int
    pauses: Array

    @property
    def median(self) -> float:
        """Median of the steady values."""
        return float(np.median(self.values))

    @property
    def mean(self) -> float:
        """Mean of the steady values."""
        return float(self.values.mean())

    @property
    def cv(self) -> float | None:
        """Standard deviation over the mean; None for a single value."""
        return float(self.values.std(ddof=1) / self.values.mean()) if len(self.values) > 1 else None

    @property
    def busy_share(self) -> float:
        """Share of the time after the warm-up that steady steps would have taken; the rest are pauses."""
        spent = float(self.values.sum() + self.pauses.sum())
        return min(self.mean * (len(self.values) + len(self.pauses)) / spent, 1.0)

    def step_time(self) -> StepTime:
        """The values as seconds of a step."""
        low, high = mean_interval(self.values)
        return StepTime(self.median, self.mean, self.cv, len(self.values), low, high)

    @property
    def sigma(self) -> float | None:
        """Standard deviation of the log of the mean; None where one value is all."""
        low, high = mean_interval(self.values)
        if low is None or high is None or low <= 0:
            return None
        return math.log(high / low) / (2 * Z90)


def warm_up(n: int) -> int:
    """Values to cut off at the start of so many.

    >>> [warm_up(n) for n in (1, 2, 8, 40, 430)]
    [0, 1, 1, 4, 20]
    """
    return 0 if n < 2 else max(1, min(MOST_WARM_UP, int(n * SHARE_WARM_UP)))


def steady_state(values: ArrayLike, drop: int | None = None, pauses: bool = True) -> Steady | None:
    """The steady part of a series in the order of time; None when nothing positive is left.

    drop: values cut off at the start, default a tenth. pauses: whether values above three medians are told apart.
    """
    series = np.asarray(values, dtype=float)
    good = (series > 0) & (series < LARGEST)  # NaN is neither
    series = series if good.all() else series[good]
    if not len(series):
        return None
    dropped = min(warm_up(len(series)) if drop is None else drop, len(series) - 1)
    rest = series[dropped:]
    if not pauses:
        return Steady(rest, dropped, rest[:0])
    slow = rest > PAUSE * np.median(rest)
    return Steady(rest[~slow], dropped, rest[slow])


def intervals(steps: Sequence[float], times: Sequence[float]) -> Array:
    """Seconds per step between neighbouring records; records that go back in step or time begin anew.

    >>> intervals([0, 10, 20, 0, 10], [0.0, 5.0, 9.0, 20.0, 26.0])
    array([0.5, 0.4, 0.6])
    """
    step, time = np.asarray(steps, dtype=float), np.asarray(times, dtype=float)
    by, lasted = np.diff(step), np.diff(time)
    good = (by > 0) & (lasted > 0)
    return np.asarray(lasted[good] / by[good])


def autocorrelation_time(values: Array) -> float:
    """Steps after which values forget each other: 1 + 2 × the sum of autocorrelations until the first below 0.05."""
    centred = values - values.mean()
    variance = float((centred**2).mean())
    if variance == 0 or len(values) < 4:
        return 1.0
    total = 1.0
    for lag in range(1, min(len(values) // 3, 200)):
        rho = float((centred[:-lag] * centred[lag:]).mean()) / variance
        if rho < 0.05:
            break
        total += 2 * rho
    return total


def mean_interval(values: Array) -> tuple[float | None, float | None]:
    """Where the mean lies 9 times in 10, by moving blocks: what a block bootstrap of the mean converges to.

    The variance is that of the means of all overlapping blocks (Künsch 1989), four autocorrelation times long, at least
    ten of them, with Student's quantile for their number. Measured: on series whose neighbours correlate by 0, 0.3, 0.6
    and 0.8 it holds the mean in 87, 86, 84 and 84 of 100 runs of 400 steps. Below 20 values: Student's interval.
    """
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return None, None
    mean = float(values.mean())
    if n < FEW:
        half = float(stdtrit(n - 1, 0.5 + LEVEL / 2)) * float(values.std(ddof=1)) / math.sqrt(n)
        return max(mean - half, 0.0), mean + half
    length = int(max(1, min(round(4 * autocorrelation_time(values)), n // BLOCKS)))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    averages = (sums[length:] - sums[:-length]) / length
    blocks = n / length
    half = float(stdtrit(max(blocks - 1, 1.0), 0.5 + LEVEL / 2)) * float(averages.std(ddof=1)) / math.sqrt(blocks)
    return max(mean - half, 0.0), mean + half
