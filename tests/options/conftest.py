"""What the tests of single kinds of option share: a small scenario around the options asked for, the real prices."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.text import LANGUAGES, render
from planner.uncertainty import Draws

A3 = "kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g"  # 8 H100 for 88.49 USD an hour
ORGANISATION = "{country: CA, region: QC, academic_partner: true, commercial: false}"


class Ask:
    """Asks for options in words; workloads of round size."""

    rent = A3

    def __init__(self, book: PriceBook) -> None:
        self.book = book

    def compare(
        self, options, *workloads, draws=1, top="", start="2027-01", months=12, currency="USD",
        organisation=ORGANISATION, as_of=None,
    ):  # fmt: skip
        """The comparison over some options (id → text of its terms); the first is the baseline."""
        lines = "\n".join(f"  {name}: {{{text}}}" for name, text in options.items())
        text = f"""
name: test
reporting_currency: {currency}
horizon: {{start: {start}, months: {months}}}
organisation: {organisation}
as_of: {as_of or "2026-08-31"}
{top}
workloads: [{", ".join(workloads or [self.train()])}]
options:
{lines}
baseline: {next(iter(options))}
"""
        found = compare(parse_scenario(text, "s.yaml"), book=self.book, draws=Draws(draws))
        for outcome in found.outcomes.values():  # whatever is told can be read in both languages
            assert all(render(message, lang) for message in outcome.reasons + outcome.warnings for lang in LANGUAGES)
        return found

    def __call__(self, options, *workloads, **more):
        return self.compare(options, *workloads, **more).outcomes

    def one(self, option, *workloads, **more):
        """The outcome of one option beside eight H100 rented on demand."""
        return self({"rent": A3, "a": option}, *workloads, **more)["a"]

    @staticmethod
    def train(tokens="8.0e6", card="H100-SXM", **more):
        """Training at 10,000 tokens an hour: 800 accelerator-hours a month; what matters of the rest is in more."""
        rate = ", ".join(f"{name}: 1.0e4" for name in dict.fromkeys([card, "H100-SXM"]))
        terms = {"when": "{every_months: 1}", "throughput": f"{{rate: {{{rate}}}}}"} | more
        return "{id: train, kind: training, task: lora, tokens_per_run: " + tokens + _terms(terms) + "}"

    @staticmethod
    def serve(requests=10, card="H100-SXM", **more):
        """A service at 7,200 requests an hour a replica: ten a second keep five replicas busy."""
        rate = ", ".join(f"{name}: 7200" for name in dict.fromkeys([card, "H100-SXM"]))
        serving = {"requests_per_second": requests, "utilization_kept": 1, "spare_replicas": 0} | more.pop(
            "serving", {}
        )
        terms = {"serving": f"{{{_terms(serving)[2:]}}}", "throughput": f"{{rate: {{{rate}}}}}"} | more
        return "{id: serve, kind: serving" + _terms(terms) + "}"

    @staticmethod
    def session(hours=100, **more):
        """Hours of people at work on one card."""
        return f"{{id: session, kind: interactive, session_hours_per_month: {hours}{_terms(more)}}}"

    @staticmethod
    def keys(messages):
        """What the messages are about."""
        return [message.key for message in messages]

    @staticmethod
    def cost(outcome, line=None):
        """Nominal cost of an outcome, or of the lines of an id."""
        return outcome.ledger.nominal(lambda each: line is None or each.id == line).item()


def _terms(terms):
    return "".join(f", {name}: {value}" for name, value in terms.items())


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Asks the real price book."""
    return Ask(PriceBook.load())
