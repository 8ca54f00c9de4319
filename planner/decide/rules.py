"""Rules of thumb of the mission's documents (C1 to C12), beside the numbers: agree or disagree, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.comparison import Comparison, Outcome
from planner.text import money, say
from planner.units import HOURS_PER_MONTH

EARLY = ("idea", "pre_seed", "seed")
RENTED = ("cloud", "spot", "marketplace", "notebook", "managed", "api_tokens")
OWNED = ("onprem", "colocation", "hybrid")
HEAVY_ACCELERATORS = 8  # one server's worth
HEAVY_USE = 0.6  # use from which owning is said to pay (60 to 75 % in the literature)
LIGHT_HOURS = 200.0  # accelerator-hours a month that a notebook subscription still carries
PART = 0.25  # least share of a workload that makes a kind part of a plan
STEADY_SPREAD = 1.5  # greatest ratio of the p90 to the p10 of the work of a predictable load


@dataclass(frozen=True)
class Rule:
    """A rule that speaks to this profile, in words; agrees: None where there is nothing to agree with."""

    id: str
    agrees: bool | None
    text: str


@dataclass(frozen=True)
class Profile:
    """What the rules look at."""

    comparison: Comparison

    @cached_property
    def early(self) -> bool:
        """A small start-up; unknown stages count as one."""
        return self.comparison.scenario.organisation.stage in (None, *EARLY)

    @cached_property
    def hours(self) -> float:
        """Reference accelerator-hours a month; 0 where no reference is known."""
        found = [figure.value.mean(axis=0) for figure in self.comparison.reference_hours.values()]
        return float(np.sum(found) / self.comparison.scenario.horizon.months) if found else 0.0

    @cached_property
    def heavy(self) -> bool:
        """More than a server's worth of work."""
        return self.hours >= HEAVY_ACCELERATORS * HOURS_PER_MONTH * HEAVY_USE

    @cached_property
    def light(self) -> bool:
        """Work that a notebook subscription still carries."""
        return 0 < self.hours <= LIGHT_HOURS

    @cached_property
    def busy_months(self) -> float:
        """Share of months with work."""
        works = self.comparison.works.values()
        used = np.any([(work.amount.value > 0).any(axis=0) for work in works], axis=0)
        return float(np.mean(used))

    @cached_property
    def continuous(self) -> bool:
        """Work in nine months of ten."""
        return self.busy_months >= 0.9

    @cached_property
    def predictable(self) -> bool:
        """Work whose p90 is near its p10."""
        for work in self.comparison.works.values():
            low, high = np.quantile(work.amount.value.sum(axis=1), (0.1, 0.9))
            if high > STEADY_SPREAD * low:
                return False
        return True

    @cached_property
    def guarded(self) -> bool:
        """Some data are sensitive or regulated."""
        return any(w.data.data_class in ("sensitive", "regulated") for w in self.comparison.scenario.workloads)

    @cached_property
    def patient(self) -> bool:
        """All work can be stopped and has no deadline."""
        work = self.comparison.scenario.workloads
        return all(w.interruptible and w.when.deadline_month is None and w.kind != "serving" for w in work)


@dataclass(frozen=True)
class Thumb:
    """One rule: whom it speaks to, and which kinds it points at."""

    id: str
    speaks: Callable[[Profile], bool]
    kinds: tuple[str, ...]


THUMBS = (
    Thumb("C1", lambda p: p.early and not p.guarded, ("spot", "marketplace")),
    Thumb("C2", lambda p: p.continuous and p.heavy, OWNED),
    Thumb("C3", lambda p: p.comparison.scenario.organisation.academic_partner, ("academic",)),
    Thumb("C4", lambda p: p.busy_months <= 0.25, RENTED),
    Thumb("C5", lambda p: p.continuous and p.predictable and p.guarded, ("onprem",)),
    Thumb("C6", lambda p: p.light and p.early and not p.guarded, ("notebook", "marketplace", "cloud")),
    Thumb("C7", lambda p: p.continuous and p.predictable and not p.early, ("hybrid", "onprem")),
    Thumb("C8", lambda p: any(o.kind == "hybrid" for o in p.comparison.outcomes.values()), ("hybrid",)),
    Thumb("C9", lambda p: p.guarded, ("cloud", "reserved", "managed", "onprem", "colocation", "hybrid", "sequence")),
    Thumb("C10", lambda p: p.comparison.scenario.organisation.stage is not None, ()),
    Thumb("C11", lambda p: p.patient, ("spot",)),
    Thumb("C12", lambda p: any(_is_workstation(o) for o in p.comparison.outcomes.values()), ()),
)


def profile_rules(comparison: Comparison, best: str | None, lang: str, tie: tuple[str, ...] = ()) -> list[Rule]:
    """The rules that speak to a scenario's profile, with whether the best plan agrees and what the difference costs.

    tie: plans that cannot be told from the best: a rule that points at one of them agrees.
    """
    if best is None:
        return []
    profile = Profile(comparison)
    leaders = [comparison.outcomes[name] for name in (best, *tie)]
    return [_rule(one, profile, leaders, lang) for one in THUMBS if one.speaks(profile)]


def _rule(thumb: Thumb, profile: Profile, leaders: list[Outcome], lang: str) -> Rule:
    kinds = thumb.kinds
    if thumb.id == "C10":
        kinds = RENTED if profile.early else (*OWNED, "sequence")
    if thumb.id == "C12":
        agrees = not _is_workstation(leaders[0])
        words = say("rule.agrees" if agrees else "rule.disagrees", lang)
        return Rule(thumb.id, agrees, f"{say('rule.C12', lang)} {words}")
    statement = say(f"rule.{thumb.id}" + (".grown" if thumb.id == "C10" and not profile.early else ""), lang)
    others = profile.comparison.outcomes
    used = {one.kind for one in leaders}
    for best in leaders:
        used |= {others[p.served_by].kind for p in best.placement if p.served_by in others and p.share >= PART}
    agrees = bool(used & set(kinds))
    return Rule(thumb.id, agrees, f"{statement} {_why(agrees, kinds, profile.comparison, leaders[0], lang)}")


def _why(agrees: bool, kinds: tuple[str, ...], comparison: Comparison, best: Outcome, lang: str) -> str:
    if agrees:
        return say("rule.agrees", lang)
    such = [one for one in comparison.ranked() if one.kind in kinds]
    if such:
        assert such[0].present_cost is not None and best.present_cost is not None
        gap = such[0].present_cost.mean - best.present_cost.mean
        currency = comparison.scenario.reporting_currency
        key = "rule.disagrees_gap" if gap > 0 else "rule.disagrees_other"
        return say(key, lang, option=such[0].label, gap=money(abs(gap), currency, lang))
    refused = [one for one in comparison.outcomes.values() if one.kind in kinds]
    if refused:
        return say("rule.disagrees_refused", lang, option=refused[0].label)
    return say("rule.disagrees_absent", lang)


def _is_workstation(outcome: Outcome) -> bool:
    """Own hardware of cards made for desks."""
    if outcome.kind != "onprem" or outcome.ledger is None:
        return False
    return any((line.accelerator or "").startswith("RTX") for line in outcome.ledger.lines)
