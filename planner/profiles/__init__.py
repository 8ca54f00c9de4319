"""Commented scenarios to begin with: one for each kind of organisation and work, in each language."""

from __future__ import annotations

from importlib.resources import files

from planner.errors import PlannerError
from planner.units import close_matches

PROFILES = ("prototype", "steady", "academic", "inference", "regulated")


def profile_text(name: str, lang: str = "en") -> str:
    """The scenario file of a profile, with comments in a language. Raises PlannerError with close matches.

    >>> profile_text("steady").splitlines()[0]
    '# Profile "steady": a continuous and predictable load, day after day, for years.'
    """
    if name not in PROFILES:
        near = close_matches(name, PROFILES)
        raise PlannerError("init.unknown_profile", close=near, name=name, valid=", ".join(PROFILES))
    return files(__package__).joinpath(f"{name}.{lang}.yaml").read_text(encoding="utf-8")
