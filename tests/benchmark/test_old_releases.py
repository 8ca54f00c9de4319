"""Files of older releases and of rarer tools; the expected rates are worked out by hand."""

import json
import struct

import pytest

from planner.benchmark import read_file
from planner.benchmark.readers.tensorboard import masked_crc
from planner.benchmark.record import Refused


def keys(run):
    return [message.key for message in run.warnings]


def refusal(path):
    with pytest.raises(Refused) as refused:
        read_file(path)
    return refused.value.key


# A Trainer up to release 4.6: 200 steps of 30 samples in 50 s, twice through 3,000 samples.
OLD = {"train_runtime": 50.0, "train_samples_per_second": 4.0, "epoch": 2.0}


def test_an_old_trainer_wrote_steps_for_samples(write, one, rate):
    run = one(write(OLD))
    assert rate(run) == (4.0, "steps/s", "global") and "benchmark.old_trainer" in keys(run)
    run = one(write(OLD | {"train_samples": 3000}))
    assert rate(run) == (120.0, "samples/s", "global") and run.step_time.median == 0.25  # 3000 × 2 / 50
    state = {"global_step": 200, "max_steps": 200, "log_history": [{"step": 100, "eval_runtime": 10.0}, OLD]}
    run = one(write(state))
    assert rate(run) == (5.0, "steps/s", "global") and "benchmark.old_trainer" in keys(run)  # 200 in 50 s less 10 s


def test_samples_that_are_samples_stay_so(write, one, rate):
    new = OLD | {"train_samples_per_second": 120.0}
    assert rate(one(write(new | {"train_steps_per_second": 4.0}))) == (120.0, "samples/s", "global")
    run = one(write(new | {"train_samples": 3000}))  # 120 × 50 = 3000 × 2
    assert rate(run) == (120.0, "samples/s", "global") and "benchmark.old_trainer" not in keys(run)
    run = one(write({"global_step": 200, "log_history": [new]}))  # 120 × 50 are not 200 steps
    assert rate(run) == (120.0, "samples/s", "global") and "benchmark.old_trainer" not in keys(run)


def test_an_old_trainer_on_standard_output(write, one, rate):
    text = "***** Running training *****\n" + str(OLD) + "\n"
    assert rate(one(write(text))) == (4.0, "steps/s", "global")
    table = "***** train metrics *****\n  epoch                    =   2.0\n  train_runtime            =  50.0\n"
    table += "  train_samples            =  3000\n  train_samples_per_second =   4.0\n"
    assert rate(one(write(text + table))) == (120.0, "samples/s", "global")
    assert rate(one(write(table))) == (120.0, "samples/s", "global")


def test_a_run_that_was_resumed_is_told_so(write):
    done = {"train_runtime": 0.002, "train_samples_per_second": 4e6, "train_steps_per_second": 5e5, "epoch": 1.0}
    assert refusal(write(done)) == "benchmark.resumed_at_end"
    assert refusal(write({"global_step": 1000, "log_history": [done]})) == "benchmark.resumed_at_end"
    assert refusal(write("***** Running training *****\n" + str(done) + "\n")) == "benchmark.resumed_at_end"
    later = done | {"train_runtime": 100.0, "train_steps_per_second": 10.0}
    state = {"global_step": 1000, "log_history": [{"step": 500, "eval_runtime": 300.0}, later]}
    assert refusal(write(state)) == "benchmark.resumed"


def test_tokens_of_a_whole_run(write, one):
    found = {"train_runtime": 100.0, "train_samples_per_second": 5.0, "train_steps_per_second": 0.1}
    assert one(write(found | {"num_input_tokens_seen": 500_000})).tokens_per_s == 5000.0


def mllog(*events):
    lines = []
    for time, key, value, *metadata in events:
        found = {"namespace": "", "time_ms": 1000 * time, "key": key, "value": value, "metadata": dict(*metadata)}
        lines.append(":::MLLOG " + json.dumps(found) + "\n")  # some submitters write no event_type
    return "".join(lines)


def submission(name, *events, batch=100, **more):
    told = [(0, "submission_benchmark", name), (0, "global_batch_size", batch), *((0, k, v) for k, v in more.items())]
    return mllog(*told, (10, "run_start", None), *events, (1010, "run_stop", None))


def test_mlperf_tracked_rates(write, one, rate):
    events = [(20 + i, "tracked_stats", {"throughput": 2000.0 if i else 900.0, "loss": 1}) for i in range(9)]
    run = one(write(submission("ssd", *events, train_samples=117_266)))
    assert rate(run) == (2000.0, "samples/s", "global") and run.step_time.median == 0.05
    assert "benchmark.mlperf_tracked" in keys(run)
    images = [(20 + i, "tracked_stats", {"imgs_sec": 1500.0}) for i in range(9)]
    assert one(write(submission("resnet", *images))).throughput.value == 1500.0
    games = mllog((0, "run_start", None), *events, (99, "run_stop", None))  # minigo names no batch
    run = one(write(games))
    assert run.status == "no_throughput" and "benchmark.mlperf_no_samples" in keys(run)


