"""From a workload to work in native units, and to its rate on an accelerator."""

from planner.workload.memory import accelerators_that_fit
from planner.workload.rate import rate
from planner.workload.work import work

__all__ = ["accelerators_that_fit", "rate", "work"]
