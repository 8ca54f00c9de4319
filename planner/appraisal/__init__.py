"""What a plan is worth: its flows of money, returns, payback, cash and margin (MODEL §3)."""

from planner.appraisal.cash import Cash, cash_of, expected_runway
from planner.appraisal.flows import Flows, flows_of
from planner.appraisal.margin import Margin, margin_of
from planner.appraisal.returns import Appraisal, appraise

__all__ = [
    "Appraisal",
    "Cash",
    "Flows",
    "Margin",
    "appraise",
    "cash_of",
    "expected_runway",
    "flows_of",
    "margin_of",
]
