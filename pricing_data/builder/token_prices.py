"""List prices of tokens: one row per seller and model, the price in force on the day of the newest tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from builder.api_models import ModelNames
from builder.common import BuildError, Row, median, provider_slug, read_rows, write_table
from planner.offer_rows import join_flags

COLUMNS = [
    "provider",
    "api_model",
    "model",
    "kind",
    "usd_per_m_input",
    "usd_per_m_output",
    "usd_per_m_cached_input",
    "usd_per_m_input_batch",
    "usd_per_m_output_batch",
    "context_window",
    "effective_from",
    "retires",
    "price_table",
    "observed_on",
    "source",
    "flag",
]
KINDS = ("chat", "completion", "embedding")
IN_FORCE_ON = "2026-11-20"
VINTAGES = {
    "genai-prices 0.2.3": "2026-11-20",
    "litellm 1.109.1": "2026-11-20",
    "tokencost 0.1.26 (Aug 2025 vintage)": "2025-08-13",
}
FLAGS = {
    "": "",
    "output cheaper than input: source figure in doubt": "suspect:output_cheaper_than_input",
    "source divides a per-character price": "suspect:divides_a_per_character_price",
    "image model priced per step or image, not per token": "suspect:priced_per_image_not_per_token",
}
PRICES = [column for column in COLUMNS if column.startswith("usd_per_m_")]
DISAGREEMENT = 0.05
FAR = 8.0
SELLERS_FOR_MEDIAN = 4
DEAREST_EMBEDDING = 10.0


def build_token_prices(source: Path) -> list[str]:
    """Writes prices/token_prices.csv; reference/models.csv must be written before."""
    names = ModelNames()
    slugs = {row["spelling"]: provider_slug(row["canonical"]) for row in _named_providers(source)}
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for raw in read_rows(source / "inference/api_prices.csv"):
        if raw["kind"] in KINDS and float(raw["usd_per_m_input"] or 0) > 0 and raw["effective_from"] <= IN_FORCE_ON:
            row = _carried(raw, slugs, names)
            groups[(row["provider"], row["api_model"])].append(row)
    _fill_retirements([row for rows in groups.values() for row in rows])
    newer = {_sold(row) for rows in groups.values() for row in rows if row["observed_on"] == IN_FORCE_ON}
    kept = [_in_force(rows) for rows in groups.values()]
    written = [row for row in kept if row["observed_on"] == IN_FORCE_ON or _sold(row) not in newer]
    _flag_far_prices(written)
    count = write_table("prices/token_prices.csv", COLUMNS, written)
    matched = sum(bool(row["model"]) for row in written)
    flags = Counter(part.split(":")[0] for row in written for part in row["flag"].split(";") if part)
    report = [f"token prices: {count} rows, {matched} of models in the catalogue"]
    return report + [f"  flag {flag}: {number}" for flag, number in sorted(flags.items())]


def _named_providers(source: Path) -> list[Row]:
    return [row for row in read_rows(source / "prices/provider_aliases.csv") if row["canonical"]]


def _sold(row: Row) -> tuple[str, str]:
    """Seller and name without the route that a price table puts before it."""
    return row["provider"], row["api_model"].lower().split("/")[-1]


def _carried(raw: Row, slugs: dict[str, str], names: ModelNames) -> Row:
    """A price in our columns."""
    if raw["provider"] not in slugs or raw["price_table"] not in VINTAGES:
        raise BuildError(f"token price of an unknown seller or table: {raw['provider']!r}, {raw['price_table']!r}")
    return {
        **raw,
        **{column: "" for column in PRICES if not raw[column] or float(raw[column]) == 0},
        "provider": slugs[raw["provider"]],
        "api_model": raw["model"],
        "model": names.find(raw["model"], raw["kind"]),
        "observed_on": raw["checked"] or VINTAGES[raw["price_table"]],
        "flag": join_flags(
            _own_flag(raw["flag"]),
            "suspect:implausible_for_an_embedding" if _implausible(raw) else "",
            "dearer_for_long_context" if "above_" in raw["tier_note"] or ">" in raw["tier_note"] else "",
        ),
    }


def _implausible(raw: Row) -> bool:
    """An embedding that costs a thousand times what embeddings cost."""
    return raw["kind"] == "embedding" and float(raw["usd_per_m_input"]) > DEAREST_EMBEDDING


def _fill_retirements(rows: list[Row]) -> None:
    """A retirement that one table announces holds for the same model of the seller in the others."""
    announced = {_sold(row): row["retires"] for row in sorted(rows, key=lambda row: row["retires"]) if row["retires"]}
    for row in rows:
        row["retires"] = row["retires"] or announced.get(_sold(row), "")
        if row["retires"] and row["retires"] <= IN_FORCE_ON:
            row["flag"] = join_flags(row["flag"], "retired")


def _flag_far_prices(rows: list[Row]) -> None:
    """Flags an input price that lies far from the median of the model's sellers."""
    by_model: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["model"]:
            by_model[row["model"]].append(row)
    for members in by_model.values():
        if len({row["provider"] for row in members}) < SELLERS_FOR_MEDIAN:
            continue
        middle = median([_prices(row)[0] for row in members])
        for row in members:
            ratio = _prices(row)[0] / middle
            far = "above_eight_times_median" if ratio > FAR else "below_eighth_of_median" if ratio < 1 / FAR else ""
            row["flag"] = join_flags(row["flag"], far)


def _own_flag(text: str) -> str:
    """The source's flag as a code."""
    if text.startswith("corrected:"):
        return "corrected_from_per_thousand"
    if text not in FLAGS:
        raise BuildError(f"unknown flag of a token price: {text!r}")
    return FLAGS[text]


def _in_force(rows: list[Row]) -> Row:
    """The newest vintage; in a table the latest start, then the dearer price; of two tables the dearer price."""
    newest = max(row["observed_on"] for row in rows)
    tables: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["observed_on"] == newest:
            tables[row["price_table"]].append(row)
    chosen = [max(members, key=lambda row: (row["effective_from"], *_prices(row))) for members in tables.values()]
    best = max(chosen, key=lambda row: (*_prices(row), row["effective_from"], row["price_table"]))
    flag = best["flag"]
    if any(_differ(one, other) for one, other in zip(_prices(best), _cheapest(chosen), strict=True)):
        flag = join_flags(flag, "tables_disagree")
    return {**best, "flag": flag}


def _prices(row: Row) -> tuple[float, float]:
    return float(row["usd_per_m_input"]), float(row["usd_per_m_output"] or 0)


def _cheapest(rows: list[Row]) -> tuple[float, float]:
    """The lesser input and output price of the tables."""
    prices = [_prices(row) for row in rows]
    return min(price[0] for price in prices), min(price[1] for price in prices)


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > DISAGREEMENT * max(one, other)
