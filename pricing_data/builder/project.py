"""Around the compute: evidence for benefits, pay of a team, prices of labelled data and of the tools beside it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from builder.common import BuildError, Row, dated, number_or_none, read_rows, write_table
from planner.offer_rows import join_flags

ORIGIN = ["observed_on", "source", "flag"]
BENCHMARKS = ["benchmark_id", "use_case", "metric", "unit", "low", "typical", "high", "roi_term", "baseline"]
BENCHMARKS += ["evidence", "evidence_note", "caveat", *ORIGIN]
PAY = ["role", "country", "currency", "pay_low", "pay_median", "pay_high", "pay_basis", "proxy_occupation", "notes"]
PAY += ORIGIN
EFFORT = ["activity", "share_low", "share_typical", "share_high", "note", *ORIGIN]
LABELLING = ["price_id", "category", "item", "market", "task", "unit", "price_low", "price_typical", "price_high"]
LABELLING += ["currency", "tier_from_units", "tier_to_units", "workforce", "quality", "notes", *ORIGIN]
SERVICES = ["service_id", "category", "service", "vendor", "plan", "unit", "price", "price_high", "currency"]
SERVICES += ["included", "status", "notes", *ORIGIN]
# Notebooks, managed platforms and clusters have tables of their own.
SERVICE_CATEGORIES = ("experiment_tracking", "registry")
ACTIVITY = "activity:"  # rows of the team table that give shares of a working time, not pay
MARKET = "market range"
NOT_A_PRICE = "cap, not a price"
# Short forms of what would make a long identifier; the rest is made from the source's words.
SHORT = {
    "acquisition_cost_against_retention_cost": "acquisition_over_retention_cost",
    "ai_projects_that_fail_rand": "projects_that_fail",
    "break_even_sustained_utilisation_own_against_rent": "break_even_utilisation",
    "companies_that_dropped_most_ai_initiatives": "companies_dropping_initiatives",
    "consumers_frustrated_without_personalisation": "consumers_frustrated",
    "cost_reduction_e_invoicing_against_paper": "cost_reduction_e_invoicing",
    "customers_preferring_no_ai_in_service": "customers_preferring_no_ai",
    "effect_of_targeting_the_highest_risk_customers": "targeting_highest_risk",
    "engagement_lost_when_a_better_system_is_replaced_by_matrix_factorisation": "engagement_over_matrix_factorisation",
    "engagement_lost_when_replaced_by_popularity_ranking": "engagement_over_popularity_ranking",
    "false_positives_cut_by_ml_in_a_bank": "false_positives_cut",
    "generative_ai_projects_dropped_after_proof_of_concept": "generative_projects_dropped",
    "live_chat_handled_by_an_agent": "live_chat_cost",
    "machine_downtime_reduction_consultant_figure": "machine_downtime_reduction",
    "maintenance_cost_against_a_preventive_programme": "maintenance_cost_over_preventive",
    "maintenance_cost_reduction_consultant_figure": "maintenance_cost_reduction",
    "median_loss_with_proactive_data_monitoring": "loss_cut_by_monitoring",
    "months_from_prototype_to_production": "months_to_production",
    "on_premise_up_to_10_times_cheaper_in_use": "on_premise_cheaper",
    "organisations_reporting_up_to_50_of_ai_projects_failed": "organisations_half_failed",
    "phone_call_handled_by_an_agent": "phone_call_cost",
    "pilots_with_no_measurable_profit_effect": "pilots_without_profit_effect",
    "profit_uplift_for_5_points_of_retention": "profit_uplift_of_retention",
    "share_of_purchases_attributed_to_recommendations": "purchases_attributed",
    "tier_1_ticket_deflection": "ticket_deflection",
    "data_preparation_share_of_ml_effort_rule_of_thumb": "data_preparation_share",
    "ground_truth_per_labelled_object": "ground_truth_per_object",
    "ground_truth_with_mechanical_turk": "ground_truth_crowd",
    "labelling_share_of_ai_budget_vendor_claim": "labelling_share_of_budget",
    "mechanical_turk_extra_commission_for_10_or_more_assignments_per_task": "mechanical_turk_extra_commission",
    "medical_or_legal_specialist_annotation": "medical_or_legal_specialist",
    "open_images_and_web_corpora": "open_data",
    "scale_ai_appen_alegion": "scale_appen_alegion",
    "synthetic_sample_generated_and_filtered": "synthetic_sample",
    "volume_discount_above_100_000_items": "volume_discount",
    "weights_biases_inference_default_spending_cap_pro": "weights_biases_inference_cap",
    "clearml_all": "clearml",
}


def build_project(source: Path) -> list[str]:
    """Writes the five tables of what a project costs and brings beside its compute."""
    names = ("value_benchmarks", "team_roles", "data_costs", "mlops_services")
    gathered = ([_carried(row) for row in read_rows(source / f"project_costs/{name}.csv")] for name in names)
    benchmarks, team, labelling, services = gathered
    tables: dict[str, tuple[list[str], list[Row]]] = {
        "reference/value_benchmarks.csv": (BENCHMARKS, [_benchmark(row) for row in benchmarks]),
        "reference/team_pay.csv": (PAY, [_pay(row) for row in team if ACTIVITY not in row["role"]]),
        "reference/effort_shares.csv": (EFFORT, [_effort(row) for row in team if ACTIVITY in row["role"]]),
        "prices/labelling.csv": (LABELLING, [_labelling(row) for row in labelling]),
        "prices/mlops_services.csv": (SERVICES, [_service(r) for r in services if r["category"] in SERVICE_CATEGORIES]),
    }
    for name, (columns, rows) in tables.items():
        if columns[0].endswith("_id") and len({row[columns[0]] for row in rows}) != len(rows):
            raise BuildError(f"two rows of {name} share an identifier")
    return [f"{name}: {write_table(name, columns, rows)} rows" for name, (columns, rows) in tables.items()]


def _carried(raw: Row) -> Row:
    """A row with its date, the doubts about it, and the founding documents called so."""
    row = {column: _founding(text) for column, text in raw.items()}
    day, undated = dated(raw["date"])
    memory = "from_memory" if raw["source_kind"] == "memory" and "memory" not in raw["flag"] else ""
    return {**row, "observed_on": day, "flag": join_flags(row["flag"].replace(";", ","), undated, memory)}


def _founding(text: str) -> str:
    text = re.sub(r"\bseed \d{3}(_\w+\.txt)?( and \d{3}_\w+\.txt)?(?![\w.])", "founding documents", text)
    return re.sub(r"\bseed\b", "founding text", text)


def _slug(text: str) -> str:
    """Lower-case identifier of a text without its remarks in brackets."""
    slug = re.sub(r"[^a-z0-9]+", "_", re.sub(r"\(.*?\)", "", text).lower()).strip("_")
    return SHORT.get(slug, slug)


def _ordered(row: Row, *columns: str) -> Row:
    """The row, whose known numbers must rise from the low column to the high one."""
    found = [number for number in (number_or_none(row[column]) for column in columns) if number is not None]
    if found != sorted(found):
        raise BuildError(f"numbers out of order: {row}")
    return row


def _benchmark(row: Row) -> Row:
    """A figure about a benefit or a risk, with the letter of its evidence."""
    evidence, _, note = row["evidence"].partition(" ")
    if evidence not in ("A", "B", "C", "D"):
        raise BuildError(f"evidence without a letter: {row['evidence']!r}")
    identifier = f"{row['use_case']}.{_slug(row['metric'])}"
    made = {"benchmark_id": identifier, "evidence": evidence, "evidence_note": note}
    return _ordered({**row, **made}, "low", "typical", "high")


def _pay(row: Row) -> Row:
    pay = {f"pay_{end}": row[f"salary_{end}"] for end in ("low", "median", "high")}
    return _ordered({**row, **pay}, *pay)


def _effort(row: Row) -> Row:
    shares = {f"share_{end}": row[f"effort_share_{end}"] for end in ("low", "typical", "high")}
    activity = row["role"].removeprefix(ACTIVITY)
    return _ordered({**row, **shares, "activity": activity, "note": row["effort_note"]}, *shares)


def _labelling(row: Row) -> Row:
    """A price of data or labels; several guides price one task on the market: each is named in the identifier."""
    market = row["provider_or_market"]
    tier = row["tier_from_units"] if row["category"] == "platform_fee" else ""
    if row["category"] == "vendor_label":
        guide = str(urlsplit(row["source"]).hostname).split(".")[-2] if market == MARKET else ""
        parts = ["vendor", market.removesuffix(" range"), _slug(row["task"]), guide]
    else:
        parts = [_slug(row["item"]), _slug(row["task"]) if row["item"].endswith("Mechanical Turk") else ""]
        parts.append(f"from_{tier}" if tier not in ("", "1") else "")
    identifier = "_".join(part for part in parts if part).lower()
    return _ordered({**row, "price_id": identifier, "market": market}, "price_low", "price_typical", "price_high")


def _service(row: Row) -> Row:
    """A plan of a service; what became of a closed one joins the notes."""
    status, _, rest = row["status_2026_11"].partition(": ")
    plan = row["plan_or_sku"]
    made = {
        "service_id": _slug(f"{row['service']} {plan}"),
        "plan": plan,
        "status": status.lower(),
        "notes": "; ".join(part for part in (rest, row["notes"]) if part),
        "flag": join_flags(row["flag"], "suspect:not_a_price" if NOT_A_PRICE in row["notes"] else ""),
    }
    return {**row, **made}
