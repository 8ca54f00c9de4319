"""Shares of variance: Sobol's first and total indices of the inputs that matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SAMPLES = 256  # a power of two, as Sobol's sequence wants


@dataclass(frozen=True)
class Shares:
    """Share of the variance that an input explains alone (first), and with all its interactions (total)."""

    first: float
    total: float


def sobol_indices(
    model: Callable[[Array], Array], names: Sequence[str], *, seed: int = 0, samples: int = SAMPLES
) -> dict[str, Shares]:
    """Sobol's indices of a model of independent inputs on the unit cube.

    model: rows of shape (rows, inputs) in [0, 1] to values of shape (rows,). samples: a power of two.
    *Source:* A. Saltelli et al., 2010, Computer Physics Communications 181(2); computed by SALib.
    """
    if not names:
        return {}
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    rows = sample.sample(problem, samples, calc_second_order=False, seed=seed)
    values = np.asarray(model(rows), dtype=float)
    if not np.isfinite(values).all() or values.max() - values.min() <= 1e-12 * max(abs(values).max(), 1e-300):
        return {name: Shares(0.0, 0.0) for name in names}
    scaled = (values - values.mean()) / values.std()
    found = analyze.analyze(problem, scaled, calc_second_order=False, num_resamples=10, seed=seed)
    return {
        name: Shares(float(first), float(total))
        for name, first, total in zip(names, found["S1"], found["ST"], strict=True)
    }
