"""Files of scenarios and of prices: what cannot be read is refused with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from planner.errors import PriceError, ScenarioError
from planner.prices import PriceBook
from planner.scenario_io import load_scenario
from planner.tables import DataFolder, default_folder

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")


def test_files_that_cannot_be_read(tmp_path):
    def refuse(name, key):
        with pytest.raises(ScenarioError) as caught:
            load_scenario(tmp_path / name)
        assert caught.value.key == key
        assert caught.value.where.file == str(tmp_path / name)
        return caught.value

    (tmp_path / "plan.yaml").write_text(BASE, encoding="utf-8")
    assert load_scenario(tmp_path / "plan.yaml").scenario.name == "test"
    assert refuse("plam.yaml", "scenario.no_file").close == ("plan.yaml",)
    refuse("no/such/folder.yaml", "scenario.no_file")
    refuse(".", "scenario.no_file")
    (tmp_path / "latin.yaml").write_bytes("name: déjà\n".encode("latin-1"))
    assert refuse("latin.yaml", "scenario.not_utf8").arguments["position"] == 7
    (tmp_path / "empty.yaml").write_bytes(b"")
    refuse("empty.yaml", "scenario.not_mapping")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    refuse("binary.yaml", "scenario.not_utf8")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.encode())
    assert load_scenario(tmp_path / "bom.yaml").scenario.name == "test"


def test_fifty_megabytes_are_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: pytest.fail("read"))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert caught.value.key == "scenario.too_large"


def test_a_damaged_price_folder_is_refused(tmp_path):
    folder = tmp_path / "pricing_data"
    shutil.copytree(default_folder(), folder)
    path = folder / "prices" / "offers" / "gcp.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("88.49", "8.849"), encoding="utf-8")
    with pytest.raises(PriceError) as caught:
        PriceBook.load(DataFolder(folder))
    assert caught.value.key == "data.bad_hash"
    assert caught.value.where.file.endswith("gcp.csv")
    path.unlink()
    with pytest.raises(PriceError) as caught:
        PriceBook.load(DataFolder(folder))
    assert caught.value.key == "data.missing_file"
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(PriceError) as caught:
        PriceBook.load(DataFolder(folder))
    assert caught.value.key == "data.bad_manifest"
    (folder / "manifest.json").unlink()
    with pytest.raises(PriceError) as caught:
        DataFolder(folder)
    assert caught.value.key == "data.no_folder"
