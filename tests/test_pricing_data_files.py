"""The shipped price book: digests, keys, fixtures, and that the source still gives the same bytes."""

import csv
import hashlib
import itertools
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT / "pricing_data"
SOURCE = Path(__file__).parents[1].parent / "shared" / "data"
SERIES = [
    "provider",
    "instance_type",
    "region",
    "accelerator",
    "accelerator_count",
    "accelerator_memory_gib",
    "purchase_model",
    "term_months",
    "payment",
    "statistic",
]


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with (DATA / name).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


@cache
def offers() -> tuple[dict[str, str], ...]:
    names = sorted(path.relative_to(DATA).as_posix() for path in (DATA / "prices/offers").glob("*.csv"))
    return tuple(row for name in names for row in table(name))


def price(provider: str, instance: str, region: str, model: str) -> tuple[float, str]:
    wanted = {"provider": provider, "instance_type": instance, "region": region, "purchase_model": model}
    (row,) = (row for row in offers() if all(row[key] == value for key, value in wanted.items()))
    assert row["accelerator"] == "H100-SXM"
    assert row["accelerator_count"] == "8"
    return float(row["unit_price_per_hour"]), row["observed_on"]


def manifest() -> dict[str, object]:
    return json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))


def test_manifest_digests_match_the_files() -> None:
    files = manifest()["files"]
    assert isinstance(files, dict)
    shipped = {
        p.relative_to(DATA).as_posix()
        for f in ("prices", "fx", "reference", "measured")
        for p in (DATA / f).rglob("*.csv")
    }
    assert shipped | {"assumptions.csv", "estimator.json"} == set(files)
    for name, digest in files.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name


def test_manifest_is_named_after_the_newest_offer() -> None:
    assert manifest()["id"] == "snapshot-" + max(row["observed_on"] for row in offers())


def test_every_offer_has_a_known_accelerator_a_price_and_a_source() -> None:
    known = {row["id"] for row in table("reference/accelerators.csv")}
    for row in offers():
        assert row["accelerator"] in known, row
        assert float(row["unit_price_per_hour"]) > 0, row
        assert row["source"], row
        assert row["observed_on"] or "undated" in row["flag"], row
        assert row["accelerator_count"] or "count_unknown" in row["flag"], row
        assert "stale" not in row["flag"], row


def test_series_keys_are_unique() -> None:
    keys = [tuple(row[column] for column in SERIES) for row in offers()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("reference/accelerators.csv", ("id",)),
        ("reference/accelerator_aliases.csv", ("spelling", "provider")),
        ("reference/models.csv", ("id",)),
        ("reference/model_aliases.csv", ("spelling",)),
        ("reference/systems.csv", ("id", "price_basis")),
        ("reference/regions.csv", ("provider", "region_id")),
        ("reference/colocation.csv", ("market", "segment", "item", "period")),
        ("reference/managed_services.csv", ("service", "instance_family")),
        ("reference/market_notes.csv", ("provider",)),
        ("reference/value_benchmarks.csv", ("benchmark_id",)),
        ("reference/team_pay.csv", ("role", "country", "pay_basis", "observed_on")),
        ("reference/effort_shares.csv", ("activity",)),
        ("assumptions.csv", ("name",)),
        ("measured/training_runs.csv", ("run_id",)),
        ("measured/training_throughput.csv", ("row_id",)),
        ("measured/serving_throughput.csv", ("row_id",)),
        ("prices/notebook_plans.csv", ("provider", "plan")),
        ("prices/notebook_units.csv", ("provider", "accelerator")),
        ("prices/startup_credits.csv", ("credit_id",)),
        ("prices/labelling.csv", ("price_id",)),
        ("prices/mlops_services.csv", ("service_id",)),
        ("prices/token_prices.csv", ("provider", "api_model")),
        ("prices/spot_interruptions.csv", ("provider", "instance_type", "region")),
        ("prices/transfer_and_storage.csv", ("provider", "region", "item", "tier")),
        ("fx/ecb.csv", ("date", "currency")),
    ],
)
def test_keys_are_unique(name: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[column] for column in key) for row in table(name)]
    assert len(keys) == len(set(keys))


