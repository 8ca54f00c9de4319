"""What measured runs did to a decision, in lines for a reader and as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planner.charts.measured import SAME_WIDTH, interval
from planner.decide import Decision
from planner.measured import BOTH_TOKEN, OUTPUT_TOKEN, SAMPLE, TOKEN
from planner.run_effect import RunEffect, SpeedChange, probability
from planner.text import money, number, percent, render, say, unit_words
from planner.uncertainty import Quantiles, quantiles

AGAINST = ("benchmark.input_bound", "benchmark.other_span", "benchmark.energy_differs", "benchmark.other_device",
           "benchmark.told_differs")  # fmt: skip
PER_SECOND = {TOKEN: "tokens/s", OUTPUT_TOKEN: "output tokens/s", BOTH_TOKEN: "tokens/s (input+output)",
              SAMPLE: "samples/s"}  # fmt: skip


def run_effect_lines(effect: RunEffect, lang: str, *, speeds: bool = True) -> list[str]:
    """Runs, verdict, probability and cost of the best option, speeds where asked for: before and after."""
    lines = []
    for name, runs in effect.runs.items():
        for run in runs:
            key = "run_effect.run" if run.n_accelerators else "run_effect.run_one"
            lines.append(say(key, lang, name=name, file=Path(run.source.locator).name, tool=run.tool or run.format,
                             rate=number(run.per_second, lang, 4), unit=unit_words(PER_SECOND[run.unit], lang),
                             count=number(run.n_accelerators, lang), accelerator=run.accelerator))  # fmt: skip
            lines += [render(one, lang) for one in run.warnings if one.key in AGAINST]
    before, after = effect.before, effect.after
    if before is None:
        lines.append(say("run_effect.first", lang, reason=render(effect.why, lang) if effect.why else ""))
    elif effect.verdict_changed:
        lines.append(say("run_effect.turned", lang, sentence=before.sentence(lang)))
    elif after.best is not None:
        lines.append(say("run_effect.holds", lang, label=after.comparison.outcomes[after.best].label))
    chances = [probability(one) for one in (before, after)]
    if chances[0] is not None and chances[1] is not None:
        lines.append(say("run_effect.probability", lang, before=percent(chances[0], lang),
                         after=percent(chances[1], lang)))  # fmt: skip
    costs = [_cost(one, after.best) for one in (before, after)]
    if costs[0] is not None and costs[1] is not None and after.best is not None:
        currency = after.comparison.scenario.reporting_currency
        shown = [_interval(money, q, currency, lang) for q in costs if q is not None]
        label = after.comparison.outcomes[after.best].label
        lines.append(say("run_effect.cost", lang, label=label, before=shown[0], after=shown[1]))
    return lines + [_speed_line(speed, lang) for speed in effect.speeds if speeds]


def _cost(decision: Decision | None, option: str | None) -> Quantiles | None:
    """Present cost of an option; None where it has none."""
    if decision is None or option is None:
        return None
    figure = decision.comparison.outcomes[option].present_cost
    return quantiles(figure.value) if figure is not None else None


def _interval(shown: Any, q: Quantiles, currency: str, lang: str) -> str:
    mean, low, high = (shown(value, currency, lang) for value in (q.mean, q.p10, q.p90))
    return str(mean) if low == high else f"{mean} ({low} – {high})"


def _speed_line(speed: SpeedChange, lang: str) -> str:
    unit = unit_words(speed.unit, lang)
    before = say("run_effect.unknown", lang) if speed.before is None else interval(speed.before, lang)
    evidence = say(f"evidence.{speed.after_evidence}", lang)
    line = say("run_effect.speed", lang, name=speed.workload, accelerator=speed.accelerator, before=before,
               after=interval(speed.after, lang), unit=unit, evidence=evidence)  # fmt: skip
    if speed.narrowing is None:
        return line
    if SAME_WIDTH <= speed.narrowing <= 1 / SAME_WIDTH:
        return say("run_effect.with_width", lang, line=line, width=say("run_effect.same_width", lang))
    if speed.narrowing > 1.0:
        width = say("run_effect.wider", lang, factor=number(speed.narrowing, lang, 2))
        return say("run_effect.with_width", lang, line=line, width=width)
    factor = number(1 / max(speed.narrowing, 1e-9), lang, 2)
    return say("run_effect.with_width", lang, line=line, width=say("run_effect.narrower", lang, factor=factor))


def run_effect_document(effect: RunEffect | None, lang: str) -> dict[str, Any] | None:
    """The same as plain data; None without measured runs."""
    if effect is None:
        return None
    return {
        "runs": [
            {
                "workload": name,
                "file": run.source.locator,
                "format": run.format,
                "per_second_and_accelerator": run.per_second,
                "unit": run.unit,
                "accelerator": run.accelerator,
                "n_accelerators": run.n_accelerators or None,
                "sigma": run.sigma,
                "power_w": run.power_w,
                "utilisation": run.utilisation,
                "billed_accelerator_hours": run.billed_hours,
                "warnings": [render(message, lang) for message in run.warnings],
            }
            for name, runs in effect.runs.items()
            for run in runs
        ],
        "verdict_changed": effect.verdict_changed,
        "before": _decision(effect.before, lang),
        "after": _decision(effect.after, lang),
        "reason": render(effect.why, lang) if effect.why is not None else None,
        "speeds": [
            {
                "workload": one.workload,
                "accelerator": one.accelerator,
                "unit": one.unit,
                "before": _document(one.before),
                "before_evidence": one.before_evidence or None,
                "after": _document(one.after),
                "after_evidence": one.after_evidence,
                "width_ratio": one.narrowing,
            }
            for one in effect.speeds
        ],
    }


def _decision(decision: Decision | None, lang: str) -> dict[str, Any] | None:
    if decision is None:
        return None
    cost = _cost(decision, decision.best)
    return {
        "best": decision.best,
        "sentence": decision.sentence(lang),
        "probability_best": probability(decision),
        "present_cost": _document(cost),
    }


def _document(q: Quantiles | None) -> dict[str, float | None] | None:
    return None if q is None else {"mean": q.mean, "p10": q.p10, "p50": q.p50, "p90": q.p90}
