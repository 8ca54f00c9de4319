"""Golden bills of what is rented by commitment, from hosts, as a service, by subscription and by the token.

1 EUR = 1.25 USD. Fine-tuning needs 800,000 / 1,000 = 800 useful and 800 / 0.8 = 1,000 busy accelerator-hours a month.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.compare import compare
from planner.comparison import Outcome
from planner.decide import decide
from planner.figure import replay
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

FINETUNE = """
  - {id: finetune, kind: training, task: lora, tokens_per_run: 800000, when: {every_months: 1}, interruptible: true,
     failed_fraction: 0.2, throughput: {rate: {TINY-80: 1000}}}
"""
QUARTERLY = FINETUNE.replace("every_months: 1", "every_months: 3")
SESSIONS = "\n  - {id: sessions, kind: interactive, session_hours_per_month: 104}\n"
# 0.1 requests a second are 0.1 × 3,600 × 730 = 262,800 a month
CHAT = """
  - {id: chat, kind: serving, throughput: {rate: {TINY-80: 720}},
     serving: {requests_per_second: 0.1, prompt_tokens: 1000, answer_tokens: 500, cached_fraction: 0.5}}
"""
RENT = "rent: {kind: cloud, provider: cumulus, accelerator: TINY-80}"
# kind: workloads, months, option
CASES = {
    "reserved": (FINETUNE, 15, """
  it: {kind: reserved, provider: cumulus, instance: c8, region: north-1, term_months: 12, count: 1, else: rent,
       setup_cost: {amount: 1000, currency: USD}, staff_fte: 0.25, staff_cost_per_year: 60000, support_fraction: 0.1}
"""),
    "block": (QUARTERLY + SESSIONS, 12, """
  it: {kind: reserved, provider: cumulus, instance: c8, region: north-1, block_days: 7.3, serves: [finetune],
       else: rent}
"""),
    "marketplace": (FINETUNE, 12, """
  it: {kind: marketplace, provider: bazaar, accelerator: TINY-80, reliability_min: 0.8, checkpoint_minutes: 12,
       checkpoint_interval_minutes: 48, restart_minutes: 6, egress_price_per_gb: 0,
       storage_price_per_gb_month: {amount: 0.05, currency: USD}, else: rent}
"""),
    "notebook": (FINETUNE + SESSIONS, 12, """
  it: {kind: notebook, provider: scribble, plan: plus, accelerator: TINY-80, serves: [sessions], else: rent,
       egress_price_per_gb: 0, storage_price_per_gb_month: {amount: 0.05, currency: USD}}
"""),
    "managed": (FINETUNE + SESSIONS, 12, """
  it: {kind: managed, provider: easy, accelerator: TINY-80}
"""),
    "api_tokens": (CHAT, 12, """
  it: {kind: api_tokens, provider: tokener, api_model: tiny-chat}
"""),
}  # fmt: skip


def priced(kind: str, book, draws: int = 1) -> Outcome:
    work, months, option = CASES[kind]
    text = f"""
name: golden bill
reporting_currency: EUR
horizon: {{start: 2027-01, months: {months}}}
organisation: {{country: CA}}
as_of: 2026-06-15
finance: {{discount_rate_fraction: 0.10}}
transfer: {{storage_gb: 100, egress_gb_per_month: 50}}
workloads: {work}
options:
  {RENT}{option}
