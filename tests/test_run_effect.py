"""What a measured run changes in a decision: library, command line, scenario file."""

import json

import pytest

from planner.compare import compare
from planner.compare.measured import with_runs
from planner.decide import decide
from planner.figure import Source
from planner.measured import MeasuredRun
from planner.run_effect import probability, run_effect, without_runs
from planner.scenario_io import parse_scenario
from planner.text import say
from planner.uncertainty import Draws

SCENARIO = """
schema: 1
name: Two ways
reporting_currency: USD
horizon: {start: 2027-01, months: 6}
organisation: {country: US}
workloads:
  - id: tune
    kind: training
    task: lora
    model: llama-3.1-8b
    tokens_per_run: 4.0e9
    when: {every_months: 1}
options:
  hopper: {kind: cloud, provider: lambda, accelerator: H100-SXM}
  ampere:
    {kind: cloud, provider: runpod, accelerator: A100-SXM-80GB, egress_price_per_gb: 0, storage_price_per_gb_month: 0.1}
baseline: hopper
"""


def log(folder, tokens=40_000, card="NVIDIA H100 80GB HBM3", name="run.jsonl", **known):
    first = {"schema": "planner.run_log/1", "accelerator": card, "n_accelerators": 1, "seq_len": 4096} | known
    lines = [first, *({"step": i, "t": 2.0 * i, "tokens": i * tokens} for i in range(80))]
    path = folder / name
    path.write_text("\n".join(json.dumps({k: v for k, v in one.items() if v is not None}) for one in lines))
    return path


def scenario(folder, text=SCENARIO, name="two.yaml"):
    path = folder / name
    path.write_text(text)
    return path


def measured(per_second, card="H100-SXM"):
    return MeasuredRun(per_second, "token", card, 1.0, 0.05, Source("measured_run", "r", "2026-11-20"), seq_len=4096.0)


def decided(*runs):
    loaded = parse_scenario(SCENARIO)
    loaded = with_runs(loaded, {"tune": runs}) if runs else loaded
    return decide(compare(loaded, draws=Draws(400)))


def test_a_decision_without_runs_has_no_effect_to_show():
    assert run_effect(decided()) is None


def test_before_and_after():
    effect = run_effect(decided(measured(20_000.0)))
    assert effect is not None and effect.before is not None
    assert effect.before.comparison.loaded.measured == {}
    home = next(one for one in effect.speeds if one.accelerator == "H100-SXM")
    assert home.after_evidence == "measured" and home.before_evidence != "measured"
    assert home.narrowing is not None and home.narrowing < 0.4
    assert home.after.p50 == pytest.approx(20_000 * 3600, rel=0.02)
    away = next(one for one in effect.speeds if one.accelerator == "A100-SXM-80GB")
    assert away.after_evidence == "transferred"
    assert probability(effect.before) is not None and probability(effect.after) is not None


def test_a_run_can_turn_the_verdict_and_says_so():
    best = {decided(measured(20_000.0), measured(rate, "A100-SXM-80GB")).best for rate in (1_000.0, 9_000.0)}
    assert best == {"hopper", "ampere"}
    effects = [run_effect(decided(measured(20_000.0), measured(rate, "A100-SXM-80GB"))) for rate in (1_000.0, 9_000.0)]
    assert sorted(one.verdict_changed for one in effects if one is not None) == [False, True]


def test_a_scenario_that_only_the_run_makes_computable():
    text = SCENARIO.replace("    model: llama-3.1-8b\n", "")
    loaded = with_runs(parse_scenario(text), {"tune": (measured(20_000.0),)})
    effect = run_effect(decide(compare(loaded, draws=Draws(50))))
    assert effect is not None and effect.after.best is not None
    assert effect.before is None or effect.before.best is None


def test_the_file_named_in_a_scenario_is_found_beside_it(run, tmp_path):
    log(tmp_path)
    text = SCENARIO.replace("    when:", "    throughput: {benchmark: run.jsonl}\n    when:")
    code, out, err = run("compare", scenario(tmp_path, text), "--draws", 50, "--json", "-")
    assert (code, err) == (0, "")
    document = json.loads(out)["measured_runs"]
    assert document["runs"][0]["per_second_and_accelerator"] == pytest.approx(20_000)
    assert document["before"]["best"] and document["after"]["best"]
    assert {one["after_evidence"] for one in document["speeds"]} == {"measured", "transferred"}


