"""One question: what follows from a rate, a run of one's own, what is assumed and what is refused."""

from __future__ import annotations

import math

import pytest

from planner.errors import Infeasible, NotPriced, PlannerError
from planner.estimator import ask, evidence_of
from planner.estimator.load import UTILISATION_KEPT
from planner.reference import Reference
from planner.report.estimates import estimate_document, print_estimate

EVIDENCE = evidence_of(Reference())
TRAIN = {"model": "llama-3.1-8b", "tokens_or_samples": "200B", "unit": "token", "accelerator": "H100-SXM",
         "n_accelerators": "64"}  # fmt: skip
SERVE = {"model": "llama-3.1-8b", "model_class": "llm", "request_unit": "request", "accelerator": "H100-SXM"}


def test_hours_days_and_cost_are_one_number():
    found = ask("training", TRAIN, EVIDENCE, price=2.5)
    for name in ("p10", "p50", "p90"):
        hours = getattr(found.headline, name)
        assert getattr(found.follows["days"], name) == pytest.approx(hours / 64 / 24)
        assert getattr(found.follows["cost"], name) == pytest.approx(hours * 2.5)
    assert found.headline.p50 == pytest.approx(200e9 / found.follows["rate"].p50 / 3600)
    assert found.headline.p10 == pytest.approx(200e9 / found.follows["rate"].p90 / 3600)


def test_repeats_multiply():
    assert ask("training", TRAIN, EVIDENCE, repeats=12).headline.p50 == pytest.approx(
        12 * ask("training", TRAIN, EVIDENCE).headline.p50
    )


def test_a_run_of_ones_own_is_taken_with_its_repeatability():
    found = ask("training", TRAIN, EVIDENCE, measured_rate=8000.0)
    assert found.estimate.evidence == "measured"
    assert found.headline.p50 == pytest.approx(200e9 / 8000 / 3600)
    assert found.headline.p90 / found.headline.p10 == pytest.approx(math.exp(2 * 1.2815515655 * 0.05))


def test_a_run_elsewhere_narrows_and_moves_the_estimate():
    alone = ask("training", TRAIN, EVIDENCE).estimate
    fast, slow = (
        ask("training", TRAIN, EVIDENCE, measured_rate=rate, measured_on="A100-SXM-80GB").estimate
        for rate in (3200.0, 1600.0)
    )
    assert fast.evidence == slow.evidence == "transferred"
    assert fast.p50 > slow.p50
    assert fast.sigma < alone.sigma
    # never narrower than the ratios of compute and bandwidth are apart: 989/312 against 3350/2039
    assert fast.sigma >= math.log(989 / 312 / (3350 / 2039)) / (2 * 1.2815515655) * 0.999


def test_a_run_at_another_count_stays_close():
    found = ask("training", TRAIN, EVIDENCE, measured_rate=8000.0, measured_count=8).estimate
    assert found.evidence == "transferred"
    assert found.p50 == pytest.approx(8000, rel=0.15)
    assert 0.05 <= found.sigma < 0.25


def test_no_run_is_above_the_peak():
    with pytest.raises(PlannerError) as caught:
        ask("training", TRAIN, EVIDENCE, measured_rate=30_000.0)
    assert caught.value.key == "estimate.above_peak"
    with pytest.raises(PlannerError):
        ask("training", TRAIN, EVIDENCE, measured_rate=-1.0)


def test_the_whole_run_is_slower_than_its_benchmark():
    found = ask("training", TRAIN, EVIDENCE)
    assert 0.6 < found.facts["whole_run_factor"][0] < 1.0
    benchmark = ask("throughput", {**TRAIN, "throughput_unit": "tokens/s"}, EVIDENCE)
    assert benchmark.headline.p50 * found.facts["whole_run_factor"][0] == pytest.approx(found.follows["rate"].p50)


