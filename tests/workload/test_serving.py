"""The two-phase roofline of serving, against numbers worked out by hand from sheets and geometry."""

from __future__ import annotations

import math
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Infeasible, NotPriced
from planner.figure import Source, leaves, replay
from planner.reference import Reference
from planner.scenario.work import Latency, Serving, Throughput, Workload
from planner.uncertainty import Draws, Percentiles
from planner.workload import rate, work
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


def source(path):
    return Source("scenario", ".".join(map(str, path)), "2026-01-01")


def rate_of(card="H100-SXM", *, draws=1, serving=None, **fields):
    base = {"id": "w", "kind": "serving", "model": "llama-3.1-8b"}
    if fields.get("kind", "serving") == "serving":
        serving = {"requests_per_second": 1.0, "prompt_tokens": 1000, "answer_tokens": 200} | (serving or {})
    if serving is not None:
        base["serving"] = Serving(**serving)
    asked = work(Workload(**(base | fields)), 0, months=1, draws=Draws(draws), source=source)
    return rate(asked, card, reference_accelerator=None, reference=REFERENCE, draws=Draws(draws), source=source)


def figure(root, ending):
    """The inner figure or leaf whose name ends so."""
    if root.name.endswith(ending):
        return root
    return next((found for child in root.inputs if (found := figure(child, ending)) is not None), None)


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


def test_a_small_service_keeps_to_small_replicas():
    # One request a second, one spare: two replicas of a card. A card does 14 a second: 300 want 300/0.75/14 of them.
    def replica(requests_per_second):
        return rate_of(serving={"requests_per_second": requests_per_second}).accelerators_min

    assert replica(1.0) == 1
    many = {tp: layout_at(LLAMA, replace(H100, tp=float(tp)), LOAD) for tp in (1, 2, 4, 8)}

    def held(tp):
        need = math.ceil(300.0 / (0.93 * many[tp].requests_per_second * 0.75)) + 1
        return tp * need

    least = min(held(tp) for tp in many)
    assert replica(300.0) == min(tp for tp in many if held(tp) <= least / 0.95)
    assert best_layout(LLAMA, H100, LOAD, lambda layout: 1.0 / layout.tp).tp == 8


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


# ------------------------------------------------------------------------------------------ the figures


def test_the_rate_of_a_service_by_hand():
    # 3600 × 0.93 / (prefill + 200 × step / batch) / tp at the batch that the memory holds
    found = rate_of()
    tp, batch = found.accelerators_min, figure(found.per_hour, ".batch").value.item()
    held = math.floor((tp * 73_014_444_032 - 16.06e9) / (131_072 * (1000 * 2735 / 1155 + 200 * 424 / 211)))
    assert batch == held
    step = (16.06e9 + held * 1100 * 131_072) / (tp * 3.35e12 * 0.53) + 32 * (45e-6 + 26e-6 * math.log2(tp))
    step = max(step, 2 * 7_504_663_424 * held / (tp * 989e12 * 0.39))
    prefill = 1.5271471232e13 / (tp * 989e12 * 0.39)
    assert found.per_hour.value.item() == pytest.approx(3600 * 0.93 / (prefill + 200 * step / held) / tp, rel=1e-6)
    assert found.evidence == "modelled"
    assert found.per_hour.unit == "request/accelerator-hour"
    assert found.warnings == ()


def test_the_tree_shows_what_the_rate_rests_on():
    root = rate_of(model="mixtral-8x7b-v0.1").per_hour
    names = {leaf.name for leaf in leaves(root)}
    assert names >= {
        "H100-SXM.bf16_tflops",
        "H100-SXM.memory_bandwidth_gbs",
        "H100-SXM.memory_gib",
        "usable_memory_fraction",
        "w.dense_weights_bytes",
        "w.expert_weights_bytes",
        "w.expert_share",
        "w.kv_bytes_per_token",
        "w.layers",
        "w.serving.prompt_tokens",
        "w.serving.answer_tokens",
        "w.serving.cached_fraction",
        "w.H100-SXM.tensor_parallel",
        "w.H100-SXM.sustained_fraction",
        "serving.bandwidth_efficiency",
        "w.serving.prefill_efficiency",
        "serving.layer_seconds",
        "serving.layer_seconds_per_doubling",
        "w.serving.stack",
        "w.H100-SXM.serving",
    }
    for ending in (".batch", ".decode_step_seconds", ".prefill_seconds", ".touched_bytes"):
        assert figure(root, ending) is not None
    assert all(leaf.source.locator for leaf in leaves(root))


@pytest.mark.parametrize("draws", [1, 200])
@pytest.mark.parametrize("model", ["llama-3.1-8b", "qwen3-30b-a3b"])
def test_replay(draws, model):
    lengths = {"prompt_tokens": Percentiles(200, 4000), "answer_tokens": Percentiles(20, 1000), "cached_fraction": 0.3}
    found = rate_of(draws=draws, model=model, serving=lengths).per_hour
    assert np.array_equal(replay(found), found.value)
    assert np.all(found.value > 0)
    assert found.value.shape == (draws, 1)


def test_the_published_interval_is_shared_as_documented():
    one, other = (np.log(rate_of(card, draws=6000).per_hour.value).ravel() for card in ("A100-SXM-80GB", "H100-SXM"))
    p10, p90 = np.quantile(one, (0.1, 0.9))
    assert math.exp(p90 - p10) == pytest.approx(2.75, rel=0.04)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(0.65, abs=0.03)
    assert math.exp(np.median(one)) == pytest.approx(rate_of("A100-SXM-80GB").per_hour.value.item(), rel=0.03)


