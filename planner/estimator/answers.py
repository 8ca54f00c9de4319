"""Estimates with their interval and evidence: physics × what like cases taught, by the best evidence at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.estimator.analogy import Array
from planner.estimator.evidence import Domain, Known, model_stem
from planner.estimator.time_to_train import TimeToTrain
from planner.estimator.training import Training

NOMINAL = 0.8  # of the interval from p10 to p90
Z = 1.2815515655446004  # standard normal quantile at 90 %
MOST_OF_CEILING = 0.9  # of the peak of the sheet: no measured training is above, 0.85 in 16 bits
MEDIAN_OF_CEILING = 0.85  # of that: the median stays below it
WIDEST = 100.0  # p90 over p10 from which there is no answer
UNKNOWN_SCALE = 1.5  # before anything is calibrated
PUBLISHED, AKIN, MODELLED = "published", "akin", "modelled"
LABELS_OF_ACCELERATOR = {"accelerator", "generation", "vendor"}
LABELS_OF_WORKLOAD = {"model", "family", "stack", "engine", "framework", "scenario", "workload", "architecture",
                      "kind", "benchmark", "version"}  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """Estimates side by side: median, standard deviation of the log, rung of the evidence, what is never exceeded."""

    median: Array
    sigma: Array
    rung: list[str]
    most: Array

    @property
    def p10(self) -> Array:
        """Below in one case of ten."""
        return np.asarray(self.median * np.exp(-Z * self.sigma))

    @property
    def p90(self) -> Array:
        """Above in one case of ten."""
        return np.asarray(np.minimum(self.median * np.exp(Z * self.sigma), self.most))


def stratum(domain: str, rung: str, asked: Any) -> str:
    """Where an interval is calibrated: the rung of the evidence; training apart by kind of figure and of model."""
    if domain != "training":
        return rung
    assert isinstance(asked, Training)
    kind = "language" if asked.shape.architecture in ("transformer_dense", "transformer_moe") else "other"
    return f"{rung}.{kind}.{'run' if asked.whole_run else 'benchmark'}"


def scale_of(domain: Domain, rung: str, asked: Any) -> float:
    """Factor on the spread: of the stratum, else of all strata of the rung."""
    return domain.scale.get(stratum(domain.name, rung, asked), domain.scale.get(rung, UNKNOWN_SCALE))


def name_of(asked: Any) -> str:
    """Model or benchmark of what is asked."""
    return str(asked.benchmark if isinstance(asked, TimeToTrain) else asked.model)


def identity(known: Known, row_id: str, asked: Any) -> bool:
    """Whether a row that is asked for is a measured one: same id, model and accelerator."""
    return known.id == row_id and known.model == name_of(asked) and known.accelerator == asked.accelerator.id


def spread(
    domain: Domain,
    asked: Sequence[Any],
    *,
    ids: Sequence[str] | None = None,
    without_family: Sequence[str] | None = None,
) -> Spread:
    """The estimates of a domain.

    ids: of the rows asked for: a measured row says nothing about itself. without_family: of each a family whose
    measurements count for nothing, "" for none.
    """
    log_physics = domain.log_physics(asked)
    cases = domain.cases_of(asked)
    excluded = np.array(without_family if without_family is not None else [""] * len(asked))
    itself = np.full(len(asked), -1)
    for i, row_id in enumerate(ids or []):
        place = domain.by_id.get(row_id, -1)
        if place >= 0 and identity(domain.known[place], row_id, asked[i]):
            itself[i] = place
    mean, sd, rung = np.zeros(len(asked)), np.zeros(len(asked)), [MODELLED] * len(asked)
    noise = domain.noises(asked)
    for family in np.unique(excluded):
        at = np.flatnonzero(excluded == family)
        kept = domain.families != family
        places = np.cumsum(kept) - 1
        own = np.array([places[i] if i >= 0 and kept[i] else -1 for i in itself[at]], dtype=np.intp)
        guess = domain.analogy.guess(cases.take(at), kept, noise[at], own)
        mean[at], sd[at] = guess.mean, guess.sd
        for place in map(int, at):
            rung[place] = rung_of(domain, asked[place], kept, int(itself[place]))
    scales = np.array([scale_of(domain, one, what) for one, what in zip(rung, asked, strict=True)])
    most = MOST_OF_CEILING * domain.ceiling(asked) if domain.ceiling else np.full(len(asked), np.inf)
    return Spread(np.minimum(np.exp(log_physics + mean), MEDIAN_OF_CEILING * most), sd * scales, rung, most)


def rung_of(domain: Domain, asked: Any, kept: NDArray[np.bool_], itself: int = -1) -> str:
    """published: the same model on the same accelerator was measured; akin: its family was; else modelled."""
    places = domain.pairs.get((name_of(asked), asked.accelerator.id))
    if places is not None and bool((kept[places] & (places != itself)).any()):
        return PUBLISHED
    family = family_of(domain, asked)
    same = (domain.families == family) & kept
    if itself >= 0:
        same[itself] = False
    return AKIN if same.any() else MODELLED


def family_of(domain: Domain, asked: Any) -> str:
    """The family of what is asked, as the evidence names families."""
    if domain.name == "training":
        return str(asked.family)
    if domain.name == "time_to_train":
        return str(asked.benchmark)
    return model_stem(asked.model)


def evidence_word(rung: str) -> str:
    """published or modelled, as the contract says it: measurements of kin are part of the model."""
    return {PUBLISHED: "published", AKIN: "modelled", MODELLED: "modelled"}[rung]


def needs_published(domain: Domain, asked: Any, rung: str) -> bool:
    """Whether only a measurement of the same model can answer: its size or its work is not known."""
    if domain.name == "time_to_train":
        return rung == MODELLED
    return not getattr(asked, "sized", True) and rung == MODELLED


def shared_variance(domain: Domain) -> tuple[float, float, float]:
    """Shares of the error that belong to the workload and its software, to the accelerator, and to the rest."""
    workload = accelerator = rest = 0.0
    for term in domain.kernel.terms:
        if term.linear and term.variance > 1.0:
            continue
        labels = set(term.labels)
        if labels & LABELS_OF_ACCELERATOR and not labels & LABELS_OF_WORKLOAD:
            accelerator += term.variance
        elif labels & LABELS_OF_WORKLOAD and not labels & LABELS_OF_ACCELERATOR:
            workload += term.variance
        elif labels:
            rest += term.variance
    rest += float(np.mean(list(domain.noise.values())))
    total = workload + accelerator + rest
    return workload / total, accelerator / total, rest / total
