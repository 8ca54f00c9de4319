"""Doubt as pictures: what moves the answer, and which option wins where."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from planner.charts.common import Table, label, lay_out, option_colour, safe, tight
from planner.charts.input_words import input_label, unit_alone, value_alone
from planner.sensitivity import Sensitivity, Swing, WinMap
from planner.text import money, number, percent, say

Of = Literal["lead", "worth"]
MOST_BARS = 12
_LOW, _HIGH, _BAR = "#3366AA", "#CC7722", "rgba(128,128,128,0.35)"
_ROOM = 0.14  # of the width of all bars, on both sides, for the values at their ends
_LABEL_CHARACTERS = 34
_LEAST_CELLS = 4  # of an option on the map that gets its name written there


# ── what moves it ─────────────────────────────────────────────────────────────────────────────────────────


def bars_of(found: Sensitivity, of: Of) -> tuple[Swing, ...]:
    """The longest bars of one tornado."""
    return (found.tornado if of == "lead" else found.worth)[:MOST_BARS]


def _what(found: Sensitivity, of: Of, lang: str) -> str:
    """The name of what moves, for a sentence."""
    outcomes = found.decision.comparison.outcomes
    first, second = found.pair
    if of == "lead" and second is not None:
        return say("chart.tornado.of_lead", lang, first=outcomes[first].label, second=outcomes[second].label)
    key = "chart.tornado.of_worth" if found.decision.comparison.has_value else "chart.tornado.of_cost"
    return say(key, lang, first=outcomes[first].label)


def tornado_finding(found: Sensitivity, lang: str, of: Of = "lead") -> str:
    """The finding of a tornado: its longest bar."""
    comparison, bars = found.decision.comparison, bars_of(found, of)
    if not bars:
        return say("chart.tornado.nothing", lang, what=_what(found, of, lang))
    first, currency = bars[0], comparison.scenario.reporting_currency
    low, high = sorted((first.low, first.high))
    return say(
        "chart.tornado.finding", lang, input=input_label(first.input.name, comparison, lang),
        what=_what(found, of, lang), low=tight(money(low, currency, lang)), high=tight(money(high, currency, lang)),
    )  # fmt: skip


def tornado_chart(found: Sensitivity, lang: str, of: Of = "lead") -> go.Figure:
    """One bar for each input: what counts at its p10 and at its p90, the values of the input at the ends."""
    comparison = found.decision.comparison
    currency, bars = comparison.scenario.reporting_currency, list(reversed(bars_of(found, of)))
    rows = [str(i) for i in range(len(bars))]  # two inputs may have one name
    figure = go.Figure()
    figure.add_bar(
        x=[bar.high - bar.low for bar in bars], base=[bar.low for bar in bars], y=rows, orientation="h",
        marker={"color": _BAR, "line": {"width": 0}}, showlegend=False, hoverinfo="skip", width=0.5,
    )  # fmt: skip
    for end, colour, key in (("low", _LOW, "chart.tornado.low"), ("high", _HIGH, "chart.tornado.high")):
        _draw_ends(figure, bars, rows, end, colour, say(key, lang), currency, lang)
    plan = found.plan_lead if of == "lead" else found.plan_worth
    _draw_lines(figure, bars, plan, currency, lang)
    height = 150 + 40 * max(1, len(bars))
    lay_out(figure, tornado_finding(found, lang, of), lang, height)
    figure.update_layout(legend={"y": -75 / (height - 90), "traceorder": "normal"})
    ends = [plan, *(value for bar in bars for value in (bar.low, bar.high))]
    room = _ROOM * ((max(ends) - min(ends)) or abs(plan) or 1.0)
    figure.update_xaxes(
        title=say(f"chart.tornado.axis_{of if comparison.has_value or of == 'lead' else 'cost'}", lang,
                  currency=currency),
        tickformat=",.0f", nticks=7, range=[min(ends) - room, max(ends) + room],
    )  # fmt: skip
    figure.update_yaxes(
        tickmode="array", tickvals=rows, showgrid=False, type="category",
        ticktext=[_tick(bar, found, lang) for bar in bars],
    )  # fmt: skip
    return figure


def _draw_ends(
    figure: go.Figure, bars: list[Swing], rows: list[str], end: str, colour: str, title: str, currency: str, lang: str
) -> None:
    """Marks at one end of all bars, with the value of the input there and what counts then."""
    values = [getattr(bar, end) for bar in bars]
    others = [bar.high if end == "low" else bar.low for bar in bars]
    words = [value_alone(getattr(bar, f"{end}_at"), bar.input, lang) for bar in bars]
    figure.add_scatter(
        x=values, y=rows, mode="markers+text", name=title,
        marker={"color": colour, "size": 16, "symbol": "line-ns", "line": {"color": colour, "width": 4}},
        text=[f" {word} " for word in words], textfont={"size": 12}, cliponaxis=False,
        textposition=["middle left" if v < o else "middle right" for v, o in zip(values, others, strict=True)],
        customdata=[f"{word}: {money(value, currency, lang)}" for word, value in zip(words, values, strict=True)],
        hovertemplate="%{customdata}<extra>" + title + "</extra>",
    )  # fmt: skip


def _draw_lines(figure: go.Figure, bars: list[Swing], plan: float, currency: str, lang: str) -> None:
    """The plan, all inputs central; and zero, where the answer turns, when it lies among the bars."""
    figure.add_vline(
        x=plan, line={"dash": "dot", "width": 2, "color": "#808080"}, layer="below",
        annotation={"text": say("chart.tornado.plan", lang, amount=money(plan, currency, lang)),
                    "yref": "paper", "y": 1, "yanchor": "bottom", "font": {"size": 12},
                    "xanchor": _outwards(plan, bars)},
    )  # fmt: skip
    ends = [value for bar in bars for value in (bar.low, bar.high)]
    if ends and min(ends) < 0 < max(ends):
        figure.add_vline(x=0, line={"width": 1, "color": "#CC3311"}, layer="below")


def _outwards(x: float, bars: list[Swing]) -> str:
    """The side of a line on which its words stand, so that they stay inside the picture."""
    ends = [x, *(value for bar in bars for value in (bar.low, bar.high))]
    return "right" if x > (min(ends) + max(ends)) / 2 else "left"


def _tick(bar: Swing, found: Sensitivity, lang: str) -> str:
    """The input's name over two lines where it is long, its unit in small print."""
    lines = wrap(input_label(bar.input.name, found.decision.comparison, lang), _LABEL_CHARACTERS, max_lines=2)
    unit = unit_alone(bar.input, lang)
    small = f" <span style='font-size:10px'>[{safe(unit)}]</span>" if unit else ""
    return "<br>".join(safe(line) for line in lines) + small + "  "


