"""A workload of a scenario as the estimator sees it: geometry, work per unit, memory, what is asked of the evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.errors import Infeasible, NotPriced
from planner.estimator.flops import FROZEN_BASE, distillation_flops_per_token, training_flops_per_token
from planner.estimator.memory import activation_bytes, inference_states, training_states
from planner.estimator.shape import Shape, catalogue_side, image_shape, shape_from_catalogue, shape_from_parameters
from planner.estimator.training import Training
from planner.estimator.training_rows import model_key
from planner.reference import Accelerator
from planner.scenario.work import Workload
from planner.tables import Row
from planner.units import GIB, GIGA

SOFTWARE_YEAR = 2026.0  # of the software that a plan of today will run
IMAGES = ("cnn", "vit")


@dataclass(frozen=True)
class Subject:
    """The model of a workload: its catalogue row, if any, and its shape."""

    workload: Workload
    row: Row | None
    shape: Shape

    @property
    def is_language_model(self) -> bool:
        """A decoder whose geometry is known, from the catalogue or from the user."""
        shape = self.shape
        if not shape.parameters or not shape.layers or not shape.attention_width:
            return False
        return shape.forward_flops_per_sample is None and (self.row is None or self.row["kind"] == "llm")

    @property
    def seq_len(self) -> float:
        """Tokens of a sequence: stated, else the default, at most what the model takes."""
        workload = self.workload
        if "seq_len" in workload.model_fields_set:
            return float(workload.seq_len)
        return min(float(workload.seq_len), self.shape.max_context or math.inf)

    @property
    def name(self) -> str:
        """The model's name as the measured tables write it."""
        return model_key(self.row["name"]) if self.row is not None else ""


def subject_of(workload: Workload, row: Row | None) -> Subject:
    """The subject of a workload. Raises NotPriced when nothing is known of its model."""
    if row is not None:
        shape = shape_from_catalogue(row)
        if shape.architecture in IMAGES and shape.forward_flops_per_sample is not None:
            shape = image_shape(row["name"], shape, None, catalogue_side(row))
        return Subject(workload, row, shape)
    samples = workload.forward_gflops_per_sample
    if workload.parameters is None and samples is None:
        raise NotPriced("workload.no_model", name=workload.id)
    total, active = workload.parameters or 0.0, workload.parameters_active
    if active and total and active > total:
        raise NotPriced("estimate.active_above_total", active=active, total=total)
    shape = shape_from_parameters(
        total, active, layers=workload.layers, hidden=workload.hidden,
        forward_flops_per_sample=samples * GIGA if samples else None,
    )  # fmt: skip
    return Subject(workload, row, shape)


def check_sequence(subject: Subject) -> None:
    """Raise NotPriced for training sequences longer than the model's positions."""
    limit = subject.shape.max_context
    if limit and subject.seq_len > limit and subject.workload.kind in ("training", "experiments"):
        raise NotPriced("estimate.sequence_too_long", name=subject.name, seq_len=subject.seq_len, limit=limit)


def flops_per_unit(subject: Subject) -> tuple[float, str]:
    """FLOPs of one token or sample and the formula that gives them.

    Raises NotPriced for tasks whose work is not a multiple of the model's own (distillation with an unknown
    teacher, reinforcement learning bound by decoding): there the user gives a rate.
    """
    workload, shape = subject.workload, subject.shape
    forward_only = workload.kind == "batch_inference"
    if shape.forward_flops_per_sample is not None:
        if workload.tokens_per_run is not None:
            raise NotPriced("workload.samples_wanted", name=workload.id)
        times = 1 if forward_only else 3
        return times * shape.forward_flops_per_sample, f"{times} × forward FLOPs per sample"
    if workload.task == "rl" and not forward_only:
        raise NotPriced("workload.rate_wanted", name=workload.id, task=workload.task)
    per_token = training_flops_per_token(shape, subject.seq_len, workload.task)
    formula = f"{4 if workload.task in FROZEN_BASE else 6}·N + 6·layers·width·seq"
    if forward_only:
        per_token, formula = training_flops_per_token(shape, subject.seq_len) / 3, "2·N + 2·layers·width·seq"
    elif workload.task == "distill":
        if workload.teacher_parameters is None:
            raise NotPriced("workload.rate_wanted", name=workload.id, task=workload.task)
        teacher = shape_from_parameters(workload.teacher_parameters)
        per_token = distillation_flops_per_token(shape, teacher, subject.seq_len)
        formula += " + 2·N_teacher + 2·layers·width·seq of the teacher"
    if workload.samples_per_run is not None:
        return per_token * subject.seq_len, f"({formula}) × seq_len"
    return per_token, formula


def training_asked(subject: Subject, accelerator: Accelerator, count: int) -> Training:
    """What the evidence on training is asked: a whole run of this model on so many accelerators."""
    workload, shape = subject.workload, subject.shape
    return Training(
        subject.name, subject.row["family"] if subject.row is not None else "", shape, workload.task or "pretrain",
        "token" if workload.tokens_per_run is not None else "sample", accelerator, workload.precision,
        subject.seq_len, float(count), year=SOFTWARE_YEAR, sized=True,
    )  # fmt: skip


def fewest_accelerators(subject: Subject | None, accelerator: Accelerator, usable_fraction: float) -> int:
    """Fewest accelerators that hold the job, its states sharded over all (ZeRO-3); 1 when memory or model is unknown.

    Raises Infeasible when one sequence's activations alone exceed the card.
    """
    if subject is None or accelerator.memory_gib is None or not subject.shape.parameters:
        return 1
    workload = subject.workload
    room = accelerator.memory_gib * GIB * usable_fraction
    trains = workload.kind in ("training", "experiments")
    left = room - (activation_bytes(subject.shape, subject.seq_len) if trains else 0.0)
    if left <= 0:
        raise Infeasible(
            "workload.activations_exceed",
            name=workload.id,
            accelerator=accelerator.id,
            need=round((room - left) / GIB, 1),
            memory=accelerator.memory_gib,
        )
    served = workload.kind in ("batch_inference", "serving", "interactive")
    states = inference_states(workload.precision) if served else training_states(workload.task, workload.precision)
    return max(1, math.ceil(subject.shape.parameters * states.total / left))
