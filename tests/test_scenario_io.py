"""Scenario files: what is wrong is said with its line, its key and near words; what is right is read in full."""

from __future__ import annotations

import math
import shutil

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.compare import compare
from planner.errors import PlannerError, PriceError, ScenarioError
from planner.prices import PriceBook
from planner.scenario_io import json_schema, load_scenario, parse_scenario, with_value
from planner.tables import DataFolder, default_folder
from planner.uncertainty import Draws, Fixed, Percentiles, Pert, Samples

BASE = """\
schema: 1
name: test
reporting_currency: CAD
horizon: {start: 2027-01, months: 12}
organisation: {country: CA, region: QC}
finance:
  discount_rate_fraction: 0.1
workloads:
  - id: train
    kind: training
    task: lora
    model: llama-3.1-8b
    tokens_per_run: 1.0e9
    when: {every_months: 1}
    interruptible: true
options:
  a100:
    kind: cloud
    provider: gcp
    region: us-central1
    accelerator: A100-SXM-40GB
  spot:
    kind: spot
    provider: gcp
    region: us-central1
    accelerator: A100-SXM-40GB
    else: a100
baseline: a100
"""


def edited(*changes):
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def refused(text, key, line=None, error=ScenarioError):
    with pytest.raises(error) as caught:
        parse_scenario(text, "s.yaml")
    assert caught.value.key == key, caught.value
    assert caught.value.where.file == "s.yaml"
    if line is not None:
        assert caught.value.where.line == line
    return caught.value


def test_the_base_is_read():
    loaded = parse_scenario(BASE, "s.yaml")
    assert loaded.scenario.horizon.months == 12
    assert loaded.scenario.options["spot"].otherwise == "a100"
    assert loaded.warnings == ()
    assert loaded.source(("horizon", "months"), "2026-01-01").locator == "s.yaml:4"
    assert loaded.source(("workloads", 0, "failed_fraction"), "2026-01-01").kind == "assumption"


# ------------------------------------------------------------------------------------------ keys and values


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
def test_unknown_key_has_its_line_and_near_words(old, new, line, near):
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
def test_not_a_number(old, new, line):
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
def test_values_that_the_field_refuses(old, new, line, key):
    refused(edited((old, new)), f"scenario.{key}", line)


@pytest.mark.parametrize("months", [1, 240])
def test_the_ends_of_the_horizon_are_allowed(months):
    assert parse_scenario(edited(("months: 12", f"months: {months}"))).scenario.horizon.months == months


@pytest.mark.parametrize("rate", [0, -0.5, 10])
def test_rates_that_are_allowed(rate):
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
def test_wrong_estimates(estimate, key):
    refused(edited(("tokens_per_run: 1.0e9", f"tokens_per_run: {estimate}")), key)


@pytest.mark.parametrize("field", ["failed_fraction", "idle_fraction"])
@pytest.mark.parametrize("value", ["1.5", "-0.1", "{low: 0, mode: 0.5, high: 1.2}"])
def test_fractions_stay_between_zero_and_one(field, value):
    refused(edited(("    interruptible", f"    {field}: {value}\n    interruptible")), "scenario.bounds")


def test_samples_are_read_from_a_file(tmp_path):
    path = tmp_path / "tokens.csv"
    path.write_text("1\n2\n\n6\n", encoding="utf-8")
    text = edited(("tokens_per_run: 1.0e9", f"tokens_per_run: {{samples: '{path}'}}"))
    assert parse_scenario(text).scenario.workloads[0].tokens_per_run == Samples((1.0, 2.0, 6.0))
    for bad in ("", "1\ntwo\n", "nan\n"):
        path.write_text(bad, encoding="utf-8")
        refused(text, "scenario.samples_file")


def test_money_in_an_unknown_currency():
    refused(edited(("currency: CAD", "currency: CAN")), "scenario.currency", 3)
    text = edited(("finance:", "constraints: {budget: {amount: 5, currency: XYZ}}\nfinance:"))
    refused(text, "scenario.currency", 6)
    quote = "quote: {price: 1, currency: US$, source: q, date: 2026-01-01}"
    refused(edited(("    region: us-central1\n", f"    {quote}\n")), "scenario.currency")


def test_currency_has_near_words():
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
def test_shapes_must_add_up(shape, key):
    refused(edited(("    interruptible", f"    shape: {shape}\n    interruptible")), key)


def test_work_is_given_exactly_once():
    refused(edited(("    tokens_per_run: 1.0e9\n", "")), "scenario.work_one_of")
    refused(edited(("tokens_per_run: 1.0e9", "tokens_per_run: 1\n    samples_per_run: 1")), "scenario.work_one_of")
    refused(edited(("    task: lora\n", "")), "scenario.task_missing")


def test_a_service_needs_requests_and_a_batch_has_none():
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


def test_words_out_of_a_list():
    error = refused(edited(("task: lora", "task: loraa")), "scenario.not_in_list", 11)
    assert "lora" in error.close
    error = refused(edited(("kind: cloud", "kind: clod")), "scenario.unknown_kind")
    assert "cloud" in error.close


def test_missing_keys():
    assert refused(edited(("name: test\n", "")), "scenario.missing_key").arguments["name"] == "name"
    refused(edited(("    provider: gcp\n", "")), "scenario.missing_key")
    refused("name: x\n", "scenario.missing_key")


# ------------------------------------------------------------------------------------------ references


def test_cycles_and_strangers_in_else():
    cycle = edited(("    accelerator: A100-SXM-40GB\n  spot", "    accelerator: A100-SXM-40GB\n    else: spot\n  spot"))
    error = refused(cycle, "scenario.cycle")
    assert error.where.line in (22, 28)
    error = refused(edited(("else: a100", "else: a10")), "scenario.unknown_option", 27)
    assert error.close[0] == "a100"
    refused(edited(("else: a100", "else: spot")), "scenario.unknown_option", 27)
    assert parse_scenario(edited(("else: a100", "else: none")))


