"""The figures of the worked examples in docs/, calculated again by hand: no planner here."""

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = ROOT / "pricing_data"
MONTH = 730.0
HANDS: dict[str, Callable[[], list[str]]] = {}
PAGES = sorted(
    str(page.relative_to(ROOT / "docs").with_suffix(""))
    for page in (ROOT / "docs").rglob("*.md")
    if "```text" in page.read_text(encoding="utf-8")
)


def by_hand(page: str) -> Callable[[Callable[[], list[str]]], Callable[[], list[str]]]:
    """Registers the hand-made figures of a page."""

    def register(function: Callable[[], list[str]]) -> Callable[[], list[str]]:
        HANDS[page] = function
        return function

    return register


def row(table: str, **wanted: str) -> dict[str, str]:
    """The one row of a table with these values."""
    with (DATA / table).open(encoding="utf-8") as file:
        (found,) = [r for r in csv.DictReader(file) if all(r[key] == value for key, value in wanted.items())]
    return found


def money(*values: float) -> list[str]:
    return [f"{value:,.2f}" for value in values]


def useful_share(rate: float, checkpoint: float, restart: float, interval: float) -> float:
    """Useful hours over billed hours, by adding up intervals survived on one machine after another."""
    lived = sum(interval * math.exp(-rate * (restart + k * (interval + checkpoint))) for k in range(1, 5000))
    return lived * rate


@by_hand("method")
def _method() -> list[str]:
    return ["busy 250 h", *money(500, 250 / 1.1 ** (0.5 / 12) + 250 / 1.1 ** (1.5 / 12))]


@by_hand("value")
def _value() -> list[str]:
    return [f"{400e3 - 0.5 * 80e3 - 0.5 * 240e3} {60e3 + 0.5 * 360e3}"]


@by_hand("doubt")
def _doubt() -> list[str]:
    z = 20e3 / 50e3
    tail = 0.5 * math.erfc(z / math.sqrt(2))
    return [f"{50e3 * (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * tail):.0f}"]


@by_hand("options/cloud")
def _cloud() -> list[str]:
    compute = 2 * (360 / 0.8 * 8 / 6 / 0.75) / 8 * 16
    egress, objects, disk, resting = 3 * 50 * 0.1, 3 * 1000 * 0.02, 2 * 200 * 0.1, 200 * 0.02
    usage = compute + egress + objects + disk + resting
    return money(compute, egress, objects, disk, resting, 0.1 * usage, 500, 1.1 * usage + 500)


@by_hand("options/spot")
def _spot() -> list[str]:
    busy = 1000 / useful_share(0.1, 3 / 60, 6 / 60, math.sqrt(2 * 0.05 / 0.1))
    return [f"busy {busy:,.1f} h", *money(busy * 1)]


@by_hand("options/marketplace")
def _marketplace() -> list[str]:
    outage = float(row("assumptions.csv", name="marketplace_outage_hours")["mode"])
    busy = 1000 / useful_share(0.04 / (0.96 * outage), 3 / 60, 6 / 60, 1.0)
    return [f"busy {busy:,.1f} h", *money(busy * 1)]


@by_hand("options/reserved")
def _reserved() -> list[str]:
    half = 2 * MONTH * 6 * 10 / 2
    rented = ((14600 - 2 * 8 * MONTH) * 6 + 14600 * 2) / 8 * 16
    block = math.ceil(14600 / 8 / (7 * 24)) * 7 * 24 * 8 * 10
    return money(half, half, rented, block)


@by_hand("options/notebook")
def _notebook() -> list[str]:
    plan = row("prices/notebook_plans.csv", provider="colab", plan="pro")
    units = 150 * float(row("prices/notebook_units.csv", provider="colab", accelerator="T4")["units_per_hour"])
    pack = float(plan["extra_unit_pack"])
    packs = math.ceil((units - 2 * float(plan["units_included"])) / pack)
    fee, price = float(plan["fee_per_month"]), pack * float(plan["extra_unit_price"])
    return [f"6 × {fee:.2f} = {6 * fee:.2f}", f"{3 * packs} × {price:.2f} = {3 * packs * price:.2f}"]


@by_hand("options/managed")
def _managed() -> list[str]:
    return money(200 * 4 * 1.25, 0.1 * 96000 / 12)


@by_hand("options/api_tokens")
def _tokens() -> list[str]:
    requests = 0.1 * 3600 * MONTH / 1e6
    fresh, cached, answers = requests * 600 * 2, requests * 400 * 0.5, requests * 200 * 8
    return money(fresh, cached, answers, fresh + cached + answers)


@by_hand("options/academic")
def _academic() -> list[str]:
    return ["500 h", "300 h", *money(2 * 500 * 0.5 * 0.4, 2 * (400 - 250) * 2)]


