"""Flags that several commands share, and how an answer is written."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.errors import PlannerError, Where

if TYPE_CHECKING:
    from planner.cli_run_flags import RunFlags
    from planner.decide import Decision
    from planner.prices import PriceBook
    from planner.scenario_io import Loaded

AsOf = Annotated[str | None, typer.Option("--as-of", help="Date of prices, 2026-08-22; default the price book's.")]
Prices = Annotated[
    str | None,
    typer.Option("--prices", help="Folder of a price book; default the bundled one with your refreshed prices."),
]
Lang = Annotated[str, typer.Option("--lang", help="Language of words and numbers: fr or en.")]
Json = Annotated[str | None, typer.Option("--json", help="Write the JSON document here; - for standard output.")]


ScenarioFile = Annotated[str, typer.Argument(help="Scenario file (YAML).", metavar="SCENARIO")]
DrawsOption = Annotated[int, typer.Option("--draws", help="Number of draws; 1 = the plan at central values.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the draws.")]
DRAWS, SEED = 4000, 0


def decision_of(
    scenario: str,
    draws: int,
    seed: int,
    as_of: dt.date | None,
    prices: str | None,
    run_flags: RunFlags | None = None,
    workload: str = "",
) -> Decision:
    """The decision on a scenario file; run_flags: measured runs of one of its workloads."""
    from planner.compare import compare
    from planner.decide import decide
    from planner.scenario_io import load_scenario
    from planner.uncertainty import Draws

    loaded = load_scenario(scenario)
    book = book_of(prices) if prices else None
    if run_flags is not None:
        loaded = _measured(loaded, run_flags, workload, prices)
    return decide(compare(loaded, book=book, draws=Draws(draws, seed), as_of=as_of))


def _measured(loaded: Loaded, run_flags: RunFlags, workload: str, prices: str | None) -> Loaded:
    """The scenario with the runs of the flags."""
    from planner.compare.measured import SERVED, with_runs, workload_of

    if not run_flags.files:
        run_flags.refuse_alone()
        if workload:
            raise PlannerError("benchmark.alone", flags="--workload")
        return loaded
    from planner.reference import Reference

    kinds = [one.kind for one in loaded.scenario.workloads if workload in ("", one.id)]
    runs = run_flags.runs(Reference(book_of(prices).folder), served=bool(kinds) and set(kinds) <= set(SERVED))
    return with_runs(loaded, {**loaded.measured, workload_of(loaded.scenario, runs, workload): runs})


def book_of(prices: str | None, as_of: dt.date | None = None) -> PriceBook:
    """The price book of --prices, else the bundled one with the user's prices over it, as known on a day."""
    from planner.prices import PriceBook
    from planner.tables import DataFolder

    return PriceBook.load(DataFolder(prices) if prices else None, as_of=as_of)


def default_lang() -> str:
    """The language that the environment asks for."""
    return "fr" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("fr") else "en"


def checked_lang(lang: str) -> str:
    """The language asked for, else that of the environment. Raises PlannerError for another word."""
    lang = lang or default_lang()
    if lang not in ("en", "fr"):
        raise PlannerError("scenario.not_in_list", name="--lang", given=lang, valid="fr, en")
    return lang


def date_of(as_of: str | None) -> dt.date | None:
    """The date of --as-of. Raises PlannerError when it is not one."""
    if as_of is None:
        return None
    try:
        return dt.date.fromisoformat(as_of)
    except ValueError:
        raise PlannerError("error.bad_date", where=Where(field="--as-of"), text=as_of) from None


def write_answer(text: str, place: str) -> None:
    """Writes to a file, or to standard output for `-`."""
    if place == "-":
        sys.stdout.write(text)
        return
    try:
        Path(place).write_text(text, encoding="utf-8")
    except OSError as error:
        raise PlannerError("error.write", path=place, problem=error.strerror) from None


def json_text(document: Any) -> str:
    """A document as strict JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
