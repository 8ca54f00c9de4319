"""What the tests of value share: a small project on rented cards at a round price, with the value asked for."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.errors import ScenarioError
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.text import LANGUAGES, render
from planner.uncertainty import Draws

SCENARIO = """name: value
reporting_currency: USD
horizon: {{start: 2027-01, months: {months}}}
as_of: 2026-08-31
finance: {{discount_rate_fraction: 0}}
workloads:
  - {{id: train, kind: training, task: lora, tokens_per_run: 100, throughput: {{rate: {{H100-SXM: 1}}}}}}
options:
  rent: {{kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g,
    quote: {{price: 8, currency: USD, source: by hand, date: 2026-08-01}}}}
value:
{value}
"""
SURE = "  probability_of_production: 1\n  months_to_production: 0\n  ramp_months: 0\n"


class Value:
    """A project of 100 accelerator-hours at 1 USD; what it brings is asked for in YAML."""

    def __init__(self, book: PriceBook) -> None:
        self.book = book

    def text(self, lines, *, gate=SURE, months=12):
        """The scenario as a text."""
        return SCENARIO.format(value=gate + lines, months=months)

    def __call__(self, lines, *, gate=SURE, months=12, draws=1, seed=0):
        """The comparison."""
        loaded = parse_scenario(self.text(lines, gate=gate, months=months), "s.yaml")
        found = compare(loaded, book=self.book, draws=Draws(draws, seed))
        for message in found.warnings:  # whatever is told can be read in both languages
            assert len({render(message, lang) for lang in LANGUAGES}) == len(LANGUAGES), message.key
        return found

    def one(self, lines, **more):
        """The only line of value."""
        (found,) = self(lines, **more).benefits
        return found

    def refused(self, lines, key, at, **more):
        """The error of a value that is refused, at the line of the file that holds a text."""
        text = self.text(lines, **more)
        with pytest.raises(ScenarioError) as caught:
            self(lines, **more)
        error = caught.value
        assert error.key == key, error
        wanted = next(i for i, line in enumerate(text.splitlines(), 1) if at in line)
        assert (error.where.file, error.where.line) == ("s.yaml", wanted)
        words = [render(error, lang) for lang in LANGUAGES]
        assert len(set(words)) == len(LANGUAGES)
        for said in words:
            assert said.startswith(f"s.yaml:{wanted}: ")
            assert "{" not in said
        return error


@pytest.fixture(scope="session")
def value() -> Value:
    """Asks what a project brings."""
    return Value(PriceBook.load())
