"""Measured run: files that a tool left behind, what was read, what must be told, what it changes in the decision."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from planner.benchmark import BenchmarkRun, read_file
from planner.charts import Table
from planner.charts.measured import several_units, speed_chart, speed_finding, speed_table
from planner.compare.measured import COMPANIONS, measured_runs, workload_of
from planner.errors import PlannerError
from planner.report.benchmark_json import fact_rows
from planner.report.run_effects import run_effect_lines
from planner.scenario import Scenario
from planner.scenario.work import BenchmarkFile
from planner.text import render, say
from planner.ui import state as keep
from planner.ui import widgets
from planner.ui.parts import pictures

LARGEST_MB = 200
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


def _read(upload: UploadedFile) -> Read:
    """The file, read once while it stays."""
    kept: dict[str, Read] = st.session_state.setdefault("read-runs", {})
    if upload.file_id not in kept:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "upload"
            path.write_bytes(upload.getbuffer())
            try:
                runs = tuple(run.but(file=upload.name) for run in read_file(path))
                kept[upload.file_id] = Read(upload.name, runs)
            except PlannerError as error:
                error.where = None
                kept[upload.file_id] = Read(upload.name, error=error)
    return kept[upload.file_id]


def _told(run: BenchmarkRun, name: str, i: int, lang: str) -> BenchmarkFile:
    """What the file does not say, asked for; what is left empty stays unsaid."""
    said: dict[str, Any] = {}
    if run.asks:
        st.markdown(say("benchmark.asks", lang))
        columns = st.columns(min(len(run.asks), 3))
        for n, ask in enumerate(run.asks):
            with columns[n % len(columns)]:
                said[ask] = _asked(ask, i, lang)
    return BenchmarkFile(file=name, **{key: value for key, value in said.items() if value is not None})


def _asked(ask: str, i: int, lang: str) -> Any:
    label, key = say(f"page.measured.ask.{ask}", lang), f"told-{ask}-{i}"
    if ask == "accelerator":
        return st.selectbox(label, keep.price_book().vocabulary("accelerator"), index=None, key=key)
    if ask == "scope":
        return st.selectbox(
            label, ["global", "per_accelerator"], index=None, key=key,
            format_func=lambda one: say(f"page.measured.scope.{one}", lang),
        )  # fmt: skip
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
