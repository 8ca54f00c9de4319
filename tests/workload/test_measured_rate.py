"""A measured run as the rate of a workload: as it is at home, converted by what is told, wider where it is moved."""

import math

import pytest

from planner.errors import PlannerError
from planner.estimator.scaling import LOSS
from planner.figure import Source, leaves
from planner.measured import MeasuredLoad, MeasuredModel, MeasuredRun
from planner.reference import Reference
from planner.scenario.work import Serving, Throughput, Workload
from planner.uncertainty import Draws, quantiles
from planner.workload import rate, work

REFERENCE = Reference()
TRAIN = {"id": "w", "kind": "training", "task": "lora", "model": "llama-3.1-8b", "tokens_per_run": 1e6}
CHAT = {"id": "w", "kind": "serving", "model": "llama-3.1-8b"}
FILE = Source("measured_run", "run.jsonl", "2026-11-20", "planner, ok")


def source(path):
    return Source("scenario", "s.yaml:1", "2026-01-01")


def run_of(per_second=20_000.0, unit="token", card="H100-SXM", count=8.0, sigma=0.05, **facts):
    return MeasuredRun(per_second, unit, card, count, sigma, FILE, **facts)


def rate_of(card, *runs, draws=1, **fields):
    workload = Workload(**(fields if "kind" in fields else TRAIN | fields))
    asked = work(workload, 0, months=1, draws=Draws(draws), source=source)
    return rate(
        asked, card, reference_accelerator=None, reference=REFERENCE, draws=Draws(draws), source=source, measured=runs
    )


def test_at_home_it_is_the_run_itself():
    found = rate_of("H100-SXM", run_of())
    assert found.evidence == "measured"
    assert found.per_hour.value.item() == pytest.approx(20_000 * 3600)
    assert any(leaf.source and leaf.source.kind == "measured_run" for leaf in leaves(found.per_hour))


def test_its_interval_is_what_runs_of_one_thing_differ_by():
    q = quantiles(rate_of("H100-SXM", run_of(sigma=0.08), draws=4000).per_hour.value)
    assert math.log(q.p90 / q.p10) == pytest.approx(2 * 1.2816 * 0.08, rel=0.05)


def test_evaluations_and_checkpoints_of_the_run_are_paid_by_the_whole_training():
    assert rate_of("H100-SXM", run_of(busy_share=0.75)).per_hour.value.item() == pytest.approx(20_000 * 3600 * 0.75)


def test_samples_become_tokens_by_the_length_that_was_told():
    found = rate_of("H100-SXM", run_of(5.0, "sample", seq_len=4096.0))
    assert found.per_hour.value.item() == pytest.approx(5 * 4096 * 3600)


def test_a_length_that_nobody_told_is_asked_for_not_assumed():
    with pytest.raises(PlannerError) as caught:
        rate_of("H100-SXM", run_of(5.0, "sample"))
    assert caught.value.key == "benchmark.must_tell"
    said = rate_of("H100-SXM", run_of(5.0, "sample"), seq_len=2048)  # the workload's own, written in the scenario
    assert said.per_hour.value.item() == pytest.approx(5 * 2048 * 3600)


def test_another_sequence_length_moves_the_rate_by_its_work():
    # LoRA: 4 · (8.03e9 − 128,256 · 4,096) + 6 · 32 layers · 4,096 wide · length operations a token: 3.324e10 at 4,096,
    # 3.646e10 at 8,192; and 0.14 per ln of the length, as measured pairs show
    home, away = run_of(seq_len=4096.0), rate_of("H100-SXM", run_of(seq_len=4096.0), seq_len=8192)
    assert rate_of("H100-SXM", home).evidence == "measured" and away.evidence == "transferred"
    expected = 3.324 / 3.646 * 2**-0.14
    assert away.per_hour.value.item() / (20_000 * 3600) == pytest.approx(expected, rel=0.01)


def test_more_accelerators_are_slower_each_and_less_sure():
    found = rate_of("H100-SXM", run_of(), job_accelerators=64)
    assert found.evidence == "transferred"
    assert found.per_hour.value.item() == pytest.approx(20_000 * 3600 * 8**-LOSS, rel=1e-4)
    assert [note.key for note in found.warnings] == ["warning.run_scaled"]


def test_two_runs_at_two_counts_say_how_it_scales():
    runs = run_of(20_000.0, count=8.0, sigma=0.01), run_of(15_000.0, count=64.0, sigma=0.01)
    lone = rate_of("H100-SXM", runs[1], job_accelerators=512).per_hour.value.item()
    both = rate_of("H100-SXM", *runs, job_accelerators=512).per_hour.value.item()
    assert both == pytest.approx(15_000 * 3600 * 0.75, rel=0.03) and both < lone


def test_on_another_accelerator_it_is_wider_and_says_so():
    home, away = (quantiles(rate_of(card, run_of(), draws=2000).per_hour.value) for card in
                  ("H100-SXM", "A100-SXM-80GB"))  # fmt: skip
    # 312 / 989 of the operations, 2,039 / 3,350 of the bandwidth
    assert 312 / 989 < away.p50 / home.p50 < 2039 / 3350
    assert math.log(away.p90 / away.p10) > 3 * math.log(home.p90 / home.p10)
    moved = rate_of("A100-SXM-80GB", run_of())
    assert moved.evidence == "transferred" and "warning.run_moved" in [note.key for note in moved.warnings]


