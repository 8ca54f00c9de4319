"""Logs of training loops; the expected rates are worked out by hand."""

import json

import pytest

from planner.benchmark import read_file
from planner.benchmark.record import Refused


def test_deepspeed_prints_once_for_each_process(write, one, rate):
    line = "{'train_runtime': 100.0, 'train_samples_per_second': 8.5, 'train_steps_per_second': 0.2, 'epoch': 1.0}\n"
    run = one(write("***** Running training *****\n" + line * 16))
    assert rate(run) == (8.5, "samples/s", "global") and run.facts["copies"] == 16


@pytest.mark.parametrize(
    ("text", "expected", "unit"),
    [
        (
            "".join(
                f"step {i} | loss: 1 | dt: {900 if i else 5000}ms | tok/sec: {1000 if i else 180}\n" for i in range(12)
            ),
            1000.0,
            "tokens/s",
        ),
        (
            "".join(f"iter {i}: loss 4.2, time {250 if i else 9000}.00ms, mfu 30.00%\n" for i in range(12)),
            4.0,
            "steps/s",
        ),
        (
            "".join(
                f"step:{i}/99 train_time:{30000 + i if i < 11 else (i - 10) * 200}ms step_avg:200.00ms\n"
                for i in range(1, 100)
            ),
            5.0,
            "steps/s",
        ),
    ],
    ids=["build", "nano", "modded"],
)
def test_nanogpt(write, text, expected, unit, one, rate):
    run = one(write(text))
    assert rate(run) == (expected, unit, "global")


def test_losses_without_time(write, one):
    assert one(write("s:0 tel:10.9\ns:0 trl:10.8\ns:1 trl:10.7\n")).status == "no_throughput"


MEGATRON = """using world size: 16, data-parallel-size: 2, tensor-model-parallel size: 4
  seq_length ...................................... 2048
  bf16 ............................................ True
"""


def test_megatron(write, one, rate):
    lines = "".join(
        f" iteration {10 * i:8d}/ 100 | elapsed time per iteration (ms): {9000 if i == 1 else 4000}.0 |"
        " global batch size: 64 | number of skipped iterations: 0 |\n" * 2  # two ranks print
        for i in range(1, 6)
    )
    run = one(write(MEGATRON + lines))
    assert rate(run) == (32768.0, "tokens/s", "global")  # 64 × 2048 / 4 s
    assert (run.n_accelerators, run.global_batch, run.seq_len, run.precision) == (16, 64, 2048, "bf16")


def test_dllogger(write, one, rate):
    text = "".join(
        f"DLL 2026-01-12 22:05:{i:02d}.1 - Epoch: 0 Iteration: {i} train.total_ips : {2400 if i else 120}.0 images/s\n"
        for i in range(30)
    )
    assert rate(one(write(text))) == (2400.0, "images/s", "global")


def test_mlperf(write, tmp_path, one, rate):
    def line(ms, key, value=None, kind="POINT_IN_TIME", **metadata):
        return (
            ":::MLLOG "
            + json.dumps({"time_ms": ms, "event_type": kind, "key": key, "value": value, "metadata": metadata})
            + "\n"
        )

    log = line(0, "init_start") + line(5000, "init_stop") + line(5000, "global_batch_size", 8) + line(6000, "run_start")
    log += line(50_000, "eval_start") + line(56_000, "eval_stop") + line(112_000, "run_stop", samples_count=1000)
    path = write(log, "result.txt")
    (tmp_path / "result.system.json").write_text(
        json.dumps({"number_of_nodes": "2", "accelerators_per_node": "8", "accelerator_model_name": "NVIDIA H100"})
    )
    run = one(path)
    assert rate(run) == (10.0, "samples/s", "global")  # 1,000 in 106 s less 6 s of evaluation
    assert (run.n_accelerators, run.discarded) == (16, {"eval_s": 6.0, "init_s": 5.0})
    summary = "MLPerf Results Summary\nMode     : PerformanceOnly\n"
    summary += "Completed tokens per second: 2459.5\nResult is : VALID\n"
    assert rate(one(write(summary))) == (2459.5, "output tokens/s", "global")
    with pytest.raises(Refused):
        read_file(write(summary.replace("VALID", "INVALID")))


