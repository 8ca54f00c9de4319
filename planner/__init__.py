"""Where to run deep learning, what it costs, and whether it pays.

import planner as pl
print(pl.plan("scenario.yaml").sentence)
"""

from __future__ import annotations

from planner import finance
from planner.benchmark import read_file as read_benchmark
from planner.compare import compare
from planner.comparison import Comparison, Outcome
from planner.decide import Decision, decide
from planner.errors import PlannerError
from planner.estimator import ask as estimate
from planner.estimator import estimate_batch, evidence_of
from planner.figure import explain, leaves, replay
from planner.plans import Plan, plan
from planner.prices import PriceBook
from planner.run_effect import run_effect
from planner.scenario_io import load_scenario, parse_scenario
from planner.simulation import Simulation, simulate
from planner.uncertainty import Draws

__all__ = [
    "Comparison",
    "Decision",
    "Draws",
    "Outcome",
    "Plan",
    "PlannerError",
    "PriceBook",
    "Simulation",
    "compare",
    "decide",
    "estimate",
    "estimate_batch",
    "evidence_of",
    "explain",
    "finance",
    "leaves",
    "load_scenario",
    "parse_scenario",
    "plan",
    "read_benchmark",
    "replay",
    "run_effect",
    "simulate",
]
