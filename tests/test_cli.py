"""The command line: every action on every example, and wrong input said in one line without a traceback."""

import csv
import io
import json
import os
import shutil
from pathlib import Path

import pytest

from planner import cli

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.yaml"))
MONTREAL = "examples/montreal_prototype.yaml"
PARIS = "examples/paris_steady.yaml"
DOCUMENT = {
    "schema", "scenario", "currency", "as_of", "price_book", "draws", "seed", "horizon_months", "reference_accelerator",
    "work", "options", "labels", "kpis", "recommendation", "warnings", "benefits", "textbook_view", "price_changes",
    "measured_runs",
}  # fmt: skip
OPTION = {
    "id", "kind", "label", "status", "reasons", "warnings", "feasible_probability", "placement", "present_cost",
    "nominal_cost", "upfront_cost", "by_charge_category", "by_cost_type", "by_workload", "reference_accelerator_hours",
    "cost_difference_to_baseline", "levelized_cost_per_reference_accelerator_hour", "utilization_fraction",
    "break_even_utilization", "break_even_work_per_month", "break_even_against", "crossing_month", "lead_time_days",
    "time_to_result_months", "probability_best", "expected_regret", "p90_regret", "cvar_cost", "energy_kwh",
    "emissions_kg_co2e", "oldest_price", "cash", "value",
}  # fmt: skip
RECOMMENDATION = {
    "option", "tie", "sentence", "because", "profile_rules", "criterion", "verdict", "pays", "probability_npv_positive",
    "benefits_needed_multiple",
}  # fmt: skip


def strict(text):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_compare(run, example, lang):
    code, out, err = run("compare", f"examples/{example}", "--draws", 50, "--lang", lang)
    assert (code, err) == (0, "")
    verdicts = {
        "en": ("Take ", "take ", "A tie", "does not pay"),
        "fr": ("Prenez ", "prenez ", "Égalité", "pas rentable"),
    }
    assert any(word in out for word in verdicts[lang])


@pytest.mark.parametrize("example", EXAMPLES)
def test_json_has_the_fields_of_the_contract(run, example):
    code, out, err = run("compare", f"examples/{example}", "--draws", 50, "--json", "-")
    assert (code, err) == (0, "")
    document = strict(out)
    assert document["schema"] == "planner.comparison/1"
    assert document.keys() == DOCUMENT
    assert document["recommendation"].keys() == RECOMMENDATION
    for option in document["options"]:
        assert option.keys() == OPTION
    ranked = [o["probability_best"] for o in document["options"] if o["status"] == "priced"]
    assert sum(ranked) == pytest.approx(1)


def test_ledger_sums_to_the_nominal_mean(run):
    document = strict(run("compare", PARIS, "--draws", 50, "--json", "-")[1])
    for option in document["options"]:
        code, out, _ = run("ledger", PARIS, "--option", option["id"], "--draws", 50)
        rows = list(csv.DictReader(io.StringIO(out)))
        assert code == 0
        assert sum(float(r["BilledCost"]) for r in rows) == pytest.approx(option["nominal_cost"]["mean"], rel=1e-9)
        assert sum(float(r["x_PresentCost"]) for r in rows) == pytest.approx(option["present_cost"]["mean"], rel=1e-9)


def test_ledger_as_json(run):
    code, out, _ = run("ledger", PARIS, "--option", "verda", "--draws", 1, "--format", "json")
    assert code == 0
    assert strict(out)["schema"] == "planner.ledger/1"


def test_explain_reaches_a_price_row(run):
    code, out, _ = run("explain", MONTREAL, "runpod_a100.present_cost", "--draws", 1)
    assert code == 0
    assert "← pricing_data/prices/offers/runpod.csv:" in out
    assert "← examples/montreal_prototype.yaml:" in out


def test_explain_as_json(run):
    code, out, _ = run("explain", MONTREAL, "finetune.work", "--draws", 1, "--json", "-")
    assert code == 0
    assert strict(out)["schema"] == "planner.explanation/1"


