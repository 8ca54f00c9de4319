"""A row of the training tables, or of a batch file with their columns, as a training whose speed is asked for."""

from __future__ import annotations

import re
from functools import lru_cache

from planner.errors import NotPriced, PlannerError
from planner.estimator.cells import Record, machines, positive, text, year
from planner.estimator.shape import (
    ARCHITECTURES,
    TOKEN_MODELS,
    Shape,
    catalogue_side,
    shape_from_catalogue,
    shape_from_parameters,
)
from planner.estimator.training import SUBMISSION, Training, precision_class
from planner.reference import Accelerator, Reference
from planner.tables import Row
from planner.units import close_matches

LEAST_WORK, MOST_WORK = 1.0, 1e18  # tokens or samples
THIS_YEAR = 2026.0  # of the software, where no date is given
TASKS = ("pretrain", "continued_pretrain", "finetune_full", "lora", "qlora", "adapter", "distill", "rl",
         "finetune_or_continued", "mlperf_time_to_train")  # fmt: skip
PRECISIONS = ("fp32", "tf32", "fp16", "bf16", "fp8", "mxfp8", "int8", "fp8/bf16", "bf16+nf4", "fp4", "mxfp4", "nvfp4")
_SAME_PRECISION = {"float32": "fp32", "float16": "fp16", "half": "fp16", "bfloat16": "bf16", "float8": "fp8",
                   "amp": "fp16", "mixed": "fp16", "nf4": "bf16+nf4"}  # fmt: skip
SAMPLES = ("sample", "image", "sequence", "frame", "datapoint", "utterance", "video", "mel", "step", "item", "question",
           "example", "clip", "audio", "pair", "graph", "node", "molecule", "patch")  # fmt: skip
TIME_TO_TRAIN = "mlperf_time_to_train"


def model_key(name: str) -> str:
    """A model's name without case, blanks, and what only says how it was trained."""
    plain = re.sub(r"\(.*?\)|pre-?training|fine-?tuning|huggingface", "", name.lower())
    return re.sub(r"[\s_.-]+", "", plain)


def find_model(name: str, reference: Reference) -> Row | None:
    """Catalogue row of a published name; remarks in brackets and blanks do not count."""
    return reference.find_model(name) or reference.find_model(re.sub(r"\s*\(.*?\)", "", name).strip())


@lru_cache(maxsize=4)
def _by_key(reference: Reference) -> dict[str, Row]:
    spellings = {row["spelling"]: row["model"] for row in reference.folder.table("reference/model_aliases.csv")}
    keys = {model_key(spelling): reference.models[model] for spelling, model in spellings.items()}
    return keys | {model_key(row["name"]): row for row in reference.models.values()}


def find_unsized_model(name: str, reference: Reference) -> Row | None:
    """Catalogue row of a name without its own size: blanks, dashes and case do not count either."""
    return _by_key(reference).get(model_key(name))


@lru_cache(maxsize=512)
def _accelerator(name: str, memory: str, reference: Reference) -> Accelerator:
    if not name:
        raise NotPriced("estimate.no_accelerator")
    try:
        found = reference.accelerator(name)[0]
    except PlannerError as error:
        raise NotPriced("estimate.no_sheet", close=error.close, name=name) from None
    base = re.sub(r"-\d+GB$", "", found.id)
    sized = f"{base}-{memory.split('.')[0]}GB"
    return reference.accelerators.get(sized, found)


def accelerator_of(record: Record, memory_column: str, reference: Reference) -> Accelerator:
    """The accelerator named in a row, the variant of its memory. Raises NotPriced with close matches."""
    return _accelerator(text(record, "accelerator"), text(record, memory_column), reference)


def _shape(record: Record, row: Row | None) -> tuple[Shape, float | None]:
    """Geometry from the row's own parameters with the catalogue's details; and the side of the catalogue's image."""
    total, active = positive(record, "params_total"), positive(record, "params_active")
    if total and active and active > total * 1.001:
        raise PlannerError("estimate.active_above_total", active=active, total=total)
    kind = text(record, "architecture")
    if kind and kind not in ARCHITECTURES:
        raise NotPriced("estimate.unknown_architecture", close=close_matches(kind, ARCHITECTURES), name=kind)
    if row is not None:
        found = shape_from_catalogue(row)
        size = found.parameters
        if size and (not total or abs(total / size - 1) < 0.25):
            return found, catalogue_side(row)
    if kind == "transformer_moe" and not (total and active):
        raise NotPriced("estimate.active_missing", name=text(record, "model"))
    total = total or active or 0.0
    layers, hidden = positive(record, "layers"), positive(record, "hidden")
    return shape_from_parameters(total, active, kind or None, layers=layers, hidden=hidden), None


