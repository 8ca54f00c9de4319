"""What comes with anything rented: data by its state, set-up, staff, support, energy and emissions."""

from __future__ import annotations

import pytest

GIB = 1e9 / 2**30  # GiB in a GB
MONTREAL = "kind: cloud, provider: gcp, instance: a3-highgpu-8g, region: northamerica-northeast1"
RENTED = 100 * 88.49


def gb(found, line):
    """Volume of a line by month [GB], from GiB where the provider counts so."""
    one = next(each for each in found.ledger.lines if each.id == line and each.placed_on == "a")
    return one.quantity.value[0] / (GIB if one.pricing_unit == "GiB" else 1)


# ------------------------------------------------------------------------------------------ data


def test_each_state_of_the_data_has_its_price(ask):
    # us-central1: standard 0.02, archive 0.0012, egress 0.12 up to 1 TiB then 0.11, all a GiB; brought in for nothing
    terms = "{storage_gb: 1000, archive_gb: 5000, ingress_gb: 300, egress_gb_per_month: 2000}"
    found = ask.one(ask.rent, top=f"transfer: {terms}")
    assert gb(found, "object_storage") == pytest.approx([1000] * 12)
    assert ask.cost(found, "object_storage") == pytest.approx(12 * 1000 * GIB * 0.02)
    assert gb(found, "archive") == pytest.approx([5000] * 12)
    assert ask.cost(found, "archive") == pytest.approx(12 * 5000 * GIB * 0.0012)
    assert gb(found, "ingress") == pytest.approx([300, *[0] * 11])
    assert ask.cost(found, "ingress") == 0
    assert ask.cost(found, "egress.1") == pytest.approx(12 * 1024 * 0.12)
    assert ask.cost(found, "egress.2") == pytest.approx(12 * (2000 * GIB - 1024) * 0.11)
    assert ask.cost(found, "egress.3") == 0


def test_a_working_set_is_on_a_disk_in_months_of_work_and_rests_in_the_others(ask):
    work = ask.train(when="{month: 3, every_months: 6}", data="{dataset_gb: 1000, checkpoint_gb: 100}")
    found = ask.one(ask.rent, work)
    assert gb(found, "disk") == pytest.approx([0, 0, 1100, 0, 0, 0, 0, 0, 1100, 0, 0, 0])
    assert gb(found, "resting") == pytest.approx([1100, 1100, 0, 1100, 1100, 1100, 1100, 1100, 0, 1100, 1100, 1100])
    assert ask.cost(found, "disk") == pytest.approx(2 * 1100 * GIB * 0.10)  # the default disk: balanced
    assert ask.cost(found, "resting") == pytest.approx(10 * 1100 * GIB * 0.02)


def test_own_prices_win(ask):
    own = (
        "egress_price_per_gb: 0.01, ingress_price_per_gb: 0.02, storage_price_per_gb_month: 0.03, "
        "archive_price_per_gb_month: 0.04, disk_price_per_gb_month: 0.05"
    )
    found = ask.one(
        f"{ask.rent}, {own}", ask.train(data="{dataset_gb: 10}"),
        top="transfer: {storage_gb: 10, archive_gb: 10, ingress_gb: 10, egress_gb_per_month: 10}",
    )  # fmt: skip
    assert {line.id: round(line.billed_cost.value.sum(), 9) for line in found.ledger.lines[1:]} == {
        "egress": 1.2, "ingress": 0.2, "object_storage": 3.6, "archive": 4.8, "disk": 6.0,
    }  # fmt: skip


@pytest.mark.parametrize("serves", [["train"], ["train", "session"]])
def test_data_follows_the_work(ask, serves):
    option = f"{ask.rent}, serves: [{', '.join(serves)}]"
    found = ask.one(option, ask.train(), ask.session(), top="transfer: {storage_gb: 1000}")
    total = sum(
        line.quantity.value.sum() / GIB for line in found.ledger.lines if line.id == "object_storage"
    )  # fmt: skip
    assert gb(found, "object_storage").sum() == pytest.approx(12_000 * len(serves) / 2)
    assert total == pytest.approx(12_000)  # each GB is kept once, whoever does the work


