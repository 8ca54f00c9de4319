"""Offers, their history, the state of the sources and a refresh, as text for a terminal."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner.errors import Message
from planner.finders.price_history import PricePoint
from planner.price_effect import PriceEffect
from planner.price_store import PriceStore, Snapshot
from planner.prices import UnitPrice
from planner.report.prices_json import change_currency, change_name, row_name
from planner.text import money, number, percent, render, say

if TYPE_CHECKING:  # the clients of the providers are loaded by those who ask them
    from planner.pricing.refresh import Refreshed, SourceOutcome
    from planner.pricing.status import ProviderStatus, SourceStatus

WIDTH = 130
COLOURS = {"fresh": "green", "refreshed": "green", "partial": "yellow", "old": "yellow", "needs_key": "cyan"}
FIRST_PROVIDERS = 12
MOST_NAMED = 3


def console(file: object = None) -> Console:
    """As wide as the terminal up to what one reads with ease; a file or a pipe gets the same."""
    out = sys.stdout if file is None else file
    wide = Console(file=out)  # type: ignore[arg-type]
    return Console(file=out, highlight=False, width=min(wide.width, WIDTH) if wide.is_terminal else WIDTH)  # type: ignore[arg-type]


def _table(lang: str, *columns: tuple[str, bool]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for key, numeric in columns:
        justify = "right" if numeric else "left"
        table.add_column(say(f"prices.head.{key}", lang), justify=justify, no_wrap=numeric, overflow="fold")  # type: ignore[arg-type]
    return table


def price(amount: float | None, currency: str, lang: str) -> str:
    """A price with its cents, or with three digits where it is less than one."""
    if amount is None:
        return "—"
    return money(amount, currency, lang, None) if abs(amount) >= 1 else f"{number(amount, lang)} {currency}"


def print_offers(offers: Sequence[UnitPrice], lang: str, *, as_of: dt.date, limit: int) -> None:
    """The cheapest offers, each with its day, its age and its alarms."""
    out = console()
    if not offers:
        out.print(say("prices.no_offer", lang))
        return
    table = _table(
        lang, ("provider", False), ("instance", False), ("region", False), ("accelerator", False), ("count", True),
        ("bought", False), ("price", True), ("each", True), ("date", True), ("age", True), ("origin", False),
        ("flag", False),
    )  # fmt: skip
    for offer in offers[:limit]:
        age = offer.age_days(as_of)
        table.add_row(
            offer.provider, offer.instance_type, "" if offer.region == "unspecified" else offer.region,
            offer.accelerator, f"{offer.accelerator_count:g}", _bought(offer, lang),
            price(offer.list_unit_price, offer.currency, lang),
            price(offer.price_per_accelerator_hour, offer.currency, lang), offer.observed_on or "—",
            "—" if age is None else f"{age}{'*' if offer.is_stale(as_of) else ''}", _origin(offer.origin, lang),
            Text(offer.flag.replace(";", " "), style="yellow"),
        )  # fmt: skip
    out.print(table)
    note = say("prices.list_note", lang, shown=min(limit, len(offers)), count=len(offers), date=as_of)
    out.print(Text(f"\n{note}", style="dim"))


def _bought(offer: UnitPrice, lang: str) -> str:
    return offer.purchase_model + (f" {offer.row['payment']}" if offer.row["payment"] else "")


def _origin(origin: str, lang: str) -> str:
    return say("prices.bundled", lang) if origin == "bundled" else origin


def print_status(
    sources: Sequence[SourceStatus],
    providers: Sequence[ProviderStatus],
    problems: Sequence[Message],
    store: PriceStore,
    lang: str,
    *,
    as_of: dt.date,
    everything: bool,
) -> None:
    """Each source with what stands in its way; each provider of the price book with the age of its offers."""
    out = console()
    out.print(Text(say("prices.status_title", lang), style="bold"))
    for one in sources:
        line = Text("  ")
        line.append(f"{one.id:<16}", style="bold")
        line.append(say(f"prices.state.{one.state}", lang), style=COLOURS.get(one.state, "red"))
        if one.refreshed_at:
            line.append(f" · {one.refreshed_at.date()} · {one.rows} {say('prices.head.rows', lang)}")
        out.print(line)
        reasons = [render(reason, lang) for reason in (*one.reasons, *one.notes) if reason.key != "pricing.never"]
        if one.moved_by:
            reasons.append(say("prices.status_moved", lang, address=one.address, variable=one.moved_by))
        for reason in reasons:
            out.print(Text(f"    {reason}", style="dim"))
    never = [one.id for one in sources if one.state == "never"]
    if never:
        out.print(Text(f"  {say('prices.status_never', lang, sources=' '.join(never))}", style="dim"))
    for problem in problems:
        out.print(Text(f"  {render(problem, lang)}", style="yellow"))
    out.print(Text(f"\n{say('prices.status_providers', lang, date=as_of)}", style="bold"))
    table = _table(
        lang, ("provider", False), ("offers", True), ("stale", True), ("oldest", True), ("newest", True),
        ("origin", False),
    )  # fmt: skip
    shown = providers if everything else providers[:FIRST_PROVIDERS]
    for provider in shown:
        origins = ", ".join(_origin(origin, lang) for origin in provider.origins)
        counts = (number(provider.offers, lang), number(provider.stale, lang))
        table.add_row(provider.name, *counts, provider.oldest or "—", provider.newest or "—", origins)
    out.print(table)
    if len(shown) < len(providers):
        out.print(Text(say("prices.status_more", lang, count=len(providers) - len(shown)), style="dim"))
    out.print(Text(f"\n{say('prices.status_store', lang, path=store.path)}", style="dim"), soft_wrap=True)


def standing(snapshot: Snapshot, lang: str) -> str:
    """Whether a snapshot is whole, in part, rolled back or damaged."""
    if snapshot.damaged:
        return say("prices.damaged", lang)
    if snapshot.withdrawn:
        return say("prices.withdrawn", lang)
    return say("prices.whole_snapshot" if snapshot.complete else "prices.partial_snapshot", lang)


def moment(taken_at: dt.datetime) -> str:
    """Day and time of a snapshot."""
    return taken_at.strftime("%Y-%m-%d %H:%M:%S UTC")


def print_snapshots(snapshots: Sequence[Snapshot], lang: str) -> None:
    """What each refresh brought, oldest first."""
    out = console()
    if not snapshots:
        out.print(say("prices.history_none", lang))
        return
    table = _table(lang, ("source", False), ("taken", True), ("rows", True), ("state", False), ("snapshot", False))
    for one in snapshots:
        table.add_row(one.source, moment(one.taken_at), number(one.fresh_rows, lang), standing(one, lang), one.id)
    out.print(table)


def print_points(points: Sequence[PricePoint], lang: str, *, card: str, limit: int) -> None:
    """The last points of an accelerator's prices."""
    out = console()
    out.print(Text(say("prices.history_title", lang, card=card), style="bold"))
    table = _table(
        lang, ("date", True), ("provider", False), ("accelerator", False), ("region", False), ("bought", False),
        ("each", True), ("origin", False), ("flag", False),
    )  # fmt: skip
    for point in points[-limit:]:
        bought = point.purchase_model + (f" ({point.statistic})" if point.statistic not in ("", "list") else "")
        each = price(point.price_per_accelerator_hour, point.currency, lang)
        where = "" if point.region == "unspecified" else point.region
        origin = _origin(point.origin, lang)
        table.add_row(point.observed_on, point.provider, point.accelerator, where, bought, each, origin, point.flag)
    out.print(table)
    if len(points) > limit:
        out.print(Text(say("prices.history_more", lang, shown=limit, count=len(points)), style="dim"))


