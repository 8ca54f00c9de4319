"""The content of a board's report, in the order of its questions (EXPERIENCE, after Forrester's TEI)."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from planner.charts import Table, cumulative_cost, cumulative_finding, spread
from planner.decide import Decision, is_strategic, labels
from planner.report import tables
from planner.report.board import wider
from planner.report.board.blocks import Block, Bullets, Paragraph, Picture, Report, Section, TableBlock
from planner.report.board.register import register_document, register_table
from planner.report.comparison_json import comparison_document, levelized_cost
from planner.report.doubt import sections as doubt_sections
from planner.report.sensitivity_json import sensitivity_document
from planner.report.speeds import speed_lines
from planner.run_effect import run_effect
from planner.sensitivity import Sensitivity, sensitivity
from planner.text import money, number, percent, render, say
from planner.uncertainty import quantiles

DISTRIBUTION = "compute-planner"


def board_report(decision: Decision, lang: str = "en", *, today: dt.date, doubt: Sensitivity | None = None) -> Report:
    """The report on a decision.

    today: day on which it is read, for the age of prices. doubt: of the same decision; computed when not given.
    """
    comparison = decision.comparison
    found = doubt if doubt is not None else sensitivity(decision)
    scenario, effect = comparison.scenario, run_effect(decision)
    facts = {
        "start": scenario.horizon.start,
        "months": scenario.horizon.months,
        "currency": scenario.reporting_currency,
        "today": today.isoformat(),
        "prices": comparison.book.date.isoformat(),
        "age": (today - comparison.book.date).days,
    }
    built = (
        ("decision", _decision(decision, found, lang)),
        ("cash", _cash(decision, lang)),
        ("options", _options(decision, lang)),
        ("measured", wider.measured(effect, lang)),
        ("benefits", _benefits(decision, lang)),
        ("returns", _returns(decision, lang)),
        ("doubt", _doubt(found, lang)),
        ("flexibility", wider.flexibility(decision, found, lang)),
        ("risks", wider.risks(decision, lang)),
        ("kpis", _kpis(decision, lang)),
        ("strategic", _strategic(decision, lang)),
        ("register", _register(decision, lang)),
        ("method", _method(decision, lang)),
    )
    sections = tuple(Section(key, say(f"board.{key}", lang), tuple(blocks)) for key, blocks in built if blocks)
    data = {
        "comparison": comparison_document(decision, lang, measured=effect),
        "sensitivity": sensitivity_document(found, lang),
        "assumption_register": register_document(decision),
    }
    marks = tuple(say(f"label.{key}", lang) for key in labels(comparison))
    return Report(scenario.name, say("board.subtitle", lang, **facts), lang, marks, sections, data)


def _decision(decision: Decision, found: Sensitivity | None, lang: str) -> list[Block]:
    """The sentence, its reasons, what would turn it, what to measure first."""
    out: list[Block] = [Paragraph(decision.sentence(lang), strong=True), Bullets(tuple(decision.because(lang)))]
    if found is None:
        reasons = [
            f"{o.label}: {' '.join(render(m, lang) for m in o.reasons)}" for o in decision.comparison.outcomes.values()
        ]
        return [out[0], Bullets(tuple(reasons))]
    # What would stop it paying comes before what would only change the place where it runs.
    first = sorted(found.would_change, key=lambda one: one.then not in ("pays", "does_not_pay"))
    turns = tables.changes_table(tuple(first), decision.comparison, lang, most=3)
    if turns.rows:
        out.append(TableBlock(turns, say("doubt.change", lang), (0, 3)))
    return [*out, Bullets(tuple(tables.measure_lines(found, lang, most=2)))]


def _cash(decision: Decision, lang: str) -> list[Block]:
    if not decision.order:
        return []
    table = tables.cash_table(decision, lang)
    known = decision.comparison.scenario.organisation.cash is not None
    note = say("board.cash_known" if known else "board.cash_unknown", lang)
    return [TableBlock(table, ""), Paragraph(note)] if table.rows else []


def _options(decision: Decision, lang: str) -> list[Block]:
    """Full plans with cost, unit cost, lead time and place; what was left out and why; the cumulative picture."""
    comparison = decision.comparison
    currency = comparison.scenario.reporting_currency
    keys = ("option", "kind", "present", "range", "unit", "lead", "best", "difference", "date")
    head = tuple(say(f"board.head.{key}", lang) for key in keys)
    rows = []
    for name in decision.order:
        outcome, standing = comparison.outcomes[name], decision.standings[name]
        assert outcome.present_cost is not None and outcome.ledger is not None
        q = quantiles(outcome.present_cost.value)
        per_hour = levelized_cost(outcome, comparison)
        lead = outcome.priced.lead_time_days if outcome.priced else None
        saved = standing.cost_difference_to_baseline
        dates = sorted({line.price_observed_on for line in outcome.ledger.lines if line.price_observed_on})
        rows.append(
            (
                outcome.label, say(f"page.kind.{outcome.kind}", lang), money(q.mean, currency, lang),
                spread(q.p10, q.p90, currency, lang),
                money(per_hour, currency, lang) if per_hour is not None else "—",
                number(float(lead.value.mean()), lang, 2) if lead is not None else "0",
                percent(standing.probability_best, lang),
                money(float(np.mean(saved)), currency, lang) if saved is not None else "—",
                dates[0] if dates else "—",
            )
        )  # fmt: skip
    out: list[Block] = []
    if rows:
        out.append(TableBlock(Table(head, tuple(rows)), say("board.options_caption", lang), (0, 1)))
        out.append(TableBlock(tables.unit_costs_table(decision, lang), say("board.units_caption", lang), (0, 1)))
        out.append(Picture(cumulative_cost(decision, lang), cumulative_finding(decision, lang)))
    refused = [o for o in comparison.outcomes.values() if not o.ranked]
    if refused:
        lines = [f"{o.label}: {' '.join(render(m, lang) for m in o.reasons)}" for o in refused]
        out += [Paragraph(say("table.left_out", lang)), Bullets(tuple(lines))]
    rules = [f"{rule.id}. {rule.text}" for rule in decision.rules(lang)]
    if rules:
        out += [Paragraph(say("board.rules", lang)), Bullets(tuple(rules))]
    return out


def _benefits(decision: Decision, lang: str) -> list[Block]:
    comparison = decision.comparison
    if not comparison.benefits:
        return [Paragraph(say("board.no_benefits", lang))]
    table = tables.benefits_table(decision, lang)
    literal = tables.textbook_line(decision, lang)
    return [
        TableBlock(table, say("board.benefits_caption", lang), (0, 1, 2, 3)),
        *wider.value_pictures(decision, lang),
        *([Paragraph(literal)] if literal else []),
    ]


def _returns(decision: Decision, lang: str) -> list[Block]:
    table = tables.value_table(decision, lang)
    if not table.rows:
        return []
    rates = tables.returns_table(decision, lang)
    caption = say("board.returns_caption", lang)
    return [TableBlock(table, caption), TableBlock(rates), *wider.net_pictures(decision, lang)]


def _doubt(found: Sensitivity | None, lang: str) -> list[Block]:
    if found is None:
        return []
    out: list[Block] = list(wider.doubt_pictures(found, lang))
    for title, body, words in doubt_sections(found, lang):
        if isinstance(body, Table):
            out.append(TableBlock(body, title, words))
        else:
            out += [Paragraph(title), Bullets(tuple(body))]
    return [*out, Paragraph(tables.error_line(found, lang))]


def _kpis(decision: Decision, lang: str) -> list[Block]:
    table = tables.kpis_table(decision, lang)
    return [TableBlock(table, "", (0,))] if table.rows else []


def _strategic(decision: Decision, lang: str) -> list[Block]:
    value = decision.comparison.scenario.value
    if value is None or value.strategic is None:
        return []
    facts = {"owner": value.strategic.owner, "until": value.strategic.until}
    reason = say(f"strategic.{value.strategic.reason}", lang)
    key = "board.strategic_holds" if is_strategic(decision.comparison) else "board.strategic_ended"
    return [Paragraph(say(key, lang, reason=reason, **facts))]


def _register(decision: Decision, lang: str) -> list[Block]:
    table = register_table(decision, lang)
    return [Paragraph(say("board.register_note", lang)), TableBlock(table, "", (0, 2, 3, 4, 5))] if table.rows else []


def _method(decision: Decision, lang: str) -> list[Block]:
    """How it was computed, and how to do it again."""
    comparison = decision.comparison
    facts = {
        "version": _version(),
        "draws": comparison.draws.n,
        "seed": comparison.draws.seed,
        "file": comparison.loaded.document.file,
        "sha": comparison.loaded.sha256[:16],
        "book": comparison.book.id,
        "book_sha": comparison.book.sha256[:16],
        "as_of": comparison.as_of.isoformat(),
        "criterion": say(f"criterion.{decision.criterion}", lang),
    }
    out: list[Block] = [Paragraph(say(f"board.method_{part}", lang, **facts)) for part in ("how", "again")]
    speeds = speed_lines(comparison, lang)
    if speeds:
        out += [Paragraph(say("table.speeds", lang)), Bullets(tuple(speeds))]
    notes = dict.fromkeys(render(m, lang) for m in (*comparison.warnings, *decision.warnings))
    for outcome in (comparison.outcomes[name] for name in decision.order):
        notes |= dict.fromkeys(f"{outcome.label}: {render(m, lang)}" for m in outcome.warnings)
    if notes:
        out += [Paragraph(say("table.warnings", lang)), Bullets(tuple(notes))]
    return out


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "?"
