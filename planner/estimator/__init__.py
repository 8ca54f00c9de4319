"""Accelerator-hours and speeds with honest intervals: physics, corrected by what like cases measured."""

from planner.estimator.ask import ask
from planner.estimator.asked import Asked, Band
from planner.estimator.batch import Answer, estimate_batch
from planner.estimator.evidence import Evidence, evidence_of
from planner.estimator.single import Estimated, Nearest, OwnRun, estimated

__all__ = [
    "Answer",
    "Asked",
    "Band",
    "Estimated",
    "Evidence",
    "Nearest",
    "OwnRun",
    "ask",
    "estimate_batch",
    "estimated",
    "evidence_of",
]
