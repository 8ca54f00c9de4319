"""A source of another package, found by its entry point: the worked example of CONTRIBUTING, run as it is printed."""

import re
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from payloads import text

from planner.prices import PriceBook
from planner.pricing import registry
from planner.pricing.refresh import refresh

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def entry(monkeypatch):
    """Pretends that a package with an entry point is installed."""

    def install(module, name="acme"):
        monkeypatch.setitem(sys.modules, "planner_acme", module)
        found = [EntryPoint(name, "planner_acme:SOURCE", registry.GROUP)]
        monkeypatch.setattr(registry, "entry_points", lambda group: found)
        registry._found.cache_clear()

    yield install
    registry._found.cache_clear()


def example():
    """The file that CONTRIBUTING shows."""
    code = next(
        block
        for block in re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(), re.S)
        if "SOURCE = PriceSource" in block
    )
    module = types.ModuleType("planner_acme")
    exec(compile(code, "planner_acme.py", "exec"), module.__dict__)
    return module


def test_the_example_of_contributing_brings_prices(entry, loopback, store, monkeypatch):
    entry(example())
    monkeypatch.setenv("PLANNER_ACME_URL", f"{loopback.base}/acme")
    loopback.served["acme"] = {"/v1/machines": text({"machines": [
        {"name": "h100.8", "zone": "mtl-1", "gpu": "H100 SXM", "gpus": 8, "cad_per_hour": 26.4},
        {"name": "broken", "zone": "mtl-1", "gpu": "H100 SXM", "gpus": 8, "cad_per_hour": None},
    ]})}  # fmt: skip
    (outcome,) = refresh(["acme"], deadline_s=20).outcomes
    assert (outcome.state, outcome.rows) == ("refreshed", 1), outcome.reasons
    (offer,) = PriceBook.load().query(provider="acme")
    assert (offer.list_unit_price, offer.currency, offer.accelerator, offer.region) == (
        26.4,
        "CAD",
        "H100-SXM",
        "mtl-1",
    )


def test_its_changed_shape_is_refused_like_any(entry, loopback, store, monkeypatch):
    entry(example())
    monkeypatch.setenv("PLANNER_ACME_URL", f"{loopback.base}/acme")
    loopback.served["acme"] = {"/v1/machines": text({"devices": []})}
    (outcome,) = refresh(["acme"], deadline_s=20).outcomes
    assert outcome.state == "refused" and outcome.reasons[0].key == "pricing.shape"


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        (types.SimpleNamespace(), "pricing.plugin_failed"),
        (types.SimpleNamespace(SOURCE="not a source"), "pricing.plugin_no_source"),
        (types.SimpleNamespace(SOURCE=next(iter(registry.BUILT_IN))), "pricing.plugin_id_taken"),
    ],
)
def test_a_package_that_is_wrong_is_told_and_takes_nothing_down(entry, module, problem):
    entry(module)
    assert [message.key for message in registry.plugin_problems()] == [problem]
    assert set(registry.price_sources()) == {source.id for source in registry.BUILT_IN}


def test_one_that_raises_while_asked_is_a_trouble(entry, store):
    module = example()

    def fetch(wire):
        raise ZeroDivisionError("a bug of theirs")
        yield

    module.SOURCE = module.PriceSource(
        id="acme", title="ACME", url="http://127.0.0.1:9", fetch=fetch, parse=module.parse
    )
    entry(module)
    (outcome,) = refresh(["acme"], deadline_s=20).outcomes
    assert outcome.state == "failed" and outcome.reasons[0].key == "pricing.problem"
