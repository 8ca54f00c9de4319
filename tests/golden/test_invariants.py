"""What must hold for every example, whatever it asks: the invariants of the architecture."""

from __future__ import annotations

import csv
import datetime
import itertools
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from planner.compare import compare
from planner.comparison import Comparison
from planner.decide import decide
from planner.figure import leaves, replay
from planner.prices import PriceBook
from planner.scenario.options import KINDS
from planner.scenario_io import Loaded, load_scenario, with_value
from planner.text import LANGUAGES, render
from planner.uncertainty import Draws

ROOT = Path(__file__).resolve().parents[2]
EVERY_KIND = Path(__file__).with_name("every_kind.yaml")
EXAMPLES = [*sorted((ROOT / "examples").glob("*.yaml")), EVERY_KIND]
DRAWS = (1, 200)
_done: dict[tuple[str, int], Comparison] = {}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook.load()


def compared(path: Path, draws: int, book: PriceBook) -> Comparison:
    key = (path.name, draws)
    if key not in _done:
        _done[key] = compare(load_scenario(path), book=book, draws=Draws(draws))
    return _done[key]


def costs_of(loaded: Loaded, draws: Draws, book: PriceBook) -> dict[str, np.ndarray]:
    outcomes = compare(loaded, book=book, draws=draws).outcomes
    return {name: found.present_cost.value for name, found in outcomes.items() if found.present_cost is not None}


every = [
    pytest.mark.parametrize("draws", DRAWS),
    pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES]),
]


def for_every_example(test):
    for mark in every:
        test = mark(test)
    return test


def billed(comparison):
    found = [outcome for outcome in comparison.outcomes.values() if outcome.ledger is not None]
    assert found, "an example must have something to compare"
    return found


def test_there_are_examples():
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("draws", DRAWS)
def test_every_kind_is_priced_or_refused_for_its_reason(draws, book):
    comparison = compared(EVERY_KIND, draws, book)
    assert {outcome.kind for outcome in billed(comparison)} == set(KINDS)
    refused = {
        name: (outcome.status, [reason.key for reason in outcome.reasons])
        for name, outcome in comparison.outcomes.items() if not outcome.ranked
    }  # fmt: skip
    assert refused == {
        "no_premium": ("not_priced", ["reason.premium_wanted"]),
        "no_price": ("not_priced", ["reason.market.no_public_price"]),
        "too_long": ("infeasible", ["reason.term_beyond"]), "weak_rack": ("infeasible", ["reason.rack"]),
    }  # fmt: skip


@for_every_example
def test_whatever_is_told_can_be_read_in_both_languages(path, draws, book):
    comparison = compared(path, draws, book)
    for outcome in comparison.outcomes.values():
        for message in (*outcome.reasons, *outcome.warnings):
            assert len({render(message, lang) for lang in LANGUAGES}) == len(LANGUAGES), message.key


@for_every_example
def test_every_leaf_has_a_source_that_resolves_and_a_date(path, draws, book):
    comparison = compared(path, draws, book)
    rows: dict[Path, dict[int, list[str]]] = {}
    seen = 0
    for outcome in billed(comparison):
        for leaf in leaves(outcome.present_cost):
            source = leaf.source
            assert source is not None, leaf.name
            assert source.as_of, (leaf.name, source)
            datetime.date(*([int(part) for part in source.as_of.split("-")] + [1, 1])[:3])
            assert source.locator, leaf.name
            seen += 1
            if source.kind == "assumption":
                continue
            file, _, number = source.locator.rpartition(":")
            where = Path(file) if source.kind == "scenario" else ROOT / file
            assert where.is_file(), (leaf.name, source)
            if where.suffix == ".csv":
                if where not in rows:
                    with where.open(encoding="utf-8", newline="") as stream:
                        reader = csv.reader(stream)
                        rows[where] = dict((reader.line_num, cells) for cells in reader)  # noqa: C402
                cells = rows[where][int(number)]
                if source.kind in ("price_row", "fx_row") and leaf.value.size == 1 and int(number) > 1:
                    values = {float(cell) for cell in cells if cell.replace(".", "", 1).isdigit()}
                    assert leaf.value.item() in values, (leaf.name, cells)
            else:
                lines = where.read_text(encoding="utf-8").splitlines()
                assert 1 <= int(number) <= len(lines)
                assert lines[int(number) - 1].strip()
                assert not lines[int(number) - 1].lstrip().startswith("#")
    assert seen > 20


