"""What trainers and trackers write to files; the expected rates are worked out by hand."""

import json
import sqlite3
import struct

import pytest

from planner.benchmark import read_file
from planner.benchmark.readers.tensorboard import masked_crc
from planner.benchmark.record import Refused
from planner.text import render

TRAINER = {
    "global_step": 100, "train_batch_size": 4, "num_input_tokens_seen": 409_600,
    "log_history": [
        {"step": 50, "loss": 1.0}, {"step": 50, "eval_runtime": 20.0},
        {"step": 100, "train_runtime": 120.0, "train_samples_per_second": 10.0, "train_steps_per_second": 0.833},
        {"step": 100, "eval_runtime": 20.0},
    ],
}  # fmt: skip


def test_trainer_state_takes_evaluations_out(write, one, rate):
    run = one(write(TRAINER))
    # 1,200 samples in 120 s of which 20 s were an evaluation; the one after the end is not inside
    assert rate(run) == (12.0, "samples/s", "global") and run.step_time.median == pytest.approx(1.0)
    assert run.tokens_per_s == pytest.approx(4096) and run.discarded == {"eval_s": 20.0}
    assert run.asks == ("accelerator", "n_accelerators")


def test_trainer_state_of_a_checkpoint_has_no_time(write, one):
    run = one(write({"global_step": 10, "log_history": [{"step": 10, "loss": 1.0}]}))
    assert run.status == "no_throughput" and "step time" in render(run.warnings[0])


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


def test_tensorboard_median_drops_pauses(write, one, rate):
    times = [0.0, 60.0] + [60.0 + 5 * i + (300 if i > 30 else 0) for i in range(1, 60)]
    body = b"".join(frame(event(10 * i, 1e9 + t)) for i, t in enumerate(times))
    run = one(write(body, "anything.bin"))
    assert rate(run) == (2.0, "steps/s", "global") and run.discarded["pauses"] == 1  # 5 s for 10 steps
    assert read_file(write(body[:-9], "cut.bin"))[0].throughput.value == pytest.approx(2.0)


def test_lightning(write, one, rate):
    rows = "".join(f"0,{i},{30 if i == 0 else 40}\n0,{i},\n" for i in range(12))
    run = one(write("epoch,step,train/device/samples_per_sec\n" + rows))
    assert rate(run) == (40.0, "samples/s", "per_accelerator")
    assert one(write("epoch,step,train_loss,val_loss\n0,1,2.0,\n")).status == "no_throughput"


def test_wandb(write, one, rate):
    run = one(write({"_step": 72, "_runtime": 1000, "trainer/global_step": 500, "loss": 1}))
    assert rate(run) == (0.5, "steps/s", "global") and run.status == "ok_coarse"
    rows = "".join(f"{i},{i * 10},{i * 4.0},0.1\n" for i in range(30))
    history = one(write("_step,global_step,_runtime,loss\n" + rows))
    assert rate(history) == (2.5, "steps/s", "global")


def test_mlflow_files(write, one, rate):
    lines = "".join(f"{1_700_000_000_000 + 500 * i} {0.9} {i}\n" for i in range(20))
    assert rate(one(write(lines, "loss"))) == (2.0, "steps/s", "global")
    named = "".join(f"{1_700_000_000_000 + 500 * i} {100 if i == 0 else 900.0} {i}\n" for i in range(20))
    run = one(write(named, "tokens_per_sec"))
    assert rate(run) == (900.0, "tokens/s", "unknown") and "scope" in run.asks


def test_mlflow_database(tmp_path, one, rate):
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


def test_profiler_and_calls(write, one, rate):
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


def test_an_evaluation_of_negative_length_is_no_time(write, one):
    state = json.loads(json.dumps(TRAINER))
    state["log_history"][1] = {"step": 50, "eval_runtime": -20.0}
    assert one(write(state)).throughput.value == 10.0  # as the Trainer says
    state["log_history"][1] = {"step": 50, "eval_a_runtime": 12.0, "eval_b_runtime": 8.0}
    assert one(write(state)).throughput.value == 12.0  # 1,200 samples in 120 s less 20 s


def test_trl_counts_tokens_in_the_history(write, one):
    state = json.loads(json.dumps(TRAINER)) | {"num_input_tokens_seen": 0}
    state["log_history"][0]["num_tokens"] = 204_800
    state["log_history"][2]["num_tokens"] = 409_600
    assert one(write(state)).tokens_per_s == pytest.approx(4096)  # in 100 s


