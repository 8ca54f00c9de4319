"""What the tests of doubt share: a small scenario of rented and owned hardware at round prices."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.decide import Decision, decide
from planner.prices import PriceBook
from planner.scenario_io import Loaded, parse_scenario
from planner.uncertainty import Draws

SCENARIO = """name: doubt
reporting_currency: USD
horizon: {{start: 2027-01, months: {months}}}
organisation: {{country: US}}
as_of: 2026-08-31
finance: {{discount_rate_fraction: {rate}}}
reference_accelerator: H100-SXM
workloads: [{works}]
options:
{options}
{top}
"""
PLACE = "provider: gcp, region: us-central1, instance: a3-highgpu-8g"
FREE = (
    "electricity_price_per_kwh: 0, maintenance_fraction_per_year: 0, staff_fte: 0, lead_time_days: 0,"
    " availability_fraction: 1"
)


class Doubt:
    """Makes decisions to be doubted."""

    def __init__(self, book: PriceBook) -> None:
        self.book = book

    @staticmethod
    def quote(price):
        return f"quote: {{price: {price}, currency: USD, source: by hand, date: 2026-08-01}}"

    def rent(self, price):
        """Eight H100 at a price by the instance-hour."""
        return f"kind: cloud, {PLACE}, {self.quote(price)}"

    def own(self, price, residual=0, count=1):
        """Servers that cost their price, less what they sell for at the end."""
        terms = f"count: {count}, {FREE}, residual_fraction: {residual}, {self.quote(price)}"
        return f"kind: onprem, system: 8xH100-SXM, {terms}"

    @staticmethod
    def steady(hours, **more):
        """Accelerator-hours each month."""
        words = "".join(f", {name}: {value}" for name, value in more.items())
        return f"{{id: lab, kind: accelerator_hours, accelerator_hours_per_month: {hours}{words}}}"

    def loaded(self, options, *works, top="", months=12, rate=0) -> Loaded:
        """The scenario."""
        text = SCENARIO.format(
            works=", ".join(works), top=top, months=months, rate=rate,
            options="\n".join(f"  {name}: {{{terms}}}" for name, terms in options.items()),
        )  # fmt: skip
        return parse_scenario(text, "s.yaml")

    def again(self, loaded: Loaded, *, draws=1, seed=0) -> Decision:
        """The decision of a scenario."""
        return decide(compare(loaded, book=self.book, draws=Draws(draws, seed)))

    def __call__(self, options, *works, draws=1, seed=0, **more) -> Decision:
        return self.again(self.loaded(options, *works, **more), draws=draws, seed=seed)


@pytest.fixture(scope="session")
def doubt() -> Doubt:
    """Makes decisions to be doubted."""
    return Doubt(PriceBook.load())
