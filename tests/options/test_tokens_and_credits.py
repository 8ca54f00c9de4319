"""Where tokens may go, and which bills a grant pays."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

CARD = "provider: aws, accelerator: L40S, region: us-east-1"
TOKENS = "kind: api_tokens, provider: groq"


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


def run(book, options, data="class: internal", top=""):
    lines = "\n".join(f"  {name}: {{{text}}}" for name, text in options.items())
    text = f"""
name: test
reporting_currency: USD
horizon: {{start: 2027-01, months: 2}}
as_of: 2026-08-31
{top}
workloads:
  - id: chat
    kind: serving
    model: llama-3.1-8b
    serving: {{requests_per_second: 1, prompt_tokens: 500, answer_tokens: 100}}
    data: {{{data}}}
options:
{lines}
"""
    return compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(1)).outcomes


def test_tokens_have_no_country(book):
    options = {"a": f"kind: cloud, {CARD}", "tokens": TOKENS}
    assert run(book, options)["tokens"].ranked
    kept = run(book, options, data="class: internal, residency: US")
    assert kept["a"].ranked
    assert [reason.key for reason in kept["tokens"].reasons] == ["reason.residency"]
    fenced = run(book, options, top="constraints: {regions: [US]}")
    assert [reason.key for reason in fenced["tokens"].reasons] == ["reason.region"]


def test_a_grant_pays_the_managed_service_of_its_provider(book):
    # 2 replicas × 2 months × 730 h at 2.6054 USD: 7,607.77
    options = {"a": f"kind: managed, {CARD.replace('aws', 'sagemaker')}"}
    whole = run(book, options)["a"].ledger.nominal().item()
    assert whole == pytest.approx(2 * 2 * 730 * 2.6054)
    granted = run(book, options, top="credits: [{provider: aws, amount: 1000, expires: 2027-12}]")["a"]
    assert granted.ledger.nominal().item() == pytest.approx(whole - 1000)
    other = run(book, options, top="credits: [{provider: gcp, amount: 1000, expires: 2027-12}]")["a"]
    assert other.ledger.nominal().item() == pytest.approx(whole)
