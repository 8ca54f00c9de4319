"""Speed, side by side in one run. Prints only: seconds depend on the machine, compare ratios."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyxirr
import refresh

import planner as pl
from planner import finance
from planner.prices import Fx, PriceBook, UnitPrice

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "montreal_prototype.yaml"


def best(call: Callable[[], object], times: int = 3) -> tuple[float, object]:
    """Shortest wall time of a call [s] and its result."""
    shortest, result = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        result = call()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, result


def show(what: str, seconds: float, note: str = "") -> None:
    print(f"{what:62} {seconds * 1e3:10.2f} ms  {note}", flush=True)


def synthetic_offers(n: int) -> list[UnitPrice]:
    draw = random.Random(1)
    cards = ["A100-SXM-40GB", "A100-SXM-80GB", "H100-SXM", "L4", "A10G", "T4", "H200-SXM", "V100-SXM"]
    return [
        UnitPrice(
            provider=f"p{i % 12}", provider_kind="cloud", instance_type=f"i{i % 500}", region=f"r{i % 30}",
            accelerator=draw.choice(cards), accelerator_ambiguous=False, accelerator_count=draw.choice([1, 2, 4, 8]),
            purchase_model="spot", pricing_category=draw.choice(["standard", "dynamic"]), term_months=None,
            list_unit_price=round(draw.uniform(0.2, 60), 4), currency="USD", observed_on="2026-08-01", flag="",
            row=SimpleNamespace(),  # type: ignore[arg-type]
        )
        for i in range(n)
    ]  # fmt: skip


def prices(n: int = 50_000) -> None:
    offers = synthetic_offers(n)
    book = PriceBook(offers, Fx([]))
    wanted = {"accelerator": "H100-SXM", "provider": "p3", "category": "dynamic"}

    def loop() -> list[UnitPrice]:
        found = [
            o for o in offers
            if o.accelerator == "H100-SXM" and o.provider == "p3" and o.pricing_category == "dynamic"
        ]  # fmt: skip
        return sorted(found, key=lambda o: o.price_per_accelerator_hour)

    ours, found = best(lambda: book.query(**wanted), 20)
    theirs, same = best(loop)
    assert len(found) == len(same)  # type: ignore[arg-type]
    show(f"(a) price book: query of {n} offers", ours, f"{len(found)} offers")  # type: ignore[arg-type]
    show("    plain loop over the same objects", theirs, f"x{theirs / ours:.0f}")
    gpuhunt(n, ours)


def gpuhunt(n: int, ours: float) -> None:
    try:
        from gpuhunt import CatalogItem, QueryFilter
        from gpuhunt._internal.constraints import matches
    except ImportError:
        print("    gpuhunt: not installed")
        return
    items = [
        CatalogItem(
            instance_name=o.instance_type, location=o.region, price=o.list_unit_price, cpu=8, memory=64.0,
            gpu_vendor="nvidia",
            gpu_count=int(o.accelerator_count), gpu_name=o.accelerator.split("-")[0], gpu_memory=80.0,
            spot=o.pricing_category == "dynamic", disk_size=None, provider=o.provider,
        )
        for o in synthetic_offers(n)
    ]  # fmt: skip
    asked = QueryFilter(gpu_name=["H100"], spot=True, provider=["p3"])
    seconds, _ = best(lambda: sorted((i for i in items if matches(i, asked)), key=lambda i: i.price))
    show("    gpuhunt, items in memory", seconds, f"x{seconds / ours:.0f}")


TEN_OPTIONS = """
schema: 1
name: Ten options
reporting_currency: EUR
horizon: {start: 2027-01, months: 36}
reference_accelerator: H100-SXM
organisation: {country: FR}
workloads:
  - id: steady
    kind: accelerator_hours
    accelerator_hours_per_month: {low: 4200, mode: 6000, high: 8000}
    interruptible: true
options:
  c1: {kind: cloud, provider: gcp, accelerator: H100-SXM, region: paris}
  c2: {kind: cloud, provider: verda, accelerator: H100-SXM}
  c3: {kind: cloud, provider: azure, accelerator: H200-SXM, region: francecentral}
  c4: {kind: cloud, provider: runpod, accelerator: H100-SXM}
  s1: {kind: spot, provider: gcp, accelerator: H100-SXM, region: paris, else: c1}
  o1: {kind: onprem, system: 8xH100-SXM, count: 1, else: c2}
  o2: {kind: onprem, system: 8xH100-SXM, count: 2, else: c2}
  o3: {kind: onprem, system: 8xH100-SXM, count: auto, else: c2}
  h1: {kind: hybrid, base: o3, burst: c2}
  h2: {kind: hybrid, base: o3, burst: c1}