def test_the_load_and_its_inverse():
    found = ask("serving", SERVE, EVIDENCE, requests_per_second=50.0, price=2.0)
    need = math.ceil(50 * 1.5 / UTILISATION_KEPT / found.follows["requests"].p50) + 1
    assert found.follows["accelerators"].p50 == found.follows["replicas"].p50 == need
    assert found.follows["inverse"].p50 == pytest.approx(found.follows["requests"].p50 * UTILISATION_KEPT / 1.5)
    # 2 per hour over tokens a second × 3600
    assert found.follows["cost_per_million"].p50 == pytest.approx(2e6 / 3600 / found.headline.p50)
    assert found.follows["requests"].p50 == pytest.approx(found.headline.p50 / 211)
    users = list(found.contexts.values())
    assert users == sorted(users, reverse=True) and users[-1] >= 1


def test_a_tighter_limit_serves_less():
    free = ask("serving", SERVE, EVIDENCE).headline.p50
    tight = ask("serving", SERVE, EVIDENCE, tpot_ms=15.0).headline.p50
    assert tight < free
    with pytest.raises(Infeasible):
        ask("serving", SERVE, EVIDENCE, tpot_ms=0.5)


def test_what_is_assumed_is_said():
    keys = [note.key for note in ask("training", {**TRAIN, "n_accelerators": ""}, EVIDENCE).assumed]
    assert keys == ["estimate.assumed_seq", "estimate.assumed_precision", "estimate.assumed_count"]
    own = {"params_total": "7B", "tokens_or_samples": "1T", "unit": "token", "accelerator": "H100-SXM"}
    assert "estimate.assumed_shape" in [note.key for note in ask("training", own, EVIDENCE).assumed]
    served = [note.key for note in ask("serving", SERVE, EVIDENCE).assumed]
    assert served == ["estimate.assumed_lengths", "estimate.assumed_count", "estimate.assumed_precision",
                      "estimate.assumed_engine"]  # fmt: skip
    a100 = {**SERVE, "accelerator": "A100-SXM-80GB", "weight_precision": "fp8"}
    assert "estimate.weights_only" in [note.key for note in ask("serving", a100, EVIDENCE).assumed]


@pytest.mark.parametrize(
    ("kind", "changes", "error"),
    [
        ("training", {"model": "lama-3.1-8b"}, PlannerError),
        ("training", {"accelerator": "A100-SXM-80GB", "precision": "fp8"}, NotPriced),
        ("training", {"model": "llama-3.1-70b", "n_accelerators": "2"}, Infeasible),
        ("training", {"tokens_or_samples": "0"}, PlannerError),
        ("training", {"accelerator": "Abacus"}, NotPriced),
    ],
)
def test_refusals(kind, changes, error):
    with pytest.raises(error):
        ask(kind, {**TRAIN, **changes}, EVIDENCE)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_words_and_documents(lang, capsys):
    for kind, record in (
        ("training", TRAIN),
        ("throughput", {**TRAIN, "throughput_unit": "tokens/s"}),
        ("serving", SERVE),
    ):
        found = ask(kind, record, EVIDENCE, price=2.0, requests_per_second=3.0)
        print_estimate(found, lang, explain=True)
        document = estimate_document(found)
        assert document["schema"] == "planner.estimate/1"
        assert document["p10"] < document["p50"] < document["p90"]
        assert len(document["nearest"]) == 5
        assert all(near["source"]["locator"].startswith("pricing_data/measured/") for near in document["nearest"])
    assert "training_runs.csv:" in capsys.readouterr().out


def test_images_and_their_software():
    record = {"model": "resnet50", "model_class": "vision", "request_unit": "image", "accelerator": "A100-SXM-80GB"}
    found = ask("serving", record, EVIDENCE, requests_per_second=10_000.0, price=2.0)
    assert found.headline.unit == "image/s"
    assert found.follows["accelerators"].p50 == pytest.approx(10_000 * 1.5 / UTILISATION_KEPT / found.headline.p50)


