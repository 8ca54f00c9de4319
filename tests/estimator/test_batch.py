"""Tables in, tables out: every row answered or refused with its reason, never by itself."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.estimator.batch import COLUMNS, estimate_batch, read_table, write_table
from planner.estimator.evidence import evidence_of
from planner.reference import Reference
from planner.text import render

EVIDENCE = evidence_of(Reference())
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
NEVER_READ = {
    "training": ("achieved_tflops_per_accel", "mfu", "throughput", "wall_clock_hours", "accelerator_hours",
                 "reported_cost_usd", "training_flops_reported", "hours_basis", "notes", "flag"),
    "throughput": ("throughput_per_accel", "achieved_tflops_per_accel", "mfu", "mfu_basis", "n_measurements",
                   "throughput_min", "throughput_max", "notes", "flag"),
    "serving": ("output_tokens_per_s", "total_tokens_per_s", "prefill_tokens_per_s", "requests_per_s", "ttft_ms",
                "tpot_ms", "latency_ms", "avg_power_w", "throughput_basis", "notes", "flag"),
}  # fmt: skip
TABLES = {
    "training": "training/runs.csv",
    "throughput": "training/throughput.csv",
    "serving": "inference/throughput.csv",
}

RUN = {"run_id": "own", "model": "Own 7B", "model_family": "Own", "architecture": "transformer_dense",
       "task": "pretrain", "params_total": "7e9", "tokens_or_samples": "1e12", "unit": "token", "precision": "bf16",
       "accelerator": "NVIDIA H100 SXM", "n_accelerators": "512", "date": "2025"}  # fmt: skip
SERVED = {"row_id": "s", "model": "Llama-3.1-70B", "model_class": "llm", "accelerator": "H100-SXM-80GB",
          "accelerator_mem_gb": "80", "n_accelerators": "4", "tp": "4", "weight_precision": "fp8", "engine": "vllm",
          "input_len": "1000", "output_len": "200", "scenario": "closed_loop", "concurrency_or_batch": "64",
          "source": "ai-dynamo/aiconfigurator@x", "request_unit": "request",
          "workload": "synthetic fixed-length"}  # fmt: skip


def one(kind, record, **flags):
    return estimate_batch(kind, [record], EVIDENCE, **flags)[0]


def test_a_run_in_accelerator_hours():
    found = one("training", RUN)
    assert (found.unit, found.evidence, found.id) == ("accelerator-hours", "modelled", "own")
    # at 25 to 50 % of the peak: 4.54e22 FLOP / (989e12 × 3600 × share)
    assert 4.5e22 / (989e12 * 3600 * 0.55) < found.p50 < 4.8e22 / (989e12 * 3600 * 0.2)
    assert found.p10 < found.p50 < found.p90


def test_twice_the_data_is_twice_the_hours():
    more = one("training", {**RUN, "tokens_or_samples": "2e12"})
    assert more.p50 == pytest.approx(2 * one("training", RUN).p50)


def test_a_refused_row_does_not_stop_the_others():
    bad = {**RUN, "run_id": "bad", "params_total": "7 milliards"}
    found = estimate_batch("training", [RUN, bad, {**RUN, "run_id": "last"}], EVIDENCE)
    assert [row.id for row in found] == ["own", "bad", "last"]
    assert [row.ok for row in found] == [True, False, True]
    text = write_table(found, lambda reason: render(reason, "fr"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == list(COLUMNS)
    assert rows[1]["status"] == "refused" and "n'est pas un nombre" in rows[1]["reason"]
    assert rows[1]["p50"] == ""


def test_serving_of_a_whole_deployment():
    single = one("serving", SERVED)
    assert (single.unit, single.evidence) == ("output tokens/s", "published")
    twice = one("serving", {**SERVED, "n_accelerators": "8", "concurrency_or_batch": "128"})
    assert 1.5 < twice.p50 / single.p50 < 2.3


def test_items():
    found = one("serving", {"row_id": "i", "model": "ResNet-50", "model_class": "vision",
                            "accelerator": "A100-SXM-80GB", "n_accelerators": "8", "weight_precision": "int8",
                            "engine": "tensorrt", "scenario": "offline", "request_unit": "image"})  # fmt: skip
    assert (found.unit, found.evidence) == ("image/s", "published")
    assert 100_000 < found.p50 < 600_000


def test_names_without_a_size_are_looked_up_loosely():
    row = {"row_id": "q", "model": "Qwen3_30B_a3B (tokendrop)", "architecture": "transformer_moe"}
    row |= {"task": "pretrain", "throughput_unit": "tokens/s/accelerator", "accelerator": "NVIDIA H100 SXM"}
    assert one("throughput", row).ok
    assert one("throughput", {**row, "model": "nobody 30B"}).reason.key == "estimate.active_missing"


def test_items_without_a_unit_are_those_of_their_class():
    image = {"row_id": "i", "model": "resnet50", "model_class": "vision", "accelerator": "A100-SXM-80GB"}
    found = one("serving", image)
    assert found.ok or found.reason.key == "estimate.too_wide"


def test_time_to_a_target_is_known_or_refused():
    known = {"run_id": "t", "model": "MLPerf Training v5.0 Llama-2-70B LoRA", "task": "mlperf_time_to_train",
             "architecture": "transformer_dense", "accelerator": "NVIDIA H100 SXM", "n_accelerators": "8",
             "date": "2025", "tokens_or_samples": "", "unit": "sample"}  # fmt: skip
    unknown = one("training", {**known, "model": "MLPerf Training v9.9 telepathy"})
    assert not unknown.ok and unknown.reason.key == "estimate.size_unknown"
    bert = one("training", {**known, "model": "MLPerf Training v2.0 BERT-large"})
    assert bert.ok or bert.reason.key == "estimate.size_unknown"


def test_a_left_out_family_says_nothing():
    near = one("serving", SERVED)
    far = one("serving", SERVED, exclude_family="self")
    assert (near.evidence, far.evidence) == ("published", "modelled")
    assert far.p50 / far.p10 > near.p50 / near.p10
    assert one("serving", SERVED, exclude_family="llama").p50 == pytest.approx(far.p50)
    assert one("serving", SERVED, exclude_family="nobody").p50 == pytest.approx(near.p50)


def test_a_measured_row_is_not_its_own_answer():
    known = EVIDENCE.serving.known[100]
    named = estimate_batch("serving", [known.row.cells], EVIDENCE)[0]
    other = estimate_batch("serving", [{**known.row.cells, "row_id": "else"}], EVIDENCE)[0]
    assert named.p50 != other.p50


@pytest.mark.parametrize("kind", TABLES)
def test_what_must_not_be_read_is_not_read(kind):
    name = {"training": "measured/training_runs.csv", "throughput": "measured/training_throughput.csv",
            "serving": "measured/serving_throughput.csv"}[kind]  # fmt: skip
    rows = [row.cells for row in EVIDENCE.reference.folder.table(name)[:400]]
    blank = [{**row, **dict.fromkeys(NEVER_READ[kind], "")} for row in rows]
    assert estimate_batch(kind, rows, EVIDENCE) == estimate_batch(kind, blank, EVIDENCE)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the gathered tables are not beside this checkout")
@pytest.mark.parametrize("kind", TABLES)
def test_the_columns_of_the_gathered_tables(kind):
    rows = read_table(str(SHARED / TABLES[kind]), kind)
    found = estimate_batch(kind, rows, EVIDENCE)
    assert [answer.id for answer in found] == [row.get("run_id") or row.get("row_id") for row in rows]
    clean = [answer.ok for answer, row in zip(found, rows, strict=True)
             if not row["flag"] and (kind != "training" or row["tokens_or_samples"])
             and (kind != "throughput" or row["throughput_unit"])]  # fmt: skip
    assert sum(clean) / len(clean) > {"training": 0.88, "throughput": 0.95, "serving": 0.9}[kind]
    assert all(render(answer.reason, lang) for answer in found if answer.reason for lang in ("en", "fr"))


def test_tables_that_cannot_be_read(tmp_path):
    def key(content, kind="training"):
        path = tmp_path / "t.csv"
        path.write_bytes(content)
        with pytest.raises(PlannerError) as caught:
            read_table(str(path), kind)
        return caught.value.key

    assert key(b"") == "estimate.columns_missing"
    assert key(b"model,accelerator\n") == "estimate.columns_missing"
    assert key("modèle\n".encode("utf-16")) == "estimate.not_text"
    with pytest.raises(PlannerError) as caught:
        read_table(str(tmp_path / "none.csv"), "serving")
    assert caught.value.key == "error.read"
    odd = tmp_path / "odd.csv"
    odd.write_text("\ufeffmodel,accelerator,extra\nllama-3.1-8b,H100-SXM\n,,,,\n", encoding="utf-8")
    found = estimate_batch("serving", read_table(str(odd), "serving"), EVIDENCE)
    assert [row.ok for row in found] == [True, False]


def test_ten_thousand_rows_are_answered_at_once():
    rows = [{**SERVED, "row_id": str(i), "concurrency_or_batch": str(1 + i % 500)} for i in range(10_000)]
    start = time.perf_counter()
    assert all(row.ok for row in estimate_batch("serving", rows, EVIDENCE))
    assert time.perf_counter() - start < 120  # the speed itself is measured in `make bench`
