"""Keys and values of a scenario file: what is wrong is said with its line, its key and near words."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.scenario_io import parse_scenario
from planner.uncertainty import Fixed, Percentiles, Pert, Samples

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")


def test_the_base_is_read():
    loaded = parse_scenario(BASE, "s.yaml")
    assert loaded.scenario.horizon.months == 12
    assert loaded.scenario.options["spot"].otherwise == "a100"
    assert loaded.warnings == ()
    assert loaded.source(("horizon", "months"), "2026-01-01").locator == "s.yaml:4"
    assert loaded.source(("workloads", 0, "failed_fraction"), "2026-01-01").kind == "assumption"


@pytest.mark.parametrize(
    ("old", "new", "line", "near"),
    [
        ("reporting_currency: CAD", "reporting_currency: CAD\nbaselin: a100", 4, "baseline"),
        ("months: 12}", "months: 12, begin: 2}", 4, None),
        ("    model: llama", "    modell: llama", 12, "model"),
        ("    accelerator: A100-SXM-40GB\n  spot", "    accelerater: A100-SXM-40GB\n  spot", 21, "accelerator"),
        ("when: {every_months: 1}", "when: {every_month: 1}", 14, "every_months"),
    ],
)
def test_unknown_key_has_its_line_and_near_words(edited, refused, old, new, line, near):
    error = refused(edited((old, new)), "scenario.unknown_key", line)
    if near:
        assert error.close[0] == near


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("tokens_per_run: 1.0e9", "tokens_per_run: 3 GB", 13),
        ("tokens_per_run: 1.0e9", "tokens_per_run: NaN", 13),
        ("tokens_per_run: 1.0e9", "tokens_per_run: .inf", 13),
        ("tokens_per_run: 1.0e9", "tokens_per_run: true", 13),
        ("tokens_per_run: 1.0e9", "tokens_per_run: [1, 2]", 13),
        ("tokens_per_run: 1.0e9", "tokens_per_run: {low: 1, mode: 2, high: many}", 13),
        ("tokens_per_run: 1.0e9", "tokens_per_run: {p5: .nan, p95: 2}", 13),
    ],
)
def test_not_a_number(edited, refused, old, new, line):
    refused(edited((old, new)), "scenario.not_a_number", line)


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("months: 12", "months: 0", 4, "limit_ge"),
        ("months: 12", "months: 241", 4, "limit_le"),
        ("months: 12", "months: -3", 4, "limit_ge"),
        ("months: 12", "months: 12.5", 4, "not_whole"),
        ("months: 12", "months: twelve", 4, "not_whole"),
        ("start: 2027-01", "start: 2027-13", 4, "pattern"),
        ("start: 2027-01", "start: January", 4, "pattern"),
        ("fraction: 0.1", "fraction: -1", 7, "limit_gt"),
        ("fraction: 0.1", "fraction: -1.5", 7, "limit_gt"),
        ("fraction: 0.1", "fraction: 11", 7, "limit_le"),
        ("fraction: 0.1", "fraction: .nan", 7, "not_a_number"),
        ("fraction: 0.1", "fraction: 10 %", 7, "not_a_number"),
        ("every_months: 1", "every_months: 0", 14, "limit_ge"),
        ("every_months: 1", "month: 0", 14, "limit_ge"),
        ("every_months: 1", "runs: 0", 14, "limit_gt"),
        ("interruptible: true", "interruptible: yes", 15, "not_a_bool"),
        ("country: CA", "country: Canada", 5, "pattern"),
        ("name: test", "name: ''", 2, "empty"),
        ("id: train", "id: 1train", 9, "pattern"),
    ],
)
def test_values_that_the_field_refuses(edited, refused, old, new, line, key):
    refused(edited((old, new)), f"scenario.{key}", line)


@pytest.mark.parametrize("months", [1, 240])
def test_the_ends_of_the_horizon_are_allowed(edited, months):
    assert parse_scenario(edited(("months: 12", f"months: {months}"))).scenario.horizon.months == months


@pytest.mark.parametrize("rate", [0, -0.5, 10])
def test_rates_that_are_allowed(edited, rate):
    assert parse_scenario(edited(("fraction: 0.1", f"fraction: {rate}")))


@pytest.mark.parametrize(
    ("estimate", "key"),
    [
        ("{p5: 2, p95: 1}", "estimate.percentile_order"),
        ("{low: 3, mode: 2, high: 4}", "estimate.order"),
        ("{low: 1, mode: 5, high: 4}", "estimate.order"),
        ("{low: 1, high: 4}", "scenario.estimate_form"),
        ("{p5: 1, p95: 2, mode: 1}", "scenario.estimate_form"),
        ("{samples: no_such_file.csv}", "scenario.samples_file"),
        ("-1", "scenario.bounds"),
        ("{low: -1, mode: 0, high: 4}", "scenario.bounds"),
        ("{p5: -1, p95: 4}", "scenario.bounds"),
    ],
)
def test_wrong_estimates(edited, refused, estimate, key):
    refused(edited(("tokens_per_run: 1.0e9", f"tokens_per_run: {estimate}")), key)


@pytest.mark.parametrize("field", ["failed_fraction", "idle_fraction"])
@pytest.mark.parametrize("value", ["1.5", "-0.1", "{low: 0, mode: 0.5, high: 1.2}"])
def test_fractions_stay_between_zero_and_one(edited, refused, field, value):
    refused(edited(("    interruptible", f"    {field}: {value}\n    interruptible")), "scenario.bounds")


def test_samples_are_read_from_a_file(edited, refused, tmp_path):
    path = tmp_path / "tokens.csv"
    path.write_text("1\n2\n\n6\n", encoding="utf-8")
    text = edited(("tokens_per_run: 1.0e9", f"tokens_per_run: {{samples: '{path}'}}"))
    assert parse_scenario(text).scenario.workloads[0].tokens_per_run == Samples((1.0, 2.0, 6.0))
    for bad in ("", "1\ntwo\n", "nan\n"):
        path.write_text(bad, encoding="utf-8")
        refused(text, "scenario.samples_file")


def test_money_in_an_unknown_currency(edited, refused):
    refused(edited(("currency: CAD", "currency: CAN")), "scenario.currency", 3)
    text = edited(("finance:", "constraints: {budget: {amount: 5, currency: XYZ}}\nfinance:"))
    refused(text, "scenario.currency", 6)
    quote = "quote: {price: 1, currency: US$, source: q, date: 2026-01-01}"
    refused(edited(("    region: us-central1\n", f"    {quote}\n")), "scenario.currency")


def test_currency_has_near_words(edited, refused):
    assert "CAD" in refused(edited(("currency: CAD", "currency: CAB")), "scenario.currency").close


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        ("[{hours_fraction: 0.5, load_multiple: 1}]", "scenario.shape_sum"),
        ("[{hours_fraction: 1, load_multiple: 2}]", "scenario.shape_sum"),
        ("[{hours_fraction: 0.6, load_multiple: 1}, {hours_fraction: 0.6, load_multiple: 0.6}]", "scenario.shape_sum"),
        ("[{hours_fraction: 0, load_multiple: 1}]", "scenario.limit_gt"),
        ("[{hours_fraction: 1, load_multiple: -1}]", "scenario.limit_ge"),
        ("[]", "scenario.shape_sum"),
    ],
)
def test_shapes_must_add_up(edited, refused, shape, key):
    refused(edited(("    interruptible", f"    shape: {shape}\n    interruptible")), key)


def test_work_is_given_exactly_once(edited, refused):
    refused(edited(("    tokens_per_run: 1.0e9\n", "")), "scenario.work_one_of")
    refused(edited(("tokens_per_run: 1.0e9", "tokens_per_run: 1\n    samples_per_run: 1")), "scenario.work_one_of")
    refused(edited(("    task: lora\n", "")), "scenario.task_missing")


def test_a_service_needs_requests_and_a_batch_has_none(edited, refused):
    lora = "    kind: training\n    task: lora\n    model: llama-3.1-8b\n    tokens_per_run: 1.0e9\n"
    lengths = "prompt_tokens: 800, answer_tokens: 40, cached_fraction: 0.5"
    service = f"    kind: serving\n    serving: {{{lengths}}}\n"
    refused(edited((lora, service)), "scenario.requests_missing", 9)
    more = "requests_per_second: 1, latency: {ttft_ms: 500, tpot_ms: 50}, uptime_fraction: 0.999, utilization_kept: 0.7"
    loaded = parse_scenario(edited((lora, service.replace(lengths, f"{lengths}, {more}, spare_replicas: 0"))), "s.yaml")
    assert "warning.unused" not in [warning.key for warning in loaded.warnings]
    batch = f"    kind: batch_inference\n    tokens_per_run: 1\n    serving: {{{lengths}}}\n"
    assert parse_scenario(edited((lora, batch)), "s.yaml").warnings == ()
    error = refused(
        edited((lora, batch.replace(lengths, lengths + ", autoscaling: true"))), "scenario.batch_serving", 9
    )
    assert error.arguments["details"] == "autoscaling"


def test_words_out_of_a_list(edited, refused):
    error = refused(edited(("task: lora", "task: loraa")), "scenario.not_in_list", 11)
    assert "lora" in error.close
    error = refused(edited(("kind: cloud", "kind: clod")), "scenario.unknown_kind")
    assert "cloud" in error.close


def test_missing_keys(edited, refused):
    assert refused(edited(("name: test\n", "")), "scenario.missing_key").arguments["name"] == "name"
    refused(edited(("    provider: gcp\n", "")), "scenario.missing_key")
    refused("name: x\n", "scenario.missing_key")


def test_quantities_are_read_into_estimates(edited):
    def tokens(text):
        changed = edited(("tokens_per_run: 1.0e9", f"tokens_per_run: {text}"))
        return parse_scenario(changed).scenario.workloads[0].tokens_per_run

    assert tokens("7.0e9") == Fixed(7e9)
    assert tokens("{low: 1, mode: 2, high: 3}") == Pert(1, 2, 3)
    assert tokens("{p5: 1, p95: 2}") == Percentiles(1, 2)
    assert tokens("0") == Fixed(0.0)


@pytest.mark.parametrize("key", ["interruptible", "data", "serving", "method"])
def test_a_key_without_a_value_is_as_good_as_absent(edited, key):
    old = "    interruptible: true\n"
    empty, absent = (parse_scenario(edited((old, new))) for new in (f"    {key}:\n", ""))
    assert empty.scenario == absent.scenario


def test_an_option_that_serves_nothing(edited, refused):
    refused(edited(("else: a100", "else: a100\n    serves: []")), "scenario.empty", 28)


def test_a_credit_cannot_end_before_it_begins(edited, refused):
    credit = "credits:\n  - {provider: aws, amount: 5, starts: 2027-05, expires: 2027-04}\nbaseline:"
    refused(edited(("baseline:", credit)), "scenario.credit_order", 29)
