"""`planner init`: each profile runs as it is, says the same in both languages, and overwrites nothing."""

from __future__ import annotations

import re
import socket
import sys

import pytest

from planner import cli
from planner.compare import compare
from planner.decide import decide
from planner.document import read_document
from planner.prices import PriceBook
from planner.profiles import PROFILES, profile_text
from planner.scenario_io import load_scenario, parse_scenario
from planner.text import LANGUAGES, render
from planner.uncertainty import Draws

# What is refused, and the reason that its reader is meant to see.
REFUSED = {
    "prototype": {},
    "steady": {"committed": "reason.commit_none"},
    "academic": {},
    "inference": {},
    "regulated": {
        "committed": "reason.commit_none",
        "elsewhere": "reason.residency",
        "marketplace": "reason.marketplace_data",
        "tokens": "reason.tokens_inference_only",
    },
}
# Warnings that belong to the situation; anything else in a profile is a fault of the profile.
MEANT = {
    "prototype": {"warning.notebook_card", "warning.lowest_only", "warning.stale"},  # prices of plans are old
    "steady": {"warning.own_storage"},
    "academic": {"warning.programme"},
    "inference": {"warning.payment_unstated"},
    "regulated": set(),
}
every = pytest.mark.parametrize("profile", PROFILES)
in_each_language = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs the command line in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def planner(*words):
        monkeypatch.setattr(sys, "argv", ["planner", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return planner


@every
@in_each_language
def test_a_profile_runs_as_it_is(profile, lang, run, tmp_path, book, monkeypatch):
    code, out, err = run("init", "--profile", profile, "-o", "ours.yaml", "--lang", lang)
    assert (code, out) == (0, "")
    assert "planner compare ours.yaml" in err
    monkeypatch.setattr(socket, "socket", None)
    decision = decide(compare(load_scenario(tmp_path / "ours.yaml"), book=book, draws=Draws(50)))
    assert decision.best
    assert decision.sentence(lang)
    outcomes = decision.comparison.outcomes
    assert decision.comparison.baseline.ranked
    found = {name: outcome.reasons[0].key for name, outcome in outcomes.items() if not outcome.ranked}
    assert found == REFUSED[profile]
    assert all(render(reason, lang) for outcome in outcomes.values() for reason in outcome.reasons)
    told = [*decision.comparison.warnings, *decision.warnings, *(w for o in outcomes.values() for w in o.warnings)]
    known = MEANT[profile] | {"warning.flat_shape"} | set(REFUSED[profile].values())
    keys = {message.key for message in told}
    assert {key for key in keys if key.startswith("warning.")} <= known, keys


@every
def test_a_profile_is_the_same_in_both_languages(profile):
    def data(lang):
        text = profile_text(profile, lang)
        found = read_document(text, profile).data
        del found["name"]
        for option in found["options"].values():
            assert option.pop("label")
        return found

    assert data("en") == data("fr")
    comments = [re.findall(r"^ *# (.*)$", profile_text(profile, lang), re.MULTILINE) for lang in LANGUAGES]
    assert all(len(found) >= 15 for found in comments)
    words = [{one for one in found if not re.match(r" |\w+:", one)} for found in comments]  # fields commented out aside
    assert words[0] & words[1] == set()


@every
@in_each_language
def test_the_value_that_is_commented_out_is_ready_to_use(profile, lang):
    text = profile_text(profile, lang)
    start = text.rindex("# value:")
    loaded = parse_scenario(text[:start] + re.sub("^# ?", "", text[start:], flags=re.MULTILINE), profile)
    decision = decide(compare(loaded, draws=Draws(20)))
    assert decision.criterion == "npv"
    assert decision.verdict.kind in ("pays", "does_not_pay", "too_close")


@every
@in_each_language
def test_a_profile_explains_itself(profile, lang):
    text = profile_text(profile, lang)
    assert profile in text.splitlines()[0]
    assert {"en": "# Change first", "fr": "# À changer d'abord"}[lang] in text
    assert max(map(len, text.splitlines())) <= 140


def test_the_default_is_a_prototype_in_scenario_yaml(run, tmp_path):
    assert run("init", "--lang", "en")[0] == 0
    assert (tmp_path / "scenario.yaml").read_text(encoding="utf-8") == profile_text("prototype", "en")


@in_each_language
def test_an_existing_file_is_kept(lang, run, tmp_path):
    mine = tmp_path / "scenario.yaml"
    mine.write_text("my work\n", encoding="utf-8")
    code, out, err = run("init", "--lang", lang)
    assert (code, out) == (2, "")
    assert "scenario.yaml" in err and "--force" in err
    assert mine.read_text(encoding="utf-8") == "my work\n"
    assert run("init", "--lang", lang, "--force")[0] == 0
    assert mine.read_text(encoding="utf-8") == profile_text("prototype", lang)


def test_standard_output(run, tmp_path):
    code, out, err = run("init", "--profile", "regulated", "-o", "-", "--lang", "fr")
    assert (code, out, err) == (0, profile_text("regulated", "fr"), "")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_profile_is_answered_with_near_ones(run, tmp_path):
    code, out, err = run("init", "--profile", "protoype", "--lang", "en")
    assert (code, out) == (2, "")
    assert "Did you mean prototype?" in err and "regulated" in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(run):
    code, _, err = run("init", "-o", "nowhere/scenario.yaml", "--lang", "en")
    assert code == 2
    assert "nowhere/scenario.yaml" in err


def test_the_list_says_what_each_is_for(run, tmp_path):
    code, out, _ = run("init", "--list", "--lang", "fr")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(PROFILES)
    assert list(tmp_path.iterdir()) == []
