"""The rate by the best evidence: given, then transferred between two ratios, then published or modelled."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.errors import Infeasible, NotPriced
from planner.estimator.answers import shared_variance
from planner.estimator.evidence import evidence_of
from planner.figure import Source, leaves, replay
from planner.reference import Reference
from planner.scenario.work import Serving, Throughput, Workload
from planner.uncertainty import Draws
from planner.workload import rate, work

REFERENCE = Reference()
FLOPS_PER_TOKEN = 4 * (8.03e9 - 128_256 * 4_096) + 6 * 32 * 4_096 * 4_096  # LoRA of Llama 3.1 8B at 4,096 tokens


def source(path):
    return Source("scenario", "s.yaml:1", "2026-01-01")


def rate_of(card, *, draws=1, reference_accelerator=None, **fields):
    base = {"id": "w", "kind": "training", "task": "lora", "model": "llama-3.1-8b"}
    if fields.get("kind", "training") == "training":
        base["tokens_per_run"] = 1e6
    workload = Workload(**(base | fields))
    asked = work(workload, 0, months=1, draws=Draws(draws), source=source)
    return rate(
        asked, card, reference_accelerator=reference_accelerator, reference=REFERENCE, draws=Draws(draws), source=source
    )


def test_a_given_rate_is_taken_as_it_is():
    found = rate_of("H100-SXM", throughput=Throughput(rate={"H100-SXM": 5e6}))
    assert (found.evidence, found.per_hour.value.item()) == ("given", 5e6)
    assert found.per_hour.source.kind == "scenario"


def test_names_of_accelerators_in_a_rate_may_be_aliases():
    assert rate_of("H100-SXM", throughput=Throughput(rate={"h100-sxm": 5e6})).evidence == "given"


def test_a_transferred_rate_lies_between_compute_and_bandwidth():
    # H100 to A100-80: 312 / 989 = 0.3155 in FLOP/s, 2039 / 3350 = 0.6087 in bandwidth; central √ of the product
    given = Throughput(rate={"H100-SXM": 1e6})
    found = rate_of("A100-SXM-80GB", throughput=given)
    assert found.evidence == "transferred"
    assert found.per_hour.value.item() == pytest.approx(1e6 * math.sqrt(312 / 989 * 2039 / 3350))
    assert [note.key for note in found.warnings] == ["warning.transferred"]
    # Half of the log distance, 0.3287, over √((0.3287 / 1.645)² + 0.3²) = 0.3605: 0.912 deviations, 64 % inside
    many = rate_of("A100-SXM-80GB", draws=4000, throughput=given).per_hour.value / 1e6
    inside = np.mean((many >= 312 / 989) & (many <= 2039 / 3350))
    assert inside == pytest.approx(0.638, abs=0.02)


def test_the_cards_own_rate_wins_over_a_transfer():
    both = Throughput(rate={"H100-SXM": 1e6, "A100-SXM-80GB": 3e5})
    assert rate_of("A100-SXM-80GB", throughput=both).per_hour.value.item() == 3e5


def test_a_card_without_a_sheet_is_no_guess():
    with pytest.raises(NotPriced) as caught:
        rate_of("V100S-PCIe", throughput=Throughput(rate={"H100-SXM": 1e6}))
    assert caught.value.key == "workload.no_sheet"
    with pytest.raises(NotPriced) as caught:
        rate_of("V100S-PCIe")
    assert caught.value.key == "workload.no_sheet"


def test_a_given_mfu():
    found = rate_of("H100-SXM", throughput=Throughput(mfu=0.4))
    assert found.per_hour.value.item() == pytest.approx(989e12 * 0.4 * 3600 / FLOPS_PER_TOKEN)
    assert found.evidence == "given"


def test_mfu_never_passes_what_was_ever_published():
    found = rate_of("H100-SXM", throughput=Throughput(mfu=1.0))
    assert found.per_hour.value.item() == pytest.approx(989e12 * 0.85 * 3600 / FLOPS_PER_TOKEN)


def test_a_modelled_rate_is_physics_times_what_was_learned():
    # 312e12 × 0.30 × √(150 / (312e12 / 1.555e12)) × correction / FLOPs
    found = rate_of("A100-SXM-40GB")
    assert found.evidence in ("modelled", "published")
    by_name = {leaf.name: leaf for leaf in leaves(found.per_hour)}
    learned = by_name["w.A100-SXM-40GB.correction"]
    prior = 0.30 * math.sqrt(150 / (312 / 1.555))
    assert by_name["A100-SXM-40GB.prior_utilisation"].value.item() == pytest.approx(prior)
    by_hand = 312e12 * prior * learned.value.item() * 3600 / FLOPS_PER_TOKEN
    assert found.per_hour.value.item() == pytest.approx(by_hand)
    assert by_name["A100-SXM-40GB.bf16_tflops"].source.locator.startswith("pricing_data/reference/accelerators.csv:")
    assert learned.source.locator.startswith("pricing_data/measured/training_")
    assert "estimator.json:training" in learned.source.origin


def test_errors_are_shared_as_they_arise():
    def logs(card, name="w"):
        return np.log(rate_of(card, draws=6000, id=name).per_hour.value).ravel()

    one, other, elsewhere = logs("A100-SXM-40GB"), logs("H100-SXM"), logs("A100-SXM-40GB", "v")
    workload, accelerator, _ = shared_variance(evidence_of(REFERENCE).training)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(workload, abs=0.05)
    assert np.corrcoef(one, elsewhere)[0, 1] == pytest.approx(accelerator, abs=0.05)


def test_cards_unlike_the_published_runs_are_told():
    assert [note.key for note in rate_of("RTX-4090").warnings] == ["warning.mfu_extrapolated"]
    assert rate_of("A100-SXM-80GB").warnings == ()


def test_sixteen_bit_formats_stand_in_for_each_other_and_fp8_gains_nothing():
    a100 = REFERENCE.accelerators["A100-SXM-40GB"]
    h100 = REFERENCE.accelerators["H100-SXM"]
    assert REFERENCE.accelerators["V100-SXM-16GB"].peak_tflops("bf16") == (125.0, "fp16_tflops")
    assert h100.peak_tflops("fp8") == (989.0, "bf16_tflops")
    assert a100.peak_tflops("tf32") == (156.0, "tf32_tflops")
    assert REFERENCE.accelerators["V100-SXM-16GB"].peak_tflops("tf32") == (15.7, "fp32_tflops")


def test_a_session_holds_one_accelerator():
    found = rate_of("H100-SXM", kind="interactive", task=None, model=None, session_hours_per_month=5.0)
    assert (found.evidence, found.per_hour.value.item()) == ("definition", 1.0)


def test_hours_are_worth_one_on_the_reference_and_need_one():
    hours = {"kind": "accelerator_hours", "task": None, "model": None, "accelerator_hours_per_month": 5.0}
    assert rate_of("H100-SXM", reference_accelerator="H100-SXM", **hours).per_hour.value.item() == 1.0
    slower = rate_of("A100-SXM-80GB", reference_accelerator="H100-SXM", **hours)
    assert slower.per_hour.value.item() == pytest.approx(math.sqrt(312 / 989 * 2039 / 3350))
    with pytest.raises(NotPriced) as caught:
        rate_of("H100-SXM", **hours)
    assert caught.value.key == "workload.reference_wanted"


def test_services_of_images_audio_and_sequences():
    service = {"kind": "serving", "task": None, "serving": Serving(requests_per_second=1.0)}
    for model in ("resnet50", "bert-large", "whisper-large-v3", "flux.1-dev"):
        found = rate_of("H100-SXM", model=model, **service)
        assert found.per_hour.unit == "request/accelerator-hour"
        assert found.per_hour.value.item() > 0
    # 2 TFLOP/s of 8.2 GFLOP images would be a fortieth of the peak: ResNet-50 serves tens of thousands a second
    assert 5e3 < rate_of("H100-SXM", model="resnet50", **service).per_hour.value.item() / 3600 < 2e5
    with pytest.raises(NotPriced) as caught:
        rate_of("H100-SXM", model=None, **service)
    assert caught.value.key == "workload.serving_rate_wanted"
    assert rate_of("H100-SXM", throughput=Throughput(rate={"H100-SXM": 7200.0}), **service).evidence == "given"


def test_images_are_trained():
    found = rate_of("A100-SXM-80GB", model="resnet50", tokens_per_run=None, samples_per_run=1.0, task="pretrain")
    # published: about 2,400 to 2,900 images a second and accelerator in mixed precision
    assert 800 < found.per_hour.value.item() / 3600 < 4000
    with pytest.raises(NotPriced) as caught:
        rate_of("H100-SXM", model="resnet50")
    assert caught.value.key == "workload.samples_wanted"


def test_distillation_adds_the_teacher():
    alone = rate_of("H100-SXM", task="finetune_full").per_hour.value.item()
    taught = rate_of("H100-SXM", task="distill", teacher_parameters=70e9).per_hour.value.item()
    student, teacher = 6 * (8.03e9 - 128_256 * 4_096), 2 * 70e9
    assert alone / taught == pytest.approx((student + teacher) / student, rel=0.1)
    for task in ("distill", "rl"):
        with pytest.raises(NotPriced) as caught:
            rate_of("H100-SXM", task=task)
        assert caught.value.key == "workload.rate_wanted"


def test_a_sequence_over_the_models_positions():
    with pytest.raises(NotPriced) as caught:
        rate_of("H100-SXM", seq_len=1_000_000)
    assert caught.value.key == "estimate.sequence_too_long"
    assert rate_of("H100-SXM", model="bert-large", task="finetune_full").per_hour.value.item() > 0


def test_eight_bits_need_a_card_that_has_them():
    with pytest.raises(NotPriced) as caught:
        rate_of("A100-SXM-80GB", precision="fp8")
    assert caught.value.key == "estimate.no_fp8"
    wide, narrow = (rate_of("H100-SXM", precision=one).per_hour.value.item() for one in ("bf16", "fp8"))
    assert 1.0 < narrow / wide < 1.6


def test_what_does_not_fit_is_infeasible_and_not_slow():
    with pytest.raises(Infeasible) as caught:
        rate_of("A100-SXM-40GB", seq_len=131_072)
    assert caught.value.key == "workload.activations_exceed"


@pytest.mark.parametrize("draws", [1, 100])
def test_replay(draws):
    for card in ("A100-SXM-40GB", "RTX-4090"):
        figure = rate_of(card, draws=draws).per_hour
        assert np.array_equal(replay(figure), figure.value)
        assert np.all(figure.value > 0)
