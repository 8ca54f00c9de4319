"""Whether it pays: a normal answer may be no; exceptions, the gate, ties; the sentence; what must hold for a plan."""

from __future__ import annotations

import numpy as np
import pytest

from planner.decide import labels
from planner.report.comparison_json import comparison_document
from planner.text import LANGUAGES, render

SURE = "probability_of_production: 1, months_to_production: 0, ramp_months: 0"


def value(monthly, more="", gate=SURE):
    return f"value: {{{gate}, revenue: {{upsell: {monthly}}}{more}}}"


def two(ask):
    """100 accelerator-hours for 100 or for 1,000 USD."""
    return {"rent": ask.cloud(1), "dear": ask.cloud(10, "Dear")}


def keys(messages):
    return [message.key for message in messages]


# ── by return ─────────────────────────────────────────────────────────────────────────────────────────────


def test_it_pays(ask):
    found = ask(two(ask), top=value(20))
    verdict = found.verdict
    assert (verdict.kind, verdict.pays, found.best) == ("pays", True, "rent")
    assert verdict.npv_mean == pytest.approx(240 - 100)
    assert verdict.probability_positive == 1
    assert verdict.benefits_needed == pytest.approx(100 / 240)
    assert found.criterion == "npv"


def test_it_does_not_pay(ask):
    found = ask(two(ask), top=value(5))
    assert (found.verdict.kind, found.verdict.pays) == ("does_not_pay", False)
    assert found.verdict.npv_mean == pytest.approx(60 - 100)
    assert found.verdict.probability_positive == 0
    assert found.verdict.benefits_needed == pytest.approx(100 / 60)


def test_benefits_times_what_is_needed_bring_nothing_and_lose_nothing(ask):
    needed = ask(two(ask), top=value(5)).verdict.benefits_needed
    assert ask(two(ask), top=value(5 * needed)).verdict.npv_mean == pytest.approx(0, abs=1e-9)


def test_too_close_to_call(ask):
    """200 or nothing, evenly, against a cost of 100: the mean lies within two standard errors of zero."""
    gate = "probability_of_production: 0.5, months_to_production: 0, ramp_months: 0"
    found = ask(two(ask), top=value(200 / 12, gate=gate), draws=400)
    npv = found.comparison.outcomes["rent"].appraisal.npv.value
    assert sorted(set(npv[:, 0].round(6))) == [-100, 100]
    assert abs(npv.mean()) <= 2 * npv.std(ddof=1) / 20
    assert (found.verdict.kind, found.verdict.pays) == ("too_close", None)
    assert found.verdict.probability_positive == pytest.approx((npv > 0).mean())
    surer = ask(two(ask), top=value(300 / 12, gate=gate), draws=400)
    assert surer.verdict.kind == "pays"
    assert ask(two(ask), top=value(100 / 12, gate=gate), draws=400).verdict.kind == "does_not_pay"


def test_exactly_nothing_is_too_close(ask):
    found = ask(two(ask), ask.train(120), top=value(10))
    assert found.verdict.npv_mean == 0
    assert found.verdict.kind == "too_close"


def test_a_residue_of_rounding_is_nothing(ask):
    found = ask(two(ask), top=value(100 / 12))  # 12 × 8.33… less 100
    assert abs(found.verdict.npv_mean) < 1e-9
    assert found.verdict.kind == "too_close"


def test_no_benefit_within_the_horizon(ask):
    gate = "probability_of_production: 1, months_to_production: 12, ramp_months: 0"
    found = ask(two(ask), top=value(1000, gate=gate))
    assert found.verdict.kind == "does_not_pay"
    assert found.verdict.benefits_needed is None
    assert "no benefit" in found.sentence("en")


# ── declared exceptions and the gate ──────────────────────────────────────────────────────────────────────

STRATEGIC = ", strategic: {{reason: {}, owner: Ada Lovelace, until: {}}}"


