"""The measured rows that estimates lean on, and the fitted analogy over them: training, serving, items."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.errors import PlannerError
from planner.estimator import deployment, items, training
from planner.estimator.analogy import Analogy, Array, Cases, Kernel, Term
from planner.estimator.deployment import Deployment
from planner.estimator.items import Items, items_of
from planner.estimator.serving import Fitted
from planner.estimator.serving_rows import deployment_of, is_language
from planner.estimator.time_to_train import TimeToTrain, time_to_train_of
from planner.estimator.training import Training
from planner.estimator.training_rows import TIME_TO_TRAIN, training_of, work_of
from planner.prices import PriceBook
from planner.reference import Reference
from planner.tables import Row
from planner.units import SECONDS_PER_HOUR

FITTED = "estimator.json"
# Nothing lost: all of the bandwidth, of the peak of the format and of the links, no launches.
IDEAL = Fitted(1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0)
# Implied utilisation outside of these bounds says that a row's work or hours mean something else.
PLAUSIBLE_UTILISATION = (0.008, 1.5)
LEAST_OF_A_RUN = 0.05  # of a language model's whole run: below, the hours hold more than the run
Asked = Training | Deployment | Items | TimeToTrain


@dataclass(frozen=True)
class Known:
    """One measured case: what was asked, the log of what was measured, its row and names."""

    asked: Asked
    log_measured: float
    row: Row
    id: str
    model: str
    family: str
    accelerator: str
    group: str  # cases that repeat one measurement: left out together when the interval is calibrated


@dataclass(frozen=True)
class Domain:
    """A kind of estimate: its measured cases, how physics and cases are computed, and what was fitted."""

    name: str
    known: Sequence[Known]
    log_physics: Callable[[Sequence[Any]], Array]
    cases_of: Callable[[Sequence[Any]], Cases]
    kernel: Kernel
    noise: Mapping[str, float]
    noise_of: Callable[[Any], str]
    scale: Mapping[str, float] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ceiling: Callable[[Sequence[Any]], Array] | None = None  # what no measurement passes
    answered: dict[tuple[Any, str], Any] = field(default_factory=dict, repr=False)  # estimates made before, by question

    @cached_property
    def analogy(self) -> Analogy:
        """The Gaussian process over the measured cases."""
        asked = [one.asked for one in self.known]
        ratio = np.array([one.log_measured for one in self.known]) - self.log_physics(asked)
        return Analogy(self.kernel, self.cases_of(asked), ratio, self.noises(asked))

    def noises(self, asked: Sequence[Any]) -> Array:
        """Variance of one measurement of each."""
        return np.array([self.noise[self.noise_of(one)] for one in asked])

    @cached_property
    def by_id(self) -> dict[str, int]:
        """Place of each measured case by the id of its row."""
        return {one.id: place for place, one in enumerate(self.known)}

    @cached_property
    def pairs(self) -> dict[tuple[str, str], NDArray[np.intp]]:
        """Places of the measured cases by model and accelerator."""
        places: dict[tuple[str, str], list[int]] = {}
        for place, one in enumerate(self.known):
            places.setdefault((one.model, one.accelerator), []).append(place)
        return {pair: np.array(found) for pair, found in places.items()}

    @cached_property
    def families(self) -> NDArray[np.str_]:
        """Family of each measured case."""
        return np.array([one.family for one in self.known])


def kernel_of(document: Mapping[str, Any]) -> Kernel:
    """The kernel as the fitted file writes it."""
    terms = tuple(
        Term(tuple(one["labels"]), tuple(one["features"]), one["variance"], one.get("linear", False))
        for one in document["terms"]
    )
    return Kernel(terms, document["lengths"])


def training_known(reference: Reference) -> list[Known]:
    """Measured training speeds [units per second and accelerator]: whole runs and benchmarks without objection."""
    found = []
    for table, column in (("measured/training_runs.csv", "run_id"), ("measured/training_throughput.csv", "row_id")):
        for row in reference.folder.table(table):
            if row["flag"] or row["task"] == TIME_TO_TRAIN:
                continue
            try:
                asked = training_of(row.cells, reference, whole_run=column == "run_id")
                speed = _training_speed(row, asked)
                if speed is None:
                    continue
                training.physics(asked)
            except PlannerError:
                continue
            if not _is_plausible(asked, speed):
                continue
            same = "|".join([asked.model, asked.accelerator.id, asked.framework, asked.precision, asked.task])
            found.append(Known(
                asked, math.log(speed), row, row[column], asked.model, asked.family, asked.accelerator.id, same
            ))  # fmt: skip
    return found


def _is_plausible(asked: Training, speed: float) -> bool:
    if not asked.sized:
        return True
    least, most = PLAUSIBLE_UTILISATION
    if asked.whole_run and asked.unit == "token" and asked.shape.architecture.startswith("transformer"):
        least = LEAST_OF_A_RUN
    return least < speed / training.ceiling(asked) < most


def _training_speed(row: Row, asked: Training) -> float | None:
    if asked.whole_run:
        hours = row.number("accelerator_hours")
        return work_of(row.cells) / hours / SECONDS_PER_HOUR if hours else None
    return row.number("throughput_per_accel")


def _thinned(found: list[Known], key: Callable[[Any], Any], order: Callable[[Any], Any], most: int) -> list[Known]:
    """At most some cases of each setting, evenly over its loads: a sweep says little more than its corners."""
    settings: dict[Any, list[Known]] = {}
    for one in found:
        settings.setdefault(key(one.asked), []).append(one)
    kept: set[str] = set()
    for rows in settings.values():
        rows.sort(key=lambda one: (order(one.asked), one.id))
        step = (len(rows) - 1) / (most - 1)
        places = range(len(rows)) if len(rows) <= most else (round(i * step) for i in range(most))
        kept |= {rows[place].id for place in places}
    return [one for one in found if one.id in kept]


def model_stem(model: str) -> str:
    """Family of a served model: the letters at the start of its name."""
    letters = [i for i, letter in enumerate(model) if not letter.isalpha()]
    return model[: letters[0]] if letters and letters[0] else model


def _served(reference: Reference, column: str, wanted: Callable[[Row], bool], read: Callable[..., Any]) -> list[Known]:
    """Measured rows of the serving table with a rate in a column, without objection, as cases."""
    found = []
    for row in reference.folder.table("measured/serving_throughput.csv"):
        speed = row.number(column)
        if row["flag"] or not speed or not wanted(row):
            continue
        try:
            asked = read(row.cells, reference)
        except PlannerError:
            continue
        group = f"{asked.model}|{asked.accelerator.id}|{asked.stack}|{asked.bits}|{asked.scenario}"
        stem, card = model_stem(asked.model), asked.accelerator.id
        found.append(Known(asked, math.log(speed), row, row["row_id"], asked.model, stem, card, group))
    return found


def serving_known(reference: Reference, *, thin: bool = True) -> list[Known]:
    """Measured serving speeds [output token/s of the deployment] without objection; thin: five of each sweep."""
    found = _served(reference, "output_tokens_per_s", lambda row: is_language(row.cells), deployment_of)
    if not thin:
        return found
    return _thinned(
        found,
        lambda one: (one.model, one.accelerator.id, one.stack, one.bits, one.scenario, one.parallelism, one.workload),
        lambda one: (one.concurrency, one.prompt + one.answer),
        5,
    )


def items_known(reference: Reference) -> list[Known]:
    """Measured rates of images, clips, audio, sequences … [item/s of the deployment], three of each sweep."""
    return _thinned(
        _served(reference, "requests_per_s", lambda row: not is_language(row.cells), items_of),
        lambda one: (one.model, one.accelerator.id, one.stack, one.bits, one.scenario, one.unit),
        lambda one: (one.batch or 0.0, one.n_accelerators, one.flops),
        3,
    )


def time_to_train_known(reference: Reference) -> list[Known]:
    """Accelerator-hours of published times to a quality target, without objection."""
    found = []
    for row in reference.folder.table("measured/training_runs.csv"):
        hours = row.number("accelerator_hours")
        if row["flag"] or row["task"] != TIME_TO_TRAIN or not hours:
            continue
        try:
            asked = time_to_train_of(row.cells, reference)
        except PlannerError:
            continue
        group = f"{asked.benchmark}|{asked.accelerator.id}|{asked.version}"
        found.append(Known(
            asked, math.log(hours), row, row["run_id"], asked.benchmark, asked.benchmark, asked.accelerator.id, group
        ))  # fmt: skip
    return found


class Evidence:
    """The four domains over one folder of data, each read when first asked."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.fitted: dict[str, Any] = reference.folder.document(FITTED)

    @cached_property
    def constants(self) -> Fitted:
        """Constants of the two-phase roofline."""
        return Fitted(**self.fitted["serving"]["constants"])

    def _domain(
        self, name: str, known: Sequence[Known], log_physics: Callable[[Sequence[Any]], Array],
        cases_of: Callable[[Sequence[Any]], Cases], noise_of: Callable[[Any], str] = lambda _: "all",
        ceiling: Callable[[Sequence[Any]], Array] | None = None,
    ) -> Domain:  # fmt: skip
        document = self.fitted[name]
        return Domain(
            name, known, log_physics, cases_of, kernel_of(document), document["noise"], noise_of, document["scale"],
            document.get("measured", {}), ceiling,
        )  # fmt: skip

    @cached_property
    def training(self) -> Domain:
        """Training speeds."""
        return self._domain(
            "training", training_known(self.reference), training.log_physics, training.cases_of,
            lambda one: "run" if one.whole_run else "benchmark",
            lambda asked: np.array([training.ceiling(one) for one in asked]),
        )  # fmt: skip

    @cached_property
    def serving(self) -> Domain:
        """Serving speeds of language models."""
        return self.serving_over(serving_known(self.reference))

    def serving_over(self, known: Sequence[Known]) -> Domain:
        """The serving domain over other measured cases."""
        return self._domain(
            "serving", known,
            lambda asked: np.log(deployment.stack(asked, self.constants).rate),
            lambda asked: deployment.cases_of(asked, deployment.stack(asked, self.constants)),
            ceiling=lambda asked: deployment.stack(asked, IDEAL).rate,
        )  # fmt: skip

    @cached_property
    def items(self) -> Domain:
        """Rates of images, clips, audio, sequences and other items."""
        return self._domain(
            "items",
            items_known(self.reference),
            items.log_physics,
            items.cases_of,
            ceiling=lambda asked: np.array([items.ceiling(one) for one in asked]),
        )

    @cached_property
    def time_to_train(self) -> Domain:
        """Accelerator-hours to a quality target."""
        from planner.estimator import time_to_train

        return self._domain(
            "time_to_train", time_to_train_known(self.reference), time_to_train.log_physics, time_to_train.cases_of
        )


_LOADED: dict[tuple[str, str], Evidence] = {}


def evidence_of(source: Reference | PriceBook) -> Evidence:
    """The evidence of a folder of data, read once for all readers of the same files."""
    reference = source if isinstance(source, Reference) else Reference(source.folder)
    key = (str(reference.folder.path), reference.folder.sha256)
    if key not in _LOADED:
        _LOADED[key] = Evidence(reference)
    return _LOADED[key]
