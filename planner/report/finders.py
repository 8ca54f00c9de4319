"""What the finders found, as text for a terminal."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planner.awards import STATUSES_OF
from planner.errors import Message
from planner.finders.catalogue import FoundAccelerator, FoundRegion, FoundSystem, SystemPrice
from planner.finders.model_catalogue import FoundModel
from planner.finders.programmes import Programme, Programmes
from planner.report.finder_words import awarded_words, facts_words, organisation_words, words
from planner.text import money, number, say
from planner.text.places import country_name
from planner.units import GIGA

WIDTH = 100
SHUT = ("programmes.head.closed", "programmes.head.not_yours")
SHORT_LIST = 8  # names below which other spellings are shown too
SHORT = 160  # letters of a condition, unless everything is asked for


def _console() -> Console:
    """As wide as the terminal up to what one reads with ease; a file or a pipe gets the same."""
    return Console(highlight=False, width=min(Console().width, WIDTH) if sys.stdout.isatty() else WIDTH)


def print_programmes(found: Programmes, lang: str, *, everything: bool = False, asked_card: str = "") -> None:
    """Who asks, then programmes under their verdict; everything: also those that are closed or not yours."""
    console = _console()
    console.print(Text(say("programmes.title", lang), style="bold"))
    console.print(Text(organisation_words(found, lang)))
    dates = {"date": found.as_of, "statuses": STATUSES_OF, "prices": found.book.date}
    console.print(Text(say("programmes.facts", lang, card=found.accelerator, **dates), style="dim"))
    if found.organisation.country is None:
        console.print(Text(say("programmes.no_country", lang), style="yellow"))
    if found.accelerator_ambiguous:
        text = say("finders.ambiguous", lang, given=asked_card or found.accelerator, card=found.accelerator)
        console.print(Text(text, style="yellow"))
    hidden = {"closed": 0, "not_yours": 0}
    for key, style, rows in _groups(found):
        if key in SHUT and not everything:
            hidden[key.rsplit(".", 1)[1]] += len(rows)
            continue
        if rows:
            console.print()
            console.print(Text(f"{say(key, lang)} ({len(rows)})", style=f"bold {style}"))
        if key in SHUT:
            _print_shut(console, rows, lang)
            continue
        shared = _shared_reasons(rows)
        if shared:
            _print_lines(console, [(" ".join(words(reason, lang) for reason in shared), "italic")], indent=2)
        if key == "programmes.head.credits":
            _print_lines(console, [(say("programmes.credits_note", lang), "italic")], indent=2)
        bare = [] if everything else [row for row in rows if row.kind == "vendor_credit" and row.amount.high is None]
        for item in rows:
            if item not in bare:
                _print_programme(console, item, found, lang, everything, shared)
        if bare:
            names = ", ".join(f"{item.operator} ({item.name})" for item in bare)
            _print_lines(console, [(say("programmes.bare_credits", lang, names=names), "")], indent=2)
    if any(hidden.values()):
        console.print()
        console.print(Text(say("programmes.hidden", lang, **hidden), style="dim"))


def _groups(found: Programmes) -> list[tuple[str, str, list[Programme]]]:
    """Headings with their colour and rows: what one may do first comes first."""
    credit = [item for item in found if item.kind == "vendor_credit"]
    other = [item for item in found if item.kind != "vendor_credit"]

    def those(rows: list[Programme], verdict: str) -> list[Programme]:
        return [item for item in rows if item.verdict == verdict]

    closed = those(other, "closed") + those(credit, "closed")
    return [
        ("programmes.head.open", "green", those(other, "open")),
        ("programmes.head.with_partner", "cyan", those(other, "with_partner")),
        ("programmes.head.reopens", "yellow", [item for item in closed if item.call is not None]),
        ("programmes.head.paid", "cyan", those(other, "paid") + those(credit, "paid")),
        ("programmes.head.credits", "green", those(credit, "open")),
        ("programmes.head.verify", "yellow", those(other, "verify")),
        ("programmes.head.credits_verify", "yellow", those(credit, "verify")),
        ("programmes.head.closed", "red", [item for item in closed if item.call is None]),
        ("programmes.head.not_yours", "red", those(other, "not_yours") + those(credit, "not_yours")),
    ]


def _shared_reasons(rows: Sequence[Programme]) -> tuple[Message, ...]:
    """Reasons that all rows of a group give: said once, under its heading."""
    if len(rows) < 2:
        return ()
    return tuple(reason for reason in rows[0].reasons if all(reason in row.reasons for row in rows))


def _print_shut(console: Console, rows: Sequence[Programme], lang: str) -> None:
    """Each reason once, with the names that it shuts."""
    grouped: dict[str, list[Programme]] = {}
    for item in rows:
        grouped.setdefault(" ".join(words(reason, lang) for reason in item.reasons), []).append(item)
    for reason, items in sorted(grouped.items(), key=lambda pair: -len(pair[1])):
        _print_lines(console, [(reason, "")], indent=2)
        for item in items:
            name = Text(item.name)
            name.append(f"  {item.id}", style="dim")
            console.print(Padding(name, (0, 0, 0, 6), expand=False))


def _print_programme(
    console: Console,
    item: Programme,
    found: Programmes,
    lang: str,
    everything: bool,
    shared: Sequence[Message],
) -> None:
    """Name and id; worth, first day, duration; reasons; who may apply; conditions."""
    title = Text(f"{item.operator}, {item.name}" if item.kind == "vendor_credit" else item.name, style="bold")
    title.append(f"  {item.id}", style="not bold dim")
    console.print(Padding(title, (0, 0, 0, 2), expand=False))
    reasons = " ".join(words(reason, lang) for reason in item.reasons if reason not in shared)
    who = say("programmes.who", lang, text=item.who_may_apply) if item.who_may_apply else ""
    facts = facts_words(item, found, lang)
    lines = [(facts, "green"), (reasons, ""), (awarded_words(item, lang), ""), (who, "dim")]
    conditions = "; ".join(part for part in (item.price_basis, item.constraints) if part)
    if conditions and (item.kind != "vendor_credit" or everything):
        full = everything or item.verdict in ("open", "with_partner", "closed")
        lines.append((say("programmes.condition", lang, text=conditions if full else _short(conditions)), "dim"))
    _print_lines(console, lines)


def _print_lines(console: Console, lines: Sequence[tuple[str, str]], indent: int = 6) -> None:
    for text, style in lines:
        if text:
            console.print(Padding(Text(text, style=style), (0, 0, 0, indent), expand=False))


def _short(text: str) -> str:
    if len(text) <= SHORT:
        return text
    return text[:SHORT].rsplit(" ", 1)[0].rstrip(",;") + " …"


def _table(*columns: tuple[str, bool]) -> Table:
    """A table without lines: (heading, is a number) for each column."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading, numeric in columns:
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    return table


