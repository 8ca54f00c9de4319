"""Today's prices: all sources asked at once, one deadline, what is whole and believable goes into the store."""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.errors import Message, PriceError
from planner.layers import may_be_refreshed
from planner.price_store import PriceStore
from planner.prices import PriceBook
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Answer, PriceSource, Reading, Trouble
from planner.pricing.registry import chosen
from planner.pricing.rows import offer_rows
from planner.pricing.wire import Wire, reason_of
from planner.reference import Reference
from planner.tables import DataFolder

State = Literal["refreshed", "partial", "failed", "refused", "needs_key"]
DEADLINE_S = 60.0
MIN_DEADLINE_S, MAX_DEADLINE_S = 1.0, 3600.0


@dataclass(frozen=True)
class Progress:
    """How far a source is. state is None while it is being asked; answers: those that came."""

    source: str
    answers: int
    state: State | None = None


@dataclass(frozen=True)
class SourceOutcome:
    """How the refresh of one source went.

    state: refreshed; partial (some questions got no answer); failed (none did); refused (an answer that cannot be
    believed: what was stored stands); needs_key. rows: that it brought. snapshot: id in the store.
    """

    source: str
    title: str
    state: State
    reasons: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    rows: int = 0
    snapshot: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Refreshed:
    """A refresh. began_at: the store as it was before that moment is what it is compared with."""

    began_at: dt.datetime
    outcomes: tuple[SourceOutcome, ...]

    @property
    def changed(self) -> bool:
        """Whether any source brought rows."""
        return any(outcome.snapshot for outcome in self.outcomes)


@dataclass
class _Asked:
    """A source being asked. answers and troubles grow while its thread runs."""

    source: PriceSource
    wire: Wire
    began: float
    answers: list[Answer] = field(default_factory=list)
    troubles: list[Message] = field(default_factory=list)
    refusal: Message | None = None


def refresh(
    names: Sequence[str] = (),
    *,
    store: PriceStore | None = None,
    regions: Sequence[str] = (),
    deadline_s: float = DEADLINE_S,
    progress: Callable[[Progress], None] = lambda step: None,
) -> Refreshed:
    """Asks sources for today's prices and stores what they answer.

    names: ids of sources, none for all. regions: regions of the providers that are asked region by region (AWS, Azure).
    deadline_s: when all stop; what came by then is kept. progress: told of each answer, from this thread.

    A source without its key, without network or with an answer that cannot be believed is an outcome, not an error.
    Raises PriceError: unknown source, or the store cannot be written.
    """
    sources, store = chosen(list(names)), store or PriceStore()
    began_at, began = dt.datetime.now(dt.UTC), time.monotonic()
    deadline_s = min(max(deadline_s, MIN_DEADLINE_S), MAX_DEADLINE_S)
    book = PriceBook.load(DataFolder())
    catalogue = Catalogue(book, Reference(book.folder))
    outcomes = {s.id: SourceOutcome(s.id, s.title, "needs_key", (_how(s),)) for s in sources if not s.askable}
    events: queue.Queue[tuple[str, str]] = queue.Queue()
    asked: dict[str, _Asked] = {}
    for source in sources:
        if source.id in outcomes:
            progress(Progress(source.id, 0, "needs_key"))
            continue
        known = [machine.instance_type for machine in catalogue.instances(source.id)]
        wire = Wire(source.id, source.address, began + deadline_s, regions=regions, known_instances=known)
        asked[source.id] = _Asked(source, wire, time.monotonic())
        thread = threading.Thread(target=_ask, args=(asked[source.id], events), daemon=True, name=f"ask-{source.id}")
        thread.start()
    open_sources = set(asked)
    while open_sources:
        try:
            kind, name = events.get(timeout=max(0.0, began + deadline_s - time.monotonic()))
        except queue.Empty:  # whoever still waits for a server is left behind
            break
        if kind == "answer":
            progress(Progress(name, len(asked[name].answers)))
            continue
        open_sources.discard(name)
        outcomes[name] = _stored(asked[name], catalogue, store, began_at)
        progress(Progress(name, len(asked[name].answers), outcomes[name].state))
    for name in sorted(open_sources):
        one = asked[name]
        one.troubles.append(Message("pricing.late", {"host": one.source.title}))
        outcomes[name] = _stored(one, catalogue, store, began_at)
        progress(Progress(name, len(one.answers), outcomes[name].state))
    for outcome in outcomes.values():
        store.record_attempt(outcome.source, _attempt(outcome, began_at))
    return Refreshed(began_at, tuple(outcomes[source.id] for source in sources))


