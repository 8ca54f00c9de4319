"""The wheel carries its data and answers from any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


def test_contents(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "planner/pricing_data/manifest.json" in names
    assert "planner/pricing_data/overrides.csv" in names
    assert "planner/pricing_data/fx/ecb.csv" in names
    for path in (ROOT / "examples").glob("*.yaml"):
        assert f"planner/examples/{path.name}" in names
    profiles = sorted((ROOT / "planner" / "profiles").glob("*.yaml"))
    assert len(profiles) == 10
    for path in profiles:
        assert f"planner/profiles/{path.name}" in names
    assert not [name for name in names if name.startswith("planner/pricing_data/") and name.endswith((".py", ".sh"))]
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]


def test_runs_from_elsewhere(wheel, tmp_path):
    target, elsewhere = tmp_path / "target", tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [*PIP, "install", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    example = target / "planner" / "examples" / "montreal_prototype.yaml"
    code = (
        "import sys, planner; from planner.cli import main; from pathlib import Path; "
        f"assert Path(planner.__file__).is_relative_to({str(target)!r}), planner.__file__; main()"
    )
    words = ["compare", str(example), "--draws", "20", "--lang", "en"]
    environment = {**os.environ, "PYTHONPATH": str(target)}
    run = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert "Take " in run.stdout
