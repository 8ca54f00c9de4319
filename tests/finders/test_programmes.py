"""Who may ask for what, when, and what it is worth: cases worked by hand."""

import datetime as dt

import pytest

from planner.awards.calls import later
from planner.awards.verdicts import VERDICTS
from planner.errors import PriceError
from planner.finders import programmes
from planner.finders.programmes import STATUSES_READ_ON
from planner.report.finder_words import words
from planner.scenario import Organisation
from planner.text import LANGUAGES

QUEBEC = Organisation(stage="seed", country="CA", region="QC")
QUEBEC_PARTNER = QUEBEC.model_copy(update={"academic_partner": True})
FRANCE = Organisation(stage="seed", country="FR")
AMERICA = Organisation(stage="seed", country="US", region="CA")
UNIVERSITY = Organisation(stage="university", country="CA", region="QC", commercial=False)
AFTER = dt.date(2026, 11, 20)


def verdicts(found):
    return {item.id: item.verdict for item in found}


def keys(item):
    return {reason.key.removeprefix("programmes.") for reason in item.reasons}


@pytest.fixture(scope="module")
def find(book):
    cache = {}

    def call(who, as_of=AFTER, accelerator="H100-SXM"):
        key = (who.model_dump_json(), as_of, accelerator)
        if key not in cache:
            cache[key] = programmes(who, as_of=as_of, accelerator=accelerator, book=book)
        return cache[key]

    return call


def test_each_programme_has_a_verdict_and_reasons_in_both_languages(find):
    for who in (QUEBEC, QUEBEC_PARTNER, FRANCE, AMERICA, UNIVERSITY, Organisation()):
        found = find(who)
        assert sum(found.counts.values()) == len(found.rows) == len({item.id for item in found})
        for item in found:
            assert item.verdict in VERDICTS
            assert item.verdict == "open" or item.reasons, item.id
            for lang in LANGUAGES:
                said = [words(message, lang) for message in (*item.reasons, item.start.basis)]
                assert all(said) and not any("{" in text for text in said)


def test_quebec_start_up_without_partner(find):
    found = find(QUEBEC)
    said = verdicts(found)
    assert said["ca_alliance_ras"] == "with_partner"
    assert said["ca_alliance_paid_nonacademic"] == "paid"
    assert said["ca_alliance_rrg"] == "closed"
    assert said["ca_pinq2"] == "verify"
    assert said["ca_mila_cluster"] == "not_yours"
    assert said["ca_soscip"] == "not_yours"  # Ontario
    assert said["ca_ai_compute_access_fund_ca"] == "closed"
    assert said["fr_genci_ad"] == "not_yours"
    assert said["us_incite"] == "with_partner"  # any country
    assert said["vc_google_ai"] == "verify"
    assert {"reason.partner_wanted", "reason.next_call_about"} <= keys(found["ca_alliance_rrg"])
    assert not found.of("open")


def test_a_partner_opens_the_alliance(find):
    found = find(QUEBEC_PARTNER)
    assert found["ca_alliance_ras"].verdict == "open"
    assert "reason.partner_applies_commercial" in keys(found["ca_alliance_ras"])
    research = find(QUEBEC_PARTNER.model_copy(update={"commercial": False}))
    assert "reason.partner_applies" in keys(research["ca_alliance_ras"])
    assert research["ca_mila_cluster"].verdict == "not_yours"  # for Mila's own professors
    assert found["ca_alliance_rrg"].verdict == "closed"


def test_ontario_is_not_quebec(find):
    ontario = find(Organisation(stage="seed", country="CA", region="ON"))
    assert ontario["ca_pinq2"].verdict == "not_yours"
    assert ontario["ca_soscip"].verdict == "closed"
    anywhere = find(Organisation(stage="seed", country="CA"))
    assert "reason.check_region" in keys(anywhere["ca_pinq2"])


def test_french_company(find):
    said = verdicts(find(FRANCE))
    assert {said[f"eu_aif_{name}"] for name in ("playground", "fastlane", "large")} == {"open"}
    assert said["fr_genci_ad"] == "with_partner"
    assert said["fr_genci_ar"] == "closed"
    assert said["fr_glicid_private"] == "paid"
    assert said["eu_lumi_country"] == "not_yours"  # France is not in the consortium
    assert said["es_bsc_aif"] == "not_yours"
    assert said["ca_alliance_ras"] == "not_yours"
    assert find(FRANCE.model_copy(update={"academic_partner": True}))["fr_genci_ad"].verdict == "open"