def test_mlperf_step_times(write, one, rate):
    events = [(20 + i, "tracked_stats", {"train_step_timing": 2.0 if i else 3.0}) for i in range(9)]
    events += [(90, "tracked_stats", {"throughput": 102_400.0})]  # tokens a second
    run = one(write(submission("gpt3", *events, train_samples=1_308_622_848, max_sequence_length=2048, batch=4096)))
    assert rate(run) == (2048.0, "samples/s", "global") and run.global_batch == 4096  # 4096 in 2 s


def test_mlperf_epochs(write, one, rate):
    epochs = [(20 + i, "epoch_stop", None, {"epoch_num": i + 1}) for i in range(4)]
    eval_ = [(500, "eval_start", None, {"epoch_num": 4}), (700, "eval_stop", None, {"epoch_num": 4})]
    run = one(write(submission("resnet", *epochs, *eval_, train_samples=200_000)))
    assert rate(run) == (1000.0, "samples/s", "global") and run.status == "ok_coarse"  # 4 × 200,000 in 1,000 s less 200
    assert run.net_s == 800.0 and "benchmark.from_epochs" in keys(run)
    run = one(write(submission("ssd", *epochs, *eval_, train_samples=200_000)))
    assert rate(run)[0] == 800.0  # evaluated beside the training
    blocks = [(20 + i, "block_start", None, {"first_epoch_num": 4 * i, "epoch_count": 4}) for i in range(2)]
    run = one(write(submission("resnet", *blocks, train_samples=200_000)))
    assert rate(run)[0] == 1600.0 and "benchmark.pauses_inside" in keys(run)  # 8 epochs in 1,000 s


@pytest.mark.parametrize(
    ("name", "more"),
    [("gpt3", {"train_samples": 1_207_959_552, "max_sequence_length": 2048}), ("retinanet", {"train_samples": 4572})],
    ids=["tokens", "batches"],
)
def test_mlperf_train_samples_that_are_none(write, one, name, more):
    run = one(write(submission(name, (20, "epoch_stop", None, {"epoch_num": 1}), **more)))
    assert run.status == "no_throughput" and "benchmark.mlperf_no_samples" in keys(run)


SUMMARY = "MLPerf Results Summary\nScenario : {}\nMode     : Performance\n{}\nResult is : VALID\n"


def test_loadgen_before_its_first_release(write, one, rate):
    assert rate(one(write(SUMMARY.format("Offline", "Samples per second: 1600.5")))) == (1600.5, "samples/s", "global")
    run = one(write(SUMMARY.format("Server", "Scheduled samples per second : 1400.0")))
    assert rate(run)[0] == 1400.0 and "benchmark.scheduled" in keys(run)
    run = one(
        write(SUMMARY.format("Server", "Scheduled samples per second : 1400.0\nCompleted samples per second : 9"))
    )
    assert rate(run)[0] == 9.0 and "benchmark.scheduled" not in keys(run)
    run = one(write(SUMMARY.format("Single Stream", "90th percentile latency (ns) : 50000000")))
    assert rate(run) == (20.0, "samples/s", "single stream") and run.status == "ok_coarse"  # 1 / 0.05 s
    run = one(write(SUMMARY.format("Multi Stream", "Samples per query : 8")))
    assert run.status == "no_throughput" and "benchmark.latency_only" in keys(run)
    assert refusal(write(SUMMARY.format("Offline", "").replace("Performance\n", "Accuracy\n"))) == (
        "benchmark.accuracy_run"
    )


def test_dllogger_of_other_models(write, one, rate):
    line = "DLL 2023-03-17 19:20:58.1 - "
    run = one(
        write(line + "() avg_img/sec : 551.3 images/s med_img/sec : 548.5 images/s min_img/sec : 540.5 images/s\n")
    )
    assert rate(run) == (548.5, "images/s", "global") and run.status == "ok_coarse"
    run = one(write(line + "(0,) train_throughput : 2.5e+07 samples/s eval_throughput : 6.9e+07 samples/s\n"))
    assert rate(run)[0] == 2.5e7
    taco = "".join(
        f"{line}(0, {i}) train_loss : 46.2 \n{line}(0, {i}) train_items_per_sec : {600.0 if i else 20.0} items/s\n"
        for i in range(9)
    )
    run = one(write(taco))
    assert rate(run) == (600.0, "items/s", "global") and "benchmark.unit_unknown" in keys(run)
    bert = 'DLLL {"type": "LOG", "step": [0, 1], "data": {"step_loss": 5.0}}\n'
    bert += 'DLLL {"type": "LOG", "step": [], "data": {"training_sequences_per_second": 558.5}}\n'
    run = one(write(bert))
    assert rate(run) == (558.5, "samples/s", "global") and run.status == "ok_coarse"