@pytest.mark.parametrize("reason", ["communication", "pay_to_see", "defence"])
@pytest.mark.parametrize("monthly", [5, 20])
def test_a_strategic_project_is_not_judged_by_its_return(ask, reason, monthly):
    found = ask(two(ask), top=value(monthly, STRATEGIC.format(reason, "2027-01-01")))
    assert (found.verdict.kind, found.verdict.pays) == ("strategic", None)
    assert "strategic" in labels(found.comparison)
    assert found.verdict.npv_mean == pytest.approx(12 * monthly - 100)  # shown all the same
    for lang in LANGUAGES:
        text = found.sentence(lang)
        assert "Ada Lovelace" in text and "2027-01-01" in text and "Rented" in text


def test_an_exception_that_has_ended_is_not_applied(ask):
    found = ask(two(ask), top=value(5, STRATEGIC.format("defence", "2026-12-31")))
    assert found.verdict.kind == "does_not_pay"
    assert "strategic" not in labels(found.comparison)
    assert "warning.strategic_ended" in keys(found.comparison.warnings)
    for lang in LANGUAGES:
        (said,) = [render(m, lang) for m in found.comparison.warnings if m.key == "warning.strategic_ended"]
        assert "Ada Lovelace" in said and "2026-12-31" in said


@pytest.mark.parametrize("answer", ["maybe", "no"])
def test_the_gate_stops_what_does_not_save_or_earn(ask, answer):
    found = ask(two(ask), top=value(20, f", saves_or_earns: {answer}"))
    assert (found.verdict.kind, found.verdict.pays) == ("stopped_at_gate", None)
    assert "stopped_at_gate" in labels(found.comparison)
    sentences = {lang: found.sentence(lang) for lang in LANGUAGES}
    assert len(set(sentences.values())) == len(LANGUAGES)
    other = "no" if answer == "maybe" else "maybe"
    assert found.sentence() != ask(two(ask), top=value(20, f", saves_or_earns: {other}")).sentence()


def test_yes_goes_on(ask):
    assert ask(two(ask), top=value(20, ", saves_or_earns: yes")).verdict.kind == "pays"


def test_an_exception_passes_the_gate(ask):
    more = ", saves_or_earns: no" + STRATEGIC.format("pay_to_see", "2028-01-01")
    assert ask(two(ask), top=value(20, more)).verdict.kind == "strategic"


def test_without_benefits_only_cost_is_told(ask):
    found = ask(two(ask), top=f"value: {{{SURE}}}")
    assert (found.verdict.kind, found.verdict.pays) == ("cost_only", None)
    assert found.verdict.npv_mean is None
    assert found.criterion == "present_cost"
    assert "no_benefits" in labels(found.comparison)
    assert "warning.no_benefits" in keys(found.comparison.warnings)
    plain = ask(two(ask))
    assert plain.verdict.kind == "cost_only"
    assert "no_benefits" not in labels(plain.comparison)


# ── the sentence ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_of_a_project_that_pays(ask, lang):
    """Option, money, probability, what would change it: here benefits 58.3 % lower."""
    text = ask(two(ask), top=value(20), draws=50).sentence(lang)
    assert "Rented" in text and "140 USD" in text and "12" in text
    assert "100" in text and "%" in text  # positive in all draws
    assert "58" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_of_a_project_that_does_not_pay(ask, lang):
    text = ask(two(ask), top=value(5), draws=50).sentence(lang)
    assert "Rented" in text and "40.0 USD" in text.replace(",", ".").replace("40 USD", "40.0 USD")
    assert "0" in text and "%" in text
    assert "1.7" in text.replace(",", ".")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sentence_of_costs_alone(ask, lang):
    text = ask(two(ask), draws=50).sentence(lang)
    assert "Rented" in text and "Dear" in text
    assert "100 USD" in text and "900 USD" in text and "%" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_plan_speaks_of_central_values(ask, lang):
    draws, plan = (ask(two(ask), top=value(20), draws=n).sentence(lang) for n in (50, 1))
    assert draws != plan
    assert "%" in draws


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("draws", [1, 50])
def test_a_tie_names_all(ask, lang, draws):
    options = {"one": ask.cloud(1, "First"), "two": ask.cloud(1, "Second"), "three": ask.cloud(5, "Third")}
    found = ask(options, top=value(20), draws=draws)
    assert set(found.tie) == {"one", "two"}
    text = found.sentence(lang)
    assert "First" in text and "Second" in text and "Third" not in text
    assert found.standings["one"].probability_best == 0.5


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("with_value", [False, True])
def test_no_feasible_plan_says_so_and_why(ask, lang, with_value):
    found = ask(two(ask), top=f"constraints: {{budget: 10}}\n{value(20) if with_value else ''}")
    assert found.best is None
    assert (found.verdict.kind, found.verdict.pays) == ("none_feasible", None)
    assert found.sentence(lang).strip()
    for outcome in found.comparison.outcomes.values():
        assert outcome.status == "infeasible"
        (reason,) = [render(message, lang) for message in outcome.reasons]
        assert "10" in reason and "USD" in reason
    named = " ".join(found.because(lang))
    assert "Rented" in named and "Dear" in named