@for_every_example
def test_replay_is_exact(path, draws, book):
    for outcome in billed(compared(path, draws, book)):
        assert np.array_equal(replay(outcome.present_cost), outcome.present_cost.value)
        for line in outcome.ledger.lines:
            assert np.array_equal(replay(line.billed_cost), line.billed_cost.value), line.id
            again = np.asarray(line.quantity.value * line.unit_price.value)
            assert np.array_equal(again, line.billed_cost.value), line.id


@for_every_example
def test_totals_are_sums_however_they_are_cut(path, draws, book):
    comparison = compared(path, draws, book)
    rate = comparison.discount_rate.value.item()
    for outcome in billed(comparison):
        ledger = outcome.ledger
        assert ledger.currency == comparison.scenario.reporting_currency
        total = ledger.nominal()
        near = {"rtol": 1e-11, "atol": 1e-6}
        for field in ("cost_type", "charge_category", "pricing_category", "workload", "placed_on", "timing"):
            assert np.allclose(sum(ledger.by(field).values()), total, **near), field
        by_month = ledger.by_month()
        assert by_month.shape[1] == comparison.scenario.horizon.months
        assert np.allclose(by_month.sum(axis=1, keepdims=True), total, **near)
        lines = sum(line.billed_cost.value.sum(axis=1, keepdims=True) for line in ledger.lines)
        assert np.allclose(lines, total, **near)
        present = ledger.present_by_month(rate).sum(axis=1, keepdims=True)
        assert np.allclose(present, outcome.present_cost.value, **near)
        # discounted by hand, one payment at a time
        offset = {"start": 0.0, "mid": 0.5, "end": 1.0}
        months = np.arange(ledger.months)
        again = sum(
            (line.billed_cost.value * (1 + rate) ** (-(months + offset[line.timing]) / 12)).sum(axis=1, keepdims=True)
            for line in ledger.lines
        )
        assert np.allclose(again, outcome.present_cost.value, **near)


@for_every_example
def test_difference_to_the_baseline(path, draws, book):
    comparison = compared(path, draws, book)
    decision = decide(comparison)
    base = comparison.baseline
    assert base.ranked
    for name, standing in decision.standings.items():
        own = comparison.outcomes[name].present_cost.value
        assert np.array_equal(standing.cost_difference_to_baseline, base.present_cost.value - own)
    assert not np.any(decision.standings[base.id].cost_difference_to_baseline)
    assert sum(s.probability_best for s in decision.standings.values()) == pytest.approx(1)


@for_every_example
def test_hours_are_nested(path, draws, book):
    for outcome in billed(compared(path, draws, book)):
        for name, spent in outcome.hours.items():
            chain = [spent.useful, spent.busy, spent.held, spent.paid]
            for less, more in itertools.pairwise(chain):
                slack = 1e-9 * (1 + np.abs(more))
                assert np.all(less <= more + slack), (outcome.id, name)
                assert np.all(less.sum(axis=1) <= more.sum(axis=1) + slack.sum(axis=1)), (outcome.id, name)
            assert np.all(spent.useful >= 0)
        capacity = outcome.priced.capacity_hours if outcome.priced else None
        if capacity is not None and outcome.kind == "onprem":
            busy = sum(spent.busy for spent in outcome.hours.values())
            assert np.all(busy <= capacity * (1 + 1e-9) + 1e-9)


@for_every_example
def test_ranked_options_do_all_the_work(path, draws, book):
    comparison = compared(path, draws, book)
    for outcome in comparison.ranked():
        for name in comparison.works:
            shares = [place.share for place in outcome.placement if place.workload == name]
            assert sum(shares) == pytest.approx(1, abs=1e-6), (outcome.id, name)
            assert "none" not in [place.served_by for place in outcome.placement]


@for_every_example
def test_order_of_options_does_not_matter(path, draws, book):
    comparison = compared(path, draws, book)
    data = comparison.loaded.document.data
    turned = with_value(comparison.loaded, ("baseline",), comparison.scenario.baseline_id)
    turned = with_value(turned, ("options",), dict(reversed(data["options"].items())))
    assert list(turned.scenario.options) != list(comparison.scenario.options)
    other = costs_of(turned, Draws(draws), book)
    for outcome in billed(comparison):
        assert np.array_equal(other[outcome.id], outcome.present_cost.value), outcome.id


