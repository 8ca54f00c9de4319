"""The ledger: the one result of pricing an option.

A line is quantity × unit price by month. Every total, chart, ratio and report is a sum over lines.
Names of the fields follow FOCUS (FinOps Open Cost and Usage Specification 1.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.figure import Figure, derive, total

Array = NDArray[np.float64]
Timing = Literal["start", "mid", "end"]
CHARGE_CATEGORIES = ("usage", "purchase", "tax", "credit", "adjustment")
COST_TYPES = (
    "compute", "storage", "network", "hardware", "power", "space", "staff", "maintenance", "setup",
    "residual", "penalty", "tokens", "subscription", "support", "migration", "credit", "data", "labelling", "team",
    "mlops", "compliance", "deployment", "delay",
)  # fmt: skip


@dataclass(frozen=True)
class CostLine:
    """One line of a bill: what, for which workload, how much by month, at which unit price.

    quantity: [pricing_unit], shape (draws | 1, months). unit_price: [currency / pricing_unit].
    timing: purchases at the start of their month, running costs in its middle, resale at its end.
    placed_on: the option that delivers (the option itself, its ``else``, a burst).
    spread_months: months of use that a purchase or resale belongs to, for its effective cost; None: as billed.
    term_months: length of a commitment that is paid month by month to its end; None: it can stop.
    """

    id: str
    placed_on: str
    cost_type: str
    charge_category: str
    pricing_category: str
    quantity: Figure
    unit_price: Figure
    billed_cost: Figure
    pricing_unit: str
    timing: Timing = "mid"
    workload: str | None = None
    provider: str | None = None
    region_id: str | None = None
    sku_id: str | None = None
    accelerator: str | None = None
    price_observed_on: str | None = None
    spread_months: int | None = None
    term_months: int | None = None


def cost_line(
    id: str,
    *,
    placed_on: str,
    cost_type: str,
    charge_category: str,
    pricing_category: str,
    quantity: Figure,
    unit_price: Figure,
    pricing_unit: str,
    currency: str,
    timing: Timing = "mid",
    workload: str | None = None,
    provider: str | None = None,
    region_id: str | None = None,
    sku_id: str | None = None,
    accelerator: str | None = None,
    price_observed_on: str | None = None,
    spread_months: int | None = None,
    term_months: int | None = None,
) -> CostLine:
    """A line with its billed cost = quantity × unit price."""
    billed = derive(
        np.multiply,
        quantity,
        unit_price,
        name=f"{placed_on}.{id}",
        unit=currency,
        formula="quantity × unit price",
    )
    return CostLine(
        id, placed_on, cost_type, charge_category, pricing_category, quantity, unit_price, billed, pricing_unit,
        timing, workload, provider, region_id, sku_id, accelerator, price_observed_on, spread_months, term_months,
    )  # fmt: skip


@dataclass(frozen=True)
class PresentValue:
    """From money by month, shape (draws | 1, months | 1), and a yearly rate to its present sum (draws | 1, 1)."""

    months: int
    timing: Timing

    def __call__(self, cost: Array, rate: Array) -> Array:
        """The sum over months of cost × discount factor."""
        factors = finance.discount_factors(float(rate.item()), self.months, self.timing)
        return np.asarray(np.broadcast_to(cost, (len(cost), self.months)) @ factors.T)


@dataclass(frozen=True)
class Ledger:
    """All lines of an option in one currency over the horizon."""

    option: str
    currency: str
    months: int
    lines: tuple[CostLine, ...]

    def by_month(self, keep: Callable[[CostLine], bool] = lambda line: True) -> Array:
        """Nominal cost by month of the lines kept, shape (draws | 1, months) [currency]."""
        out: Array = np.zeros((1, self.months))
        for line in self.lines:
            if keep(line):
                out = out + line.billed_cost.value
        return out

    def nominal(self, keep: Callable[[CostLine], bool] = lambda line: True) -> Array:
        """Nominal cost over the horizon, shape (draws | 1, 1) [currency]."""
        return np.asarray(self.by_month(keep).sum(axis=1, keepdims=True))

    def by(self, field: str) -> dict[str, Array]:
        """Nominal cost by a field of the lines (cost_type, charge_category, workload, placed_on)."""
        out: dict[str, Array] = {}
        for line in sorted(self.lines, key=lambda line: str(getattr(line, field))):
            name = str(getattr(line, field))
            one = Ledger(self.option, self.currency, self.months, (line,)).nominal()
            out[name] = out[name] + one if name in out else one
        return out

    def present_by_month(self, annual_rate: float) -> Array:
        """Discounted cost by month, shape (draws | 1, months) [currency]."""
        out: Array = np.zeros((1, self.months))
        for timing in ("start", "mid", "end"):
            lines = [line for line in self.lines if line.timing == timing]
            if lines:
                part = sum(line.billed_cost.value for line in lines)
                out = out + part * finance.discount_factors(annual_rate, self.months, timing)
        return out

    def present_cost(self, discount_rate: Figure) -> Figure:
        """Present cost over the horizon, shape (draws | 1, 1) [currency], explained by line."""
        present = []
        for line in self.lines:
            present.append(
                derive(
                    PresentValue(self.months, line.timing),
                    line.billed_cost,
                    discount_rate,
                    name=f"present_cost.{line.placed_on}.{line.id}",
                    unit=self.currency,
                    formula=f"Σ_t cost_t / (1 + rate)^(t/12), flows at the {line.timing} of the month",
                )
            )
        return total(*present, name=f"{self.option}.present_cost", unit=self.currency)
