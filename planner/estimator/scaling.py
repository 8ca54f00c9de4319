"""Speed per accelerator at another count, from one measured run or from several; and at another sequence length.

log rate = a − loss × ln(count): a straight line. One run leaves the loss to what other people's runs show; two at
different counts fit it, weighed against that (Bayesian linear regression with a flat prior on the level).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

# Weak scaling in one fabric keeps 0.95 to 1.0 from 8 to 128 accelerators: the loss per ln of the count. The doubt is
# what 380 measured pairs of counts leave (`make validate`).
LOSS, DOUBT = 0.009, 0.07
# Longer sequences of the same model on the same accelerators, over what their operations say: per ln of the length,
# from 441 measured pairs (`make validate`).
SEQUENCE_LOSS, SEQUENCE_DOUBT = 0.14, 0.11

Point = tuple[float, float, float]  # rate per accelerator, count, standard deviation of the log rate


def rate_at(points: Sequence[Point], count: float) -> tuple[float, float]:
    """Log of the rate per accelerator at a count, and its standard deviation.

    >>> log_rate, sigma = rate_at([(100.0, 8, 0.05)], 8)
    >>> round(math.exp(log_rate), 6), round(sigma, 6)
    (100.0, 0.05)
    >>> log_rate, sigma = rate_at([(100.0, 8, 0.05)], 64)  # 100 × 8^−0.009; √(0.05² + (0.07 ln 8)²)
    >>> round(math.exp(log_rate), 2), round(sigma, 4)
    (98.15, 0.1539)
    """
    fit = _fit(points)
    at = np.array([1.0, -math.log(count)])
    return float(at @ fit[0]), math.sqrt(float(at @ fit[1] @ at))


def loss_of(points: Sequence[Point]) -> tuple[float, float]:
    """Loss of the log rate per ln of the count, and its standard deviation."""
    mean, covariance = _fit(points)
    return float(mean[1]), math.sqrt(float(covariance[1, 1]))


def _fit(points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    """Level and loss: their mean and covariance."""
    lines = np.array([[1.0, -math.log(count)] for _, count, _ in points])
    weights = np.array([sigma**-2.0 for *_, sigma in points])
    logs = np.log([rate for rate, *_ in points])
    precision = lines.T @ (weights[:, None] * lines) + np.diag([0.0, DOUBT**-2.0])
    covariance = np.linalg.inv(precision)
    return covariance @ (lines.T @ (weights * logs) + np.array([0.0, LOSS * DOUBT**-2.0])), covariance
