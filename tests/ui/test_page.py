"""The page, run without a browser."""

import html
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from pages import visit, words_of
from streamlit.testing.v1 import AppTest

from planner import charts
from planner.benefits import TEMPLATES
from planner.decide import Decision
from planner.errors import PlannerError, ScenarioError
from planner.scenario.options import AnyOption
from planner.scenario_io import parse_scenario
from planner.text import catalogue, money, percent, render, say
from planner.ui import main, state, widgets
from planner.ui.parts import options, report, ways
from planner.ui.views import value
from planner.ui.widgets import plain

EXAMPLES = sorted(state.examples())


def decision_of(example: str) -> Decision:
    loaded = parse_scenario(state.examples()[example].read_text(encoding="utf-8"), f"examples/{example}.yaml")
    return state.decision_of(loaded, state.Edits())


def input_of(page: AppTest, start: str):  # type: ignore[no-untyped-def]
    return next(box for box in page.number_input if box.key.startswith(start))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_opens_on_its_verdict(lang: str, example: str) -> None:
    page = visit(lang, example)
    assert not page.exception
    assert not page.error
    sentence = decision_of(example).sentence(lang)
    assert page.markdown[0].value.startswith(f"## {plain(sentence)}")
    assert page.query_params["lang"] in (lang, [lang])
    assert page.query_params["scenario"] in (example, [example])


@pytest.mark.parametrize(("lang", "example"), list(zip(itertools.cycle(["en", "fr"]), EXAMPLES, strict=False)))
def test_what_was_left_out_times_and_ways_are_shown_in_full(lang: str, example: str) -> None:
    page, decision = visit(lang, example), decision_of(example)
    words, outcomes = words_of(page), decision.comparison.outcomes.values()
    for outcome in outcomes:
        assert outcome.label in words
        if not outcome.ranked:
            assert say(f"page.status.{outcome.status}", lang) in words
            assert all(render(reason, lang).replace("`", "") in words for reason in outcome.reasons)
        for aspect in ways.ASPECTS:
            assert say(f"page.how.{outcome.kind}.{aspect}", lang) in words
    assert len(page.tabs) == 3
    captions = " ".join(caption.value for caption in page.caption)
    assert say("page.how.customisation", lang) in captions
    finding = charts.timeline_finding(decision, lang)
    if any(outcome.arrivals for outcome in outcomes):
        figures = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
        titles = [figure["layout"]["title"]["text"].replace("<br>", " ") for figure in figures]
        assert len(titles) == 3 and finding in titles
        assert "".join(charts.timeline_table(decision, lang).rows[0][3]) in words
    else:
        assert any(plain(finding) in block.value for block in page.markdown)


PARTIAL = """
schema: 1
name: half
reporting_currency: CAD
horizon: {start: 2027-01, months: 3}
organisation: {country: CA, region: QC}
workloads:
  - {id: tune, kind: training, task: lora, model: llama-3.1-8b, tokens_per_run: 1.0e9, when: {every_months: 1}}
  - {id: chat, kind: interactive, session_hours_per_month: 100}
options:
  market: {kind: marketplace, label: Strangers, provider: golem, accelerator: RTX-4090}
  half:
    {kind: cloud, label: Half, provider: gcp, accelerator: H100-SXM, region: montreal, serves: [tune], else: none}
  rent: {kind: cloud, label: Rented, provider: gcp, accelerator: H100-SXM, region: montreal}
  own: {kind: onprem, label: Own, system: 8xA100-SXM-80GB, count: 1, lead_time_days: 45, else: rent}
baseline: rent
"""


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_partial_plan_says_what_it_serves_and_the_nearest_to_a_full_plan_comes_first(lang: str) -> None:
    page = visit(lang)
    page.file_uploader[0].upload("half.yaml", PARTIAL.encode(), "application/yaml").run()
    assert not page.exception and not page.error
    comparison = state.decision_of(parse_scenario(PARTIAL, "half.yaml"), state.Edits()).comparison
    outcomes = comparison.outcomes
    words = words_of(page)
    assert say("page.serves", lang, shares=f"tune {percent(1.0, lang)}") in words
    assert render(outcomes["half"].reasons[0], lang).replace("`", "") in words
    partial, unpriced = (words.index(say(f"page.status.{status}", lang)) for status in ("partial", "not_priced"))
    assert partial < unpriced
    assert say("page.place.nobody", lang) in words and say("page.place.itself", lang) in words
    assert options.placement(comparison, outcomes["own"], "en").startswith("tune: Own ")
    assert any("Own" in caption.value and "45" in caption.value for caption in page.caption)


