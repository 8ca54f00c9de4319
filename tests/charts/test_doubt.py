"""Doubt as pictures: equal to the sensitivity, findings that say where the answer turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import planner as pl
from planner import charts
from planner.compare import compare
from planner.decide import decide
from planner.prices import PriceBook
from planner.report import tables
from planner.scenario_io import parse_scenario
from planner.sensitivity import Sensitivity, WinMap, sensitivity
from planner.text import money
from planner.uncertainty import Draws

TEXT = """
name: test
reporting_currency: CAD
horizon: {start: 2027-01, months: 24}
organisation: {country: CA, region: QC}
workloads:
  - id: train
    kind: training
    task: lora
    tokens_per_run: {p5: 4.0e7, p95: 1.6e8}
    when: {month: 1, every_months: 1}
    throughput: {rate: {H100-SXM: 1.0e4}}
options:
  rent: {kind: cloud, label: Rented, provider: gcp, accelerator: H100-SXM, region: montreal}
  own: {kind: onprem, label: Own, system: 8xH100-SXM, count: 1, else: rent}
value:
  savings: [{label: Support, today_monthly: {person_hours: 900, hourly_cost: 40}, after_monthly: {person_hours: 100,
             hourly_cost: 40}, evidence: B}]
  probability_of_production: {low: 0.35, mode: 0.5, high: 0.7}
