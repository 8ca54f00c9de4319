"""Whether a project pays: a normal answer may be no."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.comparison import Comparison

Kind = Literal["none_feasible", "stopped_at_gate", "strategic", "cost_only", "pays", "does_not_pay", "too_close"]
ROUNDING = 1e-9  # share of the benefits that sums of many flows may lose
CLOSE_ERRORS = 2.0  # an expected NPV under two standard errors of zero is too close to call


@dataclass(frozen=True)
class Verdict:
    """The answer to "does it pay".

    probability_positive: share of draws with NPV above zero; in a plan 0 or 1. benefits_needed: benefits × this make
    the expected NPV zero. All None where no benefits are known.
    """

    kind: Kind
    npv_mean: float | None = None
    probability_positive: float | None = None
    benefits_needed: float | None = None

    @property
    def pays(self) -> bool | None:
        """True, False, or None where the question has no answer by return."""
        return {"pays": True, "does_not_pay": False}.get(self.kind)


def verdict_of(comparison: Comparison, best: str | None) -> Verdict:
    """The verdict for the best full plan.

    Order: no full plan; a declared exception that still holds; the gate "does it save or earn?"; no benefits; the
    sign of the expected NPV.
    """
    if best is None:
        return Verdict("none_feasible")
    appraisal, value = comparison.outcomes[best].appraisal, comparison.scenario.value
    numbers: tuple[float | None, float | None, float | None] = (None, None, None)
    if appraisal is not None:
        npv = appraisal.npv.value
        gains, cost = appraisal.benefits_present.mean, appraisal.benefits_present.mean - float(npv.mean())
        numbers = (float(npv.mean()), float((npv > 0).mean()), cost / gains if gains > 0 else None)
    if is_strategic(comparison):
        return Verdict("strategic", *numbers)
    if value is not None and value.saves_or_earns in ("maybe", "no"):
        return Verdict("stopped_at_gate", *numbers)
    if appraisal is None:
        return Verdict("cost_only")
    npv = appraisal.npv.value
    error = float(npv.std(ddof=1) / np.sqrt(npv.size)) if npv.size > 1 else 0.0
    mean = float(npv.mean())
    residue = ROUNDING * max(abs(appraisal.benefits_present.mean), abs(mean))
    if abs(mean) <= max(CLOSE_ERRORS * error, residue):
        return Verdict("too_close", *numbers)
    return Verdict("pays" if mean > 0 else "does_not_pay", *numbers)


def is_strategic(comparison: Comparison) -> bool:
    """Whether a declared exception holds when the horizon starts."""
    value = comparison.scenario.value
    if value is None or value.strategic is None:
        return False
    start = dt.date.fromisoformat(f"{comparison.scenario.horizon.start}-01")
    return dt.date.fromisoformat(value.strategic.until) >= start


def labels(comparison: Comparison) -> list[str]:
    """Labels that a report must carry: before project costs, strategic, before benefits."""
    costs = comparison.scenario.project_costs
    out = [] if costs is not None and costs.has_costs else ["before_project_costs"]
    if is_strategic(comparison):
        out.append("strategic")
    if comparison.scenario.value is not None and not comparison.has_value:
        out.append("no_benefits")
    value = comparison.scenario.value
    if value is not None and value.saves_or_earns in ("maybe", "no") and not is_strategic(comparison):
        out.append("stopped_at_gate")
    return out
