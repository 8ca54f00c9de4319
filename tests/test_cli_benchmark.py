"""`planner benchmark read` as a person uses it."""

import json
from importlib.util import find_spec

import pytest

STATE = {"global_step": 10, "log_history": [{"step": 10, "train_runtime": 20.0, "train_samples_per_second": 4.0}]}


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state.json"
    path.write_text(json.dumps(STATE))
    return path


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_read_says_what_it_read_and_what_it_needs(run, state, lang):
    code, out, _ = run("benchmark", "read", state, "--lang", lang)
    assert code == 0 and "--measured-on" in out and "--measured-count" in out


def test_documents(run, state, tmp_path):
    document = json.loads(run("benchmark", "read", state, "--json", "-")[1])
    assert document["schema"] == "planner.benchmark_run/1" and document["status"] == "ok"
    assert document["throughput"] == {"value": 4.0, "unit": "samples/s", "scope": "global"}
    assert document["n_accelerators"] is None and "n_accelerators" in document["asks"]
    (tmp_path / "broken").write_text("{")
    code, out, _ = run("benchmark", "read", state, tmp_path / "broken", "--json", "-")
    assert code == 0 and [one["status"] for one in json.loads(out)] == ["ok", "reject"]


def test_a_refusal_is_one_message_and_code_two(run, tmp_path):
    (tmp_path / "x.csv").write_text("date,amount\n1,2\n")
    code, out, err = run("benchmark", "read", tmp_path / "x.csv", "--lang", "fr")
    assert code == 2 and not out and "--column" in err and len(err.splitlines()) == 1


def test_a_mapping_that_is_none(run, state):
    code, _, err = run("benchmark", "read", state, "--column", "speed=x", "--lang", "en")
    assert code == 2 and "throughput=" in err


def test_a_run_of_its_own_needs_pytorch(run, tmp_path):
    if find_spec("torch") is not None:
        pytest.skip("PyTorch is installed")
    code, out, err = run("benchmark", "run", "--out", tmp_path / "run.jsonl", "--lang", "en")
    assert code == 2 and not out and "pip install torch" in err and len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_run_of_its_own(run, tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / "run.jsonl"
    code, out, _ = run("benchmark", "run", "--out", path, "--seconds", 4, "--device", "cpu", "--layers", 1, "--hidden",
                       32, "--seq-len", 32, "--batch", 2, "--json", "-")  # fmt: skip
    training, generation = json.loads(out)
    assert code == 0 and path.exists()
    assert training["throughput"]["unit"] == "tokens/s" and generation["throughput"]["unit"] == "output tokens/s"
    assert training["accelerator"] and training["n_accelerators"] == 1 and not training["asks"]
    assert training["facts"]["peak_tflops"] > 0 and training["facts"]["bandwidth_gbs"] > 0
    # tokens of a step over its median time
    assert training["throughput"]["value"] == pytest.approx(2 * 32 / training["step_time_s"]["median"], rel=1e-6)


def test_a_file_that_is_large_is_read_with_a_bar(run, tmp_path, monkeypatch):
    monkeypatch.setattr("planner.cli_benchmark.LARGE", 100)
    path = tmp_path / "log"
    path.write_text("".join(f"iter {i}: loss 3.1, time {100 + i % 3}.00ms, mfu 30.00%\n" for i in range(60)))
    code, out, _ = run("benchmark", "read", path, "--json", "-")
    assert code == 0 and json.loads(out)["throughput"]["unit"] == "steps/s"