def test_references_resolve() -> None:
    accelerators = {row["id"] for row in table("reference/accelerators.csv")} | {""}
    assert {row["accelerator"] for row in table("prices/notebook_units.csv")} <= accelerators
    for name in ("accelerator_aliases", "systems", "rgu", "academic_clusters"):
        assert {row["accelerator"] for row in table(f"reference/{name}.csv")} <= accelerators, name
    models = {row["id"] for row in table("reference/models.csv")}
    assert {row["model"] for row in table("reference/model_aliases.csv")} == models
    assert {row["model"] for row in table("prices/token_prices.csv")} <= models | {""}


@pytest.mark.parametrize(
    "name",
    [
        "prices/notebook_plans.csv",
        "prices/notebook_units.csv",
        "prices/labelling.csv",
        "prices/mlops_services.csv",
        "prices/startup_credits.csv",
        "prices/token_prices.csv",
        "prices/transfer_and_storage.csv",
        "reference/colocation.csv",
        "reference/managed_services.csv",
        "reference/market_notes.csv",
        "reference/value_benchmarks.csv",
        "reference/team_pay.csv",
        "reference/effort_shares.csv",
    ],
)
def test_every_row_has_a_source_and_a_date_or_says_undated(name: str) -> None:
    for row in table(name):
        assert row["source"], row
        assert row["observed_on"] or "undated" in row["flag"], row


def test_sagemaker_adds_15_25_or_40_percent() -> None:
    found = {
        row["instance_family"]: float(row["premium_fraction"])
        for row in table("reference/managed_services.csv")
        if row["service"] == "sagemaker"
    }
    assert found == pytest.approx(
        dict.fromkeys(("p4d", "p4de", "p5", "p5en"), 0.15)
        | {f"{family}.{size}xlarge": 0.25 for family in ("g6", "g6e") for size in (4, 12, 48)}
        | dict.fromkeys(("g6.xlarge", "g6e.xlarge"), 0.4),
        abs=5e-4,
    )


def test_services_without_a_published_premium_have_none() -> None:
    unknown = [row for row in table("reference/managed_services.csv") if row["flag"] == "premium_unknown"]
    assert {row["service"] for row in unknown} == {"azure_ml", "vertex_ai", "watsonx"}
    assert not any(row["premium_fraction"] for row in unknown)


def test_every_provider_without_a_price_says_why() -> None:
    statuses = {"acquired", "closed", "free_quota", "no_public_price", "not_an_option", "renamed"}
    notes = {row["provider"]: row for row in table("reference/market_notes.csv")}
    assert {"golem", "floydhub", "io_net", "google_ai_platform", "compute_canada", "watson", "kaggle"} <= set(notes)
    assert {row["status"] for row in notes.values()} == statuses
    assert all(row["note"] for row in notes.values())


def test_assumptions_are_sorted_ranges_with_a_unit_and_a_source() -> None:
    rows = table("assumptions.csv")
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    for row in rows:
        assert float(row["low"]) <= float(row["mode"]) <= float(row["high"]), row
        assert row["unit"], row
        assert row["observed_on"], row
        assert row["source"], row


def test_server_power_over_board_is_that_of_the_eight_accelerator_systems() -> None:
    watts = {row["id"]: row["tdp_w"] for row in table("reference/accelerators.csv")}
    ratios = {
        row["id"]: float(row["power_w_max"]) / 8 / float(watts[row["accelerator"]])
        for row in table("reference/systems.csv")
        if row["accelerator_count"] == "8" and row["power_w_max"] and watts[row["accelerator"]]
    }
    (row,) = (row for row in table("assumptions.csv") if row["name"] == "server_power_over_board")
    found = [min(ratios.values()), median(ratios.values()), max(ratios.values())]
    assert [float(row[column]) for column in ("low", "mode", "high")] == pytest.approx(found, abs=5e-4)


def test_prices_by_commitment_stand_beside_on_demand_prices() -> None:
    assert price("aws", "p5.48xlarge", "us-east-1", "capacity_block") == (39.33, "2024-12")
    (six_months,) = (
        row
        for row in table("prices/offers/runpod.csv")
        if (row["instance_type"], row["purchase_model"]) == ("h100-sxm (secure)", "reserved_6m")
    )
    assert (six_months["unit_price_per_hour"], six_months["term_months"]) == ("2.86", "6")
    bare = [row for row in table("prices/offers/gcp.csv") if row["purchase_model"] in ("capacity_block", "flex_start")]
    assert len(bare) == 20
    assert all("host_excluded" in row["flag"] for row in bare)


