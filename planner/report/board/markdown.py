"""The report as Markdown."""

from __future__ import annotations

import re

from planner.report.board.blocks import Block, Bullets, Paragraph, Picture, Report, TableBlock

_SPECIAL = re.compile(r"([\\*_<>#\[\]|])")


def markdown_text(report: Report) -> str:
    """The whole report; pictures as their finding, since their numbers stand in the tables."""
    out = [f"# {_safe(report.title)}", "", _safe(report.subtitle), ""]
    out += [f"> **{_safe(label)}**" for label in report.labels] + [""] * bool(report.labels)
    for section in report.sections:
        out += [f"## {_safe(section.title)}", ""]
        for block in section.blocks:
            out += [*_block(block), ""]
    return "\n".join(out).rstrip() + "\n"


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph(text, strong):
            return [f"**{_safe(text)}**" if strong else _safe(text)]
        case Bullets(lines):
            return [f"- {_safe(line)}" for line in lines]
        case TableBlock(table, caption, words):
            head = "| " + " | ".join(map(_safe, table.columns)) + " |"
            rule = "|" + "|".join(":--" if i in words else "--:" for i in range(len(table.columns))) + "|"
            rows = ["| " + " | ".join(map(_safe, row)) + " |" for row in table.rows]
            return [*([f"*{_safe(caption)}*", ""] if caption else []), head, rule, *rows]
        case Picture(_, finding):
            return [f"*{_safe(finding)}*"]


def _safe(text: str) -> str:
    """Text that Markdown shows letter by letter; `code` stays code.

    >>> _safe("a_b `c_d`")
    'a\\\\_b `c_d`'
    """
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
    return "`".join(part if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))