# ── who wins where ────────────────────────────────────────────────────────────────────────────────────────


def _columns(found: WinMap, lang: str) -> list[str]:
    """Levels across, in words: use of the hardware where it is known, else demand."""
    if found.use is not None:
        return [number(100 * use, lang, 2) + (" %" if lang == "fr" else "%") for use in found.use]
    return [_times(level, lang) for level in found.demand]


def _times(level: float, lang: str) -> str:
    return f"× {number(level, lang)}"


def _today(found: WinMap) -> tuple[int, int]:
    """Row and column of today's prices and demand."""
    return found.price.index(1.0), found.demand.index(1.0)


def win_map_finding(found: Sensitivity, lang: str) -> str:
    """The finding of the map: where another option takes over, along use first, then along prices."""
    map_, outcomes = found.win_map, found.decision.comparison.outcomes
    assert map_ is not None
    row, column = _today(map_)
    across, up = list(map_.winner[row]), [line[column] for line in map_.winner]
    today = outcomes[across[column]].label
    counts = Counter(name for line in map_.winner for name in line)
    if len(counts) == 1:
        return say("chart.map.always", lang, option=today)
    turns = [i for i in range(1, len(across)) if across[i] != across[i - 1]]
    if len(turns) == 1:
        below, above = (outcomes[across[i]].label for i in (turns[0] - 1, turns[0]))
        key = "chart.map.from_use" if map_.use is not None else "chart.map.from_demand"
        return say(key, lang, above=above, below=below, level=_columns(map_, lang)[turns[0]])
    turns = [i for i in range(1, len(up)) if up[i] != up[i - 1]]
    if len(turns) == 1:
        below, above = (outcomes[up[i]].label for i in (turns[0] - 1, turns[0]))
        return say("chart.map.from_price", lang, above=above, below=below, level=_times(map_.price[turns[0]], lang))
    share = percent(counts[across[column]] / counts.total(), lang)
    return say("chart.map.share", lang, option=today, share=share)