def test_lightning_counts_devices(write, one):
    rows = "".join(f"0,{i},40,320\n0,{i},,\n" for i in range(12))
    assert one(write("epoch,step,train/device/samples_per_sec,train/samples_per_sec\n" + rows)).n_accelerators == 8


def test_a_rate_of_next_to_nothing_counts_no_devices(write, one):
    rows = "".join(f"0,{i},1e-320,320\n" for i in range(12))
    with pytest.raises(Refused) as refused:
        one(write("epoch,step,train/device/samples_per_sec,train/samples_per_sec\n" + rows))
    assert refused.value.key != "benchmark.damaged"


def test_lightning_and_keras_are_told_apart(write, one):
    keras = "epoch,step,loss,val_loss,epoch_time\n" + "".join(f"{i},{i},1,1,4.0\n" for i in range(8))
    assert one(write(keras)).format == "keras_csvlogger"
    sparse = "epoch,step,loss,val_loss\n0,1,2.0,\n0,1,,1.0\n"
    assert one(write(sparse)).format == "lightning_csv"
    own = "epoch,step,train/device/samples_per_sec,gpu,batch_size\n" + "".join(f"0,{i},40,0,8\n" for i in range(9))
    assert one(write(own)).format == "lightning_csv"


def test_wandb_charts(write, rate):
    text = '"Step","a-1 - train/tokens_per_sec","a-1 - train/tokens_per_sec__MIN","b-2 - train/tokens_per_sec"\n'
    text += "".join(f'"{i}","{900 if i else 10}","900","{700 if i else 10}"\n' for i in range(20))
    first, second = read_file(write(text))
    assert rate(first) == (900.0, "tokens/s", "unknown") and rate(second)[0] == 700.0 and second.label.startswith("b-2")
    text = '"Relative Time (Process)","a-1 - train/global_step"\n' + "".join(f"{4 * i},{10 * i}\n" for i in range(20))
    (run,) = read_file(write(text))
    assert rate(run) == (2.5, "steps/s", "global")
    (run,) = read_file(write('"Step","a-1 - train/loss"\n0,1\n1,2\n'))
    assert run.status == "no_throughput"


def test_mlflow_values_that_are_none(write, one):
    lines = "".join(f"{1_700_000_000_000 + 500 * i} {'nan' if i == 5 else 0.9} {i} m-1\n" for i in range(20))
    run = one(write(lines + "1700000000000 1.2.3 4\nrubbish\n", "loss"))
    assert run.throughput.value == pytest.approx(2.0)


def test_a_view_is_no_table(tmp_path):
    path = tmp_path / "trap.db"
    with sqlite3.connect(path) as database:
        database.execute("create table runs (run_uuid text)")
        endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select x as run_uuid from n"
        database.execute(f"create view metrics as {endless}")
    database.close()
    with pytest.raises(Refused):
        read_file(path)


def test_a_database_has_a_deadline(tmp_path, monkeypatch):
    from planner.benchmark import database as module

    path = tmp_path / "slow.db"
    with sqlite3.connect(path) as database:
        database.execute("create table runs (run_uuid text)")
        database.execute("create table metrics (run_uuid, key, timestamp, value, step, is_nan)")
        rows = [("r", f"k{i % 7}", i, 1.0, i, 0) for i in range(60_000)]
        database.executemany("insert into metrics values (?,?,?,?,?,?)", rows)
    database.close()
    assert read_file(path)
    monkeypatch.setattr(module, "DEADLINE_S", 0.0)
    with pytest.raises(Refused) as refused:
        read_file(path)
    assert refused.value.key == "benchmark.database"


def test_large_events_are_passed_over(write, one):
    picture = b"\x2a\x84\x80\x80\x01" + b"\x00" * 2_097_156
    body = b"".join(frame(event(10 * i, 1e9 + 5.0 * i)) for i in range(30))
    run = one(write(frame(picture) + body))
    assert run.throughput.value == pytest.approx(2.0)


def test_calls_that_failed_are_passed_over(write):
    good = {
        "name": "a",
        "stats": {"median": 0.02, "mean": 0.02, "stddev": 0.0, "rounds": 3},
        "extra_info": {"batch": 4},
    }
    runs = read_file(write({"benchmarks": [good, {"name": "b", "stats": {"median": None}}, None]}))
    assert len(runs) == 1 and runs[0].throughput.value == pytest.approx(200.0)


def test_a_summary_of_wandb_with_the_trainers_own(write, one, rate):
    found = {"_step": 72, "_runtime": 1000, "train/global_step": 500, "train_runtime": 900.0}
    run = one(write(found | {"train_samples_per_second": 12.5}))
    assert rate(run) == (12.5, "samples/s", "global") and run.gross_s == 900.0
