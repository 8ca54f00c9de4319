"""What every option is given: the scenario, prices, reference data, draws; and inputs as figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from planner.demand import Asked, Priced, RateOf, Work
from planner.errors import Where
from planner.figure import Figure, Source, derive, given, product
from planner.prices import PriceBook, UnitPrice
from planner.quantities import Money
from planner.reference import Assumption, Reference
from planner.scenario import Scenario
from planner.scenario.options import Option
from planner.supply.production import Production
from planner.uncertainty import Draws, Estimate

Array = NDArray[np.float64]
Path = tuple[str | int, ...]
STRESS_PRICE = "stress.price"


@dataclass(frozen=True)
class Market:
    """The world of one comparison. Pure: the same market gives the same prices.

    production: the gate of the value's side; None: work begins when it says.
    running: 1 in the months in which the project goes on, shape (draws | 1, months); None: in all.
    sizes: what was decided to buy, by option and work; keeps_sizes: these decisions stand (the gate came later).
    """

    scenario: Scenario
    book: PriceBook
    reference: Reference
    draws: Draws
    as_of: dt.date
    works: dict[str, Work]
    rate: RateOf
    source: Callable[[Path], Source]
    pricer: Callable[[str, Option, Market, Asked], Priced]
    where: Callable[[Path], Where] = field(default=lambda path: Where(field=".".join(map(str, path))), compare=False)
    production: Production | None = None
    running: Figure | None = None
    plan: Market | None = None
    window: tuple[int, int] | None = None
    sizes: dict[tuple[str, ...], int] = field(default_factory=dict, compare=False, repr=False)
    keeps_sizes: bool = False
    drawn: dict[tuple[object, ...], Figure] = field(default_factory=dict, compare=False, repr=False)

    @property
    def central(self) -> Market:
        """The same market at central values: what is known when something is bought."""
        return self.plan or self

    @property
    def first_month(self) -> int:
        """First month in which an option is in use, 1 = first of the horizon."""
        return self.window[0] if self.window else 1

    @property
    def last_month(self) -> int:
        """Last month in which an option is in use."""
        return self.window[1] if self.window else self.months

    @property
    def months_in_use(self) -> int:
        """Number of months in which an option is in use."""
        return self.last_month - self.first_month + 1

    def during(self, first: int, last: int) -> Market:
        """The same market for an option that is used from one month to another (a phase of a sequence)."""
        plan = self.plan.during(first, last) if self.plan else None
        return replace(self, plan=plan, window=(first, last))

    def price_option(self, name: str, option: Option, asked: Asked) -> Priced:
        """What another option answers, over the same months."""
        return self.pricer(name, option, self, asked)

    @property
    def currency(self) -> str:
        """Reporting currency."""
        return self.scenario.reporting_currency

    @property
    def months(self) -> int:
        """Horizon [month]."""
        return self.scenario.horizon.months

    @property
    def discount_rate(self) -> float:
        """Nominal discount rate [fraction/year]."""
        return self.scenario.finance.discount_rate_fraction

    def input(self, name: str, estimate: Estimate, unit: str, path: Path) -> Figure:
        """A value of the scenario as a leaf, drawn by its name, once for all options."""
        key = (name, estimate, unit, path)
        if key not in self.drawn:
            self.drawn[key] = given(name, self.draws.column(name, estimate), unit, self.source(path))
        return self.drawn[key]

    def term(self, option: str, field: str, estimate: Estimate | None, unit: str, assumption: str) -> Figure:
        """An option's own term, else the default of the assumptions table (the same draw for all options)."""
        if estimate is not None:
            return self.input(f"{option}.{field}", estimate, unit, ("options", option, field))
        return self.assumed(assumption, self.reference.assumption(assumption))

    def assumed(self, name: str, assumption: Assumption) -> Figure:
        """A default as a leaf with its source, drawn once for all options."""
        key = (name, assumption)
        if key not in self.drawn:
            self.drawn[key] = given(
                name, self.draws.column(name, assumption.estimate), assumption.unit, assumption.source
            )
        return self.drawn[key]

    def fx(self, currency: str, *, running: bool, on: str | None = None) -> Figure:
        """Units of the reporting currency for one unit of a currency, at as_of or at a later quotation's date.

        Payments today use the dated rate; running payments also carry one shared draw of how it moves: a
        random walk averaged over the horizon has standard deviation volatility × √(years / 3).
        """
        date = max(self.as_of, dt.date.fromisoformat(on)) if on else self.as_of
        today = self.book.fx.rate(currency, self.currency, date)
        if currency == self.currency or not running:
            return today
        key = ("fx", currency, date)
        if key not in self.drawn:
            move = self._fx_move(currency)
            self.drawn[key] = product(today, move, name=f"fx.{currency}.{self.currency}", unit=today.unit)
        return self.drawn[key]

    def _fx_move(self, currency: str) -> Figure:
        """The shared draw of how a rate moves over the horizon, one for both directions."""
        yearly = self.book.fx.annual_volatility(currency, self.currency, self.as_of)
        sigma = yearly * math.sqrt(self.months / 12 / 3)
        label = f"fx.{'.'.join(sorted((currency, self.currency)))}.move"
        origin = f"lognormal around today's rate: yearly volatility {yearly:.4f} of month-end rates × √(years/3)"
        source = Source("reference_row", "pricing_data/fx/ecb.csv:1", self.as_of.isoformat(), origin)
        score = given(label, self.draws.normal(label) if sigma else 0.0, "standard deviation", source)
        sign = 1 if currency < self.currency else -1
        return derive(
            lambda z: np.exp(sign * sigma * z), score, name=f"{label} as a factor", unit="ratio",
            formula=f"e^({sign * sigma:.3f} × {label})",
        )  # fmt: skip

    def converted(
        self, price: Figure, currency: str, unit: str, *, running: bool = True, on: str | None = None
    ) -> Figure:
        """A price in the reporting currency, with its conversion as a step of its own."""
        if currency == self.currency:
            return price
        return product(
            price, self.fx(currency, running=running, on=on), name=f"{price.name} in {self.currency}", unit=unit
        )

    def money(
        self,
        option: str,
        field: str,
        money: Money,
        per: str,
        *,
        running: bool = True,
        path: Path | None = None,
    ) -> Figure:
        """A sum of the scenario in the reporting currency [currency per]."""
        currency = money.currency or self.currency
        name = f"{option}.{field}"
        leaf = self.input(name, money.amount, f"{currency}{per}", path or ("options", option, field))
        return self.converted(leaf, currency, f"{self.currency}{per}", running=running)

    def zero(self, name: str, unit: str) -> Figure:
        """Nothing, with the reason that nothing was asked."""
        return given(name, 0.0, unit, Source("assumption", "none asked", self.as_of.isoformat(), "nothing asked"))

    def months_mask(self, delay: Array) -> Array:
        """1 in the months of use after a (drawn, fractional) delay, shape (draws | 1, months)."""
        t = np.arange(self.months)[None, :]
        begun = np.clip(t + 1 - (self.first_month - 1) - delay, 0.0, 1.0)
        return np.asarray(begun * (t < self.last_month))

    def month(self, number: int) -> Array:
        """1 in one month, shape (1, months)."""
        return np.eye(1, self.months, number - 1)

    def unit_figure(self, name: str, mask: Array, unit: str, why: str) -> Figure:
        """A count of 1 in the months of a mask: paid once, or each month."""
        return given(name, mask, unit, Source("assumption", "definition", self.as_of.isoformat(), why))

    def sized(self, option: str, asked: Asked, choose: Callable[[], int]) -> int:
        """How many to buy for some work: decided once, before anybody knows whether the gate opens."""
        key = (option, *sorted(asked))
        if not (self.keeps_sizes and key in self.sizes):
            self.sizes[key] = choose()
        return self.sizes[key]

    def levelled(self, price: Figure, provider: str) -> Figure:
        """A rented price at the level set from outside for stress or doubt; itself when none is set."""
        for name in (STRESS_PRICE, f"price_level.{provider}"):
            column = self.draws.factor(name)
            if column is not None:
                why = Source("assumption", "price level", self.as_of.isoformat(), "set from outside: stress or doubt")
                price = product(price, given(name, column, "ratio", why), name=price.name, unit=price.unit)
        return price

    def unit_price(self, offer: UnitPrice, name: str) -> Figure:
        """An offer's price per instance-hour in the reporting currency."""
        return self.converted(offer.figure(name), offer.currency, f"{self.currency}/instance-hour")


def left_over(asked: Figure, served: Figure, option: str, workload: str) -> Figure:
    """Work asked less work served, never negative for rounding."""
    return derive(
        lambda a, s: np.maximum(a - s, 0.0) * (np.abs(a - s) > 1e-12 * np.abs(a)),
        asked,
        served,
        name=f"{option}.{workload}.unmet",
        unit=asked.unit,
        formula="asked − served",
    )


def is_certain_zero(figure: Figure) -> bool:
    """Whether nothing is asked in any draw and month."""
    return not bool(np.any(figure.value))
