"""The report as JSON."""

from __future__ import annotations

import json

from planner.report.board.blocks import Report


def json_report(report: Report) -> str:
    """The document ``planner.report/1`` as strict JSON."""
    return json.dumps(report.document(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
