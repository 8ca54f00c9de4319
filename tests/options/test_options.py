"""Each kind of option inside a comparison: what it may serve, what it leaves, what it bills."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from planner.compare import compare
from planner.errors import PriceError
from planner.prices import PriceBook
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

A3 = "kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g"  # 8 H100 for 88.49 USD
TRAIN = (
    "{id: train, kind: training, task: lora, tokens_per_run: 8.0e6, when: {every_months: 1}, "
    "throughput: {rate: {H100-SXM: 1.0e4}}MORE}"
)  # 800 hours a month
SERVE = (
    "{id: serve, kind: serving, serving: {requests_per_second: 10, peak_to_mean: PEAK, "
    "utilization_kept: 1, spare_replicas: 0}, "
    "throughput: {rate: {H100-SXM: 7200}}}"
)  # 5 replicas on average
SESSION = "{id: session, kind: interactive, session_hours_per_month: 100}"


@pytest.fixture(scope="module")
def book():
    return PriceBook.load()


def train(**more):
    return TRAIN.replace("MORE", "".join(f", {key}: {value}" for key, value in more.items()))


def run(book, options, *workloads, draws=1, top="", months=12, currency="USD"):
    lines = "\n".join(f"  {name}: {{{text}}}" for name, text in options.items())
    text = f"""
