"""What is not a measured run is refused in words, whatever its name and encoding."""

import contextlib
import gzip
import json
import sqlite3
import time
import tracemalloc

import pytest

from planner.benchmark import read_file
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


@pytest.mark.parametrize(
    "encode", [gzip.compress, lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.decode().encode("utf-16")]
)
def test_the_name_and_the_encoding_do_not_matter(write, encode, one, rate):
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


HOSTILE = {
    "digits and spaces": "1" * 50_000 + " " * 50_000,
    "percent": "1 %, " * 20_000,
    "numbers": "1.1 ± " * 16_000,
    "spaces": " " * 100_000 + ":",
    "card": "|   0  NVIDIA " + "H " * 50_000,
    "iteration": "iteration 1/ 2 | " * 6_000,
    "elapsed": " iteration 1/ 9 | elapsed time per iteration (ms): " + "1" * 100_000,
    "step": "step 1 dt: " * 9_000 + "tok/s",
    "tokens": "step 1 dt: 1ms " + "tok/s: , " * 10_000,
    "trainer": "{'loss': " + "'learning_rate': " * 6_000,
    "runtime": "train_samples_per_second" + " " * 100_000,
    "rate": "DLL 2026-01-12 22:05:01.1 - " + "throughput : " * 8_000,
    "prefix": "0: " * 33_000,
    "brackets": "[rank0]: [" * 10_000,
    "rates by name": "tokens" * 16_000,
    "times": "00:00:" * 16_000,
    "device": "Device 1: " + "(" * 100_000,
    "nan": "1700000000000 nan " + "9" * 100_000,
    "query": "utilization.gpu [%]," * 5_000,
    "one line": "train_time:" * 9_000,
    "titan": "step: 1 loss: tps: " * 5_000,
    "dashes": "JobID State\n" + "- " * 50_000,
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize(
    "before", ["", "MLPerf Results Summary\n", "| model | test | t/s |\n", "iter 1: loss 4, time 5ms\n"]
)
def test_a_hostile_line_takes_no_time(write, line, before):
    begun = time.process_time()
    with contextlib.suppress(Refused):
        read_file(write(before + (line + "\n") * 3))
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize("kind", ["nano", "own", "wandb"])
def test_a_long_log_is_read_in_little_memory(tmp_path, kind):
    """Five megabytes more of a log are not five megabytes more of memory, many times over."""
    head = {"nano": "", "own": "", "wandb": "_step,global_step,_runtime,loss\n"}[kind]
    line = {
        "nano": lambda i: f"iter {i}: loss 4.2, time 250.00ms, mfu 30.00%\n",
        "own": lambda i: json.dumps({"step": i, "t": 2.0 * i, "tokens": 1000 * i}) + "\n",
        "wandb": lambda i: f"{i},{10 * i},{4.0 * i},0.1\n",
    }[kind]
    path = tmp_path / "long.log"
    path.write_text(head + "".join(line(i) for i in range(100_000)))
    read_file(path)
    tracemalloc.start()
    try:
        read_file(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


def test_a_refusal_of_a_folder_names_it(tmp_path):
    with pytest.raises(Refused) as refused:
        read_file(tmp_path)
    assert refused.value.key == "benchmark.folder"


def test_a_document_of_a_run_is_strict_json(write):
    from planner.report.benchmark_json import run_document

    table = "gpu,throughput (samples/s),power\nH100,120,nan\n"
    llama = {"build_commit": "a", "avg_ts": 90.0, "stddev_ts": float("inf"), "n_gen": 1, "samples_ts": [1]}
    vllm = {"backend": "vllm", "duration": 2.0, "completed": 1, "total_output_tokens": 5, "output_throughput": 1e999}
    for body in (table, [llama], vllm | {"median_ttft_ms": float("nan"), "request_rate": float("-inf")}):
        json.dumps(run_document(read_file(write(body)), "en"), allow_nan=False)


def test_a_packed_database_is_told_from_an_unknown_file(tmp_path):
    database = tmp_path / "runs.db"
    with contextlib.closing(sqlite3.connect(database)) as opened:
        opened.execute("create table metrics (key text)")
        opened.commit()
    packed = tmp_path / "runs.db.gz"
    packed.write_bytes(gzip.compress(database.read_bytes()))
    with pytest.raises(Refused) as caught:
        read_file(packed)
    assert caught.value.key == "benchmark.packed"


def test_a_damaged_package_is_cut_off_not_a_fault(tmp_path):
    packed = bytearray(gzip.compress(b"iter 1: loss 3.0, time 10.00ms\n" * 5000))
    packed[12:20] = b"\xff" * 8
    path = tmp_path / "log.gz"
    path.write_bytes(packed)
    with pytest.raises(Refused) as caught:
        read_file(path)
    assert caught.value.key == "benchmark.cut_off"


def test_names_in_a_refusal_are_short_and_can_be_seen(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"{'a' * 500},b\x07c\n1,2\n")
    with pytest.raises(Refused) as caught:
        read_file(path)
    assert caught.value.arguments["columns"] == "a" * 40 + ", bc"


def test_settings_beside_a_table_are_read_as_plain_lines(tmp_path):
    rows = "".join(f"{i},{10.0 * i},1,0.5\n" for i in range(1, 20))
    (tmp_path / "results.csv").write_text("epoch,time,train/box_loss,metrics/mAP50(B)\n" + rows)
    bomb = "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 12)
    )
    (tmp_path / "args.yaml").write_text(bomb + "model: yolov8n.pt\nbatch: 16\n")
    run = read_file(tmp_path / "results.csv")[0]
    assert run.model == "yolov8n.pt" and run.facts["settings"]["batch"] == 16


def test_blanks_that_were_packed_small_are_not_gone_through(tmp_path):
    path = tmp_path / "smi.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"timestamp, utilization.gpu [%], power.draw [W]\n")
        for _ in range(60):
            file.write(b"\n" * 1_000_000)
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        read_file(path)
    assert caught.value.key == "benchmark.too_large" and time.monotonic() - began < 20


def test_the_usual_batch_stands_against_a_line_that_was_cut_off(tmp_path):
    line = " iteration {i}/ 100 | elapsed time per iteration (ms): 500.0 | global batch size: 1024 |\n"
    text = "  seq_length ...... 2048\n" + "".join(line.format(i=i) for i in range(1, 20))
    path = tmp_path / "log"
    path.write_text(text + " iteration 20/ 100 | elapsed time per iteration (ms): 500.0 | global batch size: 1")
    assert read_file(path)[0].throughput.value == pytest.approx(1024 * 2048 / 0.5)


def test_a_stray_quote_in_a_listing_swallows_no_jobs(tmp_path):
    quote = chr(34)
    rows = "".join(f"{i}|{quote if i == 3 else ''}train|COMPLETED|3600|gres/gpu=4\n" for i in range(1, 11))
    path = tmp_path / "sacct"
    path.write_text("JobID|JobName|State|ElapsedRaw|AllocTRES\n" + rows)
    assert read_file(path)[0].billed_hours == 40


def test_a_rate_of_two_intervals_says_so(tmp_path):
    path = tmp_path / "run"
    path.write_text("".join(json.dumps({"step": i, "t": 2.0 * i, "tokens": 10 * i}) + "\n" for i in range(3)))
    assert "benchmark.few_points" in [one.key for one in read_file(path)[0].warnings]
