"""One estimate with what stands behind it: nearest measured cases, a run of one's own, what would narrow it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from planner.errors import NotPriced, PlannerError
from planner.estimator.answers import (
    MEDIAN_OF_CEILING,
    MOST_OF_CEILING,
    PUBLISHED,
    Z,
    evidence_word,
    family_of,
    name_of,
    needs_published,
    rung_of,
    scale_of,
    shared_variance,
    stratum,
)
from planner.estimator.deployment import Deployment
from planner.estimator.evidence import Domain
from planner.estimator.items import Items
from planner.estimator.scaling import SEQUENCE_DOUBT, SEQUENCE_LOSS, Point, rate_at
from planner.estimator.training import Training
from planner.figure import Source
from planner.reference import Accelerator

MEASURED, TRANSFERRED = "measured", "transferred"
RUN_SIGMA = 0.05  # log error of a measured run on the same accelerators: MLPerf and fleet repeats, 1.07 to 1.09
DIGITS = 6  # of the log: the last ones differ from machine to machine
SHOWN = 5
LOADED = ("offline", "closed_loop")  # scenarios whose load keeps the accelerators busy


@dataclass(frozen=True)
class OwnRun:
    """A speed that the user measured [native unit per second and accelerator], on so many accelerators.

    sigma: standard deviation of its log. others: further runs of the same work on the same accelerator (rate, count,
    sigma). of: what was run, where that is another model than the one asked for.
    """

    rate: float
    accelerator: Accelerator
    n_accelerators: float | None = None
    sigma: float = RUN_SIGMA
    others: tuple[Point, ...] = ()
    of: Any = None


@dataclass(frozen=True)
class Nearest:
    """A measured case near what is asked: likeness from 0 to 1, its rate, its rate over its physics, its source."""

    id: str
    model: str
    accelerator: str
    likeness: float
    rate: float
    over_physics: float
    source: Source


MOST_ANSWERED = 4096  # questions whose answers are kept


@dataclass(frozen=True)
class Estimated:
    """An estimated rate. sigma: standard deviation of its log. physics: the rate before anything measured.

    shares: of the log variance, of workload and software, of the accelerator, of the rest.
    sigma_with_run: what a measured run on this accelerator would leave.
    """

    p10: float
    p50: float
    p90: float
    sigma: float
    physics: float
    evidence: str
    stratum: str
    families: int
    coverage: float | None
    nearest: tuple[Nearest, ...]
    shares: tuple[float, float, float]
    sigma_with_run: float = RUN_SIGMA

    @property
    def correction(self) -> float:
        """Median over physics: what the measured cases taught."""
        return self.p50 / self.physics


def estimated(domain: Domain, asked: Any, *, own: OwnRun | None = None, exclude_family: str = "") -> Estimated:
    """The rate of what is asked [native unit per second].

    The same question is answered once. Raises NotPriced where the size is not known and no measurement of the same
    model is at hand.
    """
    if own is not None:
        return _estimated(domain, asked, own, exclude_family)
    key = (asked, exclude_family)
    if key not in domain.answered:
        if len(domain.answered) >= MOST_ANSWERED:
            domain.answered.clear()
        domain.answered[key] = _estimated(domain, asked, None, exclude_family)
    found: Estimated = domain.answered[key]
    return found


def _estimated(domain: Domain, asked: Any, own: OwnRun | None, exclude_family: str) -> Estimated:
    physics = float(np.exp(domain.log_physics([asked]))[0])
    cases = domain.cases_of([asked])
    family = family_of(domain, asked) if exclude_family == "self" else exclude_family
    kept = domain.families != family
    rung = rung_of(domain, asked, kept)
    if rung != PUBLISHED and own is None and needs_published(domain, asked, rung):
        raise NotPriced("estimate.size_unknown", name=name_of(asked))
    noise = domain.noises([asked])
    guess = domain.analogy.guess(cases, kept, noise)
    scale = scale_of(domain, rung, asked)
    mean, sigma, evidence = float(guess.mean[0]), float(guess.sd[0]) * scale, evidence_word(rung)
    if own is not None:
        widest = math.inf if own.of is None else sigma  # what another model's run does not teach, it does not blur
        mean, sigma, evidence = _with_run(domain, asked, own, kept, scale)
        sigma = min(sigma, widest)
    mean, sigma = round(mean, DIGITS), round(sigma, DIGITS)
    facts = domain.measured.get(stratum(domain.name, rung, asked), domain.measured.get(rung, {}))
    places, likeness = domain.analogy.nearest(cases, SHOWN, kept)
    near = tuple(
        Nearest(
            domain.known[i].id, domain.known[i].row["model"], domain.known[i].accelerator, float(like),
            math.exp(domain.known[i].log_measured), math.exp(float(domain.analogy.log_ratio[i])),
            domain.known[i].row.source("published_measurement"),
        )
        for i, like in zip(places, likeness, strict=True)
    )  # fmt: skip
    middle, most = physics * math.exp(mean), math.inf
    if domain.ceiling is not None:
        most = MOST_OF_CEILING * float(domain.ceiling([asked])[0])
        middle = middle if evidence == MEASURED else min(middle, MEDIAN_OF_CEILING * most)
    high = max(middle, min(middle * math.exp(Z * sigma), most))
    return Estimated(
        middle * math.exp(-Z * sigma), middle, high, sigma, physics, evidence, stratum(domain.name, rung, asked),
        int(facts.get("families", 0)), facts.get("coverage"), near, shared_variance(domain),
    )  # fmt: skip


def _with_run(domain: Domain, asked: Any, own: OwnRun, kept: Any, scale: float) -> tuple[float, float, str]:
    """Mean and spread of the log ratio once the user's run is known, and the rung.

    The run joins the measured cases: what it says about the workload moves to other accelerators and counts. Across
    accelerators the interval is at least as wide as the ratios of compute and of bandwidth are apart.
    """
    wanted = getattr(asked, "n_accelerators", None)
    count = own.n_accelerators or wanted or 1.0
    same_card = own.accelerator.id == asked.accelerator.id
    home = replace(own.of or asked, accelerator=own.accelerator, n_accelerators=count)
    if isinstance(home, Deployment) and own.accelerator.memory_gib is not None:
        home = replace(home, memory_gib=own.accelerator.memory_gib)
    log_rate = math.log(own.rate * _size(home))
    if domain.ceiling is not None and math.exp(log_rate) > float(domain.ceiling([home])[0]):
        raise PlannerError("estimate.above_peak", rate=own.rate, accelerator=own.accelerator.id)
    points = ((own.rate, count, own.sigma), *own.others)
    if same_card and own.of is None:
        log_rate, sigma = rate_at(points, wanted or count)
        found = log_rate + math.log(_size(asked)) - float(domain.log_physics([asked])[0])
        return found, sigma, MEASURED if (wanted or count) in {at for _, at, _ in points} else TRANSFERRED
    log_ratio = log_rate - float(domain.log_physics([home])[0])
    if same_card and (longer := _longer(asked, own.of)) is not None:
        at_count, sigma = rate_at(points, wanted or count)
        moved = log_ratio + at_count - log_rate - SEQUENCE_LOSS * longer
        return moved, math.hypot(sigma, SEQUENCE_DOUBT * longer), TRANSFERRED
    mean, covariance = domain.analogy.together(
        domain.cases_of([asked]), domain.cases_of([home]), kept
    )  # fmt: skip
    covariance = covariance * scale**2
    gain = covariance[0, 1] / (covariance[1, 1] + own.sigma**2)
    moved = mean[0] + gain * (log_ratio - mean[1])
    left = covariance[0, 0] - gain * covariance[0, 1] + own.sigma**2
    floor = 0.0 if same_card else _apart(asked.accelerator, own.accelerator) / (2 * Z)
    return float(moved), float(max(math.sqrt(max(left, 0.0)), floor, own.sigma)), TRANSFERRED


def _longer(asked: Any, of: Any) -> float | None:
    """Log of the sequence length over that of a training which differs in nothing else; None for any other."""
    if not isinstance(asked, Training) or not asked.seq_len or not of.seq_len:
        return None
    same = replace(of, seq_len=asked.seq_len, accelerator=asked.accelerator, n_accelerators=asked.n_accelerators)
    return math.log(asked.seq_len / of.seq_len) if same == asked else None


def _size(asked: Any) -> float:
    """Accelerators that the native rate is of: those of a deployment, one of a training."""
    return float(asked.n_accelerators) if isinstance(asked, Deployment | Items) else 1.0


def _apart(to: Accelerator, home: Accelerator) -> float:
    """How far the ratios of compute and of bandwidth of two accelerators are apart, as a log."""
    peaks, bands = [card.peak_tflops("bf16") for card in (to, home)], [card.bandwidth_gbs for card in (to, home)]
    if peaks[0] is None or peaks[1] is None or bands[0] is None or bands[1] is None:
        return 0.0
    return abs(math.log(peaks[0][0] / peaks[1][0]) - math.log(bands[0] / bands[1]))


Served = TypeVar("Served", Deployment, Items)


def with_usual_software(asked: Served, domain: Domain) -> Served:
    """The same with the software, and the way of measuring, that its evidence has most: of the engine given, the same
    model, else its kind; always loads without arrivals."""
    known: list[Any] = [one.asked for one in domain.known]
    known = [one for one in known if one.scenario in LOADED]
    alike = [one for one in known if getattr(one, "kind", "") == getattr(asked, "kind", "")] or known
    alike = [one for one in alike if not asked.engine or one.engine == asked.engine] or alike
    alike = [one for one in alike if one.bits == asked.bits] or alike
    alike = [one for one in alike if one.model == asked.model] or alike
    counts = Counter((one.engine, one.stack, one.scenario, getattr(one, "workload", "")) for one in alike)
    (engine, stack, scenario, workload), _ = min(counts.items(), key=lambda item: (-item[1], item[0]))
    usual = {"engine": asked.engine or engine, "stack": stack, "scenario": scenario}
    if hasattr(asked, "workload"):
        usual["workload"] = workload
    return replace(asked, **usual)
