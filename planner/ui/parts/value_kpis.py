"""What a project is worth in five figures."""

from __future__ import annotations

from planner.appraisal import Appraisal
from planner.comparison import Outcome
from planner.decide import Decision
from planner.text import money, number, percent, say
from planner.ui import widgets
from planner.uncertainty import quantiles

MOST = 0.5  # share of draws without payback above which there is none in the middle draw
Item = tuple[str, str, str, str | None]


def show(decision: Decision, lang: str) -> None:
    """Net present value, share of draws that pay, return, payback and runway of the best plan."""
    assert decision.best is not None
    best = decision.comparison.outcomes[decision.best]
    assert best.appraisal is not None
    found, currency = best.appraisal, decision.comparison.scenario.reporting_currency
    npv = quantiles(found.npv.value)
    low, high = money(npv.p10, currency, lang), money(npv.p90, currency, lang)
    widgets.kpi_row(
        [
            (
                say("page.kpi.npv", lang),
                money(npv.mean, currency, lang),
                say("page.kpi.range", lang, low=low.removesuffix(currency).rstrip(), high=high),
                say("page.kpi.npv_help", lang),
            ),
            (
                say("page.kpi.positive", lang),
                percent(float((found.npv.value > 0).mean()), lang),
                say("page.kpi.draws", lang, draws=number(decision.comparison.draws.n, lang)),
                None,
            ),
            _roi(found, lang),
            _payback(found, lang),
            _runway(best, decision, lang),
        ]
    )


def _roi(found: Appraisal, lang: str) -> Item:
    q = quantiles(found.roi)
    small = say("page.kpi.middle", lang, low=_whole(q.p10, lang), high=_whole(q.p90, lang))
    return say("page.kpi.roi", lang), percent(q.p50, lang), small, say("page.kpi.roi_help", lang)


def _whole(fraction: float | None, lang: str) -> str:
    """A percentage that is not broken over two lines."""
    return percent(fraction, lang).replace(" ", "\u00a0")


def _payback(found: Appraisal, lang: str) -> Item:
    """The middle of the draws that pay back; "never" where most do not."""
    q = quantiles(found.payback)
    title, note = say("page.kpi.payback", lang), say("page.kpi.payback_help", lang)
    never = say("page.kpi.never", lang, share=percent(q.share_none, lang))
    if q.p50 is None:
        return title, say("value.never", lang), never, note
    months = say("chart.timeline.months", lang, count=number(q.p50, lang, 2))
    low, high = number(q.p10, lang, 2), number(q.p90, lang, 2)
    if q.share_none > MOST:
        share = percent(q.share_none, lang)
        small = say("page.kpi.payback_else", lang, share=share, months=months, low=low, high=high)
        return title, say("value.never", lang), small, note
    small = say("page.kpi.payback_small", lang, low=low, high=high)
    return title, months, f"{small}, {never}" if q.share_none else small, note


def _runway(best: Outcome, decision: Decision, lang: str) -> Item:
    cash, months = best.cash, decision.comparison.scenario.horizon.months
    title, note = say("page.kpi.runway", lang), say("page.kpi.runway_help", lang)
    if cash is None or not cash.start_known:
        return title, "—", say("page.kpi.no_cash", lang), note

    def words(month: int | None) -> str:
        key = "page.kpi.runway_beyond" if month is None else "page.kpi.runway_month"
        return say(key, lang, months=months, month=month)

    return (
        title,
        words(cash.runway_base),
        say("page.kpi.runway_small", lang, stressed=words(cash.runway_stressed)),
        note,
    )
