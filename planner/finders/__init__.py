"""Finders: which programmes and credits are open, and which names the planner knows.

from planner.finders import programmes
found = programmes(Organisation(stage="seed", country="CA", region="QC"))
"""

from __future__ import annotations

from planner.finders.catalogue import accelerators, regions, systems
from planner.finders.model_catalogue import models
from planner.finders.programmes import programmes

__all__ = ["accelerators", "models", "programmes", "regions", "systems"]
