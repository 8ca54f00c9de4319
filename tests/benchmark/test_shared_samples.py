"""Files that others' tools left behind, read as their index says. They stand beside the project, not in it."""

import csv

import pytest

from planner.benchmark import read_file
from planner.benchmark.record import Refused


@pytest.fixture(scope="module")
def samples(request):
    folder = request.getfixturevalue("shared_dir") / "data" / "benchmark_samples"
    if not (folder / "index.csv").is_file():
        pytest.skip("no samples of runs beside the project")
    return folder, list(csv.DictReader((folder / "index.csv").read_text("utf-8").splitlines()))


def test_every_sample_is_read_as_its_index_says(samples):
    folder, rows = samples
    wrong = []
    for row in rows:
        try:
            runs = read_file(folder / row["file"])
        except Refused:
            if row["expected_status"] != "reject":
                wrong.append((row["file"], "refused"))
            continue
        if runs[0].status != row["expected_status"]:
            wrong.append((row["file"], runs[0].status, row["expected_status"]))
            continue
        if not row["steady_value"]:
            continue
        value = float(row["steady_value"])
        # a file with several configurations offers them all; the index means one
        fitting = [
            run
            for run in (runs if len(runs) > 1 else runs[:1])
            if run.throughput and run.throughput.value == pytest.approx(value, rel=0.02)
            and (run.throughput.unit, run.throughput.scope) == (row["unit"], row["scope"])
        ]  # fmt: skip
        if not fitting:
            wrong.append((row["file"], runs[0].throughput, value, row["unit"], row["scope"]))
        elif row["step_time_s"]:
            step = fitting[0].step_time
            if step is None or step.median != pytest.approx(float(row["step_time_s"]), rel=0.02):
                wrong.append((row["file"], step, row["step_time_s"]))
    assert not wrong and len(rows) >= 61


def test_what_stands_in_the_files_is_told(samples):
    folder, rows = samples
    wrong = []
    for row in rows:
        count = row["n_accelerators"]
        if row["format"] in ("megatron_stdout", "mlperf_training_mllog") and count.isdigit():
            (run,) = read_file(folder / row["file"])
            if run.n_accelerators != int(count) or (
                row["global_batch"] and run.global_batch != float(row["global_batch"])
            ):
                wrong.append((row["file"], run.n_accelerators, run.global_batch))
    assert not wrong