# ── ranking ───────────────────────────────────────────────────────────────────────────────────────────────

FREE = (
    "kind: academic, label: Granted, programme: ca_alliance_ras, accelerator: H100-SXM, lead_time_days: 0,"
    " accelerator_hours_per_month: 1000, queue_hours: 2190"
)
CAMPUS = "country: CA, academic_partner: true, commercial: false"


def test_value_ranks_by_npv_and_cost_by_cost(ask):
    """Free but three months later, or 1,000 at once: with 500 a month at stake waiting loses 1,500."""
    options = {"rent": ask.cloud(10), "grant": FREE}
    found = ask(options, top=value(500), organisation=CAMPUS)
    assert found.order == ("rent", "grant")
    assert found.comparison.outcomes["rent"].appraisal.npv.mean == pytest.approx(6000 - 1000)
    assert found.comparison.outcomes["grant"].appraisal.npv.mean == pytest.approx(9 * 500)
    assert found.comparison.outcomes["grant"].delay.mean == pytest.approx(3)
    assert found.standings["grant"].expected_regret == pytest.approx(500)
    # a hundred a month: waiting loses 300, renting 1,000
    assert ask(options, top=value(100), organisation=CAMPUS).order == ("grant", "rent")
    assert ask(options, organisation=CAMPUS).order == ("grant", "rent")
    by_cost = ask(options, top=value(500) + "\nranking: {criterion: present_cost}", organisation=CAMPUS)
    assert (by_cost.criterion, by_cost.best) == ("present_cost", "grant")


def test_a_delay_costs_or_shifts_never_both(ask):
    """With a stated cost of delay the benefits stay where they are, and 3 × 7 stand in the ledger."""
    late = ask.train(delay_cost_per_month=7)
    found = ask({"rent": ask.cloud(10), "grant": FREE}, late, top=value(500), organisation=CAMPUS)
    grant = found.comparison.outcomes["grant"]
    assert grant.delay is None
    assert grant.appraisal.benefits_present.mean == pytest.approx(6000)
    assert grant.present_cost.mean == pytest.approx(21)
    assert found.comparison.outcomes["rent"].present_cost.mean == pytest.approx(1000)


def test_a_delay_extends_what_is_spent_meanwhile(ask):
    """Two months of a developer at 1,000, and the three of the queue: a delay shifts benefits and extends burn."""
    team = "project_costs: {team: [{role: developer, salary_per_year: 12000, charges_fraction: 0, to_month: 2}]}"
    found = ask({"rent": ask.cloud(10), "grant": FREE}, top=f"{value(500)}\n{team}", organisation=CAMPUS)
    paid = {name: one.ledger.by("cost_type")["team"].item() for name, one in found.comparison.outcomes.items()}
    assert paid == pytest.approx({"rent": 2000, "grant": 5000})


