"""EC2 DescribeInstanceTypes: which accelerators an instance has (the Price List does not say)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.pricing.nouns import Answer, Quote, ShapeChanged, member, records

OPERATION = "DescribeInstanceTypes"
MIB_PER_GIB = 1024.0


@dataclass(frozen=True)
class InstanceType:
    """An instance type as EC2 describes it. count: accelerators, a fraction where the card is shared."""

    instance: str
    accelerator: str
    count: float
    memory_mib: float | None
    partition: float | None
    vcpus: float | None
    memory_gib: float | None
    capacity_blocks: bool


def instance_types(answer: Answer) -> Iterator[InstanceType]:
    """The instance types of one page. Raises ShapeChanged."""
    for record in records(member(answer.json(), "InstanceTypes", OPERATION), OPERATION):
        name = member(record, "InstanceType", OPERATION, str)
        accelerator, count, memory, partition = _accelerators(record)
        yield InstanceType(
            name, accelerator, count, memory, partition,
            _maybe(record, "VCpuInfo", "DefaultVCpus"),
            gib if (gib := _maybe(record, "MemoryInfo", "SizeInMiB")) is None else gib / MIB_PER_GIB,
            "capacity-block" in (record.get("SupportedUsageClasses") or []),
        )  # fmt: skip


def _accelerators(record: Mapping[str, Any]) -> tuple[str, float, float | None, float | None]:
    """Name, number, memory of one [MiB] and share of a card. GPUs, then Neuron devices, then Gaudi and the like."""
    gpus = records((record.get("GpuInfo") or {}).get("Gpus") or [], OPERATION)
    if gpus:
        gpu = gpus[0]
        share = gpu.get("GpuPartitionSize")
        count = float(gpu.get("Count") or 0)
        if share is not None and not 0 < float(share) <= 1:
            raise ShapeChanged.of_answer(OPERATION, f"partition {share!r}")
        if share is not None and share < 1:  # of a shared card the count is 0 or 1: its share says how much
            count = max(count, 1.0) * float(share)
        return str(gpu.get("Name", "")), count, _maybe(gpu, "MemoryInfo", "SizeInMiB"), share
    neuron = records((record.get("NeuronInfo") or {}).get("NeuronDevices") or [], OPERATION)
    other = records((record.get("InferenceAcceleratorInfo") or {}).get("Accelerators") or [], OPERATION)
    for device in [*neuron, *other]:
        name, count = str(device.get("Name", "")), float(device.get("Count") or 0)
        return name, count, _maybe(device, "MemoryInfo", "SizeInMiB"), None
    return "", 0.0, None, None


def _maybe(record: Mapping[str, Any], group: str, name: str) -> float | None:
    value = (record.get(group) or {}).get(name)
    return None if value is None else float(value)


def described(quote: Quote, known: Mapping[str, InstanceType]) -> Quote:
    """The quote with its instance's accelerators and size, where EC2 named them."""
    found = known.get(quote.instance_type)
    if found is None:
        return quote
    shared = found.partition is not None and found.partition < 1
    gpu_memory = found.memory_mib if found.partition is not None and not shared else None
    return quote.but(
        accelerator=found.accelerator,
        accelerator_count=found.count,
        memory_gib=gpu_memory / MIB_PER_GIB if gpu_memory else None,
        vcpus=found.vcpus,
        host_memory_gib=found.memory_gib,
        note=quote.note + (f"; {found.partition:g} of one accelerator" if shared else ""),
    )
