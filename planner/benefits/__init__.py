"""Value: savings + revenue + value of problems solved, each driver in one term, by month and by draw (MODEL §3)."""

from planner.benefits.benefit import Benefit, benefits_of, full_adoption_by_term
from planner.benefits.checks import check_value
from planner.benefits.templates import TEMPLATES, Template, template_range
from planner.benefits.textbook import Textbook, textbook_view

__all__ = [
    "TEMPLATES",
    "Benefit",
    "Template",
    "Textbook",
    "benefits_of",
    "check_value",
    "full_adoption_by_term",
    "template_range",
    "textbook_view",
]
