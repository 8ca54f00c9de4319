"""What a price source is made of: answers of a server, what was read in them, and what went wrong.

A source is two functions. ``fetch`` asks the network and yields answers as they came; ``parse`` is pure and reads them.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from planner.errors import Message, PriceError

if TYPE_CHECKING:
    from planner.pricing.catalogue import Catalogue
    from planner.pricing.wire import Wire


@dataclass(frozen=True)
class Answer:
    """One body that a server sent.

    operation: which of the source's questions it answers. facts: what was asked that the body does not repeat.
    """

    operation: str
    body: bytes
    facts: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON. Raises ShapeChanged when it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ShapeChanged.of_answer(self.operation, "not JSON, or cut off") from None


@dataclass(frozen=True)
class Trouble:
    """A question that got no answer; the others of the source go on."""

    reason: Message


class ShapeChanged(PriceError):
    """An answer is not what its documentation says: the source is refused, what is stored stands."""

    @classmethod
    def of_answer(cls, operation: str, what: object) -> ShapeChanged:
        """The refusal of an answer, with what was found."""
        return cls("pricing.shape", operation=operation, what=str(what)[:200])


@dataclass(frozen=True)
class Quote:
    """One published price of an instance for an hour, in the names of its source.

    accelerator: spelling of the source, empty for a machine without one. accelerator_count: may be a fraction.
    memory_gib: of one accelerator. unit_price: per instance-hour; of a commitment the effective hourly price.
    ask: the price that one host asks, one of many (a marketplace).
    """

    provider: str
    instance_type: str
    region: str
    purchase_model: str
    unit_price: float
    currency: str
    source: str
    accelerator: str = ""
    accelerator_count: float = 0.0
    memory_gib: float | None = None
    term_months: int | None = None
    payment: str = ""
    statistic: str = ""
    vcpus: float | None = None
    host_memory_gib: float | None = None
    zone: str = ""
    note: str = ""
    flag: str = ""
    observed_on: str = ""
    linked: float | None = None
    ask: bool = False

    def but(self, **changes: Any) -> Quote:
        """The same quote with changes."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Reading:
    """What was read in a source's answers: quotes of instances, and rows of other tables by their name."""

    quotes: Sequence[Quote] = ()
    tables: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    notes: Sequence[Message] = ()


@dataclass(frozen=True)
class PriceSource:
    """One place that prices come from.

    fetch: asks the network through a Wire; yields answers and troubles. parse: reads answers, pure.
    keys: environment variables of which one is needed, in the order of preference; empty: public. has_credentials:
    whether the provider's own chain has some (AWS, Google). public_part: something is read without credentials too.
    how: the variables to set, as the provider names them. url_variables: other variables that move the server, beside
    ``PLANNER_<ID>_URL``.
    """

    id: str
    title: str
    url: str
    fetch: Callable[[Wire], Iterator[Answer | Trouble]]
    parse: Callable[[Sequence[Answer], Catalogue], Reading]
    keys: tuple[str, ...] = ()
    has_credentials: Callable[[], bool] | None = None
    public_part: bool = False
    how: str = ""
    url_variables: tuple[str, ...] = ()

    def read(self, answers: Sequence[Answer], catalogue: Catalogue) -> Reading:
        """What is in the answers. Raises PriceError; a shape that nobody thought of is one that changed."""
        try:
            return self.parse(answers, catalogue)
        except PriceError:
            raise
        except Exception as error:
            raise ShapeChanged.of_answer(self.title, f"{type(error).__name__}: {error}") from None

    @property
    def ready(self) -> bool:
        """Whether it may be asked: it needs no key, or has one."""
        if self.has_credentials is not None:
            return self.has_credentials()
        return not self.keys or any(os.environ.get(name, "").strip() for name in self.keys)

    @property
    def askable(self) -> bool:
        """Whether anything may be asked: with its key, or what it shows to all."""
        return self.public_part or self.ready

    @property
    def moved_by(self) -> str:
        """The variable that sends its questions to another server; empty for its own."""
        names = (f"PLANNER_{self.id.upper()}_URL", *self.url_variables)
        return next((name for name in names if os.environ.get(name, "").strip()), "")

    @property
    def address(self) -> str:
        """Where it is asked."""
        return os.environ[self.moved_by].strip().rstrip("/") if self.moved_by else self.url


def positive(value: object, operation: str) -> float:
    """A price. Raises ShapeChanged for what is no number, not finite, zero or negative."""
    number = as_number(value, operation)
    if number is None or not 0 < number < float("inf"):
        raise ShapeChanged.of_answer(operation, f"price {value!r}")
    return number


def as_number(value: object, operation: str) -> float | None:
    """A number that may be written as text; None when it is absent. Raises ShapeChanged for what is not finite."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ShapeChanged.of_answer(operation, f"number {value!r}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ShapeChanged.of_answer(operation, f"number {str(value)[:40]!r}") from None
    if not math.isfinite(number):
        raise ShapeChanged.of_answer(operation, f"number {value!r}")
    return number


def member(record: object, name: str, operation: str, kind: type | tuple[type, ...] = object) -> Any:
    """A member of a JSON object. Raises ShapeChanged when it is absent or of another kind."""
    if not isinstance(record, Mapping) or not isinstance(record.get(name), kind) or record.get(name) is None:
        raise ShapeChanged.of_answer(operation, f"no {name!r}")
    return record[name]


def word(value: object, operation: str) -> str:
    """A text; empty for nothing. Raises ShapeChanged for what is no text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ShapeChanged.of_answer(operation, f"text {str(value)[:40]!r}")
    return value


def records(value: object, operation: str) -> list[dict[str, Any]]:
    """A list of JSON objects. Raises ShapeChanged when it is something else."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ShapeChanged.of_answer(operation, "a list of records is expected")
    return value


def same_currency(found: object, wanted: str, operation: str) -> str:
    """The currency. Raises PriceError when it is not the one asked for."""
    if found != wanted:
        raise PriceError("pricing.currency", operation=operation, found=str(found)[:20], wanted=wanted)
    return wanted