def test_a_state_that_takes_part_in_some_calls_must_check(find):
    swiss = find(Organisation(stage="seed", country="CH"))
    assert swiss["eu_aif_playground"].verdict == "verify"
    assert "reason.check_country" in keys(swiss["eu_aif_playground"])
    assert swiss["eu_lumi_country"].verdict == "with_partner"


def test_british_company_by_its_iso_code(find):
    said = verdicts(find(Organisation(stage="seed", country="GB")))
    assert (said["uk_airr_gateway"], said["uk_airr_rapid"], said["uk_airr_open"]) == ("open", "open", "closed")


def test_american_company(find):
    found = find(AMERICA)
    said = verdicts(found)
    assert {said[f"us_access_{name}"] for name in ("explore", "discover")} == {"with_partner"}
    assert said["us_nairr_pilot"] == "verify"
    assert said["us_caltech"] == "not_yours"
    assert said["eu_aif_playground"] == "not_yours"
    assert said["vc_aws_activate"] == "verify"


def test_research_university(find):
    found = find(UNIVERSITY)
    said = verdicts(found)
    assert {said[name] for name in ("ca_alliance_ras", "ca_mila_cluster", "ca_paice")} == {"open"}
    assert said["vc_google_ai"] == "not_yours"
    commercial = find(UNIVERSITY.model_copy(update={"commercial": True}))
    assert "reason.no_commercial_use" in keys(commercial["ca_mila_cluster"])
    american = find(Organisation(stage="university", country="US", commercial=False))
    assert american["us_caltech"].verdict == "paid"
    assert american["us_nersc_ercap"].verdict == "open"
    finnish = find(Organisation(stage="university", country="FI", commercial=False))
    assert finnish["fi_csc"].verdict == "open"
    assert finnish["eu_aif_playground"].verdict == "verify"


def test_no_country_refuses_nobody(find):
    found = find(Organisation(stage="seed"))
    assert found["eu_aif_playground"].verdict == "open"
    assert found["ca_alliance_ras"].verdict == "with_partner"


@pytest.mark.parametrize(
    ("as_of", "verdict", "start", "published"),
    [
        (dt.date(2026, 8, 22), "closed", dt.date(2027, 4, 1), True),
        (dt.date(2026, 9, 23), "open", dt.date(2027, 4, 1), True),
        (dt.date(2026, 11, 3), "open", dt.date(2027, 4, 1), True),
        (dt.date(2026, 11, 4), "closed", dt.date(2028, 4, 1), False),
        (dt.date(2027, 10, 1), "open", dt.date(2028, 4, 1), False),
        (dt.date(2027, 11, 4), "closed", dt.date(2029, 4, 1), False),
    ],
)
def test_the_yearly_call_of_the_alliance(find, as_of, verdict, start, published):
    item = find(QUEBEC_PARTNER, as_of)["ca_alliance_rrg"]
    assert (item.verdict, item.start.earliest, item.call.published) == (verdict, start, published)


def test_a_call_that_does_not_repeat_is_over(find):
    british = Organisation(stage="seed", country="GB")
    before, after = (find(british, day)["uk_airr_open"] for day in (dt.date(2026, 7, 1), AFTER))
    assert (before.verdict, before.start.earliest) == ("open", dt.date(2026, 8, 24))
    assert (after.verdict, after.start.earliest, after.call) == ("closed", None, None)
    fund = find(QUEBEC, dt.date(2025, 7, 1))["ca_ai_compute_access_fund_ca"]
    assert fund.verdict == "open"


def test_genci_has_two_sessions_a_year(find):
    starts = {
        day: find(FRANCE, day)["fr_genci_ar"].start.earliest
        for day in (dt.date(2026, 2, 1), dt.date(2026, 7, 1), dt.date(2026, 9, 1))
    }
    assert list(starts.values()) == [dt.date(2026, 5, 1), dt.date(2026, 11, 1), dt.date(2027, 5, 1)]


def test_the_earliest_day_is_the_date_plus_the_lead_time(find):
    found = find(FRANCE)
    assert found["eu_aif_fastlane"].start.earliest == AFTER + dt.timedelta(days=4)
    assert find(QUEBEC)["ca_alliance_ras"].start.earliest == AFTER
    assert found["fr_genci_ad"].start.earliest is None


def test_months_keep_the_day_where_they_can():
    assert later(dt.date(2027, 2, 28), 12) == dt.date(2028, 2, 28)
    assert later(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)


def test_default_date_is_that_of_the_statuses(book):
    assert programmes(QUEBEC, book=book).as_of == max(book.date, STATUSES_READ_ON)


# ------------------------------------------------------------------------------ worth, by hand


