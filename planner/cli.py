"""The command line: the same actions as the app and the library."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from planner import cli_benchmark, cli_doubt, cli_estimate, cli_finders, cli_init, cli_prices, cli_report
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
    default_lang,
    json_text,
    write_answer,
)
from planner.cli_run_flags import RunFlags, takes_runs
from planner.errors import PlannerError

app = typer.Typer(
    help="Where to run deep learning, what it costs, and whether it pays.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(epilog="Example: planner compare examples/montreal_prototype.yaml --lang fr")
@takes_runs
def compare(
    scenario: ScenarioFile,
    run_flags: RunFlags,
    workload: Annotated[str, typer.Option("--workload", help="Workload that --benchmark measured.")] = "",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """What each option costs over the horizon, and which one to take; with --benchmark, what your run changes in it."""
    from planner.price_effect import price_effect
    from planner.report.comparison_json import comparison_document
    from planner.run_effect import run_effect

    lang = checked_lang(lang)
    decision = decision_of(scenario, draws, seed, date_of(as_of), prices, run_flags, workload)
    effects = price_effect(decision), run_effect(decision)
    if json_path is not None:
        write_answer(json_text(comparison_document(decision, lang, *effects)), json_path)
    if json_path != "-":
        from planner.report.terminal import print_comparison

        print_comparison(decision, lang, today=dt.date.today(), effects=effects)


@app.command(epilog="Example: planner ledger examples/paris_steady.yaml --option server > bill.csv")
def ledger(
    scenario: ScenarioFile,
    option: Annotated[str, typer.Option("--option", help="Id of the option.")],
    format: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """The bill of one option, line by line and month by month, in the words of FOCUS."""
    from planner.report.focus import focus_csv, focus_rows
    from planner.text import render
    from planner.units import close_matches

    lang = checked_lang(lang)
    if format not in ("csv", "json"):
        raise PlannerError("scenario.not_in_list", name="--format", given=format, valid="csv, json")
    comparison = decision_of(scenario, draws, seed, date_of(as_of), prices).comparison
    if option not in comparison.outcomes:
        raise PlannerError("error.unknown_option", close=close_matches(option, list(comparison.outcomes)), name=option)
    outcome = comparison.outcomes[option]
    if outcome.ledger is None:
        raise PlannerError("error.no_ledger", name=option, reason=render(outcome.reasons[0], lang))
    rows = {"schema": "planner.ledger/1", "option": option, "rows": focus_rows(outcome, comparison)}
    if json_path is not None:
        write_answer(json_text(rows), json_path)
    if json_path != "-":
        write_answer(json_text(rows) if format == "json" else focus_csv(outcome, comparison), "-")


@app.command(epilog="Example: planner explain examples/paris_steady.yaml server.power --depth 4")
def explain(
    scenario: ScenarioFile,
    figure: Annotated[str, typer.Argument(help="Name of a figure: OPTION.present_cost, OPTION.LINE, WORKLOAD.work.")],
    depth: Annotated[int, typer.Option("--depth", help="Levels of the tree.", min=1, max=50)] = 12,
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Where a number comes from: the tree down to price rows, scenario lines and reference rows."""
    from planner.report.explanation import find_figure, tree_document, tree_lines

    lang = checked_lang(lang)
    found = find_figure(decision_of(scenario, draws, seed, date_of(as_of), prices).comparison, figure)
    if json_path is not None:
        write_answer(json_text(tree_document(found, depth)), json_path)
    if json_path != "-":
        write_answer("\n".join(tree_lines(found, lang, depth)) + "\n", "-")


cli_doubt.register(app)
cli_report.register(app)
cli_finders.register(app)
cli_estimate.register(app)
cli_init.register(app)
cli_prices.register(app)
cli_benchmark.register(app)


@app.command(name="app", epilog="Example: planner app")
def run_app() -> None:
    """Opens the page in the browser."""
    page = Path(__file__).parent / "ui" / "main.py"
    flags = ["--browser.gatherUsageStats=false", "--server.showEmailPrompt=false"]
    if "STREAMLIT_SERVER_ADDRESS" not in os.environ:  # for this machine only, unless asked otherwise
        flags.append("--server.address=127.0.0.1")
    raise typer.Exit(subprocess.call([sys.executable, "-m", "streamlit", "run", str(page), *flags]))


def _asked_lang() -> str:
    """Language of the error message, from the arguments alone."""
    arguments = sys.argv[1:]
    for i, word in enumerate(arguments):
        if word == "--lang" and i + 1 < len(arguments):
            return arguments[i + 1] if arguments[i + 1] in ("en", "fr") else "en"
        if word in ("--lang=fr", "--lang=en"):
            return word[-2:]
    return default_lang()


def main() -> None:
    """Runs a command. Exit code 0: answered; 2: the input is wrong, one message; 1: our fault."""
    try:
        app()
    except PlannerError as error:
        from planner.text import render

        sys.stderr.write(render(error, _asked_lang()) + "\n")
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        from planner.text import say

        if os.environ.get("PLANNER_DEBUG"):
            raise
        problem = f"{type(error).__name__}: {error}"
        sys.stderr.write(say("error.internal", _asked_lang(), problem=problem) + "\n")
        sys.exit(1)
