"""FLOPs per unit of work and memory, against numbers worked out from the published geometry."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import Infeasible, NotPriced
from planner.reference import Reference
from planner.scenario.work import Workload
from planner.workload import accelerators_that_fit
from planner.workload.flops import Shape, attention_flops_per_token, flops_per_unit, matmul_parameters, shape_of
from planner.workload.memory import activation_bytes, state_bytes_per_parameter

REFERENCE = Reference()
GIB = 2**30


def training(task="lora", model="llama-3.1-8b", **more):
    kind = more.pop("kind", "training")
    work = {} if "samples_per_run" in more else {"tokens_per_run": 1.0}
    return Workload(**({"id": "w", "kind": kind, "task": task, "model": model} | work | more))


def shape(model="llama-3.1-8b"):
    return shape_of(training(model=model), REFERENCE.model(model))


# Llama 3.1 8B: 32 layers of 4,096, 8 of 32 heads for keys, 14,336 inside, a vocabulary of 128,256 at both ends.
EMBEDDING = 128_256 * 4_096
N_8B = 8.03e9 - EMBEDDING
ATTENTION_8B = 6 * 32 * 4_096 * 4_096  # at 4,096 tokens


def test_input_embeddings_drop_out_when_the_head_is_another_matrix():
    # layer: 2·4096·128·(32 + 8) for attention, 3·4096·14336 gated;
    # 32 of them + 2 vocabularies = the published 8.03 billion
    layer = 2 * 4096 * 128 * 40 + 3 * 4096 * 14336
    assert 32 * layer + 2 * EMBEDDING == pytest.approx(8.03e9, rel=1e-3)
    assert shape().matmul_parameters == pytest.approx(N_8B)


def test_tied_embeddings_stay_since_they_are_the_head():
    # Llama 3.2 1B: 16 layers + 1 vocabulary = 1.236 billion, with two it would be 1.5
    layer = 2 * 2048 * 64 * 40 + 3 * 2048 * 8192
    assert 16 * layer + 128_256 * 2048 == pytest.approx(1.24e9, rel=5e-3)
    assert shape("llama-3.2-1b").matmul_parameters == pytest.approx(1.24e9)


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (training("pretrain"), 6 * N_8B + ATTENTION_8B),
        (training("finetune_full"), 6 * N_8B + ATTENTION_8B),
        (training("continued_pretrain"), 6 * N_8B + ATTENTION_8B),
        (training("lora"), 4 * N_8B + ATTENTION_8B),
        (training("qlora"), 4 * N_8B + ATTENTION_8B),
        (training(None, kind="batch_inference"), 2 * N_8B + ATTENTION_8B / 3),
        (training("lora", seq_len=1), 4 * N_8B + ATTENTION_8B / 4096),
        (training("pretrain", samples_per_run=1.0), 4096 * (6 * N_8B + ATTENTION_8B)),
    ],
)
def test_flops_of_a_transformer(workload, expected):
    assert flops_per_unit(workload, shape())[0] == pytest.approx(expected, rel=1e-12)


def test_a_window_ends_the_reach_of_attention():
    narrow = Shape(1, 1, 1, "transformer_dense", layers=10, attention_width=100, window=50)
    assert attention_flops_per_token(narrow, 4000) == 6 * 10 * 100 * 50
    assert attention_flops_per_token(narrow, 20) == 6 * 10 * 100 * 20


def test_images_count_three_forward_passes_in_training_and_one_in_use():
    row = REFERENCE.model("resnet50")
    images = training("finetune_full", model="resnet50", samples_per_run=1.0)
    assert flops_per_unit(images, shape_of(images, row))[0] == pytest.approx(3 * 4.2e9)
    use = training(None, model="resnet50", samples_per_run=1.0, kind="batch_inference")
    assert flops_per_unit(use, shape_of(use, row))[0] == pytest.approx(4.2e9)
    with pytest.raises(NotPriced) as caught:
        flops_per_unit(training("finetune_full", model="resnet50"), shape_of(images, row))
    assert caught.value.key == "workload.samples_wanted"


@pytest.mark.parametrize("task", ["distill", "rl"])
def test_work_that_is_no_multiple_of_the_model_wants_a_rate(task):
    with pytest.raises(NotPriced) as caught:
        flops_per_unit(training(task), shape())
    assert caught.value.key == "workload.rate_wanted"


def test_own_parameters_without_a_catalogue():
    own = training("pretrain", model=None, parameters=1e9)
    found = shape_of(own, None)
    assert flops_per_unit(own, found)[0] == 6e9
    assert found.architecture == "transformer_dense"
    experts = shape_of(training("pretrain", model=None, parameters=1e9, parameters_active=1e8), None)
    assert experts.architecture == "transformer_moe"
    assert experts.matmul_parameters == 1e8
    with pytest.raises(NotPriced) as caught:
        shape_of(training("pretrain", model=None), None)
    assert caught.value.key == "workload.no_model"


def test_every_model_of_the_catalogue_has_a_shape():
    for name, row in REFERENCE.models.items():
        if row.number("params_total_b") is None and row.number("forward_gflops_per_item") is None:
            continue
        found = shape_of(training(model=name), row)
        assert 0 <= matmul_parameters(found.parameters_active, found.parameters, row) <= found.parameters * 1.001, name


# ------------------------------------------------------------------------------------------ memory


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (training("pretrain"), 16),  # 2 weights + 2 gradients + 12 of Adam
        (training("finetune_full", precision="fp32"), 16),
        (training("lora"), 2),
        (training("lora", precision="fp32"), 4),
        (training("qlora"), 0.55),
        (training(None, kind="batch_inference"), 2),
        (training(None, kind="batch_inference", precision="fp8"), 1),
        (training(None, kind="batch_inference", precision="tf32"), 4),
    ],
)
def test_bytes_per_parameter(workload, expected):
    assert state_bytes_per_parameter(workload) == expected


def test_activations_of_one_sequence():
    # 2·32·4096·4096 layer inputs + 34·4096·4096 open layer + 4·4096·128256 logits = 3.746e9 bytes
    expected = 2 * 32 * 4096 * 4096 + 34 * 4096 * 4096 + 4 * 4096 * 128256
    assert activation_bytes(shape(), 4096) == expected
    assert activation_bytes(Shape(1, 1, 1, "cnn"), 4096) == 0


@pytest.mark.parametrize(
    ("task", "card", "expected"),
    [
        ("lora", "A100-SXM-40GB", 1),  # 16.06 GB in 36.5 − 3.7
        ("finetune_full", "A100-SXM-40GB", 4),  # 128.48 / 32.76 = 3.92
        ("finetune_full", "A100-SXM-80GB", 2),  # 128.48 / 69.27 = 1.85
        ("finetune_full", "RTX-4090", 8),  # 128.48 / 18.16 = 7.07
        ("qlora", "RTX-4090", 1),
    ],
)
def test_fewest_accelerators(task, card, expected):
    assert accelerators_that_fit(training(task), shape(), REFERENCE.accelerators[card], 0.85) == expected


def test_activations_alone_may_exceed_the_card():
    with pytest.raises(Infeasible) as caught:
        accelerators_that_fit(training(seq_len=131_072), shape(), REFERENCE.accelerators["A100-SXM-40GB"], 0.85)
    assert caught.value.key == "workload.activations_exceed"
    assert caught.value.arguments["need"] == pytest.approx(
        32 * (2 * 32 * 4096 * 4096 + 34 * 4096 * 4096 + 4 * 4096 * 128256) / GIB, abs=0.1
    )


def test_unknown_model_or_memory_is_one_accelerator():
    assert accelerators_that_fit(training(), None, REFERENCE.accelerators["A100-SXM-40GB"], 0.85) == 1


@given(st.floats(1e6, 1e13), st.floats(0.1, 1))
def test_memory_needed_is_monotone(parameters, usable):
    card = REFERENCE.accelerators["A100-SXM-80GB"]
    own = training("pretrain", model=None, parameters=parameters)
    found = accelerators_that_fit(own, shape_of(own, None), card, usable)
    assert found == max(1, math.ceil(parameters * 16 / (80 * GIB * usable)))
