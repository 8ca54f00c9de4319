"""Errors that a person can act on: what is wrong, where, why it matters, what to do.

An error carries a message key and arguments; ``planner.text.render`` turns it into the reader's
language at the edge (command line, page, notebook). Nothing below the edge formats prose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Where:
    """Place of an input: file, 1-based line, and path of the field inside the file."""

    file: str | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}"
        return place or (self.field or "")


class PlannerError(Exception):
    """The input is wrong or an answer does not exist.

    key: name of the message in the catalogues of ``planner.text``.
    where: place of the input, if known.
    close: nearest valid values, best first.
    arguments: values that the message names.
    """

    def __init__(
        self,
        key: str,
        *,
        where: Where | None = None,
        close: tuple[str, ...] | list[str] = (),
        **arguments: object,
    ) -> None:
        super().__init__(key)
        self.key = key
        self.where = where
        self.close = tuple(close)
        self.arguments = arguments

    def at(self, where: Where) -> PlannerError:
        """The same error with its place, when the one who knows the place is not the one who found it."""
        if self.where is None:
            self.where = where
        return self

    @classmethod
    def of(cls, message: Message) -> Self:
        """The error that stops with the words of a message."""
        error = cls(message.key, where=message.where, close=message.close)
        error.arguments = dict(message.arguments)
        return error

    def message(self) -> Message:
        """The same words as a reason beside an option instead of an error that stops."""
        return Message(self.key, dict(self.arguments), self.where, self.close)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.key}({details})" + (f" at {self.where}" if self.where else "")


class ScenarioError(PlannerError):
    """The scenario file cannot be read or contradicts itself."""


class PriceError(PlannerError):
    """A price, exchange rate or reference value is missing, ambiguous or damaged."""


class NotPriced(PriceError):
    """No price for what is asked: the option is shown without a figure, with this reason."""


class Infeasible(PlannerError):
    """The option may not or cannot serve what is asked: shown with this reason and what would relax it."""


@dataclass(frozen=True)
class Message:
    """A warning or a reason by key, rendered at the edge like an error."""

    key: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    where: Where | None = None
    close: tuple[str, ...] = ()
