"""Any scalar anywhere, any mapping, extreme numbers: read, refused in words or priced, never a traceback."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.compare import compare
from planner.errors import PlannerError, ScenarioError
from planner.scenario_io import parse_scenario
from planner.uncertainty import Draws

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")

scalars = st.sampled_from(
    [
        "-1",
        "0",
        "1e300",
        "-1e300",
        "1e-300",
        "''",
        "null",
        "[]",
        "{}",
        "[1]",
        "{a: 1}",
        "yes",
        "99999999999",
        "0x10",
        "é",
        "'~'",
    ]
)

PLACES = [line for line in BASE.splitlines() if ": " in line and "{" not in line]


@given(st.sampled_from(PLACES), scalars)
def test_any_scalar_anywhere_is_read_or_refused_with_a_place(edited, place, value):
    key = place.partition(":")[0]
    try:
        parse_scenario(edited((place, f"{key}: {value}")), "s.yaml")
    except PlannerError as error:
        assert error.where is not None
        assert error.where.file == "s.yaml"


@given(
    st.dictionaries(
        st.sampled_from(["name", "horizon", "options", "workloads", "zzz"]), st.integers() | st.text(max_size=5)
    )
)
def test_any_mapping_is_refused_in_words(data):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(yaml.safe_dump(data))
    assert caught.value.key.startswith("scenario.")


HUGE = [
    ("tokens_per_run: 1.0e9", "tokens_per_run: 1.0e300"),
    ("tokens_per_run: 1.0e9", "tokens_per_run: {p5: 1.0e-300, p95: 1.0e300}"),
    ("tokens_per_run: 1.0e9", "tokens_per_run: 1.0e-300"),
    ("tokens_per_run: 1.0e9", "tokens_per_run: 0"),
    ("when: {every_months: 1}", "when: {every_months: 1, runs: 1.0e300}"),
    ("when: {every_months: 1}", "when: {every_months: 1}\n    growth_per_month: 1"),
    ("when: {every_months: 1}", "when: {every_months: 1}\n    growth_per_month: -0.99"),
    ("when: {every_months: 1}", "when: {every_months: 1}\n    seq_len: 1000000000000"),
    ("when: {every_months: 1}", "when: {every_months: 1}\n    job_accelerators: 1000000000000"),
    ("when: {every_months: 1}", "when: {every_months: 1}\n    failed_fraction: 1"),
    ("when: {every_months: 1}", "when: {every_months: 1}\n    idle_fraction: 1"),
    ("model: llama-3.1-8b", "parameters: 1.0e300"),
    ("model: llama-3.1-8b", "parameters: 1.0e308"),
    ("model: llama-3.1-8b", "parameters: 1.0e-300"),
    ("model: llama-3.1-8b", "model: llama-3.1-8b\n    throughput: {mfu: 0}"),
    ("model: llama-3.1-8b", "model: llama-3.1-8b\n    throughput: {rate: {A100-SXM-40GB: 0}}"),
    ("model: llama-3.1-8b", "model: llama-3.1-8b\n    throughput: {rate: {A100-SXM-40GB: 1.0e-300}}"),
    ("model: llama-3.1-8b", "model: llama-3.1-8b\n    throughput: {rate: {A100-SXM-40GB: {p5: 0, p95: 10}}}"),
    ("fraction: 0.1", "fraction: -0.999999"),
    ("fraction: 0.1", "fraction: 10"),
    ("finance:", "transfer: {egress_gb_per_month: 1.0e300}\nfinance:"),
    ("else: a100", "else: a100\n    interruption_rate_per_hour: 1.0e6"),
    ("else: a100", "else: a100\n    interruption_rate_per_hour: 0"),
    ("else: a100", "else: a100\n    checkpoint_minutes: 0"),
    ("else: a100", "else: a100\n    checkpoint_minutes: 1.0e300"),
    ("else: a100", "else: a100\n    checkpoint_interval_minutes: 0"),
    ("else: a100", "else: a100\n    restart_minutes: 1.0e6"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, count: 1000000000000}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, count: 0}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, count: -1}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, availability_fraction: 0}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, count: 1, availability_fraction: 0}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, lead_time_days: 1.0e300}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, lead_time_days: 100000}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM, residual_fraction: 1}\nbaseline:"),
    ("baseline:", "  own: {kind: onprem, system: 8xH100-SXM}\n  mix: {kind: hybrid, base: own, burst: a100}\n"
     "baseline:"),
]  # fmt: skip


@pytest.mark.parametrize("draws", [1, 50])
@pytest.mark.parametrize("change", HUGE, ids=[new.strip().replace("\n", " ")[-70:] for _, new in HUGE])
def test_extreme_but_readable_numbers_give_a_finite_cost_or_a_reason(edited, change, draws):
    """No warning, no traceback, no cost that is not a number: refused in words or priced."""
    try:
        comparison = compare(parse_scenario(edited(change), "s.yaml"), draws=Draws(draws))
    except PlannerError:
        return
    for outcome in comparison.outcomes.values():
        if outcome.status in ("priced", "partial"):
            cost = outcome.present_cost.value
            assert all(math.isfinite(value) for value in cost.ravel()), outcome.id
        else:
            assert outcome.reasons
