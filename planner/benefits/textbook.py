"""The literal formula of the mission's documents, as a labelled view: it counts incremental revenue twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.benefits.benefit import Benefit, full_adoption_by_term
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Textbook:
    """A year of full adoption by the letter of the formula [currency/year], each of shape (draws | 1, 1).

    savings_with_revenue: savings as written, incremental revenue at their end included. total: the three added, so
    that incremental revenue is in it twice: no cost, no discount, no chance of failure is taken off.
    """

    savings_with_revenue: Array
    revenue: Array
    problems: Array
    total: Array
    counted_once: Array


def textbook_view(benefits: tuple[Benefit, ...]) -> Textbook | None:
    """The literal sum, and the same with revenue counted once; None without any line of value.

    *Source:* mission's documents: ROI model = savings + revenue + value of problems solved, savings = current
    operating cost − expected operating cost + incremental revenue.
    """
    if not benefits:
        return None
    by_term = full_adoption_by_term(benefits)
    zero = np.zeros((1, 1))
    savings, revenue, problems = (
        MONTHS_PER_YEAR * by_term.get(term, zero) for term in ("savings", "revenue", "problems")
    )
    once = savings + revenue + problems
    return Textbook(savings + revenue, revenue, problems, once + revenue, once)
