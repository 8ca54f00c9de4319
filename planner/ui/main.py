"""The app: language, source of the scenario, inputs, and the pages."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from planner.errors import PlannerError
from planner.scenario_io import Loaded
from planner.text import LANGUAGES, number, say
from planner.ui import state as keep
from planner.ui.parts import report
from planner.ui.views import compare, doubt, measured, prices, value
from planner.ui.widgets import STYLE

T = TypeVar("T")
_LANGUAGE_NAMES = {"en": "English", "fr": "Français"}
# Room for nine: start, workload, prices, options, compare, value, doubt, explain, report.
PAGES = (
    ("page.compare", "compare", ":material/balance:", compare.show),
    ("page.measured", "measured", ":material/speed:", measured.show),
    ("page.prices", "prices", ":material/sell:", prices.show),
    ("page.value", "value", ":material/trending_up:", value.show),
    ("page.doubt", "doubt", ":material/tornado:", doubt.show),
)
FIRST = "montreal_prototype"


def main() -> None:
    """Draws the app once for one visitor."""
    _restore_from_url()
    st.secrets.load_if_toml_exists()  # keys of providers become environment variables, where their clients look
    lang = str(st.session_state.get("lang", st.session_state["first_lang"]))
    st.set_page_config(page_title=say("page.app", lang), page_icon=":material/balance:", layout="wide")
    st.html(STYLE)
    shown: dict[str, keep.State] = {}
    pages = [
        st.Page(functools.partial(_show, show, shown), title=say(title, lang), icon=icon, url_path=path, default=i == 0)
        for i, (title, path, icon, show) in enumerate(PAGES)
    ]
    page = st.navigation(pages, position="top")  # before the widgets, so that they belong to the page from the start
    lang = _language()
    loaded, error = _source(lang)
    if loaded is not None:
        error = _inputs(loaded, lang) or error
    shown["state"] = keep.State(lang, st.session_state.get("decision"), error)
    report.show(shown["state"])
    page.run()


def _show(show: Callable[[keep.State], None], shown: dict[str, keep.State]) -> None:
    show(shown["state"])


def _restore_from_url() -> None:
    """First run of a session: language and example as the address says.

    They are kept apart from the widgets and given as their default: a widget whose key is set beforehand
    falls back to its first choice when its first run is interrupted.
    """
    session = st.session_state
    if "first_lang" not in session:
        asked = st.query_params.get("lang") or str(st.context.locale or "")[:2]
        session["first_lang"] = asked if asked in LANGUAGES else "en"
    if "first_example" not in session:
        names = list(keep.examples())
        asked = st.query_params.get("scenario", FIRST)
        session["first_example"] = asked if asked in names else FIRST if FIRST in names else names[0]


def _language() -> str:
    chosen = st.sidebar.radio(
        "Langue · Language", LANGUAGES, key="lang", horizontal=True,
        index=LANGUAGES.index(st.session_state["first_lang"]),
        format_func=lambda code: _LANGUAGE_NAMES[code], label_visibility="collapsed",
    )  # fmt: skip
    if st.query_params.get("lang") != chosen:
        st.query_params["lang"] = chosen
    return str(chosen)


def _source(lang: str) -> tuple[Loaded | None, PlannerError | None]:
    """The scenario to compute; on a mistake the last good one, with the message."""
    session = st.session_state
    names = list(keep.examples())
    st.sidebar.selectbox(
        say("page.example", lang), names, key="example", format_func=keep.example_title,
        index=names.index(session["first_example"]),
    )  # fmt: skip
    st.sidebar.file_uploader(
        say("page.upload", lang), type=["yaml", "yml"], key="upload", help=say("page.upload_help", lang),
        max_upload_size=1,
    )  # fmt: skip
    if st.query_params.get("scenario") != session["example"]:
        st.query_params["scenario"] = session["example"]
    try:
        session["base"] = keep.loaded_source(session)
    except PlannerError as error:
        return session.get("base"), error
    return session["base"], None


def _inputs(loaded: Loaded, lang: str) -> PlannerError | None:
    """Inputs of the sidebar, then the decision; the last good decision stays when there is none."""
    session, edits = st.session_state, keep.edits_of(st.session_state, loaded)
    mark = f"{session.get('generation', 0)}-{loaded.sha256[:12]}"
    with st.sidebar:
        st.subheader(say("page.inputs", lang))
        _size(loaded, edits, mark, lang)
        edits.horizon_months = st.number_input(
            say("page.horizon", lang), min_value=1, max_value=240, step=1, key=f"horizon-{mark}",
            value=_first(f"horizon-{mark}", edits.horizon_months or loaded.scenario.horizon.months),
        )  # fmt: skip
        rate = round(100 * loaded.scenario.finance.discount_rate_fraction, 6)
        edits.discount_percent = st.number_input(
            say("page.discount", lang), max_value=1000.0, step=0.5, format="%.2f", key=f"discount-{mark}",
            value=_first(f"discount-{mark}", rate if edits.discount_percent is None else edits.discount_percent),
        )  # fmt: skip
        _production(loaded, edits, mark, lang)
        st.button(say("page.reset", lang), on_click=_reset, args=(loaded.sha256,), width="stretch")
    try:
        session["decision"] = keep.decision_of(loaded, edits)
    except PlannerError as error:
        return error
    return None


def _production(loaded: Loaded, edits: keep.Edits, mark: str, lang: str) -> None:
    """Probability of production, where the file gives one number or none."""
    own = keep.production_percent(loaded)
    if own is None:
        return
    value, key = loaded.scenario.value, f"production-{mark}"
    missing = value is None or value.probability_of_production is None
    typed = st.slider(
        say("page.production", lang), 0, 100, key=key,
        value=_first(key, own if edits.production_percent is None else edits.production_percent),
        help=say("page.production_missing" if missing else "page.production_help", lang, percent=own),
    )  # fmt: skip
    edits.production_percent = None if typed == own else int(typed)


def _first(key: str, value: T) -> T:
    """The default of a widget: the value of its first run, the same ever after, so that the widget keeps its place."""
    if key not in st.session_state:  # shown for the first time, or again after another file
        st.session_state[f"first-{key}"] = value
    return cast(T, st.session_state.setdefault(f"first-{key}", value))


def _reset(sha256: str) -> None:
    session = st.session_state
    session["edits"].pop(sha256, None)
    session["generation"] = session.get("generation", 0) + 1  # new widgets, with the file's values


def _size(loaded: Loaded, edits: keep.Edits, mark: str, lang: str) -> None:
    """The size of one workload, in its own unit."""
    names = [workload.id for workload in loaded.scenario.workloads]
    chosen = st.selectbox(say("page.workload", lang), names, key=f"workload-{mark}")
    found = keep.work_path(loaded, names.index(chosen))
    if found is None:
        return
    path, value = found
    name, key = say(f"page.work.{path[-1]}", lang), f"size-{chosen}-{mark}"
    if not isinstance(value, dict):
        unit = next((u for u in (1_000_000_000, 1_000_000) if float(value) >= u), 1)
        typed = st.number_input(
            say(f"page.scale.{unit}", lang, name=name), min_value=0.0, step=max(float(value) / unit / 10, 0.001),
            format="%.6g", key=key, value=_first(key, edits.work.get(chosen, float(value)) / unit),
        )  # fmt: skip
        edits.work[chosen] = float(value) if abs(typed * unit - value) < 1e-9 * abs(value) else typed * unit
    elif "samples" in value:
        st.caption(say("page.size_fixed", lang))
    else:
        estimate = ", ".join(f"{k} {number(float(v), lang)}" for k, v in value.items())
        edits.factor[chosen] = float(
            st.select_slider(
                f"{name} ×", keep.FACTORS, key=key, value=_first(key, edits.factor.get(chosen, 1.0)),
                format_func=lambda f: "× " + number(f, lang),
                help=say("page.size_help", lang, estimate=estimate),
            )
        )  # fmt: skip


if __name__ == "__main__":  # `planner app` gives this file to Streamlit; app.py imports it
    main()