def test_our_own_log(write, one, rate):
    head = {"schema": "planner.run_log/1", "accelerator": "H100-SXM", "n_accelerators": 8, "seq_len": 4096}
    lines = [head] + [{"step": i, "t": 5 + 2.0 * i + (60 if i > 25 else 0), "tokens": 1000 * i} for i in range(40)]
    run = one(write("\n".join(map(json.dumps, lines))))
    assert (
        rate(run) == (500.0, "tokens/s", "global")
        and run.asks == ()
        and run.discarded["pauses_s"] == pytest.approx(62.0)
    )


def test_the_log_that_the_documentation_shows_is_read(tmp_path, monkeypatch, repo_root, one):
    text = (repo_root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(text.partition("```python\n")[2].partition("```")[0], "docs", "exec"), {})
    run = one(tmp_path / "run.jsonl")
    assert run.throughput.unit == "tokens/s" and (run.accelerator, run.n_accelerators, run.seq_len) == (
        "H100-SXM",
        8,
        4096,
    )
    assert 524_288 / 0.02 < run.throughput.value < 524_288 / 0.001


def lines(form, n=12):
    return "".join(form(i) for i in range(n))


def nano(i):
    return f"iter {i}: loss 4.2, time {250 if i else 9000}.00ms, mfu 30.00%\n"


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (lines(nano), "iter 12: loss 4.2, time 1.2.3ms, mfu x\n", 4.0),
        (
            lines(lambda i: f"step {i} | loss: 1 | dt: 500ms | tok/sec: 1000\n"),
            "step 12 | loss: 1 | dt: 1..2ms | tok/sec: ,\n",
            1000.0,
        ),
        (
            lines(lambda i: f" iteration {i + 1}/ 99 | elapsed time per iteration (ms): 4000.0 | \n"),
            " iteration 13/ 99 | elapsed time per iteration (ms): 4.0.0.0 | \n | elapsed time per iteration (ms)",
            0.25,
        ),
        (
            lines(lambda i: f"DLL 2026-01-12 22:05:01.1 - Epoch: 0 Iteration: {i} train.total_ips : 2.3e+03 i\n"),
            "DLL 2026-01-12 22:05:59.1 - Epoch: 0 Iteration: 99 train.total_ips : 1.2.3 img/s\nDLLL {]\n",
            2300.0,
        ),
    ],
    ids=["nano", "build", "megatron", "dllogger"],
)
def test_a_broken_line_is_passed_over(write, one, good, bad, expected):
    assert one(write(good + bad)).throughput.value == pytest.approx(expected)


