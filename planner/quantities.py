"""How a person writes an uncertain number or a sum of money, read into an estimate."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import PlannerError
from planner.uncertainty import Estimate, Fixed, Percentiles, Pert, Samples
from planner.units import CURRENCIES

_NUMBER: dict[str, Any] = {"type": "number"}


def _object(*names: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict.fromkeys(names, _NUMBER),
        "required": list(names),
        "additionalProperties": False,
    }


ESTIMATE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _NUMBER,
        _object("low", "mode", "high"),
        _object("p5", "p95"),
        {
            "type": "object",
            "properties": {"samples": {"type": "string"}},
            "required": ["samples"],
            "additionalProperties": False,
        },
    ]
}
MONEY_SCHEMA: dict[str, Any] = {
    "anyOf": [
        *ESTIMATE_SCHEMA["anyOf"],
        {
            "type": "object",
            "properties": {"amount": ESTIMATE_SCHEMA, "currency": {"enum": list(CURRENCIES)}},
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
    ]
}


@dataclass(frozen=True)
class Money:
    """An uncertain sum; currency None means the scenario's reporting currency."""

    amount: Estimate
    currency: str | None = None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"scenario.not_a_number {value!r}")
    return float(value)


def parse_estimate(value: Any) -> Estimate | None:
    """A number, {low, mode, high}, {p5, p95} or {samples: FILE} as an estimate."""
    if value is None or isinstance(value, Fixed | Pert | Percentiles | Samples):
        return value
    if isinstance(value, dict):
        keys = set(value)
        try:
            if keys == {"low", "mode", "high"}:
                return Pert(*(_number(value[k]) for k in ("low", "mode", "high")))
            if keys == {"p5", "p95"}:
                return Percentiles(_number(value["p5"]), _number(value["p95"]))
        except PlannerError as error:
            raise ValueError(f"{error.key} {error.arguments['details']}") from None
        if keys == {"samples"}:
            return Samples(_read_samples(str(value["samples"])))
        raise ValueError("scenario.estimate_form " + ", ".join(sorted(map(str, keys))))
    return Fixed(_number(value))


def _read_samples(name: str) -> tuple[float, ...]:
    path = Path(name)
    if not path.is_file() or path.stat().st_size > 20_000_000:
        raise ValueError(f"scenario.samples_file {name}")
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [row[0] for row in csv.reader(stream) if row]
    try:
        values = tuple(_number(float(cell)) for cell in cells)
    except ValueError:
        raise ValueError(f"scenario.samples_file {name}") from None
    if not values:
        raise ValueError(f"scenario.samples_file {name}")
    return values


def parse_money(value: Any) -> Money | None:
    """{amount, currency}, or an estimate in the reporting currency, as money."""
    if value is None or isinstance(value, Money):
        return value
    if isinstance(value, dict) and "currency" in value:
        if set(value) != {"amount", "currency"}:
            raise ValueError("scenario.estimate_form " + ", ".join(sorted(map(str, value))))
        currency = value["currency"]
        if currency not in CURRENCIES:
            raise ValueError(f"scenario.currency {currency}")
        amount = parse_estimate(value["amount"])
        if amount is None:
            raise ValueError("scenario.not_a_number None")
        return Money(amount, currency)
    amount = parse_estimate(value)
    return None if amount is None else Money(amount)


LARGEST = 1e24  # above any sum, count of tokens or hours that a plan can mean

# What a value of each unit may be: (low, high), both allowed.
BOUNDS: dict[str, tuple[float, float]] = {
    "fraction": (0.0, 1.0),
    "signed fraction": (-1.0, 1.0),
    "fraction below 1": (0.0, 0.99),
    "fraction above 0": (1e-4, 1.0),
    "work unit/accelerator-hour": (1e-9, LARGEST),
    "fraction/year": (0.0, 1.0),
    "fraction/month": (-0.99, 1.0),
    "ratio": (0.0, 1e6),
    "ratio from 1": (1.0, 10.0),
}


def extremes(estimate: Estimate) -> tuple[float, float]:
    """The least and greatest value an estimate names (p5 and p95 for percentiles)."""
    if isinstance(estimate, Fixed):
        return estimate.value, estimate.value
    if isinstance(estimate, Pert):
        return estimate.low, estimate.high
    if isinstance(estimate, Percentiles):
        return estimate.p5, estimate.p95
    return min(estimate.values), max(estimate.values)


def bounded(value: Any, unit: str) -> Any:
    """The same value, its percentiles kept within what its unit allows; itself where nothing changes."""
    limits = BOUNDS.get(unit)
    if isinstance(value, Money):
        amount = bounded(value.amount, unit)
        return value if amount is value.amount else Money(amount, value.currency)
    if isinstance(value, dict):
        return {key: bounded(inner, unit) for key, inner in value.items()}
    if limits is None or not isinstance(value, Percentiles):
        return value
    return Percentiles(value.p5, value.p95, *limits)


def check_bounds(name: str, value: Any, unit: str) -> None:
    """Refuse a value outside what its unit allows; any other quantity may not be negative."""
    if isinstance(value, dict):
        for key, inner in value.items():
            check_bounds(f"{name}.{key}", inner, unit)
    estimate = value.amount if isinstance(value, Money) else value
    if not isinstance(estimate, Fixed | Pert | Percentiles | Samples):
        return
    low, high = BOUNDS.get(unit, (0.0, LARGEST))
    least, most = extremes(estimate)
    if least < low or most > high:
        raise ValueError(f"scenario.bounds {name} {least if least < low else most:g} {low:g} {high:g}")
