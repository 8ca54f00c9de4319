"""The speeds that a comparison rests on, in words: interval and evidence of each."""

from __future__ import annotations

from planner.comparison import Comparison
from planner.text import number, say, unit_words
from planner.uncertainty import quantiles


def _rounded(value: float | None) -> float | None:
    """Three significant digits: more would feign what the interval denies."""
    return None if value is None else float(f"{value:.3g}")


def speed_lines(comparison: Comparison, lang: str) -> list[str]:
    """One line per workload and accelerator: median, p10 to p90, unit, what it rests on."""
    lines = []
    for (name, accelerator), rate in comparison.rates.items():
        q = quantiles(rate.per_hour.value)
        low, middle, high = (number(_rounded(value), lang) for value in (q.p10, q.p50, q.p90))
        key = "speed.exact" if low == high else "speed.between"
        evidence = say(f"evidence.{rate.evidence}", lang)
        lines.append(say(key, lang, name=name, accelerator=accelerator, low=low, middle=middle, high=high,
                         unit=unit_words(rate.per_hour.unit, lang), evidence=evidence))  # fmt: skip
    return lines
