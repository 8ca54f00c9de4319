"""Credit programmes for startups: the most that each grants, for how long, to whom."""

from __future__ import annotations

import re
from pathlib import Path

from builder.common import BuildError, Row, dated, provider_slug, read_rows, write_table
from planner.offer_rows import join_flags

COLUMNS = [
    "credit_id",
    "provider",
    "provider_name",
    "programme",
    "amount_max",
    "currency",
    "validity_months",
    "eligibility",
    "observed_on",
    "source",
    "confidence",
    "flag",
]
CURRENCIES = ("USD", "EUR", "CAD")
# Short names of programmes whose own names are long; the rest are made from the programme's name.
SHORT = {
    "Google for Startups Cloud Program, Start": "startups_start",
    "Google for Startups Cloud Program, Scale": "startups_scale",
    "Google for Startups Cloud Program, AI-first": "startups_ai_first",
    "Microsoft for Startups, self-service initial": "startups_initial",
    "Microsoft for Startups, self-service verified": "startups_verified",
    "Microsoft for Startups, growth offer": "startups_growth",
    "Microsoft for Startups, investor or top tier": "startups_investor",
    "GenAI credit tier (partner-filed)": "genai_partner_tier",
    "Bedrock proof-of-concept track": "bedrock_poc",
    "Generative AI Accelerator": "genai_accelerator",
    "Inception (own benefit)": "inception",
    "Inception via partner cloud (Azure)": "inception_azure",
    "GPU token credits against a share of revenue": "token_credits_for_revenue",
    "Startup with IBM": "startup",
    "Oracle for Startups": "startups",
    "Cloudflare for Startups": "startups",
    "largest European programme": "largest_programme",
}


def build_credits(source: Path) -> list[str]:
    """Writes prices/startup_credits.csv."""
    aliases = {row["spelling"]: row["canonical"] for row in read_rows(source / "prices/provider_aliases.csv")}
    rows = [_credit(raw, aliases) for raw in read_rows(source / "prices/startup_credits.csv")]
    if len({row["credit_id"] for row in rows}) != len(rows):
        raise BuildError("two credit programmes share an identifier")
    return [f"startup credits: {write_table('prices/startup_credits.csv', COLUMNS, rows)} rows"]


def _credit(raw: Row, aliases: dict[str, str]) -> Row:
    """A programme; a provider that its source does not name stays empty."""
    if raw["provider"] not in aliases:
        raise BuildError(f"credits of an unknown provider: {raw['provider']!r}")
    provider = provider_slug(aliases[raw["provider"]]) if aliases[raw["provider"]] else ""
    short = SHORT.get(raw["programme"]) or re.sub(r"[^a-z0-9]+", "_", raw["programme"].lower()).strip("_")
    day, undated = dated(raw["observed_on"])
    money = raw["currency"] in CURRENCIES
    return {
        **raw,
        "credit_id": f"{provider or 'unnamed'}_{short}",
        "provider": provider,
        "provider_name": aliases[raw["provider"]] or raw["provider"],
        "currency": raw["currency"] if money else "",
        "observed_on": day,
        "flag": join_flags(
            "" if raw["flag"] == "stale" else raw["flag"],
            undated,
            "" if money else "suspect:not_money",
            "" if provider else "provider_not_named",
        ),
    }
