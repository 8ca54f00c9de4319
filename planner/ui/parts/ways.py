"""How each way of getting compute works: what no figure says."""

from __future__ import annotations

import streamlit as st

from planner.decide import Decision
from planner.text import say
from planner.ui import widgets

ASPECTS = ("good", "bad", "fit")


def show(decision: Decision, lang: str) -> None:
    """A card for each kind of option in the scenario."""
    kinds = dict.fromkeys(outcome.kind for outcome in decision.comparison.outcomes.values())
    widgets.cards(
        [
            widgets.Card(
                title=_capital(say(f"page.kind.{kind}", lang)),
                pairs=tuple(
                    (say(f"page.how.{aspect}", lang), say(f"page.how.{kind}.{aspect}", lang)) for aspect in ASPECTS
                ),
            )
            for kind in kinds
        ]
    )
    st.caption(say("page.how.customisation", lang))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
