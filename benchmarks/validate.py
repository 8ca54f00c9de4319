"""Error tables of the estimator, with whole groups of measured rows left out: `make validate`.

Every row is foretold from the others, never from its own group, and beside it by simple estimators on the same rows.
Hyperparameters are fitted on all rows; `--nested` fits them anew on half of the families and foretells the other half.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "pricing_data"), str(ROOT / "benchmarks")]

from peers import llm_analysis  # noqa: E402

from planner.errors import PlannerError  # noqa: E402
from planner.estimator import deployment, scaling, training  # noqa: E402
from planner.estimator.analogy import Analogy, Guess  # noqa: E402
from planner.estimator.answers import AKIN, MODELLED, PUBLISHED, Z, scale_of  # noqa: E402
from planner.estimator.evidence import Domain, Known, evidence_of, kernel_of, serving_known  # noqa: E402
from planner.estimator.single import RUN_SIGMA, OwnRun, estimated  # noqa: E402
from planner.reference import Reference  # noqa: E402
from planner.workload.transfer import ratio_between  # noqa: E402

Array = NDArray[np.float64]
BOOTSTRAPS = 400
MOST_PAIRS = 12  # of accelerators that one work was measured on
# What must agree for two measured cases to be one work.
SAME_WORK = ("model", "task", "precision", "bits", "seq_len", "n_accelerators", "framework", "engine", "prompt",
             "answer", "concurrency")  # fmt: skip
HEAD = f"{'':44s}{'rows':>6s}{'families':>9s}{'median':>8s}{'p90':>7s}{'≤25 %':>7s}{'≤50 %':>7s}{'in 80 %':>14s}"
HEAD += f"{'width':>7s}"


def error_row(name: str, ratio: Array, families: Sequence[str], sigma: Array | None = None) -> str:
    """One line: ratio = predicted over measured; sigma: of its log; the standard error is over families."""
    error = np.abs(ratio - 1)
    labels = np.array(families)
    line = (
        f"{name:44s}{len(ratio):6d}{len(set(families)):9d}{np.median(error):8.1%}{np.quantile(error, 0.9):7.0%}"
        f"{np.mean(error <= 0.25):7.0%}{np.mean(error <= 0.5):7.0%}"
    )
    if sigma is None:
        return line + f"{'—':>14s}{'—':>7s}"
    inside = np.abs(np.log(ratio)) <= Z * sigma
    draw = np.random.default_rng(0)
    kinds = np.unique(labels)
    groups = {kind: inside[labels == kind] for kind in kinds}
    shares = [np.concatenate([groups[k] for k in draw.choice(kinds, len(kinds))]).mean() for _ in range(BOOTSTRAPS)]
    return line + f"{inside.mean():8.0%} ± {np.std(shares):3.0%}{math.exp(2 * Z * float(np.median(sigma))):7.2f}"


def left_out(domain: Domain, groups: Sequence[str], rung: str, analogy: Analogy | None = None) -> tuple[Array, Array]:
    """Log of predicted over measured and the calibrated sigma of each measured case, its group left out."""
    analogy = analogy or domain.analogy
    guess: Guess = analogy.left_out(groups)
    scales = np.array([scale_of(domain, rung, one.asked) for one in domain.known])
    return guess.mean - analogy.log_ratio, guess.sd * scales


def language_runs(domain: Domain) -> NDArray[np.bool_]:
    """Whole pre-trainings of language models with their tokens."""
    return np.array([
        one.asked.whole_run and one.asked.unit == "token" and one.asked.task == "pretrain"
        and one.asked.shape.architecture in ("transformer_dense", "transformer_moe")
        for one in domain.known
    ])  # fmt: skip


def simple_training(domain: Domain, share: float, attention: bool) -> Array:
    """Log of predicted over measured rate at one utilisation for all: 6·N·D, or our FLOPs."""
    out = []
    for one in domain.known:
        asked = one.asked
        flops = training.flops_per_unit(asked)
        if not attention and asked.shape.layers:
            flops = (
                6 * asked.shape.parameters_active * (1 if asked.unit == "token" else training.sequence_length(asked))
            )
        out.append(math.log(training.peak_flops(asked.accelerator, asked.precision) * share / flops) - one.log_measured)
    return np.array(out)


def show(title: str, lines: Sequence[str]) -> None:
    """A table under its title."""
    print(f"\n{title}\n{HEAD}")
    print("\n".join(lines))


def training_tables(domain: Domain) -> None:
    """Whole runs in hours, benchmarks in units per second."""
    families = [one.family for one in domain.known]
    pairs = [f"{one.family}|{one.accelerator}" for one in domain.known]
    runs = language_runs(domain)
    bench = np.array([not one.asked.whole_run for one in domain.known])
    language = np.array([one.asked.shape.architecture.startswith("transformer") for one in domain.known])
    sized = np.array([one.asked.sized for one in domain.known])

    def line(name: str, log: Array, at: NDArray[np.bool_], sigma: Array | None, hours: bool = False) -> str:
        own = [family for family, keep in zip(families, at, strict=True) if keep]
        return error_row(name, np.exp(-log[at] if hours else log[at]), own, None if sigma is None else sigma[at])

    log, sigma = left_out(domain, families, MODELLED)
    show("Pre-training of language models, accelerator-hours; families left out whole", [
        line("this estimator", log, runs, sigma, hours=True),
        line("6·N·D at 40 %", simple_training(domain, 0.4, attention=False), runs, None, hours=True),
        line("6·N·D + attention at 40 %", simple_training(domain, 0.4, attention=True), runs, None, hours=True),
        line("plain roofline (100 %)", simple_training(domain, 1.0, attention=True), runs, None, hours=True),
        peer(domain, runs, families),
    ])  # fmt: skip
    pair_log, pair_sigma = left_out(domain, pairs, AKIN)
    flat = simple_training(domain, 0.4, attention=True)
    show("Training throughput", [
        line("all, family × accelerator left out", pair_log, bench & sized, pair_sigma),
        line("language models, families left out whole", log, bench & language, sigma),
        line("language models, family × accelerator out", pair_log, bench & language, pair_sigma),
        line("others, families left out whole", log, bench & ~language & sized, sigma),
        line("others, family × accelerator out", pair_log, bench & ~language & sized, pair_sigma),
        line("40 % of the peak, all", flat, bench & sized, None),
        line("40 % of the peak, language models", flat, bench & language, None),
    ])  # fmt: skip
    show("With a run of the same model on the same accelerators", [own_runs(domain), other_lengths(domain)])
    show("With a run of the same work on another accelerator, families left out whole", transfers(domain))


def peer(domain: Domain, at: NDArray[np.bool_], families: Sequence[str]) -> str:
    """llm-analysis on the same runs, where it is installed."""
    rows = np.flatnonzero(at)
    found = llm_analysis([domain.known[i] for i in rows])
    if found is None:
        return "llm-analysis: not installed"
    kept = ~np.isnan(found)
    return error_row("llm-analysis, its defaults", np.exp(-found[kept]), [families[i] for i in rows[kept]])


def own_runs(domain: Domain) -> str:
    """Each benchmark foretold from another count of the same accelerators, as a user's own run would be."""
    by_setting: dict[tuple[object, ...], list[tuple[float, float, str]]] = {}
    for one in domain.known:
        asked = one.asked
        if asked.whole_run or not asked.n_accelerators or not asked.sized:
            continue
        key = (
            asked.model,
            one.accelerator,
            asked.framework,
            asked.precision,
            asked.task,
            asked.seq_len,
            asked.micro_batch,
        )
        by_setting.setdefault(key, []).append((asked.n_accelerators, one.log_measured, one.family))
    ratios, families, sigmas = [], [], []
    for rows in by_setting.values():
        rows.sort()
        for (home, known, _), (count, measured, family) in itertools.pairwise(rows):
            if count == home:
                continue
            steps = math.log(count / home)
            ratios.append(math.exp(known - scaling.LOSS * steps - measured))
            families.append(family)
            sigmas.append(math.hypot(RUN_SIGMA, scaling.DOUBT * steps))
    return error_row("next larger count from the smaller", np.array(ratios), families, np.array(sigmas))


