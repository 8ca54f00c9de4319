"""What is not in the ranking, and what would let it in."""

from __future__ import annotations

from planner import charts
from planner.comparison import Comparison, Outcome
from planner.decide import Decision
from planner.text import percent, render, say
from planner.ui import widgets

ORDER = ("partial", "infeasible", "not_priced")  # nearest to a full plan first


def refused(comparison: Comparison) -> list[Outcome]:
    """Options that are no full plan, by status, then as in the file."""
    found = [outcome for outcome in comparison.outcomes.values() if not outcome.ranked]
    return sorted(found, key=lambda outcome: ORDER.index(outcome.status))


def show(decision: Decision, lang: str) -> None:
    """A card for each refused option, with all its reasons."""
    comparison = decision.comparison
    widgets.cards(
        [
            widgets.Card(
                title=outcome.label,
                tags=(say(f"page.kind.{outcome.kind}", lang), say(f"page.status.{outcome.status}", lang)),
                colour=charts.option_colour(comparison.scenario, outcome.id),
                lines=(*_shares(comparison, outcome, lang), *(render(reason, lang) for reason in outcome.reasons)),
            )
            for outcome in refused(comparison)
        ]
    )


def _shares(comparison: Comparison, outcome: Outcome, lang: str) -> tuple[str, ...]:
    """What a partial plan serves, of the work that its reasons do not name."""
    if outcome.status != "partial":
        return ()
    named = {reason.arguments.get("name") for reason in outcome.reasons if reason.key == "reason.partial"}
    served = dict.fromkeys((name for name in comparison.works if name not in named), 0.0)
    for place in outcome.placement:
        if place.served_by != "none" and place.workload in served:
            served[place.workload] += place.share
    if not served:
        return ()
    shares = ", ".join(f"{name} {percent(share, lang)}" for name, share in served.items())
    return (say("page.serves", lang, shares=shares),)