def test_lengths_not_given_are_told():
    found = rate_of(serving={"prompt_tokens": None, "answer_tokens": None})
    assert [note.key for note in found.warnings] == ["warning.serving_lengths"]
    told = rate_of(serving={"prompt_tokens": 1155, "answer_tokens": 211})
    assert found.per_hour.value.item() == told.per_hour.value.item()
    one = rate_of(serving={"answer_tokens": None})
    assert one.warnings[0].arguments["fields"] == "answer_tokens"


def test_other_notes():
    assert [note.key for note in rate_of(precision="fp8").warnings] == ["warning.serving_fp8"]
    assert [note.key for note in rate_of("RTX-4090").warnings] == ["warning.mfu_extrapolated"]


def test_an_own_mfu_replaces_the_fitted_one():
    assert rate_of(throughput=Throughput(mfu=0.39)).per_hour.value.item() == rate_of().per_hour.value.item()
    assert rate_of(throughput=Throughput(mfu=0.6)).per_hour.value.item() > rate_of().per_hour.value.item()


def test_no_cache_and_all_cached():
    none, full = (rate_of(serving={"cached_fraction": c}).per_hour for c in (0.0, 1.0))
    assert full.value.item() > none.value.item()
    assert figure(full, ".prefill_seconds").value.item() == 0


def test_a_model_too_big():
    with pytest.raises(Infeasible) as caught:
        rate_of("RTX-4090", model="llama-3.1-405b")
    assert caught.value.key == "workload.serving_does_not_fit"
    assert caught.value.arguments["weights"] == pytest.approx(2 * 405.9e9 / 2**30, abs=0.1)
    assert caught.value.arguments["memory"] == pytest.approx(16 * 24 * 0.85, abs=0.1)


def test_a_prompt_too_big():
    with pytest.raises(Infeasible) as caught:
        rate_of(serving={"prompt_tokens": 1e8})
    assert caught.value.key == "workload.serving_does_not_fit"


def test_a_time_per_token_that_no_layout_reaches():
    # Llama 3.1 405B on eight A100 at 1 byte: 405.9e9 / (8 × 2.039e12 × 0.53) + 126 × (45 + 26 × 3) µs
    with pytest.raises(Infeasible) as caught:
        rate_of("A100-SXM-80GB", model="llama-3.1-405b", precision="fp8", serving={"latency": Latency(tpot_ms=20)})
    assert caught.value.key == "workload.serving_latency"
    wrong = caught.value.arguments
    assert (wrong["target"], wrong["limit"], wrong["count"]) == ("tpot_ms", 20.0, 8)
    least = 1e3 * (405.9e9 / (8 * 2.039e12 * 0.53) + 126 * (45 + 26 * 3) * 1e-6)
    assert least < wrong["best"] < 1.15 * least


def test_a_first_token_that_no_layout_reaches():
    with pytest.raises(Infeasible) as caught:
        rate_of(serving={"prompt_tokens": 50_000, "latency": Latency(ttft_ms=100)})
    assert caught.value.arguments["target"] == "ttft_ms"
    assert caught.value.arguments["best"] > 100


def test_tighter_targets_serve_less():
    free, loose, tight = (
        rate_of(model="llama-3.1-70b", serving={"latency": latency}).per_hour.value.item()
        for latency in (None, Latency(ttft_ms=2000, tpot_ms=100), Latency(ttft_ms=500, tpot_ms=30))
    )
    assert free >= loose * 0.95
    assert loose > tight


def test_a_card_without_a_sheet_is_no_guess():
    with pytest.raises(NotPriced) as caught:
        rate_of("V100S-PCIe")
    assert caught.value.key == "workload.no_sheet"


def test_own_geometry_without_a_catalogue():
    own = {"model": None, "parameters": 8e9, "layers": 32, "hidden": 4096}
    assert rate_of(**own).per_hour.value.item() > 0
    with pytest.raises(NotPriced) as caught:
        rate_of(model=None, parameters=8e9)
    assert caught.value.key == "workload.serving_rate_wanted"


# ------------------------------------------------------------------------------------------ batches


def test_a_batch_that_answers_has_no_arrivals():
    lengths = {"prompt_tokens": 1000, "answer_tokens": 200}
    batch = {"kind": "batch_inference", "serving": lengths}
    samples = rate_of(samples_per_run=1e6, **batch)
    assert samples.per_hour.unit == "sample/accelerator-hour"
    busy = rate_of(serving={"requests_per_second": 1000.0})  # so many that whole replicas and the spare do not count
    assert samples.accelerators_min == busy.accelerators_min == 2
    assert samples.per_hour.value.item() == pytest.approx(busy.per_hour.value.item() / 0.93)
    tokens = rate_of(tokens_per_run=1e9, **batch)  # read and written
    assert tokens.per_hour.value.item() == pytest.approx(samples.per_hour.value.item() * 1200)


def test_a_batch_without_lengths_is_read():
    # 989e12 × 0.39 × 3600 / (2·N + 2 × 32 × 4096 × 4096)
    found = rate_of(kind="batch_inference", tokens_per_run=1e9)
    assert [note.key for note in found.warnings] == ["warning.batch_read_only"]
    flops = 2 * 7_504_663_424 + 2 * 32 * 4096 * 4096
    assert found.per_hour.value.item() == pytest.approx(989e12 * 0.39 * 3600 / flops)
    own = rate_of(kind="batch_inference", tokens_per_run=1e9, throughput=Throughput(mfu=0.5))
    assert own.per_hour.value.item() == pytest.approx(989e12 * 0.5 * 3600 / flops)
    assert own.warnings == ()
