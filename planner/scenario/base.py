"""What all nouns of a scenario share: typed fields with their unit, meaning and bounds."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from planner.quantities import ESTIMATE_SCHEMA, MONEY_SCHEMA, bounded, check_bounds, parse_estimate, parse_money

Quantity = Annotated[Any, BeforeValidator(parse_estimate), WithJsonSchema(ESTIMATE_SCHEMA)]
MoneyField = Annotated[Any, BeforeValidator(parse_money), WithJsonSchema(MONEY_SCHEMA)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_\-]{0,63}$")]
Month = Annotated[str, Field(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$")]


def _of_the_calendar(text: str) -> str:
    """A day that exists."""
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"scenario.no_such_day {text}") from None
    return text


Date = Annotated[
    str, Field(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"), AfterValidator(_of_the_calendar)
]


class OneOrMany:
    """In the JSON schema of a list: one item may stand without its list; sums: or a bare sum of money."""

    def __init__(self, *, sums: bool = False) -> None:
        self.sums = sums

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """The list, one of its items, or a sum."""
        listed = handler(core)
        return {"anyOf": [listed, listed["items"], *(MONEY_SCHEMA["anyOf"] if self.sums else [])]}


def field(unit: str, text: str, default: Any = None, used: bool = True, **rules: Any) -> Any:
    """A field with its unit, meaning and default. ``...`` as default makes it obligatory."""
    extra: dict[str, Any] = {"unit": unit} if used else {"unit": unit, "used": False}
    return Field(default, description=text, json_schema_extra=extra, **rules)


class Noun(BaseModel):
    """Frozen, strict, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        """A key without a value is as good as absent: the default holds."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        for name, info in type(self).model_fields.items():
            extra = info.json_schema_extra
            unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
            value = getattr(self, name)
            check_bounds(name, value, unit)
            kept = bounded(value, unit)
            if kept is not value and kept != value:
                self.__dict__[name] = kept  # frozen for users: this is still the reading of it
        return self
