"""What a project costs besides compute: data, labels, people by role, operation, compliance, deployment (MODEL §3).

These lines are the same in every option's ledger, placed on `PROJECT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.errors import NotPriced, PlannerError
from planner.figure import Figure, derive, given, product
from planner.ledger import CostLine, Timing, cost_line
from planner.project_facts import ProjectFacts
from planner.quantities import Money
from planner.scenario.project import Item, Labelling, Mlops, Role
from planner.supply.market import Market, Path
from planner.supply.production import begun, waits
from planner.uncertainty import Fixed, Pert
from planner.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
PROJECT = "project"
PREPARES = "data_engineer"  # whose day a day of cleaning costs


@dataclass(frozen=True)
class _Desk:
    """What the lines are written with."""

    market: Market
    facts: ProjectFacts
    lines: list[CostLine] = field(default_factory=list)

    def add(
        self, id: str, kind: str, quantity: Figure, price: Figure, unit: str, charge: str,
        observed_on: str | None = None,
    ) -> None:  # fmt: skip
        """Writes a line; a purchase is paid at the start of its month and belongs to all."""
        timing: Timing = "start" if charge == "purchase" else "mid"
        self.lines.append(
            cost_line(
                id, placed_on=PROJECT, cost_type=kind, charge_category=charge, pricing_category="other",
                quantity=quantity, unit_price=price, pricing_unit=unit, currency=self.market.currency, timing=timing,
                price_observed_on=observed_on, spread_months=self.market.months if charge == "purchase" else None,
            )
        )  # fmt: skip

    def once(self, id: str, kind: str, money: Money, path: Path) -> None:
        """Writes a sum paid at the start of the first month."""
        price = self.market.money(f"{PROJECT}.{id}", "once", money, "", running=False, path=path)
        first = self.market.unit_figure(f"{PROJECT}.{id}.first_month", self.market.month(1), "", "paid once")
        self.add(id, kind, first, price, "payment", "purchase")

    def months(self, id: str, first: int, last: int | None) -> Figure:
        """1 in the months from first to last; a wait for data moves the last; 0 after a gate that does not open."""
        t = np.arange(1, self.market.months + 1)[None, :]
        mask = ((t >= first) & (t <= (last or self.market.months))).astype(float)
        why = f"months {first} to {last or t[0, -1]}"
        plain = self.market.unit_figure(f"{PROJECT}.{id}.months", mask, "month", why)
        gate = self.market.production
        if gate is None:
            return plain
        waited = waits(gate) if last is not None else []

        def paid(months: Array, m: Array, o: Array, *wait: Array) -> Array:
            end = (last or 0) + sum(wait, start=np.zeros((1, 1)))
            longer = (t > (last or 0)) * np.clip(end - t + 1, 0.0, 1.0) if wait else 0.0
            return np.asarray((months + longer) * (1 - begun(m, months.shape[1]) * (1 - o)))

        return derive(
            paid, plain, gate.months, gate.opens, *waited, name=f"{PROJECT}.{id}.months_paid", unit="month",
            formula="months, longer by the wait for data, until the gate, and after it where production begins",
        )  # fmt: skip


def project_cost_lines(market: Market) -> tuple[CostLine, ...]:
    """Lines of a scenario's project costs. Raises PriceError or NotPriced, with the place of the item.

    A wait for data, or for an option's first results, lengthens what has a last month.
    """
    costs = market.scenario.project_costs
    if costs is None:
        return ()
    desk = _Desk(market, ProjectFacts(market.book.folder))
    root: Path = ("project_costs",)
    if costs.data is not None:
        _item(desk, "data", costs.data, (*root, "data"))
        if costs.data.cleaning_person_days is not None:
            _at(desk, (*root, "data"), _cleaning)
    for i, one in enumerate(costs.labelling or []):
        _at(desk, (*root, "labelling", i), lambda d, p, one=one, i=i: _labelling(d, p, one, i))
    for i, role in enumerate(costs.team or []):
        _at(desk, (*root, "team", i), lambda d, p, role=role, i=i: _role(d, p, role, i))
    if costs.mlops is not None:
        _item(desk, "mlops", costs.mlops, (*root, "mlops"))
        if costs.mlops.service is not None:
            _at(desk, (*root, "mlops"), _service)
    for name in ("compliance", "deployment"):
        item: Item | None = getattr(costs, name)
        if item is not None:
            _item(desk, name, item, (*root, name))
    return tuple(desk.lines)


def _at(desk: _Desk, path: Path, write: object) -> None:
    """Writes an item; an error gets its place."""
    assert callable(write)
    try:
        write(desk, path)
    except PlannerError as error:
        raise error.at(desk.market.where(path)) from None


def _item(desk: _Desk, name: str, item: Item, path: Path) -> None:
    if item.once is not None:
        desk.once(f"{name}.once", name, item.once, (*path, "once"))
    if item.monthly is not None:
        price = desk.market.money(f"{PROJECT}.{name}", "monthly", item.monthly, "/month", path=(*path, "monthly"))
        desk.add(f"{name}.monthly", name, desk.months(name, item.from_month, item.to_month), price, "month", "usage")


def _cleaning(desk: _Desk, path: Path) -> None:
    """Person-days × a day of a data engineer, at the start."""
    costs = desk.market.scenario.project_costs
    assert costs is not None and costs.data is not None
    market = desk.market
    name = f"{PROJECT}.data.cleaning"
    days = market.input(f"{name}_person_days", costs.data.cleaning_person_days, "day", (*path, "cleaning_person_days"))
    if costs.data.cleaning_day_cost is not None:
        money = costs.data.cleaning_day_cost
        price = market.money(f"{PROJECT}.data", "cleaning_day_cost", money, "/day", path=(*path, "cleaning_day_cost"))
    else:
        price = day_cost(market, desk.facts, PREPARES, name)
    first = market.unit_figure(f"{name}.first_month", market.month(1), "", "at the start")
    desk.add("data.cleaning", "data", product(days, first, name=f"{name}_days", unit="day"), price, "day", "purchase")


def yearly_cost(market: Market, facts: ProjectFacts, role: Role, name: str, path: Path | None) -> Figure:
    """Pay and employer charges of one position [currency/FTE-year]. Raises PriceError or NotPriced."""
    country = market.scenario.organisation.country
    unit = f"{market.currency}/FTE-year"
    if role.salary_per_year is not None:
        assert path is not None
        pay = market.money(name, "salary_per_year", role.salary_per_year, "/FTE-year", path=(*path, "salary_per_year"))
    else:
        try:
            found = facts.pay(role.role, country or "")
        except NotPriced:
            raise NotPriced("project.pay_wanted", role=role.role, country=country or "?") from None
        currency = found.unit.split("/")[0]
        label = f"pay.{role.role}.{country}"
        leaf = given(label, market.draws.column(label, found.estimate), found.unit, found.source)
        pay = market.converted(leaf, currency, unit)
    if role.charges_fraction is not None:
        assert path is not None
        place = (*path, "charges_fraction")
        charges = market.input(f"{name}.charges_fraction", role.charges_fraction, "fraction", place)
    elif role.salary_per_year is not None and country is None:
        raise NotPriced("reference.country_wanted", name="charges_fraction")
    else:
        charges = market.assumed(
            f"employer_charges_fraction.{country}",
            market.reference.local_assumption("employer_charges_fraction", country, None),
        )
    return derive(
        lambda p, c: p * (1 + c), pay, charges, name=f"{name}.cost_per_year", unit=unit, formula="pay × (1 + charges)"
    )


def day_cost(market: Market, facts: ProjectFacts, role: str, name: str) -> Figure:
    """A day of a role in the organisation's country [currency/day]. Raises PriceError or NotPriced."""
    yearly = yearly_cost(market, facts, Role(role=role), f"{name}.{role}", None)
    days = market.assumed("working_days_per_year", market.reference.assumption("working_days_per_year"))
    return derive(
        np.divide, yearly, days, name=f"{name}.day_cost", unit=f"{market.currency}/day",
        formula="cost per year / working days",
    )  # fmt: skip


