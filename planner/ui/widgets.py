"""Pieces that pages share: verdict, error, figures in a row, tables. All words are escaped here."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from planner.charts import Table
from planner.errors import PlannerError
from planner.text import render, say

_SPECIAL = re.compile(r"([\\*_{}\[\]<>$~:#|])")
STYLE = """<style>
.stMainBlockContainer {padding: 3.5rem 2rem 3rem}
.stMainBlockContainer h1 {font-size: 2rem; padding-top: 0}
.stMainBlockContainer h2 {font-size: 1.4rem; line-height: 1.3}
.stMainBlockContainer h3 {font-size: 1.15rem}
[data-testid="stMetricValue"] {font-size: 1.7rem}
@media (max-width: 1000px) {[data-testid="stMetricValue"] {font-size: 1.3rem}}
.st-key-verdict h2 {padding-top: 0}
.planner-table {overflow-x: auto; margin-bottom: .5rem}
.planner-table table {border-collapse: collapse; font-size: .8125rem; width: 100%}
.planner-table th, .planner-table td {padding: .35rem .45rem; border-bottom: 1px solid rgba(128,128,128,.3);
  text-align: left; vertical-align: top}
.planner-table td.n, .planner-table th.n {text-align: right; font-variant-numeric: tabular-nums}
.planner-table td.n, .planner-table tbody th {white-space: nowrap}
.planner-table thead th {vertical-align: bottom}
.planner-table tbody th {font-weight: 600}
.planner-tree tbody th {font-weight: 400}
.planner-tree td.n {white-space: normal; min-width: 13rem}
.planner-tree td:nth-child(3) {min-width: 17rem; overflow-wrap: anywhere}
.planner-tree td:nth-child(4) {white-space: nowrap}
.planner-table tr.best {background: rgba(0,158,115,.12)}
.planner-table tbody th small {display: block; font-weight: 400; opacity: .75; padding-left: 1.2rem;
  white-space: normal; overflow-wrap: anywhere; min-width: 11rem; max-width: 24rem}
.planner-table .dot {display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .45em}
@media (max-width: 1000px) {
  .planner-table table {font-size: .75rem}
  .planner-table th, .planner-table td {padding: .35rem .3rem}
  .planner-table:not(.planner-tree) tbody th {white-space: normal; min-width: 8.5rem}
}
.planner-cards {display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem;
  margin-bottom: .5rem}
.planner-cards > div {border: 1px solid rgba(128,128,128,.35); border-left-width: .3rem; border-radius: .4rem;
  padding: .6rem .8rem; font-size: .9rem}
.planner-cards .title {font-size: 1rem; margin: 0 .6rem 0 0; display: inline-block}
.planner-cards .tag {font-size: .8125rem; opacity: .8; white-space: nowrap}
.planner-cards .tag + .tag::before {content: " · "}
.planner-cards p {margin: .35rem 0 0; overflow-wrap: anywhere}
</style>"""


def plain(text: str) -> str:
    """Text as Markdown that shows it letter by letter; `code` stays code.

    >>> plain("a_b `c_d` $1")
    'a\\\\_b `c_d` \\\\$1'
    """
    parts = text.replace("\r", " ").split("`")
    if len(parts) % 2 == 0:
        return _SPECIAL.sub(r"\\\1", text).replace("`", "\\`")
    return "`".join(part if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))


def error_box(error: PlannerError, lang: str, kept: bool) -> None:
    """One clear message; says whether the page below is the last good one."""
    lines = [f"**{say('page.problem', lang)}** {plain(render(error, lang))}"]
    lines.append(say("page.kept" if kept else "page.nothing_yet", lang))
    st.error("\n\n".join(lines), icon=":material/error:")


def verdict_box(sentence: str, reasons: Sequence[str]) -> None:
    """The verdict and the reasons under it."""
    with st.container(border=True, key="verdict"):
        st.markdown(f"## {plain(sentence)}")
        if reasons:
            st.markdown("\n".join(f"- {plain(reason)}" for reason in reasons))


def kpi_row(items: Sequence[tuple[str, str, str, str | None]]) -> None:
    """Label, value, small print and help of each figure, already in the reader's format."""
    for column, (label, value, small, note) in zip(st.columns(len(items)), items, strict=True):
        column.metric(plain(label), value, help=note)
        column.caption(plain(small))


def table(
    data: Table,
    *,
    colours: Mapping[int, str] | None = None,
    notes: Mapping[int, str] | None = None,
    best: int | None = None,
    left: Sequence[int] = (0,),
    depths: Sequence[int] | None = None,
) -> None:
    """A table that a screen reader can read and that scrolls sideways on a narrow screen.

    colours: mark before the first cell of a row. notes: small print under it. best: row to tint.
    left: columns of words. depths: indent of each row, for a tree.
    """
    colours, notes = colours or {}, notes or {}

    def kind(i: int) -> str:
        return "" if i in left else ' class="n"'

    head = "".join(f'<th scope="col"{kind(i)}>{html.escape(c)}</th>' for i, c in enumerate(data.columns))
    body = []
    for r, row in enumerate(data.rows):
        dot = f'<span class="dot" style="background:{colours[r]}"></span>' if r in colours else ""
        cells = []
        for i, cell in enumerate(row):
            text = html.escape(cell).replace("\n", "<br>")
            if i == 0:
                indent = 0.45 + 0.9 * depths[r] if depths else 0
                style = f' style="padding-left:{indent:.2f}rem"' if depths else ""
                note = f"<small>{html.escape(notes[r])}</small>" if r in notes else ""
                cells.append(f'<th scope="row"{style}>{dot}{text}{note}</th>')
            else:
                cells.append(f"<td{kind(i)}>{text}</td>")
        tint = ' class="best"' if r == best else ""
        body.append(f"<tr{tint}>{''.join(cells)}</tr>")
    tree = " planner-tree" if depths else ""
    st.html(
        f'<div class="planner-table{tree}" tabindex="0" role="region"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def bullets(lines: Sequence[str]) -> None:
    """Sentences as a list."""
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))


@dataclass(frozen=True)
class Card:
    """A small box: title, words beside it, sentences or named sentences. colour: a mark on the left."""

    title: str
    tags: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    colour: str | None = None


def as_html(text: str) -> str:
    """Text as HTML that shows it letter by letter; `code` stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return html.escape(text)
    return "".join(f"<code>{html.escape(p)}</code>" if i % 2 else html.escape(p) for i, p in enumerate(parts))


def cards(found: Sequence[Card]) -> None:
    """Cards side by side where there is room, as a list for a screen reader."""
    items = []
    for card in found:
        tags = "".join(f'<span class="tag">{html.escape(tag)}</span>' for tag in card.tags)
        lines = "".join(f"<p>{as_html(line)}</p>" for line in card.lines)
        pairs = "".join(f"<p><b>{html.escape(name)}</b> {as_html(text)}</p>" for name, text in card.pairs)
        style = f' style="border-left-color:{card.colour}"' if card.colour else ""
        title = f'<p class="title"><b>{html.escape(card.title)}</b></p>'
        items.append(f'<div role="listitem"{style}>{title}{tags}{lines}{pairs}</div>')
    st.html(f'<div class="planner-cards" role="list">{"".join(items)}</div>')
