"""Use cases of the value formula with their sourced ranges."""

from __future__ import annotations

from dataclasses import dataclass

from planner.benefits import TEMPLATES, Template, template_range
from planner.project_facts import ProjectFacts
from planner.quantities import extremes
from planner.tables import Row
from planner.uncertainty import Estimate


@dataclass(frozen=True)
class Filled:
    """One field that a template fills: the range that is used, and the row that it comes from."""

    template: Template
    field: str
    used: Estimate
    row: Row

    @property
    def ends(self) -> tuple[float, float]:
        """Least and greatest value that is used."""
        return extremes(self.used)


def value_templates(facts: ProjectFacts) -> list[tuple[Template, list[Filled]]]:
    """Every use case with what it fills in."""
    out = []
    for template in TEMPLATES.values():
        fills = [Filled(template, name, *template_range(facts, fill)) for name, fill in template.fills.items()]
        out.append((template, fills))
    return out
