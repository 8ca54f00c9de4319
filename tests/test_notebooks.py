"""Notebooks run from top to bottom and carry no outputs."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_runs(path, monkeypatch, capsys):
    """Plain Python cells, run in order in one namespace: no kernel is needed."""
    monkeypatch.chdir(path.parent)
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    space = {"__name__": "__main__"}
    for number, cell in enumerate(cells, 1):
        assert cell["outputs"] == []
        exec(compile("".join(cell["source"]), f"{path.name}[{number}]", "exec"), space)
    out = capsys.readouterr().out
    assert "Take " in out
    assert "pricing_data/prices/offers/" in out
