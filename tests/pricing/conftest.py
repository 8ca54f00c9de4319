"""Fixtures of the price sources: the loopback server, the catalogue of the bundled data, an empty store."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Loopback
from world import world

from planner.price_store import PriceStore
from planner.prices import PriceBook
from planner.pricing.catalogue import Catalogue
from planner.reference import Reference
from planner.tables import DataFolder


@pytest.fixture(scope="session")
def catalogue():
    """Names and machines of the bundled data."""
    book = PriceBook.load(DataFolder())
    return Catalogue(book, Reference(book.folder))


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty store that the whole planner uses."""
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "data"))
    return PriceStore()


@pytest.fixture
def loopback(monkeypatch):
    """All providers on this machine; nobody else can be reached."""
    with Loopback() as server:
        server.served = world()
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("gpuhunt.providers.vultr.API_URL", f"{server.base}/vultr")
        yield server
