"""What reading tells besides: fields not used yet, replaced values, the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import ScenarioError
from planner.scenario_io import json_schema, parse_scenario, with_value

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")


def test_fields_that_are_not_used_yet_are_told(edited):
    text = edited(
        ("country: CA,", "country: CA, stage: seed, profitable: true,"),
        ("task: lora", "task: lora\n    global_batch: 8"),
    )
    warnings = parse_scenario(text, "s.yaml").warnings
    assert {message.key for message in warnings} == {"warning.unused"}
    assert sorted((message.arguments["name"], message.where.line) for message in warnings) == [
        ("organisation.profitable", 5), ("workloads.0.global_batch", 12),
    ]  # fmt: skip


def test_with_value_replaces_one_value_and_leaves_the_rest():
    loaded = parse_scenario(BASE, "s.yaml")
    other = with_value(loaded, ("finance", "discount_rate_fraction"), 0.2)
    assert other.scenario.finance.discount_rate_fraction == 0.2
    assert loaded.scenario.finance.discount_rate_fraction == 0.1
    assert other.sha256 != loaded.sha256
    added = with_value(loaded, ("constraints", "power_kw"), 5.0)
    assert added.scenario.constraints.power_kw == 5.0
    with pytest.raises(ScenarioError) as caught:
        with_value(loaded, ("horizon", "months"), 0)
    assert str(caught.value.where) == "s.yaml:4"


def test_json_schema_names_every_field_with_its_unit_and_meaning():
    schema = json_schema()
    assert schema["additionalProperties"] is False
    found = schema["$defs"]["Workload"]["properties"]
    assert found["tokens_per_run"]["unit"] == "token"
    for noun in [schema, *schema["$defs"].values()]:
        for name, each in noun.get("properties", {}).items():
            assert "description" in each or "const" in each or "enum" in each, name
