"""What the tests of the decision share: options at round prices around 100 accelerator-hours."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.decide import Decision, decide
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.text import LANGUAGES, render
from planner.uncertainty import Draws

SCENARIO = """name: decision
reporting_currency: USD
horizon: {{start: 2027-01, months: {months}}}
organisation: {{{organisation}}}
as_of: 2026-08-31
finance: {{discount_rate_fraction: 0}}
reference_accelerator: H100-SXM
workloads: [{works}]
options:
{options}
{top}
"""


class Ask:
    """Decides between options in words; the first is the baseline."""

    @staticmethod
    def quote(price):
        """A quotation per instance-hour or system."""
        return f"quote: {{price: {price}, currency: USD, source: by hand, date: 2026-08-01}}"

    def cloud(self, price, label="Rented", kind="cloud"):
        """Eight H100 on demand; price of one of them by the hour."""
        place = "provider: gcp, region: us-central1, instance: a3-highgpu-8g"
        return f"kind: {kind}, label: {label}, {place}, {self.quote(8 * price)}"

    def spot(self, price):
        """The same, never taken away."""
        calm = "interruption_rate_per_hour: 0, checkpoint_minutes: 0, restart_minutes: 0"
        return f"{self.cloud(price, 'Spare', 'spot')}, {calm}"

    def own(self, price, kind="onprem", system="8xH100-SXM"):
        """A server that costs its price and nothing else."""
        free = (
            "electricity_price_per_kwh: 0, maintenance_fraction_per_year: 0, staff_fte: 0, lead_time_days: 0,"
            " availability_fraction: 1, residual_fraction: 0"
        )
        return f"kind: {kind}, label: Owned, system: {system}, count: 1, {free}, {self.quote(price)}"

    @staticmethod
    def train(hours=100, **more):
        """Training of so many accelerator-hours, once."""
        terms = {"throughput": "{rate: {H100-SXM: 1}}"} | more
        words = "".join(f", {name}: {value}" for name, value in terms.items())
        return f"{{id: train, kind: training, task: lora, tokens_per_run: {hours}{words}}}"

    @staticmethod
    def steady(hours, **more):
        """So many accelerator-hours each month."""
        words = "".join(f", {name}: {value}" for name, value in more.items())
        return f"{{id: steady, kind: accelerator_hours, accelerator_hours_per_month: {hours}{words}}}"

    def __init__(self, book: PriceBook) -> None:
        self.book = book

    def __call__(self, options, *works, top="", organisation="country: US", months=12, draws=1, seed=0) -> Decision:
        text = SCENARIO.format(
            works=", ".join(works or [self.train()]), top=top, organisation=organisation, months=months,
            options="\n".join(f"  {name}: {{{terms}}}" for name, terms in options.items()),
        )  # fmt: skip
        found = decide(compare(parse_scenario(text, "s.yaml"), book=self.book, draws=Draws(draws, seed)))
        for lang in LANGUAGES:  # whatever is told can be read
            said = [found.sentence(lang), *found.because(lang), *(rule.text for rule in found.rules(lang))]
            for outcome in found.comparison.outcomes.values():
                said += [render(message, lang) for message in (*outcome.reasons, *outcome.warnings)]
            said += [render(message, lang) for message in (*found.comparison.warnings, *found.warnings)]
            assert all(text.strip() and "{" not in text and "nan" not in text.split() for text in said), said
        return found


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Asks for a decision."""
    return Ask(PriceBook.load())
