"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import html

from plotly.offline import get_plotlyjs

from planner.report.board.blocks import Block, Bullets, Paragraph, Picture, Report, Section, TableBlock

STYLE = """
:root {color-scheme: light dark; --ink: #1a1a1a; --soft: #555; --line: #d5d5d5; --paper: #fff; --mark: #0072b2;
  --tint: #f3f6f9}
@media (prefers-color-scheme: dark) {:root {--ink: #eee; --soft: #aaa; --line: #444; --paper: #15181c; --mark: #56b4e9;
  --tint: #20252b}}
* {box-sizing: border-box}
body {margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif}
h1 {font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem}
h2 {font-size: 1.3rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line)}
.subtitle {color: var(--soft); margin: 0 0 1rem}
.labels span {display: inline-block; border: 1px solid var(--mark); color: var(--mark); border-radius: .3rem;
  padding: .15rem .6rem; margin: 0 .4rem .4rem 0; font-weight: 600}
.strong {font-size: 1.15rem; font-weight: 600; background: var(--tint); border-left: 4px solid var(--mark);
  padding: .8rem 1rem}
nav ol {columns: 2; padding-left: 1.4rem; margin: .5rem 0}
a {color: var(--mark)}
.table {overflow-x: auto; margin: .6rem 0 1rem}
table {border-collapse: collapse; width: 100%; font-size: .82rem}
td.n {white-space: nowrap}
#options table {font-size: .76rem}
.caption {font-weight: 600; margin: 1.2rem 0 .2rem; font-size: .92rem}
th, td {padding: .32rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top}
th.n, td.n {text-align: right; font-variant-numeric: tabular-nums}
thead th {border-bottom: 2px solid var(--line); vertical-align: bottom}
tbody th {font-weight: 600}
#register table {font-size: .74rem}
#register td, #register th {overflow-wrap: anywhere}
#register table {table-layout: fixed; min-width: 56rem}
#register th:nth-child(1) {width: 21%} #register th:nth-child(2) {width: 13%} #register th:nth-child(3) {width: 10%}
#register th:nth-child(4) {width: 21%} #register th:nth-child(5) {width: 9%} #register td.n {white-space: normal}
figure {margin: 1rem 0}
.plot {background: #fff; border-radius: .4rem}
@media print {body {max-width: none; padding: 0; font-size: 11px} h2 {break-after: avoid}
  tr, figure {break-inside: avoid} nav {display: none} table, #options table, #register table {font-size: 8.5px;
  min-width: 0} td.n {white-space: normal} .table {overflow: visible}}
"""


def html_text(report: Report) -> str:
    """The whole report: style, charts and their library inside."""
    pictures = any(isinstance(block, Picture) for section in report.sections for block in section.blocks)
    script = f"<script>{get_plotlyjs()}</script>" if pictures else ""
    links = "".join(f'<li><a href="#{s.id}">{html.escape(s.title)}</a></li>' for s in report.sections)
    marks = "".join(f"<span>{html.escape(label)}</span>" for label in report.labels)
    body = "".join(_section(section) for section in report.sections)
    return (
        f'<!DOCTYPE html>\n<html lang="{report.lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(report.title)}</title>\n<style>{STYLE}</style>\n{script}\n</head>\n<body>\n"
        f'<header><h1>{html.escape(report.title)}</h1><p class="subtitle">{html.escape(report.subtitle)}</p>'
        f'<p class="labels">{marks}</p></header>\n<nav><ol>{links}</ol></nav>\n<main>{body}</main>\n</body>\n</html>\n'
    )


def _section(section: Section) -> str:
    blocks = "\n".join(_block(block, f"{section.id}-{i}") for i, block in enumerate(section.blocks))
    return f'<section id="{section.id}">\n<h2>{html.escape(section.title)}</h2>\n{blocks}\n</section>\n'


def _block(block: Block, name: str) -> str:
    match block:
        case Paragraph(text, strong):
            return f'<p class="strong">{_words(text)}</p>' if strong else f"<p>{_words(text)}</p>"
        case Bullets(lines):
            return "<ul>" + "".join(f"<li>{_words(line)}</li>" for line in lines) + "</ul>"
        case TableBlock():
            return _table(block)
        case Picture(figure, finding):
            drawn = figure.to_html(
                full_html=False, include_plotlyjs=False, div_id=f"plot-{name}", config={"displayModeBar": False},
                default_height=f"{figure.layout.height or 420}px",
            )  # fmt: skip
            return f'<figure class="plot" role="img" aria-label="{html.escape(finding)}">{drawn}</figure>'


def _table(block: TableBlock) -> str:
    def kind(i: int) -> str:
        return "" if i in block.words else ' class="n"'

    caption = f'<p class="caption">{html.escape(block.caption)}</p>' if block.caption else ""
    label = f' aria-label="{html.escape(block.caption)}"' if block.caption else ""
    head = "".join(f'<th scope="col"{kind(i)}>{html.escape(c)}</th>' for i, c in enumerate(block.table.columns))
    rows = []
    for row in block.table.rows:
        first = f'<th scope="row">{html.escape(row[0])}</th>'
        rest = "".join(f"<td{kind(i + 1)}>{html.escape(cell)}</td>" for i, cell in enumerate(row[1:]))
        rows.append(f"<tr>{first}{rest}</tr>")
    return (
        f'{caption}<div class="table" tabindex="0"><table{label}><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _words(text: str) -> str:
    """Text as HTML that shows it letter by letter; `code` stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return html.escape(text)
    return "".join(f"<code>{html.escape(p)}</code>" if i % 2 else html.escape(p) for i, p in enumerate(parts))
