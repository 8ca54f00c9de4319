"""The examples: what each asks stands on top, every option is priced or refused for the reason that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.compare import compare
from planner.prices import PriceBook
from planner.scenario.options import KINDS
from planner.scenario_io import load_scenario
from planner.text import LANGUAGES, catalogue
from planner.uncertainty import Draws

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.yaml"))
REFUSED = {
    "alliance_partnership": {},
    "beginner_limited_budget": {"kaggle": "reason.market.free_quota"},
    "everything": {
        "golem": "reason.market.no_public_price",
        "half_years": "reason.commit_none",
        "mix": "reason.own_none",
    },
    "montreal_prototype": {"allocation": "reason.partner_wanted"},
    "montreal_voice_strategic": {},
    "shop_recommender_does_not_pay": {},
    "support_assistant_pays": {},
    "paris_steady": {},
    "sensitive_health_data": {
        "alliance": "reason.academic_data",
        "colab": "reason.notebook_data",
        "iowa": "reason.residency",
        "montreal_year": "reason.commit_none",
        "tokens": "reason.tokens_inference_only",
        "vast": "reason.marketplace_data",
    },
    "stations_and_spot": {},
    "us_serving_product": {
        "bids": "reason.spot_serving",
        "mix": "reason.own_none",
    },
}
# Depends on how much the draws ask for, not on a rule.
BY_DRAWS = {"reason.budget"}


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


def test_the_examples_are_those():
    assert {path.stem for path in EXAMPLES} == set(REFUSED)


def test_one_example_has_every_way_of_getting_compute():
    (path,) = [path for path in EXAMPLES if path.stem == "everything"]
    options = load_scenario(path).scenario.options.values()
    assert {option.kind for option in options} == set(KINDS)
    assert any(getattr(option, "block_days", None) for option in options)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_situation_and_question_stand_on_top(path):
    first, second, third = path.read_text(encoding="utf-8").splitlines()[:3]
    assert first.startswith("# ") and second.startswith("# The question: ") and not third.startswith("#")


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_each_option_is_priced_or_refused_as_meant(path, book):
    outcomes = compare(load_scenario(path), book=book, draws=Draws(200)).outcomes
    found = {name: one.reasons[0].key for name, one in outcomes.items() if not one.ranked}
    assert {name: key for name, key in found.items() if key not in BY_DRAWS} == REFUSED[path.stem]
    assert len(outcomes) - len(found) >= 3
    types = {line.cost_type for one in outcomes.values() if one.ledger for line in one.ledger.lines}
    assert [kind for kind in types for lang in LANGUAGES if f"chart.cost.{kind}" not in catalogue(lang)] == []
