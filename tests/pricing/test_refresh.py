"""A refresh as its user meets it: some sources answer, some fail in every way there is, what is whole is kept."""

import datetime as dt
import json
import time

import pytest
from loopback import KEYS, half, rewritten, slow, status

from planner.errors import PriceError
from planner.prices import PriceBook
from planner.pricing.refresh import refresh
from planner.pricing.registry import BUILT_IN

NEEDS_KEY = {"gcp", "lambda"}


def states(found):
    return {outcome.source: outcome.state for outcome in found.outcomes}


def reasons(found, source):
    return [m.key for outcome in found.outcomes if outcome.source == source for m in outcome.reasons]


def price(purchase_model="on_demand", provider="azure", instance="Standard_ND96isr_H100_v5", region="eastus"):
    found = PriceBook.load().query(
        provider=provider, instance_type=instance, region=region, purchase_model=purchase_model
    )
    return {(offer.list_unit_price, offer.origin) for offer in found}


def test_without_credentials_everything_public_comes(loopback, store):
    found = refresh(deadline_s=30)
    assert states(found) == {s.id: "needs_key" if s.id in NEEDS_KEY else "refreshed" for s in BUILT_IN}
    assert price() == {(98.32, "azure")}
    day = dt.datetime.now(dt.UTC).date()
    book = PriceBook.load()
    assert book.date == day and "refreshed" in book.id
    assert book.fx.rate("EUR", "CAD", day).mean == pytest.approx(1.613)  # the Bank of Canada's of the 21st is newer


