"""Builds the price book: python pricing_data/build.py SOURCE_DIR.

SOURCE_DIR holds the gathered facts (folders prices, fx, onprem, academic, inference, training, project_costs). The
result depends on these files and on pricing_data/inputs alone: the same input gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from builder.accelerators import AcceleratorNames, build_accelerators
from builder.clusters import build_clusters
from builder.common import BuildError
from builder.credits import build_credits
from builder.managed_services import build_managed_services
from builder.manifest import write_manifest
from builder.market_notes import build_market_notes
from builder.measured import build_measured
from builder.notebooks import build_notebooks
from builder.offers import build_offers
from builder.price_history import build_price_history
from builder.programmes import build_programme_rules
from builder.project import build_project
from builder.reference import build_reference
from builder.regions import build_regions
from builder.spot import build_spot
from builder.systems import build_systems
from builder.token_prices import build_token_prices
from builder.transfer import build_transfer


def build(source: Path) -> list[str]:
    """Writes every table and the manifest; returns what a maintainer should read."""
    names = AcceleratorNames(source)
    sheets = build_accelerators(source)
    report, offers = build_offers(source, names, set(sheets))
    report += build_price_history(source, names, set(sheets))
    report += build_spot(source)
    report += build_transfer(source)
    report += build_notebooks(source, names)
    report += build_credits(source)
    report += build_clusters(source)
    report += build_reference(source, names)
    report += build_token_prices(source)
    report += build_programme_rules()
    report += build_systems(source, names)
    report += build_measured(source, names)
    report += build_regions(offers)
    report += build_managed_services(offers)
    report += build_market_notes()
    report += build_project(source)
    report += write_manifest()
    return report


def main(arguments: list[str]) -> int:
    """Exit status of the command."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python pricing_data/build.py SOURCE_DIR", file=sys.stderr)
        return 2
    try:
        print("\n".join(build(Path(arguments[0]))))
    except BuildError as error:
        print(f"build stopped: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
