"""Geometry and FLOPs, against numbers worked out from published architectures."""

from __future__ import annotations

import pytest

from planner.estimator.flops import (
    adversarial_flops_per_sample,
    attention_flops_per_token,
    diffusion_flops_per_item,
    distillation_flops_per_token,
    forward_flops_per_token,
    recurrent_parameters,
    training_flops_per_token,
)
from planner.estimator.shape import (
    Shape,
    architecture_of,
    catalogue_side,
    image_shape,
    matmul_parameters,
    shape_from_catalogue,
    shape_from_parameters,
)
from planner.reference import Reference

REFERENCE = Reference()
# Llama 3.1 8B: 32 layers of 4,096, 8 of 32 heads for keys, 14,336 inside, a vocabulary of 128,256 at both ends.
EMBEDDING = 128_256 * 4_096
N_8B = 8.03e9 - EMBEDDING
ATTENTION_8B = 6 * 32 * 4_096 * 4_096  # at 4,096 tokens


def shape(model="llama-3.1-8b"):
    return shape_from_catalogue(REFERENCE.model(model))


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


def test_every_model_of_the_catalogue_has_a_shape():
    for name, row in REFERENCE.models.items():
        if row.number("params_total_b") is None and row.number("forward_gflops_per_item") is None:
            continue
        found = shape_from_catalogue(row)
        assert 0 <= matmul_parameters(found.parameters_active, found.parameters, row) <= found.parameters * 1.001, name
        assert 0 <= found.expert_parameters <= found.parameters, name
        assert 0 < found.expert_share <= 1, name


@pytest.mark.parametrize(
    ("task", "times"), [("pretrain", 6), ("finetune_full", 6), ("continued_pretrain", 6), ("lora", 4), ("qlora", 4)]
)
def test_a_trained_token(task, times):
    assert training_flops_per_token(shape(), 4096, task) == pytest.approx(times * N_8B + ATTENTION_8B, rel=1e-12)


def test_a_token_read_is_a_third_of_one_trained():
    assert forward_flops_per_token(shape(), 4096) == pytest.approx(2 * N_8B + ATTENTION_8B / 3)


def test_a_window_ends_the_reach_and_without_a_mask_it_doubles():
    narrow = Shape(1, 1, 1, "transformer_dense", layers=10, attention_width=100, window=50)
    assert attention_flops_per_token(narrow, 4000) == 6 * 10 * 100 * 50
    assert attention_flops_per_token(narrow, 20) == 6 * 10 * 100 * 20
    assert attention_flops_per_token(narrow, 20, causal=False) == 12 * 10 * 100 * 20
    encoder = Shape(1, 1, 0, "encoder", layers=24, attention_width=1024)
    assert training_flops_per_token(encoder, 512) == 12 * 24 * 1024 * 512


def test_experts_from_totals_agree_with_the_geometry():
    # Mixtral 8x7B: 32 layers × 8 experts × 3 × 4,096 × 14,336 = 45.1 billion, 2 of 8 used
    found = shape("mixtral-8x7b")
    assert found.expert_parameters == pytest.approx(32 * 8 * 3 * 4096 * 14336, rel=0.01)
    assert found.expert_share == 0.25


def test_cache_per_token():
    # 2 × 8 heads × 128 × 32 layers = 65,536 elements: 131,072 bytes in 16 bits (MODEL 5 j)
    assert shape().kv_elements == 65_536


def test_parameters_alone_get_a_stated_shape():
    # 12 · L · (128 L)² = 7e9 → L = (7e9 / 196,608)^(1/3) = 32.90, width 4,211
    found = shape_from_parameters(7e9)
    assert found.assumed
    assert found.layers == pytest.approx(32.90, abs=0.01)
    assert found.hidden == pytest.approx(4211, abs=1)
    assert 12 * found.layers * found.hidden**2 == pytest.approx(7e9)
    assert found.architecture == "transformer_dense"
    stated = shape_from_parameters(2e9, layers=16, hidden=2048)
    assert (stated.layers, stated.hidden, stated.assumed) == (16, 2048, False)
    mixture = shape_from_parameters(1e11, 1e10)
    assert mixture.architecture == "transformer_moe"
    assert mixture.layers == pytest.approx((1e10 / 12 / 128**2) ** (1 / 3))
    assert (mixture.expert_parameters, mixture.expert_share) == (1e11, 0.1)


def test_kinds_of_models():
    assert architecture_of(REFERENCE.model("resnet50")) == "cnn"
    assert architecture_of(REFERENCE.model("vit_base_patch16_224")) == "vit"
    assert architecture_of(REFERENCE.model("bert-large")) == "encoder"
    assert architecture_of(REFERENCE.model("whisper-large-v3")) == "speech"
    assert architecture_of(REFERENCE.model("deepseek-v3")) == "transformer_moe"


def test_images_are_carried_to_their_side():
    # ResNet-50 is published at 160 × 160 with 4.2 GFLOP; at 224 it has (224 / 160)² times as many, 8.2
    row = REFERENCE.model("resnet50")
    assert catalogue_side(row) == 160
    found = image_shape("resnet50", shape_from_catalogue(row), None, 160.0)
    assert found.forward_flops_per_sample == pytest.approx(8.232e9)
    # a ViT-B/16 of 86.6 million: 2 × N × 197 positions = 34.1 GFLOP against the published 35.16 with attention
    plain = image_shape("vit", shape_from_parameters(86.57e6, None, "vit"), None, None)
    assert plain.forward_flops_per_sample == pytest.approx(35.16e9, rel=0.05)
    assert plain.assumed


def test_recurrent_networks_from_their_gates():
    # LSTM: 4 gates of (inputs + hidden + two biases) × hidden; GRU three
    assert recurrent_parameters("lstm", 100, 50) == 4 * 50 * 152
    assert recurrent_parameters("gru", 100, 50) == 3 * 50 * 152
    assert recurrent_parameters("lstm", 100, 50, layers=3) == 4 * 50 * 152 + 2 * 4 * 50 * 102


def test_diffusion():
    denoiser = Shape(1e9, 1e9, 1e9, "diffusion")
    one = 2 * 1e9 * 1024
    assert diffusion_flops_per_item(denoiser, 1024) == one
    assert diffusion_flops_per_item(denoiser, 1024, steps=20, guided=True) == 40 * one
    assert diffusion_flops_per_item(denoiser, 1024, training=True) == 3 * one


def test_both_nets_of_a_gan():
    # discriminator: 3 passes of a real and of a generated sample; generator: 1 pass for it, then 3 of its own
    # and 2 through the discriminator without its weights' gradients
    assert adversarial_flops_per_sample(1.0, 0.0) == 1 + 3
    assert adversarial_flops_per_sample(0.0, 1.0) == 6 + 2


def test_distillation_reads_with_the_teacher():
    student, teacher = shape_from_parameters(1e9), shape_from_parameters(7e9)
    found = distillation_flops_per_token(student, teacher, 1)
    assert found == pytest.approx(6e9 + 14e9, rel=1e-3)