def _framework(name: str) -> str:
    return re.split(r"[\s(]", name.strip().lower(), maxsplit=1)[0] if name else ""


def _task(word: str) -> str:
    task = word.lower() or "pretrain"
    if task not in TASKS:
        raise NotPriced("estimate.unknown_task", close=close_matches(task, TASKS), name=word)
    return task


def _precision(word: str) -> str:
    """A precision in our words; of a pair such as fp16/fp32 the narrower one, which does the products."""
    name = _SAME_PRECISION.get(word.lower(), word.lower()) or "bf16"
    if name in PRECISIONS:
        return name
    parts = [_SAME_PRECISION.get(part, part) for part in re.split(r"[^a-z0-9]+", name)]
    known = [part for part in parts if part in PRECISIONS]
    if not known:
        raise NotPriced("estimate.unknown_precision", name=word)
    return max(known, key=lambda part: (precision_class(part) == "8", precision_class(part) == "16"))


def _unit(word: str, shape: Shape) -> str:
    word = word.lower()
    if word.startswith("token"):
        return "token"
    if not word.startswith(SAMPLES):
        raise NotPriced("estimate.unit_unclear", unit=word or "?")
    if word == "datapoint" and shape.architecture in TOKEN_MODELS:
        raise NotPriced("estimate.unit_unclear", unit=word)
    if word.startswith("frame") and shape.architecture == "speech":
        return "token"
    return "sample"


def training_of(record: Record, reference: Reference, *, whole_run: bool) -> Training:
    """The training of a row: a whole run, or a benchmark of some steps.

    Raises PlannerError (the cell that is wrong) or NotPriced (what is missing).
    """
    name, task = text(record, "model"), _task(text(record, "task"))
    if task == "rl" and text(record, "unit") == "token":
        raise NotPriced("workload.rate_wanted", name=name, task=task)
    accelerator = accelerator_of(record, "accelerator_memory_gib", reference)
    row = find_model(name, reference)
    if row is None and not text(record, "params_total"):
        row = find_unsized_model(name, reference)
    shape, side = _shape(record, row)
    if not whole_run and not text(record, "throughput_unit"):
        raise NotPriced("estimate.no_unit", name=name)
    unit = _unit(text(record, "unit") if whole_run else text(record, "throughput_unit"), shape)
    seq_len, limit = positive(record, "seq_len"), shape.max_context
    if seq_len and row is not None and limit and seq_len > limit and shape.architecture in TOKEN_MODELS:
        raise NotPriced("estimate.sequence_too_long", name=name, seq_len=seq_len, limit=limit)
    micro = text(record, "micro_batch")
    return Training(
        model_key(name), text(record, "family_group") or text(record, "model_family") or name, shape, task, unit,
        accelerator, _precision(text(record, "precision")), seq_len, machines(record),
        float(micro) if re.fullmatch(r"\d+(\.\d+)?", micro) and float(micro) > 0 else None,
        SUBMISSION if name.startswith("MLPerf") else _framework(text(record, "framework")),
        min(year(record, THIS_YEAR), THIS_YEAR + 1), whole_run,
        work=_work(record) if whole_run else None, catalogue_side=side, sized=shape.parameters > 0,
    )  # fmt: skip


def _work(record: Record) -> float | None:
    units = positive(record, "tokens_or_samples")
    return units * (positive(record, "epochs") or 1.0) if units else None


def work_of(record: Record) -> float:
    """Units of work of a whole run: tokens or samples × epochs. Raises NotPriced when it is not stated."""
    work = _work(record)
    if work is None:
        raise NotPriced("estimate.no_work", name=text(record, "model"))
    if not LEAST_WORK <= work <= MOST_WORK:
        raise PlannerError("estimate.out_of_range")
    return work
