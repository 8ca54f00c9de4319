"""A price book of a handful of round rows, made by hand, so that every bill can be recomputed by head."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from planner.comparison import Outcome
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
ONE_YEAR = {"purchase_model": "reserved_1y", "pricing_category": "committed", "term_months": "12", "payment": "monthly"}
BLOCK = {"purchase_model": "capacity_block", "pricing_category": "committed", "payment": "all_upfront"}
HOST = {
    **OFFER, "provider": "bazaar", "provider_name": "Bazaar", "provider_kind": "marketplace", "instance_type": "m1",
    "accelerator_count": "1", "purchase_model": "marketplace", "pricing_category": "dynamic",
}  # fmt: skip
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
        {**OFFER, **ONE_YEAR, "instance_type": "c8", "accelerator_count": "8", "unit_price_per_hour": "10"},
        {**OFFER, **BLOCK, "instance_type": "c8", "accelerator_count": "8", "unit_price_per_hour": "15"},
    ],
    "prices/offers/bazaar.csv": [
        {**HOST, "statistic": "lowest", "unit_price_per_hour": "1"},
        {**HOST, "statistic": "median", "unit_price_per_hour": "1.25"},
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
RATE = 0.10  # a year, in every golden scenario


def bill(outcome: Outcome) -> str:
    """The ledger as text: quantities over the horizon, unit prices, costs, totals."""
    ledger = outcome.ledger
    assert ledger is not None and outcome.present_cost is not None
    money = ledger.currency
    rows = [
        f"{'line':<20}{'placed on':<10}{'quantity':>12}  {'unit':<18}{'unit price':>16}{'cost':>18}",
        "-" * 94,
    ]
    for line in ledger.lines:
        quantity = float(np.broadcast_to(line.quantity.value, (1, ledger.months)).sum())
        cost = float(np.broadcast_to(line.billed_cost.value, (1, ledger.months)).sum())
        price = f"{line.unit_price.value.item():,.4f} {money}"
        rows.append(
            f"{line.id:<20}{line.placed_on:<10}{quantity:>12,.2f}  {line.pricing_unit:<18}"
            f"{price:>16}{cost:>14,.2f} {money}"
        )
    rows += [
        "-" * 94,
        f"{'total, nominal':<76}{ledger.nominal().item():>14,.2f} {money}",
        f"{f'total, present ({RATE:.0%} a year)':<76}{outcome.present_cost.value.item():>14,.2f} {money}",
    ]
    return "\n".join(rows) + "\n"


def present(months: range, each: float, timing: float) -> float:
    """A payment in each of some months (1 = first), timing 0 at the start, 0.5 in the middle, 1 at the end."""
    return sum(each / (1 + RATE) ** ((month - 1 + timing) / 12) for month in months)


class Golden:
    """What every bill is checked with: the text kept beside the tests, the lines, the present cost."""

    rate = RATE
    bill = staticmethod(bill)
    present = staticmethod(present)

    @staticmethod
    def text(kind: str) -> str:
        """The bill of a kind as it is kept."""
        return (Path(__file__).parent / f"{kind}.txt").read_text(encoding="utf-8")

    @staticmethod
    def check_lines(outcome: Outcome, expected: list[tuple[str, str, float, float]]) -> None:
        """Each line: id, bearer, quantity over the horizon, unit price; no other line; their sum is the total."""
        ledger = outcome.ledger
        found = {
            (line.id, line.placed_on): (line.quantity.value.sum(), line.unit_price.value.item())
            for line in ledger.lines
        }  # fmt: skip
        wanted = {(name, place): (quantity, price) for name, place, quantity, price in expected}
        assert found.keys() == wanted.keys()
        assert len(found) == len(ledger.lines)
        for key, pair in wanted.items():
            assert found[key] == pytest.approx(pair, abs=1e-9), key
        total = sum(quantity * price for quantity, price in wanted.values())
        assert ledger.nominal().item() == pytest.approx(total, abs=1e-6)


@pytest.fixture(scope="session")
def golden() -> type[Golden]:
    """How bills are written and checked."""
    return Golden


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
