"""Own hardware in another's building: racks, power in the rent, the site's country."""

from __future__ import annotations

import pytest

COLO = (
    "kind: colocation, system: 8xH100-SXM, count: 1, lead_time_days: 0, staff_fte: 0, residual_fraction: 0, "
    "maintenance_fraction_per_year: 0, quote: {price: 240000, currency: USD, source: q, date: 2026-08-01}"
)
KNOWN = f"{COLO}, power_kw: 10, pue: 1.5, idle_power_fraction: 0, electricity_price_per_kwh: 0.1, rack_kw: 20"


def test_the_bill_of_a_month(ask):
    # 800 of 5,840 hours busy: 100 hours × 10 kW × 1.5 × 0.1; 10 kW × 217.30; an hour of a technician at 165
    found = ask.one(KNOWN)
    assert ask.cost(found, "power") == pytest.approx(12 * 100 * 10 * 1.5 * 0.1)
    assert ask.cost(found, "rent") == pytest.approx(12 * 10 * 217.30)
    assert ask.cost(found, "remote_hands") == pytest.approx(12 * 165)
    assert ask.cost(found) == pytest.approx(240_000 + 12 * (150 + 2_173 + 165))
    ours = ask.one(
        f"{KNOWN}, price_per_kw_month: 100, remote_hands_hours_per_month: 2, remote_hands_price_per_hour: 50, "
        "cross_connect_per_month: 300"
    )
    assert ask.cost(ours) == pytest.approx(240_000 + 12 * (150 + 1_000 + 100 + 300))


def test_power_in_the_rent_is_not_paid_twice(ask):
    found = ask.one(f"{KNOWN}, power_included: true")
    assert "power" not in [line.id for line in found.ledger.lines]
    assert ask.cost(found) == pytest.approx(240_000 + 12 * (2_173 + 165))
    assert found.energy_kwh.sum() == pytest.approx(12 * 100 * 10 * 1.5)  # it is drawn all the same


@pytest.mark.parametrize(
    ("rack", "count", "racks"), [(10, 1, 1), (10, 3, 3), (19.9, 3, 3), (20, 3, 2), (30, 3, 1), (25, 5, 3)]
)  # fmt: skip
def test_racks(ask, rack, count, racks):
    found = ask.one(KNOWN.replace("rack_kw: 20", f"rack_kw: {rack}").replace("count: 1", f"count: {count}"))
    told = [m.arguments["count"] for m in found.warnings if m.key == "note.racks"]
    assert told == [racks]


def test_a_system_without_power_fits_anywhere(ask):
    found = ask.one(KNOWN.replace("power_kw: 10", "power_kw: 0"))
    assert ask.cost(found, "rent") == ask.cost(found, "power") == 0
    assert found.ranked


def test_a_rack_too_weak_for_a_node_is_refused(ask):
    weak = KNOWN.replace("rack_kw: 20", "rack_kw: 9.9")
    found = ask({"rent": ask.rent, "a": weak, "b": ask.rent})
    assert (found["a"].status, ask.keys(found["a"].reasons)) == ("infeasible", ["reason.rack"])
    assert found["a"].reasons[0].arguments == {"option": "a", "need": 10.0, "rack": 9.9}
    assert found["rent"].ranked and found["b"].ranked
    # what the maker states is what a rack must carry: 10.2 kW
    assert ask.one(f"{COLO}, rack_kw: 10").reasons[0].arguments["need"] == 10.2
    assert "warning.rack_unknown" in ask.keys(ask.one(COLO).warnings)


def test_prices_of_the_place_where_it_stands(ask):
    here, there = (ask.one(f"{COLO}, rack_kw: 20{place}") for place in ("", ", country: US, site_region: VA"))
    assert ask.cost(here, "rent") == pytest.approx(12 * 10.2 * 217.30)
    assert ask.cost(there, "rent") == pytest.approx(12 * 10.2 * 194.95)
    assert ask.cost(here, "power") != ask.cost(there, "power")
    nowhere = ask.one(f"{COLO}, rack_kw: 20, country: BR")
    assert (nowhere.status, ask.keys(nowhere.reasons)) == ("not_priced", ["reference.your_input_required"])
    abroad = ask.one(f"{COLO}, rack_kw: 20, country: US, site_region: VA", ask.train(data="{residency: CA}"))
    assert (abroad.status, ask.keys(abroad.reasons)) == ("infeasible", ["reason.residency"])


def test_only_the_workload_that_may_not_leave_stays_at_home(ask):
    options = {"home": f"{KNOWN}, country: CA", "a": f"{KNOWN}, country: US, site_region: VA"}
    found = ask(options, ask.train(), ask.session(data="{residency: CA}"))["a"]
    assert {(place.workload, place.served_by) for place in found.placement} == {("train", "a"), ("session", "home")}
    assert "reason.residency" in ask.keys(found.warnings)


def test_a_commitment_serves_within_the_borders_only(ask):
    options = {
        "home": KNOWN,
        "a": "kind: reserved, provider: gcp, instance: a3-highgpu-8g, region: us-central1, count: 1",
    }
    found = ask(options, ask.train(), ask.session(data="{residency: CA}"))["a"]
    assert {(place.workload, place.served_by) for place in found.placement} == {("train", "a"), ("session", "home")}
    assert "reason.residency" in ask.keys(found.warnings)
