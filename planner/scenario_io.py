"""YAML file → Scenario with the line of each value, warnings, and errors that name the line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from planner.document import Document, read_document, read_file
from planner.document.refusals import refusal_of
from planner.errors import Message, ScenarioError
from planner.figure import Source
from planner.measured import MeasuredRun
from planner.scenario import Scenario
from planner.scenario.options import KINDS
from planner.units import CURRENCIES, close_matches

RESERVED = {"project", "credits", "value"}  # what lines and figures that belong to no option are placed on


@dataclass(frozen=True)
class Loaded:
    """A scenario with where each of its values stands; measured: runs by workload, once their files are read."""

    scenario: Scenario
    document: Document
    sha256: str
    warnings: tuple[Message, ...]
    measured: Mapping[str, tuple[MeasuredRun, ...]] = field(default_factory=dict)

    def source(self, path: tuple[str | int, ...], as_of: str) -> Source:
        """Source of a value: its line, or the schema's default."""
        lines = self.document.lines
        written: tuple[str | int, ...] = ()
        for part in path:  # one item may be written without its list
            if not isinstance(part, int) or (*written, part) in lines:
                written = (*written, part)
        if written in lines:
            return Source("scenario", f"{self.document.file}:{lines[written]}", as_of)
        name = ".".join(str(part) for part in path if not isinstance(part, int))
        return Source("assumption", f"default:{name}", as_of, "default of the scenario schema")


def load_scenario(path: str | Path) -> Loaded:
    """The scenario of a file. Raises ScenarioError with ``file:line`` and what to do."""
    return parse_scenario(read_file(path), str(path))


def parse_scenario(text: str, file: str = "scenario") -> Loaded:
    """The scenario of a text. Raises ScenarioError with the line."""
    return from_document(read_document(text, file), hashlib.sha256(text.encode()).hexdigest())


def from_document(document: Document, sha256: str) -> Loaded:
    """The scenario of plain data, checked."""
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        raise refusal_of(error, document, Scenario, KINDS) from None
    _check_references(scenario, document)
    return Loaded(scenario, document, sha256, tuple(_unused(scenario, document)))


def with_value(loaded: Loaded, path: tuple[str | int, ...], value: Any) -> Loaded:
    """The same scenario with one value replaced (plain data, as the file would write it)."""
    data = json.loads(json.dumps(loaded.document.data))
    place = data
    for key in path[:-1]:
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
    place[path[-1]] = value
    text = json.dumps(data, sort_keys=True) + repr(sorted(loaded.measured.items()))
    changed = from_document(
        Document(data, loaded.document.file, dict(loaded.document.lines)),
        hashlib.sha256(text.encode()).hexdigest(),
    )
    return replace(changed, measured=loaded.measured)


# ── checks between fields ─────────────────────────────────────────────────────────────────────────────────


def _check_references(scenario: Scenario, document: Document) -> None:
    ids = [workload.id for workload in scenario.workloads]
    for i, name in enumerate(ids):
        if name in ids[:i]:
            raise ScenarioError("scenario.duplicate_workload", where=document.where(("workloads", i, "id")), name=name)
    if scenario.reporting_currency not in CURRENCIES:
        raise ScenarioError(
            "scenario.currency",
            where=document.where(("reporting_currency",)),
            close=close_matches(scenario.reporting_currency, CURRENCIES),
            name="reporting_currency",
            details=scenario.reporting_currency,
        )
    options = list(scenario.options)

    def must_be_option(name: str | None, path: tuple[str | int, ...], own: str | None = None) -> None:
        if name is not None and (name not in options or name == own):
            near = [o for o in close_matches(name, options) or options if o != own]
            raise ScenarioError("scenario.unknown_option", where=document.where(path), close=near, name=name)

    must_be_option(scenario.baseline, ("baseline",))
    for name in RESERVED & set(scenario.options):
        raise ScenarioError("scenario.reserved", where=document.where(("options", name)), name=name)
    for i, workload in enumerate(scenario.workloads):
        other = getattr(scenario.options.get(workload.id), "accelerator_hours_per_month", None)
        if other is not None and workload.accelerator_hours_per_month is not None:
            raise ScenarioError("scenario.same_name", where=document.where(("workloads", i, "id")), name=workload.id)
    for name, option in scenario.options.items():
        path: tuple[str | int, ...] = ("options", name)
        if option.otherwise not in (None, "none"):
            must_be_option(option.otherwise, (*path, "else"), name)
        for key in ("base", "burst"):
            must_be_option(getattr(option, key, None), (*path, key), name)
        for i, phase in enumerate(getattr(option, "phases", [])):
            must_be_option(phase.option, (*path, "phases", i, "option"), name)
        for i, served in enumerate(option.serves or []):
            if served not in ids:
                raise ScenarioError(
                    "scenario.unknown_workload",
                    where=document.where((*path, "serves", i)),
                    close=close_matches(served, ids) or ids,
                    name=served,
                )
        quote = getattr(option, "quote", None)
        if quote is not None and quote.currency not in (None, *CURRENCIES):
            raise ScenarioError(
                "scenario.currency",
                where=document.where((*path, "quote", "currency")),
                close=close_matches(quote.currency, CURRENCIES),
                name="quote.currency",
                details=quote.currency,
            )
    for name in scenario.options:
        _check_cycle(scenario, name, document)
        _check_nesting(scenario, name, document)


def _check_cycle(scenario: Scenario, start: str, document: Document) -> None:
    chain = [start]
    while True:
        following = scenario.options[chain[-1]].otherwise
        if following in (None, "none"):
            return
        if following in chain:
            raise ScenarioError(
                "scenario.cycle",
                where=document.where(("options", start, "else")),
                name=" → ".join([*chain, following]),
            )
        chain.append(following)


def _check_nesting(scenario: Scenario, start: str, document: Document) -> None:
    """A hybrid or sequence may not contain itself, over however many others."""

    def inside(name: str) -> list[str]:
        option = scenario.options[name]
        phases = [phase.option for phase in getattr(option, "phases", [])]
        return [*phases, *(part for key in ("base", "burst") if (part := getattr(option, key, None)))]

    found, waiting = set(), inside(start)
    while waiting:
        name = waiting.pop()
        if name == start:
            where = document.where(("options", start))
            raise ScenarioError("scenario.cycle", where=where, name=f"{start} → … → {start}")
        if name not in found and name in scenario.options:
            found.add(name)
            waiting += inside(name)


def _unused(noun: BaseModel, document: Document, path: tuple[str | int, ...] = ()) -> list[Message]:
    """A warning for each field that the file sets and this version does not use yet."""
    out: list[Message] = []
    for name, info in type(noun).model_fields.items():
        key = info.alias or name
        here = (*path, key)
        if name not in noun.model_fields_set:
            continue
        value = getattr(noun, name)
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("used") is False:
            out.append(Message("warning.unused", {"name": ".".join(map(str, here))}, document.where(here)))
        elif isinstance(value, BaseModel):
            out.extend(_unused(value, document, here))
        elif isinstance(value, list | dict):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for inner_key, inner in items:
                if isinstance(inner, BaseModel):
                    out.extend(_unused(inner, document, (*here, inner_key)))
    return out


def json_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    schema = Scenario.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def write_json_schema(path: str | Path) -> None:
    """Writes the schema where editors and other programs find it."""
    Path(path).write_text(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