@pytest.mark.parametrize("criterion", ["npv", "present_cost", "p90_cost", "p90_regret"])
def test_probabilities_sum_to_one(ask, criterion):
    options = {}
    for i, range_ in enumerate(("{low: 8, mode: 16, high: 40}", "{low: 8, mode: 20, high: 30}", "{p5: 10, p95: 30}")):
        place = "kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g"
        options[f"o{i}"] = f"{place}, {ask.quote(range_)}"
    found = ask(options, top=f"{value(40)}\nranking: {{criterion: {criterion}}}", draws=300)
    assert found.criterion == criterion
    assert sum(s.probability_best for s in found.standings.values()) == pytest.approx(1)
    assert all(0 < s.probability_best < 1 for s in found.standings.values())
    npv = np.hstack([found.comparison.outcomes[name].appraisal.npv.value for name in options])
    wins = (npv == npv.max(axis=1, keepdims=True)).mean(axis=0)  # work and dates are equal: cheapest = best NPV
    assert [found.standings[name].probability_best for name in options] == pytest.approx(list(wins))


def test_npv_without_benefits_falls_back_and_says_so(ask):
    found = ask(two(ask), top="ranking: {criterion: npv}")
    assert found.criterion == "present_cost"
    assert keys(found.warnings) == ["warning.npv_without_value"]


@pytest.mark.parametrize("name", ["constraints.budget", "deadline_month"])
def test_what_would_relax_it_is_said(ask, name):
    """As the reason for the cash floor does: it names the field to change."""
    if name == "constraints.budget":
        found = ask({"a": ask.cloud(1)}, top="constraints: {budget: 10}")
    else:  # a queue of three months before a deadline of two
        found = ask({"a": FREE}, ask.train(when="{deadline_month: 2}"), organisation=CAMPUS)
    (reason,) = found.comparison.outcomes["a"].reasons
    assert reason.key in ("reason.budget", "reason.deadline")
    assert name in render(reason, "en")


# ── what must hold ────────────────────────────────────────────────────────────────────────────────────────

CASH = "country: US, cash: 1000"


def test_cash_must_stay_above_its_floor(ask):
    found = ask(two(ask), top="constraints: {cash_floor: 850}", organisation=CASH)
    assert found.order == ("rent",)  # 900 are left; of the dear one nothing
    dear = found.comparison.outcomes["dear"]
    assert (dear.status, dear.feasible_probability) == ("infeasible", 0.0)
    assert keys(dear.reasons) == ["reason.cash_floor"]
    for lang in LANGUAGES:
        said = render(dear.reasons[0], lang)
        assert "850" in said and "cash_floor" in said  # and what would relax it


def test_the_floor_holds_in_nine_draws_of_ten(ask):
    """Cash of 1,000 less a bill that is 100 ± a little; the floor is a quantile of what is left."""
    place = "kind: cloud, provider: gcp, region: us-central1, instance: a3-highgpu-8g"
    options = {"rent": f"{place}, {ask.quote('{p5: 6, p95: 10}')}"}
    left = ask(options, organisation=CASH, draws=500).comparison.outcomes["rent"].cash.lowest[:, 0]
    for share, status in ((0.05, "priced"), (0.15, "infeasible")):
        floor = float(np.quantile(left, share))
        found = ask(options, organisation=CASH, draws=500, top=f"constraints: {{cash_floor: {floor}}}")
        outcome = found.comparison.outcomes["rent"]
        assert outcome.status == status
        assert outcome.feasible_probability == pytest.approx(1 - share, abs=0.01)


def test_a_floor_without_known_cash_does_not_bind(ask):
    assert ask(two(ask), top="constraints: {cash_floor: 850}").order == ("rent", "dear")
    assert ask(two(ask), organisation=CASH).order == ("rent", "dear")  # not set: shown only


def test_benefits_count_for_the_floor(ask):
    """900 at the start; month 1 brings 500 and costs 100 or 1,000: the dear one leaves 400."""
    found = ask(two(ask), top="constraints: {cash_floor: 450}\n" + value(500), organisation="country: US, cash: 900")
    assert found.order == ("rent",)
    assert found.comparison.outcomes["rent"].cash.lowest.item() == pytest.approx(900)
    assert found.comparison.outcomes["dear"].cash.lowest.item() == pytest.approx(400)


def test_the_document_tells_the_verdict(ask):
    document = comparison_document(ask(two(ask), top=value(20), draws=20))["recommendation"]
    assert (document["option"], document["verdict"], document["pays"]) == ("rent", "pays", True)
    assert document["probability_npv_positive"] == 1
    assert document["benefits_needed_multiple"] == pytest.approx(100 / 240)
