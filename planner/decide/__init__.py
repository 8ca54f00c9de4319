"""From a comparison to a decision: ranking, ties, probability of being best, regret, verdict, rules, the sentence."""

from planner.decide.ranking import TIE_ERRORS, Decision, decide, loss_of, losses
from planner.decide.rules import Rule, profile_rules
from planner.decide.standing import Ranked, Standing, utilization
from planner.decide.verdict import Verdict, is_strategic, labels, verdict_of
from planner.decide.words import because, sentence

__all__ = [
    "TIE_ERRORS",
    "Decision",
    "Ranked",
    "Rule",
    "Standing",
    "Verdict",
    "because",
    "decide",
    "is_strategic",
    "labels",
    "loss_of",
    "losses",
    "profile_rules",
    "sentence",
    "utilization",
    "verdict_of",
]
