"""Evidence for benefits, pay, labelled data and tools: values of the sources, ranges by grade, near words."""

from __future__ import annotations

import pytest

from planner.errors import NotPriced, PriceError
from planner.project_facts import ProjectFacts
from planner.tables import Row
from planner.uncertainty import Fixed, Pert

FACTS = ProjectFacts()


def estimate(name):
    return FACTS.estimate_of(FACTS.benchmark(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("service_chatbot.ticket_deflection", Fixed(0.3)),  # D: the low end alone
        ("fraud_detection.false_positives_cut", Fixed(0.4)),  # D without a low end
        ("personalised_cx.acquisition_cost_reduction", Fixed(0.0)),  # D: a low end of nothing is known
        ("predictive_maintenance.unplanned_downtime_reduction", Pert(0.1, 0.2, 0.35)),
        ("service_chatbot.agent_productivity_with_ai_assistant", Pert(0.14, 0.14, 0.34)),
        ("adoption_ramp.months_to_production", Pert(6, 8, 8)),
        ("recommender.engagement_over_matrix_factorisation", Fixed(0.04)),
        ("churn_reduction.targeting_highest_risk", Pert(-1, 0, 1)),
        ("ai_project_risk.pilots_reaching_production", Pert(0.33, 0.48, 0.52)),
    ],
)
def test_estimates_follow_the_grade_of_the_evidence(name, expected):
    assert estimate(name) == expected


def test_a_missing_typical_value_is_the_geometric_mean():
    found = estimate("predictive_maintenance.predictive_against_reactive")  # 0.3 to 0.4
    assert (found.low, found.high) == (0.3, 0.4)
    assert found.mode == pytest.approx(0.34641)


@pytest.mark.parametrize(
    "name", ["infrastructure_claim.on_premise_cheaper", "churn_reduction.retention_campaign_can_raise_churn"]
)
def test_a_lone_bound_is_no_estimate(name):
    with pytest.raises(NotPriced) as caught:
        estimate(name)
    assert caught.value.key == "reference.your_input_required"
    assert caught.value.arguments["name"] == name


def test_every_benchmark_has_a_grade_and_all_but_two_an_estimate():
    without = []
    for name, row in FACTS.benchmarks.items():
        assert row["evidence"] in set("ABCD"), name
        try:
            FACTS.estimate_of(row)
        except NotPriced:
            without.append(name)
    assert (len(FACTS.benchmarks), len(without)) == (52, 2)


def test_pay_of_a_data_scientist_in_canada():
    found = FACTS.pay("data_scientist", "CA")  # of two rows without a flag, the one with a median
    assert found.estimate == Pert(62400, 95992, 145059)
    assert found.unit == "CAD/FTE-year"
    assert found.source.locator.startswith("pricing_data/reference/team_pay.csv:")
    assert (found.source.as_of, found.source.flag) == ("2026", "")
    assert FACTS.pay("Data_Scientist", "ca") == found


@pytest.mark.parametrize(
    ("role", "country", "expected", "flag"),
    [
        ("data_scientist", "FR", Pert(35000, 50000, 90000), ""),  # unflagged before two stale rows
        ("dl_engineer", "US", Fixed(185000), "stale"),  # stale before suspect
        ("dl_engineer", "FR", Pert(50000, 55000, 60000), "stale"),  # the newest; no median: the middle
        ("qa_engineer", "US", Pert(56800, 102610, 102610), "suspect"),  # nothing else
        ("research_scientist", "US", Fixed(140910), "memory_unverified"),
        ("software_engineer", "CA", Fixed(117499), ""),
    ],
)
def test_the_least_doubtful_pay_comes_first(role, country, expected, flag):
    found = FACTS.pay(role, country)
    assert found.estimate == expected
    assert found.source.flag.split(":")[0] == flag


def test_pay_of_a_role_in_another_country_is_the_users_input():
    with pytest.raises(NotPriced) as caught:
        FACTS.pay("designer", "CA")
    assert caught.value.key == "reference.your_input_required"
    assert caught.value.arguments["name"] == "salary of designer in CA"


def test_prices_of_labels():
    box = FACTS.labelling("vendor_usa_bounding_box")
    assert [box.number(f"price_{end}") for end in ("low", "typical", "high")] == [0.1, 0.224, 0.5]
    assert (box["unit"], box["currency"], box["workforce"]) == ("object", "USD", "USA")
    assert FACTS.labelling("labelbox_subscription").number("price_typical") is None  # by quotation
    assert FACTS.labelling("ground_truth_per_object_from_50001").number("price_low") == 0.04


@pytest.mark.parametrize(
    ("task", "name", "typical"),
    [
        ("Bounding box", "vendor_market_bounding_box_dataxpower", 0.122),  # the dearer of two guides
        ("bounding box, single class", "vendor_market_bounding_box_single_class_pccvdi", 0.069),
        ("named entity recognition", "vendor_market_named_entity_recognition_pccvdi", 0.245),  # not per 1000 tokens
        ("transcription", "vendor_market_audio_transcription_pccvdi", 1.414),
        ("RLHF pair", "vendor_market_rlhf_preference_pair_pccvdi", 0.894),
    ],
)
def test_the_market_price_of_a_task(task, name, typical):
    row = FACTS.labelling_for(task)
    assert row["price_id"] == name
    assert row.number("price_typical") == typical


def test_a_task_that_fits_several_names_is_asked_back():
    with pytest.raises(PriceError) as caught:
        FACTS.labelling_for("segmentation")
    assert caught.value.close == ("polygon segmentation", "semantic segmentation")


def test_every_market_task_finds_itself():
    for row in FACTS.folder.table("prices/labelling.csv"):
        if (row["category"], row["market"]) == ("vendor_label", "market range"):
            assert FACTS.labelling_for(row["task"])["task"] == row["task"]


def test_plans_of_trackers_and_registries():
    assert FACTS.mlops("hugging_face_hub_team").number("price") == 20.0
    assert FACTS.mlops("mlflow_self_hosted").number("price") == 0.0  # free
    assert FACTS.mlops("comet_pro").number("price") is None  # unknown
    assert FACTS.mlops("neptune_ai_saas")["status"] == "closed"
    assert "not_a_price" in FACTS.mlops("weights_biases_inference_cap")["flag"]
    categories = {row["category"] for row in FACTS.folder.table("prices/mlops_services.csv")}
    assert categories == {"experiment_tracking", "registry"}


@pytest.mark.parametrize(
    ("look", "key", "near"),
    [
        (lambda: FACTS.benchmark("chatbot.deflection"), "benchmark", "service_chatbot.ticket_deflection"),
        (lambda: FACTS.pay("data_scientists", "CA"), "role", "data_scientist"),
        (lambda: FACTS.labelling("vendor_us_bounding_box"), "labelling", "vendor_usa_bounding_box"),
        (lambda: FACTS.labelling_for("bounding boxes"), "labelling", "bounding box"),
        (lambda: FACTS.mlops("mlflow_hosted"), "mlops", "mlflow_self_hosted"),
    ],
)
def test_strangers_have_near_words(look, key, near):
    with pytest.raises(PriceError) as caught:
        look()
    assert caught.value.key == f"reference.unknown_{key}"
    assert near in caught.value.close


def test_no_price_for_an_empty_task():
    with pytest.raises(PriceError):
        FACTS.labelling_for(" ")


def test_rows_of_grade_d_never_use_their_high_end():
    row = Row({"benchmark_id": "x", "evidence": "D", "low": "", "typical": "", "high": "3"}, "t.csv:2")
    with pytest.raises(NotPriced):
        FACTS.estimate_of(row)