def _labelling(desk: _Desk, path: Path, one: Labelling, i: int) -> None:
    """Labels with their quality control.

    Formula: objects × (1 + pilot) × (1 + review) × ((1 − automated) × labels per object × price × (1 + commission)
    + platform fee): the platform is paid for what it labels by itself too. *Source:* notes of the price book on the
    cost of a crowd-labelled set; price page of the platform.
    """
    market, name = desk.market, f"{PROJECT}.labelling.{i + 1}"
    objects = market.input(f"{name}.objects", one.objects, "object", (*path, "objects"))
    price, observed_on = _label_price(desk, path, one, name)

    def share(field_name: str, unit: str = "fraction") -> Figure:
        return market.input(f"{name}.{field_name}", getattr(one, field_name), unit, (*path, field_name))

    per_object = share("labels_per_object", "label/object")
    if one.pilot_fraction is not None:
        pilot = share("pilot_fraction")
    else:
        pilot = market.assumed("labelling_pilot_fraction", market.reference.assumption("labelling_pilot_fraction"))
    labels = derive(
        lambda n, k, auto, pilot, again: n * k * (1 - auto) * (1 + pilot) * (1 + again), objects, per_object,
        share("automated_fraction"), pilot, share("review_fraction"), name=f"{name}.labels", unit="label",
        formula="objects × labels each × (1 − automated) × (1 + pilot) × (1 + labelled again)",
    )  # fmt: skip
    paid = derive(
        lambda p, c: p * (1 + c), price, share("commission_fraction"), name=f"{name}.price", unit=price.unit,
        formula="price × (1 + commission)",
    )  # fmt: skip
    first = market.unit_figure(f"{name}.first_month", market.month(1), "", "at the start")
    quantity = product(labels, first, name=f"{name}.quantity", unit="label")
    suffix = f".{i + 1}" if i else ""
    desk.add(f"labelling{suffix}", "labelling", quantity, paid, "label", "purchase", observed_on=observed_on)
    if one.platform_fee_each is not None:
        place = (*path, "platform_fee_each")
        fee = market.money(name, "platform_fee_each", one.platform_fee_each, "/object", path=place)
        count = derive(
            lambda n, pilot, again, when: n * (1 + pilot) * (1 + again) * when, objects, pilot,
            share("review_fraction"), first, name=f"{name}.objects_paid", unit="object",
            formula="objects × (1 + pilot) × (1 + labelled again)",
        )  # fmt: skip
        desk.add(f"labelling_platform{suffix}", "labelling", count, fee, "object", "purchase")
    if one.annotator_training is not None:
        desk.once(f"labelling_training{suffix}", "labelling", one.annotator_training, (*path, "annotator_training"))


