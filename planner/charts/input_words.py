"""Names and values of inputs in the reader's words."""

from __future__ import annotations

from planner.benefits import Benefit
from planner.comparison import Comparison
from planner.sensitivity import Input
from planner.text import catalogue, number, percent, say, unit_words

_FIELDS = "input."
_SMALL = 0.1  # a fraction under it is told to two digits
_SILENT = ("move", "serving", "training", "readiness")  # parts of a name that tell a reader nothing


def input_label(name: str, comparison: Comparison, lang: str) -> str:
    """An input's name for reading: what it is, then whose; its own name where no words are known."""
    if " on " in name and not name.startswith("value."):
        work, _, card = name.partition(" on ")
        return say("input.speed", lang, work=work, card=card)
    if name.startswith("all "):
        return say(f"input.{name.replace(' ', '_')}", lang)
    words = catalogue(lang)
    if f"{_FIELDS}{name}" in words:
        return words[f"{_FIELDS}{name}"]
    if name.endswith(".error"):
        return say("input.error", lang, what=" · ".join(_telling(name.split(".")[:-1])))
    owner, _, field = name.rpartition(".")
    if f"{_FIELDS}{field}" in words:
        known = words[f"{_FIELDS}{field}"]
        whose = _owner(owner.removesuffix(f".{field}"), comparison, lang)
        return f"{known} ({whose})" if whose else known
    first, *rest = name.split(".")
    if f"{_FIELDS}{first}" in words and rest:
        known, between = words[f"{_FIELDS}{first}"], "/" if first == "fx" else ", "
        return f"{known} ({between.join(_telling(rest))})"
    return name.replace("_", " ")


def _telling(parts: list[str]) -> list[str]:
    """The parts of a name that tell a reader something."""
    return [part.replace("_", " ") for part in parts if part not in _SILENT]


def _owner(owner: str, comparison: Comparison, lang: str) -> str:
    """An option by its label, a line of value by its own, else as it is written."""
    if owner in comparison.outcomes:
        return comparison.outcomes[owner].label
    first, _, rest = owner.partition(".")
    if first in comparison.outcomes:
        part = catalogue(lang).get(f"{_FIELDS}{rest}", rest.replace("_", " "))
        return f"{comparison.outcomes[first].label}, {part}"
    for benefit in comparison.benefits:
        if owner.startswith(f"value.{benefit.id}"):
            rest = owner.removeprefix(f"value.{benefit.id}").strip(".")
            part = catalogue(lang).get(f"{_FIELDS}{rest}", rest.replace("_", " "))
            return f"{benefit_label(benefit, lang)}{', ' if part else ''}{part}"
    parts = owner.removeprefix("value.").removeprefix("project.").split(".")
    return ", ".join(_telling([catalogue(lang).get(f"chart.cost.{part}", part) for part in parts]))


def benefit_label(benefit: Benefit, lang: str) -> str:
    """A line of value by its own label; by its use case or its driver in the reader's words where it has none."""
    words = catalogue(lang)
    if benefit.label == benefit.id:
        word = driver_label(benefit.driver, lang)
        return word if word != "—" else say(f"benefits.term.{benefit.term}", lang)
    return words.get(f"page.use_case.{benefit.label}", benefit.label)


def driver_label(driver: str, lang: str) -> str:
    """What moves the money of a line of value; a dash where it is only the line's place in the file."""
    if "." in driver:
        return "—"
    return catalogue(lang).get(f"benefits.driver.{driver}", driver.replace("_", " "))


def with_unit(value: float, unit: str, lang: str) -> str:
    """A value with its unit in the reader's words; fractions as percentages.

    >>> with_unit(0.034, "fraction/month", "en"), with_unit(1200.0, "CAD/month", "en"), with_unit(8.0, "month", "en")
    ('3.4%/month', '1,200 CAD/month', '8 months')
    """
    if unit.split("/")[0] == "fraction":
        over = unit.partition("/")[2]
        return _finely(value, lang) + (f"/{unit_words(over, lang)}" if over else "")
    if unit in ("month", "day"):
        return say(f"chart.timeline.{unit}s", lang, count=number(value, lang))
    words = unit_words(unit, lang)
    return number(value, lang) if words in ("ratio", "") else f"{number(value, lang)} {words}"


def _finely(fraction: float, lang: str) -> str:
    """A fraction as a percentage, to two digits where it is small."""
    if abs(fraction) >= _SMALL or fraction == 0:
        return percent(fraction, lang)
    return number(100 * fraction, lang, 2) + (" %" if lang == "fr" else "%")


def value_words(value: float, one: Input, lang: str) -> str:
    """A value of an input: with its unit, or yes and no where luck decides (low numbers are yes)."""
    if one.is_luck:
        return say("tornado.yes" if value < 0.5 else "tornado.no", lang)
    return with_unit(value, one.unit, lang)


def value_alone(value: float, one: Input, lang: str) -> str:
    """A value of an input to three digits, its unit standing elsewhere (`unit_alone`)."""
    if one.is_luck or one.unit.split("/")[0] == "fraction":
        return value_words(value, one, lang).split("/")[0]
    return number(float(f"{value:.3g}"), lang)


def unit_alone(one: Input, lang: str) -> str:
    """The unit that `value_alone` leaves out; empty where there is none or where names of inputs say it."""
    if one.is_luck or one.unit in ("ratio", "month"):
        return ""
    if one.unit.split("/")[0] == "fraction":
        over = one.unit.partition("/")[2]
        return f"%/{unit_words(over, lang)}" if over else ""
    return unit_words(one.unit, lang)
