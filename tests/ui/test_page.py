"""The page, run without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.errors import PlannerError, ScenarioError
from planner.scenario_io import parse_scenario
from planner.text import catalogue, render
from planner.ui import state
from planner.ui.widgets import plain

APP = Path(__file__).resolve().parents[2] / "app.py"
EXAMPLES = sorted(state.examples())


def visit(lang: str = "en", example: str | None = None) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.query_params["lang"] = lang
    if example:
        page.query_params["scenario"] = example
    return page.run()


def input_of(page: AppTest, start: str):  # type: ignore[no-untyped-def]
    return next(box for box in page.number_input if box.key.startswith(start))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_opens_on_its_verdict(lang: str, example: str) -> None:
    page = visit(lang, example)
    assert not page.exception
    assert not page.error
    loaded = parse_scenario(state.examples()[example].read_text(encoding="utf-8"), f"examples/{example}.yaml")
    sentence = state.decision_of(loaded, state.Edits()).sentence(lang)
    assert page.markdown[0].value.startswith(f"## {plain(sentence)}")
    assert page.query_params["lang"] in (lang, [lang])
    assert page.query_params["scenario"] in (example, [example])


def test_horizon_recomputes() -> None:
    page = visit()
    before = [metric.value for metric in page.metric]
    input_of(page, "horizon").set_value(36).run()
    assert not page.exception and not page.error
    assert page.metric[0].value != before[0]
    page.button[0].click().run()
    assert [metric.value for metric in page.metric] == before


def test_size_of_a_workload_recomputes_and_is_kept_while_another_is_shown() -> None:
    page = visit(example="montreal_prototype")
    before = page.metric[0].value
    page.select_slider[0].set_value(10.0).run()
    after = page.metric[0].value
    assert after != before
    workload = next(box for box in page.selectbox if box.key and box.key.startswith("workload"))
    workload.select("ablations").run()
    assert not page.exception and page.metric[0].value == after
    input_of(page, "size-ablations").set_value(3000.0).run()
    assert not page.exception and not page.error and page.metric[0].value != after
    workload = next(box for box in page.selectbox if box.key and box.key.startswith("workload"))
    workload.select("finetune").run()
    assert page.select_slider[0].value == 10.0


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_discount_of_minus_100_percent_is_one_message_and_the_page_stays(lang: str) -> None:
    page = visit(lang)
    before = [metric.value for metric in page.metric]
    input_of(page, "discount").set_value(-100.0).run()
    assert not page.exception
    assert len(page.error) == 1
    assert "-100" in page.error[0].value
    assert [metric.value for metric in page.metric] == before
    input_of(page, "discount").set_value(0.0).run()
    assert not page.exception and not page.error


def test_a_broken_file_is_one_message_and_the_page_stays() -> None:
    page = visit()
    before = [metric.value for metric in page.metric]
    page.file_uploader[0].upload("mine.yaml", b"name: [unclosed\n", "application/yaml").run()
    assert not page.exception
    assert len(page.error) == 1 and "mine.yaml" in page.error[0].value
    assert [metric.value for metric in page.metric] == before


def test_uploads_that_are_refused() -> None:
    with pytest.raises(ScenarioError, match=r"page\.too_large"):
        state.read_upload("big.yaml", b"a" * (state.MAX_UPLOAD + 1))
    with pytest.raises(ScenarioError, match=r"page\.not_utf8"):
        state.read_upload("bad.yaml", b"\xff\xfe\x00")
    with pytest.raises(PlannerError) as caught:
        parse_scenario("name: [unclosed", "mine.yaml")
    assert render(caught.value, "fr").startswith("mine.yaml")


def test_two_visitors_share_nothing() -> None:
    first, second = visit("en"), visit("fr")
    input_of(first, "horizon").set_value(48).run()
    second.run()
    assert input_of(second, "horizon").value != 48
    assert second.session_state["lang"] == "fr"


def test_an_unknown_language_or_example_in_the_address_falls_back() -> None:
    page = visit("xx", "no_such_example")
    assert not page.exception and not page.error


def test_words_of_a_file_are_shown_as_they_are() -> None:
    assert plain("<b>*x*</b> $1$ :red[y]") == r"\<b\>\*x\*\</b\> \$1\$ \:red\[y\]"


def test_page_messages_exist_in_both_languages() -> None:
    keys = [{key for key in catalogue(lang) if key.startswith(("page.", "chart."))} for lang in ("en", "fr")]
    assert keys[0] == keys[1] and keys[0]


def test_an_uploaded_scenario_may_not_name_a_file_of_the_server() -> None:
    class Upload:
        name = "mine.yaml"

        def getvalue(self) -> bytes:
            return b"schema: 1\nworkloads:\n  - {id: a, tokens_per_run: {samples: /etc/hosts}}\n"

    with pytest.raises(ScenarioError) as caught:
        state.loaded_source({"upload": Upload()})
    assert caught.value.key == "scenario.samples_in_page"
    assert caught.value.where.line == 3