def other_lengths(domain: Domain) -> str:
    """Each benchmark foretold from another sequence length of the same model, accelerators and software."""
    by_setting: dict[tuple[object, ...], list[int]] = {}
    for i, one in enumerate(domain.known):
        asked = one.asked
        if not asked.whole_run and asked.unit == "token" and asked.seq_len:
            key = (asked.model, one.accelerator, asked.framework, asked.precision, asked.task, asked.n_accelerators)
            by_setting.setdefault(key, []).append(i)
    ratios, families, sigmas = [], [], []
    for home, away in (pair for rows in by_setting.values() for pair in itertools.combinations(rows, 2)):
        steps = math.log(domain.known[away].asked.seq_len / domain.known[home].asked.seq_len)
        if steps:
            apart = domain.analogy.log_ratio[away] - domain.analogy.log_ratio[home]
            ratios.append(math.exp(-scaling.SEQUENCE_LOSS * steps - apart))
            families.append(domain.known[home].family)
            sigmas.append(math.hypot(RUN_SIGMA, scaling.SEQUENCE_DOUBT * steps))
    return error_row("another sequence length", np.array(ratios), families, np.array(sigmas))


def transfers(domain: Domain) -> list[str]:
    """Each measured case foretold from the same work on another accelerator: by likeness, and by the sheets alone."""
    groups: dict[tuple[object, ...], dict[str, Known]] = {}
    for one in domain.known:
        asked = one.asked
        if not getattr(asked, "whole_run", False):
            key = tuple(getattr(asked, name, None) for name in SAME_WORK)
            groups.setdefault(key, {}).setdefault(one.accelerator, one)
    draw, found = np.random.default_rng(0), []
    for cards in groups.values():
        pairs = list(itertools.permutations(cards.values(), 2))
        for i in draw.permutation(len(pairs))[:MOST_PAIRS]:
            home, to = pairs[i]
            with contextlib.suppress(PlannerError):
                ratio, doubt, _ = ratio_between(home.asked.accelerator, to.asked.accelerator, "bf16")
                own = OwnRun(_each(home), home.asked.accelerator, getattr(home.asked, "n_accelerators", None))
                moved = estimated(domain, to.asked, own=own, exclude_family=home.family)
                found.append((
                    moved.p50 / math.exp(to.log_measured), moved.sigma, home.family,
                    ratio * math.exp(home.log_measured - to.log_measured), math.hypot(doubt, RUN_SIGMA),
                ))  # fmt: skip
    families = [one[2] for one in found]
    return [
        error_row(f"{domain.name}: the run joins the measured cases", np.array([one[0] for one in found]), families,
                  np.array([one[1] for one in found])),
        error_row(f"{domain.name}: the ratios of the sheets", np.array([one[3] for one in found]), families,
                  np.array([one[4] for one in found])),
    ]  # fmt: skip


