"""Speed, side by side with a plain loop, a peer or the limit, in one run. It prints and asserts nothing.

make bench
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyxirr

import planner as pl
from planner import finance
from planner.prices import Fx, PriceBook, UnitPrice
from planner.tables import Row

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "montreal_prototype.yaml"


def best_of(action: Callable[[], object], times: int = 5) -> float:
    """Shortest of several runs [s]."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        took.append(time.perf_counter() - start)
    return min(took)


def line(what: str, ours: float, other: float, name: str) -> None:
    """One result: ours, the other's, and how many times faster."""
    print(f"{what:<58} {1e3 * ours:>10.3f} ms   {name:<34} {1e3 * other:>10.3f} ms   {other / ours:>8.1f}x")


def synthetic_book(n: int) -> PriceBook:
    """A book of n offers over 20 accelerators, 15 providers, 30 regions."""
    rng = np.random.default_rng(0)
    row = Row({"source": "synthetic", "observed_on": "2026-08-01", "flag": ""}, "synthetic:1")
    offers = [
        UnitPrice(
            f"provider{rng.integers(15)}", "neocloud", f"type{i % 500}", f"region{rng.integers(30)}",
            f"card{rng.integers(20)}", False, float(2 ** rng.integers(4)), "on_demand",
            ("standard", "dynamic")[i % 2], None, float(rng.uniform(0.5, 90)), "USD", "2026-08-01", "", row,
        )
        for i in range(n)
    ]  # fmt: skip
    return PriceBook(offers, Fx([]))


def bench_query() -> None:
    """50,000 offers: columns against a loop over objects."""
    book = synthetic_book(50_000)
    wanted = {"accelerator": "card3", "provider": "provider7", "category": "standard"}

    def loop() -> list[UnitPrice]:
        found = [
            o for o in book.offers
            if o.accelerator == "card3" and o.provider == "provider7" and o.pricing_category == "standard"
        ]  # fmt: skip
        return sorted(found, key=lambda o: o.price_per_accelerator_hour)

    line("query of 50,000 offers", best_of(lambda: book.query(**wanted)), best_of(loop), "loop over objects")


def bench_compare() -> None:
    """10 options × 36 months × 4,000 draws against the budget of 1 s and 1 GB."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("months: 18", "months: 36")
    extra = "".join(
        f"  more{i}: {{kind: spot, provider: gcp, accelerator: A100-SXM-40GB, region: us-central1, else: iowa_a100}}\n"
        for i in range(3)
    )
    loaded = pl.parse_scenario(text.replace("options:\n", "options:\n" + extra))
    book = PriceBook.load()
    took = best_of(lambda: pl.decide(pl.compare(loaded, book=book, draws=pl.Draws(4000))), 3)
    line(f"compare, {len(loaded.scenario.options)} options × 36 months × 4,000 draws", took, 1.0, "budget")
    tracemalloc.start()
    pl.compare(loaded, book=book, draws=pl.Draws(4000))
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{'  peak memory':<58} {peak:>10.0f} MB   {'budget':<34} {1000:>10} MB")


def bench_cold() -> None:
    """Whole command and bare import, from cold."""
    command = [sys.executable, "-c", "from planner.cli import main; main()", "compare", str(EXAMPLE)]
    cold = best_of(lambda: subprocess.run(command, check=True, capture_output=True), 3)
    line("planner compare, whole command", cold, 4.0, "budget")
    bare = best_of(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 3)
    full = best_of(lambda: subprocess.run([sys.executable, "-c", "import planner"], check=True), 3)
    line("import planner", full - bare, 0.5, "budget")


def bench_npv() -> None:
    """NPV of 100,000 series of 37 months: one matrix product against a loop of a compiled library."""
    flows = np.random.default_rng(0).normal(size=(100_000, 37))
    ours = best_of(lambda: finance.npv_rows(0.01, flows), 3)
    line("npv of 100,000 series × 37", ours, best_of(lambda: [pyxirr.npv(0.01, f) for f in flows], 1), "pyxirr, a loop")


if __name__ == "__main__":
    print(f"{dt.date.today().isoformat()}, Python {sys.version.split()[0]}, numpy {np.__version__}\n")
    for bench in (bench_query, bench_compare, bench_cold, bench_npv):
        bench()
