"""Each built-in source has a class of tests of its own that keeps the contract."""

import importlib
import sys
from pathlib import Path

from contract import SourceContract

from planner.pricing.registry import BUILT_IN

FOLDER = Path(__file__).parent


def test_each_source_has_its_contract_tests():
    sys.path.insert(0, str(FOLDER))
    tested = set()
    for path in FOLDER.glob("test_*.py"):
        module = importlib.import_module(path.stem)
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, SourceContract) and kind.source is not None:
                tested.add(kind.source.id)
    assert tested == {source.id for source in BUILT_IN}


def test_ids_are_plain_words():
    ids = [source.id for source in BUILT_IN]
    assert len(set(ids)) == len(ids) and all(name.isidentifier() and name == name.lower() for name in ids)
