"""What one owned system costs to buy and to run: the user's own terms, else sourced defaults."""

from __future__ import annotations

from dataclasses import dataclass

from planner.errors import NotPriced
from planner.figure import Figure, derive, given, product
from planner.scenario.options import ColocationOption, OwnedOption
from planner.supply.market import Market
from planner.supply.overheads import Place, local_price
from planner.tables import Row
from planner.uncertainty import Fixed, Pert
from planner.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Terms:
    """Everything about one system, as figures in the reporting currency."""

    row: Row
    country: str | None
    region: str | None
    accelerator: str
    per_system: int
    price: Figure
    observed_on: str
    rated_kw: Figure
    load_kw: Figure
    idle_fraction: Figure
    pue: Figure
    electricity: Figure | None
    availability: Figure
    maintenance: Figure
    staff_fte: Figure
    retention: Figure
    lead: Figure


def read_terms(option_id: str, option: OwnedOption, market: Market) -> Terms:
    """The option's terms, each the user's own or a sourced default."""
    if option.quote is None:
        row = market.reference.system(option.system, option.price_basis)
    else:
        row = market.reference.system_known(option.system)
    if option.quote is not None:
        quote, path = option.quote, ("options", option_id, "quote", "price")
        if quote.currency is None:
            raise NotPriced("reason.quote_currency", option=option_id)
        leaf = market.input(f"{option_id}.quote.price", quote.price, f"{quote.currency}/system", path)
        unit = f"{market.currency}/system"
        cost, observed = market.converted(leaf, quote.currency, unit, running=False, on=quote.date), quote.date
    else:
        cost, observed = _reference_price(option_id, row, market), row["observed_on"]
    if option.power_kw is not None:
        load = market.input(f"{option_id}.power_kw", option.power_kw, "kW/system", ("options", option_id, "power_kw"))
        rated = load
    else:
        rated, load = _power(option_id, row, market)
    hosted, place = isinstance(option, ColocationOption), place_of(option, market)
    term = market.term
    return Terms(
        row=row,
        country=place[0],
        region=place[1],
        accelerator=row["accelerator"],
        per_system=int(float(row["accelerator_count"])),
        price=cost,
        observed_on=observed,
        rated_kw=rated,
        load_kw=load,
        idle_fraction=term(
            option_id, "idle_power_fraction", option.idle_power_fraction, "fraction", "idle_power_fraction"
        ),
        pue=term(option_id, "pue", option.pue, "ratio", "pue_colocation" if hosted else "pue_own_site"),
        electricity=_electricity(option_id, option, market, place),
        availability=term(
            option_id, "availability_fraction", option.availability_fraction, "fraction", "availability_fraction"
        ),
        maintenance=term(
            option_id,
            "maintenance_fraction_per_year",
            option.maintenance_fraction_per_year,
            "fraction/year",
            "maintenance_fraction_per_year",
        ),
        staff_fte=term(option_id, "staff_fte", option.staff_fte, "FTE", "staff_fte"),
        retention=_retention(option_id, option, market),
        lead=market.input(
            f"{option_id}.lead_time_days", option.lead_time_days, "day", ("options", option_id, "lead_time_days")
        ),
    )


def _reference_price(option_id: str, row: Row, market: Market) -> Figure:
    low, mid, high = (row.number(c) for c in ("price_low", "price", "price_high"))
    if mid is None:
        raise NotPriced("reference.no_system_price", name=row["id"], basis=row["price_basis"])
    estimate = Pert(low or mid, mid, high or mid) if (low or mid) < (high or mid) else Fixed(mid)
    name = f"system_price.{row['id']}.{row['price_basis']}"
    leaf = given(name, market.draws.column(name, estimate), f"{row['currency']}/system", row.source("price_row"))
    return market.converted(leaf, row["currency"], f"{market.currency}/system", running=False)


def _power(option_id: str, row: Row, market: Market) -> tuple[Figure, Figure]:
    """Rated power and power under load [kW/system]."""
    rated = row.number("power_w_max")
    if rated is None:
        raise NotPriced("reference.your_input_required", name=f"{option_id}.power_kw")
    leaf = given(f"{row['id']}.power_max", rated / 1000, "kW/system", row.source())
    share = market.assumed("load_power_fraction", market.reference.assumption("load_power_fraction"))
    return leaf, product(leaf, share, name=f"{option_id}.power_kw", unit="kW/system")


def place_of(option: OwnedOption, market: Market) -> Place:
    """Where the hardware stands: the site of a colocation when stated, else the organisation's place."""
    if isinstance(option, ColocationOption) and option.country is not None:
        return option.country, option.site_region
    return market.scenario.organisation.country, market.scenario.organisation.region


def _electricity(option_id: str, option: OwnedOption, market: Market, place: Place) -> Figure | None:
    """Price of a kWh; None where the rent covers it."""
    if isinstance(option, ColocationOption) and option.power_included:
        return None
    if option.electricity_price_per_kwh is not None:
        return market.money(option_id, "electricity_price_per_kwh", option.electricity_price_per_kwh, "/kWh")
    return local_price(market, "electricity_price", "kWh", place)


def _retention(option_id: str, option: OwnedOption, market: Market) -> Figure:
    """Resale at the horizon's end over the purchase price."""
    if option.residual_fraction is not None:
        path = ("options", option_id, "residual_fraction")
        return market.input(f"{option_id}.residual_fraction", option.residual_fraction, "fraction", path)
    yearly = market.assumed("retention_per_year", market.reference.assumption("retention_per_year"))
    years = market.months_in_use / MONTHS_PER_YEAR
    return derive(
        lambda kept: kept**years,
        yearly,
        name=f"{option_id}.residual_fraction",
        unit="fraction",
        formula=f"retention per year ^ {years:g} years",
    )
