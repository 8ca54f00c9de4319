"""The two-phase roofline of serving, against numbers worked out by hand from sheets and geometry."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.reference import Reference
from planner.scenario.work import Serving, Workload
from planner.workload.flops import Shape, shape_of
from planner.workload.serving import (
    LARGEST_BATCH,
    LanguageModel,
    Load,
    Machine,
    best_layout,
    decode_step_seconds,
    expert_split,
    is_tight,
    kv_elements_per_token,
    kv_limited_batch,
    language_model,
    latencies,
    latency_batch,
    layout_at,
    prefill_flops,
    prefill_seconds,
    replicas_that_fit,
    requests_per_second,
    sustained_fraction,
    touched_bytes,
)

REFERENCE = Reference()
# Llama 3.1 8B in 16 bit: 8.03e9 × 2 bytes; 32 layers × 8 heads × 128 × 2 × 2 bytes of cache; the input embeddings
# (128,256 × 4,096) do not multiply.
LLAMA = LanguageModel(16.06e9, 0.0, 1.0, 7_504_663_424, 32, 4096, 131_072)
H100 = Machine(1.0, 989e12, 3.35e12, 80 * 2**30 * 0.85)
LOAD = Load(1000.0, 200.0)


def catalogue(name, precision="bf16"):
    row = REFERENCE.model(name)
    workload = Workload(id="w", kind="serving", model=name, serving=Serving(requests_per_second=1.0))
    return language_model("w", shape_of(workload, row), row, precision)


# ------------------------------------------------------------------------------------------ the model


def test_a_dense_model_from_the_catalogue():
    found = catalogue("llama-3.1-8b")
    assert astuple(found) == pytest.approx(astuple(LLAMA))
    fp8 = catalogue("llama-3.1-8b", "fp8")
    assert (fp8.weights_bytes, fp8.kv_bytes) == (pytest.approx(8.03e9), 65_536)
    fp32 = catalogue("llama-3.1-8b", "fp32")
    assert (fp32.weights_bytes, fp32.kv_bytes) == (pytest.approx(32.12e9), 131_072)


def test_experts_from_totals_agree_with_the_geometry():
    # Mixtral 8x7B: (46.7 − 12.9) / (1 − 2/8) = 45.07 billion of experts; counted: 8 × 3 × 4096 × 14336 × 32 = 45.10
    mixtral = catalogue("mixtral-8x7b-v0.1")
    assert mixtral.expert_bytes == pytest.approx(2 * 33.8e9 / 0.75)
    assert mixtral.expert_bytes == pytest.approx(2 * 8 * 3 * 4096 * 14336 * 32, rel=1e-3)
    assert mixtral.weights_bytes == pytest.approx(2 * 46.7e9)
    assert mixtral.expert_share == 0.25


def test_one_token_touches_the_active_weights_and_a_crowd_touches_all():
    mixtral = catalogue("mixtral-8x7b-v0.1")
    parts = (mixtral.dense_bytes, mixtral.expert_bytes, mixtral.expert_share)
    assert touched_bytes(*parts, 1) == pytest.approx(2 * 12.9e9)
    assert touched_bytes(*parts, 2) == pytest.approx(2 * (46.7e9 - 33.8e9 / 0.75 * 0.75**2))
    assert touched_bytes(*parts, 1000) == pytest.approx(2 * 46.7e9)
    assert touched_bytes(LLAMA.dense_bytes, 0.0, 1.0, 7) == 16.06e9


def test_experts_without_a_number_per_token_are_counted():
    # Gemma 4 26B-A4B: 128 × 3 × 2816 × 704 × 30 = 22.84 billion of 26 in experts, of which 4 − 3.16 are used
    gemma = catalogue("gemma-4-26b-a4b")
    expert = 128 * 3 * 2816 * 704 * 30
    assert gemma.expert_bytes == 2 * expert
    assert gemma.expert_share == pytest.approx((4e9 - (26e9 - expert)) / expert)


def test_own_parameters_are_all_experts_when_some_rest():
    own = Shape(1e10, 1e9, 1e9, "transformer_moe", layers=10, hidden=100, attention_width=100)
    assert expert_split(own, None) == (0.0, 1e10, 0.1)
    assert kv_elements_per_token(own, None) == 2 * 100 * 10
    assert expert_split(replace(own, parameters_active=1e10), None) == (1e10, 0.0, 1.0)


def test_cache_of_layers_that_the_catalogue_does_not_count():
    # Qwen3.5-27B: 64 layers, 4 of 24 heads of 256 for keys: 2 × 4 × 256 × 64, an upper bound (some layers keep none)
    row = REFERENCE.model("qwen3.5-27b")
    workload = Workload(id="w", kind="serving", model="qwen3.5-27b", serving=Serving(requests_per_second=1.0))
    assert kv_elements_per_token(shape_of(workload, row), row) == pytest.approx(2 * 4 * 256 * 64)


def test_every_language_model_of_the_catalogue_decodes():
    for name, row in REFERENCE.models.items():
        if row["kind"] != "llm" or row.number("params_total_b") is None or row.number("layers") is None:
            continue
        model = catalogue(name)
        assert model.dense_bytes >= 0 and 0 < model.expert_share <= 1, name
        assert model.kv_bytes > 0, name
        assert float(decode_step_seconds(model, H100, LOAD, 1)) > 0, name


# ------------------------------------------------------------------------------------------ the phases


def test_decode_step_of_one_request():
    # context 1000 + 200/2 = 1100: 16.06e9 + 1100 × 131,072 = 16,204,179,200 bytes over 3.35e12 × 0.53 = 1.7755e12
    # = 9.1265 ms, and 32 × 45 µs = 1.44 ms
    assert float(decode_step_seconds(LLAMA, H100, LOAD, 1)) == pytest.approx(0.0105665, rel=1e-5)


def test_decode_step_on_four():
    # a quarter of 9.1265 ms, and 32 × (45 + 26 × 2) µs = 3.104 ms
    on_four = decode_step_seconds(LLAMA, replace(H100, tp=4.0), LOAD, 1)
    assert float(on_four) == pytest.approx(0.0091265 / 4 + 0.003104, rel=1e-5)


def test_a_large_batch_of_short_requests_is_bound_by_compute():
    # 2 × 7.504663424e9 × 2048 / (989e12 × 0.39) = 79.695 ms; moving takes 12
    short = Load(10.0, 2.0)
    assert float(decode_step_seconds(LLAMA, H100, short, 2048)) == pytest.approx(0.079695, rel=1e-4)


def test_prefill_of_one_prompt():
    # 2 × 7.504663424e9 × 1000 + 4 × 32 × 4096 × 1000 × 500 = 1.5271471e13, over 3.8571e14: 39.593 ms
    assert float(prefill_flops(LLAMA, LOAD)) == pytest.approx(1.5271471e13, rel=1e-7)
    assert float(prefill_seconds(LLAMA, H100, LOAD)) == pytest.approx(0.039593, rel=1e-4)


def test_cached_prompts():
    # half in cache: 500 new tokens, each looking back on 750 on average
    half = prefill_flops(LLAMA, replace(LOAD, cached=0.5))
    assert float(half) == pytest.approx(2 * 7_504_663_424 * 500 + 4 * 32 * 4096 * 500 * 750)
    assert float(prefill_flops(LLAMA, replace(LOAD, cached=1.0))) == 0


def test_a_window_ends_the_reach():
    narrow = prefill_flops(replace(LLAMA, window=100.0), LOAD)
    assert float(narrow) == pytest.approx(2 * 7_504_663_424 * 1000 + 4 * 32 * 4096 * 1000 * 100)


def test_requests_of_a_replica_that_serves_one_at_a_time():
    # 1 / (0.039593 + 200 × 0.0105665) = 0.46449 a second
    step, prefill = decode_step_seconds(LLAMA, H100, LOAD, 1), prefill_seconds(LLAMA, H100, LOAD)
    assert float(requests_per_second(prefill, step, 200.0, 1)) == pytest.approx(0.46449, rel=1e-4)


def test_batch_that_the_memory_holds():
    # (73.014e9 − 16.06e9) / (131,072 × (1155 × 2735/1155 + 211 × 424/211) = 3,159 tokens) = 137.55
    assert float(kv_limited_batch(LLAMA, H100, Load(1155.0, 211.0))) == pytest.approx(137.55, abs=0.01)


def test_latency_of_a_full_replica():
    # 10 at once: step (16.06e9 + 10 × 1100 × 131,072) / 1.7755e12 + 1.44e-3 = 11.297 ms;
    # first token 39.593 + 11.297; each token waits for 10 / 200 of a prompt: 11.297 + 1.980
    ttft, tpot = latencies(LLAMA, H100, LOAD, 10)
    assert ttft == pytest.approx(0.050890, rel=1e-4)
    assert tpot == pytest.approx(0.013277, rel=1e-4)


# ------------------------------------------------------------------------------------------ the layout


def test_the_batch_ends_at_the_latency():
    limited = replace(LOAD, tpot_seconds=0.013277)
    assert latency_batch(LLAMA, H100, limited) in (9, 10)
    assert latency_batch(LLAMA, H100, LOAD) == LARGEST_BATCH
    assert latency_batch(LLAMA, H100, replace(LOAD, tpot_seconds=0.001)) == 0
    assert layout_at(LLAMA, H100, replace(LOAD, tpot_seconds=0.001)) is None


def test_replicas_hold_the_weights_and_one_request():
    llama_70b = catalogue("llama-3.1-70b")  # 141.2 GB: 73 hold nothing, 146 hold 4.8 GB of cache
    assert [one.tp for one in replicas_that_fit(llama_70b, H100, LOAD)] == [2, 4, 8]
    assert [one.tp for one in replicas_that_fit(llama_70b, H100, replace(LOAD, prompt=20_000.0))] == [4, 8]
    deepseek = catalogue("deepseek-v3", "fp8")  # 671 GB of 584 on eight
    assert [one.tp for one in replicas_that_fit(deepseek, H100, LOAD)] == [16]
    assert replicas_that_fit(catalogue("deepseek-v3"), H100, LOAD) == []


def test_the_smallest_layout_within_five_percent():
    best = best_layout(LLAMA, H100, LOAD)
    found = {tp: layout_at(LLAMA, replace(H100, tp=float(tp)), LOAD) for tp in (1, 2, 4, 8)}
    most = max(x.requests_per_second / x.tp for x in found.values())
    good = [tp for tp, x in found.items() if x.requests_per_second / tp >= 0.95 * most]
    assert best.tp == min(good)


def test_arrivals():
    loose, tight = replace(LOAD, tpot_seconds=0.1), replace(LOAD, tpot_seconds=0.05)
    assert not is_tight(LOAD) and not is_tight(loose) and is_tight(tight)
    assert is_tight(replace(LOAD, ttft_seconds=0.5))
    at = layout_at(LLAMA, H100, tight)
    free = layout_at(LLAMA, H100, LOAD)
    assert sustained_fraction(LLAMA, H100, loose, at) == 0.93
    assert sustained_fraction(LLAMA, H100, tight, at) * at.requests_per_second == pytest.approx(
        min(0.93 * at.requests_per_second, 0.61 * free.requests_per_second)
    )


lengths = st.floats(1, 50_000)


@given(prompt=lengths, answer=lengths, cached=st.floats(0, 1), tp=st.sampled_from([1.0, 2.0, 4.0, 8.0]))
def test_more_bandwidth_or_fewer_bytes_are_never_slower(prompt, answer, cached, tp):
    load = Load(prompt, answer, cached)
    base = layout_at(LLAMA, replace(H100, tp=tp), load)
    wide = layout_at(LLAMA, replace(H100, tp=tp, bandwidth=2 * H100.bandwidth), load)
    small = layout_at(catalogue("llama-3.1-8b", "fp8"), replace(H100, tp=tp), load)
    if base is not None:
        assert wide.requests_per_second >= base.requests_per_second
        assert small.requests_per_second >= base.requests_per_second


@given(prompt=lengths, answer=lengths, more=st.floats(1, 10), cached=st.floats(0, 1))
def test_longer_requests_are_never_faster(prompt, answer, more, cached):
    base = layout_at(LLAMA, H100, Load(prompt, answer, cached))
    for longer in (Load(prompt, answer * more, cached), Load(prompt * more, answer, cached)):
        found = layout_at(LLAMA, H100, longer)
        if base is None:
            assert found is None
        elif found is not None:
            assert found.requests_per_second <= base.requests_per_second * (1 + 1e-12)


@settings(max_examples=50)
@given(prompt=st.floats(10, 10_000), answer=st.floats(10, 2000), limit=st.floats(0.005, 1), relaxed=st.floats(1, 5))
def test_a_looser_limit_never_serves_less(prompt, answer, limit, relaxed):
    def sustained(seconds):
        load = Load(prompt, answer, tpot_seconds=seconds)
        at = layout_at(LLAMA, H100, load)
        return 0.0 if at is None else at.requests_per_second * sustained_fraction(LLAMA, H100, load, at)

    assert sustained(limit * relaxed) >= sustained(limit) * (1 - 1e-12)