name: test
reporting_currency: {currency}
horizon: {{start: 2027-01, months: {months}}}
organisation: {{country: CA, region: QC, academic_partner: true, commercial: false}}
as_of: 2026-08-31
{top}
workloads: [{", ".join(workloads or [train()])}]
options:
{lines}
baseline: {next(iter(options))}
"""
    return compare(parse_scenario(text, "s.yaml"), book=book, draws=Draws(draws)).outcomes


def keys(messages):
    return {message.key for message in messages}


# ------------------------------------------------------------------------------------------ cloud


def test_a_job_is_billed_by_whole_instances_for_busy_hours(book):
    found = run(book, {"a": A3})["a"]
    assert found.ledger.nominal().item() == pytest.approx(800 / 8 * 88.49 * 12)


@pytest.mark.parametrize(("size", "hours"), [(1, 800), (4, 200), (8, 100), (9, 800 / 9 * 2), (16, 100)])
def test_a_job_of_a_stated_size_pays_for_the_instances_that_it_blocks(book, size, hours):
    # 800 / size hours of wall clock, times ⌈size / 8⌉ instances
    found = run(book, {"a": A3}, train(job_accelerators=size))["a"]
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(hours)


def test_idle_and_failed_hours_are_paid(book):
    found = run(book, {"a": A3}, train(idle_fraction=0.2, failed_fraction=0.5))["a"]
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(100 / 0.5 / 0.8)


@pytest.mark.parametrize(("peak", "instances"), [(1, 1), (1.6, 1), (1.7, 2), (3.2, 2), (4, 3)])
def test_replicas_of_a_service_are_whole_instances_that_stay_on(book, peak, instances):
    # 5 replicas on average, 5·peak at the peak, machines of eight, 730 hours a month each
    found = run(book, {"a": A3}, SERVE.replace("PEAK", str(peak)))["a"]
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(730 * instances)


def test_a_session_needs_one_card_and_pays_for_the_machine(book):
    found = run(book, {"a": A3}, SESSION)["a"]
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(100)


def test_the_cheapest_region_is_taken_and_told(book):
    anywhere = run(book, {"a": "kind: cloud, provider: gcp, accelerator: H100-SXM"})["a"]
    named = run(book, {"a": "kind: cloud, provider: gcp, accelerator: H100-SXM, region: us-central1"})["a"]
    assert anywhere.present_cost.value.item() <= named.present_cost.value.item()
    assert "warning.region_chosen" in keys(anywhere.warnings)
    assert "warning.region_chosen" not in keys(named.warnings)


def test_a_region_may_be_named_by_its_place(book):
    by_id, by_place = (
        run(book, {"a": f"kind: cloud, provider: gcp, accelerator: H100-SXM, region: {name}"})["a"]
        for name in ("us-central1", "iowa")
    )
    assert by_id.present_cost.value.item() == by_place.present_cost.value.item()


def test_an_unknown_region_is_an_error_with_its_line_and_near_words(book):
    with pytest.raises(PriceError) as caught:
        run(book, {"a": A3.replace("us-central1", "us-centrall")})
    assert caught.value.key == "reference.unknown_region"
    assert caught.value.where.line == 10
    assert "us-central1" in caught.value.close


def test_a_quotation_replaces_the_price_and_is_converted_once(book):
    quote = "quote: {price: 100, currency: EUR, source: Q-1, date: 2026-08-01}"
    found = run(book, {"a": f"{A3}, {quote}"}, currency="CAD")["a"]
    # last rates on or before 31 August 2026: 1.6102 CAD for a euro
    assert found.ledger.nominal().item() == pytest.approx(100 * 12 * 100 * 1.6102)
    assert found.ledger.lines[0].price_observed_on == "2026-08-01"
    # and 1.1596 USD, so a dollar is 1.6102 / 1.1596 CAD
    listed = run(book, {"a": A3}, currency="CAD")["a"]
    assert listed.ledger.nominal().item() == pytest.approx(100 * 12 * 88.49 * 1.6102 / 1.1596)


def test_currency_moves_are_one_draw_for_all_options(book):
    same = {"a": A3, "b": A3}
    found = run(book, same, currency="CAD", draws=300)
    cost = found["a"].present_cost.value
    assert cost.shape == (300, 1)
    assert np.array_equal(cost, found["b"].present_cost.value)
    assert 0.005 < np.log(cost).std() < 0.2
    assert run(book, same, currency="USD", draws=300)["a"].present_cost.value.shape == (1, 1)


def test_residency_and_regions(book):
    stays = train(data="{residency: CA}")
    found = run(book, {"a": A3}, stays)["a"]
    assert (found.status, found.reasons[0].key) == ("infeasible", "reason.residency")
    found = run(book, {"a": A3}, top="constraints: {regions: [CA, FR]}")["a"]
    assert (found.status, found.reasons[0].key) == ("infeasible", "reason.region")


def test_data_that_moves_without_a_price_is_not_free(book):
    rent = {"a": "kind: cloud, provider: lambda, accelerator: H100-SXM"}
    found = run(book, rent, top="transfer: {storage_gb: 5}")["a"]
    assert (found.status, found.reasons[0].key) == ("not_priced", "reason.no_transfer_price")
    assert run(book, rent)["a"].status == "priced"


# ------------------------------------------------------------------------------------------ spot


SPOT = A3.replace("cloud", "spot") + (
    ", interruption_rate_per_hour: 0.16666666666666666, checkpoint_minutes: 2, restart_minutes: 6"
)


def test_spot_pays_for_lost_hours(book):
    # λ 1/6, δ 2 min, R 6 min, Young–Daly τ 0.6325 h: the useful share of MODEL §5 b
    found = run(book, {"rent": A3, "a": SPOT}, train(interruptible="true"))["a"]
    line = found.ledger.lines[0]
    assert line.quantity.value[0, 0] == pytest.approx(100 / 0.88336, rel=1e-5)
    assert line.unit_price.value.item() == 50.609541
    assert line.pricing_category == "dynamic"


def test_spot_does_not_take_what_cannot_stop(book):
    service = SERVE.replace("PEAK", "1")
    found = run(book, {"rent": A3, "a": SPOT}, train(interruptible="true"), service)["a"]
    assert {(place.workload, place.served_by, round(place.share, 9)) for place in found.placement} == {
        ("train", "a", 1.0), ("serve", "rent", 1.0),
    }  # fmt: skip
    assert "reason.spot_serving" in keys(found.warnings)
    alone = run(book, {"rent": A3, "a": f"{SPOT}, else: none"})["a"]
    assert (alone.status, alone.reasons[0].key) == ("infeasible", "reason.spot_interruptible")


# ------------------------------------------------------------------------------------------ academic


UNI = (
    "kind: academic, programme: ca_alliance_ras, accelerator: H100-SXM, lead_time_days: 0, "
    "accelerator_hours_per_month: 200"
)


def test_hours_that_do_not_arrive_are_rented(book):
    found = run(book, {"rent": A3, "a": UNI})["a"]
    assert found.status == "priced"
    assert {(p.served_by, round(p.share, 9)) for p in found.placement} == {("a", 0.25), ("rent", 0.75)}
    assert found.ledger.nominal().item() == pytest.approx(0.75 * 100 * 88.49 * 12)


def test_without_a_fallback_the_plan_is_partial_or_pays_a_penalty(book):
    partial = run(book, {"rent": A3, "a": f"{UNI}, else: none"})["a"]
    assert partial.status == "partial"
    assert not partial.ranked
    assert partial.reasons[0].key == "reason.partial"
    assert partial.reasons[0].arguments["percent"] == 25.0
    paid = run(book, {"rent": A3, "a": f"{UNI}, else: none, unmet_penalty_per_unit: 0.001"})["a"]
    assert paid.status == "priced"
    assert paid.ledger.nominal().item() == pytest.approx(0.75 * 8.0e6 * 0.001 * 12)


def test_the_first_month_comes_after_the_lead_time(book):
    found = run(book, {"rent": A3, "a": UNI.replace("lead_time_days: 0", "lead_time_days: 45.625")})["a"]
    own = next(line for line in found.ledger.lines if line.placed_on == "a")
    assert own.quantity.value[0] == pytest.approx([0, 100, *[200] * 10])  # a month and a half


@pytest.mark.parametrize(
    ("organisation", "workload", "key"),
    [
        ("academic_partner: false", train(), "reason.partner_wanted"),
        ("academic_partner: true, commercial: true", train(stage="production"), "reason.academic_production"),
        ("academic_partner: true", SERVE.replace("PEAK", "1"), "reason.academic_serving"),
        ("academic_partner: true", train(data="{class: regulated}"), "reason.academic_data"),
        ("academic_partner: true, country: FR", train(), "reason.programme_refused"),
    ],
)
def test_who_may_use_a_programme(book, organisation, workload, key):
    country = "" if "country" in organisation else ", country: CA"
    text = f"""