def _label_price(desk: _Desk, path: Path, one: Labelling, name: str) -> tuple[Figure, str | None]:
    """Price of a label [currency/label] and its date: own, else of a row of the table."""
    market = desk.market
    if one.price_each is not None:
        return market.money(name, "price_each", one.price_each, "/label", path=(*path, "price_each")), None
    row = desk.facts.labelling(one.price) if one.price is not None else desk.facts.labelling_for(one.task or "")
    low, typical, high = (row.number(f"price_{end}") for end in ("low", "typical", "high"))
    if typical is None:
        raise NotPriced("reference.your_input_required", name=f"price_each ({row['price_id']})")
    estimate = Fixed(typical) if low == high else Pert(low or typical, typical, high or typical)
    label = f"label_price.{row['price_id']}"
    leaf = given(label, market.draws.column(label, estimate), f"{row['currency']}/label", row.source("price_row"))
    return market.converted(leaf, row["currency"], f"{market.currency}/label"), row["observed_on"]


def _role(desk: _Desk, path: Path, role: Role, i: int) -> None:
    """Positions × months × a twelfth of pay and charges."""
    market, name = desk.market, f"{PROJECT}.team.{i + 1}"
    yearly = yearly_cost(market, desk.facts, role, name, path)
    fte = market.input(f"{name}.fte", role.fte, "FTE", (*path, "fte"))
    months = desk.months(f"team.{i + 1}", role.from_month, role.to_month)
    wage = derive(
        lambda c: c / MONTHS_PER_YEAR, yearly, name=f"{name}.cost_per_month", unit=f"{market.currency}/FTE-month",
        formula="cost per year / 12",
    )  # fmt: skip
    worked = product(fte, months, name=f"{name}.fte_months", unit="FTE-month")
    desk.add(f"team.{role.role}" + (f".{i + 1}" if i else ""), "team", worked, wage, "FTE-month", "usage")


def _service(desk: _Desk, path: Path) -> None:
    """Users × price of a tool a month."""
    costs = desk.market.scenario.project_costs
    assert costs is not None and costs.mlops is not None and costs.mlops.service is not None
    mlops: Mlops = costs.mlops
    market, row = desk.market, desk.facts.mlops(costs.mlops.service)
    listed = row.number("price")
    if listed is None or row["unit"] not in ("user-month", "month", "licence"):
        raise NotPriced("reference.your_input_required", name=f"mlops.monthly ({row['service_id']})")
    name = f"{PROJECT}.mlops.{row['service_id']}"
    leaf = given(name, listed, f"{row['currency']}/{row['unit']}", row.source("price_row"))
    price = market.converted(leaf, row["currency"], f"{market.currency}/{row['unit']}")
    months = desk.months("mlops", mlops.from_month, mlops.to_month)
    if row["unit"] == "user-month":
        users = market.input(f"{PROJECT}.mlops.users", mlops.users, "user", (*path, "users"))
        months = product(users, months, name=f"{PROJECT}.mlops.user_months", unit="user-month")
    desk.add("mlops.service", "mlops", months, price, row["unit"], "usage", observed_on=row["observed_on"])


def compute_lines(lines: Sequence[CostLine]) -> tuple[CostLine, ...]:
    """Lines without those of the project: what the compute alone costs."""
    return tuple(line for line in lines if line.placed_on != PROJECT)
