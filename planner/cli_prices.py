"""Commands of live prices: what is there, how old it is, today's from the sources, one's own quotations."""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli_flags import AsOf, Json, Lang, Prices, book_of, checked_lang, date_of, json_text, write_answer

if TYPE_CHECKING:
    from planner.finders.price_history import PricePoint
    from planner.pricing.refresh import Progress

Sources = Annotated[
    list[str] | None, typer.Argument(help="Sources: aws gcp azure vast …; none: all.", metavar="[SOURCE]…")
]
Limit = Annotated[int, typer.Option("--limit", help="Rows shown.", min=1, max=100_000)]
DEADLINE, LIMIT = 60.0, 30

app = typer.Typer(help="Live prices: list, status, history, refresh, own quotations.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Adds `planner prices` to the command line."""
    parent.add_typer(app, name="prices")


@app.command("list", epilog="Example: planner prices list --accelerator H100 --purchase-model spot")
def list_offers(
    text: Annotated[str, typer.Argument(help="Part of a provider, instance or region.", metavar="[TEXT]")] = "",
    provider: Annotated[str | None, typer.Option("--provider", help="aws, gcp, azure, vast …")] = None,
    accelerator: Annotated[str | None, typer.Option("--accelerator", help="H100, A100-SXM-80GB, MI300X …")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Region of the provider.")] = None,
    purchase_model: Annotated[
        str | None, typer.Option("--purchase-model", help="on_demand, spot, marketplace, reserved_1y …")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="bundled, own, or a refreshed source.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also offers that never serve by default.")] = False,
    limit: Limit = LIMIT,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Offers of the price book, cheapest per accelerator-hour first, each with its day and its alarms."""
    from planner.finders.offers import find_offers
    from planner.report.price_tables import print_offers
    from planner.report.prices_json import offers_document

    lang, asked = checked_lang(lang), date_of(as_of)
    book = book_of(prices, asked)
    day = asked or book.date
    found = find_offers(
        text, book=book, as_of=day, provider=provider, accelerator=accelerator, region=region,
        purchase_model=purchase_model, source=source, include_refused=everything,
    )  # fmt: skip
    if json_path is not None:
        write_answer(json_text(offers_document(found, book, day)), json_path)
    if json_path != "-":
        print_offers(found, lang, as_of=day, limit=limit)


@app.command(epilog="Example: planner prices status --lang fr")
def status(
    everything: Annotated[bool, typer.Option("--all", help="All providers of the price book.")] = False,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Each source: may it be asked, when was it, what stands in the way. Each provider: how old its prices are."""
    from planner.errors import PriceError
    from planner.price_store import PriceStore
    from planner.prices import PriceBook
    from planner.pricing.registry import plugin_problems
    from planner.pricing.status import provider_statuses, source_statuses
    from planner.report.price_tables import print_status
    from planner.report.prices_json import status_document
    from planner.tables import DataFolder

    lang, store, today = checked_lang(lang), PriceStore(), dt.date.today()
    sources, problems = source_statuses(store, dt.datetime.now(dt.UTC)), list(plugin_problems())
    try:
        book = book_of(None)
    except PriceError as error:  # what is wrong with the store is what this command is for
        book = PriceBook.load(DataFolder())
        problems.append(error.message())
    providers = provider_statuses(book, today)
    if json_path is not None:
        write_answer(json_text(status_document(sources, providers, problems, book, store, lang)), json_path)
    if json_path != "-":
        print_status(sources, providers, problems, store, lang, as_of=today, everything=everything)


@app.command(epilog="Example: planner prices history --accelerator H100-SXM --provider gcp --purchase-model spot")
def history(
    sources: Sources = None,
    accelerator: Annotated[str | None, typer.Option("--accelerator", help="Its prices over the years.")] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="Only of this provider.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Only of this region.")] = None,
    purchase_model: Annotated[str | None, typer.Option("--purchase-model", help="Only bought this way.")] = None,
    limit: Limit = LIMIT,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """What each refresh brought; with --accelerator the prices of a card since 2017."""
    from planner.errors import PriceError
    from planner.finders.price_history import price_history
    from planner.price_store import PriceStore
    from planner.pricing.registry import price_sources
    from planner.report.price_tables import print_points, print_snapshots
    from planner.report.prices_json import history_document
    from planner.units import close_matches

    lang, store = checked_lang(lang), PriceStore()
    known = {*store.sources(), *price_sources()}
    for name in sources or []:
        if name not in known:
            raise PriceError("pricing.unknown_source", close=close_matches(name, known), name=name[:80])
    snapshots = sorted((s for name in sources or store.sources() for s in store.history(name)), key=lambda s: s.id)
    points: tuple[PricePoint, ...] = ()
    if accelerator:
        wanted = {"provider": provider, "region": region, "purchase_model": purchase_model}
        points = price_history(accelerator, book=book_of(None), store=store, **wanted)
    if json_path is not None:
        write_answer(json_text(history_document(snapshots, points, accelerator)), json_path)
    if json_path == "-":
        return
    if accelerator:
        print_points(points, lang, card=accelerator, limit=limit)
    else:
        print_snapshots(snapshots, lang)


@app.command(epilog="Example: planner prices refresh azure vast --deadline 30")
def refresh(
    sources: Sources = None,
    regions: Annotated[
        str, typer.Option("--regions", help="Regions of AWS and Azure: ca-central-1,canadacentral.")
    ] = "",
    deadline: Annotated[
        float, typer.Option("--deadline", help="Seconds after which all stop.", min=1, max=3600)
    ] = DEADLINE,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Asks the providers for today's prices and lays them over the bundled ones."""
    from planner.pricing.refresh import refresh as ask
    from planner.pricing.registry import chosen
    from planner.report.price_tables import print_refresh
    from planner.report.prices_json import refresh_document
    from planner.text import say

    lang, began = checked_lang(lang), time.monotonic()
    names = sources or []
    quiet = json_path == "-"
    if not quiet:
        print(say("prices.refresh_title", lang, count=len(chosen(names)), deadline=f"{deadline:g}"))
    places = [name.strip() for name in regions.split(",") if name.strip()]
    found = ask(names, regions=places, deadline_s=deadline, progress=_Shown(lang))
    if not quiet:
        print_refresh(found, lang, seconds=time.monotonic() - began, book_date=book_of(None).date)
    if json_path is not None:  # last: what was refreshed is stored and told, whatever becomes of this file
        write_answer(json_text(refresh_document(found, lang)), json_path)


class _Shown:
    """Progress of each source on standard error, in place where it is a terminal."""

    def __init__(self, lang: str) -> None:
        from planner.report.price_tables import console

        self.lang = lang
        self.states: dict[str, str] = {}
        self.console = console(sys.stderr)

    def __call__(self, step: Progress) -> None:
        from planner.text import say

        word = say(f"prices.state.{step.state}", self.lang) if step.state else str(step.answers)
        self.states[step.source] = word
        if self.console.is_terminal:
            line = "  ".join(f"{name} {state}" for name, state in self.states.items())
            self.console.print(line[: self.console.width - 1], end="\r", markup=False)


@app.command(epilog="Example: planner prices add quote.yaml")
def add(
    quote: Annotated[str, typer.Argument(help="Quotations (YAML).", metavar="QUOTE.yaml")],
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Your own quotations, negotiated rates, token prices or academic terms: they stand before published prices."""
    from planner.layers import OWN
    from planner.price_store import PriceStore
    from planner.pricing.catalogue import Catalogue
    from planner.pricing.own_quotes import read_own_quotes
    from planner.reference import Reference
    from planner.text import say

    lang, now = checked_lang(lang), dt.datetime.now(dt.UTC)
    book = book_of(None)
    tables = read_own_quotes(quote, Catalogue(book, Reference(book.folder)), now.date())
    snapshot = PriceStore().add(OWN, tables, taken_at=now, complete=False)
    count = sum(map(len, tables.values()))
    if json_path is not None:
        rows = [row for found in tables.values() for row in found]
        document = {"schema": "planner.price_added/1", "snapshot": snapshot.id, "rows": rows}
        write_answer(json_text(document), json_path)
    if json_path != "-":
        print(say("prices.added", lang, count=count, file=quote))


@app.command(epilog="Example: planner prices rollback azure")
def rollback(
    source: Annotated[str, typer.Argument(help="Source whose newest prices are withdrawn.", metavar="SOURCE")],
    undo: Annotated[bool, typer.Option("--undo", help="Brings back what was withdrawn last.")] = False,
    lang: Lang = "",
) -> None:
    """Withdraws the newest prices of a source; those before serve again, and the history keeps both."""
    from planner.price_store import PriceStore
    from planner.report.price_tables import moment
    from planner.text import say

    lang, store = checked_lang(lang), PriceStore()
    if undo:
        back = store.roll_forward(source)
        print(say("prices.rolled_forward", lang, source=source, date=moment(back.taken_at)))
        return
    gone = store.roll_back(source)
    left = store.newest(source)
    now = say("prices.rolled_back_to_bundled", lang)
    if left is not None:
        now = say("prices.rolled_back_to", lang, date=moment(left.taken_at))
    print(say("prices.rolled_back", lang, source=source, date=moment(gone.taken_at), now=now))