name: test
reporting_currency: CAD
horizon: {{start: 2027-01, months: 3}}
organisation: {{{organisation}{country}}}
workloads: [{workload}]
options:
  rent: {{{A3}}}
  a: {{{UNI}, else: none}}
"""
    found = compare(parse_scenario(text), book=book, draws=Draws(1)).outcomes["a"]
    assert (found.status, found.reasons[0].key) == ("infeasible", key)


def test_an_award_is_given_or_not_in_a_draw(book):
    found = run(book, {"rent": A3, "a": f"{UNI}, award_probability: 0.3"}, draws=4000)["a"]
    shares = next(p.share for p in found.placement if p.served_by == "a")
    assert len(np.unique(np.round(found.present_cost.value, 6))) == 2
    assert shares == pytest.approx(0.3 * 0.25, abs=0.01)
    central = run(book, {"rent": A3, "a": f"{UNI}, award_probability: 0.3"})["a"]
    assert next(p.share for p in central.placement if p.served_by == "a") == pytest.approx(0.3 * 0.25)


# ------------------------------------------------------------------------------------------ own servers


OWN = (
    "kind: onprem, system: 8xH100-SXM, power_kw: 10, idle_power_fraction: 0, pue: 1, electricity_price_per_kwh: 0.1, "
    "availability_fraction: 1, maintenance_fraction_per_year: 0, staff_fte: 0, residual_fraction: 0, "
    "quote: {price: 240000, currency: USD, source: Q-2, date: 2026-08-01}"
)


def count(outcome):
    return outcome.ledger.lines[0].quantity.value.sum()


@pytest.mark.parametrize(("millions", "systems"), [(1, 1), (58.4, 1), (58.5, 2), (116.8, 2), (117, 3)])
def test_systems_are_sized_to_the_peak(book, millions, systems):
    # 10,000 tokens an hour, 8 × 730 = 5,840 hours a system
    work = train().replace("8.0e6", f"{millions}e6")
    assert count(run(book, {"rent": A3, "a": OWN}, work)["a"]) == systems


def test_sizing_looks_at_the_peak_inside_the_month_and_at_availability(book):
    uneven = "[{hours_fraction: 0.5, load_multiple: 1.9}, {hours_fraction: 0.5, load_multiple: 0.1}]"
    work = train(shape=uneven).replace("8.0e6", "58.4e6")
    assert count(run(book, {"rent": A3, "a": OWN}, work)["a"]) == 2
    waits = train(shape=uneven, deferrable="true").replace("8.0e6", "58.4e6")
    assert count(run(book, {"rent": A3, "a": OWN}, waits)["a"]) == 1
    less = OWN.replace("availability_fraction: 1", "availability_fraction: 0.9")
    assert count(run(book, {"rent": A3, "a": less}, train().replace("8.0e6", "58.4e6"))["a"]) == 2


def test_sizing_does_not_look_at_the_draws(book):
    work = train().replace("8.0e6", "{p5: 20.0e6, p95: 60.0e6}")  # median 34.6, one system; some draws need two
    one, many = (run(book, {"rent": A3, "a": OWN}, work, draws=n)["a"] for n in (1, 500))
    assert count(one) == count(many) == 1
    assert any(place.served_by == "rent" for place in many.placement)


def test_power_is_busy_hours_when_idle_costs_nothing(book):
    found = run(book, {"rent": A3, "a": f"{OWN}, count: 2"})["a"]
    costs = {line.cost_type: line.billed_cost.value.sum() for line in found.ledger.lines}
    assert costs["power"] == pytest.approx(800 / 8 * 10 * 0.1 * 12)
    assert costs["hardware"] == 480_000


def test_a_job_larger_than_the_machine_goes_elsewhere(book):
    found = run(book, {"rent": A3, "a": f"{OWN}, count: 1, else: none"}, train(job_accelerators=16))["a"]
    assert (found.status, found.reasons[0].key) == ("infeasible", "reason.job_too_big")
    assert run(book, {"rent": A3, "a": f"{OWN}, count: 2, else: none"}, train(job_accelerators=16))["a"].ranked


def test_power_at_the_site_is_a_limit(book):
    found = run(book, {"rent": A3, "a": f"{OWN}, count: 2"}, top="constraints: {power_kw: 19}")["a"]
    assert found.status == "infeasible"
    assert run(book, {"rent": A3, "a": f"{OWN}, count: 2"}, top="constraints: {power_kw: 21}")["a"].status == "priced"


@pytest.mark.parametrize(
    ("place", "key"), [("{country: BR}", "reference.your_input_required"), ("{}", "reference.country_wanted")]
)
def test_a_country_without_an_electricity_price_wants_it_from_the_user(book, place, key):
    own = OWN.replace("electricity_price_per_kwh: 0.1, ", "")
    text = f"""
