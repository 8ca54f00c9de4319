"""The two phases of serving against sums by hand, their limits, and how a deployment is cut."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import Infeasible, NotPriced, PlannerError
from planner.estimator.deployment import Layout, stack
from planner.estimator.evidence import evidence_of
from planner.estimator.serving import (
    Fitted,
    LanguageModel,
    Load,
    Machine,
    batch_times,
    cache_limited_batch,
    latency_seconds,
    prompt_flops,
    prompt_seconds,
    requests_per_second,
    step_parts,
    touched_bytes,
)
from planner.estimator.serving_rows import bits_of, deployment_of, is_language
from planner.estimator.targets import latencies, within_limits
from planner.reference import Reference

REFERENCE = Reference()
# Llama 3.1 8B in 16 bit: 8.03e9 × 2 bytes; 32 layers × 8 heads × 128 × 2 × 2 bytes of cache; the input embeddings
# (128,256 × 4,096) do not multiply.
LLAMA = LanguageModel(16.06e9, 0.0, 1.0, 7_504_663_424, 32, 4096, 4096, 131_072)
ROUND = Fitted(0.5, 0.4, 1.0, 40e-6, 20e-6, 0.8, 1.0, 1.5, 1.4)
H100 = Machine(1.0, 1.0, 989e12, 3.35e12, 900e9, 80 * 2**30 * 0.92)
LOAD = Load(1000.0, 200.0)


def test_a_decode_step_of_one_request():
    # (16.06e9 + 1100 × 131,072) / (3.35e12 × 0.5) = 9.6741 ms; 2 × 7.505e9 / (989e12 × 0.4) = 0.0379 ms; 32 × 40 µs
    memory, compute, overhead, links = step_parts(LLAMA, H100, LOAD, 1.0, ROUND)
    assert float(memory) == pytest.approx(9.6741e-3, rel=1e-4)
    assert float(compute) == pytest.approx(3.7941e-5, rel=1e-4)
    assert float(overhead) == pytest.approx(1.28e-3)
    assert float(links) == 0


def test_a_decode_step_on_four():
    # launches 32 × (40 + 20 × 2) µs; links: 2 all-reduces a layer × 2 × 3/4 × 4096 × 2 bytes × 32 layers, half of
    # 900 GB/s × 0.8 each way: 4 × 32 × 4096 × 2 × 1.5 / 720e9
    on_four = replace(H100, accelerators=4.0, tp=4.0)
    memory, _, overhead, links = step_parts(LLAMA, on_four, LOAD, 1.0, ROUND)
    assert float(memory) == pytest.approx(9.6741e-3 / 4, rel=1e-4)
    assert float(overhead) == pytest.approx(32 * 80e-6)
    assert float(links) == pytest.approx(4 * 32 * 4096 * 2 * 1.5 / 720e9)


def test_a_prompt():
    # 2 × 7.504663424e9 × 1000 + 4 × 32 × 4096 × 1000 × 500 = 1.5271471e13, over 989e12 × 0.4: 38.603 ms
    assert float(prompt_flops(LLAMA, LOAD)) == pytest.approx(1.5271471e13, rel=1e-7)
    assert float(prompt_seconds(LLAMA, H100, LOAD, ROUND)) == pytest.approx(0.038603, rel=1e-4)


def test_cached_prompts_and_windows():
    # half in cache: 500 new tokens, each looking back on 750 on average
    half = prompt_flops(LLAMA, replace(LOAD, cached=0.5))
    assert float(half) == pytest.approx(2 * 7_504_663_424 * 500 + 4 * 32 * 4096 * 500 * 750)
    assert float(prompt_flops(LLAMA, replace(LOAD, cached=1.0))) == 0
    narrow = prompt_flops(replace(LLAMA, window=100.0), LOAD)
    assert float(narrow) == pytest.approx(2 * 7_504_663_424 * 1000 + 4 * 32 * 4096 * 1000 * 100)


def test_requests_of_a_replica_that_serves_one_at_a_time():
    # 1 / (0.038603 + 200 × (9.6741 + 0.0379 + 1.28) ms) = 0.44704 a second
    times = batch_times(LLAMA, H100, LOAD, 1.0, ROUND)
    assert float(requests_per_second(times, 1.0)) == pytest.approx(1 / (0.038603 + 200 * 0.010992), rel=1e-4)


def test_a_crowd_touches_all_experts_and_one_token_its_own():
    assert touched_bytes(2.0, 8.0, 0.25, 1.0) == 4.0
    assert touched_bytes(2.0, 8.0, 0.25, 1000.0) == pytest.approx(10.0)


def test_batch_that_the_memory_holds():
    # (79.029e9 − 16.06e9) / (131,072 × 3,159) = 152.1
    assert float(cache_limited_batch(LLAMA, H100, 3159.0)) == pytest.approx(152.08, abs=0.01)


def test_latency_of_a_full_replica():
    first, each = latency_seconds(0.04, 0.01, 200.0, 10.0)
    assert (float(first), float(each)) == (0.05, pytest.approx(0.012))


positive = st.floats(1, 50_000)


@given(prompt=positive, answer=positive, batch=st.floats(1, 500), tp=st.sampled_from([1.0, 2.0, 8.0]))
def test_better_hardware_is_never_slower(prompt, answer, batch, tp):
    load, base = Load(prompt, answer), replace(H100, accelerators=tp, tp=tp)
    slow = float(batch_times(LLAMA, base, load, batch, ROUND).total)
    for better in ({"peak": 2e15}, {"bandwidth": 7e12}, {"links": 1.8e12}):
        assert float(batch_times(LLAMA, replace(base, **better), load, batch, ROUND).total) <= slow * (1 + 1e-12)
    assert float(batch_times(LLAMA, base, Load(prompt, answer * 2), batch, ROUND).total) >= slow


# ------------------------------------------------------------------------------------------ rows


def row(**cells):
    base = {"model": "Llama-3.1-8B", "model_class": "llm", "accelerator": "H100-SXM-80GB", "accelerator_mem_gb": "80",
            "n_accelerators": "8", "tp": "2", "input_len": "1000", "output_len": "200", "weight_precision": "bf16",
            "scenario": "offline", "request_unit": "request"}  # fmt: skip
    return {**base, **{name: str(value) for name, value in cells.items()}}


def test_a_row_as_a_deployment():
    found = deployment_of(row(), REFERENCE)
    assert (found.layout.accelerators, found.layout.replicas, found.layout.tp) == (2, 4, 2)
    assert (found.bits, found.cache_bytes, found.prompt_known) == ("16", 2.0, True)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("disagg P1xTP2+D3xTP2", Layout(2, 3, 2, 2, 1, apart=True)),
        ("TP1-EP8-DPattn8", Layout(8, 1, 1, 8, 1, by_request=True)),
        ("TP2-PP4", Layout(8, 1, 2, 8, 1)),
    ],
)
def test_layouts_are_read(plan, expected):
    tp = "" if plan.startswith("disagg") else plan[2]
    assert deployment_of(row(parallelism=plan, tp=tp), REFERENCE).layout == expected


def test_layouts_not_stated_hold_the_weights():
    # 141 GB of weights in cards of 79 GB: two each, four replicas on eight
    found = deployment_of(row(model="Llama-3.1-70B", tp=""), REFERENCE)
    assert (found.layout.accelerators, found.layout.replicas) == (2, 4)


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"accelerator": "Abacus 9"}, "estimate.no_sheet"),
        ({"accelerator": ""}, "estimate.no_accelerator"),
        ({"model": "nobody-9b"}, "estimate.unknown_model"),
        ({"weight_precision": "fp7"}, "estimate.unknown_precision"),
        ({"input_len": "-5"}, "estimate.not_a_count"),
        ({"input_len": "0"}, "estimate.not_positive"),
        ({"params_total_b": "7 milliards"}, "estimate.not_a_count"),
        ({"params_total_b": "7", "params_active_b": "9"}, "estimate.active_above_total"),
        ({"input_len": "200000"}, "estimate.sequence_too_long"),
        ({"model": "DeepSeek-V3", "n_accelerators": "2"}, "estimate.weights_do_not_fit"),
    ],
)
def test_what_is_refused(cells, key):
    with pytest.raises(PlannerError) as caught:
        deployment_of(row(**cells), REFERENCE)
    assert caught.value.key == key


def test_declared_precision_that_the_engine_contradicts():
    assert bits_of(row(weight_precision="fp16", precision_doubtful="yes: declared fp16, ran fp8")) == "8"
    names = ("w4a16", "q8_0", "awq int4", "fp8_e4m3")
    assert [bits_of(row(weight_precision=one)) for one in names] == ["4", "8", "4", "8"]
    assert is_language(row()) and not is_language(row(request_unit="image", model_class="vision"))


# ------------------------------------------------------------------------------------------ targets


def test_limits_bound_the_batch():
    constants = evidence_of(REFERENCE).constants
    asked = deployment_of(row(n_accelerators=1, tp=1), REFERENCE)
    limited = within_limits(asked, constants, math.inf, 0.02)
    assert 1 <= limited.concurrency < 1000
    assert latencies(limited, constants)[1] <= 0.02
    more = replace(limited, concurrency=limited.concurrency * 1.2)
    assert latencies(more, constants)[1] > 0.02
    assert within_limits(asked, constants, math.inf, math.inf) is asked
    with pytest.raises(Infeasible) as caught:
        within_limits(asked, constants, math.inf, 0.001)
    assert caught.value.key == "workload.serving_latency"


def test_prompts_apart_are_as_fast_as_the_slower_half():
    constants = evidence_of(REFERENCE).constants
    plans = ("disagg P1xTP2+D3xTP2", "disagg P3xTP2+D1xTP2")
    asked = [deployment_of(row(parallelism=plan, concurrency_or_batch=64), REFERENCE) for plan in plans]
    found = stack(asked, constants)
    assert np.all(found.rate > 0)
    parts = found.times
    assert parts.total == pytest.approx(parts.memory + parts.compute + parts.overhead + parts.links + parts.prompts)


def test_a_card_without_a_sheet():
    with pytest.raises(NotPriced) as caught:
        deployment_of(row(accelerator="V100S-PCIe", accelerator_mem_gb="32"), REFERENCE)
    assert caught.value.key in ("workload.no_sheet", "estimate.no_sheet")