def test_token_prices_are_positive_and_in_force() -> None:
    for row in table("prices/token_prices.csv"):
        assert float(row["usd_per_m_input"]) > 0, row
        assert all(value == "" or float(value) > 0 for name, value in row.items() if name.startswith("usd_")), row
        assert row["effective_from"] <= "2026-11-20", row
        assert ("retired" in row["flag"]) == ("" < row["retires"] <= "2026-11-20"), row


def test_token_prices_name_the_model_of_the_catalogue() -> None:
    found = {(row["provider"], row["api_model"]): row["model"] for row in table("prices/token_prices.csv")}
    assert found[("groq", "llama-3.3-70b-versatile")] == "llama-3.3-70b"
    assert found[("aws_bedrock", "meta.llama3-1-8b-instruct-v1:0")] == "llama-3.1-8b"
    assert found[("fireworks", "llama-v3p1-8b-instruct")] == "llama-3.1-8b"
    assert found[("together", "together_ai/Qwen/Qwen2.5-7B-Instruct-Turbo")] == "qwen2.5-7b"
    assert found[("groq", "llama-3.2-11b-vision-preview")] == ""
    assert found[("deepinfra", "deepinfra/deepseek-ai/DeepSeek-R1-0528")] == ""
    assert found[("zai", "zai/glm-5v-turbo")] == ""


def test_gcp_a3_highgpu_8g_has_its_four_purchase_models() -> None:
    found = {
        model: round(price("gcp", "a3-highgpu-8g", "us-central1", model)[0], 2)
        for model in ("on_demand", "spot", "reserved_1y", "reserved_3y")
    }
    assert found == {"on_demand": 88.49, "spot": 50.61, "reserved_1y": 61.38, "reserved_3y": 38.86}


def test_the_newest_observation_wins() -> None:
    assert price("aws", "p5.48xlarge", "us-east-1", "on_demand") == (55.04, "2026-07-20")


def test_montreal_and_toronto_prices_of_eight_h100() -> None:
    assert price("gcp", "a3-highgpu-8g", "northamerica-northeast1", "on_demand")[0] == 97.4356
    assert price("azure", "Standard_ND96isr_H100_v5", "canadacentral", "on_demand")[0] == 117.984


def test_spot_equal_to_on_demand_is_flagged() -> None:
    flags = {
        row["flag"]
        for row in offers()
        if (row["instance_type"], row["region"], row["purchase_model"]) == ("p5.48xlarge", "ca-central-1", "spot")
    }
    assert any("spot_equals_on_demand" in flag for flag in flags)


def test_egress_of_200_tb_from_montreal() -> None:
    """10 x 0.09 + 40 x 0.085 + 100 x 0.07 + 50 x 0.05 per GB, 1 TB = 1024 GB: 14,131.20 USD."""
    total = 0.0
    for row in table("prices/transfer_and_storage.csv"):
        if (row["provider"], row["region"], row["item"]) == ("aws", "ca-central-1", "egress"):
            top = min(float(row["tier_to_gb"] or "inf"), 200 * 1024.0)
            total += max(top - float(row["tier_from_gb"]), 0.0) * float(row["price_per_unit"])
    assert total == pytest.approx(14131.20)


def test_egress_tiers_join_without_gap_or_overlap() -> None:
    tiers: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in table("prices/transfer_and_storage.csv"):
        if row["item"] == "egress":
            bounds = (float(row["tier_from_gb"]), float(row["tier_to_gb"] or "inf"))
            tiers.setdefault((row["provider"], row["region"]), []).append(bounds)
    for place, bounds in tiers.items():
        bounds.sort()
        assert bounds[0][0] == 0, place
        assert bounds[-1][1] == float("inf"), place
        assert all(one[1] == two[0] for one, two in itertools.pairwise(bounds)), place


def test_rebuilding_gives_the_shipped_bytes(tmp_path: Path) -> None:
    if not SOURCE.is_dir():
        pytest.skip("the gathered source tables are not beside this checkout")
    copy = tmp_path / "pricing_data"
    for folder in ("builder", "inputs"):
        shutil.copytree(DATA / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("build.py", "assumptions.csv", "estimator.json"):
        shutil.copy(DATA / name, copy / name)
    done = subprocess.run(
        [sys.executable, str(copy / "build.py"), str(SOURCE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for name in ["manifest.json", *manifest()["files"]]:  # type: ignore[misc]
        assert (copy / name).read_bytes() == (DATA / name).read_bytes(), name
