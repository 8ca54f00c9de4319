"""The report for a board: its order, its languages, its sources, its formats."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest

import planner as pl
from planner.report.board import FORMATS, board_report
from planner.text import say

ROOT = Path(__file__).parent.parent.parent
TODAY = dt.date(2026, 11, 21)
# EXPERIENCE: order of a Forrester TEI study; `strategic` only where an exception is declared.
ORDER = [
    "decision", "cash", "options", "benefits", "returns", "doubt", "flexibility", "risks", "kpis", "strategic",
    "register", "method",
]  # fmt: skip
VALUE = ("support_assistant_pays", "shop_recommender_does_not_pay", "montreal_voice_strategic")


@pytest.fixture(scope="module")
def reports():
    """Reports of the three examples with value and one without, in both languages."""
    out = {}
    for name in (*VALUE, "montreal_prototype"):
        found = pl.plan(ROOT / "examples" / f"{name}.yaml", draws=200)
        for lang in ("en", "fr"):
            out[name, lang] = board_report(found.decision, lang, today=TODAY, doubt=found.doubt)
    return out


def sections(report):
    return [section.id for section in report.sections]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_order_is_that_of_a_board(reports, lang):
    assert sections(reports["montreal_voice_strategic", lang]) == ORDER
    assert sections(reports["support_assistant_pays", lang]) == [one for one in ORDER if one != "strategic"]
    cost_only = sections(reports["montreal_prototype", lang])
    assert cost_only == [one for one in ORDER if one in cost_only]
    assert {"decision", "cash", "options", "benefits", "doubt", "register", "method"} <= set(cost_only)


def test_both_languages_have_the_same_shape(reports):
    for name in (*VALUE, "montreal_prototype"):
        english, french = reports[name, "en"].document(), reports[name, "fr"].document()
        shape = [[block["kind"] for block in section["blocks"]] for section in english["sections"]]
        assert shape == [[block["kind"] for block in section["blocks"]] for section in french["sections"]]
        assert english["comparison"]["options"][0]["present_cost"] == french["comparison"]["options"][0]["present_cost"]


def test_verdict_stands_first_and_label_on_the_face(reports):
    for (name, lang), report in reports.items():
        first = report.sections[0].blocks[0]
        assert first.strong
        assert first.text == report.document()["comparison"]["recommendation"]["sentence"]
        if name == "montreal_voice_strategic":
            assert report.labels == (say("label.strategic", lang),)
        if name == "montreal_prototype":
            assert report.labels == (say("label.before_project_costs", lang),)


def test_register_traces_every_number_to_a_dated_source(reports):
    for name in VALUE:
        register = reports[name, "en"].document()["assumption_register"]
        assert len(register) > 20
        for entry in register:
            assert entry["locator"], entry
            assert re.match(r"\d{4}", entry["as_of"]), entry
            if ".csv:" in entry["locator"]:
                path, line = entry["locator"].rsplit(":", 1)
                assert int(line) <= len((ROOT / path).read_text(encoding="utf-8").splitlines()) + 1
            if entry["kind"] == "scenario":
                assert int(entry["locator"].rsplit(":", 1)[1]) > 0


def test_register_names_the_benchmark_behind_a_template(reports):
    register = reports["support_assistant_pays", "en"].document()["assumption_register"]
    (deflection,) = [one for one in register if one["name"] == "value.savings.1.reduction_fraction"]
    assert deflection["value"]["mean"] == 0.3  # vendor survey, grade D: its low end
    assert "value_benchmarks.csv" in deflection["locator"]


def test_html_is_one_file_that_needs_nothing_else(reports):
    text = FORMATS[".html"](reports["support_assistant_pays", "fr"])
    assert text.startswith("<!DOCTYPE html>")
    assert '<html lang="fr">' in text
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r'(?:src|href)="(?!#)', outside)
    assert "@import" not in outside
    assert outside.count("<section ") == len(reports["support_assistant_pays", "fr"].sections)


def test_markdown_has_every_table_of_the_report(reports):
    report = reports["support_assistant_pays", "en"]
    text = FORMATS[".md"](report)
    tables = [
        block for section in report.document()["sections"] for block in section["blocks"] if block["kind"] == "table"
    ]
    assert len(re.findall(r"^\|[:\-|]+\|$", text, re.MULTILINE)) == len(tables)
    assert text.startswith("# Support assistant")


def test_json_is_strict_and_holds_the_documents(reports):
    document = json.loads(FORMATS[".json"](reports["shop_recommender_does_not_pay", "en"]))
    assert document["schema"] == "planner.report/1"
    assert document["comparison"]["schema"] == "planner.comparison/1"
    assert document["sensitivity"]["schema"] == "planner.sensitivity/1"


def test_names_cannot_break_the_page(tmp_path):
    text = (ROOT / "examples" / "shop_recommender_does_not_pay.yaml").read_text(encoding="utf-8")
    text = text.replace("label: RunPod L4 secure", 'label: "<script>alert(1)</script> | $x$"')
    report = board_report(pl.plan(pl.parse_scenario(text), draws=50).decision, "en", today=TODAY)
    assert "<script>alert(1)" not in FORMATS[".html"](report)
    assert "\\<script\\>alert(1)" in FORMATS[".md"](report)


def test_a_report_without_any_full_plan_says_what_to_relax():
    text = (ROOT / "examples" / "montreal_prototype.yaml").read_text(encoding="utf-8")
    loaded = pl.parse_scenario(text + "constraints: {budget: 1}\n")
    report = board_report(pl.plan(loaded, draws=50).decision, "en", today=TODAY)
    assert "budget of 1 CAD" in FORMATS[".md"](report)
