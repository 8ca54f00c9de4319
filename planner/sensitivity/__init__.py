"""Doubt about a decision: what moves it, what would turn it, what knowing more is worth (MODEL §4.5)."""

from planner.sensitivity.analysis import Sensitivity, sensitivity
from planner.sensitivity.information import evpi, evppi, evsi
from planner.sensitivity.inputs import Input, inputs_of
from planner.sensitivity.measure import Measurement, Worth
from planner.sensitivity.one_at_a_time import Change, Swing
from planner.sensitivity.regions import Switch, WinMap
from planner.sensitivity.variance import Shares, sobol_indices

__all__ = [
    "Change",
    "Input",
    "Measurement",
    "Sensitivity",
    "Shares",
    "Swing",
    "Switch",
    "WinMap",
    "Worth",
    "evpi",
    "evppi",
    "evsi",
    "inputs_of",
    "sensitivity",
    "sobol_indices",
]
