"""Accelerator-hours that an online service holds on an option, by its own terms (MODEL §1.6)."""

from __future__ import annotations

from planner.demand import replica_hours, spare_replicas
from planner.figure import Figure, derive
from planner.options.market import Market

__all__ = ["held_for", "replica_hours", "spare_replicas"]


def held_for(market: Market, name: str, option_id: str, busy: Figure, replica: float, instance: float) -> Figure:
    """Hours that a service holds on an option, by its own terms of redundancy, peak and scaling."""
    work = market.works[name]
    serving = work.workload.serving
    assert serving is not None
    if serving.utilization_kept is not None:
        path = ("workloads", work.index, "serving", "utilization_kept")
        kept = market.input(f"{name}.utilization_kept", serving.utilization_kept, "fraction", path)
    else:
        kept = market.assumed("serving_utilization_kept", market.reference.assumption("serving_utilization_kept"))
    spare, peak, scaling = spare_replicas(serving), serving.peak_to_mean, serving.autoscaling
    each = (
        f"{'Σ segments ' if scaling else ''}(⌈busy/730 × load × peak {peak:g} / ({replica:g} × kept)⌉ + {spare} spare)"
    )
    return derive(
        lambda b, k: replica_hours(
            b, peak_to_mean=peak, utilization_kept=k, spare=spare, replica_accelerators=replica,
            shape=work.workload.shape, autoscaling=scaling, instance_accelerators=instance,
        ), busy, kept, name=f"{option_id}.{name}.held_hours", unit="accelerator-hour/month",
        formula=f"{each} replicas of {replica:g} accelerators on instances of {instance:g} × 730 h",
    )  # fmt: skip
