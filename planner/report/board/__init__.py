"""A report for a board: content built once, written as HTML, Markdown or JSON."""

from collections.abc import Callable

from planner.report.board.blocks import Report
from planner.report.board.content import board_report
from planner.report.board.html import html_text
from planner.report.board.markdown import markdown_text
from planner.report.board.plain import json_report

FORMATS: dict[str, Callable[[Report], str]] = {".html": html_text, ".md": markdown_text, ".json": json_report}
"""Endings of files and what writes them."""

__all__ = ["FORMATS", "Report", "board_report", "html_text", "json_report", "markdown_text"]
