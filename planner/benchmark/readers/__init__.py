"""One small reader for each format. ``ALL`` is the list that detection goes through; their order says nothing."""

from __future__ import annotations

from planner.benchmark.reader import Reader
from planner.benchmark.readers import (
    codecarbon,
    csv_columns,
    dllogger,
    hf_all_results,
    hf_stdout,
    hf_trainer_state,
    keras,
    lightning,
    llama_bench,
    megatron,
    mlenergy,
    mlflow_files,
    mlflow_sqlite,
    mlperf_inference,
    mlperf_training,
    nanogpt,
    nvidia_smi,
    optuna,
    own_log,
    pytest_benchmark,
    ray_tune,
    rl_progress,
    sacct,
    sb3_monitor,
    serving_bench,
    tensorboard,
    timm,
    torch_profiler,
    ultralytics,
    wandb,
)

ALL: tuple[Reader, ...] = (
    *hf_trainer_state.READERS, *hf_all_results.READERS, *hf_stdout.READERS, *tensorboard.READERS, *lightning.READERS,
    *wandb.READERS, *mlflow_files.READERS, *mlflow_sqlite.READERS, *nanogpt.READERS, *megatron.READERS,
    *dllogger.READERS, *keras.READERS, *timm.READERS, *ultralytics.READERS, *sb3_monitor.READERS, *rl_progress.READERS,
    *ray_tune.READERS, *optuna.READERS, *mlperf_training.READERS, *mlperf_inference.READERS, *serving_bench.READERS,
    *llama_bench.READERS, *mlenergy.READERS, *nvidia_smi.READERS, *codecarbon.READERS, *sacct.READERS,
    *torch_profiler.READERS, *pytest_benchmark.READERS, *own_log.READERS, *csv_columns.READERS,
)  # fmt: skip
