"""Measured runs: the files that training and serving tools leave behind, read into one record.

``read_file`` finds out by content which tool wrote a file and reads it; ``record`` says what a run is; ``steady`` cuts
warm-up and pauses off; ``readers`` holds one small reader for each format.
"""

from __future__ import annotations

from planner.benchmark.detect import read_file
from planner.benchmark.record import BenchmarkRun, StepTime, Throughput

__all__ = ["BenchmarkRun", "StepTime", "Throughput", "read_file"]