"""


def comparison() -> None:
    loaded, book = pl.parse_scenario(TEN_OPTIONS), pl.PriceBook.load()
    seconds, result = best(lambda: pl.decide(pl.compare(loaded, book=book, draws=pl.Draws(4000))))
    scale = 1024 if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale / 1024**2
    note = f"budget 1000 ms; {len(result.order)} ranked; process peak {peak:.2f} GiB, budget 1 GB"  # type: ignore[attr-defined]
    show("(b) compare and decide, 10 options x 36 months x 4000 draws", seconds, note)


def commands() -> None:
    def call(code: str, *words: str) -> Callable[[], object]:
        command = [sys.executable, "-c", code, *words]
        return lambda: subprocess.run(command, check=True, capture_output=True)

    main = "from planner.cli import main; main()"
    show("(c) planner compare, new process", best(call(main, "compare", str(EXAMPLE)))[0], "budget 4000 ms")
    empty, _ = best(call("pass"))
    show(
        "(d) import planner, new process", best(call("import planner"))[0] - empty, "budget 500 ms, start of Python off"
    )


def returns(rows: int = 100_000, periods: int = 37) -> None:
    flows = np.random.default_rng(1).normal(10, 5, (rows, periods))
    ours, fast = best(lambda: finance.npv_rows(0.01, flows))
    theirs, slow = best(lambda: [pyxirr.npv(0.01, row) for row in flows], 1)
    error = float(np.max(np.abs(np.ravel(fast) - np.asarray(slow))))  # type: ignore[call-overload]
    show(f"(e) npv_rows, {rows} rows x {periods} periods", ours)
    show("    pyxirr.npv in a loop", theirs, f"x{theirs / ours:.0f}, greatest difference {error:.1e}")


def estimates(rows: int = 10_000) -> None:
    from planner.estimator import ask, estimate_batch, evidence_of
    from planner.estimator.deployment import stack
    from planner.estimator.serving_rows import deployment_of
    from planner.reference import Reference

    first, evidence = best(lambda: evidence_of(Reference()), 1)
    assert not isinstance(evidence, float)
    record = {"model": "llama-3.1-70b", "model_class": "llm", "accelerator": "H100-SXM", "n_accelerators": "4",
              "engine": "vllm", "input_len": "1000", "output_len": "200", "weight_precision": "fp8"}  # fmt: skip
    first += best(lambda: ask("serving", record, evidence), 1)[0]  # type: ignore[arg-type]
    show("(f) first estimate of a process, evidence read", first)
    show("    one estimate", best(lambda: ask("serving", record, evidence))[0], "budget 20 ms")  # type: ignore[arg-type]
    many = [{**record, "row_id": str(i), "concurrency_or_batch": str(1 + i % 700)} for i in range(rows)]
    ours, _ = best(lambda: estimate_batch("serving", many, evidence), 2)  # type: ignore[arg-type]
    show(f"    batch of {rows:,} rows", ours, "budget 10 000 ms")
    asked = [deployment_of(one, Reference()) for one in many]
    plain, _ = best(lambda: stack(asked, evidence.constants), 2)  # type: ignore[attr-defined]
    show("    the two-phase roofline alone on the same rows", plain, f"x{ours / plain:.0f}")


def monte_carlo(draws: int = 1_000_000) -> None:
    """A million draws of eight options over 36 months, prices fixed over the months; a month loop on like factors."""
    eight = "\n".join(line for line in TEN_OPTIONS.splitlines() if not line.lstrip().startswith(("h1:", "h2:")))
    decision = pl.decide(pl.compare(pl.parse_scenario(eight), draws=pl.Draws(4096)))
    few, _ = best(lambda: pl.simulate(decision, 4000))
    many, found = best(lambda: pl.simulate(decision, draws), 1)
    scale = 1024 if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale / 1024**2
    shares = ", ".join(f"{name} {share:.3f}" for name, share in list(found.probability_best.items())[:3])  # type: ignore[attr-defined]
    note = f"budget 3000 ms; process peak {peak:.2f} GiB, budget 2 GiB; best in {shares}"
    show(f"(g) simulate {draws:,} draws x 8 options x 36 months", many, note)
    show("    the same at 4,000 draws", few, "budget 150 ms")
    loop, _ = best(lambda: month_loop(draws), 1)
    show("    month loop over whole arrays, one multiply and add a month", loop, f"x{loop / many:.1f}")
    chunked, _ = best(lambda: [month_loop(4096, seed) for seed in range(draws // 4096)], 1)
    show("    month loop in chunks of 4,096", chunked, f"x{chunked / many:.1f}")


def month_loop(draws: int, seed: int = 0, options: int = 8, months: int = 36) -> np.ndarray:
    """Present cost by hand: hours and price of each option, growth, discount; no losses, no machines, no sources."""
    draw = np.random.default_rng(seed)
    hours, growth = draw.lognormal(6.5, 0.3, draws), draw.normal(0.02, 0.01, draws)
    price = draw.lognormal(0, 0.25, (options, draws))
    cost, grown = np.zeros((options, draws)), np.ones(draws)
    for month in range(months):
        cost += 1.008**-month * price * (hours * grown)
        grown = grown * (1 + growth)
    return cost


def rates(rows: int = 2_000, periods: int = 73) -> None:
    """Rates of return of many flows: ours, pyxirr and numpy-financial one by one."""
    import numpy_financial

    draw = np.random.default_rng(1)
    flows = np.hstack([draw.uniform(-900, -500, (rows, 1)), draw.uniform(5, 40, (rows, periods - 1))])
    ours, fast = best(lambda: finance.irr_rows(flows))
    show(f"(h) irr_rows, {rows} rows x {periods} periods", ours)
    for name, call in (("pyxirr.irr", pyxirr.irr), ("numpy_financial.irr", numpy_financial.irr)):
        part = flows if name.startswith("pyxirr") else flows[:100]
        seconds, slow = best(lambda call=call, part=part: [call(row) for row in part], 1)  # type: ignore[misc]
        seconds *= len(flows) / len(part)
        error = float(np.nanmax(np.abs(np.ravel(fast)[: len(part)] - np.asarray(slow, dtype=float))))  # type: ignore[call-overload]
        show(f"    {name} in a loop", seconds, f"x{seconds / ours:.0f}, greatest difference {error:.1e}")
    ours, fast = best(lambda: finance.npv_rows(0.01, flows))
    seconds, _ = best(lambda: [numpy_financial.npv(0.01, row) for row in flows], 1)
    show("    npv_rows of the same", ours)
    show("    numpy_financial.npv in a loop", seconds, f"x{seconds / ours:.0f}")


def doubt() -> None:
    """Sensitivity of an example with value, all of it."""
    from planner.sensitivity import sensitivity

    loaded = pl.load_scenario(ROOT / "examples" / "support_assistant_pays.yaml")
    decision = pl.decide(pl.compare(loaded, draws=pl.Draws(4000)))
    show("(i) sensitivity of an example with value, 4,000 draws", best(lambda: sensitivity(decision), 2)[0])


def logs(lines: int = 1_500_000) -> None:
    """A log of some 180 MB read into a measured run; its lines alone as the limit. Memory in processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.txt"
        with path.open("w") as file:
            file.writelines(
                f"iter {i}: loss 3.{i % 1000:03d}, time {130 + i % 7}.25ms{' ' * 80}\n" for i in range(lines)
            )
        for name, code in (
            ("read into a measured run", "from planner.benchmark import read_file; read_file(sys.argv[1])"),
            ("its lines alone", "sum(len(line) for line in open(sys.argv[1]))"),
        ):
            code = f"import resource, sys; {code}; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
            scale = 1024 if sys.platform == "darwin" else 1
            seconds, peak = time.perf_counter() - began, int(done.stdout) / scale / 1024
            show(f"(j) log of {path.stat().st_size / 1e6:.0f} MB, {name}", seconds, f"peak {peak:.0f} MiB")


if __name__ == "__main__":
    monte_carlo()  # first: its peak memory is the process's
    comparison()
    prices()
    commands()
    returns()
    estimates()
    rates()
    doubt()
    logs()
    refresh.main()
