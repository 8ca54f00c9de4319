"""Use cases of the value formula, for the terminal and as plain data."""

from __future__ import annotations

from typing import Any

from planner.benefits import Template
from planner.charts import Table
from planner.charts.input_words import driver_label
from planner.finders.templates import Filled
from planner.report.doubt import console, print_table
from planner.text import number, say

SCHEMA = "planner.templates/1"


def templates_document(found: list[tuple[Template, list[Filled]]], lang: str) -> dict[str, Any]:
    """All use cases as plain data."""
    return {
        "schema": SCHEMA,
        "templates": [
            {
                "use_case": one.use_case, "box": one.term, "driver": one.driver, "you_give": list(one.asks),
                "warnings": [say(key, lang, name=one.use_case) for key in one.warnings],
                "fills": [
                    {
                        "field": fill.field, "benchmark": fill.row["benchmark_id"], "used_low": fill.ends[0],
                        "used_central": float(fill.used.central), "used_high": fill.ends[1],
                        "published_low": fill.row.number("low"), "published_typical": fill.row.number("typical"),
                        "published_high": fill.row.number("high"), "unit": fill.row["unit"],
                        "evidence": fill.row["evidence"], "observed_on": fill.row["observed_on"],
                        "source": fill.row["source"], "caveat": fill.row["caveat"], "flag": fill.row["flag"],
                    }
                    for fill in fills
                ],
            }
            for one, fills in found
        ],
    }  # fmt: skip


def print_templates(found: list[tuple[Template, list[Filled]]], lang: str) -> None:
    """Each use case: its box, what to give, what is filled in with low, typical, high, grade and source."""
    out = console()
    for one, fills in found:
        box = one.term if one.term in ("savings", "problems") else f"revenue.{one.term}"
        facts = {"box": box, "driver": driver_label(one.driver, lang), "asks": ", ".join(one.asks)}
        out.print(f"{one.use_case}", style="bold", markup=False)
        out.print(f"  {say('templates.box', lang, **facts)}", markup=False)
        if fills:
            print_table(_table(fills, lang), out, words=(0, 1, 5, 6, 7))
        for key in one.warnings:
            out.print(f"  · {say(key, lang, name=one.use_case)}", markup=False)
        out.print()


def _table(fills: list[Filled], lang: str) -> Table:
    keys = ("field", "used", "low", "typical", "high", "grade", "date", "source")
    rows = []
    for fill in fills:
        ends = fill.ends
        used = number(float(fill.used.central), lang, 4)
        if ends[0] < ends[1]:
            used += f" ({number(ends[0], lang, 4)} – {number(ends[1], lang, 4)})"
        used += "" if fill.row["unit"] == "fraction" else f" {fill.row['unit']}"
        published = [number(fill.row.number(end), lang, 4) for end in ("low", "typical", "high")]
        rows.append(
            (f"  {fill.field}", used, *published, fill.row["evidence"], fill.row["observed_on"], fill.row["source"])
        )
    return Table(tuple(say(f"templates.head.{key}", lang) for key in keys), tuple(rows))
