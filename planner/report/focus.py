"""The ledger as rows in the words of FOCUS (FinOps Open Cost and Usage Specification 1.3)."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner import finance
from planner.comparison import Comparison, Outcome
from planner.figure import leaves
from planner.ledger import CostLine

COLUMNS = (
    "ChargePeriodStart", "ChargePeriodEnd", "BilledCost", "EffectiveCost", "BillingCurrency", "ChargeCategory",
    "ChargeDescription", "PricingCategory", "PricingQuantity", "PricingUnit", "ContractedUnitPrice", "ListUnitPrice",
    "PricingCurrency", "ProviderName", "RegionId", "SkuId", "ServiceCategory", "x_Option", "x_PlacedOn",
    "x_Workload", "x_CostType", "x_Accelerator", "x_Timing", "x_DiscountFactor", "x_PresentCost", "x_PriceSource",
    "x_PriceObservedOn",
)  # fmt: skip


def focus_rows(outcome: Outcome, comparison: Comparison) -> list[dict[str, Any]]:
    """One row for each line and month with a cost or quantity, expected values over the draws.

    ContractedUnitPrice = BilledCost / PricingQuantity, so that every row multiplies out; with one draw it is
    the price itself.
    """
    assert outcome.ledger is not None
    start, months = comparison.scenario.horizon.start, comparison.scenario.horizon.months
    rate = comparison.scenario.finance.discount_rate_fraction
    rows = []
    for line in outcome.ledger.lines:
        quantity = np.broadcast_to(line.quantity.value, (line.quantity.value.shape[0], months)).mean(axis=0)
        cost = np.broadcast_to(line.billed_cost.value, (line.billed_cost.value.shape[0], months)).mean(axis=0)
        factors = finance.discount_factors(rate, months, line.timing)[0]
        listed = next((f for f in leaves(line.unit_price) if f.source and f.source.kind == "price_row"), None)
        effective = _effective(line, cost)
        for t in range(months):
            if quantity[t] == 0 and cost[t] == 0 and effective[t] == 0:
                continue
            rows.append(
                {
                    "ChargePeriodStart": _month(start, t),
                    "ChargePeriodEnd": _month(start, t + 1),
                    "BilledCost": float(cost[t]),
                    "EffectiveCost": float(effective[t]),
                    "BillingCurrency": outcome.ledger.currency,
                    "ChargeCategory": line.charge_category.capitalize(),
                    "ChargeDescription": line.id,
                    "PricingCategory": line.pricing_category.capitalize(),
                    "PricingQuantity": float(quantity[t]),
                    "PricingUnit": line.pricing_unit,
                    "ContractedUnitPrice": float(cost[t] / quantity[t]) if quantity[t] else None,
                    "ListUnitPrice": float(listed.value.mean()) if listed is not None else None,
                    "PricingCurrency": listed.unit.split("/")[0] if listed is not None else outcome.ledger.currency,
                    "ProviderName": line.provider,
                    "RegionId": line.region_id,
                    "SkuId": line.sku_id,
                    "ServiceCategory": "Compute" if line.cost_type == "compute" else line.cost_type.capitalize(),
                    "x_Option": outcome.id,
                    "x_PlacedOn": line.placed_on,
                    "x_Workload": line.workload,
                    "x_CostType": line.cost_type,
                    "x_Accelerator": line.accelerator,
                    "x_Timing": line.timing,
                    "x_DiscountFactor": float(factors[t]),
                    "x_PresentCost": float(cost[t] * factors[t]),
                    "x_PriceSource": listed.source.locator if listed is not None and listed.source else "",
                    "x_PriceObservedOn": line.price_observed_on,
                }
            )
    return rows


def _effective(line: CostLine, cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """A purchase spread evenly over the months that it is for, a resale over those before it; the rest as billed."""
    if line.spread_months is None:
        return cost
    out = np.zeros_like(cost)
    for t in map(int, np.flatnonzero(cost)):
        first = t - line.spread_months + 1 if line.timing == "end" else t
        low, high = max(first, 0), min(first + line.spread_months, cost.size)
        out[low:high] += cost[t] / (high - low)
    return out


def _month(start: str, after: int) -> str:
    year, month = (int(part) for part in start.split("-"))
    index = year * 12 + month - 1 + after
    return f"{index // 12:04d}-{index % 12 + 1:02d}-01"


def focus_csv(outcome: Outcome, comparison: Comparison) -> str:
    """The rows as CSV text."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(focus_rows(outcome, comparison))
    return stream.getvalue()
