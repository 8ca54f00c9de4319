"""The timeline of first results: by hand, and equal to the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from planner import charts
from planner.charts.common import lay_out
from planner.compare import compare
from planner.comparison import Arrival
from planner.decide import Decision, decide
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws, quantiles
from planner.units import DAYS_PER_MONTH

LEAD_MONTHS = 2.5
LEAD_DAYS = LEAD_MONTHS * DAYS_PER_MONTH
OPTIONS = f"""
  rent: {{kind: cloud, label: Rented, provider: gcp, region: us-central1, instance: a3-highgpu-8g}}
  own:
    {{kind: onprem, label: Own, system: 8xH100-SXM, count: 1, lead_time_days: {LEAD_DAYS}, else: none}}
  bridged: {{kind: onprem, label: Bridged, system: 8xH100-SXM, count: 1, lead_time_days: 60, else: rent}}
  later: {{kind: marketplace, provider: golem, accelerator: RTX-4090, label: Later}}
"""


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook.load()


def run(book: PriceBook, when: str, *, tokens: str = "8.0e6", draws: int = 1, options: str = OPTIONS) -> Decision:
    """800 accelerator-hours a run on eight cards: 100 of a month's 730 hours."""
    text = f"""
name: test
reporting_currency: USD
horizon: {{start: 2027-01, months: 12}}
organisation: {{country: CA, region: QC}}
workloads:
  - id: train
    kind: training
    task: lora
    tokens_per_run: {tokens}
    when: {when}
    throughput: {{rate: {{H100-SXM: 1.0e4}}}}
options:{options}
"""
    return decide(compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(draws)))


def end(decision: Decision, option: str) -> float:
    return decision.comparison.outcomes[option].time_to_result_months.item()


def test_a_rented_machine_starts_with_the_month_of_the_work(book: PriceBook) -> None:
    assert end(run(book, "{month: 1}"), "rent") == pytest.approx(100 / 730)
    assert end(run(book, "{month: 5}"), "rent") == pytest.approx(4 + 100 / 730)


def test_own_hardware_starts_when_it_is_there_and_lead_time_is_counted_once(book: PriceBook) -> None:
    # Work in each month; the server comes in the middle of month 3 and does half of what the month can hold
    decision = run(book, "{month: 1, every_months: 1}")
    own = decision.comparison.outcomes["own"].arrivals["train"]
    assert own.ready.item() == own.start.item() == pytest.approx(LEAD_MONTHS)
    assert own.end.item() == pytest.approx(LEAD_MONTHS + 100 / 730)
    # In month 5 the server is there already: no lead time on top
    assert end(run(book, "{month: 5}"), "own") == pytest.approx(4 + 100 / 730)


def test_while_hardware_is_awaited_others_bring_the_first_result(book: PriceBook) -> None:
    decision = run(book, "{month: 1, every_months: 1}")
    assert end(decision, "bridged") == pytest.approx(end(decision, "rent"))
    assert charts.timeline_bridged(decision, "en") == (
        "Bridged: its own hardware or award is there after 60 days; until then others do its work."
    )