def print_accelerators(
    found: Sequence[FoundAccelerator], lang: str, *, as_of: dt.date, everything: bool = False
) -> None:
    """Sheet and cheapest price of each card; without a price only when asked for or when none has one."""
    console = _console()
    priced = [card for card in found if card.cheapest is not None]
    shown = list(found) if everything or not priced else priced
    keys = ("catalogue.memory", "catalogue.bandwidth", "catalogue.bf16", "catalogue.power", "catalogue.price")
    table = _table(
        (say("catalogue.accelerator", lang), False),
        (say("catalogue.vendor", lang), False),
        *((say(key, lang), True) for key in keys),
        (say("catalogue.where", lang), False),
        (say("catalogue.seen", lang), True),
        (say("catalogue.offers", lang), True),
    )
    few = len(shown) <= 8
    for card in shown:
        best = card.cheapest
        price = where = seen = "—"
        if best is not None:
            price = money(best.price_per_accelerator_hour, best.offer.currency, lang, None)
            where = best.offer.provider
            if best.offer.region not in ("unspecified", "global", "all (uniform list price)"):
                where += f" {best.offer.region}"
            seen = best.offer.observed_on + ("*" if best.stale else "")
        numbers = (card.memory_gib, card.memory_bandwidth_gbs, card.bf16_tflops, card.tdp_w)
        name = Text(card.id)
        if few and card.aliases:
            name.append("\n" + say("catalogue.also", lang, names=", ".join(card.aliases[:2])), style="dim")
        cells = (*(number(value, lang) for value in numbers), price, where, seen, number(card.offers, lang))
        table.add_row(name, card.vendor, *cells)
    console.print(table)
    console.print()
    console.print(Text(say("catalogue.accelerators_note", lang, date=as_of), style="dim"))
    if len(shown) < len(found):
        console.print(Text(say("catalogue.unpriced", lang, count=len(found) - len(shown)), style="dim"))


