"""Fees of managed Kubernetes control planes, by provider."""

from __future__ import annotations

from pathlib import Path

from builder.common import Row, dated, provider_slug, read_rows, write_table
from planner.offer_rows import join_flags

COLUMNS = ["provider", "service", "plan", "price_per_hour", "currency", "observed_on", "source", "note", "flag"]
PROVIDERS = {"AWS": "AWS", "Microsoft": "Azure", "Google": "GCP"}
PLANS = ("standard support", "Standard tier (uptime SLA)", "standard and Autopilot")  # what a plan runs on by default


def build_clusters(source: Path) -> list[str]:
    """Writes prices/kubernetes.csv: one row a provider, the tier with support."""
    rows = read_rows(source / "project_costs/mlops_services.csv")
    found = [_fee(row) for row in rows if row["category"] == "kubernetes" and row["plan_or_sku"] in PLANS]
    return [f"kubernetes: {write_table('prices/kubernetes.csv', COLUMNS, found)} rows"]


def _fee(row: Row) -> Row:
    day, undated = dated(row["date"])
    return {
        "provider": provider_slug(PROVIDERS[row["vendor"]]),
        "service": row["service"],
        "plan": row["plan_or_sku"],
        "price_per_hour": row["price"],
        "currency": row["currency"],
        "observed_on": day,
        "source": row["source"],
        "note": row["notes"],
        "flag": join_flags(row["flag"], undated, "from_memory" if row["source_kind"] == "memory" else ""),
    }
