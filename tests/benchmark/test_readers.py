"""Each format in a few lines of its shape; the expected rates are worked out by hand."""

import gzip
import json
import sqlite3
import struct

import pytest

from planner.benchmark import read_file
from planner.benchmark.readers.tensorboard import masked_crc
from planner.benchmark.record import Refused
from planner.text import render


@pytest.fixture
def write(tmp_path):
    def write(content, name="run.dat"):
        path = tmp_path / name
        raw = (
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else json.dumps(content).encode()
        )
        path.write_bytes(raw)
        return path

    return write


def one(path, **how):
    (run,) = read_file(path, **how)
    return run


def rate(run):
    return pytest.approx(run.throughput.value), run.throughput.unit, run.throughput.scope


TRAINER = {
    "global_step": 100, "train_batch_size": 4, "num_input_tokens_seen": 409_600,
    "log_history": [
        {"step": 50, "loss": 1.0}, {"step": 50, "eval_runtime": 20.0},
        {"step": 100, "train_runtime": 120.0, "train_samples_per_second": 10.0, "train_steps_per_second": 0.833},
        {"step": 100, "eval_runtime": 20.0},
    ],
}  # fmt: skip


def test_trainer_state_takes_evaluations_out(write):
    run = one(write(TRAINER))
    # 1,200 samples in 120 s of which 20 s were an evaluation; the one after the end is not inside
    assert rate(run) == (12.0, "samples/s", "global") and run.step_time.median == pytest.approx(1.0)
    assert run.tokens_per_s == pytest.approx(4096) and run.discarded == {"eval_s": 20.0}
    assert run.asks == ("accelerator", "n_accelerators")


def test_trainer_state_of_a_checkpoint_has_no_time(write):
    run = one(write({"global_step": 10, "log_history": [{"step": 10, "loss": 1.0}]}))
    assert run.status == "no_throughput" and "step time" in render(run.warnings[0])


def test_deepspeed_prints_once_for_each_process(write):
    line = "{'train_runtime': 100.0, 'train_samples_per_second': 8.5, 'epoch': 1.0}\n"
    run = one(write("***** Running training *****\n" + line * 16))
    assert rate(run) == (8.5, "samples/s", "global") and run.facts["copies"] == 16


def frame(event):
    head = struct.pack("<Q", len(event))
    return head + struct.pack("<I", masked_crc(head)) + event + b"\x00" * 4


def event(step, time, tag=b"train/loss"):
    value = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", 1.0)
    summary = b"\x0a" + bytes([len(value)]) + value
    step_bytes = b""
    while step > 127:
        step_bytes += bytes([step & 127 | 128])
        step >>= 7
    return (
        b"\x09"
        + struct.pack("<d", time)
        + b"\x10"
        + step_bytes
        + bytes([step])
        + b"\x2a"
        + bytes([len(summary)])
        + summary
    )


def test_tensorboard_median_drops_pauses(write):
    times = [0.0, 60.0] + [60.0 + 5 * i + (300 if i > 30 else 0) for i in range(1, 60)]
    body = b"".join(frame(event(10 * i, 1e9 + t)) for i, t in enumerate(times))
    run = one(write(body, "anything.bin"))
    assert rate(run) == (2.0, "steps/s", "global") and run.discarded["pauses"] == 1  # 5 s for 10 steps
    assert read_file(write(body[:-9], "cut.bin"))[0].throughput.value == pytest.approx(2.0)


def test_lightning(write):
    rows = "".join(f"0,{i},{30 if i == 0 else 40}\n0,{i},\n" for i in range(12))
    run = one(write("epoch,step,train/device/samples_per_sec\n" + rows))
    assert rate(run) == (40.0, "samples/s", "per_accelerator")
    assert one(write("epoch,step,train_loss,val_loss\n0,1,2.0,\n")).status == "no_throughput"


