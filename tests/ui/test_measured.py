"""The page Measured run: a file dropped in, what is asked, what it changes."""

import json

import pytest
from pages import visit, words_of
from streamlit.testing.v1 import AppTest

from planner.text import say
from planner.ui import main
from planner.ui.widgets import plain


def on_page(monkeypatch: pytest.MonkeyPatch, lang: str) -> AppTest:
    alone = [(*page[:4],) for page in main.PAGES if page[1] == "measured"]
    monkeypatch.setattr(main, "PAGES", tuple(alone))
    return visit(lang)


def log(**known: object) -> bytes:
    lines = [{"schema": "planner.run_log/1", **known}]
    lines += [{"step": i, "t": 2.0 * i, "tokens": 30_000 * i} for i in range(60)]
    return "\n".join(map(json.dumps, lines)).encode()


def drop(page: AppTest, name: str, content: bytes) -> AppTest:
    box = next(one for one in page.file_uploader if one.key == "runs")
    box.upload(name, content, "application/octet-stream")
    return page.run()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_run_dropped_in_is_read_asked_about_and_compared(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    page = on_page(monkeypatch, lang)
    assert not page.exception and page.title[0].value == say("page.measured", lang)
    page = drop(page, "run.jsonl", log(seq_len=4096))
    assert not page.exception and "run.jsonl" in " ".join(one.value for one in page.markdown)
    page.selectbox(key="told-accelerator-0").select("A100-SXM-80GB")
    page.number_input(key="told-n_accelerators-0").set_value(4)
    page.selectbox(key="measured-workload").select("finetune").run()
    page.button(key="use-runs").click().run()
    assert not page.exception and not page.error
    assert say("run_effect.title", lang) in [one.value for one in page.header]
    assert f"**{say('page.measured.before', lang)}**" in [one.value for one in page.markdown]
    words = words_of(page)
    assert "A100-SXM-80GB" in words and say("evidence.measured", lang) in words
    page.button(key="remove-runs").click().run()
    assert not page.exception and say("run_effect.title", lang) not in [one.value for one in page.header]


def test_what_must_be_told_is_said_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    page = drop(on_page(monkeypatch, "en"), "run.jsonl", log())
    page.selectbox(key="measured-workload").select("finetune").run()
    page.button(key="use-runs").click().run()
    assert (
        not page.exception
        and len(page.error) == 1
        and say("page.measured.ask.accelerator", "en") in page.error[0].value
    )
    assert page.selectbox(key="measured-workload").value == "finetune"


def test_a_file_of_no_tool_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    page = drop(on_page(monkeypatch, "fr"), "<b>photo</b>.jpg", b"\xff\xd8\xff\xe0" + bytes(400))
    assert not page.exception and len(page.error) == 1
    assert plain("<b>photo</b>.jpg") in page.error[0].value and "/tmp" not in page.error[0].value


def test_telemetry_alone_is_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"2026/11/20 10:00:{i:02d}.000, 90 %, 400.00 W\n" for i in range(30))
    page = drop(
        on_page(monkeypatch, "en"), "smi.csv", b"timestamp, utilization.gpu [%], power.draw [W]\n" + rows.encode()
    )
    assert not page.exception and [one.value for one in page.info] == [say("page.measured.companions_only", "en")]