def _each(known: Known) -> float:
    """Measured rate of one accelerator."""
    size = 1.0 if isinstance(known.asked, training.Training) else known.asked.n_accelerators
    return math.exp(known.log_measured) / float(size)


def served_tables(domain: Domain, everything: Domain | None, title: str, physics: Callable[[], Array] | None) -> None:
    """Serving of language models or of items: pairs, models and accelerators left out."""
    families = [one.model for one in domain.known]
    ways = {
        "model × accelerator left out": ([f"{one.model}|{one.accelerator}" for one in domain.known], AKIN),
        "measurement left out, pair known": ([one.group for one in domain.known], PUBLISHED),
        "accelerator left out": ([one.accelerator for one in domain.known], AKIN),
        "model left out": (families, MODELLED),
        "family left out whole": ([one.family for one in domain.known], MODELLED),
    }
    lines = []
    sized = np.array([getattr(one.asked, "sized", True) for one in domain.known])
    for name, (groups, rung) in ways.items():
        at = sized | (rung != MODELLED)
        log, sigma = left_out(domain, groups, rung)
        own = [family for family, keep in zip(families, at, strict=True) if keep]
        lines.append(error_row(name, np.exp(log[at]), own, sigma[at]))
    if physics is not None:
        lines.append(error_row("fitted physics alone", np.exp(-domain.analogy.log_ratio), families))
        lines.append(error_row("roofline at 100 %", np.exp(physics()), families))
    show(title, lines)
    if everything is not None:
        pairs = np.array([f"{one.model}|{one.accelerator}" for one in domain.known])
        logs, sigmas = np.zeros(len(everything.known)), np.zeros(len(everything.known))
        asked = [one.asked for one in everything.known]
        cases, log_physics = domain.cases_of(asked), domain.log_physics(asked)
        names = np.array([f"{one.model}|{one.accelerator}" for one in everything.known])
        for name in np.unique(names):
            at = np.flatnonzero(names == name)
            guess = domain.analogy.guess(cases.take(at), pairs != name, domain.noises([asked[i] for i in at]))
            logs[at] = guess.mean + log_physics[at] - np.array([everything.known[i].log_measured for i in at])
            sigmas[at] = guess.sd * scale_of(domain, AKIN, None)
        models = [one.model for one in everything.known]
        show(f"{title}: all measured rows, not only the thinned ones",
             [error_row("model × accelerator left out", np.exp(logs), models, sigmas)])  # fmt: skip


