"""Measured run: files that a tool left behind, what was read, what must be told, what it changes in the decision."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from planner.benchmark import BenchmarkRun, read_file
from planner.benchmark.record import BOTH_TOKENS, IMAGES, OUTPUT_TOKENS, SAMPLES, STEPS, TOKENS
from planner.charts import Table
from planner.charts.measured import several_units, speed_chart, speed_finding, speed_table
from planner.compare.measured import COMPANIONS, measured_runs, workload_of
from planner.errors import PlannerError
from planner.report.benchmark_json import fact_rows
from planner.report.run_effects import run_effect_lines
from planner.scenario import Scenario
from planner.scenario.work import BenchmarkFile
from planner.text import render, say, unit_words
from planner.ui import state as keep
from planner.ui import widgets
from planner.ui.parts import pictures

LARGEST_MB = 200
UNITS = (TOKENS, OUTPUT_TOKENS, BOTH_TOKENS, SAMPLES, IMAGES, STEPS)
WHOLE = ("n_accelerators", "seq_len", "environments")


@dataclass(frozen=True)
class Read:
    """An uploaded file, read: its runs, or why not."""

    name: str
    runs: tuple[BenchmarkRun, ...] = ()
    error: PlannerError | None = None


def show(state: keep.State) -> None:
    """Draws the page."""
    lang, decision = state.lang, state.decision
    st.title(say("page.measured", lang))
    st.markdown(say("page.measured.intro", lang))
    if decision is None or "base" not in st.session_state:
        if state.error is not None:
            widgets.error_box(state.error, lang, kept=False)
        return
    uploads = st.file_uploader(
        say("page.measured.upload", lang), accept_multiple_files=True, key="runs", max_upload_size=LARGEST_MB,
        help=say("page.measured.upload_help", lang, megabytes=LARGEST_MB),
    )  # fmt: skip
    scenario = decision.comparison.scenario
    told = [one for i, upload in enumerate(uploads) if (one := _file(upload, i, lang)) is not None]
    if told:
        _use(told, scenario, lang)
    edits = keep.edits_of(st.session_state, st.session_state["base"])
    if edits.measured:
        names = ", ".join(edits.measured)
        st.button(say("page.measured.remove", lang, names=names), on_click=edits.measured.clear, key="remove-runs")
    if state.error is not None:
        widgets.error_box(state.error, lang, kept=True)
    _effect(state)


def _file(upload: UploadedFile, i: int, lang: str) -> tuple[BenchmarkRun, BenchmarkFile] | None:
    """What was read of a file, with inputs for what it does not say; None where it cannot be used."""
    found = _read(upload)
    with st.container(border=True):
        if found.error is not None and found.error.key == "benchmark.unknown_table":
            found = _mapped(upload, found, i, lang)
        if found.error is not None:
            st.error(f"**{widgets.plain(found.name)}** — {widgets.plain(render(found.error, lang))}")
            return None
        run = found.runs[0]
        if len(found.runs) > 1:
            labels = [one.label for one in found.runs]
            chosen = st.selectbox(say("page.measured.which", lang, count=len(labels)), labels, key=f"pick-{i}")
            run = found.runs[labels.index(chosen)]
        status = say(f"benchmark.status.{run.status}", lang)
        st.markdown(f"**{widgets.plain(found.name)}** · {widgets.plain(run.tool or run.format)} · {status}")
        rows = fact_rows(run, lang)
        if rows:
            heads = (say("page.measured.head.fact", lang), say("page.measured.head.value", lang))
            widgets.table(Table(heads, tuple(rows)), left=(0, 1))
        if run.warnings:
            widgets.bullets([render(message, lang) for message in run.warnings])
        return run, _told(run, found.name, i, lang)


def _read(upload: UploadedFile, table: tuple[str, str] | None = None) -> Read:
    """The file, read once while it stays. table: column and unit of its rate, for a table of the visitor's own."""
    kept: dict[str, Read] = st.session_state.setdefault("read-runs", {})
    mark = f"{upload.file_id} {table}"
    columns, unit = ({"throughput": table[0]}, table[1]) if table is not None else (None, None)
    if mark not in kept:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "upload"
            path.write_bytes(upload.getbuffer())
            try:
                runs = tuple(run.but(file=upload.name) for run in read_file(path, columns=columns, unit=unit))
                kept[mark] = Read(upload.name, runs)
            except PlannerError as error:
                error.where = None
                kept[mark] = Read(upload.name, error=error)
    return kept[mark]