def print_systems(found: Sequence[FoundSystem], lang: str) -> None:
    """Street and list price, power and height of each system."""
    console = _console()
    table = _table(
        (say("catalogue.system", lang), False),
        (say("catalogue.count", lang), True),
        (say("catalogue.street", lang), True),
        (say("catalogue.list", lang), True),
        (say("catalogue.kw", lang), True),
        (say("catalogue.units", lang), True),
    )
    for system in found:
        prices = (_system_price(price, lang) for price in (system.street, system.list))
        count = f"{system.accelerator_count} × {system.accelerator}"
        table.add_row(system.id, count, *prices, number(system.power_kw, lang), number(system.rack_units, lang))
    console.print(table)
    console.print()
    console.print(Text(say("catalogue.systems_note", lang), style="dim"))


def _system_price(price: SystemPrice | None, lang: str) -> str:
    if price is None:
        return "—"
    mark = "*" if price.flag else ""
    return f"{money(price.price, price.currency, lang)} ({price.n_prices}) {price.observed_on}{mark}"


def print_regions(found: Sequence[FoundRegion], lang: str) -> None:
    """Where each region lies and how many kinds of accelerator are on sale there."""
    console = _console()
    keys = ("catalogue.provider", "catalogue.region", "catalogue.place", "catalogue.country", "catalogue.zone")
    table = _table(*((say(key, lang), False) for key in keys), (say("catalogue.types", lang), True))
    for region in found:
        country = country_name(region.country, lang) if region.country else "—"
        place = (region.provider, region.region_id, region.place.title() or "—", country, region.grid_zone or "—")
        table.add_row(*place, number(len(region.accelerators), lang))
    console.print(table)


def print_models(found: Sequence[FoundModel], lang: str) -> None:
    """Size, positions and operations of each model; other names where few are shown."""
    console = _console()
    keys = ("models.parameters", "models.active", "models.context", "models.cache", "models.item")
    table = _table(
        (say("models.model", lang), False), (say("models.kind", lang), False), *((say(key, lang), True) for key in keys)
    )
    for one in found:
        name = Text(one.id)
        if len(found) <= SHORT_LIST and one.aliases:
            name.append("\n" + say("catalogue.also", lang, names=", ".join(one.aliases[:3])), style="dim")
        billions = [None if size is None else size / GIGA for size in (one.parameters, one.parameters_active)]
        context = None if one.forward_flops else one.max_context
        cache = None if one.cache_bytes_per_token is None else one.cache_bytes_per_token / 1024
        operations = None if one.forward_flops is None else one.forward_flops / GIGA
        numbers = [number(value, lang) for value in (*billions, context, cache, operations)]
        table.add_row(name, one.kind, *numbers)
    console.print(table)
    console.print()
    console.print(Text(say("models.note", lang, count=len(found)), style="dim"))