baseline: rent
"""
    return compare(parse_scenario(text), book=book, draws=Draws(draws)).outcomes["it"]


# λ = (1 − 0.8) / (0.8 × 4 h) = 1/16 an hour, 48 of 60 minutes are work: u = 0.8·λ·e^(−0.1·λ) / (e^λ − 1)
USEFUL = 0.8 / 16 * math.exp(-0.1 / 16) / math.expm1(1 / 16)

# (line, placed on, quantity over the horizon, unit price in EUR): the arithmetic is worked out beside each number.
EXPECTED = {
    "reserved": [
        ("commitment", "it", 8_760, 8.0),  # 1 × 730 hours × the 12 months of one term; 10 USD × 0.8
        ("egress.1", "it", 480, 0.08),  # the work of 12 of 15 months: 40 of 50 GB × 12; 0.10 USD × 0.8
        ("egress.2", "it", 120, 0.04),
        ("object_storage", "it", 1_200, 0.016),  # 100 GB × 12
        ("setup", "it", 1, 800.0),  # 1,000 USD × 0.8
        ("staff", "it", 3, 5_000.0),  # a quarter of a position × the 12 months of the term; 60,000 / 12
        ("support", "it", 70_142.4, 0.1),  # 70,080 + 480 × 0.08 + 120 × 0.04 + 1,200 × 0.016 = 70,142.40 EUR of usage
        ("compute.finetune", "rent", 375, 16.0),  # 1,000 / 8 in each of the last three months; 20 USD × 0.8
        ("egress.1", "rent", 120, 0.08),  # 40 of 50 GB × 3
        ("egress.2", "rent", 30, 0.04),
        ("object_storage", "rent", 300, 0.016),
    ],
    "block": [
        # 7.3 days × 24 = 175.2 hours in each of months 1, 4, 7, 10; 15 USD × 0.8; 1,401.6 card-hours hold the 1,000
        ("commitment_upfront", "it", 700.8, 12.0),
        ("egress.1", "it", 300, 0.08),  # one of two workloads: 25 GB × 12
        ("egress.2", "it", 0, 0.04),
        ("object_storage", "it", 600, 0.016),
        ("compute.sessions", "rent", 1_248, 2.4),  # 104 hours × 12 on one card at 3 USD × 0.8
        ("egress.1", "rent", 300, 0.08),
        ("egress.2", "rent", 0, 0.04),
        ("object_storage", "rent", 600, 0.016),
    ],
    "marketplace": [
        ("compute.finetune", "it", 12_000 / USEFUL, 1.0),  # 1,000 busy hours × 12; the median, 1.25 USD × 0.8
        ("egress", "it", 600, 0.0),
        ("object_storage", "it", 1_200, 0.04),
    ],
    "notebook": [
        ("subscription", "it", 12, 40.0),  # 50 USD × 0.8
        ("units", "it", 72, 8.0),  # 104 × 10 − 500 = 540 units: 6 packs of 100 a month; 100 × 0.10 USD × 0.8
        ("egress", "it", 300, 0.0),  # half of the work
        ("object_storage", "it", 600, 0.04),
        ("compute.finetune", "rent", 1_500, 16.0),
        ("egress.1", "rent", 300, 0.08),
        ("egress.2", "rent", 0, 0.04),
        ("object_storage", "rent", 600, 0.016),
    ],
    "managed": [
        # the premium is known for c8 only: 20 USD × 1.25 × 0.8
        ("compute.finetune", "it", 1_500, 20.0),
        ("compute.sessions", "it", 1_248, 20.0),  # one card is used, the machine is paid
        ("egress.1", "it", 480, 0.08),  # data at the prices of the provider beneath
        ("egress.2", "it", 120, 0.04),
        ("object_storage", "it", 1_200, 0.016),
    ],
    "api_tokens": [
        # 262,800 requests × 12 × 1,000 × half = 1,576.8 million, and as many from the cache
        ("input.chat", "it", 1_576.8, 0.16),
        ("cached_input.chat", "it", 1_576.8, 0.016),
        ("output.chat", "it", 1_576.8, 0.48),  # 262,800 × 12 × 500
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPECTED)
def test_bill_is_the_golden_text(kind, tiny_book, golden):
    assert golden.bill(priced(kind, tiny_book)) == golden.text(kind)


@pytest.mark.parametrize("kind", EXPECTED)
def test_lines_can_be_recomputed_by_head(kind, tiny_book, golden):
    golden.check_lines(priced(kind, tiny_book), EXPECTED[kind])


YEAR = range(1, 13)


def present_of(kind, golden):
    """The present cost of each bill by hand, from its monthly payments."""
    present = golden.present
    if kind == "reserved":
        data = 40 * 0.08 + 10 * 0.04 + 100 * 0.016  # where the work is: twelve months here, three at the else option
        bill = 800 + present(YEAR, (730 * 8 + data) * 1.1 + 1_250, 0.5)
        return bill + present(range(13, 16), 125 * 16 + data, 0.5)
    if kind == "block":
        blocks = sum(present(range(m, m + 1), 175.2 * 12, 0) for m in (1, 4, 7, 10))
        return blocks + present(YEAR, 104 * 2.4 + 2 * (25 * 0.08 + 50 * 0.016), 0.5)
    monthly = {
        "marketplace": 1_000 / USEFUL + 100 * 0.04,
        "notebook": 40 + 6 * 8 + 50 * 0.04 + 125 * 16 + 25 * 0.08 + 50 * 0.016,
        "managed": 125 * 20 + 104 * 20 + 40 * 0.08 + 10 * 0.04 + 100 * 0.016,
        "api_tokens": 131.4 * (0.16 + 0.016 + 0.48),
    }
    return present(YEAR, monthly[kind], 0.5)


@pytest.mark.parametrize("kind", EXPECTED)
def test_present_cost(kind, tiny_book, golden):
    found = priced(kind, tiny_book)
    assert found.present_cost.value.item() == pytest.approx(present_of(kind, golden), abs=1e-6)


@pytest.mark.parametrize("kind", EXPECTED)
def test_certain_inputs_give_the_same_bill_for_many_draws(kind, tiny_book):
    one, many = priced(kind, tiny_book), priced(kind, tiny_book, 64)
    assert np.unique(many.present_cost.value) == pytest.approx([one.present_cost.value.item()], rel=1e-12)
    assert np.array_equal(replay(many.present_cost), many.present_cost.value)


# ------------------------------------------------------------------------------------------ MODEL §5 j

# 3.6 requests a second are 12,960 an hour: one card that is always busy; 12,960 × 211 = 2.73456 million tokens out.
# At 1.20 per million of output the card costs 1.20 × 2.73456 = 3.281472 an hour.
WHOLE_BILL = """
name: whole bill
reporting_currency: USD
horizon: {start: 2027-01, months: 12}
as_of: 2026-06-15
finance: {discount_rate_fraction: 0}
workloads:
  - id: chat
    kind: serving
    throughput: {rate: {TINY-80: 12960}}
    serving: {requests_per_second: 3.6, prompt_tokens: 1155, answer_tokens: 211, utilization_kept: 1, spare_replicas: 0}
