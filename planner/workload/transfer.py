"""A speed from one accelerator to another by their sheets alone, where nothing better is known of the work."""

from __future__ import annotations

import math

from planner.errors import NotPriced
from planner.reference import Accelerator

Z90 = 1.6448536269514722
# What the two ratios leave: a third of the measured transfers lies between them; with this much doubt beside, four
# fifths do (`make validate`).
DOUBT = 0.3


def ratio_between(home: Accelerator, to: Accelerator, precision: str) -> tuple[float, float, str]:
    """Speed on `to` over that on `home`, the standard deviation of its log, and why.

    The middle of the ratio of peaks and that of memory bandwidths; where they lie apart they are 5 % and 95 %.
    Raises NotPriced when a sheet lacks one.
    """
    (home_flop, home_band), (to_flop, to_band) = (_speeds(card, precision) for card in (home, to))
    flop, band = to_flop / home_flop, to_band / home_band
    apart = abs(math.log(flop / band)) / (2 * Z90)
    return math.sqrt(flop * band), math.hypot(apart, DOUBT), f"FLOP/s ratio {flop:.3g}, bandwidth ratio {band:.3g}"


def _speeds(card: Accelerator, precision: str) -> tuple[float, float]:
    """Peak [TFLOP/s] and memory bandwidth [GB/s]."""
    peak, band = card.peak_tflops(precision), card.bandwidth_gbs
    if peak is None or band is None:
        raise NotPriced("workload.no_sheet", accelerator=card.id, precision=precision)
    return peak[0], band
