"""A plan in one call: tables, charts, report, and how it shows itself."""

import datetime as dt

import pytest

import planner as pl
from planner.errors import PlannerError

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="module")
def plan(repo_root):
    return pl.plan(repo_root / "examples" / "montreal_voice_strategic.yaml", draws=100, lang="fr")


def test_tables_and_charts_are_those_of_a_decision_with_value(plan):
    assert {"value", "returns", "cash", "benefits", "indicators", "tornado", "worth", "sobol"} <= set(plan.tables())
    assert {"cumulative_cost", "by_type", "terms", "net", "tornado", "map"} == set(plan.charts())
    value = plan.tables()["value"]
    assert list(value.iloc[:, 0]) == [plan.decision.comparison.outcomes[name].label for name in plan.decision.order]


def test_it_shows_itself(plan):
    text = plan._repr_html_()
    assert "Stratégique" in text
    assert text.count("<table") == len(plan.tables())


def test_it_writes_reports(plan, tmp_path):
    for ending in ("html", "md", "json"):
        plan.save(tmp_path / f"r.{ending}", TODAY)
        assert (tmp_path / f"r.{ending}").stat().st_size > 1000
    with pytest.raises(PlannerError) as caught:
        plan.save(tmp_path / "r.docx", TODAY)
    assert ".html" in caught.value.arguments["valid"]
