"""Allocations: hours that arrive, the queue and who takes what waits too long, closed and restricted programmes."""

from __future__ import annotations

import math

import numpy as np
import pytest

UNI = "kind: academic, programme: ca_alliance_ras, accelerator: H100-SXM, lead_time_days: 0"
ALL = f"{UNI}, accelerator_hours_per_month: 800"
RENTED = 100 * 88.49
COMPANY = "{country: CA, academic_partner: false, commercial: true}"


def test_the_queue_is_waited_for(ask):
    # 48 hours of queue, then 800 hours on one card
    found = ask.one(f"{ALL}, queue_hours: 48")
    assert found.time_to_result_months.item() == pytest.approx((48 + 800) / 730)
    eight = ask.one(f"{ALL}, queue_hours: 48", ask.train(job_accelerators=8))
    assert eight.time_to_result_months.item() == pytest.approx((48 + 100) / 730)
    assert ask.one(ask.rent).time_to_result_months.item() == pytest.approx(100 / 730)


def test_the_default_queue_lies_in_the_measured_range(ask):
    waits = ask.one(ALL, draws=200).time_to_result_months * 730 - 800
    assert np.all(waits > 0)
    assert len(np.unique(waits)) > 100


@pytest.mark.parametrize("days", [0.5, 2, 10])
def test_jobs_that_would_wait_too_long_are_rented(ask, days):
    # waits are exponential around 48 hours: e^(−24·days/48) of the jobs would wait longer
    late = math.exp(-days * 24 / 48)
    found = ask.one(f"{ALL}, queue_hours: 48, fallback_after_days: {days}")
    assert {place.served_by: place.share for place in found.placement} == pytest.approx({"a": 1 - late, "rent": late})
    assert ask.cost(found) == pytest.approx(12 * RENTED * late)


def test_patience_costs_less_and_less(ask):
    costs = [ask.cost(ask.one(f"{ALL}, queue_hours: 48, fallback_after_days: {days}")) for days in (0.1, 1, 3, 30)]
    assert costs == sorted(costs, reverse=True)


def test_no_hours_leave_everything_to_the_else_option(ask):
    found = ask({"rent": ask.rent, "a": f"{UNI}, accelerator_hours_per_month: 0"})
    assert found["a"].present_cost.value == pytest.approx(found["rent"].present_cost.value)
    assert {place.served_by for place in found["a"].placement} == {"rent"}


@pytest.mark.parametrize(
    ("option", "organisation", "status", "key"),
    [
        (ALL, COMPANY, "infeasible", "reason.partner_wanted"),
        (ALL.replace("ca_alliance_ras", "ca_mila_cluster"), COMPANY, "infeasible", "programmes.reason.members"),
        (ALL.replace("ca_alliance_ras", "fr_genci_ad"), "{country: CA, academic_partner: true}", "infeasible",
         "programmes.reason.country"),
        (ALL.replace("ca_alliance_ras", "ca_pinq2"), "{country: CA}", "not_priced", "reason.price_by_quotation"),
        (ALL.replace("ca_alliance_ras", "ca_pinq2"), "{country: CA, region: ON}", "infeasible",
         "programmes.reason.country"),
    ],
)  # fmt: skip
def test_who_may_not_and_what_would_let_them_in(ask, option, organisation, status, key):
    found = ask({"rent": ask.rent, "a": option, "b": ask.rent}, organisation=organisation)
    (reason,) = found["a"].reasons
    why = reason.arguments["why"].key if reason.key == "reason.programme_refused" else reason.key
    assert (found["a"].status, why) == (status, key)
    assert found["rent"].ranked and found["b"].ranked
    if key == "reason.partner_wanted":
        assert "PI" in found["a"].reasons[0].arguments["who"]


def test_a_closed_programme_wants_a_date(ask):
    rows = ask.book.folder.table("reference/academic_programmes.csv")
    closed = [row for row in rows if "closed" in row["status_2026_11"].lower()]
    assert closed
    for row in closed:
        country = {"EU": "FR", "UK": "GB", "global": "FR"}.get(row["country"], row["country"][:2])
        organisation = f"{{country: {country}, academic_partner: true, commercial: false}}"
        option = (
            f"kind: academic, programme: {row['programme_id']}, accelerator: H100-SXM, accelerator_hours_per_month: 1, "
            "price_per_accelerator_hour: 0"
        )
        found = ask({"rent": ask.rent, "a": option}, organisation=organisation)
        # over for good, or hours only from the next call on: never as if it were open
        told = ask.keys((*found["a"].reasons, *found["a"].warnings))
        over = {"reason.programme_closed", "reason.award_beyond", "note.programme_next_call"}
        assert over & set(told), row["programme_id"]
        assert found["rent"].ranked
        told = ask({"rent": ask.rent, "a": f"{option}, lead_time_days: 60"}, organisation=organisation)["a"]
        assert told.ranked
        assert "warning.programme_doubt" in ask.keys(told.warnings)


def test_one_workload_that_may_not_come_does_not_shut_out_the_others(ask):
    service = ask.serve()
    found = ask.one(ALL, ask.train(), service, ask.session(data="{residency: US}"))
    assert {(place.workload, place.served_by) for place in found.placement} == {
        ("train", "a"), ("serve", "rent"), ("session", "rent"),
    }  # fmt: skip
    assert {"reason.academic_serving", "reason.residency"} <= set(ask.keys(found.warnings))