def test_wandb(write):
    run = one(write({"_step": 72, "_runtime": 1000, "trainer/global_step": 500, "loss": 1}))
    assert rate(run) == (0.5, "steps/s", "global") and run.status == "ok_coarse"
    rows = "".join(f"{i},{i * 10},{i * 4.0},0.1\n" for i in range(30))
    history = one(write("_step,global_step,_runtime,loss\n" + rows))
    assert rate(history) == (2.5, "steps/s", "global")


def test_mlflow_files(write):
    lines = "".join(f"{1_700_000_000_000 + 500 * i} {0.9} {i}\n" for i in range(20))
    assert rate(one(write(lines, "loss"))) == (2.0, "steps/s", "global")
    named = "".join(f"{1_700_000_000_000 + 500 * i} {100 if i == 0 else 900.0} {i}\n" for i in range(20))
    run = one(write(named, "tokens_per_sec"))
    assert rate(run) == (900.0, "tokens/s", "unknown") and "scope" in run.asks


def test_mlflow_database(tmp_path):
    path = tmp_path / "any.name"
    with sqlite3.connect(path) as database:
        database.execute("create table runs (run_uuid text)")
        database.execute(
            "create table metrics (key text, value real, timestamp int, run_uuid text, step int, is_nan bool)"
        )
        rows = [("loss", 1.0, 1000 * i, "r1", i, 0) for i in range(10)] + [("bad", 0.0, 1, "r1", 1, 1)]
        database.executemany("insert into metrics values (?,?,?,?,?,?)", rows)
    database.close()
    assert rate(one(path)) == (1.0, "steps/s", "global")


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
def test_nanogpt(write, text, expected, unit):
    run = one(write(text))
    assert rate(run) == (expected, unit, "global")


def test_losses_without_time(write):
    assert one(write("s:0 tel:10.9\ns:0 trl:10.8\ns:1 trl:10.7\n")).status == "no_throughput"


MEGATRON = """using world size: 16, data-parallel-size: 2, tensor-model-parallel size: 4
  seq_length ...................................... 2048
  bf16 ............................................ True
"""


def test_megatron(write):
    lines = "".join(
        f" iteration {10 * i:8d}/ 100 | elapsed time per iteration (ms): {9000 if i == 1 else 4000}.0 |"
        " global batch size: 64 | number of skipped iterations: 0 |\n" * 2  # two ranks print
        for i in range(1, 6)
    )
    run = one(write(MEGATRON + lines))
    assert rate(run) == (32768.0, "tokens/s", "global")  # 64 × 2048 / 4 s
    assert (run.n_accelerators, run.global_batch, run.seq_len, run.precision) == (16, 64, 2048, "bf16")


def test_dllogger(write):
    text = "".join(
        f"DLL 2026-01-12 22:05:{i:02d}.1 - Epoch: 0 Iteration: {i} train.total_ips : {2400 if i else 120}.0 images/s\n"
        for i in range(30)
    )
    assert rate(one(write(text))) == (2400.0, "images/s", "global")


def test_tables_of_epochs(write):
    keras = "epoch,epoch_time_s,loss\n" + "".join(f"{i},{9 if i == 0 else 4.0},1\n" for i in range(8))
    assert rate(one(write(keras))) == (0.25, "epochs/s", "global")
    assert one(write("epoch,loss,val_loss\n0,1,1\n")).status == "no_throughput"
    yolo = "  epoch, time, train/box_loss, metrics/mAP50(B)\n" + "".join(
        f"{i},{50 + 20 * i},1,1\n" for i in range(1, 9)
    )
    assert rate(one(write(yolo))) == (0.05, "epochs/s", "global")


def test_timm_offers_every_model(write):
    text = "model,train_samples_per_sec,train_step_time,train_batch_size\nvit,400,640,256\nresnet50,800,320,256\n"
    first, second = read_file(write(text, "benchmark-train-amp-rtx3090.csv"))
    assert (first.label, first.throughput.value, first.accelerator, first.precision) == (
        "resnet50",
        800.0,
        "rtx3090",
        "amp",
    )
    assert second.label == "vit"


