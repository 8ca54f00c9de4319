"""Ranking of full plans: by expected NPV or cost, p90 or regret; ties, probability of being best (MODEL §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.comparison import Comparison, Outcome
from planner.decide.rules import Rule, profile_rules
from planner.decide.standing import Ranked, Standing
from planner.decide.verdict import Verdict, verdict_of
from planner.decide.words import because, sentence
from planner.errors import Message

Array = NDArray[np.float64]
CVAR_TAIL = 0.10  # mean of the dearest tenth of draws
TIE_ERRORS = 2.0  # a lead under two standard errors of the difference is a tie


@dataclass(frozen=True)
class Decision(Ranked):
    """A comparison with its answer, in figures and in words."""

    @property
    def verdict(self) -> Verdict:
        """Whether the project pays, and how surely."""
        return verdict_of(self.comparison, self.best)

    def differs(self, other: Decision) -> bool:
        """Whether another option is best, or the verdict on the project is another."""
        mine, theirs = ((one.best, one.verdict.kind, one.verdict.pays) for one in (self, other))
        return mine != theirs

    def rules(self, lang: str = "en") -> list[Rule]:
        """Rules of thumb for this profile, and whether they agree."""
        return profile_rules(self.comparison, self.best, lang, self.tie)

    def sentence(self, lang: str = "en") -> str:
        """The verdict in a sentence that a founder can repeat."""
        return sentence(self, lang)

    def because(self, lang: str = "en") -> list[str]:
        """The reasons under the sentence."""
        return because(self, lang)


def loss_of(outcome: Outcome, *, by_value: bool) -> Array:
    """What is to be small: present cost, or −NPV where value ranks, shape (draws | 1, 1)."""
    if by_value:
        assert outcome.appraisal is not None
        return -outcome.appraisal.npv.value
    assert outcome.present_cost is not None
    return outcome.present_cost.value


def losses(ranked: Sequence[Outcome], *, by_value: bool) -> Array:
    """Losses of full plans side by side, shape (draws | 1, options)."""
    columns = [loss_of(outcome, by_value=by_value) for outcome in ranked]
    n = max(column.shape[0] for column in columns)
    return np.hstack([np.broadcast_to(column, (n, 1)) for column in columns])


def decide(comparison: Comparison) -> Decision:
    """Ranks the full plans of a comparison.

    Criterion: the scenario's; else expected NPV where value has benefits, else expected present cost. npv without
    benefits falls back to cost, with a warning.
    """
    ranked = comparison.ranked()
    wanted = comparison.scenario.ranking.criterion or ("npv" if comparison.has_value else "present_cost")
    warnings = []
    if wanted == "npv" and not comparison.has_value:
        warnings.append(Message("warning.npv_without_value"))
        wanted = "present_cost"
    if not ranked:
        return Decision(comparison, wanted, (), {}, (), tuple(warnings))
    by_value = wanted == "npv"
    loss, cost = losses(ranked, by_value=by_value), losses(ranked, by_value=False)
    regret = loss - loss.min(axis=1, keepdims=True)
    best = regret == 0
    share = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    key = {
        "npv": loss.mean(axis=0),
        "present_cost": loss.mean(axis=0),
        "p90_cost": np.quantile(loss, 0.9, axis=0),
        "p90_regret": np.quantile(regret, 0.9, axis=0),
    }[wanted]
    order = [int(i) for i in np.argsort(key, kind="stable")]
    standings = {
        outcome.id: Standing(
            float(share[i]),
            float(regret[:, i].mean()),
            float(np.quantile(regret[:, i], 0.9)),
            _cvar(cost[:, i]),
            _difference(outcome, comparison),
            _crossing(outcome, comparison),
        )
        for i, outcome in enumerate(ranked)
    }
    ids = tuple(ranked[i].id for i in order)
    return Decision(comparison, wanted, ids, standings, _ties(loss, order, ids), tuple(warnings))


def _cvar(costs: Array) -> float:
    worst = np.sort(costs)[-max(1, int(np.ceil(costs.size * CVAR_TAIL))) :]
    return float(worst.mean())


def _difference(outcome: Outcome, comparison: Comparison) -> Array | None:
    """Present cost of the baseline − present cost of the option, same draws."""
    base = comparison.baseline
    if not base.ranked or outcome.present_cost is None:
        return None
    return loss_of(base, by_value=False) - outcome.present_cost.value


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


def _ties(losses_: Array, order: list[int], ids: tuple[str, ...]) -> tuple[str, ...]:
    """The leader and those whose mean difference is under two Monte-Carlo standard errors of it."""
    first, n = losses_[:, order[0]], losses_.shape[0]
    tied = [ids[0]]
    for i, name in zip(order[1:], ids[1:], strict=True):
        difference = losses_[:, i] - first
        error = float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
        if abs(float(difference.mean())) <= max(TIE_ERRORS * error, 1e-9 * abs(float(first.mean()))):
            tied.append(name)
    return tuple(tied) if len(tied) > 1 else ()