@pytest.mark.parametrize(
    "option",
    [
        "kind: cloud, provider: gcp, instance: a3-highgpu-8g, region: us-central1, lead_time_days: 91.25",
        "kind: reserved, provider: gcp, instance: a3-highgpu-8g, region: us-central1, count: 1, term_months: 6, "
        "quote: {price: 60, currency: USD, source: q, date: 2026-08-01}, renew: false",
    ],
)
def test_data_is_charged_once_when_the_else_option_takes_a_part(ask, option):
    found = ask.one(option, top="transfer: {storage_gb: 1000, egress_gb_per_month: 100}")
    assert {place.served_by for place in found.placement} == {"a", "rent"}
    for item, volume in (("object_storage", 12_000), ("egress.1", 1_200)):
        kept = sum(line.quantity.value.sum() for line in found.ledger.lines if line.id == item)
        assert kept / GIB == pytest.approx(volume)


# ------------------------------------------------------------------------------------------ people and support


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("setup_cost: 500", 500),
        ("staff_fte: 0.5, staff_cost_per_year: 60000", 0.5 * 60_000),
        ("support_fraction: 0.1", 0.1 * 12 * RENTED),
        ("support_fraction: 0.1, setup_cost: 500, staff_fte: 0.5, staff_cost_per_year: 60000",
         0.1 * 12 * RENTED + 500 + 30_000),  # support is over the provider's charges only
    ],
)  # fmt: skip
def test_what_is_stated_is_added_and_nothing_else(ask, terms, expected):
    plain, more = ask.one(ask.rent), ask.one(f"{ask.rent}, {terms}")
    assert ask.cost(more) - ask.cost(plain) == pytest.approx(expected)


def test_wages_of_the_place_stand_in_for_a_stated_cost(ask):
    local, stated = (ask.one(f"{ask.rent}, staff_fte: 1{more}") for more in ("", ", staff_cost_per_year: 120000"))
    assert ask.cost(stated, "staff") == pytest.approx(120_000)
    assert 40_000 < ask.cost(local, "staff") < 250_000


# ------------------------------------------------------------------------------------------ energy


def test_energy_of_rented_hours(ask):
    # 800 hours, all busy, at 700 W × 1.804 (server over board) × 0.75 (load over rated) × PUE 1.1
    found = ask.one(ask.rent)
    assert found.energy_kwh[0] == pytest.approx([800 * 0.7 * 1.804 * 0.75 * 1.1] * 12)
    # half of the hours held idle: as many again at 30 % of the load
    idle = ask.one(ask.rent, ask.train(idle_fraction=0.5))
    assert idle.energy_kwh[0, 0] / found.energy_kwh[0, 0] == pytest.approx(1.3)


def test_emissions_follow_the_grid_of_the_region(ask):
    # Québec's mix of 34.8 g a kWh
    found = ask.one(MONTREAL)
    assert found.emissions_kg == pytest.approx(found.energy_kwh * 0.0348)
    # Iowa is in the grid of the Midwest, 477.4 g
    iowa = ask.one(ask.rent)
    assert iowa.emissions_kg == pytest.approx(iowa.energy_kwh * 0.4774)


def test_energy_of_a_plan_is_that_of_who_does_the_work(ask):
    spot = "kind: spot, provider: gcp, instance: a3-highgpu-8g, region: us-central1, interruption_rate_per_hour: 0"
    options = f"{spot}, checkpoint_minutes: 0, serves: [train]"
    both = ask.one(options, ask.train(interruptible="true"), ask.session())
    alone = ask({"rent": ask.rent}, ask.train(), ask.session())["rent"]
    assert both.energy_kwh == pytest.approx(alone.energy_kwh)


def test_unknown_power_is_unknown_energy(ask):
    found = ask.one("kind: cloud, provider: gcp, accelerator: TPU-v4", ask.train(card="TPU-v4"))
    assert ask.book.folder.table("reference/accelerators.csv")
    known = found.energy_kwh is not None
    watts = next(r for r in ask.book.folder.table("reference/accelerators.csv") if r["id"] == "TPU-v4").number("tdp_w")
    assert known == (watts is not None)