def nested(name: str, sweeps: int) -> None:
    """Variances fitted on half of the families, the other half foretold; and the other way round."""
    from fitting.domains import leavings
    from fitting.search import fit
    from fitting.starts import STARTS

    evidence = evidence_of(Reference())
    domain: Domain = getattr(evidence, name)
    families = domain.families if name != "serving" else np.array([one.model for one in domain.known])
    kinds = np.unique(families)
    np.random.default_rng(5).shuffle(kinds)
    log, sigma = np.zeros(len(families)), np.zeros(len(families))
    for half in range(2):
        inside = np.isin(families, kinds[half::2])
        at = np.flatnonzero(inside)
        part = dataclasses.replace(domain, known=[domain.known[i] for i in at])
        labels = [part.noise_of(one.asked) for one in part.known]
        start = {key: STARTS[name][key] for key in ("terms", "lengths", "noise")}
        found = fit(start, domain.analogy.cases.take(at), domain.analogy.log_ratio[at], labels, leavings(part), sweeps)
        noise = np.array([found["noise"][domain.noise_of(one.asked)] for one in domain.known])
        analogy = Analogy(kernel_of(found), domain.analogy.cases, domain.analogy.log_ratio, noise)
        halves = left_out(domain, families, MODELLED, analogy)
        log[~inside], sigma[~inside] = halves[0][~inside], halves[1][~inside]
    rows = {"all": np.ones(len(families), bool)}
    if name == "training":
        rows = {"pre-training of language models, hours": language_runs(domain)}
    sign = -1 if name == "training" else 1
    lines = [error_row(key, np.exp(sign * log[at]), list(families[at]), sigma[at]) for key, at in rows.items()]
    show(f"{name}: nested, families left out whole", lines)


def main(arguments: list[str]) -> int:
    """Exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nested", action="store_true")
    asked = parser.parse_args(arguments)
    evidence = evidence_of(Reference())
    training_tables(evidence.training)

    def naive() -> Array:
        ideal = dataclasses.replace(
            evidence.constants, bandwidth_efficiency=1.0, compute_efficiency=1.0, prompt_efficiency=1.0,
            layer_seconds=0.0, layer_seconds_per_doubling=0.0, link_efficiency=1.0, cache_weight=1.0,
            eight_bit_gain=2.0, four_bit_gain=2.0,
        )  # fmt: skip
        known = evidence.serving.known
        rate = deployment.stack([one.asked for one in known], ideal).rate
        return np.log(rate) - np.array([one.log_measured for one in known])

    everything = evidence.serving_over(serving_known(evidence.reference, thin=False))
    served_tables(evidence.serving, everything, "Serving of language models, output tokens/s", naive)
    served_tables(evidence.items, None, "Images, clips, audio, sequences: items/s", None)
    for domain in (evidence.serving, evidence.items):
        show("With a run of the same work on another accelerator, families left out whole", transfers(domain))
    served_tables(evidence.time_to_train, None, "Time to a quality target, accelerator-hours", None)
    if asked.nested:
        for name in ("training", "serving", "items"):
            nested(name, 4)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