def test_work_that_nobody_does_has_no_first_result_and_misses_its_deadline(book: PriceBook) -> None:
    # Once, in month 1, before the server is there
    decision = run(book, "{month: 1, deadline_month: 1}")
    own = decision.comparison.outcomes["own"]
    assert np.isnan(own.times_to_result["train"]).all()
    assert "reason.deadline" in {reason.key for reason in own.reasons}
    assert "own" not in charts.waits(decision)
    absent = charts.timeline_absent(decision, "en")
    assert absent is not None and "No first result within the horizon: Own." in absent and "Later" in absent


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_chart_shows_the_values_of_the_comparison(book: PriceBook, lang: str) -> None:
    decision = run(book, "{month: 2, every_months: 1, deadline_month: 4}", tokens="{p5: 4.0e6, p95: 2.0e7}", draws=500)
    figure = charts.results_timeline(decision, lang)
    ends = next(trace for trace in figure.data if trace.type == "scatter" and trace.showlegend is False)
    shown = dict(zip(ends.y, ends.x, strict=True))
    assert list(reversed(ends.y)) == sorted(shown, key=lambda name: shown[name])  # soonest at the top
    for name, value in shown.items():
        q = quantiles(decision.comparison.outcomes[name].time_to_result_months)
        place = list(ends.y).index(name)
        assert value == pytest.approx(q.mean)
        assert value + ends.error_x.array[place] == pytest.approx(max(q.p90, q.mean))
        assert value - ends.error_x.arrayminus[place] == pytest.approx(min(q.p10, q.mean))
    spans: dict[str, float] = dict.fromkeys(shown, 0.0)
    for bar in figure.data:
        if bar.type == "bar" and bar.showlegend is False:
            for name, base, length in zip(bar.y, bar.base, bar.x, strict=True):
                if length:
                    assert base == pytest.approx(spans[name])
                spans[name] = max(spans[name], base + length)
    assert spans == pytest.approx(shown)
    assert [line.x0 for line in figure.layout.shapes] == [4]
    colours = {name: charts.option_colour(decision.comparison.scenario, name) for name in shown}
    assert dict(zip(ends.y, ends.marker.color, strict=True)) == colours


def test_the_table_says_the_same_and_names_the_deadline(book: PriceBook) -> None:
    table = charts.timeline_table(run(book, "{month: 1, every_months: 1, deadline_month: 4}"), "en")
    rows = {row[0]: row for row in table.rows}
    # 100 hours are 4.2 days; 2.5 months of lead, then 2.637
    assert rows["Rented"][1:] == ("train", "at once", "at once", "4.2 days", "4.2 days", "end of month 4")
    assert rows["Own"][2:5] == ("2.5 months", "2.5 months", "2.6 months")
    assert len(table.columns) == 7


def test_the_finding_is_about_full_plans(book: PriceBook) -> None:
    decision = run(book, "{month: 1, every_months: 1}")
    assert charts.timeline_finding(decision, "en") == "First results: after about 4.2 days with every full plan"
    alone = run(book, "{month: 1, every_months: 1}", options=OPTIONS.split("  bridged")[0])
    assert charts.timeline_finding(alone, "fr") == "Premiers résultats : Rented après 4,2 jours"
    nothing = run(book, "{month: 1, every_months: 1}", options=OPTIONS[OPTIONS.index("  later") - 1 :])
    assert charts.timeline_finding(nothing, "en").startswith("No training")


def test_the_later_of_two_arrivals_draw_by_draw() -> None:
    def arrival(*ends: float) -> Arrival:
        values = np.array(ends)[:, None]
        return Arrival(values / 4, values / 2, values)

    first, second = arrival(1.0, 3.0, np.nan), arrival(2.0, 2.0, 5.0)
    np.testing.assert_array_equal(first.or_later(second, never=False).end[:, 0], [2, 3, 5])
    np.testing.assert_array_equal(first.or_later(second, never=True).end[:, 0], [2, 3, np.nan])
    np.testing.assert_array_equal(second.or_later(first, never=True).end[:, 0], [2, 3, np.nan])
    np.testing.assert_array_equal(first.or_later(second, never=False).start[:, 0], [1, 1.5, 2.5])


def test_a_long_finding_takes_a_second_line_and_shows_its_words_as_they_are() -> None:
    import plotly.graph_objects as go

    figure = go.Figure()
    lay_out(figure, "a <b> " + "word " * 25, "en", 300)
    assert figure.layout.title.text.count("<br>") == 1 and "&lt;b&gt;" in figure.layout.title.text
    assert figure.layout.height > 300


def test_types_of_cost_have_names_in_both_languages_and_colours_of_their_own() -> None:
    from planner.ledger import COST_TYPES

    kinds = [*COST_TYPES, "support", "subscription", "migration", "credit"]
    assert len({charts.cost_colour(kind) for kind in kinds}) == len(set(kinds))
    assert all(charts.type_label(kind, lang) for kind in kinds for lang in ("en", "fr"))
    assert charts.type_label("unheard_of", "fr") == "unheard_of"
    assert charts.cost_colour("unheard_of").startswith("#")