def test_json_to_a_file(run, tmp_path):
    path = tmp_path / "out.json"
    assert run("compare", MONTREAL, "--draws", 1, "--json", path)[0] == 0
    assert strict(path.read_text(encoding="utf-8"))["draws"] == 1


def test_same_seed_same_answer(run):
    words = ("compare", MONTREAL, "--draws", 50, "--seed", 7, "--json", "-")
    assert run(*words)[1] == run(*words)[1]


@pytest.fixture
def bad_file(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text((ROOT / MONTREAL).read_text(encoding="utf-8").replace("horizon:", "horizn:"), encoding="utf-8")
    return path


@pytest.fixture
def corrupted_prices(tmp_path):
    folder = tmp_path / "prices"
    shutil.copytree(ROOT / "pricing_data", folder, ignore=shutil.ignore_patterns("*.py", "builder", "inputs"))
    table = folder / "prices" / "offers" / "runpod.csv"
    table.write_text(table.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    return folder


WRONG = {
    "unknown file": (("compare", "examples/montreal_prototyp.yaml"), "montreal_prototype.yaml", None),
    "unknown figure": (("explain", MONTREAL, "runpod_a100.present_cots"), "runpod_a100.present_cost", None),
    "unknown option": (("ledger", MONTREAL, "--option", "runpod_a10"), "runpod_a100", None),
    "refused option": (("ledger", MONTREAL, "--option", "allocation"), "academic_partner", None),
    "date": (("compare", MONTREAL, "--as-of", "22/08/2026"), "2026-08-22", "22/08/2026"),
    "draws": (("compare", MONTREAL, "--draws", "0"), "1,000,000", None),
    "seed": (("compare", MONTREAL, "--seed", "-1"), "seed", None),
    "format": (("ledger", MONTREAL, "--option", "server", "--format", "xml"), "csv", None),
    "no such folder": (("compare", MONTREAL, "--prices", "nowhere"), "--prices", "--prices"),
}


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line(run, case, lang):
    words, expected, expected_fr = WRONG[case]
    if "--draws" not in words:
        words = (*words, "--draws", "1")
    code, out, err = run(*words, "--lang", lang)
    assert code == 2, err
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    if lang == "en":
        assert expected in err
    elif expected_fr:
        assert expected_fr in err


def test_wrong_input_speaks_french(run):
    err = run("compare", "nowhere.yaml", "--lang", "fr")[2]
    assert err != run("compare", "nowhere.yaml", "--lang", "en")[2]
    assert "fichier" in err


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_unknown_key_names_its_line_and_neighbour(run, bad_file, lang):
    code, out, err = run("compare", bad_file, "--lang", lang)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "bad.yaml:" in err
    assert "horizon" in err


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_corrupted_price_book(run, corrupted_prices, lang):
    code, out, err = run("compare", MONTREAL, "--prices", corrupted_prices, "--lang", lang)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "runpod.csv" in err


def test_unknown_language(run):
    code, out, err = run("compare", MONTREAL, "--lang", "xx")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "fr, en" in err


@pytest.mark.parametrize("words", [("compare", MONTREAL, "--nope"), ("compare",), ("nope",)])
def test_wrong_usage(run, words):
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert err and "Traceback" not in err


@pytest.mark.parametrize("command", ["compare", "ledger", "explain", "app"])
def test_help_has_an_example(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"Example: planner {command}" in " ".join(out.split())


def test_fault_of_ours_is_code_1(run, monkeypatch):
    def fail(*args):
        raise RuntimeError("boom")

    monkeypatch.setattr(cli, "decision_of", fail)
    code, out, err = run("compare", MONTREAL)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "boom" in err


def test_language_follows_the_locale(run, monkeypatch):
    monkeypatch.setitem(os.environ, "LC_ALL", "fr_CA.UTF-8")
    assert "Prenez " in run("compare", MONTREAL, "--draws", 50)[1]
