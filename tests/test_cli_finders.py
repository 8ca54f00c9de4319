"""The commands that find: text in both languages, documents, and wrong input said in one line."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROW = {
    "id", "name", "country", "operator", "kind", "verdict", "reasons", "how_to_apply", "status", "call",
    "lead_time_days", "earliest_start", "earliest_start_basis", "award_duration_months", "allocation_unit",
    "min_amount", "typical_amount", "max_amount", "award_share", "award_share_source", "accelerator_hours",
    "observed_on", "flag", "locator",
}  # fmt: skip
QUEBEC = ("--country", "CA", "--region", "QC", "--stage", "seed")


@pytest.mark.parametrize(
    ("lang", "heading", "rule"),
    [("en", "Open with an academic partner", "about 2028-04-01"), ("fr", "Ouvert avec un", "vers le 2028-04-01")],
)
def test_programmes_as_text(run, lang, heading, rule):
    code, out, err = run("programmes", *QUEBEC, "--lang", lang)
    assert (code, err) == (0, "")
    assert heading in out
    assert rule in out
    assert "2026-11" in out
    assert "ca_mila_cluster" not in out
    assert max(len(line.rstrip()) for line in out.splitlines()) <= 100


def test_all_shows_the_rest(run):
    _, out, _ = run("programmes", *QUEBEC, "--all", "--lang", "fr")
    for text in ("ca_mila_cluster", "fr_genci_ad", "votre pays : Canada", "ca_soscip"):
        assert text in out


def test_programmes_as_json(run, tmp_path):
    code, out, err = run("programmes", *QUEBEC, "--partner", "--json", "-")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["schema"] == "planner.programmes/1"
    assert document["organisation"]["academic_partner"] is True
    assert all(row.keys() == ROW for row in document["programmes"])
    row = next(row for row in document["programmes"] if row["id"] == "ca_alliance_rrg")
    assert row["award_share"] == [0.2, 0.26]
    assert row["earliest_start"] == "2028-04-01"
    assert round(row["accelerator_hours"]["low"]) == 17951
    run("programmes", *QUEBEC, "--json", tmp_path / "found.json")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["counts"]["with_partner"] > 0


def test_the_scenario_says_who_asks_and_flags_override(run):
    path = "examples/montreal_prototype.yaml"
    _, out, _ = run("programmes", path, "--json", "-")
    assert json.loads(out)["organisation"]["region"] == "QC"
    _, out, _ = run("programmes", path, "--country", "france", "--partner", "--research", "--json", "-")
    who = json.loads(out)["organisation"]
    assert who == {
        "stage": "seed", "country": "FR", "region": None, "academic_partner": True, "commercial": False
    }  # fmt: skip


def test_a_university_does_research_unless_it_says_otherwise(run):
    _, out, _ = run("programmes", "--country", "CA", "--stage", "university", "--json", "-")
    assert json.loads(out)["organisation"]["commercial"] is False


def test_the_date_moves_the_call(run):
    _, out, _ = run("programmes", *QUEBEC, "--partner", "--as-of", "2026-10-15", "--json", "-")
    row = next(row for row in json.loads(out)["programmes"] if row["id"] == "ca_alliance_rrg")
    assert (row["verdict"], row["earliest_start"], row["call"]["closes_on"]) == ("open", "2027-04-01", "2026-11-03")


def test_no_country_and_an_ambiguous_card_are_said(run):
    _, out, _ = run("programmes", "--accelerator", "H100", "--lang", "en")
    assert "No country is given" in out
    assert "H100-SXM is taken" in out


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    ("words", "some"),
    [
        (("accelerators", "h100"), "H100-SXM"),
        (("accelerators",), "MI300X"),
        (("accelerators", "--vendor", "google"), "TPU-v5e"),
        (("systems",), "8xH100-SXM"),
        (("regions", "montreal"), "northamerica-northeast1"),
        (("regions", "--provider", "oci"), "ca-montreal-1"),
    ],
)
def test_catalogues_as_text(run, words, some, lang):
    code, out, err = run(*words, "--lang", lang)
    assert (code, err) == (0, "")
    assert some in out
    assert max(len(line.rstrip()) for line in out.splitlines()) <= 100


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("accelerators", "h100"), "accelerators"),
        (("systems", "h100"), "systems"),
        (("regions", "montreal"), "regions"),
    ],
)
def test_catalogues_as_json(run, words, name):
    code, out, err = run(*words, "--json", "-")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["schema"] == f"planner.{name}/1"
    assert document[name]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("accelerators", "h10o-sxm"), "Did you mean H100-SXM"),
        (("accelerators", "--vendor", "nvdia"), "NVIDIA"),
        (("systems", "8xh10o"), "8xH100-SXM"),
        (("regions", "montrael"), "montreal"),
        (("regions", "--provider", "awz"), "aws"),
        (("programmes", "--country", "Canadia"), "CA (Canada)"),
        (("programmes", "--region", "Québec"), "QC"),
        (("programmes", "--stage", "seeds"), "seed"),
        (("programmes", "--as-of", "yesterday"), "2026-08-22"),
        (("programmes", "--as-of", "9999-12-31"), "2100"),
        (("programmes", "--accelerator", "H100-SXN"), "H100-SXM"),
        (("programmes", "nowhere.yaml"), "nowhere.yaml"),
        (("accelerators", "--lang", "de"), "fr, en"),
    ],
)
def test_wrong_input_is_one_message(run, words, said):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["programmes", "accelerators", "systems", "regions"])
def test_help_has_an_example(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"Example: planner {command}" in out
