"""The user's prices: whole or not at all, never lost, never mixed up, and the past can be asked for."""

import datetime as dt
import json
import threading

import pytest

from planner.errors import PriceError
from planner.layers import laid_over
from planner.offer_rows import COLUMNS
from planner.price_store import PriceStore
from planner.prices import PriceBook

TABLE = "prices/offers/azure.csv"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def offer(price, region="eastus", observed="2026-11-20", **changes):
    row = dict.fromkeys(COLUMNS, "") | {
        "provider": "azure", "provider_name": "Azure", "provider_kind": "hyperscaler",
        "instance_type": "Standard_ND96isr_H100_v5", "region": region, "accelerator": "H100-SXM",
        "accelerator_count": "8", "accelerator_memory_gib": "80", "purchase_model": "on_demand",
        "pricing_category": "standard", "unit_price_per_hour": str(price), "currency": "USD",
        "observed_on": observed, "source": "test",
    }  # fmt: skip
    return row | changes


@pytest.fixture
def store(tmp_path):
    return PriceStore(tmp_path / "prices")


def add(store, *rows, at=NOON, complete=True, source="azure"):
    return store.add(source, {TABLE: list(rows)}, taken_at=at, complete=complete)


def prices(store, **how):
    book = PriceBook.load(store.folder(**how))
    found = book.query(provider="azure", instance_type="Standard_ND96isr_H100_v5", include_refused=True)
    return {o.region: o.list_unit_price for o in found if o.origin != "bundled" and o.purchase_model == "on_demand"}


def test_the_newest_stands_and_the_past_can_be_asked_for(store):
    add(store, offer(98.32))
    add(store, offer(90.0, observed="2026-11-21"), at=NOON + DAY)
    assert prices(store) == {"eastus": 90.0}
    assert prices(store, as_of=dt.date(2026, 11, 20)) == {"eastus": 98.32}
    assert prices(store, as_of=dt.date(2026, 11, 19)) == {}
    assert prices(store, before=NOON + DAY) == {"eastus": 98.32}
    assert len(store.history("azure")) == 2


def test_rolling_back_withdraws_and_brings_back(store):
    add(store, offer(98.32))
    add(store, offer(90.0), at=NOON + DAY)
    assert store.roll_back("azure").taken_at == NOON + DAY and prices(store) == {"eastus": 98.32}
    assert store.roll_forward("azure").taken_at == NOON + DAY and prices(store) == {"eastus": 90.0}
    store.roll_back("azure"), store.roll_back("azure")
    assert prices(store) == {} and len(store.history("azure")) == 2
    with pytest.raises(PriceError) as refused:
        store.roll_back("azure")
    assert refused.value.key == "store.nothing_to_roll_back"


def test_nothing_withdrawn(store):
    add(store, offer(98.32))
    with pytest.raises(PriceError):
        store.roll_forward("azure")


def test_a_partial_answer_carries_over_what_it_does_not_say(store):
    add(store, offer(98.32), offer(110.0, "canadacentral"))
    add(store, offer(90.0, observed="2026-11-21"), at=NOON + DAY, complete=False)
    assert prices(store) == {"eastus": 90.0, "canadacentral": 110.0}
    assert store.newest("azure").fresh_rows == 1


def test_a_whole_answer_takes_away_what_the_provider_stopped_selling_there(store):
    add(store, offer(98.32), offer(60.0, instance_type="Old_H100"), offer(110.0, "canadacentral"))
    add(store, offer(90.0, observed="2026-11-21"), at=NOON + DAY)
    rows = store.newest("azure").tables()[TABLE]
    assert {(r["instance_type"], r["region"]) for r in rows} == {
        ("Standard_ND96isr_H100_v5", "eastus"), ("Standard_ND96isr_H100_v5", "canadacentral"),
    }  # fmt: skip


def test_a_spot_price_that_was_not_seen_again_for_long_is_forgotten(store):
    spot = {"purchase_model": "spot", "pricing_category": "dynamic"}
    add(store, offer(20.0, "westus", **spot), offer(98.32))
    add(store, offer(90.0), at=NOON + 91 * DAY, complete=False)
    assert {r["region"] for r in store.newest("azure").tables()[TABLE]} == {"eastus"}


def test_an_older_observation_does_not_replace_a_newer_one():
    older, newer = [offer(98.32, observed="2026-11-20")], [offer(70.0, observed="2026-06-01")]
    kept = laid_over(TABLE, older, newer, complete=True, cells=lambda row: row)
    assert [row["unit_price_per_hour"] for row in kept] == ["98.32"]


def test_ones_own_quotation_stands_whatever_its_date(store):
    add(store, offer(80.0, observed="2026-01-15"), source="own", complete=False)
    add(store, offer(98.32, observed="2026-11-21"), at=NOON + DAY)
    assert prices(store) == {"eastus": 80.0}


