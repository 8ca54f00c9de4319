"""Tables; the expected rates are worked out by hand."""

import json
import sqlite3

import pytest

from planner.benchmark import read_file
from planner.benchmark.record import Refused
from planner.text import render


def test_tables_of_epochs(write, one, rate):
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


def test_reinforcement_learning(write, one, rate):
    monitor = '#{"t_start": 1.0, "env_id": "X"}\nr,l,t\n1.0,100,2.0\n1.0,300,4.0\n'
    assert rate(one(write(monitor))) == (100.0, "env steps/s", "per environment")
    progress = "time/total_timesteps,time/time_elapsed,time/fps\n512,0,999\n1024,2,400\n2560,4,300\n"
    assert rate(one(write(progress))) == (512.0, "env steps/s", "global")


def test_ray(write, one, rate):
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


def test_optuna(write, one, rate):
    text = "number,value,datetime_start,datetime_complete,duration,state\n" + "".join(
        f"{i},1,2026-01-01,2026-01-02,0 days 00:00:{10 + i}.0,{'COMPLETE' if i < 2 else 'PRUNED'}\n" for i in range(3)
    )
    run = one(write(text))
    assert (
        run.status == "hpo" and rate(run) == (10.5, "s per completed trial", "global") and run.facts["total_s"] == 33.0
    )


def test_a_table_of_ones_own(write, one, rate):
    path = write("card;toks\nH100;120\n")
    with pytest.raises(Refused) as refused:
        read_file(path)
    assert "--column" in render(refused.value)
    run = one(path, columns={"throughput": "toks", "accelerator": "card"}, unit="tokens/s")
    assert rate(run) == (120.0, "tokens/s", "global") and run.accelerator == "H100"


def test_ultralytics_with_broken_settings(write, one, tmp_path):
    yolo = "epoch,time,train/loss,metrics/accuracy_top1\n" + "".join(f"{i},{50 + 20 * i},1,1\n" for i in range(1, 9))
    for broken in (b"\xff\x00", b"a: [" * 5000, b"a: 2024-99-99", b"- 1", b"model: {a: 1}\nbatch: x"):
        (tmp_path / "args.yaml").write_bytes(broken)
        assert one(write(yolo)).throughput.value == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("steps", "time", "tool"),
    [
        ("misc/total_timesteps", "misc/time_elapsed", "Baselines"),
        ("TimestepsSoFar", "TimeElapsed", "Baselines"),
        ("TotalEnvInteracts", "Time", "Spinning Up"),
    ],
)
def test_progress_of_other_tools(write, one, rate, steps, time, tool):
    text = f"{steps}\t{time}\n100\t1\n512\t5\n924\t9\n"
    run = one(write(text))
    assert rate(run) == (103.0, "env steps/s", "global") and run.tool == tool


def test_appended_runs_of_reinforcement_learning(write, one):
    head = "time/total_timesteps,time/time_elapsed\n"
    run = one(write(head + "10,1\n20,2\n" + "".join(f"{100 * i},{i}\n" for i in range(1, 9))))
    assert run.throughput.value == 100.0 and [m.key for m in run.warnings] == ["benchmark.several_runs"]
    monitor = '#{"t_start": 1.0}\nr,l,t\n1.0,100,2.0\n1.0,x,3.0\n1.0,100,4.0\n1.0,100,1.0\n1.0,100,4.0\n'
    assert one(write(monitor)).throughput.value == 50.0  # 400 steps in 4 s and 4 s


def test_rllib(write, one, rate):
    record = {"time_this_iter_s": 2.0, "trial_id": "a", "config": {}}
    text = "".join(
        json.dumps(record | {"training_iteration": i, "timesteps_total": 4000 * i, "time_total_s": 3 + 2.0 * i}) + "\n"
        for i in range(1, 9)
    )
    assert rate(one(write(text))) == (2000.0, "env steps/s", "global")


@pytest.mark.parametrize(
    ("complete", "pruned"),
    [("TrialState.COMPLETE", "TrialState.PRUNED"), ("1", "2"), ("1.0", "2.0"), ("complete", "pruned")],
)
def test_states_of_a_study(write, one, complete, pruned):
    text = "number,value,duration,state\n" + "".join(
        f"{i},1,0 days 00:00:{10 + i}.0,{complete if i < 2 else pruned}\n" for i in range(3)
    )
    run = one(write(text))
    assert run.throughput.value == 10.5 and run.facts["states"] == {"COMPLETE": 2, "PRUNED": 1}


def test_states_of_a_study_as_numbers_in_its_database(tmp_path, one):
    path = tmp_path / "study.db"
    with sqlite3.connect(path) as database:
        for table in (
            "studies (study_id)",
            "trial_params (x)",
            "trials (number, state, datetime_start, datetime_complete)",
        ):
            database.execute(f"create table {table}")
        database.execute("insert into trials values (0, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:30')")
    database.close()
    assert one(path).throughput.value == 30.0


def test_heads_in_capitals_and_decimal_commas(write, one, rate):
    run = one(write("GPU;BATCH_SIZE;THROUGHPUT (TOK/S)\nH100;8;1234,5\n"))
    assert rate(run) == (1234.5, "tokens/s", "global") and (run.accelerator, run.global_batch) == ("H100", 8)


