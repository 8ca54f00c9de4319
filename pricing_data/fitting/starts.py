"""Where the search starts: the terms of each kernel, with the size that each effect had at first sight.

A term says which cases resemble each other: labels they share, features in which they are near. Variances are found
by the search; terms and distances are chosen here, by hand, and judged by whole families left out.
"""

from __future__ import annotations

from typing import Any

Terms = list[dict[str, Any]]
Spec = tuple[tuple[str, ...], tuple[str, ...], float]

BATCH = ("batch", "context", "prompt_share", "replica")
SHARES = ("memory", "overhead", "prompts", "links")
SIZES = ("parameters", "active")
FLAGS = ("prompt_unknown", "apart", "by_request", "limited")


def _terms(linear: dict[str, float], smooth: list[Spec], scaled: list[Spec] | None = None) -> Terms:
    """Effects proportional to a feature; terms of labels and distances; proportional effects within a label."""
    out: Terms = [{"labels": [], "features": [name], "variance": size, "linear": True} for name, size in linear.items()]
    out += [{"labels": list(a), "features": list(b), "variance": size} for a, b, size in smooth]
    out += [{"labels": list(a), "features": list(b), "variance": size, "linear": True} for a, b, size in scaled or []]
    return out


TRAINING = {
    "terms": _terms(
        {"one": 0.25, "whole_run": 0.02, "size": 0.005, "large": 0.005, "mixture": 0.25,
         "sparsity": 0.007, "seq": 0.0015, "machines": 0.002, "scale": 0.002, "year": 0.002, "launch": 0.015,
         "eight_bit": 0.03, "frozen": 0.05, "wide": 0.06, "submission": 0.2, "quantised": 0.05},
        [(("architecture",), (), 0.1), (("family",), (), 0.02), (("model",), (), 0.01), (("framework",), (), 0.01),
         (("accelerator",), (), 0.02), (("generation",), (), 0.01), (("vendor",), (), 0.006),
         (("generation", "precision"), (), 0.02), (("generation", "architecture"), (), 0.08),
         (("framework", "generation"), (), 0.01), (("architecture",), ("size", "large", "seq"), 0.06),
         (("model",), ("micro_batch", "machines", "seq"), 0.08), (("model", "accelerator"), (), 0.003),
         (("model", "accelerator", "precision"), ("seq", "machines"), 0.003), (("model", "precision"), (), 0.012),
         (("family", "framework"), (), 0.02), (("architecture",), ("alone", "machines"), 0.001)],
        [(("model",), ("unsized",), 12.0)],
    ),
    "lengths": {"size": 0.7, "large": 0.7, "seq": 1.5, "micro_batch": 2.0, "machines": 3.0, "alone": 0.5},
    "noise": {"run": 0.01, "benchmark": 0.006},
}  # fmt: skip

SERVING = {
    "terms": _terms(
        {"one": 0.02},
        [((), SHARES, 0.08), ((), FLAGS, 0.017), ((), SIZES, 0.003), ((), BATCH + SIZES, 0.037),
         (("stack",), (), 0.01), (("stack",), BATCH + SHARES, 0.15), (("engine",), (), 0.016),
         (("stack", "generation"), (), 0.001), (("generation", "bits"), (), 0.03),
         (("generation", "bits"), SHARES, 0.0035), (("accelerator",), (), 0.0016), (("scenario",), (), 0.028),
         (("workload",), (), 0.02), (("model",), (), 0.005), (("model", "stack"), BATCH, 0.02),
         (("model", "bits"), (), 0.006), (("model", "accelerator"), (), 0.0004),
         (("model", "accelerator", "stack", "bits"), BATCH, 0.001),
         (("model", "accelerator", "stack", "bits", "parallelism"), BATCH, 0.003), (("stack",), SIZES, 0.0025),
         (("bits", "mixture"), (), 0.034), (("model", "stack", "scenario"), (), 0.025)],
    ),
    "lengths": {"batch": 1.5, "context": 1.5, "prompt_share": 2.0, "replica": 1.5, "parameters": 1.0, "active": 1.0,
                "memory": 0.4, "overhead": 0.4, "prompts": 0.4, "links": 0.3, "limited": 1.0, "prompt_unknown": 0.7,
                "apart": 0.7, "by_request": 0.7},
    "noise": {"all": 0.006},
}  # fmt: skip

ITEMS = {
    "terms": _terms(
        {"one": 0.1, "size": 0.06, "count": 0.0006, "launch": 0.004, "small": 0.1},
        [(("kind",), (), 0.16), (("kind",), ("size",), 0.08), (("model",), (), 0.13), (("scenario",), (), 0.22),
         (("scenario", "kind"), (), 0.012), (("scenario", "model"), (), 0.19), (("stack",), (), 0.7),
         (("engine",), (), 0.2), (("generation",), (), 0.011), (("accelerator",), (), 0.023),
         (("generation", "bits"), (), 0.006), (("bits", "model"), (), 0.046), (("kind", "generation"), (), 0.0125),
         (("model", "generation"), (), 0.003), (("model", "accelerator"), (), 0.001),
         (("engine", "kind"), ("batch", "batch_unknown"), 0.04),
         (("model", "engine"), ("batch", "batch_unknown", "size"), 0.004),
         (("model", "accelerator", "engine", "bits", "scenario"), ("batch", "batch_unknown", "count"), 0.001),
         (("accelerator", "engine"), ("size", "batch"), 0.01), (("kind", "accelerator"), (), 0.0026)],
        [(("model",), ("guessed",), 0.6), (("model",), ("unsized",), 16.0)],
    ),
    "lengths": {"batch": 1.5, "batch_unknown": 0.7, "size": 1.0, "count": 2.0},
    "noise": {"all": 0.011},
}  # fmt: skip

TIME_TO_TRAIN = {
    "terms": _terms(
        {"one": 4.0, "balance": 0.1, "count": 0.05, "year": 0.01},
        [(("benchmark",), (), 4.0), (("version",), (), 0.05), (("accelerator",), (), 0.02),
         (("generation",), (), 0.05), (("vendor",), (), 0.02), (("benchmark", "generation"), (), 0.03),
         (("benchmark",), ("count",), 0.05), (("benchmark", "accelerator"), ("count",), 0.02)],
        [(("benchmark",), ("count",), 0.2)],
    ),
    "lengths": {"count": 0.5},
    "noise": {"all": 0.01},
}  # fmt: skip

STARTS = {"training": TRAINING, "serving": SERVING, "items": ITEMS, "time_to_train": TIME_TO_TRAIN}
