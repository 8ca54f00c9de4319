"""Which replica a service runs on: memory, latency, the smallest that is as good, what arrivals leave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.estimator.evidence import evidence_of
from planner.estimator.serving import LanguageModel, Load, Machine
from planner.reference import Reference
from planner.scenario.work import Serving, Workload
from planner.workload.replica import LARGEST_BATCH, Limits, Server
from planner.workload.serving_rate import language_model
from planner.workload.subject import subject_of

REFERENCE = Reference()
FITTED = evidence_of(REFERENCE).constants
LLAMA = LanguageModel(16.06e9, 0.0, 1.0, 7_504_663_424, 32, 4096, 4096, 131_072)
H100 = Machine(1.0, 1.0, 989e12, 3.35e12, 900e9, 80 * 2**30 * 0.85)
SERVER = Server(LLAMA, H100, Load(1000.0, 200.0), FITTED)


def catalogue(name, precision="bf16"):
    work = Workload(id="w", kind="serving", model=name, precision=precision, serving=Serving(requests_per_second=1.0))
    return language_model(subject_of(work, REFERENCE.model(name)))


def test_a_dense_model_from_the_catalogue():
    found = catalogue("llama-3.1-8b")
    assert (found.weights_bytes, found.kv_bytes) == (pytest.approx(16.06e9), 131_072)
    assert found.matmul == pytest.approx(7_504_663_424)
    fp8 = catalogue("llama-3.1-8b", "fp8")
    assert (fp8.weights_bytes, fp8.kv_bytes) == (pytest.approx(8.03e9), 65_536)
    fp32 = catalogue("llama-3.1-8b", "fp32")
    assert (fp32.weights_bytes, fp32.kv_bytes) == (pytest.approx(32.12e9), 131_072)


def test_every_language_model_of_the_catalogue_decodes():
    for name, row in REFERENCE.models.items():
        work = Workload(id="w", kind="serving", model=name, serving=Serving(requests_per_second=1.0))
        if subject_of(work, row).is_language_model:
            found = catalogue(name)
            assert found.weights_bytes > 0 and found.kv_bytes > 0 and 0 < found.expert_share <= 1, name


def test_the_batch_that_the_memory_holds():
    # (73.014e9 − 16.06e9) / (131,072 × (1155 × 2735/1155 + 211 × 424/211) = 3,159 tokens) = 137.55
    assert replace(SERVER, load=Load(1155.0, 211.0)).held() == pytest.approx(137.55, abs=0.01)


def test_the_batch_ends_at_the_latency():
    _, each = SERVER.latencies(10)
    limited = replace(SERVER, limits=Limits(tpot_seconds=each))
    assert limited.latency_batch() in (9, 10)
    assert SERVER.latency_batch() == LARGEST_BATCH
    hopeless = replace(SERVER, limits=Limits(tpot_seconds=0.001))
    assert hopeless.latency_batch() == 0
    assert hopeless.layout() is None


def test_replicas_hold_the_weights_and_one_request():
    def sizes(model, load=SERVER.load):
        return [one.machine.accelerators for one in replace(SERVER, model=model, load=load).sized()]

    llama_70b = catalogue("llama-3.1-70b")  # 141.2 GB: 73 hold nothing, 146 hold 4.8 GB of cache
    assert sizes(llama_70b) == [2, 4, 8]
    assert sizes(llama_70b, Load(20_000.0, 200.0)) == [4, 8]
    assert sizes(catalogue("deepseek-v3", "fp8")) == [16]  # 671 GB of 584 on eight
    assert sizes(catalogue("deepseek-v3")) == []


def test_the_smallest_layout_within_five_percent():
    best = SERVER.best_layout()
    found = {tp: SERVER.on(float(tp)).layout() for tp in (1, 2, 4, 8)}
    most = max(one.requests_per_second / one.tp for one in found.values())
    good = [tp for tp, one in found.items() if one.requests_per_second / tp >= 0.95 * most]
    assert best.tp == min(good)


def test_arrivals():
    loose, tight = Limits(tpot_seconds=0.1), Limits(tpot_seconds=0.05)
    assert not Limits().are_tight and not loose.are_tight and tight.are_tight
    assert Limits(ttft_seconds=0.5).are_tight
    limited = replace(SERVER, limits=tight)
    at, free = limited.layout(), SERVER.layout()
    assert replace(SERVER, limits=loose).sustained_fraction(at) == 0.93
    assert limited.sustained_fraction(at) * at.requests_per_second == pytest.approx(
        min(0.93 * at.requests_per_second, 0.61 * free.requests_per_second)
    )


lengths = st.floats(1, 50_000)


@given(prompt=lengths, answer=lengths, more=st.floats(1, 10), cached=st.floats(0, 1))
def test_longer_requests_are_never_faster(prompt, answer, more, cached):
    base = replace(SERVER, load=Load(prompt, answer, cached)).layout()
    for longer in (Load(prompt, answer * more, cached), Load(prompt * more, answer, cached)):
        found = replace(SERVER, load=longer).layout()
        if base is None:
            assert found is None
        elif found is not None:
            assert found.requests_per_second <= base.requests_per_second * (1 + 1e-12)


@settings(max_examples=50)
@given(prompt=st.floats(10, 10_000), answer=st.floats(10, 2000), limit=st.floats(0.005, 1), relaxed=st.floats(1, 5))
def test_a_looser_limit_never_serves_less(prompt, answer, limit, relaxed):
    def sustained(seconds):
        server = replace(SERVER, load=Load(prompt, answer), limits=Limits(tpot_seconds=seconds))
        at = server.layout()
        return 0.0 if at is None else at.requests_per_second * server.sustained_fraction(at)

    assert sustained(limit * relaxed) >= sustained(limit) * (1 - 1e-12)