def test_strangers_in_baseline_serves_and_hybrid():
    assert refused(edited(("baseline: a100", "baseline: a1000")), "scenario.unknown_option", 28).close == ("a100",)
    error = refused(edited(("else: a100", "else: a100\n    serves: [trian]")), "scenario.unknown_workload", 28)
    assert error.close == ("train",)
    hybrid = edited(("baseline:", "  mix: {kind: hybrid, base: spot, burst: nowhere}\nbaseline:"))
    refused(hybrid, "scenario.unknown_option", 28)
    itself = edited(("baseline:", "  mix: {kind: hybrid, base: mix, burst: a100}\nbaseline:"))
    refused(itself, "scenario.unknown_option", 28)


def test_two_workloads_of_one_name():
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
def test_strangers_to_the_reference_tables(old, new, key, line, near):
    loaded = parse_scenario(edited((old, new)), "s.yaml")
    with pytest.raises(PlannerError) as caught:
        compare(loaded, draws=Draws(1))
    assert caught.value.key == key
    assert str(caught.value.where) == f"s.yaml:{line}"
    assert near in caught.value.close


def test_work_that_starts_after_the_horizon():
    loaded = parse_scenario(edited(("when: {every_months: 1}", "when: {month: 13}")), "s.yaml")
    with pytest.raises(ScenarioError) as caught:
        compare(loaded, draws=Draws(1))
    assert caught.value.key == "scenario.work_after_horizon"
    assert caught.value.where.line == 9
    assert compare(parse_scenario(edited(("when: {every_months: 1}", "when: {month: 12}"))), draws=Draws(1))


# ------------------------------------------------------------------------------------------ files


def test_files_that_cannot_be_read(tmp_path):
    def refuse(name, key):
        with pytest.raises(ScenarioError) as caught:
            load_scenario(tmp_path / name)
        assert caught.value.key == key
        assert caught.value.where.file == str(tmp_path / name)
        return caught.value

    (tmp_path / "plan.yaml").write_text(BASE, encoding="utf-8")
    assert load_scenario(tmp_path / "plan.yaml").scenario.name == "test"
    assert refuse("plam.yaml", "scenario.no_file").close == ("plan.yaml",)
    refuse("no/such/folder.yaml", "scenario.no_file")
    refuse(".", "scenario.no_file")
    (tmp_path / "latin.yaml").write_bytes("name: déjà\n".encode("latin-1"))
    assert refuse("latin.yaml", "scenario.not_utf8").arguments["position"] == 7
    (tmp_path / "empty.yaml").write_bytes(b"")
    refuse("empty.yaml", "scenario.not_mapping")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    refuse("binary.yaml", "scenario.not_utf8")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.encode())
    assert load_scenario(tmp_path / "bom.yaml").scenario.name == "test"


def test_fifty_megabytes_are_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: pytest.fail("read"))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert caught.value.key == "scenario.too_large"


# ------------------------------------------------------------------------------------------ the rest


def test_fields_that_are_not_used_yet_are_told():
    text = edited(
        ("country: CA,", "country: CA, stage: seed, cash: 5,"), ("task: lora", "task: lora\n    global_batch: 8")
    )
    warnings = parse_scenario(text, "s.yaml").warnings
    assert {message.key for message in warnings} == {"warning.unused"}
    assert sorted((message.arguments["name"], message.where.line) for message in warnings) == [
        ("organisation.cash", 5), ("workloads.0.global_batch", 12),
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


def test_quantities_are_read_into_estimates():
    def tokens(text):
        changed = edited(("tokens_per_run: 1.0e9", f"tokens_per_run: {text}"))
        return parse_scenario(changed).scenario.workloads[0].tokens_per_run

    assert tokens("7.0e9") == Fixed(7e9)
    assert tokens("{low: 1, mode: 2, high: 3}") == Pert(1, 2, 3)
    assert tokens("{p5: 1, p95: 2}") == Percentiles(1, 2)
    assert tokens("0") == Fixed(0.0)


def test_json_schema_names_every_field_with_its_unit_and_meaning():
    schema = json_schema()
    assert schema["additionalProperties"] is False
    found = schema["$defs"]["Workload"]["properties"]
    assert found["tokens_per_run"]["unit"] == "token"
    for noun in [schema, *schema["$defs"].values()]:
        for name, each in noun.get("properties", {}).items():
            assert "description" in each or "const" in each or "enum" in each, name


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
def test_any_scalar_anywhere_is_read_or_refused_with_a_place(place, value):
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
def test_extreme_but_readable_numbers_give_a_finite_cost_or_a_reason(change, draws):
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


def test_a_damaged_price_folder_is_refused(tmp_path):
    folder = tmp_path / "pricing_data"
    shutil.copytree(default_folder(), folder)
    path = folder / "prices" / "offers" / "gcp.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("88.49", "8.849"), encoding="utf-8")
    with pytest.raises(PriceError) as caught:
        PriceBook.load(DataFolder(folder))
    assert caught.value.key == "data.bad_hash"
    assert caught.value.where.file.endswith("gcp.csv")
    path.unlink()
    with pytest.raises(PriceError) as caught:
        PriceBook.load(DataFolder(folder))
    assert caught.value.key == "data.missing_file"
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(PriceError) as caught:
        PriceBook.load(DataFolder(folder))
    assert caught.value.key == "data.bad_manifest"
    (folder / "manifest.json").unlink()
    with pytest.raises(PriceError) as caught:
        DataFolder(folder)
    assert caught.value.key == "data.no_folder"
