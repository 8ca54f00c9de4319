"""CodeCarbon's ``emissions.csv``: a row for each run, energy in kWh."""

from __future__ import annotations

import re

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, positive, run_of
from planner.benchmark.record import WATTS, BenchmarkRun, Throughput

FORMAT = "codecarbon_emissions_csv"
FIELDS = (
    "duration", "energy_consumed", "emissions", "gpu_model", "gpu_count", "country_iso_code", "tracking_mode",
)  # fmt: skip
_SEVERAL = re.compile(r"(\d{1,5}) x (.{1,200})")  # 8 x NVIDIA H100 80GB HBM3


def recognises(content: Content) -> bool:
    """Energy consumed, emissions and duration."""
    return {"energy_consumed", "emissions", "duration"} <= set(content.columns)


def read(content: Content) -> list[BenchmarkRun]:
    """Mean power of the last run: its energy over its duration."""
    last: dict[str, str] | None = None
    count = 0
    for cells in content.pick(*FIELDS):
        row = dict(zip(FIELDS, cells, strict=True))
        if positive(number(row["duration"])) and positive(number(row["energy_consumed"])):
            last, count = row, count + 1
    if last is None:
        raise content.refuse("benchmark.no_rows")
    seconds, energy = number(last["duration"]), number(last["energy_consumed"])
    assert seconds is not None and energy is not None
    watts = energy * 3.6e6 / seconds
    several = _SEVERAL.fullmatch(last["gpu_model"])
    run = run_of(
        content, FORMAT, "telemetry", throughput=Throughput(watts, WATTS, "global"), energy_kwh=energy, power_w=watts,
        gross_s=seconds, accelerator=(several.group(2) if several else last["gpu_model"]) or None,
        n_accelerators=whole(last["gpu_count"]) or (int(several.group(1)) if several else None), tool="codecarbon",
        facts={"emissions_kg": number(last["emissions"]), "country": last["country_iso_code"] or None, "n_obs": count},
    )  # fmt: skip
    run = run.warn("benchmark.last_of_several", count=count) if count > 1 else run
    return [run if last["tracking_mode"] == "process" else run.warn("benchmark.whole_machine")]


READERS = (Reader(FORMAT, "CodeCarbon emissions", recognises, read),)
