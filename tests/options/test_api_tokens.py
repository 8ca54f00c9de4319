"""Tokens that are bought: the whole bill of a request, which price of a model, what it is not for."""

from __future__ import annotations

import pytest

from planner.errors import PriceError

SELLER = "kind: api_tokens, provider: {}"
MONTH = 3600 * 730  # requests a month at one a second


def chat(ask, prompt=1000, answer=100, **more):
    lengths = {"prompt_tokens": prompt, "answer_tokens": answer} | more
    return ask.serve(1, model="llama-3.1-8b", serving=lengths)


BATCH = (
    "{id: batch, kind: batch_inference, model: llama-3.1-8b, samples_per_run: 1.0e6, when: {every_months: 1}, "
    "serving: {prompt_tokens: 1000, answer_tokens: 100}, throughput: {rate: {H100-SXM: 1.0e6}}}"
)


@pytest.mark.parametrize(
    ("seller", "prompt", "answer", "price_in", "price_out"),
    [
        ("groq", 1000, 100, 0.05, 0.08),
        ("aws_bedrock", 1000, 100, 0.22, 0.22),
        ("cloudflare", 1000, 100, 0.045, 0.384),  # 83.4 a million requests; 0.123/0.266 would be 149.6
        ("cloudflare", 100, 10_000, 0.123, 0.266),  # with long answers the cheaper output wins
    ],
)
def test_the_whole_bill_of_a_request(ask, seller, prompt, answer, price_in, price_out):
    found = ask.one(SELLER.format(seller), chat(ask, prompt, answer))
    assert ask.cost(found, "input.serve") == pytest.approx(12 * MONTH * prompt / 1e6 * price_in)
    assert ask.cost(found, "output.serve") == pytest.approx(12 * MONTH * answer / 1e6 * price_out)
    assert len(found.ledger.lines) == 2
    assert found.hours == {}


def test_input_from_the_cache(ask):
    own = "input_price_per_million: 2, output_price_per_million: 8"
    half = chat(ask, cached_fraction=0.75)
    dear = ask.one(f"{SELLER.format('openai')}, {own}", half)  # without a price of its own it is paid as input
    assert ask.cost(dear) == pytest.approx(12 * MONTH * (1000 * 2 + 100 * 8) / 1e6)
    cheap = ask.one(f"{SELLER.format('openai')}, {own}, cached_price_per_million: 0.2", half)
    assert ask.cost(cheap) == pytest.approx(12 * MONTH * (250 * 2 + 750 * 0.2 + 100 * 8) / 1e6)


def test_a_batch_may_wait_for_half_the_price(ask):
    seller = SELLER.format("aws_bedrock")
    # 0.11 instead of 0.22: a million samples of 1,100 tokens a month
    assert ask.cost(ask.one(seller, BATCH)) == pytest.approx(12 * 1_100 * 0.11)
    assert ask.cost(ask.one(f"{seller}, batch: false", BATCH)) == pytest.approx(12 * 1_100 * 0.22)
    assert ask.cost(ask.one(seller, chat(ask))) == pytest.approx(12 * MONTH * 1_100 / 1e6 * 0.22)  # a service cannot


def test_a_seller_model_by_its_own_name(ask):
    found = ask.one(f"{SELLER.format('openai')}, api_model: gpt-4o-mini", chat(ask))
    assert ask.cost(found) == pytest.approx(12 * MONTH * (1000 * 0.15 + 100 * 0.60) / 1e6)
    wrong = ask.one(f"{SELLER.format('openai')}, api_model: gpt-4o-minni", chat(ask))
    assert (wrong.status, ask.keys(wrong.reasons)) == ("not_priced", ["reason.no_token_price"])
    assert wrong.reasons[0].close[0] == "gpt-4o-mini"


def test_the_end_of_a_model_is_told(ask):
    found = ask.one(SELLER.format("aws_bedrock"), chat(ask))
    ends = [m.arguments["date"] for m in found.warnings if m.key == "warning.retires"]
    assert ends == ["2027-03-30"]
    for then in ({"as_of": "2027-03-30"}, {"start": "2027-04"}):  # gone on the day of reading, or before the work
        later = ask.one(SELLER.format("aws_bedrock"), chat(ask), **then)
        assert (later.status, ask.keys(later.reasons)) == ("not_priced", ["reason.no_token_price"])


def test_an_unknown_seller_is_an_error_with_its_line(ask):
    with pytest.raises(PriceError) as caught:
        ask.one(SELLER.format("togther"), chat(ask))
    assert (caught.value.key, str(caught.value.where)) == ("reference.unknown_seller", "s.yaml:11")
    assert caught.value.close[0] == "together"


@pytest.mark.parametrize(
    ("kind", "more", "status", "key"),
    [
        ("train", {}, "infeasible", "reason.tokens_inference_only"),
        ("session", {}, "infeasible", "reason.tokens_inference_only"),
        ("chat", {"data": "{class: regulated}"}, "infeasible", "reason.tokens_data"),
        ("chat", {"data": "{residency: US}"}, "infeasible", "reason.residency"),
        ("serve", {"model": "llama-3.1-8b"}, "not_priced", "reason.token_lengths"),
        ("serve", {"serving": {"prompt_tokens": 10, "answer_tokens": 1}}, "not_priced", "reason.api_model_wanted"),
    ],
)
def test_what_tokens_are_not_for(ask, kind, more, status, key):
    lengths = {"model": "llama-3.1-8b", "serving": {"prompt_tokens": 1000, "answer_tokens": 100}}
    work = ask.serve(1, **lengths, **more) if kind == "chat" else getattr(ask, kind)(**more)
    options = {"rent": ask.rent, "a": f"{SELLER.format('groq')}, else: none", "b": ask.rent}
    found = ask(options, work)
    assert (found["a"].status, ask.keys(found["a"].reasons)) == (status, [key])
    assert found["rent"].status == found["b"].status != "not_priced"
    # beside a workload that may come, it goes to the else option and says why
    other = chat(ask).replace("id: serve", "id: chat")
    both = ask.one(SELLER.format("groq"), work, other)
    assert {place.served_by for place in both.placement if place.workload == "chat"} == {"a"}
    assert key in ask.keys(both.warnings)
