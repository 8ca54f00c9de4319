"""The report to take along, in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import streamlit as st

from planner.decide import Decision
from planner.text import say
from planner.ui import state as keep

FORMATS = {"HTML": ".html", "Markdown": ".md", "JSON": ".json"}
MIME = {".html": "text/html", ".md": "text/markdown", ".json": "application/json"}


def show(state: keep.State) -> None:
    """Format and download in the sidebar, once there is a decision; the report is made on the click."""
    decision, lang = state.decision, state.lang
    if decision is None:
        return
    with st.sidebar:
        st.subheader(say("page.report", lang))
        chosen = st.radio(say("page.report.format", lang), list(FORMATS), key="report-format", horizontal=True)
        ending = FORMATS[chosen]
        st.download_button(
            say("page.report.download", lang, format=chosen), lambda: content(decision, lang, ending),
            file_name=f"{file_stem(decision)}-{lang}{ending}", mime=MIME[ending], key="report-download",
            help=say("page.report.help", lang), on_click="ignore", icon=":material/download:", width="stretch",
        )  # fmt: skip


def content(decision: Decision, lang: str, ending: str) -> str:
    """The report as the text of a file: .html, .md or .json."""
    from planner.report.board import FORMATS as written
    from planner.report.board import board_report

    found = board_report(decision, lang, today=dt.date.today(), doubt=keep.doubt_of(decision))
    return str(written[ending](found))


def file_stem(decision: Decision) -> str:
    """The scenario's name as the name of a file: plain letters, digits and hyphens."""
    folded = unicodedata.normalize("NFKD", decision.comparison.scenario.name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", folded).strip("-").lower() or "report"
