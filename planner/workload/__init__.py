"""From a workload to work in native units, and to its rate on an accelerator."""

from planner.workload.rate import rate
from planner.workload.work import work

__all__ = ["rate", "work"]
