"""YAML file → Scenario with the line of each value, warnings, and errors that name the line."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from planner.document import MAX_BYTES, Document, read_document
from planner.errors import Message, ScenarioError, Where
from planner.figure import Source
from planner.scenario import Scenario
from planner.scenario.options import KINDS
from planner.units import CURRENCIES, close_matches

_KIND_PATTERN = re.compile(r"^Value error, ([a-z_]+\.[a-z_]+)(?: (.*))?$", re.DOTALL)

_WRONG_TYPE = {
    "float_type": "scenario.not_a_number",
    "int_type": "scenario.not_whole",
    "int_from_float": "scenario.not_whole",
    "bool_type": "scenario.not_a_bool",
    "string_type": "scenario.not_text",
    "string_pattern_mismatch": "scenario.pattern",
    "string_too_short": "scenario.empty",
    "too_short": "scenario.empty",
    "list_type": "scenario.not_a_list",
    "model_type": "scenario.not_a_section",
    "model_attributes_type": "scenario.not_a_section",
    "dict_type": "scenario.not_a_section",
}


SHOWN_KEYS = 12  # keys told where none is like the one that was typed
RESERVED = {"project", "credits", "value"}  # what lines and figures that belong to no option are placed on


@dataclass(frozen=True)
class Loaded:
    """A scenario with where each of its values stands."""

    scenario: Scenario
    document: Document
    sha256: str
    warnings: tuple[Message, ...]

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
    path = Path(path)
    where = Where(str(path))
    if not path.is_file():
        near = close_matches(path.name, [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else [])
        raise ScenarioError("scenario.no_file", where=where, close=near)
    if path.stat().st_size > MAX_BYTES:
        raise ScenarioError("scenario.too_large", where=where, limit_mb=MAX_BYTES / 1e6)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError("scenario.not_utf8", where=where, position=error.start) from None
    except OSError as error:
        raise ScenarioError("scenario.unreadable", where=where, problem=error.strerror or "") from None
    return parse_scenario(text, str(path))


def parse_scenario(text: str, file: str = "scenario") -> Loaded:
    """The scenario of a text. Raises ScenarioError with the line."""
    return from_document(read_document(text, file), hashlib.sha256(text.encode()).hexdigest())


def from_document(document: Document, sha256: str) -> Loaded:
    """The scenario of plain data, checked."""
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        raise _translated(error, document) from None
    _check_references(scenario, document)
    return Loaded(scenario, document, sha256, tuple(_unused(scenario, document)))


def with_value(loaded: Loaded, path: tuple[str | int, ...], value: Any) -> Loaded:
    """The same scenario with one value replaced (plain data, as the file would write it)."""
    data = json.loads(json.dumps(loaded.document.data))
    place = data
    for key in path[:-1]:
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
    place[path[-1]] = value
    text = json.dumps(data, sort_keys=True)
    return from_document(
        Document(data, loaded.document.file, dict(loaded.document.lines)),
        hashlib.sha256(text.encode()).hexdigest(),
    )


# ── errors ────────────────────────────────────────────────────────────────────────────────────────────────


def _real_path(data: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The part of a validation path that exists in the data (union tags do not)."""
    path: list[str | int] = []
    for i, part in enumerate(loc):
        if isinstance(data, dict) and part in data:
            # A tag of the union has the value of `kind`; it is a step of the path only if it is a key.
            path.append(part)
            data = data[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path.append(part)
            data = data[part]
        elif i == len(loc) - 1 and not (isinstance(data, dict) and data.get("kind") == part):
            path.append(part)
    return tuple(path)


def _known_keys(loc: tuple[str | int, ...]) -> list[str]:
    """Field names at a place of the schema."""
    model: Any = Scenario
    for part in loc:
        if isinstance(part, int):
            continue
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {info.alias or name: info for name, info in model.model_fields.items()}
            if part in fields:
                model = _models_in(fields[part].annotation)
            continue
        if isinstance(model, dict):
            model = model.get(part, model)
        elif isinstance(model, list) and len(model) == 1:
            model = model[0]
    if isinstance(model, list) and len(model) == 1:
        model = model[0]
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [info.alias or name for name, info in model.model_fields.items()]
    return []


def _models_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = []
    for part in get_args(annotation):
        inner = _models_in(part)
        found.extend(inner if isinstance(inner, list) else [inner] if inner else [])
        if isinstance(inner, dict):
            return inner
    by_kind = {}
    for model in found:
        if isinstance(model, type) and issubclass(model, BaseModel) and "kind" in model.model_fields and len(found) > 1:
            for kind in get_args(model.model_fields["kind"].annotation):
                by_kind[kind] = model
    return by_kind or (found[0] if len(found) == 1 else found)


def _translated(error: ValidationError, document: Document) -> ScenarioError:
    """The first error by line, in words, with the number of the others."""
    found = []
    for item in error.errors(include_url=False):
        path = _real_path(document.data, item["loc"])
        found.append((document.where(path).line or 0, path, item))
    found.sort(key=lambda entry: entry[0])
    _, path, item = found[0]
    where = document.where(path)
    name = ".".join(str(part) for part in path) or "scenario"
    kind, others = item["type"], len(found) - 1
    raised = _KIND_PATTERN.match(item["msg"])
    if kind == "extra_forbidden":
        known = _known_keys(item["loc"][:-1])
        near = close_matches(str(path[-1]), known) or known[:SHOWN_KEYS]
        return ScenarioError("scenario.unknown_key", where=where, close=near, name=path[-1], others=others)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = item.get("ctx", {}).get("tag", "")
        return ScenarioError(
            "scenario.unknown_kind",
            where=where,
            close=close_matches(given, KINDS) or KINDS,
            given=given,
            name=name,
        )
    if kind == "missing":
        return ScenarioError("scenario.missing_key", where=where, name=name, others=others)
    if kind == "literal_error":
        expected = str(item["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        near = close_matches(str(item["input"]), expected)
        return ScenarioError(
            "scenario.not_in_list",
            where=where,
            close=near,
            name=name,
            given=item["input"],
            valid=", ".join(expected),
        )
    if raised and raised.group(1) == "scenario.bounds":
        field, given, low, high = (raised.group(2) or "").split()
        place = (*path, *field.split("."))
        name = ".".join(map(str, place))
        return ScenarioError("scenario.bounds", where=document.where(place), name=name, given=given, low=low, high=high)
    if raised:
        details = (raised.group(2) or "").strip()
        return ScenarioError(raised.group(1), where=where, name=name, details=details)
    given = _short(item["input"])
    limits = item.get("ctx", {})
    for rule in ("ge", "gt", "le", "lt"):
        if rule in limits:
            return ScenarioError(f"scenario.limit_{rule}", where=where, name=name, given=given, limit=limits[rule])
    key = _WRONG_TYPE.get(kind, "scenario.bad_value")
    return ScenarioError(key, where=where, name=name, given=given, details=given, pattern=limits.get("pattern", ""))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


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
