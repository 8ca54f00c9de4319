"""Other estimators on the same rows, where they are installed beside the project (none of them is needed).

llm-analysis (pip install llm-analysis): hours of a training at its default efficiencies, on one accelerator with
memory enough, so that no layout is refused.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.estimator import training
from planner.estimator.evidence import Known

BOUNDLESS_GB = 1e6
MESSAGE_SECONDS = 8e-6


def llm_analysis(known: Sequence[Known]) -> NDArray[np.float64] | None:
    """Log of predicted over measured rate of each training, NaN where it has no answer; None when not installed."""
    logging.disable(logging.WARNING)
    try:
        from llm_analysis.analysis import LLMAnalysis
        from llm_analysis.config import GPUConfig, ModelConfig
    except ImportError:
        return None
    out = []
    for one in known:
        asked, shape = one.asked, one.asked.shape
        if not shape.layers or not shape.hidden:
            out.append(math.nan)
            continue
        width = 128 * max(round(shape.hidden / 128), 1)
        length = round(training.sequence_length(asked))
        model = ModelConfig(
            "row", max(round(shape.layers), 1), width // 128, width, round(shape.vocab or 50_304), length
        )
        peak = training.peak_flops(asked.accelerator, asked.precision) / 1e12
        card = GPUConfig("card", BOUNDLESS_GB, asked.accelerator.bandwidth_gbs, 600, MESSAGE_SECONDS, peak)
        found = LLMAnalysis(model, card).training(
            batch_size_per_gpu=1, gradient_accumulation_steps=1, seq_len=length, total_num_tokens=1e9
        )
        out.append(math.log(1e9 / found["gpu_hours"] / 3600) - one.log_measured)
    return np.array(out)