def test_reinforcement_learning(write):
    monitor = '#{"t_start": 1.0, "env_id": "X"}\nr,l,t\n1.0,100,2.0\n1.0,300,4.0\n'
    assert rate(one(write(monitor))) == (100.0, "env steps/s", "per environment")
    progress = "time/total_timesteps,time/time_elapsed,time/fps\n512,0,999\n1024,2,400\n2560,4,300\n"
    assert rate(one(write(progress))) == (512.0, "env steps/s", "global")


def test_ray(write):
    lines = "".join(
        json.dumps(
            {
                "training_iteration": i,
                "time_this_iter_s": 9.0 if i == 1 else 0.5,
                "trial_id": "a",
                "tokens_per_sec": 50 if i == 1 else 70,
                "config": {"bs": 32},
            }
        )
        + "\n"
        for i in range(1, 8)
    )
    run = one(write(lines))
    assert rate(run) == (70.0, "tokens/s", "unknown") and run.step_time.median == 0.5 and run.global_batch == 32


def test_optuna(write):
    text = "number,value,datetime_start,datetime_complete,duration,state\n" + "".join(
        f"{i},1,2026-01-01,2026-01-02,0 days 00:00:{10 + i}.0,{'COMPLETE' if i < 2 else 'PRUNED'}\n" for i in range(3)
    )
    run = one(write(text))
    assert (
        run.status == "hpo" and rate(run) == (10.5, "s per completed trial", "global") and run.facts["total_s"] == 33.0
    )


def test_mlperf(write, tmp_path):
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


def test_serving_benchmarks(write):
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


def test_llama_bench_keeps_prompt_and_answer_apart(write):
    records = [
        {"build_commit": "a", "avg_ts": 2000.0, "stddev_ts": 1, "n_prompt": 512, "n_gen": 0},
        {"build_commit": "a", "avg_ts": 90.0, "stddev_ts": 1, "n_prompt": 0, "n_gen": 128},
    ]
    first, second = read_file(write(records))
    assert rate(first) == (90.0, "output tokens/s", "single stream") and second.throughput.unit == "tokens/s"
    table = "| model | test | t/s |\n| --- | --- | --- |\n| llama 7B | pp512 | 490.97 ± 2.27 |\n"
    table += "| llama 7B | tg128 | 86.06 ± 0.13 |\n"
    assert read_file(write(table))[0].throughput.value == 86.06


def test_telemetry_and_accounting(write):
    smi = "timestamp, name, utilization.gpu [%], power.draw [W]\n" + "".join(
        f"2026/01/01 00:00:0{i}.000, NVIDIA H100, {50 + 10 * i} %, {300 + 100 * i}.00 W\n" for i in range(3)
    )
    run = one(write(smi.encode("utf-16")))
    assert run.status == "telemetry" and (run.utilisation, run.power_w, run.gross_s) == (pytest.approx(0.6), 400.0, 2.0)
    carbon = (
        "duration,emissions,energy_consumed,gpu_model,tracking_mode\n100,0.1,0.5,X,machine\n3600,0.1,0.25,X,machine\n"
    )
    run = one(write(carbon))
    assert run.power_w == pytest.approx(250.0) and run.energy_kwh == 0.25
    sacct = "JobID|State|Elapsed|AllocTRES\n1|COMPLETED|1-00:00:00|cpu=8,gres/gpu:h100=4,gres/gpu=4\n"
    sacct += "1.batch|COMPLETED|1-00:00:00|cpu=8,gres/gpu:h100=4\n2|FAILED|00:30:00|gres/gpu=2\n"
    run = one(write(sacct))
    assert run.status == "accounting" and run.billed_hours == pytest.approx(97.0)  # 4 × 24 + 2 × 0.5


def test_profiler_and_calls(write):
    trace = {"traceEvents": [{"ph": "X", "name": f"ProfilerStep#{i}", "ts": i, "dur": 20_000} for i in range(5)]}
    assert rate(one(write(trace))) == (50.0, "steps/s", "per_accelerator")
    calls = {
        "benchmarks": [
            {
                "name": "t",
                "extra_info": {"batch_size": 8},
                "stats": {"median": 0.02, "mean": 0.03, "stddev": 0.003, "rounds": 30, "ops": 33.3},
            }
        ]
    }
    assert rate(one(write(calls))) == (400.0, "samples/s", "per_accelerator")