"""


@pytest.fixture(scope="module")
def found() -> Sensitivity:
    comparison = compare(parse_scenario(TEXT, "s.yaml"), book=PriceBook.load(), draws=Draws(300))
    answer = sensitivity(decide(comparison))
    assert answer is not None
    return answer


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("of", ["lead", "worth"])
def test_bars_are_those_of_the_sensitivity_longest_at_the_top(found: Sensitivity, lang: str, of: charts.Of) -> None:
    figure, bars = charts.tornado_chart(found, lang, of), charts.bars_of(found, of)
    drawn = figure.data[0]
    assert 0 < len(bars) <= 12
    np.testing.assert_allclose(np.abs(drawn.x), [bar.swing for bar in reversed(bars)])
    assert list(drawn.x[::-1]) == sorted(drawn.x, key=abs)[::-1]
    ends = {trace.name: trace for trace in figure.data[1:]}
    assert len(ends) == 2
    low, high = ends.values()
    np.testing.assert_allclose(low.x, [bar.low for bar in reversed(bars)])
    np.testing.assert_allclose(high.x, [bar.high for bar in reversed(bars)])
    assert len(figure.layout.yaxis.ticktext) == len(tables.tornado_table(bars, found.decision.comparison, lang).rows)
    for i, bar in enumerate(reversed(bars)):
        assert (low.textposition[i] == "middle left") == (bar.low < bar.high)


def test_the_bars_start_from_the_plan(found: Sensitivity) -> None:
    """The line is the plan of one draw: every other input of a bar is central too."""
    comparison = found.decision.comparison
    plan = pl.compare(comparison.loaded, book=comparison.book, draws=pl.Draws(1), sizes=comparison.sizes)
    first, second = (plan.outcomes[name].appraisal for name in found.pair if name)
    assert first is not None and second is not None
    lines = charts.tornado_chart(found, "en").layout.shapes
    assert lines[0].x0 == pytest.approx(first.npv.mean - second.npv.mean)
    lines = charts.tornado_chart(found, "en", "worth").layout.shapes
    assert lines[0].x0 == pytest.approx(first.npv.mean)
    words = charts.tornado_chart(found, "en", "worth").layout.annotations[0].text
    assert words == f"plan: {money(first.npv.mean, 'CAD', 'en')}"


def test_the_finding_names_the_longest_bar_and_its_ends(found: Sensitivity) -> None:
    bar = found.worth[0]
    finding = charts.tornado_finding(found, "en", "worth").replace("\u00a0", " ")
    name = charts.input_label(bar.input.name, found.decision.comparison, "en")
    low, high = (money(value, "CAD", "en") for value in sorted((bar.low, bar.high)))
    assert finding == (
        f"“{name}” moves the net present value of {found.decision.comparison.outcomes[found.pair[0]].label} most: "
        f"from {low} to {high}"
    )
    alone = replace(found, tornado=())
    assert charts.tornado_finding(alone, "fr").startswith("Rien ne fait bouger l'avance de ")


def with_map(found: Sensitivity, *rows: str, use: bool = True) -> Sensitivity:
    """A map of own (o) and rented (r): columns are demand 0.5, 1, 2; rows are prices 0.5, 1, 2."""
    names = {"o": "own", "r": "rent"}
    winner = tuple(tuple(names[letter] for letter in row) for row in rows)
    shares = (0.3, 0.6, 0.9) if use else None
    return replace(found, win_map=WinMap((0.5, 1.0, 2.0), shares, "own" if use else None, (0.5, 1.0, 2.0), winner))


def test_the_finding_of_the_map_says_where_another_option_takes_over(found: Sensitivity) -> None:
    def finding(*rows: str, lang: str = "en", use: bool = True) -> str:
        return charts.win_map_finding(with_map(found, *rows, use=use), lang)

    assert finding("ooo", "ooo", "ooo") == "Own wins everywhere on this map"
    assert finding("rrr", "roo", "ooo") == "Own wins from 60% use on; below, Rented"
    assert finding("rrr", "rro", "ooo", lang="fr") == "Own gagne à partir de 90 % d'utilisation ; en dessous, Rented"
    assert finding("rrr", "rro", "ooo", use=False) == "Own wins from demand × 2 on; below, Rented"
    assert finding("rrr", "ooo", "ooo") == "Own wins from rented prices × 1 on; below, Rented"
    assert finding("roo", "ooo", "ooo") == "Own wins today, and on 89% of this map"


def test_cells_have_the_colours_of_their_options_and_the_table_says_the_same(found: Sensitivity) -> None:
    shown = with_map(found, "rrr", "roo", "ooo")
    figure = charts.win_map_chart(shown, "en")
    cells, scenario = figure.data[0], found.decision.comparison.scenario
    order = [name for name in found.decision.order if name in ("own", "rent")]
    assert [[order[int(z)] for z in row] for row in cells.z] == [list(row) for row in shown.win_map.winner]  # type: ignore[union-attr]
    colours = {colour for _, colour in cells.colorscale}
    assert colours == {charts.option_colour(scenario, name) for name in order}
    star = next(trace for trace in figure.data if trace.name == "today")
    assert (star.x[0], star.y[0]) == (1, 1)
    table = charts.win_map_table(shown, "en")
    assert table.columns[1:] == ("30%", "60%", "90%")
    assert table.rows[0] == ("× 2", "Own", "Own", "Own") and table.rows[-1] == ("× 0.5", "Rented", "Rented", "Rented")


def test_the_map_that_was_computed_can_be_drawn(found: Sensitivity) -> None:
    assert found.win_map is not None
    assert charts.win_map_chart(found, "fr").layout.title.text
    assert len(charts.win_map_table(found, "fr").rows) == len(found.win_map.price)


@pytest.mark.parametrize(
    ("name", "lang", "words"),
    [
        ("value.probability_of_production", "en", "probability of production"),
        ("fx.CAD.USD.move", "en", "exchange rate (CAD/USD)"),
        ("pay.data_engineer.CA", "fr", "salaire (data engineer, CA)"),
        ("value.savings.1.today_monthly.hourly_cost", "fr", "coût de l'heure (Support, aujourd'hui)"),
        ("own.lead_time_days", "en", "lead time (Own)"),
        ("train.H100-SXM.error", "en", "doubt about the speed (train · H100-SXM)"),
        ("train on H100-SXM", "fr", "vitesse de train sur H100-SXM"),
        ("project.compliance.once.once", "fr", "payé une fois (conformité)"),
        ("idle_power_fraction", "en", "power drawn when idle"),
        ("never_heard.of_it", "en", "never heard.of it"),
    ],
)
def test_names_of_inputs_in_words(found: Sensitivity, name: str, lang: str, words: str) -> None:
    assert charts.input_label(name, found.decision.comparison, lang) == words


def test_every_input_of_a_bar_has_words(found: Sensitivity) -> None:
    comparison = found.decision.comparison
    for bar in (*found.tornado, *found.worth):
        for lang in ("en", "fr"):
            assert charts.input_label(bar.input.name, comparison, lang) != bar.input.name.replace("_", " ")
            assert charts.value_words(bar.low_at, bar.input, lang)
