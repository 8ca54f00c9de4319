"""Keys are found nowhere but in the headers of the questions: not in the store, a document, a log or a message."""

import json
import logging
import re
from pathlib import Path

import pytest
from loopback import KEYS, rewritten, status

from planner.pricing.refresh import refresh
from planner.report.prices_json import refresh_document

ROOT = Path(__file__).resolve().parents[2]
SHAPES = re.compile(
    r"AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|\brpa_[0-9A-Za-z]{20,}|\bsk-[0-9A-Za-z]{20,}|-----BEGIN [A-Z ]*PRIVATE"
)
SECRETS = [value for name, value in KEYS.items() if name != "AWS_ACCESS_KEY_ID"]


@pytest.mark.parametrize(
    "fault", [None, status(403), status(500), rewritten(lambda body: b" ".join(s.encode() for s in SECRETS))]
)
def test_no_key_leaves_the_headers(loopback, store, monkeypatch, caplog, capfd, fault):
    caplog.set_level(logging.DEBUG)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    if fault:  # the last one is a server that sends the keys back
        for name in (*loopback.served, "aws-ec2", "aws-pricing", "aws-savingsplans"):
            loopback.faults[name] = fault
    found = refresh(deadline_s=20, regions=("us-east-1", "eastus"))
    written = b"".join(path.read_bytes() for path in store.path.rglob("*") if path.is_file()).decode()
    said = json.dumps([refresh_document(found, lang) for lang in ("en", "fr")])
    logged = "".join(r.getMessage() for r in caplog.records if not r.name.startswith(("botocore", "urllib3", "google")))
    out, err = capfd.readouterr()
    for secret in SECRETS:
        for place in (written, said, logged, out, err):
            assert secret not in place
        assert not [path for _, path, _, _ in loopback.requests if secret in path]


def test_nothing_in_the_project_looks_like_a_key():
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    files = [ROOT / name for name in listed if name] or list((ROOT / "planner").rglob("*.py"))
    for path in files:
        if path.is_file() and path.suffix in (".py", ".md", ".json", ".yaml", ".toml", ".csv", ".txt", ".ipynb"):
            assert not SHAPES.search(path.read_text(encoding="utf-8", errors="replace").replace("AKIA[0-9A-Z]", "")), (
                path
            )


def test_no_command_takes_a_key():
    import typer.main

    from planner.cli import app

    def options(command):
        yield from (name for parameter in command.params for name in parameter.opts)
        for child in getattr(command, "commands", {}).values():
            yield from options(child)

    assert not [
        name for name in options(typer.main.get_command(app)) if re.search("key|token(?!s)|secret|password", name)
    ]
