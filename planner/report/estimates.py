"""An estimate as text for a terminal and as a JSON document."""

from __future__ import annotations

import math
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner.errors import Message
from planner.estimator.asked import Asked, Band
from planner.estimator.single import MEASURED, TRANSFERRED, Estimated
from planner.text import money, number, percent, render, say, unit_words
from planner.units import GIB

WIDTH = 110
LARGE = 1e9  # from here on a number is written with an exponent
FRACTIONS, COUNTS = ("utilisation",), ("cache_per_token", "together")


def _console() -> Console:
    return Console(highlight=False, width=min(Console().width, WIDTH) if sys.stdout.isatty() else WIDTH)


def _number(value: float, lang: str) -> str:
    """Three significant digits, with an exponent when very large."""
    if abs(value) >= LARGE:
        return f"{value:.3g}".replace(".", "," if lang == "fr" else ".")
    return number(float(f"{value:.3g}"), lang)


def _exact(value: float, lang: str) -> str:
    """A count in full."""
    return number(value, lang, 12)


def print_estimate(found: Asked, lang: str, *, explain: bool = False) -> None:
    """The interval and what follows from it; explain: also evidence, nearest cases and what would narrow it."""
    console = _console()
    title = say(
        f"estimate.title.{found.kind}", lang, model=found.model, accelerator=found.accelerator, count=found.accelerators
    )
    console.print(Text(title, style="bold"))
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("p10", "p50", "p90"):
        table.add_column(name, justify="right")
    table.add_column(say("estimate.column.unit", lang))
    bands = {f"headline.{found.kind}": found.headline, **found.follows}
    for name, band in bands.items():
        numbers = [_number(one, lang) for one in (band.p10, band.p50, band.p90)]
        table.add_row(say(f"estimate.row.{name}", lang), *numbers, unit_words(band.unit, lang))
    console.print(table)
    console.print(Text(say(f"estimate.evidence.{found.estimate.evidence}", lang)))
    console.print(Text(_coverage(found.estimate, lang), style="dim"))
    for line in _facts(found, lang):
        console.print(Text(line))
    if found.assumed:
        console.print(Text(say("estimate.assumptions", lang), style="bold yellow"))
        for note in found.assumed:
            console.print(Text(f"  {render(note, lang)}", style="yellow"))
    if explain:
        _explain(console, found, lang)


def _coverage(estimate: Estimated, lang: str) -> str:
    if estimate.evidence in (MEASURED, TRANSFERRED):
        return say("estimate.coverage_own", lang)
    return say("estimate.coverage", lang, coverage=percent(estimate.coverage or 0.0, lang), families=estimate.families)


def _facts(found: Asked, lang: str) -> list[str]:
    lines = []
    for name, (value, unit) in found.facts.items():
        text = percent(value, lang) if name in FRACTIONS else _number(value, lang)
        text = _exact(value, lang) if name in COUNTS else text
        lines.append(say(f"estimate.fact.{name}", lang, value=text, unit=unit_words(unit, lang)))
    if found.layout is not None:
        plan = found.layout
        how = say(f"estimate.layout.{'recomputed' if plan.checkpointing else 'kept'}", lang)
        facts = {"count": plan.accelerators, "stage": plan.zero_stage, "tp": plan.tensor_parallel, "recomputed": how}
        lines.append(say("estimate.layout", lang, memory=_number(plan.bytes_each / GIB, lang), **facts))
    if found.tokens is not None:
        prices = [money(value, "USD", lang, None) for value in (found.tokens.lowest, found.tokens.median)]
        facts = {"seller": found.tokens.seller, "count": found.tokens.sellers, "date": found.tokens.source.as_of}
        lines.append(say("estimate.tokens", lang, low=prices[0], middle=prices[1], **facts))
    if found.contexts:
        pairs = " · ".join(f"{_exact(k, lang)} → {_exact(v, lang)}" for k, v in found.contexts.items())
        lines.append(say("estimate.contexts", lang, pairs=pairs))
    return lines


def _explain(console: Console, found: Asked, lang: str) -> None:
    estimate = found.estimate
    unit = unit_words(found.headline.unit if found.kind != "training" else found.follows["rate"].unit, lang)
    key = "estimate.physics_run" if estimate.evidence in ("measured", "transferred") else "estimate.physics"
    console.print(Text(say(key, lang, physics=_number(estimate.physics, lang), unit=unit,
                           correction=_number(estimate.correction, lang))))  # fmt: skip
    console.print(Text(say("estimate.nearest", lang), style="bold"))
    table = Table(box=None, pad_edge=False)
    for name in ("case", "likeness", "rate", "over"):
        table.add_column(
            say(f"estimate.near.{name}", lang), justify="left" if name == "case" else "right", no_wrap=True
        )
    table.add_column(say("estimate.near.source", lang), overflow="fold")
    for near in estimate.nearest:
        numbers = [
            percent(min(near.likeness, 1.0), lang),
            _number(near.rate, lang),
            f"× {_number(near.over_physics, lang)}",
        ]
        source = f"{near.source.locator.rsplit('/', 1)[-1]} ({near.source.as_of})"
        table.add_row(f"{near.model} · {near.accelerator}", *numbers, source)
    console.print(table)
    workload, accelerator, rest = (percent(share, lang) for share in estimate.shares)
    console.print(Text(say("estimate.shares", lang, workload=workload, accelerator=accelerator, rest=rest)))
    if estimate.evidence != MEASURED:
        left = percent(math.exp(1.2816 * estimate.sigma_with_run) - 1, lang)
        console.print(Text(say("estimate.narrow", lang, left=left)))


def _band(band: Band) -> dict[str, Any]:
    return {"p10": band.p10, "p50": band.p50, "p90": band.p90, "unit": band.unit}


def _message(message: Message) -> dict[str, Any]:
    arguments = {k: v.key if isinstance(v, Message) else v for k, v in message.arguments.items()}
    return {"key": message.key, **arguments}


def estimate_document(found: Asked) -> dict[str, Any]:
    """planner.estimate/1: the interval, its evidence, what follows and what was assumed."""
    estimate = found.estimate
    return {
        "schema": "planner.estimate/1",
        "kind": found.kind,
        "model": found.model,
        "accelerator": found.accelerator,
        "accelerators": found.accelerators,
        **_band(found.headline),
        "evidence": estimate.evidence,
        "stratum": {"name": estimate.stratum, "families": estimate.families, "coverage": estimate.coverage},
        "physics": estimate.physics,
        "correction": estimate.correction,
        "error_shares": dict(zip(("workload", "accelerator", "rest"), estimate.shares, strict=True)),
        "follows": {name: _band(band) for name, band in found.follows.items()},
        "facts": {name: {"value": value, "unit": unit} for name, (value, unit) in found.facts.items()},
        "layout": None if found.layout is None else vars(found.layout),
        "concurrent_users_by_context": found.contexts,
        "tokens_by_api": None if found.tokens is None else {
            "usd_per_thousand_requests": {"lowest": found.tokens.lowest, "median": found.tokens.median},
            "seller": found.tokens.seller, "sellers": found.tokens.sellers, "source": vars(found.tokens.source),
        },
        "assumed": [_message(note) for note in found.assumed],
        "nearest": [
            {"id": one.id, "model": one.model, "accelerator": one.accelerator, "likeness": one.likeness,
             "rate": one.rate, "over_physics": one.over_physics, "source": vars(one.source)}
            for one in estimate.nearest
        ],
    }  # fmt: skip