def win_map_chart(found: Sensitivity, lang: str) -> go.Figure:
    """Cells in the colour of the option that wins there: use or demand across, level of rented prices up."""
    map_, comparison = found.win_map, found.decision.comparison
    assert map_ is not None
    counts = Counter(name for line in map_.winner for name in line)
    names = [name for name in found.decision.order if name in counts]
    colours = [option_colour(comparison.scenario, name) for name in names]
    columns, prices = _columns(map_, lang), [_times(level, lang) for level in map_.price]
    figure = go.Figure()
    figure.add_heatmap(
        z=[[names.index(name) for name in line] for line in map_.winner], zmin=-0.5, zmax=len(names) - 0.5,
        colorscale=_steps(colours), showscale=False, xgap=1, ygap=1, opacity=0.85,
        customdata=[
            [f"{label(found.decision, name)}<br>{_times(map_.demand[j], lang)} · {columns[j]}<br>{prices[i]}"
             for j, name in enumerate(line)] for i, line in enumerate(map_.winner)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    for name, colour in zip(names, colours, strict=True):
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=label(found.decision, name),
            marker={"symbol": "square", "size": 12, "color": colour},
        )  # fmt: skip
        if counts[name] >= _LEAST_CELLS:
            _name_region(figure, map_, name, label(found.decision, name))
    row, column = _today(map_)
    figure.add_shape(
        type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5, line={"width": 3, "color": "#FFFFFF"}
    )
    figure.add_scatter(
        x=[column], y=[row], mode="markers", name=say("chart.map.today", lang), hoverinfo="skip",
        marker={"symbol": "star", "size": 11, "color": "#FFFFFF", "line": {"width": 1, "color": "#000000"}},
    )  # fmt: skip
    lay_out(figure, win_map_finding(found, lang), lang, 480)
    _axes(figure, found, columns, prices, lang)
    return figure


def _steps(colours: list[str]) -> list[list[float | str]]:
    """A scale of flat steps, one for each colour."""
    n = len(colours)
    return [[edge / n, colour] for i, colour in enumerate(colours) for edge in (i, i + 1)]


def _name_region(figure: go.Figure, map_: WinMap, name: str, title: str) -> None:
    """The option's name on its own cell nearest to the middle of its cells: colours alone do not tell everyone."""
    cells = np.array([(i, j) for i, line in enumerate(map_.winner) for j, one in enumerate(line) if one == name])
    today = np.array(_today(map_))
    away = np.abs(cells - cells.mean(axis=0)).sum(axis=1) + 100.0 * (cells[:, 0] == today[0])
    i, j = cells[int(away.argmin())]
    figure.add_annotation(
        x=int(j), y=int(i), text=f"<b>{title}</b>", showarrow=False, font={"size": 12, "color": "#000000"},
        bgcolor="rgba(255,255,255,0.8)", borderpad=2,
    )  # fmt: skip


def _axes(figure: go.Figure, found: Sensitivity, columns: list[str], prices: list[str], lang: str) -> None:
    map_ = found.win_map
    assert map_ is not None
    if map_.use_of is not None:
        title = say("chart.map.use", lang, option=label(found.decision, map_.use_of))
    else:
        title = say("chart.map.demand", lang)
    ticks = {"tickmode": "array", "showgrid": False, "zeroline": False}
    figure.update_xaxes(title=title, tickvals=list(range(len(columns))), ticktext=columns, **ticks)
    figure.update_yaxes(title=say("chart.map.price", lang), tickvals=list(range(len(prices))), ticktext=prices, **ticks)


def win_map_table(found: Sensitivity, lang: str) -> Table:
    """The map as a table of names, dearest prices first."""
    map_, outcomes = found.win_map, found.decision.comparison.outcomes
    assert map_ is not None
    rows = [
        (_times(level, lang), *(outcomes[name].label for name in line))
        for level, line in zip(map_.price, map_.winner, strict=True)
    ]
    return Table((say("chart.map.price", lang), *_columns(map_, lang)), tuple(reversed(rows)))
