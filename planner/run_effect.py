"""What measured runs did to a decision: speeds and their intervals, verdict and probability, before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.compare import compare
from planner.comparison import Comparison
from planner.decide import Decision, decide
from planner.demand import Rate
from planner.errors import Message, PlannerError
from planner.measured import MeasuredRun
from planner.scenario_io import Loaded, with_value
from planner.uncertainty import Quantiles, quantiles


@dataclass(frozen=True)
class SpeedChange:
    """Speed of a workload on an accelerator [unit], before (None: not known) and after, with its evidence."""

    workload: str
    accelerator: str
    unit: str
    before: Quantiles | None
    before_evidence: str
    after: Quantiles
    after_evidence: str

    @property
    def narrowing(self) -> float | None:
        """Width of the log interval after over before: under 1 where it shrank; None where one has no width."""
        widths = [_width(one) for one in (self.before, self.after)]
        return widths[1] / widths[0] if widths[0] and widths[1] is not None else None


@dataclass(frozen=True)
class RunEffect:
    """A decision without the measured runs beside the decision with them.

    before: None where there was no answer without them; why: the reason then.
    """

    runs: Mapping[str, tuple[MeasuredRun, ...]]
    before: Decision | None
    why: Message | None
    after: Decision
    speeds: tuple[SpeedChange, ...]

    @property
    def verdict_changed(self) -> bool:
        """Whether another option is best, or the verdict on the project is another."""
        return self.before is not None and self.before.differs(self.after)


def run_effect(decision: Decision) -> RunEffect | None:
    """What the measured runs of a decision's scenario did to it; None where it has none."""
    after = decision.comparison
    if not after.loaded.measured:
        return None
    before, why = None, None
    try:
        without = without_runs(after.loaded)
        before = decide(compare(without, book=after.book, draws=after.draws, as_of=after.as_of))
    except PlannerError as error:
        why = error.message()
    return RunEffect(after.loaded.measured, before, why, decision, _speeds(before, after))


def without_runs(loaded: Loaded) -> Loaded:
    """The scenario as if no workload had been measured."""
    found = replace(loaded, measured={})
    for i, workload in enumerate(loaded.scenario.workloads):
        if workload.throughput is not None and workload.throughput.benchmark is not None:
            found = with_value(found, ("workloads", i, "throughput"), None)
    return found


def probability(decision: Decision | None) -> float | None:
    """Probability that the best option is best; None without one."""
    if decision is None or decision.best is None:
        return None
    return decision.standings[decision.best].probability_best


def _speeds(before: Decision | None, after: Comparison) -> tuple[SpeedChange, ...]:
    known = before.comparison.rates if before is not None else {}
    found = []
    for (name, card), rate in after.rates.items():
        if name in after.loaded.measured:
            old = known.get((name, card))
            found.append(
                SpeedChange(
                    name, card, rate.per_hour.unit, _quantiles(old), old.evidence if old else "",
                    quantiles(rate.per_hour.value), rate.evidence,
                )
            )  # fmt: skip
    return tuple(found)


def _quantiles(rate: Rate | None) -> Quantiles | None:
    return quantiles(rate.per_hour.value) if rate is not None else None


def _width(q: Quantiles | None) -> float | None:
    if q is None or q.p10 is None or q.p90 is None or q.p10 <= 0:
        return None
    return math.log(q.p90 / q.p10)
