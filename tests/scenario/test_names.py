"""Names of a scenario file: other options, workloads and rows of the tables, each error with near words."""

from __future__ import annotations

import pytest

from planner.compare import compare
from planner.errors import PlannerError, ScenarioError
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws


def test_cycles_and_strangers_in_else(edited, refused):
    cycle = edited(("    accelerator: A100-SXM-40GB\n  spot", "    accelerator: A100-SXM-40GB\n    else: spot\n  spot"))
    error = refused(cycle, "scenario.cycle")
    assert error.where.line in (22, 28)
    error = refused(edited(("else: a100", "else: a10")), "scenario.unknown_option", 27)
    assert error.close[0] == "a100"
    refused(edited(("else: a100", "else: spot")), "scenario.unknown_option", 27)
    assert parse_scenario(edited(("else: a100", "else: none")))


def test_a_circle_that_only_a_later_part_closes(edited, refused):
    """References of all options are looked at before circles: an unknown name inside one is no crash."""
    more = (
        "  mix: {kind: hybrid, base: spot, burst: late}\n  late: {kind: hybrid, base: nowhere, burst: mix}\nbaseline:"
    )
    refused(edited(("baseline:", more)), "scenario.unknown_option", 29)


def test_strangers_in_baseline_serves_and_hybrid(edited, refused):
    assert refused(edited(("baseline: a100", "baseline: a1000")), "scenario.unknown_option", 28).close == ("a100",)
    error = refused(edited(("else: a100", "else: a100\n    serves: [trian]")), "scenario.unknown_workload", 28)
    assert error.close == ("train",)
    hybrid = edited(("baseline:", "  mix: {kind: hybrid, base: spot, burst: nowhere}\nbaseline:"))
    refused(hybrid, "scenario.unknown_option", 28)
    itself = edited(("baseline:", "  mix: {kind: hybrid, base: mix, burst: a100}\nbaseline:"))
    refused(itself, "scenario.unknown_option", 28)


def test_two_workloads_of_one_name(edited, refused):
    twin = "  - {id: train, kind: interactive, session_hours_per_month: 5}\noptions:"
    refused(edited(("options:", twin)), "scenario.duplicate_workload", 16)


@pytest.mark.parametrize(
    ("old", "new", "key", "line", "near"),
    [
        ("accelerator: A100-SXM-40GB\n  spot", "accelerator: A100-SXM-40\n  spot", "reference.unknown_accelerator", 21,
         "A100-SXM-40GB"),
        ("provider: gcp\n", "provider: gpc\n", "price.unknown_provider", 19, "gcp"),
        ("model: llama-3.1-8b", "model: lama-3.1-8", "reference.unknown_model", 12, "llama-3.1-8b"),
        ("baseline:", "  own: {kind: onprem, system: 8xH100-SMX}\nbaseline:", "reference.unknown_system", 28,
         "8xH100-SXM"),
        ("baseline:", "  uni: {kind: academic, programme: ca_aliance_ras, accelerator_hours_per_month: 5}\nbaseline:",
         "reference.unknown_programme", 28, "ca_alliance_ras"),
        ("name: test", "name: test\nreference_accelerator: H100-SMX", "reference.unknown_accelerator", 3, "H100-SXM"),
        ("    interruptible", "    throughput: {rate: {H100-SMX: 5}}\n    interruptible",
         "reference.unknown_accelerator", 15, "H100-SXM"),
    ],
)  # fmt: skip
def test_strangers_to_the_reference_tables(edited, old, new, key, line, near):
    loaded = parse_scenario(edited((old, new)), "s.yaml")
    with pytest.raises(PlannerError) as caught:
        compare(loaded, draws=Draws(1))
    assert caught.value.key == key
    assert str(caught.value.where) == f"s.yaml:{line}"
    assert near in caught.value.close


def test_work_that_starts_after_the_horizon(edited):
    loaded = parse_scenario(edited(("when: {every_months: 1}", "when: {month: 13}")), "s.yaml")
    with pytest.raises(ScenarioError) as caught:
        compare(loaded, draws=Draws(1))
    assert caught.value.key == "scenario.work_after_horizon"
    assert caught.value.where.line == 9
    assert compare(parse_scenario(edited(("when: {every_months: 1}", "when: {month: 12}"))), draws=Draws(1))
