"""Prices: offers with their age and alarms, how prices went, today's from the sources, and why one is absent."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from planner.charts import Table
from planner.charts.prices import price_history_chart, price_history_finding, price_history_table
from planner.errors import PlannerError
from planner.finders.offers import find_offers
from planner.finders.price_history import price_history
from planner.price_store import PriceStore
from planner.prices import PriceBook
from planner.pricing.refresh import Progress, Refreshed, refresh
from planner.pricing.registry import plugin_problems
from planner.pricing.status import provider_statuses, source_statuses
from planner.report.price_tables import moment, price, standing
from planner.text import number, render, say
from planner.ui import state as keep
from planner.ui import widgets
from planner.ui.parts import pictures

SHOWN = 15
FIRST_CARD = "H100-SXM"


def show(state: keep.State) -> None:
    """Draws the page."""
    lang, store, today = state.lang, PriceStore(), dt.date.today()
    st.title(say("page.prices", lang))
    try:
        _refresh(lang)
        book = keep.price_book()
        providers = provider_statuses(book, today)
        count = number(sum(one.offers for one in providers), lang)
        st.markdown(say("page.prices.intro", lang, count=count, providers=len(providers), date=book.date))
        card = _offers(book, lang, today)
        _history(book, store, card, lang)
        _sources(store, lang)
        _providers(book, lang, today)
        _snapshots(store, lang)
    except PlannerError as error:
        widgets.error_box(error, lang, kept=False)


def _refresh(lang: str) -> None:
    """The button, the progress of each source while it is asked, and how each went."""
    help_text = say("page.prices.refresh_help", lang)
    if st.button(say("page.prices.refresh", lang), icon=":material/refresh:", help=help_text, key="refresh"):
        states: dict[str, str] = {}
        with st.status(say("page.prices.asking", lang), expanded=True) as box:
            place = st.empty()

            def tell(step: Progress) -> None:
                word = say(f"prices.state.{step.state}", lang) if step.state else str(step.answers)
                states[step.source] = say("page.prices.asked", lang, source=step.source, state=word)
                place.markdown(widgets.plain(" · ".join(states.values())))

            st.session_state["refreshed"] = refresh(progress=tell)
            box.update(state="complete", expanded=False)
    found = st.session_state.get("refreshed")
    if isinstance(found, Refreshed):
        _outcomes(found, lang)


def _outcomes(found: Refreshed, lang: str) -> None:
    heads = tuple(say(f"prices.head.{key}", lang) for key in ("source", "state", "rows"))
    rows, notes = [], {}
    for i, one in enumerate(found.outcomes):
        rows.append((one.title, say(f"prices.state.{one.state}", lang), number(one.rows, lang)))
        words = " ".join(render(message, lang) for message in (*one.reasons, *one.notes))
        if words:
            notes[i] = words
    widgets.table(Table(heads, tuple(rows)), notes=notes, left=(0, 1))


def _offers(book: PriceBook, lang: str, today: dt.date) -> str:
    """Filters and the cheapest offers; returns the accelerator that was chosen."""
    st.header(say("page.prices.offers", lang))
    every, columns = say("page.prices.any", lang), st.columns(4)
    cards = book.vocabulary("accelerator")
    first = cards.index(FIRST_CARD) if FIRST_CARD in cards else 0
    card = columns[0].selectbox(say("page.prices.accelerator", lang), cards, index=first, key="prices-card")
    names = [every, *book.vocabulary("provider")]
    provider = columns[1].selectbox(say("page.prices.provider", lang), names, key=f"prices-provider-{lang}")
    models = [every, *book.vocabulary("purchase_model")]
    model = columns[2].selectbox(say("page.prices.model", lang), models, key=f"prices-model-{lang}")
    refused = columns[3].checkbox(say("page.prices.refused", lang), key="prices-refused")
    found = find_offers(
        book=book, as_of=today, accelerator=card, provider=None if provider == every else provider,
        purchase_model=None if model == every else model, include_refused=refused,
    )  # fmt: skip
    if not found:
        st.markdown(say("prices.no_offer", lang))
        return str(card)
    keys = ("provider", "instance", "region", "bought", "each", "date", "age", "origin", "flag")
    rows = []
    for offer in found[:SHOWN]:
        age = offer.age_days(today)
        old = f" ({say('page.prices.stale', lang)})" if offer.is_stale(today) else ""
        rows.append((
            offer.row["provider_name"], offer.instance_type, "" if offer.region == "unspecified" else offer.region,
            offer.purchase_model, price(offer.price_per_accelerator_hour, offer.currency, lang),
            offer.observed_on or "—", "—" if age is None else number(age, lang) + old,
            say("prices.bundled", lang) if offer.origin == "bundled" else offer.origin,
            offer.flag.replace(";", " ").replace("_", " "),
        ))  # fmt: skip
    heads = tuple(say(f"prices.head.{key}", lang) for key in keys)
    notes = {i: offer.row["source"] for i, offer in enumerate(found[:SHOWN])}
    widgets.table(Table(heads, tuple(rows)), notes=notes, left=(0, 1, 2, 3, 7, 8))
    if len(found) > SHOWN:
        st.caption(widgets.plain(say("prices.list_note", lang, shown=SHOWN, count=len(found), date=today)))
    return str(card)


def _history(book: PriceBook, store: PriceStore, card: str, lang: str) -> None:
    st.header(say("page.prices.history", lang))
    points = [point for point in price_history(card, book=book, store=store) if point.currency == "USD"]
    if not points:
        st.markdown(say("page.prices.no_points", lang))
        return
    pictures.chart(price_history_chart(points, card, lang), "price-history", price_history_finding(points, card, lang))
    pictures.as_table(price_history_table(points, lang), "price-history-table", {}, lang, left=(0, 1))


def _sources(store: PriceStore, lang: str) -> None:
    """Each source with the reason why it is absent, and what to do about it."""
    st.header(say("page.prices.sources", lang))
    heads = tuple(say(f"prices.head.{key}", lang) for key in ("source", "state", "refreshed", "rows"))
    rows, notes = [], {}
    for i, one in enumerate(source_statuses(store, dt.datetime.now(dt.UTC))):
        day = one.refreshed_at.date().isoformat() if one.refreshed_at else "—"
        rows.append((one.title, say(f"prices.state.{one.state}", lang), day, number(one.rows, lang)))
        words = [render(reason, lang) for reason in (*one.reasons, *one.notes) if reason.key != "pricing.never"]
        if one.moved_by:
            words.append(say("prices.status_moved", lang, address=one.address, variable=one.moved_by))
        if words:
            notes[i] = " ".join(words)
    widgets.table(Table(heads, tuple(rows)), notes=notes, left=(0, 1))
    for problem in plugin_problems():
        st.warning(widgets.plain(render(problem, lang)))


def _providers(book: PriceBook, lang: str, today: dt.date) -> None:
    with st.expander(say("page.prices.providers", lang)):
        heads = tuple(
            say(f"prices.head.{key}", lang) for key in ("provider", "offers", "stale", "oldest", "newest", "origin")
        )
        rows = [
            (
                one.name, number(one.offers, lang), number(one.stale, lang), one.oldest or "—", one.newest or "—",
                ", ".join(say("prices.bundled", lang) if name == "bundled" else name for name in one.origins),
            )
            for one in provider_statuses(book, today)
        ]  # fmt: skip
        widgets.table(Table(heads, tuple(rows)), left=(0, 5))


def _snapshots(store: PriceStore, lang: str) -> None:
    with st.expander(say("page.prices.snapshots", lang)):
        found = sorted((s for name in store.sources() for s in store.history(name)), key=lambda s: s.id, reverse=True)
        if not found:
            st.markdown(widgets.plain(say("prices.history_none", lang)))
            return
        heads = tuple(say(f"prices.head.{key}", lang) for key in ("source", "taken", "rows", "state"))
        rows = [(one.source, moment(one.taken_at), number(one.fresh_rows, lang), standing(one, lang)) for one in found]
        widgets.table(Table(heads, tuple(rows)), left=(0, 1, 3))