def events_of(*tags, every):
    def framed(data):
        head = struct.pack("<Q", len(data))
        return head + struct.pack("<I", masked_crc(head)) + data + b"\x00" * 4

    def event(step, tag):
        value = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", 1.0)
        summary = b"\x0a" + bytes([len(value)]) + value
        clock = b"\x09" + struct.pack("<d", 1e9 + 4.0 * step) + b"\x10" + bytes([step])
        return framed(clock + b"\x2a" + bytes([len(summary)]) + summary)

    return b"".join(event(every * i, tag) for i in range(12) for tag in tags)


def test_tensorboard_steps_that_are_epochs(write, one, rate):
    run = one(write(events_of(b"train/box_loss", b"metrics/recall(B)", every=1)))
    assert rate(run) == (0.25, "epochs/s", "global") and run.status == "ok_coarse"
    assert rate(one(write(events_of(b"epoch_loss", every=1))))[1] == "epochs/s"
    run = one(write(events_of(b"loss", every=1)))
    assert rate(run) == (0.25, "steps/s", "global") and keys(run) == ["benchmark.step_may_be_epoch"]
    assert keys(one(write(events_of(b"loss", every=10)))) == []


def test_a_trace_names_its_world(write, one, rate):
    steps = [{"ph": "X", "name": f"ProfilerStep#{i}", "ts": i, "dur": 20_000} for i in range(4)]
    trace = {
        "deviceProperties": [{"id": i, "name": "NVIDIA H100", "totalGlobalMem": 8} for i in range(2)],
        "distributedInfo": {"backend": "nccl", "rank": 0, "world_size": 16}, "traceEvents": steps,
    }  # fmt: skip
    run = one(write(trace))
    assert rate(run) == (50.0, "steps/s", "per_accelerator") and run.facts["n_obs"] == 4
    assert (run.n_accelerators, run.accelerator) == (16, "NVIDIA H100")


def test_megatron_of_other_houses(write, one, rate):
    def lines(form):
        return "".join(form(i) for i in range(1, 12))

    primus = lines(
        lambda i: (
            f"[20251202 06:56:28][rank-7/8][INFO ] iteration {i}/ 500 | elapsed time per iteration (ms): 8000.0/9240.9"
            " | tokens per GPU (tokens/s/GPU): 10005.5/9903.7 | global batch size: 128 |\n"
        )
    )
    run = one(write(primus))
    assert rate(run) == (10_005.5, "tokens/s", "per_accelerator") and run.step_time.median == 8.0
    assert (run.n_accelerators, run.global_batch) == (8, 128)
    speed = lines(
        lambda i: (
            f" iteration {i}/ 500 | elapsed time per iteration (ms): 4000.0 | gloabl batch size:  512 |"
            " actual seqlen:  2048 | samples per second: 128.000 |\n"
        )
    )
    assert rate(one(write(speed))) == (262_144.0, "tokens/s", "global")  # 512 × 2048 / 4 s


def test_old_megatron_with_deepspeed(write, one, rate):
    head = "using world size: 64 and model-parallel size: 4 \n  seq_length ...................... 1024\n"
    config = "[2021-05-25 22:30:04,195] [INFO] [config.py:752:print]   "
    head += config + "train_batch_size ............. 768\n" + config + "world_size ................... 16\n"
    step = " iteration        {}/    1000 | elapsed time per iteration (ms): {} | learning rate: 1.9E-05 |\n"
    run = one(write(head + step.format(1, 90000.0) + step.format(2, 64000.0)))
    assert rate(run) == (12_288.0, "tokens/s", "global")  # 768 × 1024 / 64 s
    assert (run.n_accelerators, run.global_batch, run.parallelism) == (64, 768, "tp=4")
    assert run.status == "ok_coarse" and "benchmark.few_points" in keys(run)


def test_llama_factory(write, one, rate):
    def record(i):  # 5 steps of 8 s each, of 1,000 tokens a step
        minutes, seconds = divmod(40 * i, 60)
        time = f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        return {"current_steps": 5 * i, "total_steps": 500, "loss": 1.7, "elapsed_time": time, "total_tokens": 5000 * i}

    run = one(write("".join(json.dumps(record(i)) + "\n" for i in range(1, 30))))
    assert rate(run) == (0.125, "steps/s", "global") and run.tokens_per_s == 125.0
    quick = "".join(  # a step every quarter of a second, by a clock of whole seconds
        json.dumps({"current_steps": i, "total_steps": 900, "elapsed_time": f"0:{i // 240:02d}:{i // 4 % 60:02d}"})
        + "\n"
        for i in range(1, 900)
    )
    assert one(write(quick)).throughput.value == pytest.approx(4.0, rel=0.01)


def test_the_unlimited_of_appended_results_is_first(write):
    run = {"backend": "vllm", "duration": 20.0, "completed": 10, "total_output_tokens": 400}
    lines = [
        run | {"request_rate": 1.0},
        run | {"request_rate": 4.0},
        run | {"request_rate": "inf", "max_concurrency": 8},
    ]
    found = read_file(write("\n".join(map(json.dumps, lines))))
    assert [one.label for one in found] == ["run 3 rate inf concurrency 8", "run 2 rate 4.0", "run 1 rate 1.0"]
