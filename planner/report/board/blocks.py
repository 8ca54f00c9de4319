"""What a report is made of, apart from any format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from planner.charts import Table


@dataclass(frozen=True)
class Paragraph:
    """Sentences. strong: the one that a reader must not miss."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """Sentences as a list."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class TableBlock:
    """A table. words: columns that are not numbers. caption: what it shows."""

    table: Table
    caption: str = ""
    words: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Picture:
    """A chart, with the finding as its title; a table beside it says the same."""

    figure: go.Figure
    finding: str


Block = Paragraph | Bullets | TableBlock | Picture


@dataclass(frozen=True)
class Section:
    """One part of the report, in the order of a board's questions."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report. labels: what it must carry on its face. data: the documents behind it, for JSON."""

    title: str
    subtitle: str
    lang: str
    labels: tuple[str, ...]
    sections: tuple[Section, ...]
    data: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The report as plain data, ``planner.report/1``: words, tables, and the documents with all digits."""
        return {
            "schema": "planner.report/1",
            "title": self.title,
            "subtitle": self.subtitle,
            "lang": self.lang,
            "labels": list(self.labels),
            "sections": [
                {"id": one.id, "title": one.title, "blocks": [plain_block(block) for block in one.blocks]}
                for one in self.sections
            ],
            **self.data,
        }


def plain_block(block: Block) -> dict[str, Any]:
    """A block as plain data; a picture as its finding, since its table stands beside it."""
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Bullets(lines):
            return {"kind": "bullets", "lines": list(lines)}
        case TableBlock(table, caption):
            rows = [list(row) for row in table.rows]
            return {"kind": "table", "caption": caption, "columns": list(table.columns), "rows": rows}
        case Picture(_, finding):
            return {"kind": "picture", "finding": finding}