name: test
reporting_currency: USD
horizon: {{start: 2027-01, months: 3}}
organisation: {place}
workloads: [{train()}]
options:
  rent: {{{A3}}}
  a: {{{own}}}
"""
    found = compare(parse_scenario(text), book=book, draws=Draws(1)).outcomes["a"]
    assert (found.status, found.reasons[0].key) == ("not_priced", key)


@pytest.mark.parametrize(("months", "told"), [(72, False), (73, True)])
def test_hardware_that_outlives_its_books_is_told(ask, months, told):
    found = ask({"rent": ask.rent, "a": f"{OWN}, count: 1"}, months=months)["a"]
    assert ("warning.beyond_life" in ask.keys(found.warnings)) == told


def test_break_even_utilisation(book):
    """Owned 8 at 240,000 a year at 0 %: f = 240,000 / 70,080 h; e = 10 kW · 0.1 / 8; rented c = 88.49 / 8."""
    found = run(book, {"rent": A3, "a": f"{OWN}, count: 1"}, top="finance: {discount_rate_fraction: 0}")["a"]
    fixed, running, rented = 240_000 / 70_080, 10 * 0.1 / 8, 88.49 / 8
    assert found.break_even_utilization.item() == pytest.approx(fixed / (rented - running))
    assert found.break_even_against == "rent"
    dear = OWN.replace("240000", "2400000")
    never = run(book, {"rent": A3, "a": f"{dear}, count: 1"}, top="finance: {discount_rate_fraction: 0}")["a"]
    assert np.isnan(never.break_even_utilization.item())  # over 100 %: never


# ------------------------------------------------------------------------------------------ hybrid


def test_hybrid_owns_the_steady_part_and_rents_the_peak(book):
    uneven = "[{hours_fraction: 0.5, load_multiple: 1.5}, {hours_fraction: 0.5, load_multiple: 0.5}]"
    work = train(shape=uneven).replace("8.0e6", "116.8e6")  # 16 cards on average: 24 in one half, 8 in the other
    # f = 240,000 / 8,760 / 8 = 3.42, c = 11.06: the first node is always used, the second and third half of the time
    # (share 0.5 > 3.42 / 10.94 = 0.31), so three nodes
    options = {"rent": A3, "own": OWN, "a": "kind: hybrid, base: own, burst: rent"}
    assert count(run(book, options, work)["a"]) == 3
    # at twice the price 0.62 > 0.5: only the first
    options["own"] = OWN.replace("240000", "480000")
    found = run(book, options, work)["a"]
    assert count(found) == 1
    assert found.ledger.nominal(lambda line: line.placed_on == "rent").item() == pytest.approx(
        8 / 8 * 730 * 88.49 * 12  # 16 more cards in one half of the hours: 8 on average
    )
    # and at eight times the price none
    options["own"] = OWN.replace("240000", "1920000")
    found = run(book, options, work)["a"]
    assert (found.status, keys(found.reasons)) == ("infeasible", {"reason.own_none"})


def test_hybrid_is_never_dearer_than_both_of_its_parts_alone(book):
    work = train().replace("8.0e6", "{low: 20.0e6, mode: 60.0e6, high: 120.0e6}")
    options = {"rent": A3, "own": OWN, "a": "kind: hybrid, base: own, burst: rent"}
    found = run(book, options, work, draws=400)
    assert found["a"].present_cost.mean <= found["rent"].present_cost.mean * (1 + 1e-9)
    assert found["a"].present_cost.mean <= found["own"].present_cost.mean * (1 + 1e-9)


# ------------------------------------------------------------------------------------------ constraints


def test_budget_and_deadline_are_chance_constraints(book):
    bill = 100 * 12 * 88.49
    for factor, status in ((1.01, "priced"), (0.99, "infeasible")):
        found = run(book, {"a": A3}, top=f"constraints: {{budget: {bill * factor}}}")["a"]
        assert found.status == status
    assert keys(found.reasons) == {"reason.budget"}

    # 800 hours on 8 cards take 100 of 730 hours; ten times the work on 8 cards takes 1.37 months
    def deadline(month):
        return train().replace("{every_months: 1}", f"{{month: 1, deadline_month: {month}}}")

    assert run(book, {"a": A3}, deadline(1))["a"].status == "priced"
    late = run(book, {"a": A3}, deadline(1).replace("8.0e6", "8.0e7"))["a"]
    assert (late.status, keys(late.reasons)) == ("infeasible", {"reason.deadline"})
    assert late.time_to_result_months.item() == pytest.approx(1000 / 730)
    assert run(book, {"a": A3}, deadline(2).replace("8.0e6", "8.0e7"))["a"].status == "priced"


def test_prices_before_the_first_exchange_rate(book):
    loaded = parse_scenario(
        f"name: t\nreporting_currency: CAD\nhorizon: {{start: 2027-01, months: 1}}\nworkloads: [{train()}]\n"
        f"options: {{a: {{{A3}}}}}\n"
    )
    found = compare(loaded, book=book, draws=Draws(1), as_of=dt.date(2016, 1, 1)).outcomes["a"]
    assert (found.status, found.reasons[0].key) == ("not_priced", "price.no_fx_date")
