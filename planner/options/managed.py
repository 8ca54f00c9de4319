"""Managed services: the provider's own instances at a measured premium, for less of one's own work (MODEL §2)."""

from __future__ import annotations

from collections.abc import Sequence

from planner.demand import Asked, Priced
from planner.errors import Message, NotPriced, PriceError
from planner.figure import Figure, derive, given
from planner.prices import UnitPrice
from planner.scenario.options import ManagedOption
from planner.supply.market import Market
from planner.supply.placing import Shelf, Shop, shop_of
from planner.supply.renting import own_goodput, rent
from planner.tables import Row

SHELF = Shelf("standard", ("on_demand",))
PREFIX = "ml."  # SageMaker's name of an instance is EC2's with this before it


def price(option_id: str, option: ManagedOption, market: Market, asked: Asked) -> Priced:
    """Lines of a managed service for what is asked. Raises NotPriced or Infeasible with the reason."""
    return rent(
        option_id, option, market, asked, lambda: _shop(option_id, option, market),
        lambda name, _: (own_goodput(market, name), []),
    )  # fmt: skip


def _shop(option_id: str, option: ManagedOption, market: Market) -> Shop:
    """The service's published prices; where it has none, the instances beneath it at its premium."""
    rows = market.reference.managed_service(option.provider)
    direct: PriceError | None = None
    if option.premium_fraction is None:
        try:
            return shop_of(option_id, option, market, SHELF)
        except PriceError as error:
            direct = error
    if not rows:
        raise direct or NotPriced("reason.premium_unused", option=option_id, provider=option.provider)
    beneath = option.model_copy(
        update={
            "provider": rows[0]["underlying_provider"],
            "instance": option.instance.removeprefix(PREFIX) if option.instance else None,
        }
    )
    shop = shop_of(option_id, beneath, market, SHELF)
    known = [offer for offer in shop.offers if option.premium_fraction is not None or _row(rows, offer) is not None]
    if not known:
        raise NotPriced("reason.premium_wanted", provider=option.provider)

    def price_of(offer: UnitPrice, name: str) -> Figure:
        premium = _premium(option_id, option, market, rows, offer)
        return derive(
            lambda p, more: p * (1 + more), shop.price(offer, f"{name}.beneath"), premium, name=name,
            unit=f"{market.currency}/instance-hour", formula="price of the instance × (1 + premium)",
        )  # fmt: skip

    note = Message("note.premium", {"provider": option.provider, "beneath": rows[0]["underlying_provider"]})
    return Shop(shop.category, known, price_of, [*shop.notes, note], shop.data_provider)


def _premium(option_id: str, option: ManagedOption, market: Market, rows: Sequence[Row], offer: UnitPrice) -> Figure:
    if option.premium_fraction is not None:
        path = ("options", option_id, "premium_fraction")
        return market.input(f"{option_id}.premium_fraction", option.premium_fraction, "fraction", path)
    row = _row(rows, offer)
    assert row is not None
    return given(f"premium.{row['instance_family']}", row.number("premium_fraction") or 0.0, "fraction", row.source())


def _row(rows: Sequence[Row], offer: UnitPrice) -> Row | None:
    """The measured premium of an instance: of its type, else of its family."""
    for name in (offer.instance_type, offer.instance_type.split(".")[0]):
        for row in rows:
            if row["instance_family"] == name and row["premium_fraction"]:
                return row
    return None
