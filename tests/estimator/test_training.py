"""Training physics by hand; rows of the measured tables; what is refused and why."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.errors import PlannerError
from planner.estimator.answers import spread
from planner.estimator.cells import count
from planner.estimator.evidence import evidence_of
from planner.estimator.training import ceiling, flops_per_unit, physics, precision_class
from planner.estimator.training_rows import model_key, training_of, work_of
from planner.reference import Accelerator, Reference
from planner.tables import Row

REFERENCE = Reference()


def row(**cells):
    base = {"model": "own", "model_family": "Own", "architecture": "transformer_dense", "task": "pretrain",
            "params_total": "7e9", "layers": "32", "hidden": "4096", "seq_len": "4096", "tokens_or_samples": "1e12",
            "unit": "token", "precision": "bf16", "accelerator": "NVIDIA A100 SXM", "accelerator_memory_gib": "80",
            "n_accelerators": "64", "date": "2025"}  # fmt: skip
    return {**base, **{name: str(value) for name, value in cells.items()}}


def run(**cells):
    return training_of(row(**cells), REFERENCE, whole_run=True)


def test_physics_by_hand():
    # 312e12 × 0.30 × √(150 / (312e12 / 2.039e12)) / (6 × 7e9 + 6 × 32 × 4096 × 4096)
    asked = run()
    per_token = 6 * 7e9 + 6 * 32 * 4096 * 4096
    assert flops_per_unit(asked) == pytest.approx(per_token)
    assert physics(asked) == pytest.approx(312e12 * 0.30 * math.sqrt(150 / (312 / 2.039)) / per_token)
    assert ceiling(asked) == pytest.approx(312e12 / per_token)


def test_samples_of_text_are_sequences_and_images_are_three_passes():
    lora = run(task="lora", unit="sample", seq_len="512")
    assert flops_per_unit(lora) == pytest.approx(512 * (4 * 7e9 + 6 * 32 * 4096 * 512))
    image = run(model="resnet50", architecture="cnn", params_total="25.6e6", unit="image")
    assert flops_per_unit(image) == pytest.approx(3 * 8.232e9, rel=1e-3)


def test_epochs_multiply_the_data():
    assert work_of(row(epochs="3")) == 3e12
    assert work_of(row()) == 1e12


def test_the_memory_names_the_variant():
    assert run().accelerator.id == "A100-SXM-80GB"
    assert run(accelerator_memory_gib="40").accelerator.id == "A100-SXM-40GB"


def test_names_without_what_only_describes_them():
    assert model_key("Llama-2-7B") == model_key("llama 2 7 b") == "llama27b"
    assert model_key("DeepSeekV3 (w/ MTP)") == "deepseekv3"


@pytest.mark.parametrize(
    ("text", "value"), [("7B", 7e9), ("1.5T", 1.5e12), ("7,5b", 7.5e9), ("200 M", 2e8), ("1e12", 1e12)]
)
def test_counts_that_people_write(text, value):
    assert count(text, "parameters") == value


@pytest.mark.parametrize("text", ["7 billions d'euros", "7 milliards", "seven", "", "7BB", "-1", "1e999", "nan"])
def test_what_is_no_count(text):
    with pytest.raises(PlannerError) as caught:
        count(text, "parameters")
    assert caught.value.key in ("estimate.not_a_count", "estimate.not_positive")


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"precision": "fp8"}, "estimate.no_fp8"),
        ({"params_active": "8e9"}, "estimate.active_above_total"),
        ({"architecture": "transformer_moe"}, "estimate.active_missing"),
        ({"architecture": "abacus"}, "estimate.unknown_architecture"),
        ({"accelerator": "Abacus"}, "estimate.no_sheet"),
        ({"accelerator": "NVIDIA Quadro P600"}, "workload.no_sheet"),
        ({"model": "llama-2-7b", "params_total": "", "seq_len": "100000"}, "estimate.sequence_too_long"),
        ({"tokens_or_samples": ""}, "estimate.no_work"),
        ({"tokens_or_samples": "0"}, "estimate.not_positive"),
        ({"architecture": "rl", "unit": "step"}, "estimate.no_physics"),
        ({"architecture": "cnn"}, "workload.samples_wanted"),
        ({"unit": "datapoint"}, "estimate.unit_unclear"),
        ({"unit": "Xx"}, "estimate.unit_unclear"),
        ({"task": "telepathy"}, "estimate.unknown_task"),
        ({"precision": "2bit"}, "estimate.unknown_precision"),
        ({"n_accelerators": "1e9"}, "estimate.out_of_range"),
        ({"tokens_or_samples": "1e30"}, "estimate.out_of_range"),
    ],
)
def test_what_is_refused(cells, key):
    record = row(**cells)
    with pytest.raises(PlannerError) as caught:
        work_of(record)
        physics(training_of(record, REFERENCE, whole_run=True))
    assert caught.value.key == key


def test_pairs_of_precisions_are_the_one_that_multiplies():
    names = ("fp16/fp32", "BF16 mixed", "half")
    assert [run(precision=one).precision for one in names] == ["fp16", "bf16", "fp16"]


def test_a_throughput_without_a_unit():
    with pytest.raises(PlannerError) as caught:
        training_of(row(throughput_unit=""), REFERENCE, whole_run=False)
    assert caught.value.key == "estimate.no_unit"


def test_classes_of_precision():
    assert [precision_class(one) for one in ("bf16", "fp16", "mxfp8", "int8", "fp32", "TF32", "bf16+nf4")] == [
        "16", "16", "8", "8", "fp32", "tf32", "16"]  # fmt: skip


def card(**changes):
    base = REFERENCE.accelerators["H100-SXM"]
    cells = {**base.row.cells, "id": "NEW", "name": "New", "architecture": "Novel", "vendor": "Nobody"}
    return Accelerator("NEW", Row({**cells, **{name: str(value) for name, value in changes.items()}}, "x:1"))


@pytest.mark.parametrize("column", ["bf16_tflops", "memory_bandwidth_gbs"])
def test_more_peak_or_bandwidth_is_never_slower(column):
    domain = evidence_of(REFERENCE).training
    base = REFERENCE.accelerators["H100-SXM"].row.number(column)
    cards = [card(**{column: base * factor}) for factor in np.geomspace(0.2, 6, 15)]
    for count_ in (1, 8, 1024):
        asked = [replace(run(), accelerator=one, n_accelerators=float(count_)) for one in cards]
        rates = spread(domain, asked).median
        assert np.all(np.diff(rates) >= -1e-9 * rates[1:]), column
        assert np.all(rates <= [ceiling(one) for one in asked])


@pytest.mark.parametrize(
    "name", ["MI300X", "TPU-v5e", "TPU-v5p", "Trainium1", "Gaudi3", "RTX-4090", "B200-SXM", "H20", "Gaudi2"]
)
def test_every_vendor_is_answered_within_its_peak(name):
    asked = replace(run(), accelerator=REFERENCE.accelerator(name)[0])
    found = spread(evidence_of(REFERENCE).training, [asked])
    assert 0.02 * ceiling(asked) < found.median[0] < 0.85 * ceiling(asked)
    assert found.p10[0] < found.median[0] < found.p90[0]


def test_a_new_generation_is_wider_than_a_known_one():
    domain = evidence_of(REFERENCE).training
    known, new = spread(domain, [replace(run(), accelerator=REFERENCE.accelerators["H100-SXM"]),
                                 replace(run(), accelerator=card())]).sigma  # fmt: skip
    assert new > known


def test_shares_of_the_error_sum_to_one():
    from planner.estimator.answers import shared_variance

    for domain in (evidence_of(REFERENCE).training, evidence_of(REFERENCE).serving, evidence_of(REFERENCE).items):
        shares = shared_variance(domain)
        assert sum(shares) == pytest.approx(1.0)
        assert min(shares) > 0
        assert not math.isnan(shares[0])
