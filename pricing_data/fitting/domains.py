"""What is fitted in each domain, in which order: constants of the roofline, variances, scales of the intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitting.scales import scales
from fitting.search import Leaving, descend, fit, leaving
from fitting.starts import STARTS
from planner.estimator.deployment import stack
from planner.estimator.evidence import Domain, Evidence, Known, serving_known
from planner.estimator.serving import Fitted
from planner.reference import Reference

# Where the search for the constants starts: GenZ-like shares of the sheet, launches as in published traces.
FIRST = Fitted(0.52, 0.62, 1.0, 5.3e-5, 1.8e-5, 0.8, 1.12, 1.5, 1.4)
# Best matrix multiplication measured over the sheet is 0.51 to 0.97, of the newer cards under 0.8; no prompt beats it.
MOST_OF_PEAK = 0.75
STEEP_WALL = 20.0
CONSTANT_SWEEPS = 8
STEEPNESS = 0.2  # log error from which the cost grows in proportion instead of its square
PULL = 0.005


def fit_domains(shipped: dict[str, Any], sweeps: int, only: str) -> dict[str, Any]:
    """The fitted document, domain by domain."""
    reference = Reference()
    found: dict[str, Any] = {name: {**start, "scale": {}} for name, start in STARTS.items()}
    found.update(shipped)
    found["serving"] = {**found["serving"], "constants": found["serving"].get("constants") or vars(FIRST)}
    if not only or only == "serving":
        found["serving"]["constants"] = fit_constants(reference, Fitted(**found["serving"]["constants"]))
    for name in STARTS:
        if only and name != only:
            continue
        evidence = _evidence(reference, found)
        domain: Domain = getattr(evidence, name)
        print(f"{name}: {len(domain.known)} cases, {len({one.family for one in domain.known})} families", flush=True)
        analogy = domain.analogy
        labels = [domain.noise_of(one.asked) for one in domain.known]
        start = {key: found[name][key] for key in ("terms", "lengths", "noise")}
        fitted = fit(start, analogy.cases, analogy.log_ratio, labels, leavings(domain), sweeps) if sweeps else start
        found[name] = {**found[name], **fitted}
        domain = getattr(_evidence(reference, found), name)
        found[name]["scale"], found[name]["measured"] = scales(domain)
        for stratum, row in found[name]["measured"].items():
            print(f"  {stratum}: scale {found[name]['scale'].get(stratum, 'of the rung')}, {row}", flush=True)
    return found


def _evidence(reference: Reference, found: dict[str, Any]) -> Evidence:
    evidence = Evidence.__new__(Evidence)
    evidence.reference, evidence.fitted = reference, found
    return evidence


def leavings(domain: Domain) -> list[Leaving]:
    """What the search leaves out: whole families, and pairs of family and accelerator."""
    known = domain.known
    families = [one.family for one in known]
    pairs = [f"{one.model}|{one.accelerator}" for one in known]
    sized = np.array([float(getattr(one.asked, "sized", True)) for one in known])
    if domain.name == "training":
        own = np.array([3.0 if one.asked.whole_run and one.asked.shape.layers else 1.0 for one in known])
        pairs = [f"{one.family}|{one.accelerator}" for one in known]
        return [leaving(families, 1.0, 0.7, sized * own), leaving(pairs, 0.5, 0.7)]
    if domain.name == "time_to_train":
        groups = [one.group for one in known]
        return [leaving(pairs, 1.0, 0.7), leaving(groups, 0.5, 0.7)]
    return [leaving(pairs, 1.0, 0.6), leaving([one.model for one in known], 0.4, 0.6, sized)]


def fit_constants(reference: Reference, first: Fitted) -> dict[str, float]:
    """Constants of the two phases, by the robust error over all measured rows, model × accelerator × stack equal."""
    known: list[Known] = serving_known(reference, thin=False)
    asked = [one.asked for one in known]
    measured = np.array([one.log_measured for one in known])
    cells = [f"{one.model}|{one.accelerator}|{one.asked.stack}" for one in known]
    weights = leaving(cells, 1.0, 0.5).weights
    names = Fitted.names()
    origin = np.log([float(getattr(first, name)) for name in names])

    def cost(x: np.ndarray) -> float:
        error = measured - np.log(stack(asked, Fitted(*np.exp(x))).rate)
        robust = np.sqrt(error**2 + STEEPNESS**2) - STEEPNESS
        at = dict(zip(names, x, strict=True))
        beyond = at["compute_efficiency"] + max(at["prompt_efficiency"], 0.0) - np.log(MOST_OF_PEAK)
        wall = STEEP_WALL * max(beyond, 0.0) ** 2
        return float((weights * robust).sum() / weights.sum() + PULL * ((x - origin) ** 2).sum() + wall)

    found = descend(cost, origin, CONSTANT_SWEEPS, lowest=-20.0)
    return {name: float(f"{value:.3g}") for name, value in zip(names, np.exp(found), strict=True)}
