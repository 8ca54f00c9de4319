"""Accelerator-hours that an online service holds on an option, by its own terms (MODEL §1.6)."""

from __future__ import annotations

import numpy as np

from planner.figure import Figure, derive
from planner.replicas import replica_hours, spare_replicas
from planner.supply.market import Market

WHOLE = 1 - 1e-9  # of the work: below, a part of the service runs elsewhere


def held_for(
    market: Market, name: str, option_id: str, asked: Figure, busy: Figure, replica: float, instance: float
) -> Figure:
    """Hours that a service holds on an option, by its own terms of redundancy, peak and scaling.

    What overflows from another option needs no spare of its own: the replicas there are its redundancy.
    """
    work = market.works[name]
    serving = work.workload.serving
    assert serving is not None
    if serving.utilization_kept is not None:
        path = ("workloads", work.index, "serving", "utilization_kept")
        kept = market.input(f"{name}.utilization_kept", serving.utilization_kept, "fraction", path)
    else:
        kept = market.assumed("serving_utilization_kept", market.reference.assumption("serving_utilization_kept"))
    spare, peak, scaling = spare_replicas(serving), serving.peak_to_mean, serving.autoscaling
    need = f"⌈busy/730 × load × peak {peak:g} / ({replica:g} × kept)⌉ + {spare} spare (an overflow: none)"
    each = f"Σ segments ({need})" if scaling else f"({need})"
    return derive(
        lambda b, k, a, w: replica_hours(
            b, peak_to_mean=peak, utilization_kept=k, spare=np.where(a < w * WHOLE, 0, spare),
            replica_accelerators=replica, shape=work.workload.shape, autoscaling=scaling,
            instance_accelerators=instance,
        ), busy, kept, asked, work.amount, name=f"{option_id}.{name}.held_hours", unit="accelerator-hour/month",
        formula=f"{each} replicas of {replica:g} accelerators on instances of {instance:g} × 730 h",
    )  # fmt: skip