options:
  bought: {kind: api_tokens, provider: tokener, api_model: tiny-chat}
  own: {kind: cloud, provider: cumulus, instance: c1,
        quote: {price: 3.281472, currency: USD, source: q, date: 2026-06-01}}
baseline: own
"""


def test_case_j_the_whole_bill_of_a_token(tiny_book):
    comparison = compare(parse_scenario(WHOLE_BILL), book=tiny_book, draws=Draws(1))
    millions_out = 12_960 * 8_760 * 211 / 1e6
    bought, own = (comparison.outcomes[name] for name in ("bought", "own"))
    parts = {line.id: line.billed_cost.value.sum() for line in bought.ledger.lines}
    assert parts == pytest.approx({
        "input.chat": 12_960 * 8_760 * 1_155 / 1e6 * 0.20, "output.chat": millions_out * 0.60,
    })  # fmt: skip
    assert bought.ledger.nominal().item() / millions_out == pytest.approx((1_155 * 0.20 + 211 * 0.60) / 211)
    assert bought.ledger.nominal().item() / millions_out == pytest.approx(1.69, abs=0.005)
    assert own.ledger.nominal().item() / millions_out == pytest.approx(1.20)
    assert decide(comparison).order[0] == "own"  # though "0.60" looks cheaper than "1.20"
