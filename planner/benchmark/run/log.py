"""Runs the work for a while and writes what it did as JSON lines, ``planner.run_log/1``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, Any

import torch

from planner.benchmark.run.device import bandwidth_gbs, device_of, joules, name_of, peak_tflops
from planner.benchmark.run.model import Size
from planner.benchmark.run.work import ANSWERS, SIZES, generation, parameters_of, that_fits, training
from planner.errors import PlannerError

SCHEMA = "planner.run_log/1"
FEWEST_STEPS = 12  # so many are needed for an interval, however slow the machine
LONGEST_S = 600.0
Told = Callable[[str, float], None]  # what runs, share of its time that has passed


def measure(
    out: IO[str], *, seconds: float = 30.0, device: str = "auto", precision: str = "", layers: int = 0,
    hidden: int = 0, seq_len: int = 0, batch: int = 0, told: Told = lambda kind, share: None,
) -> None:  # fmt: skip
    """Writes a training and a generation, half of the seconds each, on the device.

    Raises PlannerError for a device that PyTorch does not have, or sizes that do not fit in its memory.
    """
    try:
        where = device_of(device)
        torch.zeros(1, device=where)
        precision = precision or ("bf16" if where.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32")
        facts = {
            "accelerator": name_of(where), "n_accelerators": 1, "precision": precision,
            "peak_tflops": peak_tflops(where, precision), "bandwidth_gbs": bandwidth_gbs(where),
            "tool": f"PyTorch {torch.__version__}",
        }  # fmt: skip
        size = _size(SIZES[where.type], layers, hidden, seq_len, batch)
        size = that_fits(size, where, precision)
        _write(out, "training", "tokens", training(size, where, precision), size, where, facts, seconds / 2, told)
        size = replace(size, batch=batch or ANSWERS[where.type])
        _write(out, "generation", "output_tokens", generation(size, where, precision), size, where, facts,
               seconds / 2, told)  # fmt: skip
    except torch.OutOfMemoryError:
        raise PlannerError("benchmark.out_of_memory", device=device) from None
    except (RuntimeError, KeyError, AssertionError) as error:
        raise PlannerError("benchmark.device", device=device, problem=str(error).splitlines()[0][:160]) from None


def _size(usual: Size, layers: int, hidden: int, seq_len: int, batch: int) -> Size:
    """The size of the device with what was asked for; the hidden size in whole heads."""
    head = usual.head if hidden % usual.head == 0 else next(h for h in range(usual.head, 0, -1) if hidden % h == 0)
    return replace(usual, layers=layers or usual.layers, hidden=hidden or usual.hidden, head=head,
                   seq_len=seq_len or usual.seq_len, batch=batch or usual.batch)  # fmt: skip


def _write(
    out: IO[str], kind: str, counted: str, steps: Iterator[int], size: Size, device: torch.device,
    facts: dict[str, Any], seconds: float, told: Told,
) -> None:  # fmt: skip
    """A first line with what is known, a line for each step, a last line with the energy where it can be read."""
    first = {"schema": SCHEMA, "kind": kind, **facts, "model": "planner-decoder", "parameters": parameters_of(size),
             "layers": size.layers, "hidden": size.hidden, "seq_len": size.seq_len,
             "global_batch": size.batch}  # fmt: skip
    if kind == "generation":
        first |= {"prompt_tokens": size.seq_len // 2, "answer_tokens": max(size.seq_len // 4, 1),
                  "concurrency": size.batch}  # fmt: skip
    out.write(json.dumps(first) + "\n")
    done, used = 0, joules(device)
    began = time.perf_counter()
    for step, tokens in enumerate(steps):
        done += tokens
        passed = time.perf_counter() - began
        out.write(json.dumps({"step": step, "t": round(passed, 6), counted: done}) + "\n")
        told(kind, min(passed / seconds, 1.0))
        if (passed >= seconds and step + 1 >= FEWEST_STEPS) or passed > LONGEST_S:
            break
    after = joules(device)
    if used is not None and after is not None and after > used:
        out.write(json.dumps({"energy_kwh": (after - used) / 3.6e6}) + "\n")