@for_every_example
def test_another_option_or_input_does_not_reshuffle_the_draws(path, draws, book):
    comparison = compared(path, draws, book)
    extra = {"kind": "cloud", "provider": "gcp", "accelerator": "A100-SXM-80GB", "region": "us-central1"}
    more = with_value(comparison.loaded, ("baseline",), comparison.scenario.baseline_id)
    more = with_value(more, ("options", "zz_extra"), extra)
    other = costs_of(more, Draws(draws), book)
    for outcome in billed(comparison):
        assert np.array_equal(other[outcome.id], outcome.present_cost.value), outcome.id
    idle = {"low": 0.0, "mode": 0.1, "high": 0.2}
    uncertain = with_value(comparison.loaded, ("workloads", 0, "idle_fraction"), idle)
    works = compare(uncertain, book=book, draws=Draws(draws)).works
    for name, work in comparison.works.items():
        assert np.array_equal(works[name].amount.value, work.amount.value)


@for_every_example
def test_a_missing_price_is_a_reason_and_never_zero(path, draws, book):
    comparison = compared(path, draws, book)
    nothing = {"kind": "cloud", "provider": "gcp", "accelerator": "GB10"}
    option = compare(
        with_value(comparison.loaded, ("options", "zz_missing"), nothing), book=book, draws=Draws(draws)
    ).outcomes["zz_missing"]
    assert option.status == "not_priced"
    assert option.reasons
    assert option.ledger is None
    assert option.present_cost is None
    for outcome in comparison.outcomes.values():
        if outcome.status in ("not_priced", "infeasible"):
            assert outcome.reasons
        if outcome.ledger is None:
            continue
        for line in outcome.ledger.lines:
            assert np.all(np.isfinite(line.billed_cost.value)), line.id
            if (
                line.provider not in (None, "own")
                and line.cost_type == "compute"
                and line.provider in book.vocabulary("provider")
            ):
                assert np.all(line.unit_price.value > 0), line.id


@for_every_example
def test_rescaling_the_reference_accelerator_changes_no_cost(path, draws, book):
    comparison = compared(path, draws, book)
    assert comparison.reference_accelerator != "B200-SXM"
    other = compare(
        with_value(comparison.loaded, ("reference_accelerator",), "B200-SXM"), book=book, draws=Draws(draws)
    )
    assert other.reference_accelerator == "B200-SXM"
    if any(workload.kind == "accelerator_hours" for workload in comparison.scenario.workloads):
        # Hours on the reference accelerator are the work itself here: the same hours on a faster card are more work.
        assert other.baseline.present_cost.mean > comparison.baseline.present_cost.mean
        return
    for outcome in billed(comparison):
        assert np.array_equal(other.outcomes[outcome.id].present_cost.value, outcome.present_cost.value)
    assert decide(other).order == decide(comparison).order
    for name, hours in comparison.reference_hours.items():  # the faster card needs fewer hours
        # The error of a rate is partly of each card: only on average is the faster one faster.
        assert other.reference_hours[name].mean <= hours.mean


@for_every_example
def test_neither_clock_nor_network_is_read(path, draws, book, monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise AssertionError("read the clock or the network")

    class Date(datetime.date):
        today = forbidden

    class DateTime(datetime.datetime):
        now = utcnow = today = forbidden

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", forbidden)
        patch.setattr(socket, "getaddrinfo", forbidden)
        patch.setattr(datetime, "date", Date)
        patch.setattr(datetime, "datetime", DateTime)
        for name in ("time", "time_ns", "localtime", "gmtime"):
            patch.setattr(time, name, forbidden)
        again = compare(load_scenario(path), book=PriceBook.load(), draws=Draws(draws))
        decision = decide(again)
    assert decision.order
    for outcome in billed(compared(path, draws, book)):
        assert np.array_equal(again.outcomes[outcome.id].present_cost.value, outcome.present_cost.value)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_seeds_repeat_and_differ(path, book):
    loaded = load_scenario(path)
    one, again, two = (costs_of(loaded, Draws(50, seed), book) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert any(not np.array_equal(one[name], two[name]) for name in one)
