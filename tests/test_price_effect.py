"""What a refresh did to a decision: the prices that moved, and the one that turned the verdict."""

import datetime as dt

import pytest

from planner.compare import compare
from planner.decide import decide
from planner.offer_rows import COLUMNS
from planner.price_effect import price_effect
from planner.price_store import PriceStore
from planner.report.comparison_json import comparison_document
from planner.report.price_tables import effect_lines
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TEXT = """
schema: 1
name: Two clouds
reporting_currency: USD
horizon: {start: 2026-12, months: 12}
workloads:
  - {id: load, kind: accelerator_hours, accelerator_hours_per_month: 2000}
options:
  first:  {kind: cloud, provider: azure, region: eastus, accelerator: H100-SXM}
  second: {kind: cloud, provider: lambda, region: us-west-1, accelerator: H100-SXM}
baseline: first
"""


def offer(provider, region, price, observed):
    return dict.fromkeys(COLUMNS, "") | {
        "provider": provider, "provider_name": provider, "provider_kind": "neocloud", "instance_type": "8x-test",
        "region": region, "accelerator": "H100-SXM", "accelerator_count": "8", "accelerator_memory_gib": "80",
        "purchase_model": "on_demand", "pricing_category": "standard", "unit_price_per_hour": str(price),
        "currency": "USD", "observed_on": observed, "source": "test",
    }  # fmt: skip


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    return PriceStore()


def add(store, at, azure=None, other=None):
    day = at.date().isoformat()
    for source, region, price in (("azure", "eastus", azure), ("lambda", "us-west-1", other)):
        if price is not None:
            rows = [offer(source, region, price, day)]
            taken = at + dt.timedelta(seconds=1 if source == "azure" else 2)  # of one refresh that began at once
            store.add(source, {f"prices/offers/{source}.csv": rows}, taken_at=taken, complete=True, began_at=at)


def decision(text=TEXT):
    return decide(compare(parse_scenario(text), draws=Draws(200)))


def test_nothing_was_refreshed(store):
    assert price_effect(decision()) is None


def test_the_price_that_turned_the_verdict_is_named(store):
    add(store, NOON, azure=16.0, other=24.0)
    add(store, NOON + dt.timedelta(days=1), azure=15.9, other=8.0)  # 1 USD an hour instead of 3
    found = decision()
    effect = price_effect(found)
    assert effect.verdict_changed and (effect.before.best, found.best) == ("first", "second")
    moved = {change.options: (change.values, change.turns) for change in effect.changes}
    assert moved == {("second",): ((24.0, 8.0), True), ("first",): ((16.0, 15.9), False)}
    assert effect.changes[0].changed_fraction == pytest.approx(-2 / 3)
    document = comparison_document(found, "en", effect)["price_changes"]
    assert document["verdict_changed"] and document["before"]["option"] == "first"
    assert [c["turns_the_verdict"] for c in document["changes"]] == [True, False]
    for lang in ("en", "fr"):
        lines = effect_lines(effect, lang)
        assert len(lines) == 3 and "24" in lines[1] and "8" in lines[1]


def test_prices_that_move_and_change_nothing(store):
    add(store, NOON, azure=16.0, other=24.0)
    add(store, NOON + dt.timedelta(days=1), azure=16.5)
    effect = price_effect(decision())
    assert not effect.verdict_changed and [change.turns for change in effect.changes] == [None]


def test_two_that_turned_it_together(store):
    add(store, NOON, azure=16.0, other=17.0)
    add(store, NOON + dt.timedelta(days=1), azure=17.5, other=15.5)
    effect = price_effect(decision())
    assert effect.verdict_changed and not any(change.turns for change in effect.changes)
    assert len(effect_lines(effect, "en")) == 4


def test_only_the_newest_refresh_counts(store):
    add(store, NOON, azure=16.0, other=24.0)
    add(store, NOON + dt.timedelta(days=1), azure=15.9, other=8.0)
    add(store, NOON + dt.timedelta(days=2), azure=15.8)
    effect = price_effect(decision())
    assert not effect.verdict_changed and [change.values for change in effect.changes] == [(15.9, 15.8)]


def test_the_days_before_it_know_nothing_of_it(store):
    add(store, NOON, azure=16.0, other=24.0)
    past = TEXT + "as_of: 2026-11-19\n"
    assert price_effect(decision(past)) is None


def test_a_try_that_stored_nothing_does_not_count(store):
    add(store, NOON, azure=16.0, other=24.0)
    add(store, NOON + dt.timedelta(days=1), azure=15.9, other=8.0)
    for source in ("azure", "lambda"):
        store.record_attempt(source, {"at": (NOON + dt.timedelta(days=2)).isoformat(), "state": "failed"})
    effect = price_effect(decision())
    assert effect.verdict_changed and effect.refreshed_at == NOON + dt.timedelta(days=1)


def test_another_machine_bought_instead_is_one_change(store):
    add(store, NOON, azure=16.0, other=24.0)
    later = NOON + dt.timedelta(days=1)
    rows = [offer("azure", "eastus", 12.0, later.date().isoformat()) | {"instance_type": "8x-new"}]
    store.add("azure", {"prices/offers/azure.csv": rows}, taken_at=later, complete=True)
    effect = price_effect(decision())
    (change,) = effect.changes
    assert change.values == (16.0, 12.0) and len(change.keys) == 2
    assert "8x-new" in effect_lines(effect, "en")[1] and "8x-test" in effect_lines(effect, "en")[1]
