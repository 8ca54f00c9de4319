"""What a schema refuses, in words: the line, the name of the field, what is valid there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from planner.document import Document
from planner.errors import ScenarioError
from planner.units import close_matches

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


def _known_keys(root: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Field names at a place of the schema."""
    model: Any = root
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


def refusal_of(
    error: ValidationError, document: Document, root: type[BaseModel], kinds: Sequence[str] = ()
) -> ScenarioError:
    """The first error by line, in words, with the number of the others.

    root: the schema that refused. kinds: valid values of `kind`, where the schema has them.
    """
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
        known = _known_keys(root, item["loc"][:-1])
        near = close_matches(str(path[-1]), known) or known[:SHOWN_KEYS]
        return ScenarioError("scenario.unknown_key", where=where, close=near, name=path[-1], others=others)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = item.get("ctx", {}).get("tag", "")
        return ScenarioError(
            "scenario.unknown_kind",
            where=where,
            close=close_matches(given, kinds) or tuple(kinds),
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
