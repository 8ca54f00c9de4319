"""A price book of a handful of round rows, made by hand, so that every bill can be recomputed by head."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.prices import PriceBook
from planner.tables import DataFolder

REAL = Path(__file__).resolve().parents[2] / "pricing_data"
SOURCE = {"source": "made by hand", "observed_on": "2026-06-01"}
OFFER = {
    "provider": "cumulus", "provider_name": "Cumulus", "provider_kind": "neocloud", "region": "north-1",
    "accelerator": "TINY-80", "accelerator_memory_gib": "80", "currency": "USD", **SOURCE,
}  # fmt: skip
ON_DEMAND = {"purchase_model": "on_demand", "pricing_category": "standard"}
SPOT = {"purchase_model": "spot", "pricing_category": "dynamic"}
TRANSFER = {
    "provider": "cumulus", "region": "north-1", "is_default": "yes", "currency": "USD", "unit": "per GB", **SOURCE,
}  # fmt: skip

# 1 EUR = 1.25 USD, so 1 USD = 0.80 EUR; 1 EUR = 1.50 CAD.
TABLES: dict[str, list[dict[str, str]]] = {
    "fx/ecb.csv": [
        {"date": "2026-01-30", "currency": "CAD", "units_per_eur": "1.5"},
        {"date": "2026-01-30", "currency": "USD", "units_per_eur": "1.25"},
    ],
    "prices/offers/cumulus.csv": [
        {**OFFER, **ON_DEMAND, "instance_type": "c1", "accelerator_count": "1", "unit_price_per_hour": "3"},
        {**OFFER, **ON_DEMAND, "instance_type": "c8", "accelerator_count": "8", "unit_price_per_hour": "20"},
        {**OFFER, **SPOT, "instance_type": "c8", "accelerator_count": "8", "unit_price_per_hour": "10"},
        {**OFFER, **ON_DEMAND, "instance_type": "bad", "accelerator_count": "8", "unit_price_per_hour": "1",
         "region": "east-1", "flag": "suspect:price_per_accelerator"},
    ],
    "prices/transfer_and_storage.csv": [
        {**TRANSFER, "item": "egress", "tier": "first 40 GB", "tier_from_gb": "0", "tier_to_gb": "40",
         "price_per_unit": "0.10"},
        {**TRANSFER, "item": "egress", "tier": "over 40 GB", "tier_from_gb": "40", "price_per_unit": "0.05"},
        {**TRANSFER, "item": "object_storage", "tier": "standard", "price_per_unit": "0.02"},
    ],
    "prices/kubernetes.csv": [],
    "prices/notebook_plans.csv": [
        {"provider": "scribble", "plan": "plus", "fee_per_month": "50", "currency": "USD", "units_included": "500",
         "extra_unit_price": "0.1", "extra_unit_pack": "100", **SOURCE},
    ],
    "prices/notebook_units.csv": [
        {"provider": "scribble", "accelerator": "TINY-80", "units_per_hour": "10", **SOURCE},
    ],
    "prices/startup_credits.csv": [],
    "prices/token_prices.csv": [
        {"provider": "tokener", "api_model": "tiny-chat", "model": "", "kind": "chat", "usd_per_m_input": "0.20",
         "usd_per_m_cached_input": "0.02", "usd_per_m_output": "0.60", **SOURCE},
    ],
    "prices/spot_interruptions.csv": [],
    "prices/spot_run_lengths.csv": [],
    "reference/academic_clusters.csv": [],
    "reference/academic_programmes.csv": [
        {"programme_id": "uni", "programme": "University cluster", "country": "CA", "operator": "University",
         "who_may_apply": "everybody", "commercial_use": "yes", "allocation_unit": "hour", "price_per_unit": "0",
         "currency": "EUR", "status_2026_11": "open", **SOURCE},
    ],
    "reference/accelerators.csv": [
        {"id": "TINY-40", "name": "Tiny 40", "vendor": "NVIDIA", "class": "datacenter", "bf16_tflops": "50",
         "memory_gib": "40", "memory_bandwidth_gbs": "500", **SOURCE},
        {"id": "TINY-80", "name": "Tiny 80", "vendor": "NVIDIA", "class": "datacenter", "bf16_tflops": "100",
         "memory_gib": "80", "memory_bandwidth_gbs": "1000", **SOURCE},
    ],
    "reference/accelerator_aliases.csv": [],
    "reference/energy.csv": [],
    "reference/managed_services.csv": [
        {"service": "easy", "provider": "easy", "underlying_provider": "cumulus", "instance_family": "c8",
         "premium_fraction": "0.25", **SOURCE},
    ],
    "reference/market_notes.csv": [],
    "reference/mfu_ranges.csv": [],
    "reference/model_aliases.csv": [],
    "reference/models.csv": [],
    "reference/regions.csv": [
        {"provider": "cumulus", "region_id": "east-1", "place": "boston", "country": "US", **SOURCE},
        {"provider": "cumulus", "region_id": "north-1", "place": "montreal", "country": "CA", **SOURCE},
    ],
    "reference/systems.csv": [
        {"id": "1xTINY-80", "accelerator": "TINY-80", "accelerator_count": "1", "price": "12500", "currency": "USD",
         "price_basis": "street", "power_w_max": "1000", **SOURCE},
        {"id": "8xTINY-80", "accelerator": "TINY-80", "accelerator_count": "8", "price": "100000", "currency": "USD",
         "price_basis": "street", "power_w_max": "10000", **SOURCE},
    ],
    "assumptions.csv": [
        {"name": name, "low": value, "mode": value, "high": value, "unit": unit, **SOURCE}
        for name, value, unit in (
            ("availability_fraction", "1", "fraction"), ("award_lead_time_days", "0", "day"),
            ("checkpoint_minutes", "12", "min"), ("electricity_price.CA", "0.15", "CAD/kWh"),
            ("colocation_price_per_kw_month", "200", "USD/kW-month"),
            ("colocation_remote_hands_hours_per_month", "1", "h/month"),
            ("colocation_remote_hands_per_hour", "100", "USD/h"),
            ("idle_power_fraction", "0.5", "fraction"), ("ingress_price_per_gb", "0", "USD/GB"),
            ("load_power_fraction", "1", "fraction"), ("marketplace_outage_hours", "4", "h"),
            ("marketplace_reliability", "0.96", "fraction"), ("pue_colocation", "1.5", "ratio"),
            ("pue_hyperscaler", "1.1", "ratio"), ("queue_hours", "10", "h/job"),
            ("server_power_over_board", "2", "ratio"), ("serving_utilization_kept", "0.75", "fraction"),
            ("maintenance_fraction_per_year", "0.06", "fraction/year"), ("pue_own_site", "1.2", "ratio"),
            ("restart_minutes", "0", "min"), ("retention_per_year", "0.5", "fraction/year"),
            ("staff_cost_per_year.CA", "90000", "CAD/year"), ("staff_fte", "0.5", "FTE"),
            ("usable_memory_fraction", "1", "fraction"),
        )
    ],
}  # fmt: skip


def write_folder(folder: Path, tables: dict[str, list[dict[str, str]]]) -> Path:
    """Writes the tables with the headers of the real files, and a manifest with their hashes."""
    hashes = {}
    for name, rows in tables.items():
        like = REAL / ("prices/offers/gcp.csv" if name.startswith("prices/offers/") else name)
        with like.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert all(set(row) <= set(header) for row in rows), name
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = {"schema": 1, "id": "tiny", "files": hashes}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="session")
def tiny_tables() -> Tables:
    """The rows of the hand-made price book."""
    return TABLES


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the hand-made price book."""
    return write_folder(tmp_path_factory.mktemp("pricing_data"), TABLES)


@pytest.fixture(scope="session")
def tiny_book(tiny_folder: Path) -> PriceBook:
    """The hand-made price book."""
    return PriceBook.load(DataFolder(tiny_folder))


@pytest.fixture(scope="session")
def book_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tables], PriceBook]:
    """Makes a price book of other rows."""
    return lambda tables: PriceBook.load(DataFolder(write_folder(tmp_path_factory.mktemp("pricing_data"), tables)))
