"""Commands of measured runs: read the file that a tool left behind."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from planner.cli_flags import Json, Lang, checked_lang, json_text, write_answer
from planner.errors import PlannerError

Files = Annotated[list[str], typer.Argument(help="Files of measured runs.", metavar="FILE…")]

app = typer.Typer(help="Measured runs: what a tool left behind, read into a rate.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Adds `planner benchmark` to the command line."""
    parent.add_typer(app, name="benchmark")


@app.callback()
def _group() -> None:
    """Measured runs."""


@app.command(epilog="Example: planner benchmark read trainer_state.json --json -")
def read(
    files: Files,
    pick: Annotated[str, typer.Option("--pick", help="Of several runs in a file the one with this in its label.")] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", help="throughput=NAME, accelerator=NAME …: columns of your table.")
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="Unit of your table's throughput: tokens/s, samples/s …")] = "",
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Finds out which tool wrote a file, reads its rate, and says what must still be told."""
    from planner.benchmark.record import Refused
    from planner.report.benchmark_json import refused_document, run_document, run_lines
    from planner.text import render

    lang = checked_lang(lang)
    columns = _mapping(column or [])
    documents: list[dict[str, Any]] = []
    refusal: PlannerError | None = None
    for file in files:
        try:
            runs = _picked(file, columns, unit, pick)
        except Refused as error:
            refusal = refusal or error
            documents.append(refused_document(file, render(error, lang)))
            if json_path != "-" and len(files) > 1:
                print(render(error, lang))
            continue
        documents.append(run_document(runs, lang))
        if json_path != "-":
            print("\n".join(run_lines(runs, lang)))
    if json_path is not None:
        write_answer(json_text(documents[0] if len(documents) == 1 else documents), json_path)
    if refusal is not None and (len(files) == 1 or all(one["status"] == "reject" for one in documents)):
        raise refusal


def _picked(file: str, columns: dict[str, str] | None, unit: str, pick: str) -> list[Any]:
    from planner.benchmark import read_file

    runs = read_file(file, columns=columns, unit=unit or None)
    if not pick or len(runs) == 1:
        return runs
    found = [run for run in runs if pick.lower() in run.label.lower()]
    if not found:
        raise PlannerError("benchmark.no_pick", close=[run.label for run in runs[:5]], text=pick)
    return found


def _mapping(pairs: list[str]) -> dict[str, str] | None:
    """Columns by what they are. Raises PlannerError for what is no pair."""
    from planner.benchmark.readers.csv_columns import WORDS

    found = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals or name not in WORDS:
            raise PlannerError(
                "scenario.not_in_list", name="--column", given=pair, valid=", ".join(f"{w}=…" for w in WORDS)
            )
        found[name] = column
    return found or None