def test_tokens_of_the_same_requests():
    found = ask("serving", {**SERVE, "input_len": "1000", "output_len": "200"}, EVIDENCE).tokens
    assert found is not None
    table = EVIDENCE.reference.folder.table("prices/token_prices.csv")
    rows = [row for row in table if row["model"] == "llama-3.1-8b" and not row["flag"]]
    rows = [row for row in rows if row["usd_per_m_input"] and row["usd_per_m_output"]]
    bills = [float(row["usd_per_m_input"]) + 0.2 * float(row["usd_per_m_output"]) for row in rows]  # per thousand
    assert found.lowest == pytest.approx(min(bill for bill in bills if bill > 0))
    assert found.source.locator.startswith("pricing_data/prices/token_prices.csv:")


def test_optimisers_change_the_memory_only():
    full = {**TRAIN, "n_accelerators": ""}
    small, large = (
        ask("training", full, EVIDENCE, optimiser=one).layout.accelerators for one in ("adamw_8bit", "adamw")
    )
    assert small <= large
    with pytest.raises(PlannerError) as caught:
        ask("training", TRAIN, EVIDENCE, optimiser="magic")
    assert caught.value.key == "scenario.not_in_list"


def test_a_measured_rate_answers_where_nothing_else_is_known():
    agent = {"model": "agent", "params_total": "100M", "architecture": "rl", "accelerator": "K80", "unit": "step",
             "tokens_or_samples": "1M"}  # fmt: skip
    with pytest.raises(NotPriced):
        ask("training", agent, EVIDENCE)
    found = ask("training", agent, EVIDENCE, measured_rate=100.0, price=2.0)
    assert found.headline.p50 == pytest.approx(1e6 / 100 / 3600)
    assert found.follows["cost"].p50 == pytest.approx(2 * 1e6 / 100 / 3600)
    assert estimate_document(found)["evidence"] == "measured"


def test_classes_and_sizes_agree_with_the_catalogue():
    flux = ask("serving", {"model": "flux.1-dev", "accelerator": "H100-SXM"}, EVIDENCE)
    assert flux.headline.unit == "image/s"
    with pytest.raises(PlannerError) as caught:
        ask("serving", {"model": "llama-3.1-8b", "model_class": "vision", "accelerator": "H100-SXM"}, EVIDENCE)
    assert caught.value.key == "estimate.class_differs"
    with pytest.raises(PlannerError) as caught:
        ask("training", {**TRAIN, "params_total": "70B"}, EVIDENCE)
    assert caught.value.key == "estimate.not_both"
    sizes = [
        ask("serving", {"params_total_b": size, "accelerator": "H100-SXM"}, EVIDENCE).headline
        for size in ("7", "7B", "7e9")
    ]
    assert sizes[0] == sizes[1] == sizes[2]


def test_no_answer_passes_the_roofline():
    # 1,000 tokens read and one written: 2 · 7.5e9 · 8,000 operations at most at the peak of the sheet
    found = ask("serving", {**SERVE, "input_len": "8000", "output_len": "1"}, EVIDENCE)
    assert found.follows["requests"].p90 <= 989e12 / (2 * 7.5e9 * 8000)
    alone = ask("serving", {**SERVE, "input_len": "1000", "output_len": "1000", "concurrency_or_batch": "1"}, EVIDENCE)
    assert alone.headline.p90 <= 3350e9 / 16.06e9


@pytest.mark.parametrize("flags", [{"price": math.inf}, {"ttft_ms": 0.0}, {"tpot_ms": math.nan}, {"repeats": math.inf},
                                   {"requests_per_second": math.inf}, {"measured_on": "A100"}])  # fmt: skip
def test_flags_are_finite_and_belong_together(flags):
    with pytest.raises(PlannerError) as caught:
        ask("serving", SERVE, EVIDENCE, **flags)
    assert caught.value.key in ("estimate.not_finite", "estimate.flag_missing")
