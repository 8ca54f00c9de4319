"""A row of the serving table, or of a batch file with its columns, as a deployment whose speed is asked for."""

from __future__ import annotations

import math
import re

from planner.errors import NotPriced, PlannerError
from planner.estimator.cells import Record, billions, machines, positive, text, year
from planner.estimator.deployment import FAR, Deployment, Layout, check, fewest_accelerators, weights_bytes
from planner.estimator.shape import Shape, shape_from_catalogue, shape_from_parameters
from planner.estimator.training_rows import accelerator_of, find_model, find_unsized_model, model_key
from planner.reference import Reference

# Mean prompts of the MLPerf inference data sets, whose logs do not state them: rules of the benchmark, to be taken as
# assumptions; the others as chat.
PROMPTS = {"llama2-70b": 290.0, "llama3.1-405b": 9400.0, "llama3.1-8b": 780.0, "deepseek-r1": 800.0,
           "gpt-oss": 1000.0, "qwen3-vl": 1500.0, "mixtral": 500.0, "gptj": 800.0}  # fmt: skip
CHAT_PROMPT, CHAT_ANSWER = 500.0, 300.0
SINGLE_PROMPT = 64.0  # of batch-1 comparisons that do not state it
_BITS = {"fp32": "32", "tf32": "32", "amp fp16": "16", "fp16": "16", "bf16": "16", "fp8": "8", "int8": "8",
         "mxfp8": "8", "fp4": "4", "nvfp4": "4", "mxfp4": "4", "int4": "4", "q4_k_m": "4"}  # fmt: skip
_WIDTH = re.compile(r"(?:fp|bf|int|nf|q|w)(2|3|4|5|6|8|16|32)(?!\d)")  # as in w4a16 and q8_0
_BITS_OF = {"32": "32", "16": "16", "8": "8", "6": "8", "5": "4", "4": "4", "3": "4"}  # the nearest that is measured
_APART = re.compile(r"disagg P(\d+)xTP(\d+)\+D(\d+)xTP(\d+)")
_SINGLE = ("single_stream", "singlestream")
LANGUAGE_UNITS = ("", "token", "request")


def is_language(record: Record) -> bool:
    """Whether a row asks for output tokens per second."""
    return text(record, "request_unit") in LANGUAGE_UNITS and text(record, "model_class") in ("", "llm", "vlm")


def _width(name: str) -> str | None:
    found = _WIDTH.search(name)
    return _BITS_OF.get(found.group(1)) if found else None


def bits_of(record: Record) -> str:
    """Bits of the weights; MLPerf rows that declare 16 bits and ran an 8-bit engine count as 8."""
    name = text(record, "weight_precision").lower() or "bf16"
    bits = _BITS.get(name) or _width(name)
    if bits is None:
        raise NotPriced("estimate.unknown_precision", name=name)
    doubtful = text(record, "precision_doubtful")
    return "8" if doubtful.startswith("yes: declared fp16") and bits == "16" else bits


def _shape(record: Record, reference: Reference) -> Shape:
    total, active = billions(record, "params_total_b"), billions(record, "params_active_b")
    if total and active and active > total * 1.001:
        raise PlannerError("estimate.active_above_total", active=active, total=total)
    row = find_model(text(record, "model"), reference)
    if row is None and not total:
        row = find_unsized_model(text(record, "model"), reference)
    if row is not None:
        found = shape_from_catalogue(row)
        if found.parameters and (not total or abs(total / found.parameters - 1) < 0.25):
            if found.layers and found.kv_elements:
                return found
            default = shape_from_parameters(found.parameters, found.parameters_active)
            return shape_from_parameters(
                found.parameters, found.parameters_active, layers=found.layers or default.layers,
                hidden=found.hidden or default.hidden,
            )  # fmt: skip
    if not total:
        raise NotPriced("estimate.unknown_model", name=text(record, "model"))
    return shape_from_parameters(total, active or total)


