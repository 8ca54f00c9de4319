"""The assumption register: each number behind the recommended plan and its rival, with source, date and grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.charts import Table, input_label
from planner.comparison import Comparison, Outcome
from planner.decide import Decision
from planner.figure import Figure, leaves
from planner.text import number, say, unit_words
from planner.uncertainty import Quantiles, quantiles

KINDS = ("scenario", "measured_run", "price_row", "fx_row", "reference_row", "assumption")
DEFINITION = ("definition", "none asked", "plan", "plan at central values")


@dataclass(frozen=True)
class Entry:
    """One number: mean and p10–p90 where it is uncertain; where it stands, of when it is, who says so."""

    name: str
    value: Quantiles
    unit: str
    kind: str
    locator: str
    as_of: str
    origin: str
    flag: str


def entries(decision: Decision) -> list[Entry]:
    """Leaves of the best plan, its rival and the baseline, each once; definitions (once, always) are left out."""
    comparison = decision.comparison
    names = dict.fromkeys([*decision.order[:2], comparison.scenario.baseline_id])
    found: dict[tuple[str, str], Entry] = {}
    for outcome in (comparison.outcomes[name] for name in names):
        for leaf in _leaves(outcome):
            entry = _entry(leaf)
            if entry is not None:
                found.setdefault((entry.name, entry.locator), entry)
    return sorted(found.values(), key=lambda one: (KINDS.index(one.kind) if one.kind in KINDS else 9, one.name))


def _leaves(outcome: Outcome) -> Sequence[Figure]:
    figure = outcome.appraisal.npv if outcome.appraisal is not None else outcome.present_cost
    return [] if figure is None else list(leaves(figure))


def _entry(leaf: Figure) -> Entry | None:
    source = leaf.source
    if source is None or source.locator in DEFINITION:
        return None
    value = leaf.value.mean(axis=1) if leaf.value.shape[1] > 1 else leaf.value
    return Entry(
        leaf.name, quantiles(value), leaf.unit, source.kind, source.locator, source.as_of, source.origin, source.flag
    )


def register_table(decision: Decision, lang: str) -> Table:
    """The register for reading: number, value, unit, where it stands, of when, publication and flags."""
    keys = ("name", "value", "unit", "where", "date", "source")
    head = tuple(say(f"register.head.{key}", lang) for key in keys)
    return Table(head, tuple(_row(one, decision.comparison, lang) for one in entries(decision)))


def _row(one: Entry, comparison: Comparison, lang: str) -> tuple[str, ...]:
    q = one.value
    text = number(q.mean, lang, 5)
    if q.p10 is not None and q.p10 != q.p90:
        text += f" ({number(q.p10, lang)} – {number(q.p90, lang)})"
    label = input_label(one.name, comparison, lang)
    shown = one.name if label.replace(" ", "_") == one.name else f"{label} [{one.name}]"
    origin = one.origin + (f" [{one.flag}]" if one.flag else "")
    return (shown, text, unit_words(one.unit, lang), one.locator, one.as_of, origin)


def register_document(decision: Decision) -> list[dict[str, object]]:
    """The register as plain data, all digits."""
    return [
        {
            "name": one.name, "value": one.value.as_dict(), "unit": one.unit, "kind": one.kind, "locator": one.locator,
            "as_of": one.as_of, "origin": one.origin, "flag": one.flag,
        }
        for one in entries(decision)
    ]  # fmt: skip
