"""All sources refreshed against one server on this machine: 50,000 rows, seconds and memory of the asking process."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "pricing"))


def big_world(rows: int) -> dict[str, Any]:
    """The tests' providers with many more offers: regions and hosts that do not exist, prices that could."""
    import payloads as make
    from world import COMPUTE, world

    served = world()
    share = rows // 5
    nd = "Standard_ND96isr_H100_v5"
    served["azure"] = [make.azure_item(make.Sold(nd, f"region{i}", "", 98.0 + i % 7)) for i in range(share)]
    cards = [("H100 SXM", 2.0, 79.6), ("A100 SXM4", 1.0, 79.6), ("RTX 4090", 0.4, 23.9), ("L40S", 0.8, 44.9)]
    hosts = [make.Sold("", f"{chr(65 + i % 26)}{chr(65 + i // 26 % 26)}", "", p * (1 + i % 9 / 9), gpu, 1, gib)
             for i in range(share) for gpu, p, gib in [cards[i % 4]]]  # fmt: skip
    served["vast"] = make.text({"offers": [make.vast_offer(host) for host in hosts]})
    regions = [f"place-{i}" for i in range(share // 100)]
    parts = [("A2 Instance Core running in {}", 0.03), ("A2 Instance Ram running in {}", 0.004),
             ("Nvidia Tesla A100 GPU running in {}", 2.9), ("Nvidia L4 GPU running in {}", 0.56)]  # fmt: skip
    served["gcp"][COMPUTE] = [
        make.gcp_sku(text.format("Iowa"), usd, regions=(region,)) for region in regions for text, usd in parts
    ] + [make.gcp_sku(f"N2 Instance Core running in Iowa {i}", 0.03) for i in range(4 * share)]
    files = [make.Sold("p5.48xlarge", "us-east-1", "", 55.04)]
    path = "/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.csv"
    others = [make.Sold(f"m{i}.large", "us-east-1", "", 0.1) for i in range(share)]
    served["aws"][path] = make.aws_bulk([*others, *files])
    lots = [make.Sold("gpu-h100-sxm 8gpu", f"r{i}", "on_demand", 23.6, "H100", 8) for i in range(share)]
    served["gpuhunt"]["/nebius/20261120-42/catalog.zip"] = make.zipped("nebius.csv", make.gpuhunt_csv(lots))
    return served


def refreshing() -> None:
    """Asks all sources; run in a process of its own so that its memory can be told from the server's."""
    from planner.pricing.refresh import refresh

    began = time.perf_counter()
    found = refresh(deadline_s=60)
    seconds = time.perf_counter() - began
    rows = sum(outcome.rows for outcome in found.outcomes)
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    states = sorted({outcome.state for outcome in found.outcomes})
    print(f"{rows} rows stored, {seconds:.2f} s, {mib:.0f} MiB, {' '.join(states)}")
    for outcome in found.outcomes:
        print(f"    {outcome.source:16} {outcome.state:10} {outcome.rows:6} rows {outcome.seconds:6.2f} s")


def main(rows: int = 50_000) -> None:
    """The server here, the refresh in a process of its own."""
    from loopback import KEYS, Loopback

    with Loopback() as server, tempfile.TemporaryDirectory() as folder:
        server.served = big_world(rows)
        environment = {**os.environ, **server.environment(), "PLANNER_DATA_DIR": folder}
        environment["GOOGLE_API_KEY"] = KEYS["GOOGLE_API_KEY"]
        print(f"refresh of all sources, {rows} records offered on loopback (limit: 15 s, 500 MB)", flush=True)
        subprocess.run([sys.executable, __file__, "ask"], env=environment, check=True)


if __name__ == "__main__":
    refreshing() if sys.argv[1:] == ["ask"] else main()
