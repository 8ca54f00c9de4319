"""Start-up credits: one pool, one provider, months of use; what is not enough to count with."""

from __future__ import annotations

import pytest

from planner.errors import PlannerError

MONTH = 100 * 88.49  # of eight H100 at GCP
OTHER = "kind: cloud, provider: aws, instance: p5.48xlarge, region: us-east-1"


def credited(ask, credits, options=None, **more):
    return ask(options or {"a": ask.rent}, top=f"credits: {credits}", **more)["a"]


def used(found):
    """Credit by month."""
    lines = [line for line in found.ledger.lines if line.charge_category == "credit"]
    assert all(line.cost_type == "credit" and line.placed_on == "credits" for line in lines)
    return -sum(line.billed_cost.value for line in lines)[0] if lines else []


def test_a_grant_is_used_up_from_its_first_month(ask):
    found = credited(ask, "[{amount: 20000, provider: gcp}]")
    assert used(found) == pytest.approx([MONTH, MONTH, 20_000 - 2 * MONTH, *[0] * 9])
    assert ask.cost(found) == pytest.approx(12 * MONTH - 20_000)
    later = credited(ask, "[{amount: 20000, provider: gcp, starts: 2027-03, expires: 2027-04}]")
    assert used(later) == pytest.approx([0, 0, MONTH, MONTH, *[0] * 8])


def test_what_a_grant_does_not_reach_is_lost(ask):
    found = credited(ask, "[{amount: 1000000, provider: gcp, starts: 2026-11, expires: 2027-02}]")
    assert used(found) == pytest.approx([MONTH, MONTH, *[0] * 10])
    assert len(used(credited(ask, "[{amount: 1000, provider: aws}]"))) == 0  # nothing is bought there


def test_the_ceiling_and_validity_of_a_programme(ask):
    found = credited(ask, "[{programme: gcp_free_trial}]")  # 300 USD, three months
    assert used(found) == pytest.approx([300, *[0] * 11])
    assert "warning.credit_ceiling" in ask.keys(found.warnings)
    known = credited(ask, "[{programme: gcp_free_trial, amount: 30000}]")
    assert used(known) == pytest.approx([MONTH, MONTH, MONTH, *[0] * 9])  # expires after three months
    assert "warning.credit_ceiling" not in ask.keys(known.warnings)


def test_a_pool_is_shared_by_the_plan_and_stays_with_its_provider(ask):
    options = {"a": "kind: sequence, phases: [{option: rent, from_month: 1}, {option: other, from_month: 7}]",
               "rent": ask.rent, "other": OTHER}  # fmt: skip
    found = credited(ask, "[{amount: 70000, provider: gcp}, {amount: 8000, provider: aws}]", options)
    assert used(found)[:6] == pytest.approx([MONTH] * 6)  # 53,094 of the 70,000: the rest is lost with the move
    assert used(found)[6:8] == pytest.approx([100 * 55.04, 8_000 - 100 * 55.04])


def test_the_grant_that_ends_first_is_used_first(ask):
    found = credited(ask, "[{amount: 10000, provider: gcp}, {amount: 10000, provider: gcp, expires: 2027-02}]")
    assert used(found) == pytest.approx([MONTH, MONTH, 20_000 - 2 * MONTH, *[0] * 9])


def test_a_credit_of_the_provider_pays_its_managed_service(ask):
    managed = "kind: managed, provider: sagemaker, instance: ml.p4d.24xlarge, region: us-east-1"
    found = ask(
        {"a": managed, "rent": ask.rent}, ask.train(card="A100-SXM-40GB"), top="credits: [{amount: 500, provider: aws}]"
    )["a"]
    assert used(found).sum() == pytest.approx(500)


def test_support_and_staff_are_not_paid_by_credits(ask):
    dear = f"{ask.rent}, support_fraction: 0.1, staff_fte: 1, staff_cost_per_year: 12000, setup_cost: 500"
    found = credited(ask, "[{amount: 1000000, provider: gcp}]", {"a": dear})
    assert used(found) == pytest.approx([MONTH] * 12)
    assert ask.cost(found) == pytest.approx(12 * (MONTH * 0.1 + 1_000) + 500)


@pytest.mark.parametrize(
    ("credits", "key", "close"),
    [
        ("[{amount: 5}]", "scenario.credit_form", ()),
        ("[{provider: gcp}]", "scenario.credit_form", ()),
        ("[{programme: gcp_startup_start}]", "reference.unknown_credit", ("gcp_startups_start",)),
        ("[{programme: crusoe_startup_programme}]", "reference.your_input_required", ()),  # no sum is published
        ("[{programme: nvidia_inception}]", "reference.your_input_required", ()),  # nor a currency
        ("[{programme: unnamed_largest_programme}]", "reference.your_input_required", ()),
        ("[{amount: 100, provider: gpc}]", "price.unknown_provider", ("gcp",)),
    ],
)
def test_what_is_not_enough_is_an_error_with_its_line(ask, credits, key, close):
    with pytest.raises(PlannerError) as caught:
        credited(ask, credits)
    assert (caught.value.key, str(caught.value.where)) == (key, "s.yaml:7")
    assert caught.value.close[: len(close)] == close


def test_a_sum_without_a_published_one_may_be_given(ask):
    options = {"a": "kind: cloud, provider: crusoe, accelerator: H100-SXM", "rent": ask.rent}
    found = credited(ask, "[{programme: crusoe_startup_programme, amount: 1000}]", options)
    assert used(found).sum() == pytest.approx(1000)


def test_a_credit_that_no_option_can_spend_is_told(ask):
    found = ask.compare({"rent": ask.rent}, top="credits: [{provider: aws, amount: 100}, {provider: gcp, amount: 100}]")
    told = [message for message in found.warnings if message.key == "warning.credit_unused"]
    assert [message.arguments["provider"] for message in told] == ["aws"]
