"""Start-up credits: one pool for each grant, spent in order with its provider until it ends (MODEL §2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.errors import Message
from planner.figure import Figure, Source, derive, given
from planner.ledger import CostLine, cost_line
from planner.scenario import Credit
from planner.supply.market import Market
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
COVERED = ("compute", "storage", "network", "tokens")  # what a provider's credit pays for


@dataclass(frozen=True)
class Pool:
    """A grant: sum in the reporting currency, provider, months of use (1 = first of the horizon)."""

    label: str
    provider: str
    amount: Figure
    first: int
    last: int
    observed_on: str | None


def lines(market: Market, plan: Sequence[CostLine]) -> tuple[list[CostLine], list[Message]]:
    """Credit lines against a whole plan, the grant that ends first used first, and what there is to know."""
    pools = [_pool(market, i, credit) for i, credit in enumerate(market.scenario.credits or [])]
    out: list[CostLine] = []
    notes: list[Message] = []
    for pool, told in sorted(pools, key=lambda one: (one[0].last, one[0].label)):
        if pool.last < pool.first:
            notes.append(Message("warning.credit_over", {"label": pool.label}))
            continue
        covered = [one for one in plan if one.cost_type in COVERED and _pays(market, pool.provider, one.provider)]
        if covered:
            earlier = [one for one in out if one.provider == pool.provider]
            out.append(_line(market, pool, covered, earlier))
            notes += told
    return out, notes


def unused(market: Market, plans: Sequence[Sequence[CostLine]]) -> list[Message]:
    """Grants that no plan could spend: none of them buys from the provider."""
    spent = {one.id for plan in plans for one in plan if one.cost_type == "credit"}
    pools = [_pool(market, i, credit)[0] for i, credit in enumerate(market.scenario.credits or [])]
    return [
        Message("warning.credit_unused", {"label": pool.label, "provider": pool.provider})
        for pool in pools
        if pool.label not in spent and pool.last >= pool.first
    ]


def _pays(market: Market, granted_by: str, billed_by: str | None) -> bool:
    """Whether a grant pays a provider's bill: its own, and that of its managed service."""
    return billed_by is not None and granted_by in (billed_by, market.reference.data_provider(billed_by))


def _line(market: Market, pool: Pool, covered: Sequence[CostLine], earlier: Sequence[CostLine]) -> CostLine:
    window = np.zeros((1, market.months))
    window[0, max(pool.first - 1, 0) : max(pool.last, 0)] = 1.0

    def used(granted: Array, *costs: Array) -> Array:
        """Charges in the months of use, oldest first, until the grant is spent."""
        charges = np.maximum(sum(costs, start=np.zeros((1, 1))), 0.0) * window
        so_far = np.cumsum(charges, axis=1)
        spent = np.minimum(so_far, granted)
        return np.diff(spent, axis=1, prepend=0.0)

    taken = [*(one.billed_cost for one in covered), *(one.billed_cost for one in earlier)]
    quantity = derive(
        used, pool.amount, *taken, name=f"{pool.label}.used", unit=f"{market.currency}/month",
        formula=f"charges of {pool.provider} in months {pool.first} to {pool.last}, oldest first, up to the grant",
    )  # fmt: skip
    minus = given(
        f"{pool.label}.minus", -1.0, "ratio",
        Source("assumption", "definition", market.as_of.isoformat(), "a credit lowers the bill"),
    )  # fmt: skip
    return cost_line(
        pool.label, placed_on="credits", cost_type="credit", charge_category="credit", pricing_category="other",
        quantity=quantity, unit_price=minus, pricing_unit=f"{market.currency} of credit", currency=market.currency,
        provider=pool.provider, price_observed_on=pool.observed_on,
    )  # fmt: skip


def _pool(market: Market, i: int, credit: Credit) -> tuple[Pool, list[Message]]:
    row = market.reference.credit_programme(credit.programme) if credit.programme else None
    provider = credit.provider or (row["provider"] if row else "")
    label = f"credit.{i + 1}.{credit.programme or provider}"
    notes: list[Message] = []
    if credit.amount is not None:
        amount = market.money(f"credits.{i}", "amount", credit.amount, "", running=False, path=("credits", i, "amount"))
    else:
        assert row is not None
        leaf = given(f"{label}.amount", row.number("amount_max") or 0.0, row["currency"], row.source())
        amount = market.converted(leaf, row["currency"], market.currency, running=False)
        notes.append(
            Message(
                "warning.credit_ceiling",
                {"programme": row["programme"], "amount": row["amount_max"], "currency": row["currency"]},
            )
        )
    first = _month(market, credit.starts) if credit.starts else 1
    months = row.number("validity_months") if row else None
    if credit.expires is not None:
        last = _month(market, credit.expires)
    elif months is not None:
        last = first + int(months) - 1
    else:
        last = market.months
        notes.append(Message("warning.credit_no_end", {"label": label}))
    return Pool(label, provider, amount, first, min(last, market.months), row["observed_on"] if row else None), notes


def _month(market: Market, text: str) -> int:
    """Number of a calendar month, 1 = first of the horizon."""
    year, month = map(int, text.split("-"))
    start_year, start_month = map(int, market.scenario.horizon.start.split("-"))
    return (year - start_year) * MONTHS_PER_YEAR + month - start_month + 1
