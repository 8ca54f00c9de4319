"""A decision as an aligned table in the terminal."""

from __future__ import annotations

import datetime as dt
import sys
import textwrap

from rich.console import Console
from rich.table import Table

from planner.comparison import Comparison
from planner.decide import Decision, labels
from planner.price_effect import PriceEffect
from planner.report.comparison_json import upfront
from planner.report.doubt import print_table
from planner.report.price_tables import effect_lines
from planner.report.run_effects import run_effect_lines
from planner.report.speeds import speed_lines
from planner.report.tables import cash_table, returns_table, value_table
from planner.run_effect import RunEffect
from planner.text import money, percent, render, say
from planner.uncertainty import quantiles

WIDTH = 150  # of a file or a pipe
HEAD_WIDTH = 12  # heads of columns are wrapped, so that labels have room


def print_comparison(
    decision: Decision,
    lang: str,
    *,
    today: dt.date,
    effects: tuple[PriceEffect | None, RunEffect | None] = (None, None),
) -> None:
    """Verdict, reasons, what new prices and measured runs changed, table of full plans, what was left out and why."""
    comparison = decision.comparison
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
    facts = {
        "name": comparison.scenario.name,
        "months": comparison.scenario.horizon.months,
        "currency": comparison.scenario.reporting_currency,
        "date": comparison.book.date.isoformat(),
        "age": (today - comparison.book.date).days,
        "draws": comparison.draws.n,
    }
    console.print(say("table.title", lang, **facts), style="dim", markup=False)
    console.print()
    console.print(decision.sentence(lang), style="bold", markup=False)
    for reason in decision.because(lang):
        console.print(f"  · {reason}", markup=False)
    refreshed, measured = effects
    if refreshed is not None:
        console.print(f"\n{say('effect.title', lang, date=refreshed.refreshed_at.date())}", style="bold")
        for line in effect_lines(refreshed, lang):
            console.print(f"  · {line}", markup=False)
    if measured is not None:
        console.print(f"\n{say('run_effect.title', lang)}", style="bold")
        for line in run_effect_lines(measured, lang):
            console.print(f"  · {line}", markup=False)
    console.print()
    if decision.order:
        console.print(_table(decision, lang))
    _worth(decision, lang, console)
    _speeds(decision, lang, console)
    _left_out(decision, lang, console)
    notes = _notes(comparison, lang)
    general = [render(m, lang) for m in (*comparison.warnings, *decision.warnings)]
    if notes or general:
        console.print(f"\n{say('table.warnings', lang)}", style="bold")
        for note in [*general, *notes]:
            console.print(f"  · {note}", markup=False)


def _notes(comparison: Comparison, lang: str) -> list[str]:
    """Each warning once, with the options that it is about."""
    about: dict[str, list[str]] = {}
    for outcome in comparison.outcomes.values():
        for message in outcome.warnings:
            about.setdefault(render(message, lang), []).append(outcome.label)
    return [say("page.warning_about", lang, names=", ".join(names), text=text) for text, names in about.items()]


def _table(decision: Decision, lang: str) -> Table:
    comparison, currency = decision.comparison, decision.comparison.scenario.reporting_currency
    table = Table(box=None, pad_edge=False)
    table.add_column(say("table.option", lang), overflow="fold")
    table.add_column(say("table.kind", lang), overflow="fold")
    for key in ("present", "range", "nominal", "upfront", "best", "saving", "price_date"):
        unit = f"\n{currency}" if key in ("present", "nominal", "upfront", "saving") else ""
        named = "best_value" if key == "best" and decision.criterion == "npv" else key
        head = textwrap.fill(say(f"table.{named}", lang), HEAD_WIDTH)
        table.add_column(head + unit, justify="right", no_wrap=True)

    def shown(amount: float | None) -> str:
        return money(amount, currency, lang).removesuffix(currency).strip()

    for name in decision.order:
        outcome, standing = comparison.outcomes[name], decision.standings[name]
        assert outcome.ledger is not None and outcome.present_cost is not None
        q = quantiles(outcome.present_cost.value)
        saving = standing.cost_difference_to_baseline
        dates = sorted({line.price_observed_on for line in outcome.ledger.lines if line.price_observed_on})
        table.add_row(
            outcome.label,
            say(f"page.kind.{outcome.kind}", lang),
            shown(q.mean),
            f"{shown(q.p10)} – {shown(q.p90)}",
            shown(quantiles(outcome.ledger.nominal()).mean),
            shown(float(upfront(outcome).mean())),
            percent(standing.probability_best, lang),
            shown(float(saving.mean())) if saving is not None else "—",
            dates[0] if dates else "—",
            style="bold green" if name == decision.best else "",
        )
    return table


def _worth(decision: Decision, lang: str, console: Console) -> None:
    """Value, cash where it is known, and the rules of thumb."""
    shown = []
    if decision.comparison.has_value:
        shown = [("table.value", value_table(decision, lang)), ("table.returns", returns_table(decision, lang))]
    if decision.comparison.scenario.organisation.cash is not None:
        shown.append(("table.cash", cash_table(decision, lang)))
    for title, table in shown:
        if table.rows:
            console.print(f"\n{say(title, lang)}", style="bold")
            print_table(table, console)
    marks = [say(f"label.{key}", lang) for key in labels(decision.comparison)]
    if marks:
        console.print(f"\n[{' · '.join(marks)}]", style="bold yellow", markup=False)


def _speeds(decision: Decision, lang: str, console: Console) -> None:
    """Speed of each workload on each accelerator that an option uses, with its interval and evidence."""
    if not decision.comparison.rates:
        return
    console.print(f"\n{say('table.speeds', lang)}", style="bold")
    for line in speed_lines(decision.comparison, lang):
        console.print(f"  · {line}", markup=False)


def _left_out(decision: Decision, lang: str, console: Console) -> None:
    refused = [o for o in decision.comparison.outcomes.values() if not o.ranked]
    if not refused:
        return
    console.print(f"\n{say('table.left_out', lang)}", style="bold")
    for outcome in refused:
        words = " ".join(render(reason, lang) for reason in outcome.reasons)
        console.print(f"  · {outcome.label} ({say('status.' + outcome.status, lang)}): {words}", markup=False)
