"""The command that doubts a decision: what moves it, what would turn it, what to measure next."""

from __future__ import annotations

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

Map = Annotated[bool, typer.Option("--map/--no-map", help="Also the map of winners and the best switch months.")]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="sensitivity", epilog="Example: planner sensitivity examples/paris_steady.yaml")(sensitivity)


def sensitivity(
    scenario: ScenarioFile,
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
    with_map: Map = True,
) -> None:
    """What moves the decision, what would turn it, and what is worth measuring first."""
    from planner.report.doubt import print_doubt
    from planner.report.sensitivity_json import sensitivity_document
    from planner.sensitivity import sensitivity as doubt

    lang = checked_lang(lang)
    decision = decision_of(scenario, draws, seed, date_of(as_of), prices)
    found = doubt(decision, with_map=with_map)
    if json_path is not None:
        write_answer(json_text(sensitivity_document(found, lang)), json_path)
    if json_path != "-":
        print_doubt(decision, found, lang)
