"""The commands of value, doubt and report as a user types them."""

import json

import pytest

PAYS = "examples/support_assistant_pays.yaml"
STRATEGIC = "examples/montreal_voice_strategic.yaml"


@pytest.mark.parametrize("lang, word", [("en", "It pays"), ("fr", "C'est rentable")])
def test_compare_says_whether_it_pays(run, lang, word):
    code, out, err = run("compare", PAYS, "--draws", 300, "--lang", lang)
    assert (code, err) == (0, "")
    assert word in out
    assert ("Runs out in" if lang == "en" else "À sec dans") in out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_sensitivity_prints_and_writes(run, tmp_path, lang):
    place = tmp_path / "s.json"
    code, out, err = run("sensitivity", STRATEGIC, "--draws", 300, "--no-map", "--lang", lang, "--json", place)
    assert (code, err) == (0, "")
    document = json.loads(place.read_text(encoding="utf-8"))
    assert document["schema"] == "planner.sensitivity/1"
    assert document["map"] is None
    assert document["tornado"][0]["swing"] >= document["tornado"][-1]["swing"] > 0
    assert "Sobol" in out


def test_sensitivity_of_a_plan_at_central_values_is_an_answer(run):
    code, out, err = run("sensitivity", PAYS, "--draws", 1, "--no-map", "--json", "-")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["evpi"] == 0
    assert document["sobol"] == {}


def test_sensitivity_without_any_full_plan_is_an_answer(run, tmp_path, repo_root):
    path = tmp_path / "none.yaml"
    text = (repo_root / "examples" / "montreal_prototype.yaml").read_text(encoding="utf-8")
    path.write_text(text + "constraints: {budget: 1}\n", encoding="utf-8")
    code, out, err = run("sensitivity", path, "--draws", 50, "--json", "-")
    assert (code, err) == (0, "")
    assert json.loads(out)["pair"] is None


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_report_writes_the_file(run, tmp_path, ending):
    place = tmp_path / f"report.{ending}"
    code, _, err = run("report", STRATEGIC, "-o", place, "--draws", 100, "--lang", "fr")
    assert (code, err) == (0, "")
    assert "Registre des hypothèses" in place.read_text(encoding="utf-8")


def test_report_with_another_ending_is_refused(run, tmp_path):
    code, _, err = run("report", STRATEGIC, "-o", tmp_path / "r.docx")
    assert code == 2
    assert ".html" in err


def test_report_into_a_missing_folder_is_one_message(run, tmp_path):
    code, _, err = run("report", STRATEGIC, "-o", tmp_path / "no" / "r.md", "--draws", 50)
    assert code == 2
    assert "Traceback" not in err


def test_templates_list_low_typical_high_with_source(run):
    code, out, _ = run("templates", "--json", "-")
    assert code == 0
    found = {one["use_case"]: one for one in json.loads(out)["templates"]}
    assert len(found) == 7
    (share,) = [one for one in found["service_chatbot"]["fills"] if one["field"] == "reduction_fraction"]
    assert (share["published_low"], share["published_typical"], share["published_high"]) == (0.3, 0.412, 0.587)
    assert (share["used_low"], share["used_high"], share["evidence"]) == (0.3, 0.3, "D")


@pytest.mark.parametrize(
    "figure, leaf",
    [
        ("tokens.npv", "discount_rate"),
        ("tokens.benefits_present", "value_benchmarks.csv"),
        ("value.savings.1", "value_benchmarks.csv"),
        ("value.revenue.retention.1.by_month", "support_assistant_pays.yaml"),
        ("tokens.project:labelling", "labelling.csv"),
        ("tokens.project:team.dl_engineer", "team_pay.csv"),
    ],
)
def test_explain_leads_to_the_source(run, figure, leaf):
    code, out, err = run("explain", PAYS, figure, "--draws", 1)
    assert (code, err) == (0, "")
    assert leaf in out
