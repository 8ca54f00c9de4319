"""The longest of several runs in one log, and lines that several ranks print counted once."""

from __future__ import annotations

from collections import deque

from planner.benchmark.steady import Series

RANKS = 64  # records back in which another rank's copy, or a resumption, is looked for


class Part:
    """One run of a log: so many series of figures, record by record."""

    def __init__(self, width: int) -> None:
        self.series = tuple(Series() for _ in range(width))
        self.first = self.last = 0.0
        self.count = 0

    def add(self, step: float, values: tuple[float, ...]) -> None:
        """One more record."""
        self.first = step if not self.count else self.first
        self.last = step
        self.count += 1
        for series, value in zip(self.series, values, strict=True):
            series.add(value)


class Runs:
    """Records of a log in the order in which they were printed; only the current run and the longest are kept.

    A step that goes back begins a new run, unless it was printed just before: then it is another rank's copy, or a run
    that went on from a checkpoint.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.current = Part(width)
        self.kept = Part(width)
        self.total = 0
        self._seen: deque[tuple[float, tuple[float, ...]]] = deque(maxlen=RANKS)
        self._steps: deque[float] = deque(maxlen=RANKS)

    def add(self, step: float, *values: float) -> None:
        """One more record."""
        if self.current.count:
            if step == self.current.last or (step, values) in self._seen:
                return
            if step < self.current.last:
                if step != self.current.first and step in self._steps:
                    return
                self._begin()
        self.total += 1
        self.current.add(step, values)
        self._seen.append((step, values))
        self._steps.append(step)

    def _begin(self) -> None:
        self.kept = max(self.kept, self.current, key=lambda part: part.count)
        self.current = Part(self.width)
        self._seen.clear()
        self._steps.clear()

    @property
    def longest(self) -> Part:
        """The run with the most records; the earlier of equals."""
        return max(self.kept, self.current, key=lambda part: part.count)

    @property
    def left_out(self) -> int:
        """Records of the other runs."""
        return self.total - self.longest.count
