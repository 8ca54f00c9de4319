"""A figure as a tree for reading, down to price rows, scenario lines and reference rows."""

from __future__ import annotations

from collections.abc import Iterator

from planner.comparison import Comparison
from planner.errors import PlannerError
from planner.figure import Explanation, Figure, explain
from planner.text import number, render, say
from planner.uncertainty import quantiles
from planner.units import close_matches


def figures(comparison: Comparison) -> dict[str, Figure]:
    """Every figure that can be asked for, by name.

    OPTION.present_cost, OPTION.npv, OPTION.benefits_present, OPTION.LINE, OPTION.LINE.quantity, OPTION.LINE.unit_price;
    value.LINE (a month at full adoption), value.LINE.by_month; WORKLOAD.work, WORKLOAD.reference_accelerator_hours. A
    line billed by another option than the one that answers is OPTION.BEARER:LINE.
    """
    out = {}
    for work in comparison.works.values():
        out[work.amount.name] = work.amount
    for figure in comparison.reference_hours.values():
        out[figure.name] = figure
    for benefit in comparison.benefits:
        out[f"value.{benefit.id}"] = benefit.full
        out[f"value.{benefit.id}.by_month"] = benefit.by_month
    for outcome in comparison.outcomes.values():
        if outcome.ledger is None or outcome.present_cost is None:
            continue
        out[f"{outcome.id}.present_cost"] = outcome.present_cost
        if outcome.appraisal is not None:
            out[f"{outcome.id}.npv"] = outcome.appraisal.npv
            out[f"{outcome.id}.benefits_present"] = outcome.appraisal.benefits_present
        if outcome.delay is not None:
            out[f"{outcome.id}.delay"] = outcome.delay
        for line in outcome.ledger.lines:
            name = line.id if line.placed_on == outcome.id else f"{line.placed_on}:{line.id}"
            out[f"{outcome.id}.{name}"] = line.billed_cost
            out[f"{outcome.id}.{name}.quantity"] = line.quantity
            out[f"{outcome.id}.{name}.unit_price"] = line.unit_price
        for name, fact in (outcome.priced.facts if outcome.priced else {}).items():
            out[f"{outcome.id}.{name}"] = fact
    return out


def find_figure(comparison: Comparison, name: str) -> Figure:
    """The figure of a name. Raises PlannerError with close matches."""
    known = figures(comparison)
    if name in known:
        return known[name]
    beneath = _beneath(known, name)
    if beneath is not None:
        return beneath
    owner = comparison.outcomes.get(name.split(".")[0])
    if owner is not None and owner.ledger is None:
        reason = render(owner.reasons[0], "en") if owner.reasons else owner.status
        raise PlannerError("error.no_ledger", name=owner.id, reason=reason)
    raise PlannerError("error.unknown_figure", close=close_matches(name, list(known), 5), name=name)


def _beneath(known: dict[str, Figure], name: str) -> Figure | None:
    """A figure somewhere in the trees of others, by its own name: what a register of assumptions shows."""
    stack, seen = list(known.values()), set()
    while stack:
        figure = stack.pop()
        if id(figure) in seen:
            continue
        if figure.name == name:
            return figure
        seen.add(id(figure))
        stack.extend(figure.inputs)
    return None


def tree_lines(figure: Figure, lang: str = "en", depth: int = 12) -> Iterator[str]:
    """One line for each figure of the tree: value, unit, formula or source with its date."""
    yield from _lines(explain(figure, depth), lang, 0, set())


def _lines(node: Explanation, lang: str, level: int, seen: set[int]) -> Iterator[str]:
    figure = node.figure
    yield "  " * level + f"{figure.name} = {value_text(figure, lang)}" + _origin(figure, lang)
    if id(figure) in seen and node.children:
        return
    seen.add(id(figure))
    if node.cut:
        yield "  " * (level + 1) + say("table.more", lang)
    for child in node.children:
        yield from _lines(child, lang, level + 1, seen)


def value_text(figure: Figure, lang: str) -> str:
    """The mean of a figure, its p10–p90 when uncertain, its sum when it runs over months."""
    value, unit = figure.value, figure.unit
    months = value.shape[1] > 1
    flat = value.sum(axis=1) if months else value[:, 0]
    q = quantiles(flat)
    text = f"{number(q.mean, lang, 6)} {unit.removesuffix('/month') if months else unit}".rstrip()
    if months:
        text += f" (Σ {value.shape[1]} months)" if lang == "en" else f" (Σ {value.shape[1]} mois)"
    if q.p10 is not None and q.p10 != q.p90:
        text += f" [{number(q.p10, lang)} – {number(q.p90, lang)}]"
    return text


def _origin(figure: Figure, lang: str) -> str:
    if figure.source is not None:
        source = figure.source
        words = f" ← {source.locator}, {say('table.of', lang)} {source.as_of}"
        return words + (f": {source.origin}" if source.origin else "") + (f" [{source.flag}]" if source.flag else "")
    return f"  = {figure.formula}" if figure.formula else ""


def tree_document(figure: Figure, depth: int = 12) -> dict[str, object]:
    """The tree as plain data, ``planner.explanation/1``."""
    return {"schema": "planner.explanation/1", **_node(explain(figure, depth))}


def _node(node: Explanation) -> dict[str, object]:
    figure, source = node.figure, node.figure.source
    value = figure.value.sum(axis=1) if figure.value.shape[1] > 1 else figure.value
    return {
        "name": figure.name,
        "value": quantiles(value).as_dict(),
        "unit": figure.unit,
        "summed_over_months": figure.value.shape[1] if figure.value.shape[1] > 1 else None,
        "formula": figure.formula or None,
        "source": None
        if source is None
        else {
            "kind": source.kind,
            "locator": source.locator,
            "as_of": source.as_of,
            "origin": source.origin,
            "flag": source.flag,
        },
        "inputs": [_node(child) for child in node.children],
    }
