"""Widens or narrows intervals until they cover what they say: conformal, with whole groups left out.

A case weighs 1 / √(cases of its family): between one vote per family, which lets the oddest family decide where they
are few, and one per row, which lets the largest decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from planner.estimator.analogy import Array
from planner.estimator.answers import NOMINAL, Z, stratum
from planner.estimator.evidence import Domain

FEWEST_FAMILIES = 5  # below, the scale of all strata of the same rung together


def votes(families: Sequence[str]) -> Array:
    """Weight of each case: 1 / √(cases of its family)."""
    _, place, sizes = np.unique(np.array(families), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / np.sqrt(sizes[place]))


def weighted_quantile(values: Array, weights: Array, level: float) -> float:
    """The value below which a share of the weight lies."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(share, level)), len(values) - 1)])


def scales(domain: Domain) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Factor on the spread of each stratum, and what was measured there: families, cases, median error, coverage.

    Strata by evidence: published (another measurement of the same model and accelerator stays), akin (the same
    model or family on other accelerators stays), modelled (the family is left out whole).
    """
    known = domain.known
    pair = [f"{one.model}|{one.accelerator}" for one in known]
    group = [f"{one.group}" for one in known]
    families = [one.family for one in known]
    others = {name: sum(1 for p, g in set(zip(pair, group, strict=True)) if p == name) for name in set(pair)}
    kin = {name: len({p for p, f in zip(pair, families, strict=True) if f == name}) for name in set(families)}
    usable = {
        "published": np.array([others[p] > 1 for p in pair]),
        "akin": np.array([kin[f] > 1 for f in families]),
        "modelled": np.ones(len(known), bool),
    }
    out, measured = {}, {}
    for rung, names in (("published", group), ("akin", pair), ("modelled", families)):
        guess = domain.analogy.left_out(names)
        z = np.abs(domain.analogy.log_ratio - guess.mean) / guess.sd
        error = np.abs(np.exp(guess.mean - domain.analogy.log_ratio) - 1)
        labels = np.array([stratum(domain.name, rung, one.asked) for one in known])
        sized = np.array([getattr(one.asked, "sized", True) for one in known]) | (rung != "modelled")
        for label in (rung, *np.unique(labels)):
            inside = np.ones(len(known), bool) if label == rung else labels == label
            at = np.flatnonzero(inside & usable[rung] & sized)
            count = len({families[i] for i in at})
            if not len(at):
                continue
            weights = votes([families[i] for i in at])
            if count >= FEWEST_FAMILIES or label == rung:
                factor = weighted_quantile(z[at], weights, NOMINAL) / Z
                out[str(label)] = float(f"{max(factor, 0.5):.3g}")
            used = out.get(str(label), out[rung])
            measured[str(label)] = {
                "families": count, "cases": len(at),
                "median_error": round(weighted_quantile(error[at], weights, 0.5), 3),
                "coverage": round(float((weights * (z[at] <= Z * used)).sum() / weights.sum()), 3),
                "width": round(math.exp(2 * Z * used * float(np.median(guess.sd[at]))), 2),
            }  # fmt: skip
    return out, measured
