"""The own site: power that it can give. What it costs more than the hardware stands in the option's own terms."""

from __future__ import annotations

import numpy as np

from planner.errors import Infeasible, Message
from planner.figure import Figure
from planner.ledger import CostLine
from planner.options.owned_terms import Terms
from planner.scenario.options import OnpremOption
from planner.supply.market import Market


def check(option_id: str, option: OnpremOption, terms: Terms, market: Market, count: int) -> list[Message]:
    """Raise Infeasible when the site has less power than the systems draw with their cooling."""
    limit = market.scenario.constraints.power_kw
    need = count * float(np.mean(terms.load_kw.value)) * float(np.mean(terms.pue.value))
    if limit is not None and need > limit:
        raise Infeasible("reason.power", option=option_id, need=round(need, 1), limit=limit)
    return []


def lines(option_id: str, option: OnpremOption, terms: Terms, market: Market, systems: Figure) -> list[CostLine]:
    """Nothing beyond what every owned installation has."""
    return []