def _how(source: PriceSource) -> Message:
    return Message("pricing.needs_key", {"how": source.how or " · ".join(source.keys)})


def _ask(one: _Asked, events: queue.Queue[tuple[str, str]]) -> None:
    """Asks a source in a thread of its own; whatever it meets becomes a reason."""
    try:
        for found in one.source.fetch(one.wire):
            if isinstance(found, Trouble):
                one.troubles.append(found.reason)
            else:
                one.answers.append(found)
                events.put(("answer", one.source.id))
            one.wire.remaining()
    except PriceError as error:
        one.refusal = reason_of(error, one.wire)
    except Exception as error:  # a foreign client may raise anything
        one.troubles.append(reason_of(error, one.wire))
    finally:
        one.wire.close()
        events.put(("done", one.source.id))


def _stored(one: _Asked, catalogue: Catalogue, store: PriceStore, began_at: dt.datetime) -> SourceOutcome:
    """Reads what a source answered and keeps it."""

    def outcome(state: State, reasons: Sequence[Message], **more: Any) -> SourceOutcome:
        seconds = time.monotonic() - one.began
        told, notes = tuple(_once(reasons, one.wire)), tuple(_once(more.pop("notes", ()), one.wire))
        return SourceOutcome(one.source.id, one.source.title, state, told, notes, seconds=seconds, **more)

    answers, troubles = list(one.answers), list(one.troubles)
    if one.refusal is not None:
        return outcome("refused", [one.refusal])
    if not answers:
        return outcome("failed", troubles or [Message("pricing.nothing", {"host": one.source.title})])
    try:
        tables, notes = _tables(one.source.read(answers, catalogue), catalogue, began_at.date())
    except PriceError as error:
        return outcome("refused", [reason_of(error, one.wire)])
    rows = sum(map(len, tables.values()))
    if not rows:
        return outcome("failed", troubles or [Message("pricing.nothing", {"host": one.source.title})], notes=notes)
    snapshot = store.add(
        one.source.id, tables, taken_at=dt.datetime.now(dt.UTC), complete=not troubles, began_at=began_at
    )
    state: State = "partial" if troubles else "refreshed"
    return outcome(state, troubles, notes=notes, rows=rows, snapshot=snapshot.id)


def _tables(
    reading: Reading, catalogue: Catalogue, today: dt.date
) -> tuple[dict[str, list[dict[str, str]]], tuple[Message, ...]]:
    """Rows by table. Raises PriceError: a price that cannot be one, or a table that is not refreshed."""
    offers, notes = offer_rows(reading.quotes, catalogue, today)
    tables = {**offers, **{name: [dict(row) for row in rows] for name, rows in reading.tables.items() if rows}}
    for name in tables:
        if not may_be_refreshed(name):
            raise PriceError("pricing.table", name=name)
    return {name: rows for name, rows in tables.items() if rows}, (*reading.notes, *notes)


def _once(reasons: Sequence[Message], wire: Wire) -> list[Message]:
    """Reasons without those that say the same again, and without anything that is a key."""
    seen: dict[str, Message] = {}
    for found in reasons:
        facts = {name: wire.clean(v) if isinstance(v, str) else v for name, v in found.arguments.items()}
        reason = Message(found.key, facts)
        seen.setdefault(f"{reason.key} {sorted((k, str(v)) for k, v in reason.arguments.items())}", reason)
    return list(seen.values())


def _attempt(outcome: SourceOutcome, began_at: dt.datetime) -> dict[str, Any]:
    """What the store keeps of an outcome: words are made of it in the reader's language."""
    return {
        "at": began_at.isoformat(),
        "state": outcome.state,
        "rows": outcome.rows,
        "snapshot": outcome.snapshot,
        "seconds": round(outcome.seconds, 2),
        "reasons": [_plain(reason) for reason in outcome.reasons],
        "notes": [_plain(note) for note in outcome.notes],
    }


def _plain(message: Message) -> dict[str, Any]:
    return {"key": message.key, "arguments": {name: str(value) for name, value in message.arguments.items()}}
