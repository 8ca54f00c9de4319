"""The command that begins: a commented scenario that runs as it is."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from planner.cli_flags import Lang, checked_lang, write_answer
from planner.errors import PlannerError


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command(epilog="Example: planner init --profile steady -o scenario.yaml")(init)


def init(
    profile: Annotated[str, typer.Option("--profile", help="prototype, steady, academic, inference or regulated.")] = (
        "prototype"
    ),
    place: Annotated[str, typer.Option("--output", "-o", help="File to write; - for standard output.")] = (
        "scenario.yaml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Say what the profiles are for, write nothing.")] = False,
    lang: Lang = "",
) -> None:
    """Writes a commented scenario to begin with; `planner compare` answers it as it is."""
    from planner.profiles import PROFILES, profile_text
    from planner.text import say

    lang = checked_lang(lang)
    if listed:
        wide = max(map(len, PROFILES)) + 2
        sys.stdout.writelines(f"{name:<{wide}}{say(f'init.profile.{name}', lang)}\n" for name in PROFILES)
        return
    text = profile_text(profile, lang)
    if place == "-" or force:
        write_answer(text, place)
    else:
        _write_new(text, place)
    if place != "-":
        command = f"planner compare {shlex.quote(place)}"
        sys.stderr.write(say("init.next", lang, place=place, profile=profile, command=command) + "\n")


def _write_new(text: str, place: str) -> None:
    """Writes a file that must not exist yet."""
    try:
        with open(place, "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise PlannerError("init.exists", place=place) from None
    except OSError as error:
        raise PlannerError("error.write", path=place, problem=error.strerror) from None
