"""A YAML text with the line of each value: YAML 1.2 numbers, no duplicate keys, no aliases."""

from __future__ import annotations

import math
import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from planner.errors import ScenarioError, Where
from planner.units import close_matches

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
Path = tuple[str | int, ...]

# YAML 1.2 core schema, section 10.3.2.
_INT = re.compile(r"^[-+]?[0-9]+$")
_HEX = re.compile(r"^0x[0-9a-fA-F]+$|^0o[0-7]+$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_NULL = ("", "~", "null", "Null", "NULL")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass
class Document:
    """Plain data with the line of each path."""

    data: Any
    file: str
    lines: dict[Path, int] = field(default_factory=dict)

    def where(self, path: Path) -> Where:
        """Place of a path, or of its nearest ancestor in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return Where(self.file, self.lines.get(path), ".".join(map(str, path)))


def _scalar(node: yaml.ScalarNode, where: Where) -> Any:
    text = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        if len(text) > 300:
            raise ScenarioError("scenario.number_too_long", where=where)
        return int(text)
    if _HEX.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        value = float(text)
        if math.isinf(value):
            raise ScenarioError("scenario.number_too_long", where=where)
        return value
    return text


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document

    def build(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.document.lines.setdefault(path, line)
        here = Where(self.document.file, line, ".".join(map(str, path)))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, here)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, i)) for i, child in enumerate(node.value)]
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = Where(self.document.file, key_node.start_mark.line + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                raise ScenarioError("scenario.key_not_text", where=key_line)
            key = key_node.value
            if key in out:
                first = self.document.lines[(*path, key)]
                raise ScenarioError("scenario.duplicate_key", where=key_line, name=key, first=first)
            self.document.lines[(*path, key)] = key_node.start_mark.line + 1
            out[key] = self.build(value_node, (*path, key))
        return out


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _refuse_traps(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ScenarioError("scenario.alias", where=Where(file, _line(event)))
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ScenarioError("scenario.too_deep", where=Where(file, _line(event)), limit=MAX_DEPTH)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1


def read_file(path: str | pathlib.Path) -> str:
    """Text of a file. Raises ScenarioError: no such file, too large, not UTF-8, not readable."""
    path = pathlib.Path(path)
    where = Where(str(path))
    if not path.is_file():
        near = close_matches(path.name, [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else [])
        raise ScenarioError("scenario.no_file", where=where, close=near)
    if path.stat().st_size > MAX_BYTES:
        raise ScenarioError("scenario.too_large", where=where, limit_mb=MAX_BYTES / 1e6)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError("scenario.not_utf8", where=where, position=error.start) from None
    except OSError as error:
        raise ScenarioError("scenario.unreadable", where=where, problem=error.strerror or "") from None


def read_document(text: str, file: str = "scenario") -> Document:
    """The data of a YAML text and the line of each value.

    Raises ScenarioError with the line: not YAML, duplicate key, alias or anchor, too deep, too large, empty.
    """
    if len(text.encode()) > MAX_BYTES:
        raise ScenarioError("scenario.too_large", where=Where(file), limit_mb=MAX_BYTES / 1e6)
    try:
        _refuse_traps(text, file)
        nodes = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ScenarioError("scenario.not_yaml", where=Where(file, line), problem=error.problem or "") from None
    except yaml.YAMLError as error:
        raise ScenarioError("scenario.not_yaml", where=Where(file), problem=str(error).split("\n")[0]) from None
    if len(nodes) != 1 or not isinstance(nodes[0], yaml.MappingNode):
        raise ScenarioError("scenario.not_mapping", where=Where(file, 1))
    document = Document(None, file)
    document.data = _Builder(document).build(nodes[0], ())
    return document
