"""One option after another: months, moves, purchases of a phase; what may not be nested."""

from __future__ import annotations

import numpy as np
import pytest

from planner.errors import ScenarioError

OWN = (
    "kind: onprem, system: 8xH100-SXM, count: 1, power_kw: 10, idle_power_fraction: 0, pue: 1, "
    "electricity_price_per_kwh: 0.1, availability_fraction: 1, maintenance_fraction_per_year: 0, staff_fte: 0, "
    "residual_fraction: 0.25, lead_time_days: 0, quote: {price: 240000, currency: USD, source: q, date: 2026-08-01}"
)
OTHER = "kind: cloud, provider: aws, instance: p5.48xlarge, region: us-east-1"  # 55.04 an hour
RENTED = 100 * 88.49


def sequence(*phases):
    told = ", ".join(f"{{option: {name}, from_month: {month}{more}}}" for name, month, more in phases)
    return f"kind: sequence, phases: [{told}]"


def test_each_phase_bills_its_own_months(ask):
    options = {"rent": ask.rent, "own": OWN, "a": sequence(("rent", 1, ""), ("own", 5, ""))}
    found = ask(options)["a"]
    power = 100 * 10 * 0.1
    expected = [*[RENTED] * 4, 240_000 + power, *[power] * 6, power - 60_000]
    assert found.ledger.by_month()[0] == pytest.approx(expected)
    assert {place.served_by: place.share for place in found.placement} == pytest.approx({"rent": 4 / 12, "own": 8 / 12})
    assert np.flatnonzero(found.hours["train"].useful[0]).tolist() == list(range(12))


def test_two_clouds_and_the_cost_of_moving(ask):
    options = {
        "rent": ask.rent, "other": OTHER,
        "a": sequence(("rent", 1, ""), ("other", 7, ", migration_cost: 900, exit_cost: {amount: 100, currency: USD}")),
    }  # fmt: skip
    found = ask(options, top="transfer: {storage_gb: 1000}")["a"]
    by_id = {(line.id, line.placed_on): line for line in found.ledger.lines}
    # 1,000 GB are 931.3 GiB: 6 months at 0.02 a GiB, then read out at 0.12, then 6 months at 0.023 a GB
    gib = 1e12 / 2**30
    assert by_id["object_storage", "rent"].billed_cost.value.sum() == pytest.approx(6 * gib * 0.02)
    assert by_id["object_storage", "other"].billed_cost.value.sum() == pytest.approx(6 * 1000 * 0.023)
    assert by_id["exit_egress.1", "rent"].billed_cost.value[0] == pytest.approx([*[0] * 6, gib * 0.12, *[0] * 5])
    assert by_id["migration_cost.2", "a"].billed_cost.value[0, 6] == 900
    assert by_id["exit_cost.2", "a"].billed_cost.value.sum() == 100
    # the disk of both months of work: none asked; compute of both halves
    compute = ask.cost(found, "compute.train")
    assert compute == pytest.approx(6 * (RENTED + 100 * 55.04))


@pytest.mark.parametrize("option", ["rent", "own", "spot", "commit"])
def test_an_option_after_itself_is_the_option(ask, option):
    options = {
        "rent": ask.rent, "own": OWN,
        "spot": "kind: spot, provider: gcp, instance: a3-highgpu-8g, region: us-central1",
        "commit": "kind: reserved, provider: gcp, instance: a3-highgpu-8g, region: us-central1, count: 1, "
        "term_months: 12",
        "late": sequence((option, 1, ""), ("rent", 13, "")),  # a phase after the horizon never comes
    }  # fmt: skip
    twice = sequence((option, 1, ""), (option, 7, ""))
    found = ask(options | {"a": twice}, ask.train(interruptible="true"), draws=20)
    alone, late = found[option].present_cost.value, found["late"].present_cost.value
    assert np.allclose(np.broadcast_to(late, (20, 1)), np.broadcast_to(alone, (20, 1)), rtol=1e-12)
    if option in ("rent", "spot"):  # bought twice and sold in between, or committed for half a term, is another thing
        assert np.allclose(np.broadcast_to(found["a"].present_cost.value, (20, 1)), alone, rtol=1e-12)


def test_what_a_plan_has_anyway_is_paid_once(ask):
    """Cloud, then own, then the same cloud again: one set-up, one team, one cluster, only in months of use."""
    cluster = "kubernetes: true, cluster_price_per_hour: 1, setup_cost: 500, staff_fte: 0.5, staff_cost_per_year: 12000"
    options = {"rent": f"{ask.rent}, {cluster}", "own": OWN}
    found = ask(options | {"a": sequence(("rent", 1, ""), ("own", 5, ""), ("rent", 9, ""))})["a"]
    months = {line.id: line.billed_cost.value[0] for line in found.ledger.lines if line.placed_on == "rent"}
    assert months["setup"] == pytest.approx([500, *[0] * 11])
    assert months["staff"] == pytest.approx([*[500] * 4, *[0] * 4, *[500] * 4])
    assert months["kubernetes"] == pytest.approx([*[730] * 4, *[0] * 4, *[730] * 4])


def test_a_phase_after_the_horizon_is_told(ask):
    found = ask({"rent": ask.rent, "own": OWN, "a": sequence(("rent", 1, ""), ("own", 13, ""))})["a"]
    told = next(message for message in found.warnings if message.key == "warning.phase_beyond")
    assert told.arguments == {"name": "own", "month": 13}


def test_a_commitment_must_fit_into_its_phase(ask):
    options = {
        "rent": ask.rent,
        "commit": "kind: reserved, provider: gcp, instance: a3-highgpu-8g, region: us-central1, count: 1",
        "a": sequence(("rent", 1, ""), ("commit", 7, "")),
    }
    short = ask(options)["a"]
    assert (short.status, ask.keys(short.reasons)) == ("infeasible", ["reason.term_beyond"])
    assert short.reasons[0].arguments["months"] == 6
    long = ask(options, months=18)["a"]
    assert long.ledger.by_month()[0] == pytest.approx([*[RENTED] * 6, *[730 * 61.383672] * 12])


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"a": sequence(("rent", 2, ""), ("own", 5, ""))}, "scenario.phases_order"),
        ({"a": sequence(("rent", 1, ""), ("own", 5, ""), ("rent", 5, ""))}, "scenario.phases_order"),
        ({"a": sequence(("own", 1, ""), ("rent", 9, ""), ("own", 6, ""))}, "scenario.phases_order"),
        ({"a": sequence(("rent", 1, ""))}, "scenario.empty"),
        ({"a": sequence(("rent", 1, ""), ("a", 5, ""))}, "scenario.unknown_option"),
        ({"a": sequence(("rent", 1, ""), ("onw", 5, ""))}, "scenario.unknown_option"),
        ({"a": "kind: hybrid, base: own, burst: a"}, "scenario.unknown_option"),
        ({"a": sequence(("rent", 1, ""), ("b", 5, "")), "b": "kind: hybrid, base: own, burst: a"}, "scenario.cycle"),
        ({"a": "kind: hybrid, base: own, burst: b", "b": "kind: hybrid, base: own, burst: c",
          "c": sequence(("rent", 1, ""), ("a", 2, ""))}, "scenario.cycle"),
    ],
)  # fmt: skip
def test_phases_out_of_order_and_circles_are_errors_with_their_line(ask, options, key):
    with pytest.raises(ScenarioError) as caught:
        ask({"rent": ask.rent, "own": OWN} | options)
    assert (caught.value.key, str(caught.value.where)) == (key, "s.yaml:12")
    if "onw" in str(options):
        assert caught.value.close[0] == "own"
