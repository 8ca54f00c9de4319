"""What the evidence says of a rate, as figures: a correction of physics and the doubt about it, shared as it is.

The error of an estimate has three parts, each a factor of its own: of the workload and its software, shared by all
accelerators; of the accelerator, shared by all workloads; of the rest. Options are then compared on the same draws.
"""

from __future__ import annotations

import math

import numpy as np

from planner.estimator.single import Estimated
from planner.figure import Figure, Source, derive, given
from planner.uncertainty import Draws

TABLE = "estimator.json"
SHOWN = 3  # nearest cases that a source names


def evidence_source(estimate: Estimated, domain: str) -> Source:
    """The nearest measured case, with the others and the fitted file by name."""
    first = estimate.nearest[0].source
    near = "; ".join(f"{one.model} on {one.accelerator} ({one.source.locator})" for one in estimate.nearest[:SHOWN])
    text = f"{estimate.evidence}, pricing_data/{TABLE}:{domain}, families left out in turn: {estimate.families}"
    return Source("reference_row", first.locator, first.as_of, f"{text}; nearest measured: {near}; {first.origin}")


def doubt(workload: str, accelerator: str, estimate: Estimated, domain: str, draws: Draws) -> tuple[Figure, ...]:
    """The three lognormal factors of an estimate's error, median 1."""
    source = evidence_source(estimate, domain)
    return error_factors(workload, accelerator, estimate.sigma, estimate.shares, domain, draws, source)


def error_factors(
    workload: str, accelerator: str, sigma: float, shares: tuple[float, float, float], domain: str, draws: Draws,
    source: Source,
) -> tuple[Figure, ...]:  # fmt: skip
    """Lognormal factors with median 1 of an error whose log variance has three parts."""
    shared = ("shared by all accelerators", "shared by all workloads", "of this pair")
    names = (f"{workload}.{domain}.error", f"{accelerator}.{domain}.error", f"{workload}.{accelerator}.error")
    out = []
    for name, share, text in zip(names, shares, shared, strict=True):
        part = sigma * math.sqrt(share)
        if not share:
            continue
        origin = f"lognormal, median 1, standard deviation of the log {part:.3f}, {text}; {source.origin}"
        told = Source(source.kind, source.locator, source.as_of, origin)
        score = given(name, draws.normal(name) if part else 0.0, "standard deviation", told)
        out.append(
            derive(
                lambda z, part=part: np.exp(part * z), score, name=f"{name} as a factor", unit="ratio",
                formula=f"e^({part:.3f} × {name})",
            )
        )  # fmt: skip
    return tuple(out)


def correction(name: str, estimate: Estimated, domain: str) -> Figure:
    """What measured cases taught over physics, at the median."""
    return given(name, np.array(estimate.correction), "ratio", evidence_source(estimate, domain))