PREFIXES = [
    "[rank0]: ", "[default3]:", "0: ", " 12: ", "2024-01-01 12:00:00,123 INFO ",
    "2024-01-01 12:00:00,123 - train - INFO - ",
    "[2024-01-01 12:00:00] ", "INFO:root:", "\x1b[32m", "[1,0]<stdout>:",
    "2024-01-01 12:00:00.123 | INFO     | train:main:10 - ",
    "2024-01-01T12:00:00.123456789Z ",
]  # fmt: skip
SHAPES = {
    "nano": lines(nano),
    "build": lines(lambda i: f"step {i} | loss: 1 | dt: {900 if i else 5000}ms | tok/sec: {1000 if i else 180}\n"),
    "modded": lines(lambda i: f"step:{i}/99 train_time:{200 * i}ms step_avg:200.00ms\n", 40),
    "megatron": "using world size: 16, x\n  seq_length ................ 2048\n"
    + lines(lambda i: f" iteration {i + 1}/ 99 | elapsed time per iteration (ms): 4e3 | global batch size: 64 |\n"),
    "dllogger": lines(lambda i: f"DLL 2026-01-12 22:05:01.1 - Epoch: 0 Iteration: {i} train.total_ips : 2400 x\n"),
    "trainer": "***** Running training *****\n{'train_runtime': 100.0, 'train_samples_per_second': 8.5}\n",
    "llama": "| model | test | t/s |\n| --- | --- | --- |\n| llama 7B | tg128 | 86.06 ± 0.13 |\n",
    "nemo": lines(
        lambda i: (
            f"Training epoch 0, iteration {i}/99 | global_batch_size: 128 | global_step: {i}"
            " | reduced_train_loss: 11.03 | train_step_timing in s: 12.5 | consumed_samples: 1408\n"
        )
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_launcher_puts_before_a_line_changes_nothing(write, shape):
    bare = read_file(write(SHAPES[shape]))[0]
    for prefix in PREFIXES:
        text = "".join(prefix + line + "\n" for line in SHAPES[shape].splitlines())
        run = read_file(write(text))[0]
        assert (run.format, run.throughput) == (bare.format, bare.throughput), prefix
        assert (run.n_accelerators, run.seq_len, run.tokens_per_s) == (
            bare.n_accelerators, bare.seq_len, bare.tokens_per_s,
        )  # fmt: skip


def test_megatron_tells_tokens_and_flops_of_newer_releases(write, one, rate):
    head = "using world size: 8, data-parallel size: 8\n  seq_length ...................... 4096\n  fp8 .... hybrid\n"
    text = lines(
        lambda i: (
            f" [2024-06-01 12:00:{i:02d}] iteration {i + 1:8d}/ 500 | consumed samples: 512 | elapsed time per"
            " iteration (ms): 8000.0 | throughput per GPU (TFLOP/s/GPU): 380.5 | global batch size:   256 |\n"
        )
    )
    run = one(write(head + text))
    assert rate(run) == (131_072.0, "tokens/s", "global")  # 256 × 4096 / 8 s
    assert run.facts["tflops_per_accelerator"] == 380.5 and run.precision == "fp8"


def test_nanochat_and_llmc(write, one, rate):
    nanochat = lines(
        lambda i: (
            f"step {i:05d}/21400 (0.05%) | loss: 9.1 | lrm: 1.00 | dt: {250 if i else 9000}.00ms |"
            f" tok/sec: {'2,097,152' if i else '58,254'} | mfu: 48.12 | total time: 0.10m\n"
        )
    )
    assert rate(one(write(nanochat))) == (2_097_152.0, "tokens/s", "global")
    llmc = lines(
        lambda i: (
            f"step {i:4d}/19560 | loss 7.5 (+0.00z)| norm 15.3 (+0.00z)| lr 1.71e-06 | 3200.00 ms |"
            " 48.8% bf16 MFU | 163840 tok/s\n"
        )
    )
    run = one(write(llmc))
    assert rate(run) == (163_840.0, "tokens/s", "global") and run.step_time.median == pytest.approx(3.2)


def test_copies_of_other_ranks_are_no_runs(write, one):
    copies = lines(lambda i: nano(i) * 4, 30)
    run = one(write(copies))
    assert run.throughput.value == 4.0 and run.warnings == () and run.step_time.n == 27  # 30 less a tenth
    # two ranks whose lines cross
    crossed = lines(lambda i: nano(2 * i) + nano(2 * i + 1) + nano(2 * i) + nano(2 * i + 1), 15)
    assert one(write(crossed)).step_time.n == 27


def test_the_longest_of_several_runs(write, one):
    slow = lines(lambda i: f"iter {i}: loss 4.2, time 500.00ms, mfu 30.00%\n", 5)
    run = one(write(slow + lines(nano, 30) + slow))
    assert run.throughput.value == 4.0 and run.discarded["other_runs"] == 10
    assert [m.key for m in run.warnings] == ["benchmark.several_runs"]


def own(steps, per_step=1000, seconds=2.0, start=0):
    return "".join(
        json.dumps({"step": i, "t": start + seconds * i, "tokens": per_step * (i + 1), "loss": 1.0}) + "\n"
        for i in range(steps)
    )


def test_our_own_log_of_several_runs(write, one, rate):
    run = one(write(own(10) + own(40, 3000)))  # no first line, a key of the user's
    assert rate(run) == (1500.0, "tokens/s", "global") and [m.key for m in run.warnings] == ["benchmark.several_runs"]
    head = json.dumps({"schema": "planner.run_log/1", "n_accelerators": 8}) + "\n"
    other = json.dumps({"schema": "planner.run_log/1", "n_accelerators": 16}) + "\n"
    first, second = read_file(write(head + own(40) + other + own(10)))  # each first line begins a run of its own
    assert (first.n_accelerators, second.n_accelerators) == (8, 16) and first.label != second.label
    assert rate(first) == rate(second) == (500.0, "tokens/s", "global")


def test_counts_that_do_not_count_up_are_left_out(write, one, rate):
    text = "".join(json.dumps({"step": i, "t": 2.0 * i, "tokens": 1000}) + "\n" for i in range(30))
    run = one(write(text))
    assert rate(run) == (0.5, "steps/s", "global") and "benchmark.not_cumulative" in [m.key for m in run.warnings]


def test_nemo(write, one, rate):
    bar = "".join(
        f"Epoch 0: :   1%| | {i}/1000 [00:50<10:00, v_num=1, reduced_train_loss=9.1, global_step={i}.0,"
        f" consumed_samples={256.0 * i}, train_step_timing in s={4.0 if i > 1 else 30.0}]\r"
        for i in range(1, 30)
    )
    run = one(write(bar))
    assert rate(run) == (0.25, "steps/s", "global") and run.global_batch == 256


def test_dllogger_in_json(write, one, rate):
    text = "".join(
        f'DLLL {{"type": "LOG", "step": [0, {i}], "data": {{"train.total_ips": {2400 if i else 120}.0}}}}\n' * 2
        for i in range(30)
    )
    run = one(write(text + 'DLLL {"type": "LOG", "step": [], "data": {"train.total_ips": 2300.0}}\n'))
    assert rate(run) == (2400.0, "images/s", "global") and run.reported == 2300.0 and run.facts["n_obs"] == 27


def test_a_trainer_without_its_summary_is_told_so(write, one):
    text = "{'loss': 1.2, 'grad_norm': 0.3, 'learning_rate': 1e-05, 'epoch': 0.1}\n" * 5
    run = one(write(text))
    assert run.status == "no_throughput" and [m.key for m in run.warnings] == ["benchmark.no_train_summary"]
    table = text + "***** train metrics *****\n  train_runtime            = 1 day, 1:00:00.50\n"
    run = one(write(table + "  train_samples_per_second =      8.5\n"))
    assert run.throughput.value == 8.5 and run.gross_s == pytest.approx(90_000.5) and run.facts["copies"] == 1


def test_a_broken_description_of_the_system_is_passed_over(write, one):
    mark = ':::MLLOG {"time_ms": %d, "key": "%s", "event_type": "X", "metadata": {"samples_count": 1000}}\n'
    path = write(mark % (0, "run_start") + mark % (100_000, "run_stop"), "result.txt")
    for broken in (b"\xff\xfe{", b"[" * 100_000, b"[1]", b'{"number_of_nodes": "x"}'):
        path.with_suffix(".system.json").write_bytes(broken)
        assert one(path).throughput.value == 10.0


def test_torchtitan_counts_one_accelerator(write, one, rate):
    text = lines(
        lambda i: (
            f"[rank0]:[titan] 2024-11-01 12:00:{i:02d},123 - root - INFO - \x1b[31mstep: {10 * i:2d} "
            f"\x1b[32m loss:  8.2  \x1b[33mmemory: 40.00GiB(50.0%)  \x1b[34mtps: {'5,762' if i else '120'}"
            "  \x1b[36mtflops: 300.1  \x1b[35mmfu: 33.4%\x1b[39m\n"
        )
    )
    run = one(write(text))
    assert rate(run) == (5762.0, "tokens/s", "per_accelerator") and run.facts["tflops_per_accelerator"] == 300.1


def test_dllogger_with_a_summary_only(write, one, rate):
    text = "DLL 2020-06-01 12:00:00.1 - Training Epoch: 0 Training Iteration: 1  step_loss : 11.2\n"
    text += "DLL 2020-06-01 12:10:00.1 - e2e_train_time : 600.0 training_sequences_per_second : 2.5e3 final_loss : 8\n"
    run = one(write(text))
    assert rate(run) == (2500.0, "samples/s", "global") and run.status == "ok_coarse"
    mixed = lines(lambda i: f"DLL 2026-01-12 22:05:01.1 - Epoch: 0 Iteration: {i} train.total_ips : 2400 x\n")
    mixed += lines(
        lambda i: f"DLL 2026-01-12 22:05:01.1 - Epoch: 0 Validation Iteration: {i} val.total_ips : 9 x\n", 40
    )
    assert one(write(mixed)).throughput.value == 2400.0


def test_a_progress_bar_that_never_ends_its_line(write, one):
    bar = "".join(f"Epoch 0: {i}/100 [00:50<10:00, 9.9 tok/s]\r" for i in range(500))
    steps = "".join(f"step {i} | loss: 1 | dt: 900ms | tok/sec: 1000\r" for i in range(30))
    assert one(write(bar + steps)).throughput.value == 1000.0
