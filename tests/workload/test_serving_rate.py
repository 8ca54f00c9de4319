"""Rates of services and of batches that answer: by hand, what they rest on, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.errors import Infeasible, NotPriced
from planner.estimator.answers import shared_variance
from planner.estimator.evidence import evidence_of
from planner.estimator.serving import LanguageModel, Load, Machine
from planner.figure import Source, leaves, replay
from planner.reference import Reference
from planner.scenario.work import Latency, Serving, Throughput, Workload
from planner.uncertainty import Draws, Percentiles
from planner.workload import rate, work
from planner.workload.replica import Server

REFERENCE = Reference()
FITTED = evidence_of(REFERENCE).constants
LLAMA = LanguageModel(16.06e9, 0.0, 1.0, 7_504_663_424, 32, 4096, 4096, 131_072)  # worked out in tests/estimator
H100 = Machine(1.0, 1.0, 989e12, 3.35e12, 900e9, 80 * 2**30 * 0.85)
SERVER = Server(LLAMA, H100, Load(1000.0, 200.0), FITTED)


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


def test_a_small_service_keeps_to_small_replicas():
    # One request a second, one spare: two replicas of a card. A card does 14 a second: 300 want 300/0.75/14 of them.
    def replica(requests_per_second):
        return rate_of(serving={"requests_per_second": requests_per_second}).accelerators_min

    assert replica(1.0) == 1
    many = {tp: SERVER.on(float(tp)).layout() for tp in (1, 2, 4, 8)}

    def held(tp):
        need = math.ceil(300.0 / (0.93 * many[tp].requests_per_second * 0.75)) + 1
        return tp * need

    least = min(held(tp) for tp in many)
    assert replica(300.0) == min(tp for tp in many if held(tp) <= least / 0.95)
    assert SERVER.best_layout(lambda layout: 1.0 / layout.tp).tp == 8


# ------------------------------------------------------------------------------------------ the figures


def test_the_rate_of_a_service_by_hand():
    # 3600 × 0.93 × correction / (prompt + 200 × step / batch) / tp at the batch that the memory holds
    found = rate_of()
    tp, batch = found.accelerators_min, figure(found.per_hour, ".batch").value.item()
    held = math.floor((tp * 73_014_444_032 - 16.06e9) / (131_072 * (1000 * 2735 / 1155 + 200 * 424 / 211)))
    assert batch == held
    moved = (16.06e9 + FITTED.cache_weight * held * 1100 * 131_072) / (tp * 3.35e12 * FITTED.bandwidth_efficiency)
    computed = 2 * 7_504_663_424 * held / (tp * 989e12 * FITTED.compute_efficiency)
    launched = 32 * (FITTED.layer_seconds + FITTED.layer_seconds_per_doubling * math.log2(tp))
    wire = 4 * 32 * 4096 * 2 * 2 * (tp - 1) / tp / (900e9 * FITTED.link_efficiency)
    step = moved + computed + launched + held * wire
    prompt = 1.5271471232e13 / (tp * 989e12 * FITTED.compute_efficiency * FITTED.prompt_efficiency) + 1000 * wire
    learned = figure(found.per_hour, ".correction").value.item()
    assert 0.4 < learned < 2.5
    by_hand = 3600 * 0.93 * learned / (prompt + 200 * step / held) / tp
    assert found.per_hour.value.item() == pytest.approx(by_hand, rel=1e-6)
    assert found.evidence in ("published", "modelled")
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
        "serving.compute_efficiency",
        "serving.prompt_efficiency",
        "serving.link_efficiency",
        "serving.cache_weight",
        "serving.layer_seconds",
        "serving.layer_seconds_per_doubling",
        "w.H100-SXM.correction",
        "w.serving.error",
        "H100-SXM.serving.error",
        "w.H100-SXM.error",
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


def test_errors_are_shared_as_they_arise():
    # two accelerators share the error of the workload, two workloads that of the accelerator
    def logs(card, name="w"):
        return np.log(rate_of(card, draws=6000, id=name).per_hour.value).ravel()

    one, other, elsewhere = logs("A100-SXM-80GB"), logs("H100-SXM"), logs("A100-SXM-80GB", "v")
    workload, accelerator, _ = shared_variance(evidence_of(REFERENCE).serving)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(workload, abs=0.04)
    assert np.corrcoef(one, elsewhere)[0, 1] == pytest.approx(accelerator, abs=0.04)
    assert math.exp(np.median(one)) == pytest.approx(rate_of("A100-SXM-80GB").per_hour.value.item(), rel=0.05)


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
    slow, fast = (rate_of(throughput=Throughput(mfu=mfu)).per_hour.value.item() for mfu in (0.2, 0.4))
    assert slow < fast
    assert rate_of(throughput=Throughput(mfu=0.95)).per_hour.value.item() > rate_of().per_hour.value.item()


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
    # Llama 3.1 405B on eight H100 at 1 byte: reading 405.9e9 bytes alone takes 405.9e9 / (8 × 3.35e12 × e)
    with pytest.raises(Infeasible) as caught:
        rate_of("H100-SXM", model="llama-3.1-405b", precision="fp8", serving={"latency": Latency(tpot_ms=20)})
    assert caught.value.key == "workload.serving_latency"
    wrong = caught.value.arguments
    assert (wrong["target"], wrong["limit"], wrong["count"]) == ("tpot_ms", 20.0, 8)
    launched = 126 * (FITTED.layer_seconds + 3 * FITTED.layer_seconds_per_doubling)
    least = 1e3 * (405.9e9 / (8 * 3.35e12 * FITTED.bandwidth_efficiency) + launched)
    assert least < wrong["best"] < 1.2 * least


def test_a_first_token_that_no_layout_reaches():
    with pytest.raises(Infeasible) as caught:
        rate_of(serving={"prompt_tokens": 50_000, "latency": Latency(ttft_ms=100)})
    assert caught.value.arguments["target"] == "ttft_ms"
    assert caught.value.arguments["best"] > 100


def test_tighter_targets_serve_less():
    free, loose, tight = (
        rate_of(model="llama-3.1-70b", serving={"latency": latency, "requests_per_second": 500.0}).per_hour.value.item()
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
    alone = rate_of(model=None, parameters=8e9)
    assert [note.key for note in alone.warnings] == ["estimate.assumed_shape"]
    assert alone.per_hour.value.item() > 0


# ------------------------------------------------------------------------------------------ batches


def test_a_batch_that_answers_has_no_arrivals():
    lengths = {"prompt_tokens": 1000, "answer_tokens": 200}
    batch = {"kind": "batch_inference", "serving": lengths}
    samples = rate_of(samples_per_run=1e6, **batch)
    assert samples.per_hour.unit == "sample/accelerator-hour"
    busy = rate_of(serving={"requests_per_second": 1000.0})  # so many that whole replicas and the spare do not count
    if samples.accelerators_min == busy.accelerators_min:
        assert samples.per_hour.value.item() == pytest.approx(busy.per_hour.value.item() / 0.93)
    tokens = rate_of(tokens_per_run=1e9, **batch)  # read and written
    assert tokens.per_hour.value.item() == pytest.approx(samples.per_hour.value.item() * 1200)


def test_a_batch_without_lengths_is_read():
    # 989e12 × the fitted share × 3600 / (2·N + 2 × 32 × 4096 × 4096)
    found = rate_of(kind="batch_inference", tokens_per_run=1e9)
    assert [note.key for note in found.warnings] == ["warning.batch_read_only"]
    flops = 2 * 7_504_663_424 + 2 * 32 * 4096 * 4096
    reached = FITTED.compute_efficiency * FITTED.prompt_efficiency
    assert found.per_hour.value.item() == pytest.approx(989e12 * reached * 3600 / flops)
    own = rate_of(kind="batch_inference", tokens_per_run=1e9, throughput=Throughput(mfu=0.5))
    assert own.per_hour.value.item() == pytest.approx(989e12 * 0.5 * 3600 / flops)
    assert own.warnings == ()