def test_every_kind_of_option_has_a_name_and_its_way_in_both_languages() -> None:
    kinds = [
        kind for option in get_args(get_args(AnyOption)[0]) for kind in get_args(option.model_fields["kind"].annotation)
    ]
    assert len(kinds) == 12
    for lang in ("en", "fr"):
        assert {f"page.kind.{kind}" for kind in kinds} <= catalogue(lang).keys()
        assert {f"page.how.{kind}.{aspect}" for kind in kinds for aspect in ways.ASPECTS} <= catalogue(lang).keys()


def test_words_of_a_file_stay_words_in_cards() -> None:
    assert widgets.as_html("<b>x</b> `else` & y") == "&lt;b&gt;x&lt;/b&gt; <code>else</code> &amp; y"
    assert widgets.as_html("one ` only") == "one ` only"


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


# ── value and doubt ───────────────────────────────────────────────────────────────────────────────────────

WORTH = """
schema: 1
name: Worth it?
reporting_currency: CAD
horizon: {start: 2027-01, months: 12}
organisation: {country: CA, region: QC, cash: {amount: 500000, currency: CAD}, monthly_burn: 20000}
workloads:
  - {id: tune, kind: training, task: lora, model: llama-3.1-8b, tokens_per_run: {p5: 5.0e8, p95: 2.0e9},
     when: {every_months: 1}}
options:
  rent: {kind: cloud, label: Rented, provider: gcp, accelerator: H100-SXM, region: montreal}
  spot: {kind: spot, label: Spot, provider: gcp, accelerator: H100-SXM, region: montreal, else: rent}
baseline: rent
value:
  savings: [{label: Support, today_monthly: {person_hours: 900, hourly_cost: 40}, after_monthly: {person_hours: 500,
             hourly_cost: 40}}]
  months_to_production: 0
  ramp_months: 2
"""


def visit_page(
    path: str, monkeypatch: pytest.MonkeyPatch, lang: str, text: str | None = WORTH, example: str = "paris_steady"
) -> AppTest:
    """One of the pages, as if it were the first: AppTest does not follow links; few draws, for speed."""
    monkeypatch.setattr(main, "PAGES", sorted(main.PAGES, key=lambda page: page[1] != path))
    monkeypatch.setattr(state, "DRAWS", 300)
    page = visit(lang, example)
    if text is not None:
        page.file_uploader[0].upload("worth.yaml", text.encode(), "application/yaml").run()
    assert not page.exception and not page.error
    return page