def test_our_own_log(write):
    head = {"schema": "planner.run_log/1", "accelerator": "H100-SXM", "n_accelerators": 8, "seq_len": 4096}
    lines = [head] + [{"step": i, "t": 5 + 2.0 * i + (60 if i > 25 else 0), "tokens": 1000 * i} for i in range(40)]
    run = one(write("\n".join(map(json.dumps, lines))))
    assert (
        rate(run) == (500.0, "tokens/s", "global")
        and run.asks == ()
        and run.discarded["pauses_s"] == pytest.approx(62.0)
    )


def test_a_table_of_ones_own(write):
    path = write("card;toks\nH100;120\n")
    with pytest.raises(Refused) as refused:
        read_file(path)
    assert "--column" in render(refused.value)
    run = one(path, columns={"throughput": "toks", "accelerator": "card"}, unit="tokens/s")
    assert rate(run) == (120.0, "tokens/s", "global") and run.accelerator == "H100"


@pytest.mark.parametrize(
    "encode", [gzip.compress, lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.decode().encode("utf-16")]
)
def test_the_name_and_the_encoding_do_not_matter(write, encode):
    assert rate(one(write(encode(json.dumps(TRAINER).encode()), "photo.png"))) == (12.0, "samples/s", "global")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01\x02",
        b"{",
        b"[]",
        b"hello world",
        b"a,b\n1,2\n",
        b"SQLite format 3\x00garbage",
        b"\x1f\x8bgarbage",
        b'{"log_history": [], "global_step": 1, "x":',
        json.dumps(TRAINER).replace("120.0", "NaN").encode(),
        json.dumps(TRAINER).replace("10.0", "-10.0").encode(),
        json.dumps(TRAINER).replace("10.0", "Infinity").encode(),
        json.dumps(TRAINER).replace("120.0", "0").encode(),
        json.dumps(TRAINER)[:120].encode(),
    ],
    ids=range(14),
)
def test_garbage_is_refused_in_words(write, body):
    with pytest.raises(Refused) as refused:
        read_file(write(body))
    for lang in ("en", "fr"):
        assert str(refused.value.where) in render(refused.value, lang)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused):
        read_file(tmp_path / "nothing")
    with pytest.raises(Refused):
        read_file(tmp_path)


def test_the_log_that_the_documentation_shows_is_read(tmp_path, monkeypatch, repo_root):
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


@pytest.mark.parametrize(
    "body",
    [
        "JobID|State|ElapsedRaw|AllocTRES\n1|COMPLETED|-5|gres/gpu=2\n",
        "JobID|State|Elapsed|AllocTRES\n1|COMPLETED|" + "9" * 400 + "-00:00:01|gres/gpu=2\n",
        "DLL 2026-01-12 22:05:01.1 - Epoch: 0 Iteration: 1 train.total_ips : 1.2.3 images/s\n",
        json.dumps({"backend": "vllm", "model_id": "m", "duration": 1e-320, "completed": 1, "total_output_tokens": 5}),
        json.dumps({"_step": 1, "_runtime": 1e-320, "global_step": 500}),
        "| model | x | test | t/s |\n| --- | --- | --- | --- |\n| m | 1 | tg128 | 1.2.3 ± 0.1 |\n",
    ],
    ids=["negative", "huge", "two-dots", "no-time", "no-runtime", "table"],
)
def test_figures_that_cannot_be_are_refused(write, body):
    with pytest.raises(Refused):
        read_file(write(body))


def test_letters_that_cannot_be_written_are_replaced(write):
    body = {"backend": "vllm", "model_id": "\ud800", "duration": 20.0, "completed": 1, "total_output_tokens": 5}
    assert one(write(body)).model == "?"
