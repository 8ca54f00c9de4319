"""CodeCarbon's ``emissions.csv``: a row for each run, energy in kWh."""

from __future__ import annotations

from planner.benchmark.content import Content, number, whole
from planner.benchmark.reader import Reader, refuse_unless_positive, run_of
from planner.benchmark.record import WATTS, BenchmarkRun, Throughput

FORMAT = "codecarbon_emissions_csv"


def recognises(content: Content) -> bool:
    """Energy consumed, emissions and duration."""
    return {"energy_consumed", "emissions", "duration"} <= set(content.columns)


def read(content: Content) -> list[BenchmarkRun]:
    """Mean power of the last run: its energy over its duration."""
    rows = [row for row in content.rows() if number(row.get("duration")) is not None]
    if not rows:
        raise content.refuse("benchmark.no_rows")
    last = rows[-1]
    seconds, energy = number(last.get("duration")), number(last.get("energy_consumed"))
    refuse_unless_positive(content, duration=seconds, energy_consumed=energy)
    assert seconds is not None and energy is not None
    watts = energy * 3.6e6 / seconds
    run = run_of(
        content,
        FORMAT,
        "telemetry",
        throughput=Throughput(watts, WATTS, "global"),
        energy_kwh=energy,
        power_w=watts,
        gross_s=seconds,
        accelerator=last.get("gpu_model") or None,
        n_accelerators=whole(last.get("gpu_count")),
        tool="codecarbon",
        facts={
            "emissions_kg": number(last.get("emissions")),
            "country": last.get("country_iso_code"),
            "n_obs": len(rows),
        },
    )
    run = run.warn("benchmark.last_of_several", count=len(rows)) if len(rows) > 1 else run
    return [run if last.get("tracking_mode") == "process" else run.warn("benchmark.whole_machine")]


READERS = (Reader(FORMAT, "CodeCarbon emissions", recognises, read),)
