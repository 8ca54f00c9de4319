"""Notebook services: subscriptions, units and packs to the cent, sessions, what they are not for."""

from __future__ import annotations

import math

import pytest

from planner.errors import PriceError

COLAB = "kind: notebook, provider: colab, accelerator: A100-SXM-40GB"
PLUS = f"{COLAB}, plan: pro_plus"
CARD = "A100-SXM-40GB"
UNITS = 13.08  # units an hour of an A100


@pytest.mark.parametrize(
    ("plan", "users", "hours", "fee", "included"),
    [
        ("pro_plus", 1, 10, 49.99, 500),
        ("pro_plus", 1, 100, 49.99, 500),
        ("pro_plus", 3, 100, 49.99, 500),
        ("pro_plus", 2, 500, 49.99, 500),
        ("pro", 1, 100, 9.99, 100),
        ("payg", 1, 100, 0.0, 0),
    ],
)
def test_a_plan_is_a_fee_and_packs_of_a_hundred_units(ask, plan, users, hours, fee, included):
    found = ask.one(f"{COLAB}, plan: {plan}, users: {users}", ask.session(hours))
    packs = math.ceil(max(hours * UNITS - users * included, 0) / 100)
    assert ask.cost(found, "subscription") == pytest.approx(12 * users * fee)
    assert ask.cost(found, "units") == pytest.approx(12 * packs * 9.99)
    assert ask.cost(found) == pytest.approx(12 * (users * fee + packs * 9.99))


def test_known_bills(ask):
    # 500 units are 38.2 hours: nothing more to buy; 100 hours are 1,308 units: nine packs beyond the 500
    assert ask.cost(ask.one(PLUS, ask.session(38))) == pytest.approx(12 * 49.99)
    assert ask.cost(ask.one(PLUS, ask.session(39))) == pytest.approx(12 * (49.99 + 9.99))
    assert ask.cost(ask.one(PLUS, ask.session(100))) == pytest.approx(12 * (49.99 + 9 * 9.99))


def test_a_person_has_one_session_at_a_time(ask):
    # two people are 1,460 hours a month: the other 40 of 1,500 are rented
    found = ask.one(f"{PLUS}, users: 2", ask.session(1500))
    shares = {place.served_by: place.share for place in found.placement}
    assert shares == pytest.approx({"a": 1460 / 1500, "rent": 40 / 1500})
    rented = [line for line in found.ledger.lines if line.placed_on == "rent"]
    assert rented[0].quantity.value[0, 0] == pytest.approx(40)


def test_sessions_without_a_plan_are_rented_by_the_hour(ask):
    # 13.08 units at 0.0999 an hour
    found = ask.one(COLAB, ask.session(100))
    assert ask.cost(found) == pytest.approx(12 * 100 * 13.08 * 0.0999)


def test_old_prices_and_a_card_that_is_not_promised_are_told(ask):
    found = ask.one(PLUS, ask.session())
    assert {"warning.notebook_card", "warning.stale"} <= set(ask.keys(found.warnings))
    fresh = ask.one(PLUS, ask.session(), as_of="2023-01-01")
    assert "warning.stale" not in [m.key for m in fresh.warnings if "colab" in str(m.arguments)]


@pytest.mark.parametrize(
    ("option", "workload", "key", "told"),
    [
        (f"{PLUS}, session_hours_max: 24", {"train": {}}, "reason.session_too_long", {"hours": 800.0, "limit": 24.0}),
        (PLUS, {"train": {"job_accelerators": 2}}, "reason.job_too_big", {"need": 2, "have": 1}),
        (PLUS, {"serve": {}}, "reason.notebook_production", {"name": "serve"}),
        (PLUS, {"session": {"data": "{class: regulated}"}}, "reason.notebook_data", {"data": "regulated"}),
    ],
)
def test_what_a_notebook_does_not_take_goes_elsewhere(ask, option, workload, key, told):
    (kind, terms), = workload.items()  # fmt: skip
    work = getattr(ask, kind)(**({"card": CARD} if kind != "session" else {}), **terms)
    alone = ask({"rent": ask.rent, "a": f"{option}, else: none", "b": ask.rent}, work)
    assert (alone["a"].status, ask.keys(alone["a"].reasons)) == ("infeasible", [key])
    assert told.items() <= dict(alone["a"].reasons[0].arguments).items()
    assert alone["rent"].ranked and alone["b"].ranked
    both = ask.one(option, work, "{id: lab, kind: interactive, session_hours_per_month: 20}")
    assert {place.served_by for place in both.placement if place.workload != "lab"} == {"rent"}
    assert {place.served_by for place in both.placement if place.workload == "lab"} == {"a"}
    assert key in ask.keys(both.warnings)


def test_a_run_longer_than_a_session_may_stop_and_go_on(ask):
    limit = f"{PLUS}, users: 2, session_hours_max: 24, else: none"
    assert ask.one(limit, ask.train(card=CARD, interruptible="true")).ranked
    # forty runs of 20 hours each end within their sessions
    assert ask.one(limit, ask.train("2.0e5", card=CARD, when="{every_months: 1, runs: 40}")).ranked


@pytest.mark.parametrize(
    ("option", "key"),
    [(PLUS.replace(CARD, "H100-SXM"), "reason.notebook_units"),
     ("kind: notebook, provider: colab, plan: pro_plus", "reason.accelerator_wanted")],
)  # fmt: skip
def test_cards_at_hand_are_named(ask, option, key):
    found = ask.one(option, ask.session())
    assert (found.status, ask.keys(found.reasons)) == ("not_priced", [key])
    assert set(found.reasons[0].close) == {"A100-SXM-40GB", "T4", "V100-SXM-16GB"}


def test_an_unknown_plan_is_an_error_with_its_line_and_the_plans(ask):
    with pytest.raises(PriceError) as caught:
        ask.one(f"{COLAB}, plan: pro_max", ask.session())
    assert (caught.value.key, str(caught.value.where)) == ("reference.unknown_plan", "s.yaml:11")
    assert caught.value.close == ("payg", "pro", "pro_plus")


def test_data_wants_a_price_with_a_plan_too(ask):
    for option in (PLUS, COLAB):
        found = ask.one(option, ask.session(), top="transfer: {storage_gb: 100}")
        assert (found.status, ask.keys(found.reasons)) == ("not_priced", ["reason.no_transfer_price"])
        paid = ask.one(f"{option}, storage_price_per_gb_month: 0.1", ask.session(), top="transfer: {storage_gb: 100}")
        assert ask.cost(paid, "object_storage") == pytest.approx(120)
