"""The command that writes a report for a board."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from planner.cli_flags import (
    DRAWS,
    SEED,
    AsOf,
    DrawsOption,
    Json,
    Lang,
    Prices,
    ScenarioFile,
    SeedOption,
    checked_lang,
    date_of,
    decision_of,
    json_text,
    write_answer,
)
from planner.errors import PlannerError

Out = Annotated[str, typer.Option("-o", "--out", help="File to write: .html, .md or .json.")]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="report", epilog="Example: planner report examples/chatbot_pays.yaml -o report.html --lang fr")(
        report
    )


def report(
    scenario: ScenarioFile,
    out: Out,
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """A report that survives a board's questions: verdict, cash, value, doubt, and every number with its source."""
    from planner.report.board import FORMATS, board_report

    lang = checked_lang(lang)
    ending = Path(out).suffix.lower()
    if ending not in FORMATS:
        raise PlannerError(
            "scenario.not_in_list", name="--out", given=out, valid=", ".join(f"FILE{e}" for e in FORMATS)
        )
    decision = decision_of(scenario, draws, seed, date_of(as_of), prices)
    found = board_report(decision, lang, today=dt.date.today())
    write_answer(FORMATS[ending](found), out)
    if json_path is not None:
        write_answer(json_text(found.document()), json_path)