def test_what_the_file_does_not_say_stands_beside_it_in_the_scenario(run, tmp_path):
    log(tmp_path, card=None, n_accelerators=None)
    bare = SCENARIO.replace("    when:", "    throughput: {benchmark: run.jsonl}\n    when:")
    code, _, err = run("compare", scenario(tmp_path, bare), "--lang", "en")
    assert code == 2 and "accelerator, n_accelerators" in err and len(err.splitlines()) == 1
    told = bare.replace(
        "benchmark: run.jsonl", "benchmark: {file: run.jsonl, accelerator: H100-SXM, n_accelerators: 1}"
    )
    assert run("compare", scenario(tmp_path, told), "--draws", 50)[0] == 0


def test_the_flag_on_the_command_line(run, tmp_path):
    path = scenario(tmp_path)
    code, out, err = run("compare", path, "--benchmark", log(tmp_path), "--draws", 50, "--lang", "fr")
    assert (code, err) == (0, "") and "Ce que l'exécution mesurée a changé" in out and "run.jsonl" in out
    code, out, _ = run(
        "compare", path, "--benchmark", log(tmp_path, 10_000, None), "--measured-on", "A100-SXM-80GB", "--draws", 50,
        "--json", "-",
    )  # fmt: skip
    assert code == 0 and json.loads(out)["measured_runs"]["runs"][0]["accelerator"] == "A100-SXM-80GB"


def test_a_file_of_telemetry_beside_the_run(run, tmp_path):
    smi = tmp_path / "smi.csv"
    rows = "".join(f"2026/11/20 10:{i // 60:02d}:{i % 60:02d}.000, 55 %, 400.00 W\n" for i in range(160))
    smi.write_text("timestamp, utilization.gpu [%], power.draw [W]\n" + rows)
    code, out, _ = run(
        "compare", scenario(tmp_path), "--benchmark", log(tmp_path), "--benchmark", smi, "--draws", 50, "--json", "-"
    )
    found = json.loads(out)["measured_runs"]["runs"]
    assert code == 0 and len(found) == 1 and found[0]["utilisation"] == pytest.approx(0.55)
    assert any("55 %" in warning for warning in found[0]["warnings"])


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("--measured-on", "H100-SXM"), "--benchmark"),
        (("--workload", "tune"), "--benchmark"),
        (("--benchmark", "nowhere.log"), "nowhere.log"),
        (("--benchmark", "RUN", "--workload", "tun"), "tune"),
        (("--benchmark", "RUN", "--measured-scope", "both"), "per_accelerator"),
        (("--benchmark", "RUN", "--measured-on", "H1000"), "H100"),
    ],
)
def test_mistakes_are_one_message(run, tmp_path, flags, word):
    given = [str(log(tmp_path)) if one == "RUN" else one for one in flags]
    code, out, err = run("compare", scenario(tmp_path), *given, "--lang", "en")
    assert code == 2 and not out and word in err and len(err.splitlines()) == 1


def test_estimates_take_a_file_too(run, tmp_path):
    asked = (
        "estimate",
        "training",
        "--model",
        "llama-3.1-8b",
        "--task",
        "lora",
        "--tokens",
        "3.6B",
        "--seq-len",
        "4096",
    )
    code, out, _ = run(
        *asked, "--accelerator", "H100-SXM", "--accelerators", 1, "--benchmark", log(tmp_path), "--json", "-"
    )
    document = json.loads(out)
    assert code == 0 and document["evidence"] == "measured"
    assert document["p50"] == pytest.approx(3.6e9 / 20_000 / 3600)  # 50 accelerator-hours
    code, _, err = run(*asked, "--accelerator", "H100-SXM", "--benchmark", log(tmp_path), "--measured-rate", 5)
    assert code == 2 and "--benchmark" in err


def test_without_runs_a_scenario_is_what_it_was():
    loaded = with_runs(parse_scenario(SCENARIO), {"tune": (measured(1.0),)})
    assert loaded.sha256 != parse_scenario(SCENARIO).sha256
    assert without_runs(loaded).measured == {}


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_report_says_what_the_run_changed_and_names_every_file(run, tmp_path, lang):
    log(tmp_path), log(tmp_path, 150_000, n_accelerators=4, name="four.jsonl")
    text = SCENARIO.replace("    when:", "    throughput: {benchmark: [run.jsonl, four.jsonl]}\n    when:")
    out = tmp_path / "board.md"
    assert run("report", scenario(tmp_path, text), "-o", out, "--draws", 50, "--lang", lang)[0] == 0
    written = out.read_text()
    assert say("board.measured", lang) in written and "run.jsonl" in written and "four.jsonl" in written
