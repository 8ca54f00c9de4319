"""What one visitor has chosen: source of the scenario, edits, language. All of it lives in the session."""

from __future__ import annotations

import datetime as dt
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from planner.compare import compare
from planner.compare.measured import with_runs
from planner.comparison import Comparison
from planner.decide import Decision, decide
from planner.document import Document, read_document
from planner.errors import PlannerError, ScenarioError
from planner.measured import MeasuredRun
from planner.price_effect import PriceEffect, price_effect
from planner.price_store import PriceStore
from planner.prices import PriceBook
from planner.reference import Reference
from planner.run_effect import RunEffect, run_effect
from planner.scenario_io import Loaded, parse_scenario, with_value
from planner.sensitivity import Sensitivity, sensitivity
from planner.uncertainty import Draws, Fixed

MAX_UPLOAD = 1_000_000
DRAWS = 4000
DRAW_MONTHS = 240_000  # beyond 60 months fewer draws: every figure of the tree keeps draws × months
_PACKAGE = Path(__file__).resolve().parent.parent
WORK_FIELDS = ("tokens_per_run", "samples_per_run", "session_hours_per_month", "accelerator_hours_per_month")
FACTORS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)


@dataclass
class Edits:
    """Changes on top of a file; None or absent means the file's value."""

    horizon_months: int | None = None
    discount_percent: float | None = None
    production_percent: int | None = None
    work: dict[str, float] = field(default_factory=dict)
    factor: dict[str, float] = field(default_factory=dict)
    measured: dict[str, tuple[MeasuredRun, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What a page shows: the language, and the last decision that could be computed."""

    lang: str
    decision: Decision | None
    error: PlannerError | None


def examples() -> dict[str, Path]:
    """Worked examples by name: inside the installed package, else in the checkout."""
    for folder in (_PACKAGE / "examples", _PACKAGE.parent / "examples"):
        found = {path.stem: path for path in sorted(folder.glob("*.y*ml"))}
        if found:
            return found
    return {}


def example_title(name: str) -> str:
    """A readable name of an example's file.

    >>> example_title("montreal_prototype")
    'Montreal prototype'
    """
    return name.replace("_", " ").capitalize()


def read_upload(name: str, content: bytes) -> str:
    """The text of an uploaded file. Raises ScenarioError: too large or not text."""
    if len(content) > MAX_UPLOAD:
        raise ScenarioError("page.too_large", name=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError("page.not_utf8", name=name) from None


def work_path(loaded: Loaded, index: int) -> tuple[tuple[str | int, ...], Any] | None:
    """Path and plain value of the native-unit field that a workload is sized by."""
    data = loaded.document.data["workloads"][index]
    for name in WORK_FIELDS:
        if data.get(name) is not None:
            return ("workloads", index, name), data[name]
    serving = data.get("serving")
    if isinstance(serving, dict) and serving.get("requests_per_second") is not None:
        return ("workloads", index, "serving", "requests_per_second"), serving["requests_per_second"]
    return None


def production_percent(loaded: Loaded) -> int | None:
    """Probability of production as the file or surveys have it [%], where one number can stand for it; else None."""
    value = loaded.scenario.value
    if value is None or not value.has_benefits:
        return None
    given = value.probability_of_production
    if given is not None and not isinstance(given, Fixed):
        return None
    return round(100 * (given.value if given is not None else _surveyed()))


@st.cache_resource(show_spinner=False)
def _surveyed() -> float:
    return float(Reference(price_book().folder).assumption("probability_of_production").estimate.central)


def scaled(estimate: dict[str, Any], factor: float) -> dict[str, Any]:
    """An uncertain quantity as written, every bound multiplied.

    >>> scaled({"p5": 1.0, "p95": 3.0}, 2.0)
    {'p5': 2.0, 'p95': 6.0}
    """
    return {key: value * factor for key, value in estimate.items()}


def edited(loaded: Loaded, edits: Edits) -> Loaded:
    """The scenario of a file with the visitor's changes. Raises ScenarioError."""
    if edits.discount_percent is not None:
        if edits.discount_percent <= -100:
            raise ScenarioError("page.discount_low", rate=f"{edits.discount_percent:g}")
        rate = edits.discount_percent / 100
        if abs(rate - loaded.scenario.finance.discount_rate_fraction) > 1e-12:
            loaded = with_value(loaded, ("finance", "discount_rate_fraction"), rate)
    if edits.horizon_months is not None and edits.horizon_months != loaded.scenario.horizon.months:
        loaded = with_value(loaded, ("horizon", "months"), edits.horizon_months)
    if edits.production_percent is not None:
        loaded = with_value(loaded, ("value", "probability_of_production"), edits.production_percent / 100)
    for i, workload in enumerate(loaded.scenario.workloads):
        found = work_path(loaded, i)
        if found is None:
            continue
        path, value = found
        factor, wanted = edits.factor.get(workload.id, 1.0), edits.work.get(workload.id)
        if isinstance(value, dict):
            if factor != 1.0 and "samples" not in value:
                loaded = with_value(loaded, path, scaled(value, factor))
        elif wanted is not None and wanted != float(value):
            loaded = with_value(loaded, path, wanted)
    return with_runs(loaded, edits.measured) if edits.measured else loaded


@st.cache_resource(show_spinner=False, max_entries=3)
def _book(stamp: tuple[str, ...], as_of: str | None) -> PriceBook:
    return PriceBook.load(as_of=dt.date.fromisoformat(as_of) if as_of else None)


def price_book(as_of: str | None = None) -> PriceBook:
    """The price book as known on a day, read once for all visitors until a refresh brings newer prices."""
    return _book(PriceStore().stamp, as_of)


@st.cache_resource(show_spinner=False, max_entries=4)
def _decided(key: tuple[str, str, str, str, int], _loaded: Loaded, _book: PriceBook) -> Decision:
    return decide(compare(_loaded, book=_book, draws=Draws(key[-1])))


def decision_of(base: Loaded, edits: Edits) -> Decision:
    """The decision of a file with edits. Raises PlannerError."""
    loaded = edited(base, edits)
    draws = min(DRAWS, DRAW_MONTHS // loaded.scenario.horizon.months)
    # The file's name and text are in the key: sources name their line, and must not come from another's file.
    book = price_book(loaded.scenario.as_of)
    return _decided((base.document.file, base.sha256, loaded.sha256, book.sha256, draws), loaded, book)


@st.cache_resource(show_spinner=False, max_entries=4)
def _doubted(key: tuple[str, str, str, int], _decision: Decision) -> Sensitivity | None:
    return sensitivity(_decision)


def doubt_of(decision: Decision) -> Sensitivity | None:
    """The doubt about a decision; None without a full plan. Raises PlannerError."""
    comparison = decision.comparison
    return _doubted(_key(comparison), decision)


@st.cache_resource(show_spinner=False, max_entries=4)
def _effect(key: tuple[str, str, str, int], stamp: tuple[str, ...], _decision: Decision) -> PriceEffect | None:
    return price_effect(_decision)


def effect_of(decision: Decision) -> PriceEffect | None:
    """What the newest refresh did to a decision; None when nothing was refreshed."""
    return _effect(_key(decision.comparison), PriceStore().stamp, decision)


@st.cache_resource(show_spinner=False, max_entries=4)
def _run_effect(key: tuple[str, str, str, int], _decision: Decision) -> RunEffect | None:
    return run_effect(_decision)


def run_effect_of(decision: Decision) -> RunEffect | None:
    """What measured runs did to a decision; None without any."""
    return _run_effect(_key(decision.comparison), decision)


def reference() -> Reference:
    """The reference tables of the price book."""
    return Reference(price_book().folder)


def _key(comparison: Comparison) -> tuple[str, str, str, int]:
    loaded = comparison.loaded
    return loaded.document.file, loaded.sha256, comparison.book.sha256, comparison.draws.n


def loaded_source(session: MutableMapping[Any, Any]) -> Loaded:
    """The visitor's file, or the example chosen. Raises ScenarioError."""
    upload = session.get("upload")
    if upload is not None:
        text = read_upload(upload.name, upload.getvalue())
        _refuse_server_files(read_document(text, upload.name))
        return parse_scenario(text, upload.name)
    path = examples()[session["example"]]
    return parse_scenario(path.read_text(encoding="utf-8"), f"examples/{path.name}")


def _refuse_server_files(document: Document) -> None:
    """A visitor's scenario may not name files of the machine that serves the page. Raises ScenarioError."""
    for path in document.lines:
        if path and path[-1] == "samples":
            raise ScenarioError("scenario.samples_in_page", where=document.where(path))
        if path and path[-1] == "benchmark":
            raise ScenarioError("scenario.benchmark_in_page", where=document.where(path))


def edits_of(session: MutableMapping[Any, Any], loaded: Loaded) -> Edits:
    """The visitor's edits of this file; each file keeps its own while the session lasts."""
    kept: dict[str, Edits] = session.setdefault("edits", {})
    return kept.setdefault(loaded.sha256, Edits())
