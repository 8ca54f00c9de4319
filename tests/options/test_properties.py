"""What must hold for every option whatever the numbers: prices, caps, shares, grants, hours, phases."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=12)
QUOTE = "quote: {{price: {:.6f}, currency: USD, source: q, date: 2026-08-01}}"
OWN = (
    "system: 8xH100-SXM, count: 1, lead_time_days: 0, staff_fte: 0.1, residual_fraction: 0.3, power_kw: 10, "
    "availability_fraction: 0.9"
)
NO_LOSS = "interruption_rate_per_hour: 0.05, checkpoint_minutes: 2, restart_minutes: 5"
PRICED_BY_QUOTE = {
    "cloud": "kind: cloud, provider: gcp, instance: a3-highgpu-8g, region: us-central1",
    "spot": f"kind: spot, provider: gcp, instance: a3-highgpu-8g, region: us-central1, {NO_LOSS}",
    "reserved": "kind: reserved, provider: gcp, instance: a3-highgpu-8g, region: us-central1, count: 1, "
    "term_months: 12",
    "block": "kind: reserved, provider: aws, instance: p5.48xlarge, region: us-east-1, block_days: 5",
    "marketplace": f"kind: marketplace, provider: runpod, accelerator: H100-SXM, {NO_LOSS}",
    "managed": "kind: managed, provider: vertex_ai, accelerator: H100-SXM, region: us-central1, premium_fraction: 0.2",
    "colocation": f"kind: colocation, {OWN}, rack_kw: 20",
    "onprem": f"kind: onprem, {OWN}",
    "academic": "kind: academic, programme: ca_alliance_ras, accelerator: H100-SXM, lead_time_days: 0, "
    "accelerator_hours_per_month: 4000, queue_hours: 10",
}
OWNED = ("colocation", "onprem")


def uncertain(ask, **more):
    """Work that differs by draw, with lost and idle hours."""
    terms = {"interruptible": "true", "failed_fraction": 0.1, "idle_fraction": 0.2} | more
    return ask.train("{p5: 3.0e6, p95: 12.0e6}", **terms)


# ------------------------------------------------------------------------------------------ prices


@pytest.mark.parametrize("kind", [kind for kind in PRICED_BY_QUOTE if kind != "academic"])
@few
@given(price=st.floats(1, 200), factor=st.floats(1, 5))
def test_a_dearer_price_never_makes_an_option_cheaper(ask, kind, price, factor):
    scale = 3000 if kind in OWNED else 1
    options = {
        "rent": ask.rent,
        "a": f"{PRICED_BY_QUOTE[kind]}, {QUOTE.format(price * scale)}",
        "b": f"{PRICED_BY_QUOTE[kind]}, {QUOTE.format(price * scale * factor)}",
    }
    found = ask(options, uncertain(ask), draws=8)
    less, more = (found[name].present_cost.value for name in ("a", "b"))
    assert np.all(more >= less * (1 - 1e-12))
    if factor > 1.01:
        assert np.all(more > less)


@few
@given(price=st.floats(0.01, 100), factor=st.floats(1, 5), seller=st.sampled_from(["groq", "openai"]))
def test_dearer_tokens_never_make_a_bill_smaller(ask, price, factor, seller):
    chat = ask.serve(1, model="llama-3.1-8b", serving={"prompt_tokens": 100, "answer_tokens": 100})
    costs = []
    for inward, outward in ((price, price), (price * factor, price), (price * factor, price * factor)):
        own = f"input_price_per_million: {inward:.6f}, output_price_per_million: {outward:.6f}"
        costs.append(ask.cost(ask.one(f"kind: api_tokens, provider: {seller}, {own}", chat)))
    assert costs == sorted(costs)


@few
@given(price=st.floats(10, 200), factor=st.floats(1, 3), cards=st.floats(1, 30))
def test_a_commitment_of_the_best_size_never_gains_by_a_dearer_price(ask, price, factor, cards):
    options = {"rent": ask.rent}
    for name, each in (("a", price), ("b", price * factor)):
        options[name] = f"{PRICED_BY_QUOTE['reserved'].replace('count: 1', 'count: auto')}, {QUOTE.format(each)}"
    found = ask(options, ask.train(f"{cards * 7.3e6:.1f}"))
    rented = ask.cost(found["rent"])
    less, more = (ask.cost(found[name]) if found[name].ranked else rented for name in ("a", "b"))
    assert less <= more * (1 + 1e-9)
    assert more <= rented * (1 + 1e-9)  # committing nothing is always open


# ------------------------------------------------------------------------------------------ commitments


@few
@given(share=st.floats(0.01, 1), price=st.floats(1, 100))
def test_a_commitment_costs_its_rate_at_full_use_and_more_for_each_hour_used_less(ask, share, price):
    work = ask.train(f"{share * 5840 * 1e4:.3f}")
    found = ask.one(f"{PRICED_BY_QUOTE['reserved']}, {QUOTE.format(price)}", work)
    used = found.hours["train"].busy.sum()
    assert used == pytest.approx(share * 5840 * 12)
    assert ask.cost(found) == pytest.approx(8760 * price)  # the same, used or not
    assert ask.cost(found) / used == pytest.approx(price / 8 / share)


# ------------------------------------------------------------------------------------------ caps and shares


@few
@given(hours=st.floats(0, 2000), queue=st.floats(0, 200), patience=st.floats(0.1, 30))
def test_fewer_hours_granted_never_cost_less(ask, hours, queue, patience):
    grant = (
        "kind: academic, programme: ca_alliance_ras, accelerator: H100-SXM, lead_time_days: 0, "
        f"queue_hours: {queue:.3f}, fallback_after_days: {patience:.3f}, accelerator_hours_per_month: "
    )
    options = {"rent": ask.rent, "none": f"{grant}0", "a": f"{grant}{hours:.3f}", "b": f"{grant}{hours + 50:.3f}"}
    found = ask(options, uncertain(ask), draws=8)
    rent, none, a, b = (found[name].present_cost.value for name in options)
    assert np.allclose(none, rent, rtol=1e-12)
    assert np.all(a <= rent * (1 + 1e-12))
    assert np.all(b <= a * (1 + 1e-12))


@pytest.mark.parametrize("kind", ["onprem", "reserved"])
def test_a_count_of_zero_is_no_capacity(ask, kind):
    option = PRICED_BY_QUOTE[kind].replace("count: 1", "count: 0")
    found = ask({"rent": ask.rent, "a": option})
    assert (found["a"].status, found["a"].reasons[0].arguments["have"]) == ("infeasible", 0)
    assert found["rent"].ranked


@pytest.mark.parametrize("kind", list(PRICED_BY_QUOTE))
@few
@given(dearer=st.floats(1, 4), sessions=st.floats(0, 300))
def test_serving_less_never_lowers_the_cost_when_the_else_option_is_dearer(ask, kind, dearer, sessions):
    """An hour of the else option costs at least what an hour here costs (of own hardware: its power), losses included.

    So a workload that moves from the option to its else option brings no saving.
    """
    option = PRICED_BY_QUOTE[kind]
    if kind not in (*OWNED, "academic"):
        option = f"{option}, {QUOTE.format(5.0)}"
    dear = 88.49 * dearer  # at most 5 USD an hour with a premium of a fifth and losses of a few percent here
    options = {
        "rent": f"{ask.rent}, {QUOTE.format(dear)}",
        "all": option, "train": f"{option}, serves: [train]", "session": f"{option}, serves: [session]",
    }  # fmt: skip
    found = ask(options, uncertain(ask), ask.session(round(sessions, 3), interruptible="true"), draws=8)
    everything = found["all"].present_cost.value
    for name in ("train", "session", "rent"):
        if not found[name].ranked:
            assert name == "session" and sessions < 0.001
            continue
        less = found[name].present_cost.value
        committed = kind in (*OWNED, "reserved", "block")  # paid whatever is served; renting all saves that
        if name != "rent" or not committed:
            assert np.all(everything <= less * (1 + 1e-9)), name


@few
@given(days=st.floats(0, 300), more=st.floats(0, 60))
def test_a_longer_wait_never_lowers_the_cost_when_the_else_option_is_dearer(ask, days, more):
    cheap = f"{ask.rent}, {QUOTE.format(40)}"
    options = {
        "rent": ask.rent,
        "a": f"{cheap}, lead_time_days: {days:.3f}", "b": f"{cheap}, lead_time_days: {days + more:.3f}",
    }  # fmt: skip
    found = ask(options, uncertain(ask), draws=8)
    assert np.all(found["a"].present_cost.value <= found["b"].present_cost.value * (1 + 1e-12))
    assert np.all(found["b"].present_cost.value <= found["rent"].present_cost.value * (1 + 1e-12))


# ------------------------------------------------------------------------------------------ grants

grants = st.lists(
    st.tuples(st.floats(0, 2e5), st.sampled_from(["gcp", "aws"]), st.integers(1, 12), st.integers(0, 12)),
    min_size=1, max_size=4,
)  # fmt: skip


@few
@given(pools=grants)
def test_grants_pay_no_more_than_they_hold_and_than_is_charged(ask, pools):
    def told(some):
        return ", ".join(
            f"{{amount: {amount:.2f}, provider: {name}, starts: 2027-{first:02d}, "
            f"expires: {2027 + (first + length - 1) // 12}-{(first + length - 1) % 12 + 1:02d}}}"
            for amount, name, first, length in some
        )

    options = {
        "rent": ask.rent, "a": "kind: sequence, phases: [{option: rent, from_month: 1}, {option: b, from_month: 6}]",
        "b": "kind: cloud, provider: aws, instance: p5.48xlarge, region: us-east-1",
    }  # fmt: skip
    plain = ask(options, uncertain(ask), draws=4)
    found = ask(options, uncertain(ask), draws=4, top=f"credits: [{told(pools)}]")
    turned = ask(options, uncertain(ask), draws=4, top=f"credits: [{told(pools[::-1])}]")
    for name in options:
        before, after = plain[name].ledger, found[name].ledger
        lines = {line.id: line for line in after.lines if line.charge_category == "credit"}
        for i, (amount, provider, first, length) in enumerate(pools):
            line = lines.get(f"credit.{i + 1}.{provider}")
            if line is None:
                continue
            used = -line.billed_cost.value
            assert np.all(used >= -1e-9)
            assert np.all(used.sum(axis=1) <= round(amount, 2) + 1e-6)
            assert not np.any(used[:, : first - 1]) and not np.any(used[:, first + length :])
        for provider in ("gcp", "aws"):
            charged = before.by_month(lambda line, p=provider: line.provider == p)
            granted = sum((-x.billed_cost.value for x in lines.values() if x.provider == provider), np.zeros((1, 12)))
            assert np.all(granted <= charged + 1e-6)
        # nothing else changes, nor does the order of the grants matter
        rest = after.by_month(lambda line: line.charge_category != "credit")
        assert np.allclose(rest, before.by_month(), rtol=1e-12)
        assert np.allclose(after.nominal(), turned[name].ledger.nominal(), rtol=1e-9, atol=1e-6)


# ------------------------------------------------------------------------------------------ hours and phases


@few
@given(
    failed=st.floats(0, 0.8), idle=st.floats(0, 0.8), size=st.sampled_from([1, 3, 8]), peak=st.floats(1, 3),
    cards=st.floats(0.1, 8), requests=st.floats(0.001, 20),
)  # fmt: skip
def test_hours_are_nested_in_every_draw(ask, failed, idle, size, peak, cards, requests):
    shape = (
        f"[{{hours_fraction: 0.25, load_multiple: {peak}}}, {{hours_fraction: 0.75, load_multiple: {(4 - peak) / 3}}}]"
    )
    work = ask.train(
        f"{{p5: {cards * 3e6:.1f}, p95: {cards * 9e6:.1f}}}", interruptible="true", failed_fraction=failed,
        idle_fraction=idle, job_accelerators=size, shape=shape,
    )  # fmt: skip
    service = ask.serve(requests, serving={"peak_to_mean": peak})
    options = {"rent": ask.rent} | PRICED_BY_QUOTE
    options["hybrid"] = "kind: hybrid, base: onprem, burst: rent"
    options["sequence"] = "kind: sequence, phases: [{option: rent, from_month: 1}, {option: onprem, from_month: 4}]"
    found = ask(options, work, service, draws=8)
    for name, outcome in found.items():
        assert outcome.ranked or outcome.reasons
        for workload, spent in outcome.hours.items():
            for less, more in itertools.pairwise([spent.useful, spent.busy, spent.held, spent.paid]):
                assert np.all(less <= more * (1 + 1e-9) + 1e-9), (name, workload)


@few
@given(month=st.integers(2, 12), growth=st.floats(-0.1, 0.2))
def test_moving_from_an_option_to_itself_changes_nothing(ask, month, growth):
    twice = f"kind: sequence, phases: [{{option: rent, from_month: 1}}, {{option: rent, from_month: {month}}}]"
    work = uncertain(ask, growth_per_month=growth)
    found = ask({"rent": ask.rent, "a": twice}, work, draws=8)
    assert np.allclose(found["a"].present_cost.value, found["rent"].present_cost.value, rtol=1e-12)
    mine, theirs = (found[name].hours["train"] for name in ("a", "rent"))
    for kind in ("useful", "busy", "held", "paid"):
        assert np.allclose(getattr(mine, kind), getattr(theirs, kind), rtol=1e-12), kind