@by_hand("options/onprem")
def _onprem() -> list[str]:
    power = (5840 * 0.5 + 2920 * 0.5) / 8 * 4 * 1.5 * 0.1
    monthly = power + 100_000 * 0.06 / 12 + 0.1 * 120_000 / 12
    present = 100_000 + sum(monthly / 1.21 ** ((t - 0.5) / 12) for t in range(1, 13)) - 50_000 / 1.21
    return money(12 * power, 6000, 12_000, -50_000, 50_000 + 12 * monthly, present)


@by_hand("options/colocation")
def _colocation() -> list[str]:
    rent, hands, cross, upkeep = 12 * 4 * 200, 12 * 2 * 100, 12 * 50, 100_000 * 0.06
    return money(rent, hands, cross, upkeep, 100_000 + upkeep + rent + hands + cross - 50_000)


@by_hand("options/hybrid")
def _hybrid() -> list[str]:
    load = [(0.25, 4), (0.5, 8), (0.25, 12)]

    def cost(servers: int) -> float:
        return servers * 70_080 + 12 * MONTH * 3 * sum(h * max(d - 8 * servers, 0) for h, d in load)

    best = min(range(4), key=cost)
    return money(cost(best) - best * 70_080, best * 70_080, cost(best), cost(0))


@by_hand("options/sequence")
def _sequence() -> list[str]:
    return money(3 * 1000 * 2, 3 * 1000 * 0.02, 2000, 1000 * 0.05, 60_000, -30_000)


@by_hand("credits")
def _credits() -> list[str]:
    return money(-600, -(1000 - 600), 3 * 600 - 1000, 3 * 300 * 1.8)


@by_hand("serving")
def _serving() -> list[str]:
    card = row("reference/accelerators.csv", id="H100-SXM")
    assumed = {name: float(row("assumptions.csv", name=name)["mode"]) for name in (
        "usable_memory_fraction", "serving_utilization_kept")}  # fmt: skip
    n, layers, width, prompt, answer = 2e9, 16, 2048, 1000, 200
    fitted = json.loads((ROOT / "pricing_data/estimator.json").read_text(encoding="utf-8"))["serving"]["constants"]
    flops = float(card["bf16_tflops"]) * 1e12 * fitted["compute_efficiency"] * fitted["prompt_efficiency"]
    bandwidth = float(card["memory_bandwidth_gbs"]) * 1e9 * fitted["bandwidth_efficiency"]
    learned = 1.308  # what like cases measured over their physics, as the page says
    prefill = (2 * n * prompt + 4 * layers * width * prompt * prompt / 2) / flops
    room = float(card["memory_gib"]) * 2**30 * assumed["usable_memory_fraction"] - 2 * n
    cache = 2 * 8 * 128 * layers * 2
    batch = math.floor(room / (cache * (prompt * 2735 / 1155 + answer * 424 / 211)))
    step = (2 * n + fitted["cache_weight"] * batch * (prompt + answer / 2) * cache) / bandwidth
    step += 2 * n * batch / (flops / fitted["prompt_efficiency"]) + layers * fitted["layer_seconds"]
    rate = 3600 / (prefill + answer * step / batch) * 0.93 * learned
    busy = 40 * 3600 / rate
    held = (math.ceil(busy * 2 / assumed["serving_utilization_kept"]) + 1) * MONTH
    requests = 40 * 3600 * MONTH
    tokens = requests * (prompt * 0.1 + answer * 0.3) / 1e6
    each = [f"{1000 * cost / requests:.2f} CAD per thousand" for cost in (held * 3, tokens)]
    return [f"busy {busy:.2f}", f"held {held:,.0f} h", *money(held * 3, tokens), *each]


@by_hand("method-training")
def _training() -> list[str]:
    card = row("reference/accelerators.csv", id="H100-SXM")
    peak, band = float(card["bf16_tflops"]) * 1e12, float(card["memory_bandwidth_gbs"]) * 1e9
    flops = 6 * (8.03e9 - 128_256 * 4_096) + 6 * 32 * 4_096 * 4_096
    speed = peak * 0.30 * math.sqrt(150 / (peak / band)) / flops
    return [
        f"{flops:.4g} FLOP a token",
        f"physics {speed:,.0f} token/s",
        f"{200e9 / 8000 / 3600:,.0f} accelerator-hours",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_example_by_hand(page: str) -> None:
    """Every page with an example has figures made by hand, and they stand in its output."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    (printed,) = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for figure in HANDS[page]():
        assert re.search(rf"(?<![\d,.]){re.escape(figure)}(?![\d])", printed), figure
