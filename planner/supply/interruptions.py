"""Work that is lost when a rented machine goes away: useful share of billed time (MODEL §2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.errors import Infeasible
from planner.figure import Figure, derive
from planner.scenario.options import InterruptedOption
from planner.supply.market import Market

Array = NDArray[np.float64]
MINUTES = 60.0
LEAST_USEFUL = 1e-4  # below one useful hour in ten thousand in some draw, work does not finish
SHORTEST_INTERVAL = 1 / 60  # hour; free checkpoints would be written without end


def useful_fraction(rate: Array, checkpoint: Array, restart: Array, interval: Array) -> Array:
    """Useful share of billed time on a machine that is lost after an exponential time.

    u = τ·Σ_{k≥1} S(R + k(τ+δ)) / E[L], with S(t) = e^(−λt): the sum is e^(−λR)·x/(1−x), x = e^(−λ(τ+δ)).

    rate: λ, interruptions of the job per hour [1/h]. checkpoint: δ [h]. restart: R, billed [h].
    interval: τ, work between checkpoints [h]. All of one shape.

    *Source:* renewal-reward theorem (Ross, Stochastic Processes, 3.6). *Valid for:* λ > 0; λ = 0 gives τ/(τ+δ).

    >>> round(float(useful_fraction(np.array(1/6), np.array(1/30), np.array(0.1), np.array(0.6325))), 5)
    0.88336
    """
    exponent = rate * (interval + checkpoint)
    x = np.exp(-exponent)
    with np.errstate(divide="ignore", invalid="ignore"):
        renewed = interval * rate * np.exp(-rate * restart) * x / -np.expm1(-exponent)
        without_loss = np.where(checkpoint > 0, interval / (interval + checkpoint), np.exp(-rate * restart))
    return np.where(exponent > 0, renewed, without_loss)


def young_daly(rate: Array, checkpoint: Array) -> Array:
    """Work between checkpoints that loses least, √(2δ/λ) [h].

    *Source:* Young, 1974, CACM 17(9); first order. *Valid for:* λδ ≪ 1.
    """
    return np.maximum(np.sqrt(2 * checkpoint / rate), SHORTEST_INTERVAL)


def own_rate(option_id: str, option: InterruptedOption, market: Market) -> Figure | None:
    """Interruptions of a job per hour as the user states them; None when not stated."""
    if option.interruption_rate_per_hour is None:
        return None
    path = ("options", option_id, "interruption_rate_per_hour")
    return market.input(f"{option_id}.interruption_rate_per_hour", option.interruption_rate_per_hour, "1/h", path)


def useful_share(option_id: str, option: InterruptedOption, market: Market, rate: Figure) -> Figure:
    """Useful share of billed time at an interruption rate [1/h]. Raises Infeasible when work hardly advances."""
    checkpoint = market.term(option_id, "checkpoint_minutes", option.checkpoint_minutes, "min", "checkpoint_minutes")
    restart = market.term(option_id, "restart_minutes", option.restart_minutes, "min", "restart_minutes")
    if option.checkpoint_interval_minutes is not None:
        path = ("options", option_id, "checkpoint_interval_minutes")
        interval = market.input(
            f"{option_id}.checkpoint_interval_minutes", option.checkpoint_interval_minutes, "min", path
        )
    else:
        interval = derive(
            lambda r, d: young_daly(np.maximum(r, 1e-9), d / MINUTES) * MINUTES, rate, checkpoint,
            name=f"{option_id}.checkpoint_interval_minutes", unit="min", formula="√(2·checkpoint / rate), Young–Daly",
        )  # fmt: skip
    useful = derive(
        lambda r, d, b, i: useful_fraction(r, d / MINUTES, b / MINUTES, i / MINUTES), rate, checkpoint, restart,
        interval, name=f"{option_id}.useful_fraction", unit="fraction",
        formula="τ·λ·e^(−λR)·x/(1−x), x = e^(−λ(τ+δ))",
    )  # fmt: skip
    if float(np.min(useful.value)) < LEAST_USEFUL:
        raise Infeasible("reason.spot_never_finishes", option=option_id)
    return useful


def combined(option_id: str, name: str, own: Figure, useful: Figure) -> Figure:
    """Goodput of a workload: its own failures and the interruptions, each loss once."""
    return derive(
        np.multiply, own, useful, name=f"{option_id}.{name}.goodput", unit="fraction",
        formula="(1 − failed fraction) × useful fraction between interruptions",
    )  # fmt: skip
