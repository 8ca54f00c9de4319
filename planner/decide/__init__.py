"""From a comparison to a decision: ranking, ties, probability of being best, regret, the sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.comparison import Comparison, Outcome
from planner.errors import Message
from planner.text import money, percent, say
from planner.uncertainty import quantiles

Array = NDArray[np.float64]
CVAR_TAIL = 0.10  # mean of the dearest tenth of draws
TIE_ERRORS = 2.0  # a lead under two standard errors of the difference is a tie


@dataclass(frozen=True)
class Standing:
    """How one ranked option stands among the others."""

    probability_best: float
    expected_regret: float
    p90_regret: float
    cvar_cost: float
    cost_difference_to_baseline: Array | None
    crossing_month: Array | None


@dataclass(frozen=True)
class Decision:
    """A comparison with its answer."""

    comparison: Comparison
    criterion: str
    order: tuple[str, ...]
    standings: dict[str, Standing]
    tie: tuple[str, ...]
    warnings: tuple[Message, ...]

    @property
    def best(self) -> str | None:
        """Id of the recommended option; None when no option is a full plan."""
        return self.order[0] if self.order else None

    def sentence(self, lang: str = "en") -> str:
        """The verdict in a sentence that a founder can repeat."""
        return _sentence(self, lang)

    def because(self, lang: str = "en") -> list[str]:
        """The reasons under the sentence."""
        return _because(self, lang)


def decide(comparison: Comparison) -> Decision:
    """Ranks the full plans of a comparison.

    Criterion: the scenario's, else expected present cost. npv needs a value and falls back with a warning.
    """
    ranked = comparison.ranked()
    wanted = comparison.scenario.ranking.criterion or "present_cost"
    warnings = []
    if wanted == "npv":
        warnings.append(Message("warning.npv_later"))
        wanted = "present_cost"
    if not ranked:
        return Decision(comparison, wanted, (), {}, (), tuple(warnings))
    n = max(_cost(outcome).shape[0] for outcome in ranked)
    costs = np.hstack([np.broadcast_to(_cost(outcome), (n, 1)) for outcome in ranked])
    lowest = costs.min(axis=1, keepdims=True)
    regret = costs - lowest
    best = costs == lowest
    share = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    key = {
        "present_cost": costs.mean(axis=0),
        "p90_cost": np.quantile(costs, 0.9, axis=0),
        "p90_regret": np.quantile(regret, 0.9, axis=0),
    }[wanted]
    order = [int(i) for i in np.argsort(key, kind="stable")]
    standings = {
        outcome.id: Standing(
            float(share[i]),
            float(regret[:, i].mean()),
            float(np.quantile(regret[:, i], 0.9)),
            _cvar(costs[:, i]),
            _difference(outcome, comparison),
            _crossing(outcome, comparison),
        )
        for i, outcome in enumerate(ranked)
    }
    ids = tuple(ranked[i].id for i in order)
    return Decision(comparison, wanted, ids, standings, _ties(costs, order, ids), tuple(warnings))


def _cost(outcome: Outcome) -> Array:
    assert outcome.present_cost is not None
    return outcome.present_cost.value


def _cvar(costs: Array) -> float:
    worst = np.sort(costs)[-max(1, int(np.ceil(costs.size * CVAR_TAIL))) :]
    return float(worst.mean())


def _difference(outcome: Outcome, comparison: Comparison) -> Array | None:
    """Present cost of the baseline − present cost of the option, same draws."""
    base = comparison.baseline
    if not base.ranked or outcome.present_cost is None:
        return None
    return _cost(base) - outcome.present_cost.value


def _crossing(outcome: Outcome, comparison: Comparison) -> Array | None:
    """First month from which cumulative discounted cost stays at or under the baseline's."""
    base = comparison.baseline
    if not base.ranked or base.id == outcome.id or outcome.ledger is None or base.ledger is None:
        return None
    rate = comparison.scenario.finance.discount_rate_fraction
    own = outcome.ledger.present_by_month(rate).cumsum(axis=1)
    other = base.ledger.present_by_month(rate).cumsum(axis=1)
    own, other = (np.array(a) for a in np.broadcast_arrays(own, other))
    return finance.crossing_month(own, other).reshape(-1, 1)


def _ties(costs: Array, order: list[int], ids: tuple[str, ...]) -> tuple[str, ...]:
    """The leader and those whose mean difference is under two Monte-Carlo standard errors of it."""
    first, n = costs[:, order[0]], costs.shape[0]
    tied = [ids[0]]
    for i, name in zip(order[1:], ids[1:], strict=True):
        difference = costs[:, i] - first
        error = float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
        if abs(float(difference.mean())) <= max(TIE_ERRORS * error, 1e-9 * abs(float(first.mean()))):
            tied.append(name)
    return tuple(tied) if len(tied) > 1 else ()


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────


def _sentence(decision: Decision, lang: str) -> str:
    comparison = decision.comparison
    if decision.best is None:
        return say("verdict.none", lang)
    outcome = comparison.outcomes[decision.best]
    spread = quantiles(_cost(outcome))
    currency = comparison.scenario.reporting_currency
    facts: dict[str, Any] = {
        "option": outcome.label,
        "months": comparison.scenario.horizon.months,
        "mean": money(spread.mean, currency, lang),
        "low": money(spread.p10, currency, lang),
        "high": money(spread.p90, currency, lang),
        "probability": percent(decision.standings[decision.best].probability_best, lang),
    }
    if decision.tie:
        facts["options"] = ", ".join(comparison.outcomes[name].label for name in decision.tie)
        return say("verdict.tie", lang, **facts)
    if len(decision.order) == 1:
        return say("verdict.only", lang, **facts)
    second = comparison.outcomes[decision.order[1]]
    gap = float(np.mean(_cost(second)) - np.mean(_cost(outcome)))
    facts |= {"second": second.label, "gap": money(gap, currency, lang)}
    key = "verdict.best" if comparison.draws.n > 1 else "verdict.plan"
    return say(key, lang, **facts)


def _because(decision: Decision, lang: str) -> list[str]:
    comparison, out = decision.comparison, []
    for outcome in comparison.outcomes.values():
        use = outcome.break_even_utilization
        if use is None or outcome.break_even_against is None or outcome.kind == "hybrid":
            continue
        against = comparison.outcomes[outcome.break_even_against].label
        q = quantiles(use)
        actual = utilization(outcome)
        facts: dict[str, Any] = {"option": outcome.label, "against": against}
        facts["use"] = percent(float(actual.mean()), lang) if actual is not None else "?"
        if q.p50 is None or q.share_none > 0.5:
            out.append(say("because.never", lang, **facts))
        else:
            out.append(say("because.break_even", lang, break_even=percent(q.p50, lang), **facts))
    refused = [o for o in comparison.outcomes.values() if not o.ranked]
    if refused:
        out.append(say("because.refused", lang, names=", ".join(o.label for o in refused)))
    return out


def utilization(outcome: Outcome) -> Array | None:
    """Busy hours over available hours of owned hardware, shape (draws | 1, 1)."""
    priced = outcome.priced
    if priced is None or priced.capacity_hours is None or not outcome.hours:
        return None
    busy = sum((spent.busy.sum(axis=1, keepdims=True) for spent in outcome.hours.values()), start=np.zeros((1, 1)))
    available = priced.capacity_hours.sum(axis=1, keepdims=True)
    shape = np.broadcast_shapes(busy.shape, available.shape)
    return np.asarray(np.divide(busy, available, out=np.zeros(shape), where=available > 0))