def shown_titles(page: AppTest) -> list[str]:
    figures = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    return [html.unescape(figure["layout"]["title"]["text"].replace("<br>", " ")) for figure in figures]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_value_page_says_what_the_decision_says(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit_page("value", monkeypatch, lang)
    decision = state.decision_of(parse_scenario(WORTH, "worth.yaml"), state.Edits())
    appraisal = decision.comparison.outcomes[decision.best or ""].appraisal
    assert appraisal is not None
    assert page.markdown[0].value.startswith(f"## {plain(decision.sentence(lang))}")
    assert len(page.metric) == 5
    assert page.metric[0].value == money(appraisal.npv.mean, "CAD", lang)
    assert shown_titles(page) == [charts.terms_finding(decision, lang), charts.net_finding(decision, lang)]
    words = words_of(page)
    assert all(rule.text in words for rule in decision.rules(lang))
    assert page.warning[0].value == plain(say("textbook.label", lang))
    assert any(plain(say("label.before_project_costs", lang)) in block.value for block in page.markdown)


def test_the_probability_of_production_moves_the_value_and_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit_page("value", monkeypatch, "en")
    before = page.metric[0].value
    slider = next(box for box in page.slider if box.key.startswith("production"))
    surveyed = slider.value
    slider.set_value(95).run()
    assert not page.exception and not page.error and page.metric[0].value != before
    next(box for box in page.slider if box.key.startswith("production")).set_value(surveyed).run()
    assert page.metric[0].value == before
    assert state.production_percent(parse_scenario(PARTIAL, "half.yaml")) is None
    written = parse_scenario(WORTH + "  probability_of_production: 0.8\n", "w.yaml")
    assert state.production_percent(written) == 80
    spread = parse_scenario(WORTH + "  probability_of_production: {low: 0.1, mode: 0.5, high: 0.8}\n", "w.yaml")
    assert state.production_percent(spread) is None


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_without_value_the_page_says_what_to_add(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit_page("value", monkeypatch, lang, text=None)
    assert not page.metric and not page.get("plotly_chart")
    assert page.code[0].value.strip() == value.EXAMPLE.strip()
    words = words_of(page)
    for template in TEMPLATES.values():
        assert template.use_case in words and say(f"page.use_case.{template.use_case}", lang) in words
    assert not [box for box in page.slider if box.key.startswith("production")]
    added = parse_scenario(WORTH.split("value:")[0] + value.EXAMPLE, "added.yaml")
    assert state.decision_of(added, state.Edits()).comparison.has_value


def test_a_project_stopped_at_the_gate_carries_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit_page("value", monkeypatch, "fr", WORTH + "  saves_or_earns: maybe\n")
    assert any(plain(say("label.stopped_at_gate", "fr")) in block.value for block in page.markdown)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("text", [WORTH, PARTIAL])
def test_the_doubt_page_says_what_the_sensitivity_says(lang: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit_page("doubt", monkeypatch, lang, text)
    found = state.doubt_of(state.decision_of(parse_scenario(text, "worth.yaml"), state.Edits()))
    assert found is not None and found.win_map is not None
    expected = [charts.tornado_finding(found, lang)]
    expected += [charts.tornado_finding(found, lang, "worth")] if found.worth and found.pair[1] else []
    expected += [charts.win_map_finding(found, lang)] if len(found.decision.order) > 1 else []
    assert shown_titles(page) == expected
    assert say("doubt.measure", lang) in [head.value for head in page.header]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_report_follows_the_language(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "DRAWS", 300)
    decision = state.decision_of(parse_scenario(WORTH, "worth.yaml"), state.Edits())
    assert report.file_stem(decision) == "worth-it"
    texts = {ending: report.content(decision, lang, ending) for ending in report.FORMATS.values()}
    assert decision.sentence(lang).split(":")[0] in texts[".md"]
    assert texts[".html"].lstrip().lower().startswith("<!doctype html") and json.loads(texts[".json"])


def test_the_report_can_be_downloaded_from_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit_page("value", monkeypatch, "fr", text=None)
    buttons = page.get("download_button")
    assert [button.proto.label for button in buttons] == [say("page.report.download", "fr", format="HTML")]


def test_no_folder_is_named_pages():
    """Streamlit takes a folder `pages` beside the first script for its own, and shows its files where a link leads."""
    assert not (Path(main.__file__).parent / "pages").exists()


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "pricing"))
    from loopback import Loopback  # type: ignore[import-not-found]
    from world import world  # type: ignore[import-not-found]

    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path))
    with Loopback() as server:
        server.served = world()
        for name, given in server.environment().items():
            monkeypatch.setenv(name, given)
        monkeypatch.setattr("gpuhunt.providers.vultr.API_URL", f"{server.base}/vultr")
        yield server


def on_prices(monkeypatch: pytest.MonkeyPatch, lang: str) -> AppTest:
    alone = (page for page in main.PAGES if page[1] == "prices")
    monkeypatch.setattr(main, "PAGES", tuple(alone))
    return visit(lang)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_prices_page_refreshes_and_says_how_each_source_went(lang: str, loopback, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    page = on_prices(monkeypatch, lang)
    assert not page.exception and say("page.prices.offers", lang) in [h.value for h in page.header]
    assert "bundled" in words_of(page) or "livré" in words_of(page)
    page = next(b for b in page.button if b.key == "refresh").click().run(timeout=60)
    assert not page.exception
    shown = words_of(page)
    assert say("prices.state.refreshed", lang) in shown and "LAMBDA_API_KEY" in shown
    assert loopback.base in shown  # a server that is not the provider's own is told


def test_the_page_computes_with_the_refreshed_prices_and_says_what_they_did(loopback, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from planner.pricing.refresh import refresh

    before = decision_of("montreal_prototype")
    refresh(["ecb", "azure"], deadline_s=20)
    after = decision_of("montreal_prototype")
    assert after.comparison.book.sha256 != before.comparison.book.sha256
    page = visit("en", "montreal_prototype")
    assert any("refresh of" in box.label for box in page.expander)


def test_keys_of_the_secrets_file_are_found_where_clients_look(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('LAMBDA_API_KEY = "from-the-file"\n')
    script = (
        "import streamlit as st; st.secrets.load_if_toml_exists(); "
        "from planner.pricing.registry import price_sources; print(price_sources()['lambda'].ready)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