def test_a_bad_row_is_passed_over(write):
    table = "gpu,batch,throughput (samples/s)\nH100,8,120\nH100,16,-3\nH100,32,oops\nH100,64,200\n"
    assert [run.throughput.value for run in read_file(write(table))] == [120.0, 200.0]
    timm = "model,train_samples_per_sec\nvit,0\nresnet50,800\n"
    assert [run.label for run in read_file(write(timm))] == ["resnet50"]


def test_a_long_table_is_read_in_part(write):
    runs = read_file(write("gpu,throughput (samples/s),batch\n" + "H100,120,8\n" * 7000))
    assert len(runs) == 5000 and "benchmark.first_rows" in [m.key for m in runs[0].warnings]


def test_figures_that_cannot_be_are_dropped(write, one):
    run = one(write("gpu,num_gpus,batch,seq_len,throughput (samples/s)\nH100,0,-8,0,120\n"))
    assert (run.n_accelerators, run.global_batch, run.seq_len) == (None, None, None)
    assert [m.key for m in run.warnings].count("benchmark.dropped") == 3


def test_timm_in_json(write, rate):
    records = [
        {"model": "vit", "error": "x"},
        {"model": "resnet50", "train_samples_per_sec": 800, "train_step_time": 320},
    ]
    (run,) = read_file(write(records[1:] + records[:1]))
    assert rate(run) == (800.0, "samples/s", "per_accelerator") and run.step_time.median == 0.32


def test_a_unit_that_the_head_names_is_known(write, one):
    assert one(write("gpu,batch,tokens/s\nH100,8,120\n")).warnings == ()
    assert [m.key for m in one(write("gpu,batch,throughput\nH100,8,120\n")).warnings] == ["benchmark.unit_unknown"]


def keys(run):
    return [message.key for message in run.warnings]


def refusal(path):
    with pytest.raises(Refused) as refused:
        read_file(path)
    return refused.value.key


def test_a_table_whose_rows_do_not_fit_its_header(write, one):
    head = "build_commit,n_prompt,n_gen,avg_ns,avg_ts,stddev_ts\n"
    assert refusal(write(head + "a,0,128,90.5,0.4\n" * 3)) == "benchmark.uneven_rows"
    run = one(write(head + "a,0,128,7,90.5,0.4\n" + "a,0,128,80.5,0.4\n" + "a,0,\n"))  # the last was cut off
    assert run.throughput.value == 90.5 and run.warnings[-1].arguments == {"count": 1}
    assert keys(one(write(head + "a,0,128,7,90.5,0.4,\n"))) == ["benchmark.single_stream"]  # a delimiter at the end
    assert refusal(write("card;toks;x\nH100;120\n" * 2)) != "benchmark.damaged"
    with pytest.raises(Refused) as refused:
        read_file(write("card;toks;x\nH100;120\n"), columns={"throughput": "toks"})
    assert refused.value.key == "benchmark.uneven_rows"


def test_a_pointer_of_git_lfs(write):
    body = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    assert refusal(write(body, "events.out.tfevents.1")) == "benchmark.lfs_pointer"


def test_timm_names_sizes_and_cards(write):
    text = "model,infer_img_size,infer_samples_per_sec,infer_step_time,infer_batch_size\n"
    text += "resnet50,160,800,320,256\nresnet50,224,400,640,256\nvit,224,100,640,64\n"
    first, second, _ = read_file(write(text, "benchmark-infer-bf16-nchw-pt291-cu130-5090.csv"))
    assert (first.label, first.throughput.value, second.label) == ("resnet50 224", 400.0, "resnet50 160")
    assert (first.accelerator, first.precision, first.n_accelerators) == ("rtx5090", "bf16", 1)
    first, *_ = read_file(write(text, "benchmark-infer-fp32-nchw-pt240-cpu-i9.csv"))
    assert (first.accelerator, first.precision, first.n_accelerators) == ("CPU", "fp32", None)
    first, *_ = read_file(write(text, "benchmark-infer-bf16-pt291-pro6000maxq-dynamo.csv"))
    assert first.accelerator == "rtxpro6000maxq"


def test_frames_of_an_emulator(write, one):
    rows = "r,l,t\n1.0,100,2.0\n1.0,300,4.0\n"
    assert "benchmark.frames" in keys(one(write('#{"t_start": 1.0, "env_id": "PongNoFrameskip-v4"}\n' + rows)))
    assert "benchmark.frames" not in keys(one(write('#{"t_start": 1.0, "env_id": "Hopper-v3"}\n' + rows)))


def test_sql_of_llama_bench(write):
    text = "CREATE TABLE IF NOT EXISTS test (\n  build_commit TEXT,\n  avg_ts REAL\n);\n\n"
    text += "INSERT INTO test VALUES ('a', '9');\n"
    assert refusal(write(text)) == "benchmark.llama_sql"


def test_lightning_with_losses_of_other_names(write, one):
    run = one(write("epoch,mean_loss,port_loss,step\n0,0.4,0.9,0\n1,0.3,0.8,1\n"))
    assert run.format == "lightning_csv" and run.status == "no_throughput"
    assert refusal(write("epoch,mean_loss,step,tokens_per_sec\n0,0.4,0,900\n")) == "benchmark.unknown_table"