def test_25_rgu_years_are_17951_h100_hours(find):
    item = find(QUEBEC)["ca_alliance_rrg"]
    assert item.worth.low == pytest.approx(25 * 8760 / 12.2)
    assert round(item.worth.low) == 17951
    assert (item.worth.high, item.worth.accelerator, item.award_share) == (None, "H100-SXM", (0.20, 0.26))
    assert item.worth.awarded == pytest.approx((17950.82 * 0.20, 17950.82 * 0.26), rel=1e-6)
    assert "alliancecan.ca" in item.award_share_source


def test_25_rgu_years_on_a100_of_40_gb(find):
    assert find(QUEBEC, accelerator="A100-SXM-40GB")["ca_alliance_rrg"].worth.low == 25 * 8760 / 4.0


def test_genci_hours_by_the_factor_of_each_card(find):
    hours = {
        card: find(FRANCE, accelerator=card)["fr_genci_ad"].worth.high
        for card in ("V100-SXM-32GB", "A100-SXM-80GB", "H100-SXM")
    }
    assert hours == {"V100-SXM-32GB": 50_000, "A100-SXM-80GB": 25_000, "H100-SXM": 12_500}
    assert "memory" in find(FRANCE, accelerator="H100-SXM")["fr_genci_ad"].worth.flag


def test_a_card_that_the_machines_lack_is_not_converted(find):
    worth = find(QUEBEC, accelerator="MI300X")["ca_alliance_rrg"].worth
    assert worth.accelerator == "H100-SXM"
    worth = find(Organisation(country="GB"), accelerator="H100-SXM")["uk_airr_rapid"].worth
    assert (worth.accelerator, worth.high, worth.per_unit) == ("GH200", 20_000, 1.0)
    # the same family comes before the largest machine
    assert find(QUEBEC, accelerator="A100-PCIe-80GB")["ca_alliance_rrg"].worth.accelerator == "A100-SXM-40GB"


def test_access_credits_and_node_hours(find):
    found = find(AMERICA, accelerator="A100-SXM-40GB")
    explore = found["us_access_explore"].worth
    assert (explore.low, explore.high) == (200_000 / 128, 3125)
    frontier = found["us_olcf_dd"].worth
    assert (frontier.accelerator, frontier.low, frontier.high) == ("MI250X", 15_000 * 8, 160_000)


def test_hours_on_request_start_unknown(find):
    worth = find(QUEBEC)["ca_alliance_ras"].worth
    assert (worth.low, worth.high) == (None, None)
    assert worth.per_unit == pytest.approx(718.03, abs=0.01)


# ------------------------------------------------------------------------------ credits


def test_350000_usd_of_google_credits(credits_book):
    found = programmes(QUEBEC, as_of=AFTER, book=credits_book)
    item = found["gcp_ai_first"]
    per_hour = min(
        offer.price_per_accelerator_hour
        for offer in credits_book.query(provider="gcp", accelerator="H100-SXM", category="standard")
        if not offer.is_stale(AFTER)
    )
    assert item.verdict == "open"
    assert item.worth.high == pytest.approx(350_000 / per_hour)
    assert item.worth.high == pytest.approx(350_000 / (88.49 / 8), rel=1e-3)  # 31,642 h at 11.06 USD
    assert item.worth.price.offer.row.locator


def test_credits_take_the_place_of_the_vendor_rows(book, credits_book):
    without, within = (programmes(QUEBEC, as_of=AFTER, book=b) for b in (book, credits_book))
    assert {item.id for item in without if item.id.startswith("vc_")}
    assert not [item.id for item in within if item.id.startswith("vc_")]


def test_credits_in_euro_without_figure_or_not_in_money(credits_book):
    found = programmes(FRANCE, as_of=AFTER, book=credits_book, accelerator="L4")
    euro = found["ovh_startup"].worth
    rate = credits_book.fx.rate("USD", "EUR", AFTER).mean
    offer = euro.price.offer
    assert offer.currency == "USD"
    assert euro.high == pytest.approx(100_000 / (offer.price_per_accelerator_hour * rate))
    assert (found["lambda_programme"].verdict, found["lambda_programme"].worth) == ("verify", None)
    assert (found["nvidia_inception"].verdict, found["nvidia_inception"].worth) == ("verify", None)
    assert "caution.old" in keys(found["aws_old"])


def test_credits_are_for_start_ups(credits_book):
    for stage in ("university", "established"):
        found = programmes(Organisation(stage=stage, country="CA"), as_of=AFTER, book=credits_book)
        assert found["gcp_ai_first"].verdict == "not_yours"


def test_unknown_accelerator(book):
    with pytest.raises(PriceError) as caught:
        programmes(QUEBEC, accelerator="H100-SXN", book=book)
    assert "H100-SXM" in caught.value.close
