"""What the documents say runs: Python blocks, command lines, the schema, links."""

import contextlib
import io
import json
import re
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from planner import cli, scenario_io
from planner.document import read_document
from planner.scenario import Credit
from planner.scenario.options import KINDS, AnyOption, Phase, RentedOption
from planner.tables import DataFolder

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
README = PAGES[0].read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
COMMANDS = sorted(set(re.findall(r"^(?:\$ )?planner ((?!app).*)$", README, re.MULTILINE)))
FINDERS = {"programmes", "accelerators", "systems", "regions"}
OF_TODAY = ("Prototype", "Option Kind")  # the age of the prices; headings, which the table breaks in two
SCHEMA = ROOT / "docs" / "scenario.schema.json"
PARTS = (
    "What is billed", "What it may not serve", "Hours", "Terms", "Left for later", "Sources", "Worked example",
)  # fmt: skip


@cache
def validator():
    """The published schema, itself checked once."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_python_blocks(page, monkeypatch, tmp_path):
    """Each Python block runs in a folder of its own beside the examples; a text block after the last is its output."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for block in blocks(text, "python"):
            exec(compile(block, str(page), "exec"), {})
    expected = "".join(blocks(text, "text"))
    if expected:
        assert printed.getvalue() == expected


def test_every_kind_has_a_page():
    names = {page.stem for page in (ROOT / "docs" / "options").glob("*.md")} - {"README"}
    assert names == set(KINDS)
    index = (ROOT / "docs" / "options" / "README.md").read_text(encoding="utf-8")
    assert all(f"]({kind}.md)" in index for kind in KINDS)


@pytest.mark.parametrize("model", get_args(get_args(AnyOption)[0]), ids=lambda model: model.__name__)
def test_page_is_complete(model):
    """A page has all its parts and every term of its kind that is not in the index of shared terms."""
    (kind,) = get_args(model.model_fields["kind"].annotation)
    page = (ROOT / "docs" / "options" / f"{kind}.md").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "options" / "README.md").read_text(encoding="utf-8")
    assert len(page.splitlines()) <= 90
    assert [title for title in PARTS if f"\n## {title}\n" not in page] == []
    terms = {info.alias or name for name, info in model.model_fields.items()} - {"kind"}
    shared = {info.alias or name for name, info in RentedOption.model_fields.items()}
    assert [name for name in terms - shared if f"`{name}`" not in page] == []
    assert [name for name in terms & shared if f"`{name}`" not in index] == []
    phase = Phase.model_fields if kind == "sequence" else {}
    assert [name for name in phase if f"`{name}`" not in page] == []


def test_credits_page_is_complete():
    page = (ROOT / "docs" / "credits.md").read_text(encoding="utf-8")
    assert [name for name in Credit.model_fields if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_defaults_are_those_of_the_assumptions(page):
    """`name` low / most likely / high, as the table of assumptions has it."""
    rows = {row["name"]: row for row in DataFolder(ROOT / "pricing_data").table("assumptions.csv")}
    stated = re.findall(r"`(\w+)` ([\d.]+) / ([\d.]+) / ([\d.]+)", page.read_text(encoding="utf-8"))
    for name, *values in stated:
        assert values == [rows[name][column] for column in ("low", "mode", "high")], name


def test_readme_has_commands():
    assert {command.split()[0] for command in COMMANDS} >= {"compare", "ledger", "explain"} | FINDERS


def shown(command):
    """What the README shows of a command's output, in pieces between dots of omission."""
    after = README[README.index(f"planner {command}") + len(f"planner {command}") :].split("```")[0]
    lines = after.split("\n$ ")[0].splitlines()
    return [" ".join(piece.split()) for line in lines for piece in line.split("…") if piece.strip()]


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_commands(command, monkeypatch, capsys):
    """They run, and print what the README shows of them."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr(sys, "argv", ["planner", *shlex.split(command, comments=True)])
    with contextlib.suppress(SystemExit):
        cli.main()
    out, err = capsys.readouterr()
    assert err == ""
    assert out
    if command in README.split("## En français")[0]:
        printed = " ".join(out.split())
        missing = [piece for piece in shown(command) if piece not in printed]
        assert [piece for piece in missing if not piece.startswith(OF_TODAY)] == []


def test_schema_is_up_to_date():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == scenario_io.json_schema(), "run: make schema"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_validate(path):
    document = read_document(path.read_text(encoding="utf-8"), path.name)
    validator().validate(document.data)


def test_minimal_scenario_loads_and_validates():
    (text,) = blocks(README, "yaml")
    scenario_io.parse_scenario(text)
    validator().validate(read_document(text, "README").data)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