def _mapped(upload: UploadedFile, found: Read, i: int, lang: str) -> Read:
    """A table of the visitor's own, once its column and unit are told."""
    assert found.error is not None
    names = str(found.error.arguments["columns"]).split(", ")
    column = st.selectbox(say("page.measured.columns", lang), names, index=None, key=f"column-{i}")
    unit = st.selectbox(
        say("page.measured.ask.unit", lang), UNITS, index=None, key=f"unit-{i}",
        format_func=lambda one: unit_words(one, lang),
    )  # fmt: skip
    return _read(upload, (column, unit)) if column and unit else found


def _told(run: BenchmarkRun, name: str, i: int, lang: str) -> BenchmarkFile:
    """What the file does not say, asked for; what is left empty stays unsaid."""
    said: dict[str, Any] = {}
    asks = [*(["accelerator"] if _is_unknown(run) else []), *run.asks]
    if asks:
        st.markdown(say("benchmark.asks", lang))
        columns = st.columns(min(len(asks), 3))
        for n, ask in enumerate(asks):
            with columns[n % len(columns)]:
                said[ask] = _asked(ask, i, lang)
    return BenchmarkFile(file=name, **{key: value for key, value in said.items() if value is not None})


def _is_unknown(run: BenchmarkRun) -> bool:
    """Whether the file names an accelerator that the tables do not have, without measuring it itself."""
    if run.accelerator is None or not run.is_rate or run.facts.get("peak_tflops"):
        return False
    try:
        keep.reference().accelerator(run.accelerator)
    except PlannerError:
        return True
    return False


def _asked(ask: str, i: int, lang: str) -> Any:
    label, key = say(f"page.measured.ask.{ask}", lang), f"told-{ask}-{i}"
    if ask == "accelerator":
        return st.selectbox(label, keep.price_book().vocabulary("accelerator"), index=None, key=key)
    if ask == "scope":
        return st.selectbox(
            label, ["global", "per_accelerator"], index=None, key=key,
            format_func=lambda one: say(f"page.measured.scope.{one}", lang),
        )  # fmt: skip
    if ask == "unit":
        return st.selectbox(label, UNITS, index=None, key=key, format_func=lambda one: unit_words(one, lang))
    if ask in WHOLE:
        return st.number_input(label, min_value=1, max_value=1_000_000, value=None, step=1, key=key)
    return st.number_input(label, min_value=1e-6, max_value=1e12, value=None, key=key)


def _use(told: list[tuple[BenchmarkRun, BenchmarkFile]], scenario: Scenario, lang: str) -> None:
    """Takes the runs into the scenario, when the visitor says of which workload."""
    names = [one.id for one in scenario.workloads]
    rates = [run for run, _ in told if run.status not in COMPANIONS]
    if not rates:
        st.info(say("page.measured.companions_only", lang))
        return
    chosen = st.selectbox(say("page.measured.workload", lang), names, key="measured-workload", index=None)
    if not st.button(say("page.measured.use", lang), type="primary", disabled=chosen is None, key="use-runs"):
        return
    reference = keep.reference()
    try:
        runs = measured_runs(told, reference)
        edits = keep.edits_of(st.session_state, st.session_state["base"])
        edits.measured = {**edits.measured, workload_of(scenario, runs, str(chosen)): runs}
    except PlannerError as error:
        if error.key == "benchmark.must_tell":  # in the words of this page, not in flags
            asked = [say(f"page.measured.ask.{one}", lang) for one in str(error.arguments["names"]).split(", ")]
            sentence = say("page.measured.must_tell", lang, names=", ".join(asked))
            st.error(widgets.plain(sentence), icon=":material/error:")
            return
        widgets.error_box(error, lang, kept=True)
        return
    st.rerun()


def _effect(state: keep.State) -> None:
    """Verdict, probability, speeds: before and after."""
    lang, decision = state.lang, state.decision
    assert decision is not None
    effect = keep.run_effect_of(decision)
    if effect is None:
        return
    st.header(say("run_effect.title", lang))
    before, after = st.columns(2)
    with before, st.container(border=True):
        st.markdown(f"**{say('page.measured.before', lang)}**")
        sentence = effect.before.sentence(lang) if effect.before is not None else "—"
        st.markdown(widgets.plain(sentence))
    with after, st.container(border=True):
        st.markdown(f"**{say('page.measured.after', lang)}**")
        st.markdown(widgets.plain(decision.sentence(lang)))
    widgets.bullets(run_effect_lines(effect, lang, speeds=False))
    if effect.speeds:
        if not several_units(effect.speeds):
            pictures.chart(speed_chart(effect, lang), "speeds", speed_finding(effect, lang))
        widgets.table(speed_table(effect, lang), left=(0, 3))
