"""What the documents say runs: Python blocks, command lines, the schema, links."""

import contextlib
import io
import json
import re
import shlex
import sys
from pathlib import Path

import jsonschema
import pytest

from planner import cli, scenario_io
from planner.document import read_document

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
README = PAGES[0].read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
COMMANDS = sorted(set(re.findall(r"^(?:\$ )?planner ((?:compare|ledger|explain) .*)$", README, re.MULTILINE)))
SCHEMA = ROOT / "docs" / "scenario.schema.json"


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_python_blocks(page, monkeypatch):
    """Each Python block runs; a text block after the last one is its output."""
    monkeypatch.chdir(ROOT)
    text = page.read_text(encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for block in blocks(text, "python"):
            exec(compile(block, str(page), "exec"), {})
    expected = "".join(blocks(text, "text"))
    if expected:
        assert printed.getvalue() == expected


def test_worked_example_by_hand():
    by_hand = 250 / 1.1 ** (0.5 / 12) + 250 / 1.1 ** (1.5 / 12)
    assert f"present {by_hand:.2f} CAD" in (ROOT / "docs" / "method.md").read_text(encoding="utf-8")


def test_readme_has_commands():
    assert {command.split()[0] for command in COMMANDS} == {"compare", "ledger", "explain"}


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_commands(command, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["planner", *shlex.split(command)])
    with contextlib.suppress(SystemExit):
        cli.main()
    out, err = capsys.readouterr()
    assert out
    assert err == ""


def test_schema_is_up_to_date():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == scenario_io.json_schema(), "run: make schema"


@pytest.fixture(scope="module")
def validator():
    """The schema, checked once: that takes seconds."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_validate(path, validator):
    validator.validate(read_document(path.read_text(encoding="utf-8"), path.name).data)


def test_minimal_scenario_loads_and_validates(validator):
    (text,) = blocks(README, "yaml")
    scenario_io.parse_scenario(text)
    validator.validate(read_document(text, "README").data)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
