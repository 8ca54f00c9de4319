"""The runs of an MLPerf training log: its marks in time, what it says of itself, what it counted or tracked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from planner.benchmark.content import Content, mapping_of, number
from planner.benchmark.reader import positive
from planner.benchmark.steady import Series

MARK = ":::MLLOG"
MARKS = ("init_start", "init_stop", "run_start", "run_stop")
TOLD = ("global_batch_size", "submission_benchmark", "submission_platform", "train_samples", "max_sequence_length")
TRACKED = ("throughput", "imgs_sec")  # samples a second, by the submitter's own program
LONGEST_EVENT = 200_000  # characters
MOST_EPOCHS = 100_000
# Evaluation runs beside the training there, on accelerators of its own or from saved weights.
OVERLAPPING = ("ssd", "stable_diffusion")
FEWEST_SAMPLES = 100_000  # of a data set; retinanet's train_samples are batches
_decode = json.JSONDecoder().raw_decode


def events(content: Content) -> Iterator[dict[str, Any]]:
    """The events of a log; lines that are none are passed over."""
    for line in content.lines():
        at = line.find(MARK)
        if at < 0 or len(line) > LONGEST_EVENT:
            continue
        try:
            found, _ = _decode(line[at + len(MARK) :].lstrip())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("key"), str):
            yield found


class Run:
    """One run of a log."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self.values: dict[str, Any] = {}
        self.opened: dict[str, float] = {}
        self.spent = {"eval": 0.0, "block": 0.0}
        self.samples: float | None = None
        self.tracked, self.step_s = Series(), Series()
        self._epochs: set[float] = set()
        self._blocks: dict[float, float] = {}

    def add(self, event: dict[str, Any]) -> None:
        """One more event."""
        key, time = event["key"], number(event.get("time_ms"))
        if time is None:
            return
        if key in MARKS:
            self.first.setdefault(key, time)
            self.last[key] = time
        if key in TOLD:
            self.values.setdefault(key, event.get("value"))
        told = mapping_of(event.get("metadata"))
        self.samples = max(positive(number(told.get("samples_count"))) or 0.0, self.samples or 0.0) or None
        if key == "tracked_stats":
            self._track(mapping_of(event.get("value")))
        name, _, what = key.rpartition("_")
        if name in self.spent and what == "start":
            self.opened[name] = time
        elif name in self.spent and what == "stop" and name in self.opened:
            self.spent[name] += max(time - self.opened.pop(name), 0.0) / 1000
        self._count(key, told)

    def _track(self, stats: dict[str, Any]) -> None:
        rate = next((v for name in TRACKED if (v := positive(number(stats.get(name))))), None)
        if rate is not None:
            self.tracked.add(rate)
        if seconds := positive(number(stats.get("train_step_timing"))):
            self.step_s.add(seconds)

    def _count(self, key: str, told: dict[str, Any]) -> None:
        if key == "epoch_stop" and len(self._epochs) < MOST_EPOCHS:
            self._epochs.add(number(told.get("epoch_num")) or 0.0)
        first, count = number(told.get("first_epoch_num")), positive(number(told.get("epoch_count")))
        if key == "block_start" and first is not None and count and len(self._blocks) < MOST_EPOCHS:
            self._blocks[first] = count

    @property
    def epochs(self) -> float:
        """Epochs that were trained: those that ended, else those of the blocks; a part of the only one."""
        if len(self._epochs) == 1 and 0 < (only := next(iter(self._epochs))) < 1:
            return only
        return len(self._epochs) or sum(self._blocks.values())

    @property
    def trained(self) -> float | None:
        """Samples by epochs; None where train_samples counts tokens (language models) or batches."""
        samples = positive(number(self.values.get("train_samples")))
        if samples is None or samples < FEWEST_SAMPLES or self.is_language:
            return None
        return samples * self.epochs or None

    @property
    def is_language(self) -> bool:
        """Whether it names a length of sequences."""
        return "max_sequence_length" in self.values

    @property
    def evaluated_s(self) -> float:
        """Seconds in which it evaluated and did not train."""
        return 0.0 if self.values.get("submission_benchmark") in OVERLAPPING else self.spent["eval"]

    def between(self, start: str, stop: str) -> float | None:
        """Seconds between two marks."""
        return (self.last[stop] - self.first[start]) / 1000 if start in self.first and stop in self.last else None

    @property
    def weight(self) -> tuple[float, float]:
        """By which the run of a log is chosen: its samples, then its length."""
        return self.samples or 0.0, self.between("run_start", "run_stop") or 0.0


def longest(content: Content) -> tuple[Run, int]:
    """The run with the most samples, else the longest, and the number of others."""
    best, run, count = Run(), Run(), 1
    for event in events(content):
        if event["key"] in ("init_start", "run_start") and "run_stop" in run.last:
            if number(event.get("time_ms")) == run.first.get(event["key"]):
                continue  # printed late by another rank
            best, run, count = max(best, run, key=lambda one: one.weight), Run(), count + 1
        run.add(event)
    return max(run, best, key=lambda one: one.weight), count - 1
