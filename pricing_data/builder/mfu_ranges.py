"""Ranges of utilisation with one vote per family."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import defaultdict

from builder.common import Row, median, number_text, quantile, write_table

COLUMNS = [
    "architecture",
    "task_group",
    "precision_class",
    "kind",
    "p5",
    "p50",
    "p95",
    "n_rows",
    "n_families",
    "sd_log_workload",
    "sd_log_accelerator",
    "observed_on",
    "source",
]
FEWEST_FAMILIES = 5
TASK_GROUPS = {"pretrain": "pretrain", "continued_pretrain": "pretrain"}
PRECISION_CLASSES = {
    "bf16": "16bit",
    "fp16": "16bit",
    "bf16+nf4": "16bit",
    "fp32": "fp32",
    "tf32": "fp32",
    "fp8": "8bit",
    "mxfp8": "8bit",
    "int8": "8bit",
    "fp8/bf16": "8bit",
}
ANY = "any"


def build_mfu_ranges(rows: list[Row]) -> list[str]:
    """Writes reference/mfu_ranges.csv from the published rows, for strata of five families or more."""
    written = []
    strata = itertools.product(
        sorted({row["architecture"] for row in rows}),
        ("pretrain", "finetune", ANY),
        ("16bit", "fp32", "8bit", ANY),
        ("run", "throughput", ANY),
    )
    for architecture, task_group, precision_class, kind in strata:
        members = [row for row in rows if _belongs(row, architecture, task_group, precision_class, kind)]
        if len({row["family_group"] for row in members}) >= FEWEST_FAMILIES:
            key = {"architecture": architecture, "task_group": task_group, "precision_class": precision_class}
            written.append({**key, "kind": kind, **_range(members)})
    return [f"mfu ranges: {write_table('reference/mfu_ranges.csv', COLUMNS, written)} strata"]


def _belongs(row: Row, architecture: str, task_group: str, precision_class: str, kind: str) -> bool:
    """Whether a row lies in a stratum; `any` precision leaves out 8-bit rows, whose peak is another's."""
    of_row = PRECISION_CLASSES.get(row["precision"], "")
    return (
        row["architecture"] == architecture
        and task_group in (ANY, TASK_GROUPS.get(row["task"], "finetune"))
        and (of_row != "8bit" if precision_class == ANY else of_row == precision_class)
        and kind in (ANY, row["kind"])
    )


def _range(rows: list[Row]) -> Row:
    """Quantiles over family medians, and the spread that workloads and accelerators each bring."""
    by_family: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by_family[row["family_group"]].append(math.log(float(row["mfu"])))
    centre = {family: median(values) for family, values in by_family.items()}
    residuals: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        residuals[row["accelerator"]].append(math.log(float(row["mfu"])) - centre[row["family_group"]])
    per_accelerator = [median(values) for values in residuals.values()]
    quantiles = {
        name: number_text(math.exp(quantile(list(centre.values()), share)), 3)
        for name, share in (("p5", 0.05), ("p50", 0.5), ("p95", 0.95))
    }
    return {
        **quantiles,
        "n_rows": str(len(rows)),
        "n_families": str(len(centre)),
        "sd_log_workload": number_text(statistics.stdev(centre.values()), 3),
        "sd_log_accelerator": number_text(statistics.stdev(per_accelerator), 3) if len(per_accelerator) > 1 else "",
        "observed_on": max(row["observed_on"] for row in rows),
        "source": "reference/published_mfu.csv",
    }
