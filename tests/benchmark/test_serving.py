"""Benchmarks of inference; the expected rates are worked out by hand."""

import json

import pytest

from planner.benchmark import read_file
from planner.benchmark.record import Refused


def test_serving_benchmarks(write, one, rate):
    vllm = {
        "backend": "vllm",
        "model_id": "m",
        "duration": 20.0,
        "completed": 10,
        "total_input_tokens": 1000,
        "total_output_tokens": 4000,
        "request_rate": 5.0,
    }
    run = one(write(vllm))
    assert rate(run) == (200.0, "output tokens/s", "global") and run.format == "vllm_bench_json"
    sglang = json.dumps(vllm | {"server_info": {"tp_size": 2, "dp_size": 4}}).replace("5.0}", "Infinity}") + "\n"
    first, second = read_file(write(sglang * 2))
    assert first.n_accelerators == 8 and first.format == second.format == "sglang_bench_jsonl"
    assert "benchmark.offered_load" in [m.key for m in run.warnings]


def test_llama_bench_keeps_prompt_and_answer_apart(write, rate):
    records = [
        {"build_commit": "a", "avg_ts": 2000.0, "stddev_ts": 1, "n_prompt": 512, "n_gen": 0},
        {"build_commit": "a", "avg_ts": 90.0, "stddev_ts": 1, "n_prompt": 0, "n_gen": 128},
    ]
    first, second = read_file(write(records))
    assert rate(first) == (90.0, "output tokens/s", "single stream") and second.throughput.unit == "tokens/s"
    table = "| model | test | t/s |\n| --- | --- | --- |\n| llama 7B | pp512 | 490.97 ± 2.27 |\n"
    table += "| llama 7B | tg128 | 86.06 ± 0.13 |\n"
    assert read_file(write(table))[0].throughput.value == 86.06


def test_letters_that_cannot_be_written_are_replaced(write, one):
    body = {"backend": "vllm", "model_id": "\ud800", "duration": 20.0, "completed": 1, "total_output_tokens": 5}
    assert one(write(body)).model == "?"


BENCH = {"backend": "vllm", "duration": 20.0, "completed": 10, "total_output_tokens": 4000}


def test_results_that_are_appended(write):
    lines = [BENCH, BENCH | {"completed": 0}, BENCH | {"total_output_tokens": 2000}]
    runs = read_file(write("\n".join(map(json.dumps, lines))))
    assert [run.throughput.value for run in runs] == [200.0, 100.0]


def test_offline_benchmarks_of_vllm(write, one, rate):
    found = {"elapsed_time": 50.0, "num_requests": 100, "total_num_tokens": 60_000, "requests_per_second": 2.0,
             "tokens_per_second": 1200.0}  # fmt: skip
    assert rate(one(write(found))) == (1200.0, "tokens/s (input+output)", "global")
    run = one(write({"avg_latency": 0.5, "latencies": [0.5, 0.5, 0.5], "percentiles": {"50": 0.5}}))
    assert rate(run) == (2.0, "steps/s", "global") and run.status == "ok_coarse"


def test_offline_benchmarks_of_sglang(write, one, rate):
    record = {"run_name": "before", "batch_size": 16, "input_len": 256, "output_len": 32, "prefill_latency": 0.2,
              "median_decode_throughput": 900.0, "total_latency": 0.8, "overall_throughput": 5760.0}  # fmt: skip
    run, other = read_file(write(json.dumps(record) + "\n" + json.dumps(record | {"batch_size": 32}) + "\n"))
    assert rate(run) == (640.0, "output tokens/s", "global") and other.global_batch == 32  # 16 × 32 / 0.8 s
    found = {"backend": "engine", "successful_requests": 10, "total_latency": 5.0, "total_input_tokens": 100,
             "total_output_tokens": 2000, "output_throughput": 400.0}  # fmt: skip
    assert rate(one(write(found))) == (400.0, "output tokens/s", "global")


def test_llama_bench_of_every_shape(write):
    head = "build_commit,model_type,n_prompt,n_gen,avg_ts,stddev_ts\n"
    with pytest.raises(Refused) as refused:
        read_file(write(head))
    assert refused.value.key == "benchmark.no_rows"
    (run,) = read_file(write(head + '"a","llama 7B","0","128","8.6e+01","0.1"\n"a","llama 7B","0","128","oops",""\n'))
    assert run.throughput.value == 86.0
    lines = json.dumps({"build_commit": "a", "avg_ts": 90.0, "n_prompt": 0, "n_gen": 128}) + "\n"
    assert read_file(write(lines + lines.replace("90.0", "null")))[0].throughput.value == 90.0


def test_a_configuration_without_figures_is_passed_over(write):
    good = {"avg_power_watts": 600.0, "energy_per_token_joules": 0.5, "gpu_model": "H100", "num_gpus": 1}
    found = {"configurations": [None, good | {"avg_power_watts": None}, good]}
    (run,) = read_file(write(found))
    assert run.throughput.value == 1200.0
    with pytest.raises(Refused):
        read_file(write({"configurations": [good | {"avg_power_watts": None}]}))


def test_loadgen_of_a_single_stream(write, one, rate):
    summary = "MLPerf Results Summary\nScenario : SingleStream\nMode     : PerformanceOnly\nResult is : VALID\n"
    assert rate(one(write(summary + "QPS w/ loadgen overhead         : 1.25e+02\n"))) == (
        125.0, "samples/s", "single stream",
    )  # fmt: skip
