"""`planner prices` as a person uses it."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "pricing"))

from loopback import Loopback, status
from world import world


@pytest.fixture
def loopback(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "data"))
    with Loopback() as server:
        server.served = world()
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("gpuhunt.providers.vultr.API_URL", f"{server.base}/vultr")
        yield server


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_refresh_then_list_status_history_and_rollback(run, loopback, lang):
    code, out, _ = run("prices", "refresh", "--lang", lang)
    assert code == 0 and "azure" in out and "LAMBDA_API_KEY" in out and "docs/prices.md" in out
    code, out, _ = run("prices", "list", "--provider", "azure", "--accelerator", "H100-SXM", "--lang", lang)
    assert code == 0 and ("98.32" if lang == "en" else "98,32") in out and "azure" in out
    code, out, _ = run("prices", "status", "--lang", lang)
    assert code == 0 and loopback.base in out and "PLANNER_AZURE_URL" in out
    code, out, _ = run("prices", "history", "azure", "--lang", lang)
    assert code == 0 and out.count("azure") == 1
    code, out, _ = run("prices", "rollback", "azure", "--lang", lang)
    assert code == 0 and "azure" in out and "--undo" in out
    code, out, _ = run("prices", "rollback", "azure", "--undo", "--lang", lang)
    assert code == 0


def test_documents(run, loopback):
    refreshed = json.loads(run("prices", "refresh", "azure", "lambda", "--json", "-")[1])
    assert refreshed["schema"] == "planner.price_refresh/1" and refreshed["changed"]
    assert {s["id"]: s["state"] for s in refreshed["sources"]} == {"azure": "refreshed", "lambda": "needs_key"}
    listed = json.loads(run("prices", "list", "--source", "azure", "--json", "-")[1])
    assert listed["schema"] == "planner.prices/1" and len(listed["offers"]) == 7
    assert {offer["origin"] for offer in listed["offers"]} == {"azure"}
    ways = {(o["purchase_model"], o["list_unit_price"]) for o in listed["offers"] if o["accelerator"] == "H100-SXM"}
    assert ways >= {("on_demand", 98.32), ("reserved_3y", 40.0), ("savings_plan_3y", 50.0)}
    shown = json.loads(run("prices", "status", "--json", "-")[1])
    azure = next(s for s in shown["sources"] if s["id"] == "azure")
    assert shown["schema"] == "planner.price_sources/1" and azure["state"] == "fresh" and azure["rows"] == 7
    history = json.loads(run("prices", "history", "--accelerator", "H100-SXM", "--provider", "azure", "--json", "-")[1])
    assert history["schema"] == "planner.price_history/1" and len(history["snapshots"]) == 1
    assert history["points"][-1]["origin"] == "azure" and history["points"][0]["observed_on"] < "2026"


def test_compare_says_what_the_refresh_changed(run, loopback):
    before = json.loads(run("compare", "examples/montreal_prototype.yaml", "--json", "-")[1])
    assert before["price_changes"] is None
    run("prices", "refresh", "ecb", "azure")
    after = json.loads(run("compare", "examples/montreal_prototype.yaml", "--json", "-")[1])
    changes = after["price_changes"]
    assert not changes["verdict_changed"] and {c["what"].split(" ")[0] for c in changes["changes"]} == {
        "EUR/CAD",
        "EUR/USD",
    }
    code, out, _ = run("compare", "examples/montreal_prototype.yaml", "--lang", "fr")
    assert code == 0 and "Ce que l'actualisation" in out
    past = json.loads(run("compare", "examples/montreal_prototype.yaml", "--as-of", "2026-08-22", "--json", "-")[1])
    assert past["price_changes"] is None
    assert past["options"][0]["present_cost"] == before["options"][0]["present_cost"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("refresh", "azur"), "azure"),
        (("list", "--accelerator", "H1000"), "H1000"),
        (("list", "--provider", "awss"), "aws"),
        (("history", "--accelerator", "H100-SXM", "--provider", "nobody"), "nobody"),
        (("rollback", "azure"), "azure"),
        (("rollback", "azure", "--undo"), "azure"),
        (("add", "nowhere.yaml"), "nowhere.yaml"),
        (("list", "--as-of", "yesterday"), "yesterday"),
        (("list", "--purchase-model", "rented"), "rented"),
        (("history", "azur"), "azure"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_what_is_wrong_is_one_message(run, loopback, words, said, lang):
    code, _, err = run("prices", *words, "--lang", lang)
    assert code == 2 and said in err and "Traceback" not in err and len(err.splitlines()) == 1


def test_without_network_everything_goes_on(run, loopback):
    for name in (*loopback.served, "aws-ec2"):
        loopback.faults[name] = status(500)
    code, out, _ = run("prices", "refresh", "azure", "vast", "ecb", "--lang", "en")
    assert code == 0 and "still serve" in out and "No new price" in out
    assert run("compare", "examples/montreal_prototype.yaml")[0] == 0


def test_a_damaged_snapshot_says_how_to_go_on(run, loopback, tmp_path):
    run("prices", "refresh", "azure")
    table = next((tmp_path / "data").rglob("azure.csv"))
    table.write_text("spoiled")
    code, _, err = run("compare", "examples/montreal_prototype.yaml", "--lang", "en")
    assert code == 2 and "planner prices rollback azure" in err
    code, out, _ = run("prices", "status", "--lang", "en")
    assert code == 0 and "planner prices rollback azure" in out
    assert run("prices", "rollback", "azure")[0] == 0
    assert run("compare", "examples/montreal_prototype.yaml")[0] == 0
