"""A small scenario to change in one place, and the check that it is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import ScenarioError
from planner.scenario_io import parse_scenario

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")


def _edited(*changes):
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def _refused(text, key, line=None, error=ScenarioError):
    with pytest.raises(error) as caught:
        parse_scenario(text, "s.yaml")
    assert caught.value.key == key, caught.value
    assert caught.value.where.file == "s.yaml"
    if line is not None:
        assert caught.value.where.line == line
    return caught.value


@pytest.fixture(scope="session")
def edited():
    """The small scenario after changes, each an old text and a new one."""
    return _edited


@pytest.fixture(scope="session")
def refused():
    """Checks that a text is refused for a key, at a line; returns the error."""
    return _refused