def test_with_the_usual_variables_the_rest_comes_too(loopback, store, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    found = refresh(deadline_s=30, regions=("us-east-1", "ca-central-1"))
    assert set(states(found).values()) <= {"refreshed", "failed"}
    assert states(found)["azure"] == "failed"  # it has no machines in these regions
    assert price("spot", "aws", "p5.48xlarge", "us-east-1") == {(22.0, "aws")}
    assert price("on_demand", "gcp", "a2-highgpu-1g", "us-central1") == {(3.673385, "gcp")}


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (status(500), "failed", "pricing.status"),
        (status(403), "failed", "pricing.denied"),
        (half, "failed", "pricing.broken_off"),
        (rewritten(lambda body: body[: len(body) // 2]), "refused", "pricing.shape"),
        (rewritten(lambda body: b"<html>Down for maintenance</html>"), "refused", "pricing.shape"),
        (rewritten(lambda body: body.replace(b'"Items"', b'"Things"')), "refused", "pricing.shape"),
        (rewritten(lambda body: body.replace(b'"USD"', b'"EUR"')), "refused", "pricing.currency"),
        (rewritten(lambda body: body.replace(b"98.32", b"9832.0")), "refused", "pricing.unbelievable"),
        (rewritten(lambda body: body.replace(b"98.32", b"-98.32")), "refused", "pricing.shape"),
        (rewritten(lambda body: body.replace(b"98.32", b'"ninety"')), "refused", "pricing.shape"),
        (rewritten(lambda body: body.replace(b"98.32", b"NaN")), "refused", "pricing.shape"),
    ],
    ids=["500", "403", "half", "cut", "html", "renamed", "currency", "hundredfold", "negative", "text", "nan"],
)
def test_a_source_that_fails_is_refused_and_the_rest_goes_on(loopback, store, fault, state, reason):
    refresh(["azure"], deadline_s=30)
    loopback.faults["azure"] = fault
    found = refresh(["azure", "vast", "oci"], deadline_s=30)
    assert states(found) == {"azure": state, "vast": "refreshed", "oci": "refreshed"}
    if reason:
        assert reasons(found, "azure") == [reason]
        assert len(store.history("azure")) == 1
    assert price() == {(98.32, "azure")}  # the old one stands


def test_busy_servers_are_asked_again_when_they_say(loopback, store):
    loopback.faults["azure"] = status(429, times=2, Retry_After="1")
    began = time.monotonic()
    assert states(refresh(["azure"], deadline_s=30)) == {"azure": "refreshed"}
    assert 1.9 < time.monotonic() - began < 10 and len(loopback.asked("azure")) == 3


def test_a_hiccup_is_tried_again(loopback, store):
    loopback.faults["oci"] = status(503, times=1)
    assert states(refresh(["oci"], deadline_s=30)) == {"oci": "refreshed"}


def test_one_deadline_for_all(loopback, store):
    loopback.faults["vast"] = slow(20)
    began = time.monotonic()
    found = refresh(["vast", "azure"], deadline_s=3)
    assert time.monotonic() - began < 8
    assert states(found) == {"vast": "failed", "azure": "refreshed"}
    assert set(reasons(found, "vast")) <= {"pricing.late", "pricing.timeout"}


def test_what_came_before_the_deadline_is_kept(loopback, store):
    from payloads import Sold, azure_item

    loopback.served["azure"] = [azure_item(Sold("Standard_ND96isr_H100_v5", f"r{i}", "", 98.32)) for i in range(1200)]
    loopback.faults["azure"] = lambda path, body: slow(10)(path, body) if "skip" in path else (200, body, {})
    found = refresh(["azure"], deadline_s=3)
    assert states(found) == {"azure": "partial"}
    assert found.outcomes[0].rows == 1000 and not store.newest("azure").complete


def test_a_partial_answer_does_not_take_away_what_it_does_not_say(loopback, store):
    refresh(["gpuhunt"], deadline_s=30)
    loopback.faults["gpuhunt"] = lambda path, body: (500, b"", {}) if "/verda/" in path else (200, body, {})
    found = refresh(["gpuhunt"], deadline_s=30)
    assert states(found) == {"gpuhunt": "partial"}
    assert price("spot", "verda", "1H100.80S.30V", "FIN-01") == {(0.8, "gpuhunt")}


def test_nothing_answers(store, monkeypatch):
    for source in BUILT_IN:
        monkeypatch.setenv(f"PLANNER_{source.id.upper()}_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PLANNER_AWS_SPOT_ADVISOR_URL", "http://127.0.0.1:9")
    found = refresh(deadline_s=20)
    assert set(states(found).values()) == {"failed", "needs_key"} and not found.changed
    assert PriceBook.load().id == PriceBook.load(store.folder()).id  # the bundled prices go on
    assert all(
        key in ("pricing.no_network", "pricing.needs_key", "pricing.late")
        for s in BUILT_IN
        for key in reasons(found, s.id)
    )


def test_progress_is_told(loopback, store):
    steps = []
    refresh(["azure", "lambda"], deadline_s=20, progress=steps.append)
    assert [(s.source, s.state) for s in steps if s.state] == [("lambda", "needs_key"), ("azure", "refreshed")]
    assert [s.answers for s in steps if s.source == "azure"] == [1, 1]


def test_a_source_that_is_not_there(store):
    with pytest.raises(PriceError) as refused:
        refresh(["azur"])
    assert refused.value.close[0] == "azure"


def test_how_it_went_is_kept_in_plain_words(loopback, store):
    loopback.faults["azure"] = status(500)
    refresh(["azure"], deadline_s=20)
    kept = store.attempt("azure")
    assert kept["state"] == "failed" and kept["reasons"] == [
        {"key": "pricing.status", "arguments": {"host": "127.0.0.1", "status": "500"}},
    ]  # fmt: skip
    json.dumps(kept)


def test_two_refreshes_at_once_leave_two_whole_snapshots(loopback, store):
    import threading

    threads = [threading.Thread(target=refresh, args=(["azure", "vast"],), kwargs={"deadline_s": 30}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.history("azure")) == 4 == len({s.id for s in store.history("azure")})
    assert price() == {(98.32, "azure")}


def test_a_letter_that_no_file_can_hold_takes_nothing_down(loopback, store):
    loopback.faults["azure"] = rewritten(lambda body: body.replace(b"eastus", b"\\ud800"))
    assert states(refresh(["azure", "vast"], deadline_s=20)) == {"azure": "refreshed", "vast": "refreshed"}


@pytest.mark.parametrize(
    "body", [b'{"Items": ' + b"[" * 100_000, b'{"BillingCurrency": "USD", "Items": [{"type": 1e999}]}']
)
def test_hostile_answers_are_refused(loopback, store, body):
    loopback.faults["azure"] = rewritten(lambda _: body)
    assert states(refresh(["azure"], deadline_s=20)) == {"azure": "refused"}
