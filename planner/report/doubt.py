"""Doubt in the terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table as RichTable

from planner.charts import Table
from planner.decide import Decision
from planner.report import tables
from planner.sensitivity import Sensitivity
from planner.text import money, say

WIDTH = 150  # of a file or a pipe


def console() -> Console:
    """A console as wide as the terminal, or as a file."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)


def print_table(data: Table, where: Console, *, words: tuple[int, ...] = (0,)) -> None:
    """A table of text; words: columns that are not numbers."""
    table = RichTable(box=None, pad_edge=False)
    for i, head in enumerate(data.columns):
        table.add_column(head, justify="left" if i in words else "right", overflow="fold")
    for row in data.rows:
        table.add_row(*row)
    where.print(table)


def print_doubt(decision: Decision, found: Sensitivity | None, lang: str) -> None:
    """Verdict, tornado, what would turn it, shares of variance, what to measure next."""
    out = console()
    out.print(decision.sentence(lang), style="bold", markup=False)
    if found is None:
        return
    for title, body, words in sections(found, lang):
        out.print(f"\n{title}", style="bold", markup=False)
        if isinstance(body, Table):
            print_table(body, out, words=words)
        else:
            for line in body:
                out.print(f"  · {line}", markup=False)
    out.print(f"\n{tables.error_line(found, lang)}", style="dim", markup=False)


def sections(found: Sensitivity, lang: str) -> list[tuple[str, Table | list[str], tuple[int, ...]]]:
    """Titles and bodies of the doubt, in the order in which they are read; words: columns that are not numbers."""
    comparison = found.decision.comparison
    currency = comparison.scenario.reporting_currency
    out: list[tuple[str, Table | list[str], tuple[int, ...]]] = []
    facts = {"first": comparison.outcomes[found.pair[0]].label}
    if found.tornado and found.pair[1] is not None:
        title = say("doubt.tornado", lang, second=comparison.outcomes[found.pair[1]].label, **facts)
        out.append((title, tables.tornado_table(found.tornado, comparison, lang), (0,)))
    if found.worth:
        title = say("doubt.worth", lang, **facts)
        out.append((title, tables.tornado_table(found.worth, comparison, lang), (0,)))
    elif found.tornado and found.pair[1] is None:
        out.append((say("doubt.cost", lang, **facts), tables.tornado_table(found.tornado, comparison, lang), (0,)))
    changes = tables.changes_table(found.would_change, comparison, lang)
    out.append((say("doubt.change", lang), changes if changes.rows else [say("doubt.no_change", lang)], (0, 3)))
    if found.sobol:
        out.append((say("doubt.sobol", lang), tables.sobol_table(found, lang), (0,)))
    perfect = [say("doubt.evpi", lang, worth=money(found.evpi, currency, lang))]
    if found.evpi_with_none is not None:
        perfect.append(say("doubt.evpi_none", lang, worth=money(found.evpi_with_none, currency, lang)))
    out.append((say("doubt.measure", lang), [*tables.measure_lines(found, lang), *perfect], (0,)))
    if found.switches:
        lines = [
            say("doubt.switch", lang, option=comparison.outcomes[one.option].label, written=one.written, best=one.best)
            for one in found.switches
        ]
        out.append((say("doubt.switches", lang), lines, (0,)))
    return out
