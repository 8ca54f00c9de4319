"""The rate by the best evidence: given, then transferred between two ratios, then modelled from published MFU."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.errors import Infeasible, NotPriced
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
    many = rate_of("A100-SXM-80GB", draws=4000, throughput=given).per_hour.value / 1e6
    inside = np.mean((many >= 312 / 989) & (many <= 2039 / 3350))
    assert inside == pytest.approx(0.9, abs=0.02)


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


def test_a_modelled_rate_is_peak_times_published_mfu():
    # runs of dense transformers: 0.191 to 0.490, central √(0.191·0.490) = 0.306
    found = rate_of("A100-SXM-40GB")
    assert found.evidence == "modelled"
    assert found.per_hour.value.item() == pytest.approx(312e12 * math.sqrt(0.191 * 0.49) * 3600 / FLOPS_PER_TOKEN)
    sources = {leaf.name: leaf.source.locator for leaf in leaves(found.per_hour)}
    assert sources["A100-SXM-40GB.bf16_tflops"].startswith("pricing_data/reference/accelerators.csv:")
    assert sources["w.mfu"].startswith("pricing_data/reference/mfu_ranges.csv:")


def test_modelled_rates_share_the_workloads_error_but_not_the_cards():
    one, other = (rate_of(card, draws=2000).per_hour.value for card in ("A100-SXM-40GB", "H100-SXM"))
    correlation = np.corrcoef(np.log(one).ravel(), np.log(other).ravel())[0, 1]
    # variances: ((ln 0.49 − ln 0.191) / 3.29)² = 0.0820 shared, 0.0545² = 0.0030 own → 0.965
    assert correlation == pytest.approx(0.0820 / (0.0820 + 0.0030), abs=0.01)


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


def test_a_service_of_no_language_model_wants_its_rate():
    service = {"kind": "serving", "task": None, "serving": Serving(requests_per_second=1.0)}
    for model in ("resnet50", "bert-base", "whisper-large-v3", "kimi-k3"):
        with pytest.raises(NotPriced) as caught:
            rate_of("H100-SXM", model=model, **service)
        assert caught.value.key == "workload.serving_rate_wanted"
    with pytest.raises(NotPriced) as caught:
        rate_of("H100-SXM", model=None, **service)
    assert caught.value.key == "workload.serving_rate_wanted"
    assert rate_of("H100-SXM", throughput=Throughput(rate={"H100-SXM": 7200.0}), **service).evidence == "given"


def test_no_published_mfu_of_an_architecture():
    with pytest.raises(NotPriced) as caught:
        rate_of("H100-SXM", model="resnet50", tokens_per_run=None, samples_per_run=1.0)
    assert caught.value.key == "reference.no_mfu"


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
