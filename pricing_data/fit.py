"""Fits the estimator: python pricing_data/fit.py [--sweeps N] [--from-start].

Reads pricing_data/measured, writes pricing_data/estimator.json and the manifest. It starts from the shipped file, so
that a second run changes nothing; --from-start begins anew from fitting/starts.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from builder.manifest import write_manifest
from fitting.domains import fit_domains

TARGET = Path(__file__).resolve().parent / "estimator.json"


def main(arguments: list[str]) -> int:
    """Exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweeps", type=int, default=6)
    parser.add_argument("--from-start", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args(arguments)
    shipped: dict[str, Any] = {}
    if TARGET.is_file() and not asked.from_start:
        shipped = json.loads(TARGET.read_text(encoding="utf-8"))
    found = fit_domains(shipped, asked.sweeps, asked.only)
    TARGET.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(write_manifest()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
