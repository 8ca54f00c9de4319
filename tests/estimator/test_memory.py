"""Memory against sums worked out by hand, and the layouts that follow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Infeasible
from planner.estimator.memory import (
    States,
    activation_bytes,
    bytes_per_accelerator,
    cache_bytes_per_token,
    concurrent_requests,
    inference_states,
    training_layout,
    training_states,
)
from planner.estimator.shape import Shape, shape_from_catalogue, shape_from_parameters
from planner.reference import Reference
from planner.units import GIB

LLAMA = shape_from_catalogue(Reference().model("llama-3.1-8b"))
ROOM = 80 * GIB * 0.92


@pytest.mark.parametrize(
    ("task", "precision", "optimiser", "expected"),
    [
        ("pretrain", "bf16", "adamw", 16),  # 2 + 2 + 4 + 4 + 4
        ("finetune_full", "fp32", "adamw", 16),  # 4 + 4 + 4 + 4
        ("pretrain", "bf16", "adamw_8bit", 10),
        ("pretrain", "bf16", "sgd", 12),
        ("lora", "bf16", "adamw", 2),
        ("lora", "fp32", "adamw", 4),
        ("qlora", "bf16", "adamw", 0.55),
    ],
)
def test_states(task, precision, optimiser, expected):
    assert training_states(task, precision, optimiser).total == pytest.approx(expected)


def test_inference_keeps_the_weights_only():
    assert [inference_states(one).total for one in ("bf16", "fp8", "tf32")] == [2, 1, 4]


def test_activations_of_one_sequence():
    # 2·32·4096·4096 layer inputs + 34·4096·4096 open layer + 4·4096·128256 logits = 3.746e9 bytes
    logits = 4 * 4096 * 128256
    assert activation_bytes(LLAMA, 4096) == 2 * 32 * 4096 * 4096 + 34 * 4096 * 4096 + logits
    assert activation_bytes(LLAMA, 4096, checkpointing=False) == 32 * 34 * 4096 * 4096 + logits
    assert activation_bytes(LLAMA, 4096, micro_batch=4) == 4 * activation_bytes(LLAMA, 4096)
    assert activation_bytes(Shape(1, 1, 1, "cnn"), 4096) == 0


@pytest.mark.parametrize(("stage", "expected"), [(0, 16), (1, 4 + 12 / 8), (2, 2 + 14 / 8), (3, 16 / 8)])
def test_zero_stages(stage, expected):
    # ZeRO, figure 1: 16, 4 + 12/N, 2 + 14/N, 16/N bytes a parameter
    states = training_states("pretrain", "bf16")
    one = shape_from_parameters(1e9)
    found = bytes_per_accelerator(one, states, 0.0, accelerators=8, zero_stage=stage, tensor_parallel=1)
    assert found == pytest.approx(expected * 1e9)


def test_the_fewest_that_hold_a_full_fine_tuning():
    # 128.48 GB of states and 3.7 GB of activations in 79.0 GB: two
    found = training_layout(LLAMA, training_states("finetune_full", "bf16"), ROOM, 4096)
    assert found.accelerators == 2
    assert found.bytes_each <= ROOM
    assert training_layout(LLAMA, training_states("lora", "bf16"), ROOM, 4096).accelerators == 1


def test_a_sequence_that_fits_nowhere():
    with pytest.raises(Infeasible) as caught:
        training_layout(LLAMA, training_states("lora", "bf16"), 4 * GIB, 131_072)
    assert caught.value.key == "workload.activations_exceed"


@settings(max_examples=60, deadline=None)
@given(st.floats(1e8, 2e12), st.floats(16, 288), st.sampled_from([512, 4096, 32768]))
def test_layouts_fit_and_smaller_ones_do_not(parameters, memory, seq_len):
    shape, room = shape_from_parameters(parameters), memory * GIB * 0.92
    states = training_states("pretrain", "bf16")
    try:
        found = training_layout(shape, states, room, seq_len)
    except Infeasible:
        return
    assert found.bytes_each <= room
    assert found.accelerators * room >= parameters * states.total
    assert found.accelerators % found.tensor_parallel == 0


def test_cache_and_users():
    # 80 GiB × 0.92 − 16.06 GB = 62.97 GB; 8,192 tokens × 131,072 bytes = 1.074 GB each: 58
    assert cache_bytes_per_token(LLAMA, 2.0) == 131_072
    assert concurrent_requests(LLAMA, 16.06e9, ROOM, 8192, 2.0) == 58
    assert concurrent_requests(LLAMA, 1e12, ROOM, 8192, 2.0) == 0


def test_states_add_up():
    assert States(1.0, 2.0, 3.0).total == 6.0