def test_the_run_on_the_card_itself_is_taken_before_one_that_must_be_moved():
    found = rate_of("A100-SXM-80GB", run_of(), run_of(8_000.0, card="A100-SXM-80GB"))
    assert found.evidence == "measured" and found.per_hour.value.item() == pytest.approx(8_000 * 3600)


def test_a_small_model_on_a_processor_says_next_to_nothing_of_a_large_one_on_an_accelerator():
    small = run_of(900.0, card="Some CPU", count=1.0, of=MeasuredModel(5.3e6, 4, 256), sheet=(0.2, 35.0),
                   precision="fp32", seq_len=128.0)  # fmt: skip
    with_run, without = (quantiles(rate_of("H100-SXM", *runs, draws=4000).per_hour.value) for runs in ((small,), ()))
    assert with_run.p50 == pytest.approx(without.p50, rel=0.1)
    assert math.log(with_run.p90 / with_run.p10) == pytest.approx(math.log(without.p90 / without.p10), rel=0.1)


def test_a_run_of_another_model_of_the_catalogue_is_moved_to_this_one():
    # A fast run of Mistral 7B says a little for Llama 3.1 8B: between the estimate without it and the run itself
    other = rate_of("H100-SXM", run_of(model="mistralai/Mistral-7B-v0.1", seq_len=4096.0))
    assert other.evidence == "transferred" and "warning.run_of_other_model" in [one.key for one in other.warnings]
    without = rate_of("H100-SXM", job_accelerators=8).per_hour.value.item()
    assert without < other.per_hour.value.item() < 20_000 * 3600
    same = rate_of("H100-SXM", run_of(model="meta-llama/Llama-3.1-8B-Instruct"))
    assert same.evidence == "measured"


def test_answers_of_another_model_are_refused():
    serving = Serving(requests_per_second=1, prompt_tokens=1000, answer_tokens=200)
    with pytest.raises(PlannerError) as caught:
        rate_of("H100-SXM", run_of(2400.0, "output token", model="mistral-7b"), **CHAT, serving=serving)
    assert caught.value.key == "benchmark.other_model_served"


def test_output_tokens_become_requests_by_the_length_of_an_answer():
    serving = Serving(requests_per_second=1, prompt_tokens=1000, answer_tokens=200)
    found = rate_of("H100-SXM", run_of(2400.0, "output token", count=1.0), **CHAT, serving=serving)
    assert found.evidence == "measured"
    assert found.per_hour.value.item() == pytest.approx(2400 / 200 * 3600)
    both = rate_of("H100-SXM", run_of(14_400.0, "input and output token", count=1.0), **CHAT, serving=serving)
    assert both.per_hour.value.item() == pytest.approx(14_400 / 1200 * 3600)


def test_one_stream_is_no_full_load():
    serving = Serving(requests_per_second=1, prompt_tokens=1000, answer_tokens=200)
    alone = run_of(90.0, "output token", count=1.0, load=MeasuredLoad(1.0, 1000, 200))
    found = rate_of("H100-SXM", alone, **CHAT, serving=serving)
    assert found.evidence == "transferred" and found.per_hour.value.item() > 10 * 90 / 200 * 3600


def test_a_training_speed_is_none_of_serving():
    serving = Serving(requests_per_second=1, prompt_tokens=1000, answer_tokens=200)
    with pytest.raises(PlannerError) as caught:
        rate_of("H100-SXM", run_of(), **CHAT, serving=serving)
    assert caught.value.key == "benchmark.unit_differs"


def test_sessions_and_hours_have_no_speed_to_measure():
    for fields in ({"kind": "interactive", "session_hours_per_month": 10},
                   {"kind": "accelerator_hours", "accelerator_hours_per_month": 10}):  # fmt: skip
        with pytest.raises(PlannerError) as caught:
            rate_of("H100-SXM", run_of(), id="w", **fields)
        assert caught.value.key == "benchmark.no_speed"


def test_tokens_are_no_images():
    scans = {"id": "w", "kind": "training", "task": "pretrain", "samples_per_run": 1e6, "model": "resnet50"}
    with pytest.raises(PlannerError) as caught:
        rate_of("H100-SXM", run_of(seq_len=4096.0), **scans)
    assert caught.value.key == "benchmark.unit_differs"
    assert rate_of("H100-SXM", run_of(2000.0, "sample"), **scans).per_hour.value.item() == pytest.approx(2000 * 3600)


def test_a_figure_of_the_scenario_stands_against_a_run_of_another_model():
    own = Throughput(mfu=0.5)
    with pytest.raises(PlannerError) as caught:
        rate_of("H100-SXM", run_of(model="mistral-7b"), throughput=own)
    assert caught.value.key == "benchmark.own_figure_stands"
    replaced = rate_of("H100-SXM", run_of(), throughput=own)
    assert "warning.run_replaces_figure" in [one.key for one in replaced.warnings]


def test_a_run_above_the_peak_of_its_accelerator_is_refused():
    # 989e12 / 3.32e10 operations a token: 29,800 tokens a second at the very most
    with pytest.raises(PlannerError) as caught:
        rate_of("H100-SXM", run_of(40_000.0))
    assert caught.value.key == "estimate.above_peak"


def test_without_a_known_model_the_sheets_alone_move_it():
    plain = {"id": "w", "kind": "training", "task": "pretrain", "samples_per_run": 1e6}
    found = rate_of("A100-SXM-80GB", run_of(100.0, "sample"), **plain)
    middle = math.sqrt(312 / 989 * 2039 / 3350)
    assert found.evidence == "transferred" and found.per_hour.value.item() == pytest.approx(100 * 3600 * middle)
