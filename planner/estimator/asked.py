"""What a question to the estimator is answered with, and what the user's own measurement of it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from planner.errors import Message, NotPriced, PlannerError
from planner.estimator.answers import WIDEST
from planner.estimator.evidence import Evidence
from planner.estimator.load import (
    TokenPrice,
)
from planner.estimator.memory import (
    TrainingLayout,
)
from planner.estimator.own_runs import chosen
from planner.estimator.single import Estimated, OwnRun
from planner.measured import MeasuredRun, unit_message

Record = Mapping[str, str]


@dataclass(frozen=True)
class Band:
    """p10, p50 and p90 of a quantity in a unit."""

    p10: float
    p50: float
    p90: float
    unit: str

    def times(self, factor: float, unit: str) -> Band:
        """The band of a multiple."""
        return Band(self.p10 * factor, self.p50 * factor, self.p90 * factor, unit)

    def into(self, factor: float, unit: str) -> Band:
        """The band of a factor over it: high becomes low."""
        return Band(factor / self.p90, factor / self.p50, factor / self.p10, unit)


@dataclass(frozen=True)
class Own:
    """What the user measured: a speed given by hand with its accelerator and count, or runs of files."""

    rate: float | None
    where: str = ""
    count: int = 0
    runs: tuple[MeasuredRun, ...] = ()

    def warnings_on(self, card: str) -> tuple[Message, ...]:
        """What to know of the run that an estimate for an accelerator rests on."""
        if not self.runs:
            return ()
        run, _ = chosen(self.runs, card)
        facts = {"file": PurePath(run.source.locator).name, "rate": round(run.per_second, 3),
                 "accelerator": run.accelerator, "unit": unit_message(run.unit)}  # fmt: skip
        return (Message("estimate.from_run", facts), *run.warnings)


@dataclass(frozen=True)
class Asked:
    """An answered question: the headline, what follows from it, what was assumed, and the estimate behind it.

    follows: further quantities by name. facts: single numbers by name, with their unit. contexts: users together by
    context length [token].
    """

    kind: str
    model: str
    accelerator: str
    headline: Band
    estimate: Estimated
    accelerators: int
    follows: dict[str, Band]
    facts: dict[str, tuple[float, str]]
    assumed: tuple[Message, ...]
    layout: TrainingLayout | None = None
    contexts: dict[int, float] | None = None
    tokens: TokenPrice | None = None


def narrow(estimate: Estimated) -> Estimated:
    """The estimate itself. Raises NotPriced for an interval that says nothing."""
    if estimate.p90 / estimate.p10 > WIDEST:
        raise NotPriced("estimate.too_wide", low=estimate.p10, high=estimate.p90)
    return estimate


def given_run(evidence: Evidence, card: str, own: Own) -> OwnRun | None:
    """The speed given by flag."""
    if own.rate is None:
        return None
    if not own.rate > 0 or not math.isfinite(own.rate):
        raise PlannerError("estimate.not_positive", name="--measured-rate", text=f"{own.rate:g}")
    accelerator = evidence.reference.accelerator(own.where or card)[0]
    return OwnRun(own.rate, accelerator, float(own.count) if own.count else None)


def shape_notes(assumed: bool, layers: float | None, hidden: float | None) -> list[Message]:
    """What to say of a shape that was assumed from the parameters alone."""
    if not assumed or not layers or not hidden:
        return []
    return [Message("estimate.assumed_shape", {"layers": round(layers), "hidden": round(hidden)})]
