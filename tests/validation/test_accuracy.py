"""The estimator is as good as its pages say, with whole groups of measured rows left out.

The bounds stand a little beyond what `make validate` measures: they catch a loss, they are not the claim.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from planner.estimator.answers import AKIN, MODELLED, Z, scale_of
from planner.estimator.evidence import evidence_of
from planner.reference import Reference

EVIDENCE = evidence_of(Reference())


def left_out(domain, groups, rung):
    guess = domain.analogy.left_out(groups)
    scales = np.array([scale_of(domain, rung, one.asked) for one in domain.known])
    return guess.mean - domain.analogy.log_ratio, guess.sd * scales


def figures(log, sigma, at, sign=1):
    error = np.abs(np.exp(sign * log[at]) - 1)
    inside = np.abs(log[at]) <= Z * sigma[at]
    width = math.exp(2 * Z * float(np.median(sigma[at])))
    return float(np.median(error)), float(np.quantile(error, 0.9)), float((error <= 0.5).mean()), inside.mean(), width


def test_hours_of_pre_training_with_families_left_out():
    domain = EVIDENCE.training
    runs = np.array([
        one.asked.whole_run and one.asked.unit == "token" and one.asked.task == "pretrain"
        and one.asked.shape.architecture.startswith("transformer")
        for one in domain.known
    ])  # fmt: skip
    assert runs.sum() >= 45
    log, sigma = left_out(domain, [one.family for one in domain.known], MODELLED)
    median, _, within, inside, width = figures(log, sigma, runs, sign=-1)
    assert median <= 0.20
    assert within >= 0.80
    assert 0.75 <= inside <= 0.90
    assert width <= 3


def test_training_throughput():
    domain = EVIDENCE.training
    bench = np.array([not one.asked.whole_run and one.asked.sized for one in domain.known])
    pairs = [f"{one.family}|{one.accelerator}" for one in domain.known]
    log, sigma = left_out(domain, pairs, AKIN)
    median, _, _, inside, _ = figures(log, sigma, bench)
    assert median <= 0.20
    assert 0.75 <= inside <= 0.87
    language = bench & np.array([one.asked.shape.architecture.startswith("transformer") for one in domain.known])
    log, sigma = left_out(domain, [one.family for one in domain.known], MODELLED)
    median, _, _, inside, _ = figures(log, sigma, language)
    assert median <= 0.27
    assert 0.75 <= inside <= 0.90


@pytest.mark.parametrize(
    ("name", "most_median", "most_p90"), [("serving", 0.18, 0.52), ("items", 0.16, 0.50), ("time_to_train", 0.20, 0.65)]
)
def test_serving_with_pairs_of_model_and_accelerator_left_out(name, most_median, most_p90):
    domain = getattr(EVIDENCE, name)
    everything = np.ones(len(domain.known), bool)
    log, sigma = left_out(domain, [f"{one.model}|{one.accelerator}" for one in domain.known], AKIN)
    median, tenth, _, inside, _ = figures(log, sigma, everything)
    assert median <= most_median
    assert tenth <= most_p90
    assert 0.75 <= inside <= 0.87


def test_models_never_met_are_served_as_physics_says_or_better():
    domain = EVIDENCE.serving
    log, sigma = left_out(domain, [one.model for one in domain.known], MODELLED)
    median, _, _, inside, _ = figures(log, sigma, np.ones(len(domain.known), bool))
    assert median <= float(np.median(np.abs(np.exp(-domain.analogy.log_ratio) - 1)))
    assert 0.75 <= inside <= 0.90


@pytest.mark.parametrize("name", ["training", "serving", "items", "time_to_train"])
def test_what_is_stated_of_each_stratum_was_measured(name):
    stated = getattr(EVIDENCE, name).measured
    assert stated
    for stratum, facts in stated.items():
        assert 0.7 <= facts["coverage"] <= 1.0, stratum
        assert facts["families"] >= 1, stratum


def test_a_second_fit_changes_nothing(monkeypatch):
    # The smallest domain, one sweep; `make fit` does all of them to the end.
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "pricing_data"))
    from fitting.domains import leavings
    from fitting.search import fit

    domain, shipped = EVIDENCE.time_to_train, EVIDENCE.fitted["time_to_train"]
    start = {name: shipped[name] for name in ("terms", "lengths", "noise")}
    labels = [domain.noise_of(one.asked) for one in domain.known]
    again = fit(start, domain.analogy.cases, domain.analogy.log_ratio, labels, leavings(domain), sweeps=1)
    assert again == start