def test_a_reader_sees_a_snapshot_whole_or_not_at_all(store, monkeypatch):
    add(store, offer(98.32))
    monkeypatch.setattr(
        "pathlib.Path.rename", lambda *names: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(PriceError) as refused:
        add(store, offer(90.0), at=NOON + DAY)
    assert refused.value.key == "store.cannot_write" and "No space left" in refused.value.arguments["problem"]
    monkeypatch.undo()
    assert prices(store) == {"eastus": 98.32} and not list(store.path.glob(".new-*"))


def test_a_file_that_was_changed_is_refused_and_can_be_rolled_back(store):
    add(store, offer(98.32))
    snapshot = add(store, offer(90.0), at=NOON + DAY)
    (snapshot.path / TABLE).write_text("provider\nnobody\n")
    with pytest.raises(PriceError) as refused:
        prices(store)
    assert refused.value.key == "store.damaged" and refused.value.arguments["source"] == "azure"
    store.roll_back("azure")
    assert prices(store) == {"eastus": 98.32}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 3}'])
def test_a_damaged_manifest_is_refused_in_words(store, text):
    snapshot = add(store, offer(98.32))
    (snapshot.path / "manifest.json").write_text(text)
    with pytest.raises(PriceError):
        prices(store)
    store.roll_back("azure")
    assert prices(store) == {}


def test_a_refresh_over_a_damaged_snapshot_goes_on(store):
    snapshot = add(store, offer(98.32))
    (snapshot.path / TABLE).write_text("provider\nnobody\n")
    add(store, offer(90.0), at=NOON + DAY)
    assert prices(store) == {"eastus": 90.0}


def test_many_writers_and_readers_at_once(store):
    add(store, offer(98.32))
    problems = []

    def write(n):
        try:
            for source in ("azure", "other", "third"):
                add(store, offer(90.0 + n), at=NOON + DAY, complete=False, source=source)
        except Exception as error:
            problems.append(error)

    def read():
        try:
            for _ in range(5):
                store.folder().table(TABLE)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)] + [
        threading.Thread(target=read) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems and len({s.id for s in store.history("azure")}) == 9


def test_the_book_is_named_after_its_newest_prices(store):
    bundled = PriceBook.load(store.folder())
    add(store, offer(98.32))
    book = PriceBook.load(store.folder())
    assert book.id == f"{bundled.id}+refreshed-2026-11-20" and book.sha256 != bundled.sha256
    assert book.date == dt.date(2026, 11, 20)


def test_what_a_person_can_read_in_the_folder(store):
    snapshot = add(store, offer(98.32))
    manifest = json.loads((snapshot.path / "manifest.json").read_text())
    assert manifest["source"] == "azure" and manifest["complete"] is True and manifest["files"].keys() == {TABLE}
    assert snapshot.path.parent.name == "azure" and snapshot.id.startswith("20261120T120000")


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PriceError) as refused:
        add(PriceStore(tmp_path / "file" / "prices"), offer(98.32))
    assert refused.value.key == "store.cannot_write"


def test_cells_stay_on_one_line(store):
    add(store, offer(98.32, source="first\nsecond, third"))
    assert store.newest("azure").tables()[TABLE][0]["source"] == "first second, third"


def test_undo_brings_back_what_was_withdrawn_last(store):
    for i, price in enumerate((50.0, 60.0, 70.0)):
        add(store, offer(price), at=NOON + i * DAY)
    store.roll_back("azure")
    add(store, offer(80.0), at=NOON + 3 * DAY)
    store.roll_back("azure")
    assert prices(store) == {"eastus": 60.0}
    store.roll_forward("azure")
    assert prices(store) == {"eastus": 80.0}


def test_things_that_are_no_snapshots_are_passed_over(store):
    add(store, offer(98.32))
    for name in ("zzz", "20261120T120000.000000Z", ".hidden"):
        (store.path / "azure" / name).mkdir()
        (store.path / "azure" / name / "manifest.json").write_text("{}")
    (store.path / "a file").write_text("")
    (store.path / ".attempts").write_text("a file where a folder belongs")
    assert prices(store) == {"eastus": 98.32} and store.sources() == ["azure"]
    store.record_attempt("azure", {"at": "now"})
    assert store.attempt("azure") is None
    assert store.history("../azure") == store.history("x" * 5000) == []


def test_a_damaged_snapshot_that_does_not_stand_is_shown_and_does_no_harm(store):
    first = add(store, offer(98.32))
    add(store, offer(90.0), at=NOON + DAY)
    (first.path / "manifest.json").write_text("{}")
    assert prices(store) == {"eastus": 90.0}
    assert [(s.damaged, s.fresh_rows, s.complete) for s in store.history("azure")] == [
        (True, 0, False),
        (False, 1, True),
    ]


def test_letters_that_no_file_can_hold_are_replaced(store):
    add(store, offer(98.32, region="\ud800"))
    assert prices(store) == {"?": 98.32}
