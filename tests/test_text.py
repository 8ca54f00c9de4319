"""French and English catalogues: same keys, same places, no key missing, none without use."""

import re
from pathlib import Path
from string import Formatter

import pytest

from planner.text import LANGUAGES, catalogue

SOURCES = sorted((Path(__file__).parent.parent / "planner").rglob("*.py"))
CODE = "\n".join(
    path.read_text(encoding="utf-8") for path in SOURCES if path.parent.name != "text" or path.stem == "__init__"
)
KEYS = set(catalogue("en"))
PREFIXES = {key.split(".")[0] for key in KEYS}
# Keys put together from a prefix and a word.
COMPOSED = (
    "reason.market.", "status.", "table.", "price.unknown_", "page.", "chart.", "scenario.limit_", "init.profile.",
    "evidence.", "estimate.row.",
    "rule.", "verdict.", "label.", "board.", "criterion.", "strategic.", "readiness.", "warning.default_", "risk.",
    "templates.head.", "units.head.",
    "flex.", "value.head.", "benefits.", "cash.head.", "kpi.", "tornado.", "change.", "sobol.head.", "register.head.",
    "input.", "measure.",
    "prices.head.", "prices.state.", "benchmark.status.", "benchmark.line.", "benchmark.ask.", "benchmark.cut.",
    "benchmark.scope.", "benchmark.unit.",
    "benchmark.kind.",
    "estimate.fact.", "estimate.near.", "estimate.title.", "estimate.evidence.", "estimate.layout.",
)  # fmt: skip


def places(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_catalogues_have_the_same_keys():
    assert catalogue("fr").keys() == catalogue("en").keys()


@pytest.mark.parametrize("key", sorted(KEYS))
def test_places_agree(key):
    assert places(catalogue("fr")[key]) == places(catalogue("en")[key])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_message_is_empty(lang):
    assert [key for key, text in catalogue(lang).items() if not text.strip()] == []


def test_each_key_of_the_code_exists():
    # Only where a message is made: names of figures and modules have the same shape.
    makers = r"(?:say|Message|\w*Error|Infeasible|NotPriced|finance_error)"
    prefixes = "|".join(sorted(PREFIXES))
    found = set(re.findall(rf"{makers}\(\s*f?[\"']((?:{prefixes})\.[a-z0-9_.]+)[ \"']", CODE))
    assert len(found) > 50
    assert sorted(found - KEYS) == []


def test_each_key_is_used():
    used = {key for key in KEYS if re.search(re.escape(key) + r"\b", CODE)}
    unused = {key for key in KEYS - used if not key.startswith(COMPOSED)}
    assert sorted(unused) == []
