"""Fixtures and rules shared by all tests."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPO_ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")

# Nothing of the person's own prices or keys reaches a test, and nothing of a test reaches them.
os.environ["PLANNER_DATA_DIR"] = tempfile.mkdtemp(prefix="planner-tests-")
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
for _name in [name for name in os.environ if name.endswith(("_API_KEY", "_ENDPOINT_URL")) or name.startswith("AWS_S")]:
    del os.environ[_name]

# The same examples on every run: a red test is a change in the code, not luck.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


def find_chromium() -> Path | None:
    """Return the browser of this machine, or None."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return Path(found) if found else None


def runs_in_ci() -> bool:
    """Return whether the environment says CI=true (or 1)."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser, skip browser tests on a person's machine and fail them in CI."""
    if item.get_closest_marker("browser") is None or find_chromium():
        return
    reason = f"no browser: none of {', '.join(CHROMIUM_NAMES)} is on the path"
    if runs_in_ci():
        pytest.fail(f"{reason}, and CI=true", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Return the folder that holds pyproject.toml."""
    return REPO_ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Return the folder `shared` beside the project (design notes, collected data), or skip."""
    path = REPO_ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("no folder `shared` beside the project")
    return path


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Return the browser that tests marked `browser` drive."""
    path = find_chromium()
    if path is None:
        pytest.skip("no browser on the path")
    return path


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command in this process; returns exit code, standard output, standard error."""
    monkeypatch.chdir(REPO_ROOT)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("PLANNER_DEBUG", raising=False)

    from planner import cli

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["planner", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return call