def _layout(record: Record, n: float, weights: float, memory: float) -> Layout:
    """Replicas from the columns tp and parallelism; the fewest accelerators that hold the weights where silent."""
    plan = text(record, "parallelism")
    need = fewest_accelerators(weights, memory)
    split = 2 ** math.ceil(math.log2(need))
    if found := _APART.match(plan):
        readers, read_tp, decoders, tp = (float(part) for part in found.groups())
        read, decode = max(read_tp, need), max(tp, need)
        reading, decoding = readers * read_tp, decoders * tp
        left = n - readers * max(read_tp, split)
        if reading + decoding < n and left >= decoders * max(1.0, need / 2):
            read, decode, reading, decoding = max(read_tp, split), left / decoders, n - left, left
        decode, read = min(decode, max(decoding, need)), min(read, max(reading, need))
        return Layout(decode, max(decoding / decode, 1.0), tp, read, max(reading / read, 1.0), apart=True)
    ranks = re.search(r"DPattn(\d+)", plan)
    experts = re.match(r"DEP(\d+)", plan)
    stages = re.search(r"PP(\d+)", plan)
    tp = positive(record, "tp") or (float(experts.group(1)) if experts else min(split, n))
    size = min(tp * (float(stages.group(1)) if stages else 1.0), n)
    by_request = experts is not None or (ranks is not None and float(ranks.group(1)) > 1)
    if ranks and float(ranks.group(1)) > 1:
        size = min(n, tp * float(ranks.group(1)))
    size = max(size, min(need, n))
    replicas = max(n / size, 1.0)
    return Layout(size, replicas, 1.0 if by_request else min(tp, size), size, replicas, by_request=by_request)


def _lengths(record: Record) -> tuple[float, float, bool]:
    """Prompt and answer [token], and whether the prompt is stated."""
    prompt, answer = positive(record, "input_len"), positive(record, "output_len")
    known = prompt is not None
    if prompt is None:
        job = text(record, "workload")
        named = [value for name, value in PROMPTS.items() if name in job]
        prompt = named[0] if named else SINGLE_PROMPT if text(record, "scenario") in _SINGLE else CHAT_PROMPT
    return prompt, answer or CHAT_ANSWER, known


def _together(record: Record) -> float:
    """Requests together in the whole deployment; without limit when all are queued."""
    stated = positive(record, "effective_batch") or positive(record, "concurrency_or_batch")
    if stated:
        return stated
    return 1.0 if text(record, "scenario") in _SINGLE else FAR


def engine_and_stack(record: Record) -> tuple[str, str]:
    """Engine, and engine with where it was measured: a submission, or the project that published it."""
    engine = text(record, "engine").lower()
    engine = {"trtllm": "trt-llm", "tensorrt": "trt-llm", "nvidia tensorrt-llm": "trt-llm"}.get(engine, engine)
    source = text(record, "source")
    if text(record, "submitter"):
        version = re.search(r"v(\d+\.\d+)", source + text(record, "workload"))
        return engine, f"{engine}|mlperf{version.group(1) if version else ''}"
    project = source.split("@")[0].split("/")[-1]
    return engine, f"{engine}|{project}" if project else engine


def deployment_of(record: Record, reference: Reference) -> Deployment:
    """The deployment of a row. Raises PlannerError (the cell that is wrong) or NotPriced (what is missing)."""
    accelerator = accelerator_of(record, "accelerator_mem_gb", reference)
    shape, bits = _shape(record, reference), bits_of(record)
    memory = positive(record, "accelerator_mem_gb") or accelerator.memory_gib
    if memory is None:
        raise NotPriced("workload.no_sheet", accelerator=accelerator.id, precision=f"{bits}-bit")
    n = machines(record) or 1.0
    prompt, answer, known = _lengths(record)
    if shape.max_context and prompt + answer > shape.max_context * 1.001 and known:
        raise NotPriced(
            "estimate.sequence_too_long", name=text(record, "model"), seq_len=prompt + answer, limit=shape.max_context
        )
    cache = 2.0 if text(record, "kv_precision") in ("bf16", "fp16") or bits in ("16", "32") else 1.0
    engine, stack = engine_and_stack(record)
    plan = text(record, "parallelism")
    return check(Deployment(
        model_key(text(record, "model")), shape, bits, cache, accelerator, memory, n,
        _layout(record, n, weights_bytes(shape, bits), memory), prompt, answer, _together(record), known, engine, stack,
        text(record, "scenario"), text(record, "workload"), plan, year(record, 2026.0),
    ))  # fmt: skip
