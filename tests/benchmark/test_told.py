"""From a file and what its owner adds to a speed per accelerator; nothing is assumed."""

import json

import pytest

from planner.benchmark import BenchmarkRun, StepTime, Throughput, read_file
from planner.benchmark.told import companion_warnings, measured_run
from planner.compare.measured import measured_runs
from planner.errors import PlannerError
from planner.reference import Reference
from planner.scenario.work import BenchmarkFile

REFERENCE = Reference()


def run_of(value=100.0, unit="samples/s", scope="global", **facts):
    told = {"accelerator": "H100-SXM", "n_accelerators": 4, "status": "ok"} | facts
    return BenchmarkRun("run.log", "0" * 64, "x", throughput=Throughput(value, unit, scope), **told)


def measured(run, **told):
    return measured_run(run, BenchmarkFile(file="run.log", **told), REFERENCE)


@pytest.mark.parametrize(
    ("run", "told", "unit", "each"),
    [
        (run_of(100.0, "tokens/s"), {}, "token", 25.0),
        (run_of(100.0, "tokens/s", "per_accelerator"), {}, "token", 100.0),
        (run_of(2.0, "steps/s", global_batch=64), {}, "sample", 2 * 64 / 4),
        (run_of(2.0, "steps/s", "per_accelerator"), {"global_batch": 64}, "sample", 2 * 64 / 4),
        (run_of(0.5, "epochs/s"), {"epoch_samples": 1000}, "sample", 0.5 * 1000 / 4),
        (run_of(50.0, "env steps/s", "per environment"), {"environments": 8}, "sample", 50 * 8 / 4),
        (run_of(100.0, scope="unknown"), {"scope": "per_accelerator"}, "sample", 100.0),
        (run_of(80.0, "output tokens/s", "single stream"), {}, "output token", 20.0),
        (
            run_of(90.0, "tokens/s (input+output)"),
            {"prompt_tokens": 9, "answer_tokens": 1},
            "input and output token",
            22.5,
        ),
        (run_of(10.0, "unknown"), {"unit": "images/s"}, "sample", 2.5),
    ],
)
def test_speed_of_one_accelerator(run, told, unit, each):
    found = measured(run, **told)
    assert (found.unit, found.per_second) == (unit, pytest.approx(each))


@pytest.mark.parametrize(
    ("run", "flag"),
    [
        (run_of(accelerator=None), "--measured-on"),
        (run_of(n_accelerators=None), "--measured-count"),
        (run_of(scope="unknown"), "--measured-scope"),
        (run_of(1.0, "steps/s"), "--measured-batch"),
        (run_of(1.0, "unknown"), "--measured-unit"),
        (run_of(1.0, "tokens/s (input+output)"), "--measured-answer"),
        (run_of(1.0, "epochs/s"), "--measured-epoch-samples"),
        (run_of(1.0, "env steps/s", "per environment"), "--measured-environments"),
    ],
)
def test_what_the_file_does_not_say_is_asked_for(run, flag):
    with pytest.raises(PlannerError) as caught:
        measured(run)
    assert caught.value.key == "benchmark.must_tell" and flag in caught.value.arguments["flags"]


def test_the_owners_word_stands_and_the_difference_is_said():
    found = measured(run_of(), n_accelerators=8)
    assert found.per_second == 100 / 8
    assert [one.key for one in found.warnings] == ["benchmark.told_differs"]


def test_names_of_devices_are_found_and_unknown_ones_are_asked_for():
    assert measured(run_of(accelerator="NVIDIA A100-SXM4-80GB")).accelerator == "A100-SXM-80GB"
    assert [one.key for one in measured(run_of(accelerator="A100")).warnings] == ["benchmark.which_accelerator"]
    with pytest.raises(PlannerError) as caught:
        measured(run_of(accelerator="Abacus 3000"))
    assert caught.value.key == "benchmark.unknown_accelerator"
    own = measured(run_of(accelerator="Abacus 3000", facts={"peak_tflops": 1.5, "bandwidth_gbs": 40.0}))
    assert own.sheet == (1.5, 40.0)


def test_hours_follow_the_mean_step_where_the_median_is_shown():
    step = StepTime(median=0.5, mean=0.625, cv=0.1, n=50)
    assert measured(run_of(2.0, "steps/s", global_batch=4, step_time=step)).per_second == pytest.approx(4 / 0.625 / 4)


def test_doubt_of_a_run():
    assert measured(run_of(sigma=0.0)).sigma == pytest.approx(0.05)
    assert measured(run_of(sigma=0.12)).sigma == pytest.approx(0.13)
    assert measured(run_of(status="ok_coarse")).sigma == pytest.approx((0.05**2 + 0.15**2) ** 0.5)


def test_what_holds_no_rate_is_refused():
    with pytest.raises(PlannerError) as caught:
        measured(BenchmarkRun("x", "0", "x", "telemetry", utilisation=0.5))
    assert caught.value.key == "benchmark.not_a_rate"


def test_tokens_and_samples_that_were_both_counted_say_the_length():
    found = measured(run_of(10.0, tokens_per_s=5120.0))
    assert (found.unit, found.per_second, found.seq_len) == ("sample", 2.5, 512.0)


def test_the_same_file_twice_is_one_measurement():
    pair = (run_of(), BenchmarkFile(file="a"))
    assert len(measured_runs([pair, (run_of(), BenchmarkFile(file="b"))], REFERENCE)) == 1


def test_telemetry_of_another_device_is_told():
    beside = BenchmarkRun("smi.csv", "1", "nvidia_smi_csv", "telemetry", accelerator="NVIDIA L40S")
    assert [one.key for one in companion_warnings(run_of(), beside)] == ["benchmark.other_device"]
    assert not companion_warnings(run_of(), beside.but(accelerator="NVIDIA H100 80GB HBM3"))


def test_companions_add_what_the_run_does_not_know_and_speak_against_it():
    beside = BenchmarkRun("smi.csv", "0", "nvidia_smi_csv", "telemetry", accelerator="H100-SXM", utilisation=0.62,
                          power_w=410.0, gross_s=100.0)  # fmt: skip
    run = run_of(accelerator=None, gross_s=500.0, energy_kwh=1.0)
    found = measured_runs([(run, BenchmarkFile(file="a")), (beside, BenchmarkFile(file="b"))], REFERENCE)[0]
    assert (found.accelerator, found.power_w, found.utilisation) == ("H100-SXM", 410.0, 0.62)
    assert {one.key for one in found.warnings} == {"benchmark.input_bound", "benchmark.other_span"}
    quiet = beside.but(utilisation=0.95, gross_s=510.0, energy_kwh=1.1)
    assert not companion_warnings(run, quiet)
    assert [one.key for one in companion_warnings(run, quiet.but(energy_kwh=4.0))] == ["benchmark.energy_differs"]


def test_our_own_log_carries_all_that_is_needed(tmp_path):
    known = {"schema": "planner.run_log/1", "accelerator": "H100-SXM", "n_accelerators": 2, "seq_len": 1024}
    lines = [known, *({"step": i, "t": 0.5 * i, "tokens": 4096 * i} for i in range(60))]
    path = tmp_path / "run"
    path.write_text("\n".join(map(json.dumps, lines)))
    found = measured_run(read_file(path)[0], BenchmarkFile(file=str(path)), REFERENCE)
    assert (found.per_second, found.unit, found.seq_len) == (pytest.approx(4096), "token", 1024)
    assert found.source.kind == "measured_run" and found.of is None
