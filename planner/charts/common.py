"""What the pictures share: tables beside them, colours of options, layout."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from planner.decide import Decision
from planner.scenario import Scenario
from planner.text import money

Array = NDArray[np.float64]

# Okabe and Ito's colours for all kinds of colour vision; a second turn of the list takes another dash.
OPTION_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#808080")
_DASHES = ("solid", "dash", "dot", "dashdot")
_TITLE_CHARACTERS = 85  # a longer finding takes a second line, so that a narrow screen shows it whole
_TITLE_LINE = 21  # pixels
_TITLE_TOP = 9  # pixels
_GRID = "rgba(128,128,128,0.25)"
_SEPARATORS = {"en": ".,", "fr": ",\u00a0"}
Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of a table as text, for display beside a chart."""

    columns: Row
    rows: tuple[Row, ...]


def option_colour(scenario: Scenario, option: str) -> str:
    """The colour of an option, the same in every picture: by its position in the file."""
    return OPTION_COLOURS[list(scenario.options).index(option) % len(OPTION_COLOURS)]


def option_dash(scenario: Scenario, option: str) -> str:
    """The dash of an option's line: tells apart two options of one colour."""
    turn = list(scenario.options).index(option) // len(OPTION_COLOURS)
    return _DASHES[turn % len(_DASHES)]


def safe(text: str) -> str:
    """Text that Plotly's small HTML shows letter by letter."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tight(text: str) -> str:
    """A sum or a short name that is not broken over two lines."""
    return text.replace(" ", "\u00a0")


def label(decision: Decision, option: str) -> str:
    """The option's label, safe inside Plotly's small HTML."""
    return safe(decision.comparison.outcomes[option].label)


def transparent(colour: str, opacity: float) -> str:
    """A #RRGGBB colour that lets the background through.

    >>> transparent("#0072B2", 0.18)
    'rgba(0,114,178,0.18)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def lay_out(figure: go.Figure, title: str, lang: str, height: int) -> None:
    """Give a picture the common look: finding at the top left, legend below, no background."""
    lines = wrap(safe(title), _TITLE_CHARACTERS)
    more = _TITLE_LINE * (len(lines) - 1)  # Plotly hangs the last line of a title there, and the others above
    figure.update_layout(
        title={
            "text": "<br>".join(lines),
            "font": {"size": 16},
            "x": 0,
            "xanchor": "left",
            "yanchor": "top",
            "y": 1 - (_TITLE_TOP + more) / (height + more),
        },
        separators=_SEPARATORS[lang],
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        height=height + more,
        margin={"l": 10, "r": 20, "t": 50 + more, "b": 10},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(gridcolor=_GRID, zerolinecolor=_GRID, automargin=True)
    figure.update_yaxes(gridcolor=_GRID, zerolinecolor=_GRID, automargin=True)


def spread(low: float | None, high: float | None, currency: str, lang: str) -> str:
    """Two sums as a range, the currency once.

    >>> spread(1000.0, 2000.0, "CAD", "en")
    '1,000–2,000 CAD'
    """
    if low is None or high is None:
        return "—"
    if low == high:
        return money(low, currency, lang)
    between = " – " if low < 0 or high < 0 else "–"
    return f"{money(low, currency, lang).removesuffix(currency).rstrip()}{between}{money(high, currency, lang)}"