def outcome_line(outcome: SourceOutcome, lang: str) -> Text:
    """One source of a refresh: state, rows, seconds."""
    line = Text("  ")
    line.append(f"{outcome.source:<16}", style="bold")
    line.append(say(f"prices.state.{outcome.state}", lang), style=COLOURS.get(outcome.state, "red"))
    if outcome.rows:
        line.append(
            f" · {number(outcome.rows, lang)} {say('prices.head.rows', lang)} · {number(outcome.seconds, lang)} s"
        )
    return line


def print_refresh(found: Refreshed, lang: str, *, seconds: float, book_date: dt.date) -> None:
    """How each source went, and what to do about those that brought nothing."""
    out = console()
    for outcome in found.outcomes:
        out.print(outcome_line(outcome, lang))
        for message in (*outcome.reasons, *outcome.notes):
            out.print(Text(f"    {render(message, lang)}", style="dim"))
    brought = [outcome for outcome in found.outcomes if outcome.snapshot]
    out.print()
    if brought:
        rows = number(sum(outcome.rows for outcome in brought), lang)
        out.print(say("prices.refresh_done", lang, rows=rows, sources=len(brought), seconds=number(seconds, lang)))
    else:
        out.print(say("prices.refresh_nothing", lang, date=book_date))


def _options(names: Sequence[str], labels: Mapping[str, str], lang: str) -> str:
    """Options that use a price; where many do, their number."""
    if len(names) > MOST_NAMED:
        return say("effect.options", lang, count=len(names))
    return ", ".join(labels.get(name, name) for name in names)


def effect_lines(effect: PriceEffect, lang: str) -> list[str]:
    """What the newest refresh did to the decision: verdict before, and the prices that moved."""
    if effect.before is None:
        first = say("effect.new", lang)
    elif effect.verdict_changed:
        first = say("effect.turned", lang, sentence=effect.before.sentence(lang))
    elif not effect.changes:
        first = say("effect.no_move", lang)
    else:
        first = say("effect.same", lang, count=len(effect.changes))
    lines = [first]
    labels = {name: outcome.label for name, outcome in effect.after.comparison.outcomes.items()}
    for change in effect.changes:
        before, after = change.values
        moved, currency = change.changed_fraction, change_currency(change)
        share = "" if moved is None else f" ({'+' if moved > 0 else '−'}{percent(abs(moved), lang)})"
        name = change_name(change)
        other = row_name(change.before) if change.before and row_name(change.before) != name else ""
        was = price(before, currency, lang) if before else say("effect.none", lang)
        line = say(
            "effect.line", lang, what=name, before=f"{was} ({other})" if other else was,
            after=price(after, currency, lang) if after else say("effect.none", lang), percent=share,
            options=_options(change.options, labels, lang),
        )  # fmt: skip
        lines.append(line + (f" — {say('effect.turns', lang)}" if change.turns else ""))
    if effect.verdict_changed and effect.changes and not any(change.turns for change in effect.changes):
        lines.append(say("effect.together", lang))
    return lines
