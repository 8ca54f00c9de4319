"""`planner benchmark read` as a person uses it."""

import json

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
